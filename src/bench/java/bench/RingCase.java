package bench;

import static org.sigkevent.Kevent.kevent_map_ringbuf;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.RingBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jctools.queues.MpmcArrayQueue;
import org.jctools.queues.MpscArrayQueue;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigVal;

/** Posting records and taking them, without anybody asleep: on one thread, and from some threads to others. */
final class RingCase {
    private static final int CAPACITY = 1024;
    private static final int SPINS = 1000;
    private static final int BATCH = 32;

    /** A bounded queue for any number of threads. */
    private interface Lane {
        /** Offers one, or as many as it likes up to {@code most}; how many. */
        int offer(int most);

        /** Takes one, or as many as it likes up to {@code most}; how many. */
        int take(int most);
    }

    private interface Making {
        Lane make();
    }

    private RingCase() {}

    static List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        groups.add(Group.ofJmh("ring, posted and taken on one thread", RingJmh.class)
                .ours("offer and take", RingCase::alone));
        for (int[] threads : new int[][] {{1, 1}, {4, 1}, {1, 4}, {4, 4}}) {
            String name = "ring, " + threads[0] + " to " + threads[1];
            groups.add(
                    with(new Group(name, Unit.PER_SECOND), lane -> threads(lane, threads[0], threads[1]), threads[1]));
        }
        return groups;
    }

    /** What {@link RingJmh} measures, where it is compared in turns. */
    private static Work alone() {
        KeventQueue queue = KeventQueue.open(CAPACITY);
        KeventRing ring = kevent_map_ringbuf(queue.fd(), 1);
        SigVal cookie = SigVal.of(7);
        KeventRecord record = new KeventRecord();
        return (operations, watch) -> {
            for (int i = 0; i < operations; i++) {
                if (!queue.offer(cookie) || !ring.take(record)) {
                    throw new IllegalStateException("a record was lost");
                }
            }
        };
    }

    private interface Use {
        Work of(Lane lane);
    }

    private static Group with(Group group, Use use, int takers) {
        group.ours("offer, take", opening(use, () -> ours(false)))
                .ours("offer of 32, poll of 32", opening(use, () -> ours(true)))
                .other("JCTools MpmcArrayQueue", opening(use, RingCase::jctools))
                .other("ArrayBlockingQueue", opening(use, RingCase::blocking));
        // what both are made for
        if (takers == 1) {
            group.other("JCTools MpscArrayQueue", opening(use, RingCase::singleConsumer))
                    .other("Disruptor, multi-producer, batches of an EventPoller", opening(use, Disruptor::new));
        }
        return group;
    }

    private static Group.Opening opening(Use use, Making making) {
        return () -> use.of(making.make());
    }

    /** Some threads offer, as much as each other, and others take until everything is taken. */
    private static Work threads(Lane lane, int offering, int taking) {
        ExecutorService threads = Executors.newFixedThreadPool(offering + taking);
        return (operations, watch) -> {
            int share = operations / offering;
            AtomicInteger left = new AtomicInteger(share * offering);
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < offering; t++) {
                all.add(threads.submit(() -> offer(lane, share)));
            }
            for (int t = 0; t < taking; t++) {
                all.add(threads.submit(() -> take(lane, left)));
            }
            for (Future<?> one : all) {
                one.get();
            }
        };
    }

    private static void offer(Lane lane, int count) {
        int spins = 0;
        for (int offered = 0; offered < count; ) {
            int n = lane.offer(count - offered);
            offered += n;
            spins = n == 0 ? spins + 1 : 0;
            if (n == 0) {
                pause(spins);
            }
        }
    }

    /** Counts what it takes when it finds nothing more, so that counting costs the ring nothing. */
    private static void take(Lane lane, AtomicInteger left) {
        int spins = 0;
        int uncounted = 0;
        for (; ; ) {
            int n = lane.take(BATCH);
            uncounted += n;
            if (n > 0) {
                spins = 0;
                continue;
            }
            if (left.addAndGet(-uncounted) <= 0) {
                return;
            }
            uncounted = 0;
            pause(++spins);
        }
    }

    private static void pause(int spins) {
        if (spins % SPINS == SPINS - 1) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }

    private static Lane ours(boolean batches) {
        KeventQueue queue = KeventQueue.open(CAPACITY);
        KeventRing ring = kevent_map_ringbuf(queue.fd(), 1);
        ThreadLocal<KeventRecord> records = ThreadLocal.withInitial(KeventRecord::new);
        SigVal cookie = SigVal.of(7);
        SigVal[] cookies = new SigVal[BATCH];
        Arrays.fill(cookies, cookie);
        ThreadLocal<KeventRecord[]> several = ThreadLocal.withInitial(
                () -> Stream.generate(KeventRecord::new).limit(BATCH).toArray(KeventRecord[]::new));
        return new Lane() {
            @Override
            public int offer(int most) {
                return batches ? queue.offer(cookies, Math.min(most, BATCH)) : queue.offer(cookie) ? 1 : 0;
            }

            @Override
            public int take(int most) {
                return batches ? queue.poll(several.get()) : ring.take(records.get()) ? 1 : 0;
            }
        };
    }

    private static Lane singleConsumer() {
        MpscArrayQueue<Object> queue = new MpscArrayQueue<>(CAPACITY);
        Object message = new Object();
        return new Lane() {
            @Override
            public int offer(int most) {
                return queue.offer(message) ? 1 : 0;
            }

            @Override
            public int take(int most) {
                return queue.poll() != null ? 1 : 0;
            }
        };
    }

    private static Lane jctools() {
        MpmcArrayQueue<Object> queue = new MpmcArrayQueue<>(CAPACITY);
        Object message = new Object();
        return new Lane() {
            @Override
            public int offer(int most) {
                return queue.offer(message) ? 1 : 0;
            }

            @Override
            public int take(int most) {
                return queue.poll() != null ? 1 : 0;
            }
        };
    }

    private static Lane blocking() {
        BlockingQueue<Object> queue = new ArrayBlockingQueue<>(CAPACITY);
        Object message = new Object();
        return new Lane() {
            @Override
            public int offer(int most) {
                return queue.offer(message) ? 1 : 0;
            }

            @Override
            public int take(int most) {
                return queue.poll() != null ? 1 : 0;
            }
        };
    }

    /** Takes batches, as it is made for: a poll looks at every event that is there, also when it takes only one. */
    private static final class Disruptor implements Lane, EventPoller.Handler<long[]> {
        private final RingBuffer<long[]> ring = RingBuffer.createMultiProducer(() -> new long[1], CAPACITY);
        private final EventPoller<long[]> poller = ring.newPoller();
        private int taken;
        private int most;

        Disruptor() {
            ring.addGatingSequences(poller.getSequence());
        }

        @Override
        public int offer(int atMost) {
            return ring.tryPublishEvent((event, sequence) -> event[0] = sequence) ? 1 : 0;
        }

        @Override
        public boolean onEvent(long[] event, long sequence, boolean endOfBatch) {
            return ++taken < most;
        }

        @Override
        public int take(int atMost) {
            taken = 0;
            most = atMost;
            try {
                poller.poll(this);
            } catch (Exception failed) {
                throw new IllegalStateException(failed);
            }
            return taken;
        }
    }
}
