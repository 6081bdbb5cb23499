package bench;

import static org.sigkevent.Kevent.kevent_map_ringbuf;

import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.InsufficientCapacityException;
import com.lmax.disruptor.RingBuffer;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jctools.queues.MessagePassingQueue;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigVal;

/**
 * A bounded queue, of this library or of another, as several threads use it. What moves is 64 bytes, written by one thread and read by
 * another, or one reference, to an object that is always the same; the names of subjects say which.
 */
interface Lane {
    int CAPACITY = 1024;
    int BATCH = 32;

    /** Offers one, or as many as it likes up to {@code most}; how many. */
    int offer(int most);

    /** For one thread that takes. */
    Taker taker();

    /** What a thread takes with. */
    interface Taker {
        /** Takes one, or as many as it likes up to {@code most}; how many. */
        int take(int most);
    }

    /** What a lane offers. */
    interface Giver {
        int offer(int most);
    }

    private static Lane of(Giver giver, Supplier<Taker> takers) {
        return new Lane() {
            @Override
            public int offer(int most) {
                return giver.offer(most);
            }

            @Override
            public Taker taker() {
                return takers.get();
            }
        };
    }

    /** Records of ours, one at a time. */
    static Lane single() {
        KeventQueue queue = KeventQueue.open(CAPACITY);
        KeventRing ring = kevent_map_ringbuf(queue.fd(), 1);
        SigVal cookie = SigVal.of(7);
        return of(most -> queue.offer(cookie) ? 1 : 0, () -> {
            KeventRecord record = new KeventRecord();
            return most -> ring.take(record) ? 1 : 0;
        });
    }

    /** Records of ours in batches. */
    static Lane batches() {
        KeventQueue queue = KeventQueue.open(CAPACITY);
        SigVal[] cookies = new SigVal[BATCH];
        Arrays.fill(cookies, SigVal.of(7));
        return of(most -> queue.offer(cookies, Math.min(most, BATCH)), () -> {
            KeventRecord[] records =
                    Stream.generate(KeventRecord::new).limit(BATCH).toArray(KeventRecord[]::new);
            return most -> queue.poll(records);
        });
    }

    /** References, one at a time. */
    static Lane references(Predicate<Object> offer, Supplier<Object> poll) {
        Object message = new Object();
        return of(most -> offer.test(message) ? 1 : 0, () -> most -> poll.get() != null ? 1 : 0);
    }

    /** References through a queue of JCTools, in its batches. */
    static Lane filled(MessagePassingQueue<Object> queue) {
        Object message = new Object();
        MessagePassingQueue.Supplier<Object> supplier = () -> message;
        MessagePassingQueue.Consumer<Object> nothing = one -> {};
        return of(
                most -> queue.fill(supplier, Math.min(most, BATCH)),
                () -> most -> queue.drain(nothing, Math.min(most, BATCH)));
    }

    /** A new object of 64 bytes for each message, one at a time. */
    static Lane objects(MessagePassingQueue<Eight> queue) {
        return of(most -> queue.offer(new Eight().set(most)) ? 1 : 0, () -> {
            Eight copy = new Eight();
            return most -> {
                Eight one = queue.poll();
                if (one == null) {
                    return 0;
                }
                copy.copy(one);
                return 1;
            };
        });
    }

    /** The same in the queue's batches. */
    static Lane filledWithObjects(MessagePassingQueue<Eight> queue) {
        MessagePassingQueue.Supplier<Eight> supplier = () -> new Eight().set(7);
        return of(most -> queue.fill(supplier, Math.min(most, BATCH)), () -> {
            MessagePassingQueue.Consumer<Eight> copy = new Eight()::copy;
            return most -> queue.drain(copy, Math.min(most, BATCH));
        });
    }

    /**
     * Events of the Disruptor: 64 bytes written in place and read out of it. One thread takes, and always as many as are there: its poller
     * looks at all of them for each call.
     */
    final class Disruptor implements Lane, Lane.Taker, EventPoller.Handler<Eight> {
        private final RingBuffer<Eight> ring;
        private final EventPoller<Eight> poller;
        private final boolean batches;
        private final Eight copy = new Eight();
        private int taken;
        private int most;

        Disruptor(Supplier<RingBuffer<Eight>> making, boolean batches) {
            this.ring = making.get();
            this.batches = batches;
            poller = ring.newPoller();
            ring.addGatingSequences(poller.getSequence());
        }

        static Disruptor manyProducers(boolean batches) {
            return new Disruptor(() -> RingBuffer.createMultiProducer(Eight::new, CAPACITY), batches);
        }

        static Disruptor oneProducer(boolean batches) {
            return new Disruptor(() -> RingBuffer.createSingleProducer(Eight::new, CAPACITY), batches);
        }

        @Override
        public int offer(int atMost) {
            int count = batches ? Math.min(atMost, BATCH) : 1;
            try {
                long last = ring.tryNext(count);
                for (long i = last - count + 1; i <= last; i++) {
                    ring.get(i).set(i);
                }
                ring.publish(last - count + 1, last);
                return count;
            } catch (InsufficientCapacityException full) {
                return 0;
            }
        }

        @Override
        public Taker taker() {
            return this;
        }

        @Override
        public boolean onEvent(Eight event, long sequence, boolean endOfBatch) {
            copy.copy(event);
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
