package bench;

import static bench.Check.ok;
import static org.sigkevent.Kevent.*;
import static org.sigkevent.Time.*;

import io.netty.util.HashedWheelTimer;
import io.netty.util.TimerTask;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.agrona.DeadlineTimerWheel;
import org.sigkevent.ItimerSpec;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;

/** Arming and disarming one timer while others are pending, which are due in an hour or more; and what those take of memory. */
final class TimerCase {
    private static final int MANY = 500_000;

    private TimerCase() {}

    static List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        groups.add(Group.ofJmh("timer arm+disarm, alone", TimerJmh.class));
        for (int pending : new int[] {0, 100_000, 1_000_000}) {
            groups.add(new Group("timer arm+disarm, " + pending + " pending", Unit.NANOS)
                    .ours("timer_settime", () -> pairs(pending))
                    .other("Netty HashedWheelTimer, tick 1 ms", () -> netty(pending))
                    .other("ScheduledThreadPoolExecutor, remove on cancel", () -> executor(pending))
                    .other("Agrona DeadlineTimerWheel, one thread", () -> agrona(pending))
                    .program("timer_kernel", pending));
        }
        groups.add(new Group("timer memory", Unit.NANOS)
                .ours("timer_create, armed", TimerCase::oursMemory)
                .other("Netty HashedWheelTimer", () -> memory(TimerCase::nettyPending))
                .other("ScheduledThreadPoolExecutor", () -> memory(TimerCase::executorPending))
                .other("Agrona DeadlineTimerWheel", () -> memory(TimerCase::agronaPending)));
        return groups;
    }

    private interface Pending {
        /** Makes so many timers pending; what holds them. */
        Object make(int count);
    }

    /** The heap that a pending timer takes, without what holds them all while it is empty. */
    private static Figures memory(Pending pending) {
        pending.make(1);
        // one look says it: the timers stay pending
        double[] known = new double[1];
        return sink -> {
            if (known[0] == 0) {
                long before = used();
                Object all = pending.make(MANY);
                known[0] = (double) (used() - before) / MANY;
                java.lang.ref.Reference.reachabilityFence(all);
            }
            sink.add(known[0], "bytes for each");
        };
    }

    private static Figures oursMemory() {
        // a queue's slots are there whether or not they are used
        int kfd = ok(kevent_init(MANY + 1));
        return memory(count -> oursPending(kfd, count));
    }

    private static long used() throws InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            System.gc();
            // the collector gives memory back a little later
            Thread.sleep(50);
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    /** When the i-th of those that are pending is due. */
    private static long seconds(int i) {
        return 3600 + i % 977;
    }

    private static int oursPending(int kfd, int count) {
        int[] id = new int[1];
        ItimerSpec spec = new ItimerSpec();
        for (int i = 0; i < count; i++) {
            ok(timer_create(CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(i)), id));
            spec.it_value.tv_sec = seconds(i);
            spec.it_value.tv_nsec = i;
            ok(timer_settime(id[0], 0, spec, null));
        }
        return kfd;
    }

    private static Work pairs(int pending) {
        int[] id = new int[1];
        ok(timer_create(
                CLOCK_MONOTONIC,
                SigEvent.kevent(oursPending(ok(kevent_init(pending + 1)), pending), SigVal.of(1)),
                id));
        ItimerSpec arm = new ItimerSpec();
        arm.it_value.tv_sec = 3600;
        ItimerSpec disarm = new ItimerSpec();
        return (operations, watch) -> {
            for (int i = 0; i < operations; i++) {
                arm.it_value.tv_nsec = i & 0xfffff;
                ok(timer_settime(id[0], 0, arm, null));
                ok(timer_settime(id[0], 0, disarm, null));
            }
        };
    }

    /** Its own thread moves new and cancelled timeouts, up to 100,000 a tick: with the default tick the backlog fills the heap. */
    private static HashedWheelTimer nettyPending(int count) {
        HashedWheelTimer timer = new HashedWheelTimer(1, TimeUnit.MILLISECONDS);
        TimerTask nothing = timeout -> {};
        for (int i = 0; i < count; i++) {
            timer.newTimeout(nothing, seconds(i), TimeUnit.SECONDS);
        }
        return timer;
    }

    private static Work netty(int pending) {
        HashedWheelTimer timer = nettyPending(pending);
        TimerTask nothing = timeout -> {};
        return (operations, watch) -> {
            for (int i = 0; i < operations; i++) {
                timer.newTimeout(nothing, 3600, TimeUnit.SECONDS).cancel();
            }
        };
    }

    private static ScheduledThreadPoolExecutor executorPending(int count) {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
        timer.setRemoveOnCancelPolicy(true);
        Runnable nothing = () -> {};
        for (int i = 0; i < count; i++) {
            timer.schedule(nothing, seconds(i), TimeUnit.SECONDS);
        }
        return timer;
    }

    private static Work executor(int pending) {
        ScheduledThreadPoolExecutor timer = executorPending(pending);
        Runnable nothing = () -> {};
        return (operations, watch) -> {
            for (int i = 0; i < operations; i++) {
                timer.schedule(nothing, 3600, TimeUnit.SECONDS).cancel(false);
            }
        };
    }

    private static DeadlineTimerWheel agronaPending(int count) {
        DeadlineTimerWheel timer = new DeadlineTimerWheel(TimeUnit.NANOSECONDS, System.nanoTime(), 1 << 20, 1024);
        for (int i = 0; i < count; i++) {
            timer.scheduleTimer(System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds(i)));
        }
        return timer;
    }

    private static Work agrona(int pending) {
        DeadlineTimerWheel timer = agronaPending(pending);
        return (operations, watch) -> {
            for (int i = 0; i < operations; i++) {
                long id = timer.scheduleTimer(System.nanoTime() + TimeUnit.SECONDS.toNanos(3600));
                if (!timer.cancelTimer(id)) {
                    throw new IllegalStateException("no such timer");
                }
            }
        };
    }
}
