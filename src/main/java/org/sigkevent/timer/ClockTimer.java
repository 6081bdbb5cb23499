package org.sigkevent.timer;

import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.DeadlineClocks;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;

/**
 * One POSIX timer.
 *
 * <p><b>Objects.</b> The timer is the source of its records and holds one slot of its queue for its whole life. It has what is
 * the same for every clock: id, destination, record, overruns, deletion. Its {@link Clockwork} says when it expires: all timers
 * of a queue share one ({@link HeapClockwork}), those of CPU-time clocks have one each ({@link CpuClockwork}). The lock of the
 * queue's {@link Deadlines} guards all fields that change.
 *
 * <p><b>States.</b> Disarmed; armed; expired with its record unread. One record at most is unread: what expires meanwhile is
 * counted, and {@link #taken} tells it.
 *
 * <p><b>Clocks.</b> A relative time is counted on CLOCK_MONOTONIC (BOOTTIME on its own), so that setting a clock does not
 * change it; an absolute one is armed on the timer's own clock and follows it.
 *
 * <p><b>Nothing after the call.</b> Re-arming and deleting withdraw an unread record. A taker that has won the record already,
 * but has not settled it, finds {@link #unread} false and drops it: so what a taker gets it had settled before the call
 * took the lock.
 */
public final class ClockTimer extends TimerSource {
    /** The largest overrun count. */
    public static final int DELAYTIMER_MAX = Integer.MAX_VALUE;

    /** From CLOCK_MONOTONIC_RAW to CLOCK_BOOTTIME_ALARM, but for those that drive timers. */
    private static final int FIRST_WITHOUT_TIMERS = 4;

    private static final int LAST_WITHOUT_TIMERS = 9;

    private final Clockwork clockwork;
    private final long cookie;

    private @Nullable Object object;

    // written under the lock of the deadlines

    /** Deleted, or muted: then the {@link TimerTable} knows it no more, and its id can still be deleted. */
    private volatile boolean ended;

    private boolean muted;

    private volatile int overrun;

    private ClockTimer(int clock, int id, Destination target, Clockwork clockwork) {
        super(clock, id, target.silent);
        this.clockwork = clockwork;
        cookie = target.cookie;
        object = target.object;
    }

    /**
     * Makes a timer, disarmed.
     *
     * @param targetOf makes its target out of its id
     * @throws ErrnoException EINVAL or ENOTSUP (the clock), EAGAIN (no free slot), and what {@code target} throws; nothing is
     *     left behind
     */
    public static ClockTimer create(int clock, IntFunction<Destination> targetOf) {
        boolean cpu = checkClock(clock);
        int id = TimerTable.claim();
        Destination target = null;
        CpuClockwork kernels = null;
        boolean reserved = false;
        ClockTimer timer;
        try {
            target = targetOf.apply(id);
            Queue queue = target.queue;
            HeapClockwork heap = queue.member(HeapClockwork.class, HeapClockwork::new);
            if (heap == null) {
                throw destroyed();
            }
            kernels = cpu ? new CpuClockwork(clock, id, target) : null;
            timer = new ClockTimer(clock, id, target, kernels == null ? heap : kernels);
            reserved = !target.silent && queue.reserve(1);
            if (!reserved && !target.silent) {
                throw queue.dead() ? destroyed() : noSlot(queue);
            }
            heap.include(id);
        } catch (Throwable refused) {
            TimerTable.giveBack(id);
            if (reserved && target != null) {
                target.queue.release(1);
            }
            if (kernels != null) {
                kernels.close();
            }
            throw refused;
        }
        TimerTable.enter(timer);
        // perhaps destroyed before it could find the timer
        if (timer.queue().dead()) {
            timer.delete();
            throw destroyed();
        }
        return timer;
    }

    private static ErrnoException destroyed() {
        return new ErrnoException(Errnos.EINVAL, "the queue of sigev_notify_kqueue was destroyed");
    }

    private static ErrnoException noSlot(Queue queue) {
        return new ErrnoException(
                Errnos.EAGAIN,
                "no slot is free in queue " + queue.fd() + " of " + queue.limit()
                        + ": a timer holds one for its whole life");
    }

    /** Whether it is a CPU-time clock; throws when it is none that a timer can have. */
    private static boolean checkClock(int clock) {
        if (DeadlineClocks.has(clock)) {
            return false;
        }
        if (clock < 0 || clock == Linux.CLOCK_PROCESS_CPUTIME_ID || clock == Linux.CLOCK_THREAD_CPUTIME_ID) {
            return true;
        }
        boolean known = clock >= FIRST_WITHOUT_TIMERS && clock <= LAST_WITHOUT_TIMERS;
        throw new ErrnoException(
                known ? Errnos.ENOTSUP : Errnos.EINVAL,
                "clockid " + clock + (known ? " is a clock that drives no timers" : " is no clock"));
    }

    /** The end of the library, when all queues have ended: deletes all timers, and ends what serves CPU-time clocks. */
    public static void endAll() {
        for (TimerSource timer = TimerTable.any(); timer != null; timer = TimerTable.any()) {
            ((ClockTimer) timer).delete();
        }
        CpuTimeReceiver.end();
    }

    /** The live timer with this id, or null. */
    public static @Nullable ClockTimer get(int id) {
        return (ClockTimer) TimerTable.get(id);
    }

    /** Whether nothing but its deletion can be done any more. */
    private boolean gone() {
        return ended || queue().dead();
    }

