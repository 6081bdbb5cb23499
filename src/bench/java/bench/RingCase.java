package bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.MpmcArrayQueue;
import org.jctools.queues.MpscArrayQueue;
import org.jctools.queues.SpmcArrayQueue;
import org.jctools.queues.SpscArrayQueue;

/** Posting records and taking them, without anybody asleep: on one thread, and from some threads to others; single and in batches. */
final class RingCase {
    private static final int SPINS = 1000;

    private RingCase() {}

    static List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        groups.add(Group.ofJmh("ring, one thread, single", RingJmh.class)
                .ours("offer and take, 64 bytes", () -> alone(Lane.single())));
        groups.add(Group.ofJmh("ring, one thread, batches of 32", RingBatchJmh.class)
                .ours("offer and poll, 64 bytes", () -> alone(Lane.batches())));
        for (int[] threads : new int[][] {{1, 1}, {2, 1}, {1, 2}, {4, 4}}) {
            String name = "ring, " + threads[0] + " to " + threads[1];
            groups.add(single(new Group(name + ", single", Unit.PER_SECOND), threads[0], threads[1]));
            groups.add(batches(new Group(name + ", batches of 32", Unit.PER_SECOND), threads[0], threads[1]));
        }
        return groups;
    }

    /** What the JMH groups measure, where it is compared in turns. */
    private static Work alone(Lane lane) {
        Lane.Taker taker = lane.taker();
        return (operations, watch) -> {
            for (int done = 0; done < operations; ) {
                int offered = lane.offer(Lane.BATCH);
                if (offered == 0 || taker.take(offered) != offered) {
                    throw new IllegalStateException("a record was lost");
                }
                done += offered;
            }
        };
    }

    private interface Making {
        Lane make();
    }

    private static Group single(Group group, int offering, int taking) {
        group.ours("offer and take, 64 bytes", opening(Lane::single, offering, taking))
                .other(
                        "JCTools MpmcArrayQueue, a new object of 64 bytes",
                        opening(() -> Lane.objects(new MpmcArrayQueue<>(Lane.CAPACITY)), offering, taking))
                .other(
                        "JCTools MpmcArrayQueue, a reference",
                        opening(() -> polled(new MpmcArrayQueue<>(Lane.CAPACITY)), offering, taking))
                .other("ArrayBlockingQueue, a reference", opening(RingCase::blocking, offering, taking));
        if (offering == 1 || taking == 1) {
            group.other(
                    "JCTools " + special(offering, taking).getClass().getSimpleName() + ", a reference",
                    opening(() -> polled(special(offering, taking)), offering, taking));
        }
        return disruptor(group, offering, taking, false);
    }

    private static Group batches(Group group, int offering, int taking) {
        group.ours("offer and poll, 64 bytes", opening(Lane::batches, offering, taking))
                .other(
                        "JCTools MpmcArrayQueue, fill and drain, new objects of 64 bytes",
                        opening(() -> Lane.filledWithObjects(new MpmcArrayQueue<>(Lane.CAPACITY)), offering, taking))
                .other(
                        "JCTools MpmcArrayQueue, fill and drain, references",
                        opening(() -> Lane.filled(new MpmcArrayQueue<>(Lane.CAPACITY)), offering, taking));
        if (offering == 1 || taking == 1) {
            group.other(
                    "JCTools " + special(offering, taking).getClass().getSimpleName() + ", fill and drain, references",
                    opening(() -> Lane.filled(special(offering, taking)), offering, taking));
        }
        return disruptor(group, offering, taking, true);
    }

    /** One thread takes; the Disruptor has nothing for several that share what is there. */
    private static Group disruptor(Group group, int offering, int taking, boolean batches) {
        if (taking > 1) {
            return group;
        }
        String taken = batches ? ", 64 bytes" : ", 64 bytes, taken in batches";
        if (offering == 1) {
            group.other(
                    "Disruptor, one producer" + taken,
                    opening(() -> Lane.Disruptor.oneProducer(batches), offering, taking));
        }
        return group.other(
                "Disruptor, many producers" + taken,
                opening(() -> Lane.Disruptor.manyProducers(batches), offering, taking));
    }

    static Lane polled(MessagePassingQueue<Object> queue) {
        return Lane.references(queue::offer, queue::poll);
    }

    static Lane blocking() {
        BlockingQueue<Object> queue = new ArrayBlockingQueue<>(Lane.CAPACITY);
        return Lane.references(queue::offer, queue::poll);
    }

    /** What JCTools has for one thread on at least one of the ends. */
    private static MessagePassingQueue<Object> special(int offering, int taking) {
        if (offering > 1) {
            return new MpscArrayQueue<>(Lane.CAPACITY);
        }
        return taking > 1 ? new SpmcArrayQueue<>(Lane.CAPACITY) : new SpscArrayQueue<>(Lane.CAPACITY);
    }

    private static Group.Opening opening(Making making, int offering, int taking) {
        return () -> threads(making.make(), offering, taking);
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
                all.add(threads.submit(() -> take(lane.taker(), left)));
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
    private static void take(Lane.Taker taker, AtomicInteger left) {
        int spins = 0;
        int uncounted = 0;
        for (; ; ) {
            int n = taker.take(Lane.BATCH);
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
}
