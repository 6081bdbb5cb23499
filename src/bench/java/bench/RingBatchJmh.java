package bench;

import org.jctools.queues.MpmcArrayQueue;
import org.jctools.queues.SpscArrayQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** 32 records posted and taken together, or what others have for it, on one thread; the time of one. */
@OperationsPerInvocation(Lane.BATCH)
public class RingBatchJmh {
    /** Ours. */
    @State(Scope.Thread)
    public static class Ours extends LaneUse {
        public Ours() {
            super(Lane.batches());
        }
    }

    /** Disruptor's. */
    @State(Scope.Thread)
    public static class ManyProducers extends LaneUse {
        public ManyProducers() {
            super(Lane.Disruptor.manyProducers(true));
        }
    }

    /** Disruptor's for one producer. */
    @State(Scope.Thread)
    public static class OneProducer extends LaneUse {
        public OneProducer() {
            super(Lane.Disruptor.oneProducer(true));
        }
    }

    /** JCTools' with objects. */
    @State(Scope.Thread)
    public static class Objects extends LaneUse {
        public Objects() {
            super(Lane.filledWithObjects(new MpmcArrayQueue<>(Lane.CAPACITY)));
        }
    }

    /** JCTools' with references. */
    @State(Scope.Thread)
    public static class Mpmc extends LaneUse {
        public Mpmc() {
            super(Lane.filled(new MpmcArrayQueue<>(Lane.CAPACITY)));
        }
    }

    /** JCTools' for one thread on each end. */
    @State(Scope.Thread)
    public static class Spsc extends LaneUse {
        public Spsc() {
            super(Lane.filled(new SpscArrayQueue<>(Lane.CAPACITY)));
        }
    }

    @Benchmark
    @Jmh.Subject(value = "offer and poll, 64 bytes", ours = true)
    public int ours(Ours used) {
        return used.both(Lane.BATCH);
    }

    @Benchmark
    @Jmh.Subject("Disruptor, many producers, 64 bytes")
    public int manyProducers(ManyProducers used) {
        return used.both(Lane.BATCH);
    }

    @Benchmark
    @Jmh.Subject("Disruptor, one producer, 64 bytes")
    public int oneProducer(OneProducer used) {
        return used.both(Lane.BATCH);
    }

    @Benchmark
    @Jmh.Subject("JCTools MpmcArrayQueue, fill and drain, new objects of 64 bytes")
    public int objects(Objects used) {
        return used.both(Lane.BATCH);
    }

    @Benchmark
    @Jmh.Subject("JCTools MpmcArrayQueue, fill and drain, references")
    public int mpmc(Mpmc used) {
        return used.both(Lane.BATCH);
    }

    @Benchmark
    @Jmh.Subject("JCTools SpscArrayQueue, fill and drain, references")
    public int spsc(Spsc used) {
        return used.both(Lane.BATCH);
    }
}
