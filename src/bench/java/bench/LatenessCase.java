package bench;

import static bench.Check.ok;
import static org.sigkevent.Kevent.kevent_destroy;
import static org.sigkevent.Kevent.kevent_init;
import static org.sigkevent.Kevent.kevent_map_ringbuf;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.TIMER_ABSTIME;
import static org.sigkevent.Time.timer_create;
import static org.sigkevent.Time.timer_delete;
import static org.sigkevent.Time.timer_settime;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import io.netty.util.TimerTask;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.TimeSpec;

/**
 * How late timers are: 10,000 that expire once, one every 100 µs, and 1,000 with a period of 10 ms, one every 10 µs. One thread
 * waits for all and does nothing else; the machine is quiet, or others want its processors, or the collector is at work.
 */
final class LatenessCase {
    private static final long AHEAD = 200_000_000;
    private static final int WARM_UPS = 3;

    private interface Way {
        /** Arms the timers and returns when all has expired. */
        void measure(Lateness lateness) throws InterruptedException;
    }

    private interface Company {
        Beside begin() throws Exception;
    }

    private LatenessCase() {}

    static List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        for (boolean periodic : new boolean[] {false, true}) {
            String name = "timer lateness, " + (periodic ? "1,000 periodic" : "10,000 once");
            String which = periodic ? "periodic" : "once";
            groups.add(subjects(new Group(name, Unit.NANOS), periodic, Beside::nothing)
                    .program("timer_lateness", which, "heap", "alone")
                    .program("timer_lateness", which, "timerfd", "alone")
                    .program("timer_lateness", which, "signal", "alone")
                    .program("timer_lateness", which, "thread", "alone"));
            groups.add(subjects(
                            new Group(name + ", beside two busy processes", Unit.NANOS),
                            periodic,
                            Beside::busyProcesses)
                    .program("timer_lateness", which, "heap", "busy")
                    .program("timer_lateness", which, "timerfd", "busy"));
            groups.add(subjects(
                    new Group(name + ", beside a thread that makes garbage, G1", Unit.NANOS).jvm("-XX:+UseG1GC"),
                    periodic,
                    Beside::garbage));
            groups.add(subjects(
                    new Group(name + ", beside a thread that makes garbage, ZGC", Unit.NANOS).jvm("-XX:+UseZGC"),
                    periodic,
                    Beside::garbage));
        }
        return groups;
    }

    private static Group subjects(Group group, boolean periodic, Company company) {
        return group.ours("timer_settime", () -> figures(LatenessCase::ours, periodic, company))
                .other("ScheduledThreadPoolExecutor", () -> figures(LatenessCase::executor, periodic, company))
                .other(
                        "Netty HashedWheelTimer, 512 ticks of 1 ms" + (periodic ? ", armed again each time" : ""),
                        () -> figures(LatenessCase::netty, periodic, company));
    }

    private static Lateness lateness(boolean periodic) {
        return periodic ? new Lateness(1000, 10_000, 10_000_000, 50) : new Lateness(10_000, 100_000, 0, 1);
    }

    private static Figures figures(Way way, boolean periodic, Company company) throws Exception {
        for (int i = 0; i < WARM_UPS; i++) {
            way.measure(lateness(periodic));
        }
        return sink -> {
            Lateness lateness = lateness(periodic);
            try (Beside others = company.begin()) {
                way.measure(lateness);
            }
            lateness.report(sink);
        };
    }

    private static void ours(Lateness lateness) {
        int kfd = ok(kevent_init(lateness.timers));
        KeventRing ring = kevent_map_ringbuf(kfd, 1);
        int[] ids = new int[lateness.timers];
        int[] id = new int[1];
        lateness.begin = System.nanoTime() + AHEAD;
        ItimerSpec spec = new ItimerSpec();
        spec.it_interval = TimeSpec.ofNanos(lateness.period);
        for (int i = 0; i < lateness.timers; i++) {
            ok(timer_create(CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(i)), id));
            ids[i] = id[0];
            spec.it_value = TimeSpec.ofNanos(lateness.due(i));
            ok(timer_settime(id[0], TIMER_ABSTIME, spec, null));
        }
        lateness.armed();
        KeventRecord record = new KeventRecord();
        while (!lateness.complete()) {
            int state = ring.state();
            if (ring.take(record)) {
                // the record's own expiry, and those that were merged into it
                lateness.expired((int) record.cookie, 1 + record.result);
            } else {
                kevent_wait(kfd, state, null, null);
            }
        }
        for (int one : ids) {
            ok(timer_delete(one));
        }
        ok(kevent_destroy(kfd, null, 0));
    }

    /** What is periodic is a timeout that arms the next one, for when that is due. */
    private static void netty(Lateness lateness) throws InterruptedException {
        HashedWheelTimer timer = new HashedWheelTimer(1, TimeUnit.MILLISECONDS);
        CountDownLatch complete = new CountDownLatch(1);
        lateness.begin = System.nanoTime() + AHEAD;
        for (int i = 0; i < lateness.timers; i++) {
            int number = i;
            TimerTask expiry = new TimerTask() {
                @Override
                public void run(Timeout timeout) {
                    lateness.expired(number, 1);
                    if (lateness.complete()) {
                        complete.countDown();
                    } else if (lateness.period > 0) {
                        timer.newTimeout(this, lateness.due(number) - System.nanoTime(), TimeUnit.NANOSECONDS);
                    }
                }
            };
            timer.newTimeout(expiry, lateness.due(i) - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
        lateness.armed();
        complete.await();
        timer.stop();
    }

    private static void executor(Lateness lateness) throws InterruptedException {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);
        CountDownLatch complete = new CountDownLatch(1);
        lateness.begin = System.nanoTime() + AHEAD;
        for (int i = 0; i < lateness.timers; i++) {
            int number = i;
            Runnable expiry = () -> {
                lateness.expired(number, 1);
                if (lateness.complete()) {
                    complete.countDown();
                }
            };
            long delay = lateness.due(i) - System.nanoTime();
            if (lateness.period == 0) {
                executor.schedule(expiry, delay, TimeUnit.NANOSECONDS);
            } else {
                executor.scheduleAtFixedRate(expiry, delay, lateness.period, TimeUnit.NANOSECONDS);
            }
        }
        lateness.armed();
        complete.await();
        executor.shutdownNow();
    }
}
