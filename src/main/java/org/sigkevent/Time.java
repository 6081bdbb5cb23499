package org.sigkevent;

import static org.sigkevent.sys.Errnos.EAGAIN;
import static org.sigkevent.sys.Errnos.EINVAL;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;
import org.sigkevent.notify.Notify;
import org.sigkevent.signal.SignalWaits;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Stack;
import org.sigkevent.timer.ClockTimer;
import org.sigkevent.timer.Sleeps;
import org.sigkevent.timer.TimerSetting;

/**
 * {@code <time.h>}: per-process timers, clocks and sleeps.
 *
 * <p>Every call answers -1 and sets {@link Errno#errno} when it fails (clock_nanosleep and clock_getcpuclockid answer the
 * error number instead, as POSIX has it). All may be called from any thread.
 *
 * <p>A timer has at most one notification outstanding; further expiries are counted in it. With SIGEV_KEVENT the count is
 * settled when the record is taken, and {@link #timer_getoverrun} then agrees with it. Re-arming, disarming or deleting a
 * timer takes an unread record back: nothing of the former setting is delivered after the call has returned. Arming costs no
 * system call. Timers of a queue that no thread waits for expire at most 20 ms late; with {@link Kevent#KEVENT_DRIVER_OFF} they
 * expire at the next call that drives the queue.
 *
 * <p>Clocks of timers: CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI, CLOCK_PROCESS_CPUTIME_ID,
 * CLOCK_THREAD_CPUTIME_ID and ids from {@link #clock_getcpuclockid}. Absolute timers follow a clock that is set, relative
 * ones do not.
 *
 * <pre>{@code
 * int kfd = Kevent.kevent_init(1);
 * int[] timer = new int[1];
 * Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(7)), timer);
 * ItimerSpec every = new ItimerSpec();
 * every.it_value.tv_nsec = 1_000_000;
 * every.it_interval.tv_nsec = 1_000_000;
 * Time.timer_settime(timer[0], 0, every, null);
 * KeventRing ring = Kevent.kevent_map_ringbuf(kfd, 1);
 * KeventRecord record = new KeventRecord();
 * for (int expiries = 0; expiries < 10; ) {
 *     int state = ring.state();
 *     if (ring.take(record)) {
 *         expiries += 1 + Time.timer_getoverrun(timer[0]); // as record.result
 *     } else {
 *         Kevent.kevent_wait(kfd, state, null, null);
 *     }
 * }
 * Time.timer_delete(timer[0]);
 * Kevent.kevent_destroy(kfd, null, 0);
 * }</pre>
 *
 * <p>After POSIX.1-2024, {@code <time.h>}; timer_create(2), clock_gettime(2) and clock_nanosleep(2).
 */
public final class Time {
    /** The time of day, since 1970; it can be set. */
    public static final int CLOCK_REALTIME = Linux.CLOCK_REALTIME;
    /** Time since the start of the machine without its suspensions; it cannot be set. */
    public static final int CLOCK_MONOTONIC = Linux.CLOCK_MONOTONIC;
    /** CPU time of the process. */
    public static final int CLOCK_PROCESS_CPUTIME_ID = Linux.CLOCK_PROCESS_CPUTIME_ID;
    /** CPU time of the calling thread; refused on a virtual thread. */
    public static final int CLOCK_THREAD_CPUTIME_ID = Linux.CLOCK_THREAD_CPUTIME_ID;
    /** CLOCK_MONOTONIC that goes on while the machine is suspended. */
    public static final int CLOCK_BOOTTIME = Linux.CLOCK_BOOTTIME;
    /** International atomic time: CLOCK_REALTIME without leap seconds. */
    public static final int CLOCK_TAI = Linux.CLOCK_TAI;

    /** The time given is a time of the clock, not one from now. */
    public static final int TIMER_ABSTIME = Linux.TIMER_ABSTIME;

    /** The largest overrun count. */
    public static final int DELAYTIMER_MAX = ClockTimer.DELAYTIMER_MAX;

    private static final Sleeps.Waiting UNTIL_HANDLED = new Sleeps.Waiting() {
        @Override
        public int sleep(long deadline) {
            return SignalWaits.sleep(deadline);
        }

        @Override
        public int await(Queue queue, int seen, int clock, long deadline) {
            return SignalWaits.await(queue, seen, clock, deadline, false, 0);
        }
    };

    private Time() {}

