package bench;

import static bench.Check.ok;
import static org.sigkevent.Kevent.kevent_init;
import static org.sigkevent.Kevent.kevent_map_ringbuf;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.TIMER_ABSTIME;
import static org.sigkevent.Time.timer_create;
import static org.sigkevent.Time.timer_delete;
import static org.sigkevent.Time.timer_settime;

import io.netty.util.HashedWheelTimer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.TimeSpec;

/**
 * How late timers are: 10,000 that expire once, one every 100 µs, and 1,000 with a period of 10 ms, one every 10 µs. One thread
 * waits for all and does nothing else.
 */
final class LatenessCase {
    private static final int ONCE = 10_000;
    private static final long APART = 100_000;
    private static final int PERIODIC = 1000;
    private static final long PERIOD = 10_000_000;
    private static final int PERIODS = 50;
    private static final long AHEAD = 200_000_000;

    private LatenessCase() {}

    static List<Group> groups() {
        return List.of(
                new Group("timer lateness, 10,000 once", Unit.NANOS)
                        .ours("timer_settime", () -> (Figures) LatenessCase::oursOnce)
                        .other("Netty HashedWheelTimer, tick 1 ms", () -> (Figures) LatenessCase::nettyOnce)
                        .other("ScheduledThreadPoolExecutor", () -> (Figures) LatenessCase::executorOnce)
                        .program("timer_lateness", "once", "timerfd")
                        .program("timer_lateness", "once", "signal")
                        .program("timer_lateness", "once", "thread"),
                new Group("timer lateness, 1,000 periodic", Unit.NANOS)
                        .ours("timer_settime", () -> (Figures) LatenessCase::oursPeriodic)
                        .other("ScheduledThreadPoolExecutor", () -> (Figures) LatenessCase::executorPeriodic)
                        .program("timer_lateness", "periodic", "timerfd")
                        .program("timer_lateness", "periodic", "signal")
                        .program("timer_lateness", "periodic", "thread"));
    }

    private static void report(long[] late, int count, Rounds.Sink sink) {
        Arrays.sort(late, 0, count);
        sink.add(late[count / 2] / 1e3, "p50 us");
        sink.add(late[(int) (count * 99L / 100)] / 1e3, "p99 us");
        sink.add(late[count - 1] / 1e3, "max us");
    }

    private static void oursOnce(Rounds.Sink sink) {
        ours(ONCE, APART, 0, ONCE, sink);
    }

    private static void oursPeriodic(Rounds.Sink sink) {
        ours(PERIODIC, PERIOD / PERIODIC, PERIOD, PERIODIC * PERIODS, sink);
    }

    private static void ours(int timers, long apart, long period, int expiries, Rounds.Sink sink) {
        int kfd = ok(kevent_init(timers));
        KeventRing ring = kevent_map_ringbuf(kfd, 1);
        int[] ids = new int[timers];
        int[] id = new int[1];
        long begin = System.nanoTime() + AHEAD;
        ItimerSpec spec = new ItimerSpec();
        spec.it_interval = TimeSpec.ofNanos(period);
        for (int i = 0; i < timers; i++) {
            ok(timer_create(CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(i)), id));
            ids[i] = id[0];
            spec.it_value = TimeSpec.ofNanos(begin + i * apart);
            ok(timer_settime(id[0], TIMER_ABSTIME, spec, null));
        }
        KeventRecord record = new KeventRecord();
        long[] late = new long[expiries];
        int n = 0;
        while (n < expiries) {
            int state = ring.state();
            if (ring.take(record)) {
                late[n++] = System.nanoTime() - record.time_ns;
            } else {
                kevent_wait(kfd, state, null, null);
            }
        }
        report(late, n, sink);
        for (int one : ids) {
            ok(timer_delete(one));
        }
        ok(org.sigkevent.Kevent.kevent_destroy(kfd, null, 0));
    }

    private static void nettyOnce(Rounds.Sink sink) throws InterruptedException {
        HashedWheelTimer timer = new HashedWheelTimer(1, TimeUnit.MILLISECONDS);
        long[] late = new long[ONCE];
        CountDownLatch left = new CountDownLatch(ONCE);
        long begin = System.nanoTime() + AHEAD;
        for (int i = 0; i < ONCE; i++) {
            int number = i;
            long due = begin + i * APART;
            timer.newTimeout(
                    timeout -> {
                        late[number] = System.nanoTime() - due;
                        left.countDown();
                    },
                    due - System.nanoTime(),
                    TimeUnit.NANOSECONDS);
        }
        left.await();
        timer.stop();
        report(late, ONCE, sink);
    }

    private static void executorOnce(Rounds.Sink sink) throws InterruptedException {
        executor(ONCE, APART, 0, ONCE, sink);
    }

    private static void executorPeriodic(Rounds.Sink sink) throws InterruptedException {
        executor(PERIODIC, PERIOD / PERIODIC, PERIOD, PERIODIC * PERIODS, sink);
    }

    private static void executor(int timers, long apart, long period, int expiries, Rounds.Sink sink)
            throws InterruptedException {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);
        long[] late = new long[expiries];
        AtomicInteger count = new AtomicInteger();
        CountDownLatch left = new CountDownLatch(expiries);
        long begin = System.nanoTime() + AHEAD;
        for (int i = 0; i < timers; i++) {
            long[] due = {begin + i * apart};
            Runnable expiry = () -> {
                int n = count.getAndIncrement();
                if (n < expiries) {
                    late[n] = System.nanoTime() - due[0];
                    due[0] += period;
                    left.countDown();
                }
            };
            long delay = due[0] - System.nanoTime();
            if (period == 0) {
                executor.schedule(expiry, delay, TimeUnit.NANOSECONDS);
            } else {
                executor.scheduleAtFixedRate(expiry, delay, period, TimeUnit.NANOSECONDS);
            }
        }
        left.await();
        executor.shutdownNow();
        report(late, expiries, sink);
    }
}
