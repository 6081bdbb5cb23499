package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.in;
import static org.sigkevent.failure.Scene.ok;

import java.time.Duration;
import java.util.List;
import org.sigkevent.ItimerSpec;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** Timers of both faces, on every clock and with every notification, and the calls of the clocks. */
final class TimerCalls {
    private static final int NONE = -77;
    private static final long SOON = 200_000;
    private static final long HOUR = 3_600_000_000_000L;

    private TimerCalls() {}

    static void list(List<PublicCall> all) {
        creation(all);
        use(all);
        objects(all);
        clocks(all);
    }

    private static int create(Scene s, int clock, int type) {
        return Time.timer_create(clock, s.sigevent(type), s.timer);
    }

    private static void creation(List<PublicCall> all) {
        for (int type : Notified.TYPES) {
            all.add(creating("Time.timer_create, " + Notified.NAMES[type], Time.CLOCK_MONOTONIC, type, SOON));
        }
        all.add(creating("Time.timer_create, realtime", Time.CLOCK_REALTIME, Signal.SIGEV_KEVENT, SOON));
        all.add(creating("Time.timer_create, boottime", Time.CLOCK_BOOTTIME, Signal.SIGEV_KEVENT, SOON));
        all.add(creating("Time.timer_create, CPU time", Time.CLOCK_PROCESS_CPUTIME_ID, Signal.SIGEV_KEVENT, SOON));
    }

    private static PublicCall creating(String name, int clock, int type, long when) {
        return new PublicCall(name, s -> create(s, clock, type))
                .in(s -> Notified.open(s, type))
                .before(s -> {
                    s.timer[0] = NONE;
                    Notified.prepare(s, type);
                })
                .isInForce(s -> s.timer[0] != NONE)
                .refused(s -> Notified.refused(s, type))
                .ends(s -> {
                    ok(Time.timer_settime(s.timer[0], 0, in(when), null));
                    burn(s, clock);
                    Notified.came(s, type);
                    ok(Time.timer_delete(s.timer[0]));
                })
                .watchesItsClock(clock);
    }