    /**
     * Makes a timer, disarmed.
     *
     * @param clockid its clock
     * @param evp how an expiry is made known; null: SIGALRM with the timer's id as value (refused, as every signal is whose
     *     default would end the JVM and that nothing handles)
     * @param timerid its first element gets the id; ids are not used again soon
     * @return 0; or -1 and errno: EINVAL (clockid, evp, timerid), ENOTSUP (a clock that cannot drive timers), EAGAIN (the queue
     *     of evp has no free slot: a timer owns one for its whole life; or the kernel no further timer, for a clock of CPU time),
     *     and what {@link SigEvent} gives
     */
    public static int timer_create(int clockid, @Nullable SigEvent evp, int[] timerid) {
        try {
            Stack.reserve();
        } catch (OutOfMemoryError noThread) {
            return Errno.fail(EAGAIN, noThread.getMessage());
        }
        if (timerid == null || timerid.length == 0) {
            return Errno.fail(EINVAL, "timerid has no element to put the id into");
        }
        return Errno.call(() -> {
            int signo = evp == null ? SigEvent.checkedSignal(Signal.SIGALRM, 0) : 0;
            ClockTimer timer =
                    ClockTimer.create(clockid, id -> evp == null ? Notify.signal(signo, id, null, 0) : evp.resolve());
            // a field and not a call: what could fail here would lose the timer
            timerid[0] = timer.id;
            return 0;
        });
    }

    /**
     * Arms, re-arms or disarms a timer, and resets its overrun count.
     *
     * @param timerid an id that {@link #timer_create} gave
     * @param flags 0 or {@link #TIMER_ABSTIME}; other bits are not looked at, as on Linux
     * @param value the first expiry (zero disarms) and the period (zero: once). A time of the past expires at once; the periods
     *     missed since then are overruns
     * @param ovalue gets what {@link #timer_gettime} would have said; or null
     * @return 0; or -1 and errno EINVAL with nothing changed (no such timer, value null or with negative seconds or nanoseconds
     *     outside 0..999,999,999 in either part)
     */
    public static int timer_settime(int timerid, int flags, ItimerSpec value, @Nullable ItimerSpec ovalue) {
        Stack.reserve();
        ClockTimer timer = ClockTimer.get(timerid);
        if (timer == null) {
            return noTimer(timerid);
        }
        if (value == null || value.it_value == null || value.it_interval == null) {
            return Errno.fail(
                    EINVAL,
                    value == null
                            ? "value is null"
                            : value.it_value == null ? "it_value is null" : "it_interval is null");
        }
        TimeSpec first = value.it_value;
        TimeSpec interval = value.it_interval;
        if (!first.valid() || !interval.valid()) {
            return Errno.fail(
                    EINVAL,
                    first.valid() ? TimeSpec.refusal("it_interval", interval) : TimeSpec.refusal("it_value", first));
        }
        TimerSetting old = ovalue == null ? null : new TimerSetting();
        int rc = timer.set((flags & TIMER_ABSTIME) != 0, first.toNanos(), interval.toNanos(), old);
        if (rc != 0) {
            return noTimer(timerid);
        }
        if (old != null && ovalue != null) {
            store(old, ovalue);
        }
        return 0;
    }

    /**
     * Reads the time until the next expiry (zero when disarmed or expired; never more than was asked for) and the period.
     *
     * @param timerid an id that {@link #timer_create} gave
     * @param value gets both
     * @return 0; or -1 and errno EINVAL (no such timer, value null)
     */
    public static int timer_gettime(int timerid, ItimerSpec value) {
        ClockTimer timer = ClockTimer.get(timerid);
        if (timer == null) {
            return noTimer(timerid);
        }
        if (value == null) {
            return Errno.fail(EINVAL, "value is null");
        }
        TimerSetting setting = new TimerSetting();
        if (timer.get(setting) != 0) {
            return noTimer(timerid);
        }
        store(setting, value);
        return 0;
    }

    private static void store(TimerSetting setting, ItimerSpec into) {
        if (into.it_value == null) {
            into.it_value = new TimeSpec();
        }
        if (into.it_interval == null) {
            into.it_interval = new TimeSpec();
        }
        into.it_value.setNanos(setting.valueNanos);
        into.it_interval.setNanos(setting.intervalNanos);
    }

    /**
     * The expiries that were counted in the notification that was taken last, besides its own: 0 to {@link #DELAYTIMER_MAX}.
     *
     * @param timerid an id that {@link #timer_create} gave
     * @return the count; or -1 and errno EINVAL (no such timer)
     */
    public static int timer_getoverrun(int timerid) {
        ClockTimer timer = ClockTimer.get(timerid);
        int count = timer == null ? -1 : timer.overrun();
        return count < 0 ? noTimer(timerid) : count;
    }

    /**
     * Deletes a timer; a record of it that nobody took is taken back.
     *
     * @param timerid an id that {@link #timer_create} gave
     * @return 0; or -1 and errno EINVAL (no such timer)
     */
    public static int timer_delete(int timerid) {
        Stack.reserve();
        return ClockTimer.delete(timerid) != 0 ? noTimer(timerid) : 0;
    }

    private static int noTimer(int timerid) {
        return Errno.fail(EINVAL, "timerid " + timerid + " is no timer, or it was deleted");
    }