    /**
     * timer_settime.
     *
     * @param absolute whether {@code value} is a time of the timer's clock
     * @param value nanoseconds, not negative; 0 disarms
     * @param period nanoseconds, not negative; 0 for once
     * @param old gets the former setting; or null
     * @return 0, or -EINVAL when the timer was deleted
     */
    public int set(boolean absolute, long value, long period, @Nullable TimerSetting old) {
        clockwork.prepare();
        int rc;
        clockwork.lock.lock();
        try {
            rc = setLocked(absolute, value, period, old);
            clockwork.lock.publish();
        } finally {
            clockwork.lock.held = 0;
        }
        clockwork.deadlines.wakeSleepers();
        return rc;
    }

    /** As {@link #set}, under the lock. */
    int setLocked(boolean absolute, long value, long period, @Nullable TimerSetting old) {
        if (gone()) {
            return -Errnos.EINVAL;
        }
        int rc = clockwork.set(this, absolute, value, period, old);
        if (rc == 0) {
            takeBack();
            // a look costs less than a fence
            if (overrun != 0) {
                overrun = 0;
            }
        }
        return rc;
    }

    /** Takes back an unread record. One that somebody has won already finds that it is not unread any more. */
    private void takeBack() {
        if (unread) {
            unread = false;
            queue().withdraw(this);
        }
    }

    @Override
    Queue queue() {
        return clockwork.queue;
    }

    @Override
    void expire(long overruns, long at) {
        said = (int) Math.min(overruns, DELAYTIMER_MAX);
        next = at;
        RingRecord record = RingRecord.outgoing(Kinds.KEVENT_TIMER, id, cookie);
        record.result = said;
        record.data0 = at;
        record.timeNanos = at;
        queue().post(this, record);
        // last: a record whose posting has failed is dropped by its taker, should it be there
        unread = true;
    }

    @Override
    protected void due(long nanos) {
        clockwork.due(this, nanos);
    }

    @Override
    void expired(long times) {
        clockwork.prepare();
        clockwork.lock.lock();
        try {
            if (!gone()) {
                clockwork.expired(this, times);
            }
            clockwork.lock.publish();
        } finally {
            clockwork.lock.held = 0;
        }
    }

    /** timer_gettime: 0, or -EINVAL when the timer was deleted. */
    public int get(TimerSetting into) {
        clockwork.prepare();
        int rc = -Errnos.EINVAL;
        clockwork.lock.lock();
        try {
            if (!gone()) {
                clockwork.get(this, into);
                rc = 0;
            }
            clockwork.lock.publish();
        } finally {
            clockwork.lock.held = 0;
        }
        clockwork.deadlines.wakeSleepers();
        return rc;
    }

    /** timer_getoverrun: 0 to {@link #DELAYTIMER_MAX}, or -EINVAL when the timer was deleted. */
    public int overrun() {
        int answer = overrun;
        return gone() ? -Errnos.EINVAL : answer;
    }

    /** timer_delete by id: 0, or -EINVAL when there is no timer with this id, or it is deleted. */
    public static int delete(int id) {
        ClockTimer timer = get(id);
        return timer != null ? timer.delete() : TimerTable.deleteMute(id) ? 0 : -Errnos.EINVAL;
    }

    /** timer_delete: 0, or -EINVAL when it was deleted before. */
    public int delete() {
        boolean mine;
        boolean mute;
        clockwork.lock.lock();
        try {
            mine = end();
            mute = muted;
            muted = false;
            clockwork.lock.publish();
        } finally {
            clockwork.lock.held = 0;
        }
        if (!mine) {
            return mute && TimerTable.deleteMute(id) ? 0 : -Errnos.EINVAL;
        }
        object = null;
        TimerTable.giveBack(id);
        if (!silent) {
            queue().release(1);
        }
        clockwork.deadlines.wakeSleepers();
        return 0;
    }

    /** It expires no more, and an unread record is taken back; false when it had ended before. Under the lock. */
    private boolean end() {
        boolean first = !ended;
        ended = true;
        if (first) {
            clockwork.close(this);
            takeBack();
        }
        return first;
    }

    @Override
    void mute() {
        clockwork.lock.lock();
        try {
            // nothing is delivered any more: lets go of the cookie
            object = null;
            if (end()) {
                muted = true;
                TimerTable.leaveMute(this);
            }
            clockwork.lock.publish();
        } finally {
            clockwork.lock.held = 0;
        }
    }

    @Override
    protected boolean taken(RingRecord record) {
        boolean valid;
        clockwork.lock.lock();
        try {
            valid = unread && record.stamp == stamp();
            if (valid) {
                unread = false;
                long overruns = clockwork.settle(this);
                overrun = (int) Math.min(overruns, DELAYTIMER_MAX);
                queue().countOverruns(overruns);
                record.result = overrun;
                record.object = object;
            }
            clockwork.lock.publish();
        } finally {
            clockwork.lock.held = 0;
        }
        clockwork.deadlines.wakeSleepers();
        return valid;
    }

    @Override
    protected void takenElsewhere(RingRecord record) {
        clockwork.lock.lock();
        try {
            if (unread && record.stamp == stamp()) {
                unread = false;
                overrun = said;
                queue().countOverruns(said);
                clockwork.settleElsewhere(this);
            }
            clockwork.lock.publish();
        } finally {
            clockwork.lock.held = 0;
        }
        clockwork.deadlines.wakeSleepers();
    }

    @Override
    public String toString() {
        return "timer " + id + " on clock " + clock;
    }
}
