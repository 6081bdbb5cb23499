package bench;

import static org.sigkevent.Kevent.kevent_map_ringbuf;

import java.util.concurrent.ArrayBlockingQueue;
import org.jctools.queues.MpmcArrayQueue;
import org.jctools.queues.MpscArrayQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigVal;

/** A record posted and taken, or an element offered and polled, on one thread. */
@State(Scope.Thread)
public class RingJmh {
    private static final int CAPACITY = 1024;

    private final SigVal cookie = SigVal.of(7);
    private final KeventRecord record = new KeventRecord();
    private final Object message = new Object();
    private final MpmcArrayQueue<Object> mpmc = new MpmcArrayQueue<>(CAPACITY);
    private final MpscArrayQueue<Object> mpsc = new MpscArrayQueue<>(CAPACITY);
    private final ArrayBlockingQueue<Object> blocking = new ArrayBlockingQueue<>(CAPACITY);
    private KeventQueue queue;
    private KeventRing ring;

    @Setup
    public void open() {
        queue = KeventQueue.open(CAPACITY);
        ring = kevent_map_ringbuf(queue.fd(), 1);
    }

    @Benchmark
    @Jmh.Subject(value = "offer and take", ours = true)
    public boolean ours() {
        return queue.offer(cookie) && ring.take(record);
    }

    @Benchmark
    @Jmh.Subject("JCTools MpmcArrayQueue")
    public Object mpmc() {
        mpmc.offer(message);
        return mpmc.poll();
    }

    @Benchmark
    @Jmh.Subject("JCTools MpscArrayQueue")
    public Object mpsc() {
        mpsc.offer(message);
        return mpsc.poll();
    }

    @Benchmark
    @Jmh.Subject("ArrayBlockingQueue")
    public Object blocking() {
        blocking.offer(message);
        return blocking.poll();
    }
}