    /**
     * Reads a clock.
     *
     * @param clockid a CLOCK_ constant of {@link Time}, or an id of clock_getcpuclockid
     * @param tp the time; null is EINVAL
     * @return 0; or -1 and errno EINVAL (clockid, tp null)
     */
    public static int clock_gettime(int clockid, TimeSpec tp) {
        Stack.reserve();
        if (tp == null) {
            return Errno.fail(EINVAL, "tp is null");
        }
        return withTime(tp, Sleeps.getTime(clockid), "clockid " + clockid + " is no clock");
    }

    /**
     * Reads a clock's resolution.
     *
     * @param clockid a CLOCK_ constant of {@link Time}, or an id of clock_getcpuclockid
     * @param res gets it; or null
     * @return 0; or -1 and errno EINVAL (clockid)
     */
    public static int clock_getres(int clockid, @Nullable TimeSpec res) {
        Stack.reserve();
        return withTime(res, Sleeps.getResolution(clockid), "clockid " + clockid + " is no clock");
    }

    /**
     * Sets a clock of the machine.
     *
     * @param clockid a CLOCK_ constant of {@link Time}, or an id of clock_getcpuclockid
     * @param tp the time; null is EINVAL
     * @return 0; or -1 and errno: EINVAL (clockid cannot be set, tp null or out of range), EPERM
     */
    public static int clock_settime(int clockid, TimeSpec tp) {
        if (tp == null || !tp.valid()) {
            return Errno.fail(EINVAL, TimeSpec.refusal("tp", tp));
        }
        int rc = Sleeps.setTime(clockid, tp.tv_sec, tp.tv_nsec);
        return rc == 0 ? 0 : Errno.fail(ErrnoException.of(-rc, "clock_settime of clockid " + clockid + " to tp " + tp));
    }

    /**
     * The id of the CPU-time clock of a process.
     *
     * @param pid a process; 0 for this one
     * @param clockId its first element gets the id
     * @return 0 or an error number: ESRCH (no such process), EINVAL (clockId)
     */
    public static int clock_getcpuclockid(int pid, int[] clockId) {
        return clockId == null || clockId.length == 0 ? EINVAL : -Sleeps.getCpuClockId(pid, clockId);
    }

    /**
     * Sleeps for a length of time on CLOCK_REALTIME that a change of that clock does not affect, until a handler of a signal has returned
     * ({@link Signal#sigaction}), or until the thread is interrupted.
     *
     * @param rqtp the time; not negative, nanoseconds 0 to 999,999,999
     * @param rmtp gets what is left when the sleep is interrupted; or null
     * @return 0; or -1 and errno: EINVAL (rqtp), EINTR (a handler has returned, or the thread was interrupted, whose status is cleared)
     */
    public static int nanosleep(TimeSpec rqtp, @Nullable TimeSpec rmtp) {
        int error = clock_nanosleep(CLOCK_REALTIME, 0, rqtp, rmtp);
        return error == 0
                ? 0
                : Errno.fail(
                        error,
                        rqtp == null || !rqtp.valid()
                                ? TimeSpec.refusal("rqtp", rqtp)
                                : error == Errno.EINTR
                                        ? "the sleep ended: a handler has returned, or the thread was interrupted (EINTR)"
                                        : null);
    }

    /**
     * Sleeps for a length of time, or until a time, of a clock; not longer than until a handler of a signal has returned
     * ({@link Signal#sigaction}), or the thread is interrupted.
     *
     * @param clockid a CLOCK_ constant of {@link Time}, or an id of clock_getcpuclockid
     * @param flags 0 or {@link #TIMER_ABSTIME}
     * @param rqtp the time; not negative, nanoseconds 0 to 999,999,999
     * @param rmtp gets what is left when a sleep of some length is interrupted; or null
     * @return 0 or an error number: EINVAL (clockid, rqtp, or CLOCK_THREAD_CPUTIME_ID), ENOTSUP (a clock that cannot be slept
     *     on), EINTR (a handler has returned, or the thread was interrupted, whose status is cleared)
     */
    public static int clock_nanosleep(int clockid, int flags, TimeSpec rqtp, @Nullable TimeSpec rmtp) {
        Stack.reserve();
        if (rqtp == null || !rqtp.valid()) {
            return EINVAL;
        }
        boolean absolute = (flags & TIMER_ABSTIME) != 0;
        long[] left = rmtp == null || absolute ? null : new long[1];
        int rc = Sleeps.sleep(UNTIL_HANDLED, clockid, absolute, rqtp.toNanos(), left);
        if (left != null && rmtp != null && rc == -Errno.EINTR) {
            rmtp.setNanos(left[0]);
        }
        return -rc;
    }

    private static int withTime(@Nullable TimeSpec into, int rc, String words) {
        if (rc == 0 && into != null) {
            ByteBuffer time = Scratch.get().buffer;
            into.tv_sec = time.getLong(0);
            into.tv_nsec = time.getLong(8);
        }
        return Errno.answer(rc, words);
    }
}