    /** Uses the processor until the record is there, where that is what moves a clock. */
    private static void burn(Scene s, int clock) {
        long end = System.nanoTime() + Scene.patience.toNanos();
        while (clock == Time.CLOCK_PROCESS_CPUTIME_ID && s.queue.stats().unread == 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    private static PublicCall with(String name, int clock, int type, PublicCall.Body body) {
        return new PublicCall(name, body)
                .in(s -> {
                    Notified.open(s, type);
                    Notified.prepare(s, type);
                    ok(create(s, clock, type));
                    int id = s.timer[0];
                    s.later(() -> Time.timer_delete(id));
                })
                .watchesItsClock(clock);
    }

    private static void use(List<PublicCall> all) {
        for (int type : Notified.TYPES) {
            all.add(setting("Time.timer_settime, " + Notified.NAMES[type], Time.CLOCK_MONOTONIC, type));
        }
        all.add(setting("Time.timer_settime, realtime", Time.CLOCK_REALTIME, Signal.SIGEV_KEVENT));
        all.add(setting("Time.timer_settime, boottime", Time.CLOCK_BOOTTIME, Signal.SIGEV_KEVENT));
        all.add(setting("Time.timer_settime, CPU time", Time.CLOCK_PROCESS_CPUTIME_ID, Signal.SIGEV_KEVENT));
        all.add(with(
                        "Time.timer_settime absolute, realtime",
                        Time.CLOCK_REALTIME,
                        Signal.SIGEV_KEVENT,
                        s -> Time.timer_settime(s.timer[0], Time.TIMER_ABSTIME, in(1), null))
                .isInForce(TimerCalls::armedOrExpired)
                .ends(Scene::take));
        all.add(with(
                        "Time.timer_settime of an armed timer",
                        Time.CLOCK_MONOTONIC,
                        Signal.SIGEV_KEVENT,
                        s -> Time.timer_settime(s.timer[0], 0, in(2 * HOUR), new ItimerSpec()))
                .before(s -> ok(Time.timer_settime(s.timer[0], 0, in(HOUR), null)))
                .isInForce(s -> left(s) > HOUR)
                .refused(s -> check(left(s) > 0, "it is not armed any more"))
                .ends(s -> check(left(s) > HOUR, "armed at another time")));
        for (int clock : new int[] {Time.CLOCK_MONOTONIC, Time.CLOCK_PROCESS_CPUTIME_ID}) {
            String of = clock == Time.CLOCK_MONOTONIC ? "" : ", CPU time";
            all.add(with(
                            "Time.timer_gettime" + of,
                            clock,
                            Signal.SIGEV_KEVENT,
                            s -> Time.timer_gettime(s.timer[0], new ItimerSpec()))
                    .isInForce(s -> false));
            all.add(with(
                            "Time.timer_getoverrun" + of,
                            clock,
                            Signal.SIGEV_KEVENT,
                            s -> Time.timer_getoverrun(s.timer[0]))
                    .isInForce(s -> false));
            for (int type : Notified.TYPES) {
                all.add(new PublicCall(
                                "Time.timer_delete, " + Notified.NAMES[type] + of, s -> Time.timer_delete(s.timer[0]))
                        .in(s -> {
                            Notified.open(s, type);
                            Notified.prepare(s, type);
                        })
                        .before(s -> {
                            ok(create(s, clock, type));
                            ok(Time.timer_settime(s.timer[0], 0, in(HOUR), null));
                        })
                        .isInForce(s -> false)
                        .refused(s -> Time.timer_delete(s.timer[0])));
            }
        }
    }

    private static long left(Scene s) {
        ItimerSpec left = new ItimerSpec();
        ok(Time.timer_gettime(s.timer[0], left));
        return left.it_value.toNanos();
    }

    private static boolean armedOrExpired(Scene s) {
        return left(s) > 0 || s.stats().unread > 0;
    }

    private static PublicCall setting(String name, int clock, int type) {
        return with(name, clock, type, s -> Time.timer_settime(s.timer[0], 0, in(s.when), null))
                .before(s -> {
                    s.when = HOUR;
                    Notified.prepare(s, type);
                })
                .isInForce(s -> left(s) > 0)
                .refused(s -> Notified.refused(s, type))
                .ends(s -> {
                    check(left(s) > 0, "it is not armed");
                    s.when = SOON;
                    ok(Time.timer_settime(s.timer[0], 0, in(SOON), null));
                    burn(s, clock);
                    Notified.came(s, type);
                });
    }

    private static void objects(List<PublicCall> all) {
        all.add(new PublicCall("KeventQueue.timer", s -> {
                    s.keventTimer = s.queue.timer(Time.CLOCK_MONOTONIC, SigVal.of((Object) s));
                    return 0;
                })
                .before(s -> s.keventTimer = null)
                .isInForce(s -> s.keventTimer != null)
                .ends(s -> s.keventTimer.close()));
        all.add(object("KeventTimer.once", s -> s.keventTimer.once(Duration.ofNanos(SOON)))
                .ends(Scene::take));
        all.add(object("KeventTimer.every", s -> s.keventTimer.every(Duration.ofHours(1)))
                .isInForce(s -> !s.keventTimer.remaining().isZero())
                .ends(s -> s.keventTimer.disarm()));
        all.add(object("KeventTimer.at", s -> s.keventTimer.at(new TimeSpec(1, 0), new TimeSpec()))
                .ends(Scene::take));
        all.add(object("KeventTimer.disarm", s -> s.keventTimer.disarm())
                .before(s -> s.keventTimer.once(Duration.ofHours(1)))
                .isInForce(s -> false)
                .refused(s -> s.keventTimer.disarm())
                .ends(s -> check(s.keventTimer.remaining().isZero(), "still armed")));
        all.add(object("KeventTimer.disarm of one that has expired", s -> s.keventTimer.disarm())
                .before(s -> {
                    s.keventTimer.at(new TimeSpec(1, 0), new TimeSpec());
                    Scene.until("expired", () -> {
                        s.drive();
                        return s.queue.stats().unread == 1;
                    });
                })
                .isInForce(s -> false)
                .refused(s -> s.keventTimer.disarm())
                .ends(s -> check(!s.queue.poll(s.into), "a record of a timer that was disarmed")));
        all.add(object("KeventTimer.remaining", s -> s.keventTimer.remaining()).isInForce(s -> false));
        all.add(object("KeventTimer.overrun", s -> s.keventTimer.overrun()).isInForce(s -> false));
        all.add(new PublicCall("KeventTimer.close", s -> {
                    s.keventTimer.close();
                    return 0;
                })
                .before(s -> {
                    s.keventTimer = s.queue.timer(Time.CLOCK_MONOTONIC, SigVal.of((Object) s));
                    s.keventTimer.once(Duration.ofHours(1));
                })
                .isInForce(s -> false)
                .refused(s -> s.keventTimer.close()));
    }

    private static PublicCall object(String name, PublicCall.Step call) {
        return new PublicCall(name, s -> {
                    call.run(s);
                    return 0;
                })
                .in(s -> {
                    s.keventTimer = s.queue.timer(Time.CLOCK_MONOTONIC, s.next());
                    s.later(s.keventTimer::close);
                })
                .isInForce(s -> !s.keventTimer.remaining().isZero() || s.stats().unread > 0);
    }

    /** This one call returns its error and leaves errno alone. */
    private static long slept(int error) {
        return error == 0 ? 0 : Caller.SAYS_WHY - error;
    }

    private static void clocks(List<PublicCall> all) {
        all.add(new PublicCall("Time.clock_gettime", s -> Time.clock_gettime(Time.CLOCK_REALTIME, new TimeSpec())));
        all.add(new PublicCall("Time.clock_getres", s -> Time.clock_getres(Time.CLOCK_REALTIME, new TimeSpec())));
        all.add(new PublicCall(
                "Time.clock_getcpuclockid",
                s -> Time.clock_getcpuclockid((int) ProcessHandle.current().pid(), new int[1]) == 0 ? 0 : -1));
        all.add(new PublicCall("Time.nanosleep", s -> Time.nanosleep(TimeSpec.ofNanos(SOON), new TimeSpec())));
        all.add(new PublicCall(
                "Time.clock_nanosleep",
                s -> slept(Time.clock_nanosleep(Time.CLOCK_REALTIME, 0, TimeSpec.ofNanos(SOON), new TimeSpec()))));
        all.add(new PublicCall(
                "Time.clock_nanosleep, CPU time",
                s -> slept(Time.clock_nanosleep(
                        Time.CLOCK_PROCESS_CPUTIME_ID, Time.TIMER_ABSTIME, TimeSpec.ofNanos(1), null))));
        for (PublicCall one : all.subList(all.size() - 3, all.size())) {
            one.isInForce(s -> false);
        }
    }
}
