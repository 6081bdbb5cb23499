package bench;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;

/** What waiting costs while nothing happens: a thread that waits for a second, and waits that end after a millisecond. */
final class WaitCase {
    private static final long SECOND = 1_000_000_000;
    private static final long LIMIT = 1_000_000;
    private static final int WAITS = 200;

    /** Waits that are short, so that the code is compiled, and long enough to sleep. */
    private static final int WARM_UP = 10_000;

    private static final long SHORT = 50_000;

    private interface Waiting {
        void until(long nanos) throws InterruptedException;
    }

    private interface Making {
        Waiting make();
    }

    private WaitCase() {}

    static List<Group> groups() {
        Making ours = WaitCase::ours;
        Making park = () -> LockSupport::parkNanos;
        Making exchange = () -> {
            SynchronousQueue<Object> queue = new SynchronousQueue<>();
            return nanos -> queue.poll(nanos, TimeUnit.NANOSECONDS);
        };
        return List.of(
                new Group("wait, a second for nothing", Unit.NANOS)
                        .ours("poll of a queue", () -> idle(ours.make()))
                        .other("SynchronousQueue", () -> idle(exchange.make()))
                        .other("LockSupport.parkNanos", () -> idle(park.make()))
                        .program("wait", "idle"),
                new Group("wait, a millisecond for nothing", Unit.NANOS)
                        .ours("poll of a queue", () -> limits(ours.make()))
                        .other("SynchronousQueue", () -> limits(exchange.make()))
                        .other("LockSupport.parkNanos", () -> limits(park.make()))
                        .program("wait", "limits"));
    }

    private static Waiting ours() {
        KeventQueue queue = KeventQueue.open(16);
        KeventRecord record = new KeventRecord();
        Duration limit = Duration.ofNanos(LIMIT);
        Duration second = Duration.ofNanos(SECOND);
        return nanos -> queue.poll(record, nanos == LIMIT ? limit : nanos == SECOND ? second : Duration.ofNanos(nanos));
    }

    private static Figures idle(Waiting waiting) throws InterruptedException {
        warmUp(waiting);
        return sink -> {
            long cpu = Rounds.cpuNanos();
            waiting.until(SECOND);
            sink.add(Rounds.cpuNanos() - cpu, "cpu ns/s");
        };
    }

    private static void warmUp(Waiting waiting) throws InterruptedException {
        for (int i = 0; i < WARM_UP; i++) {
            waiting.until(SHORT);
        }
        for (int i = 0; i < WAITS; i++) {
            waiting.until(LIMIT);
        }
    }

    private static Figures limits(Waiting waiting) throws InterruptedException {
        warmUp(waiting);
        Stopwatch watch = new Stopwatch();
        return sink -> {
            watch.reset(true);
            long cpu = Rounds.cpuNanos();
            for (int i = 0; i < WAITS; i++) {
                long started = watch.start();
                waiting.until(LIMIT);
                watch.stop(started);
            }
            sink.add((double) (Rounds.cpuNanos() - cpu) / WAITS, "cpu ns/op");
            sink.add((watch.percentile(50) - LIMIT) / 1e3, "p50 us late");
            sink.add((watch.percentile(99) - LIMIT) / 1e3, "p99 us late");
        };
    }
}
