package bench;

import org.jctools.queues.MpmcArrayQueue;
import org.jctools.queues.SpscArrayQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A record posted and taken, or what others have for it, on one thread. */
public class RingJmh {
    /** Ours. */
    @State(Scope.Thread)
    public static class Ours extends LaneUse {
        public Ours() {
            super(Lane.single());
        }
    }

    /** Disruptor's. */
    @State(Scope.Thread)
    public static class ManyProducers extends LaneUse {
        public ManyProducers() {
            super(Lane.Disruptor.manyProducers(false));
        }
    }

    /** Disruptor's for one producer. */
    @State(Scope.Thread)
    public static class OneProducer extends LaneUse {
        public OneProducer() {
            super(Lane.Disruptor.oneProducer(false));
        }
    }

    /** JCTools' with objects. */
    @State(Scope.Thread)
    public static class Objects extends LaneUse {
        public Objects() {
            super(Lane.objects(new MpmcArrayQueue<>(Lane.CAPACITY)));
        }
    }

    /** JCTools' with references. */
    @State(Scope.Thread)
    public static class Mpmc extends LaneUse {
        public Mpmc() {
            super(RingCase.polled(new MpmcArrayQueue<>(Lane.CAPACITY)));
        }
    }

    /** JCTools' for one thread on each end. */
    @State(Scope.Thread)
    public static class Spsc extends LaneUse {
        public Spsc() {
            super(RingCase.polled(new SpscArrayQueue<>(Lane.CAPACITY)));
        }
    }

    /** The JDK's. */
    @State(Scope.Thread)
    public static class Blocking extends LaneUse {
        public Blocking() {
            super(RingCase.blocking());
        }
    }

    @Benchmark
    @Jmh.Subject(value = "offer and take, 64 bytes", ours = true)
    public int ours(Ours used) {
        return used.both(1);
    }

    @Benchmark
    @Jmh.Subject("Disruptor, many producers, 64 bytes")
    public int manyProducers(ManyProducers used) {
        return used.both(1);
    }

    @Benchmark
    @Jmh.Subject("Disruptor, one producer, 64 bytes")
    public int oneProducer(OneProducer used) {
        return used.both(1);
    }

    @Benchmark
    @Jmh.Subject("JCTools MpmcArrayQueue, a new object of 64 bytes")
    public int objects(Objects used) {
        return used.both(1);
    }

    @Benchmark
    @Jmh.Subject("JCTools MpmcArrayQueue, a reference")
    public int mpmc(Mpmc used) {
        return used.both(1);
    }

    @Benchmark
    @Jmh.Subject("JCTools SpscArrayQueue, a reference")
    public int spsc(Spsc used) {
        return used.both(1);
    }

    @Benchmark
    @Jmh.Subject("ArrayBlockingQueue, a reference")
    public int blocking(Blocking used) {
        return used.both(1);
    }
}
