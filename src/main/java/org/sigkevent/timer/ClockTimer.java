package org.sigkevent.timer;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Clocks;
import org.sigkevent.core.Deadlines;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.core.Source;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;

/**
 * One POSIX timer.
 *
 * <p><b>Objects.</b> The timer is the source of its records and holds one slot of its queue for its whole life. It is its own
 * deadline in its queue's {@link Deadlines}, whose lock guards all its fields; timers of CPU-time clocks have a
 * kernel timer instead ({@link CpuTimer}).
 *
 * <p><b>States.</b> Disarmed; armed (the deadline is in a heap); expired with its record unread. In the last state a periodic
 * timer is in no heap: it costs nothing until the record is taken. Then {@link #taken} counts the periods that have passed
 * since the expiry, which are the overruns, and arms the next one on the same grid: one division, however many they are.
 *
 * <p><b>Clocks.</b> A relative time is counted on CLOCK_MONOTONIC (BOOTTIME on its own), so that setting a clock does not
 * change it; an absolute one is armed on the timer's own clock and follows it.
 *
 * <p><b>Nothing after the call.</b> Re-arming and deleting withdraw an unread record. A taker that has won the record already,
 * but has not settled it, finds {@link #unread} false and drops it: so what a taker gets it had settled before the call
 * took the lock.
 */
public class ClockTimer extends Source {
    /** The largest overrun count. */
    public static final int DELAYTIMER_MAX = Integer.MAX_VALUE;

    private static final int CLOCK_MONOTONIC_RAW = 4;
    private static final int CLOCK_REALTIME_COARSE = 5;
    private static final int CLOCK_MONOTONIC_COARSE = 6;
    private static final int CLOCK_REALTIME_ALARM = 8;
    private static final int CLOCK_BOOTTIME_ALARM = 9;

    /** What timer_gettime and the old value of timer_settime say. */
    public static final class Setting {
        /** Nanoseconds until the next expiry; 0 when disarmed. */
        public long valueNanos;

        /** The period in nanoseconds; 0 for a timer that expires once. */
        public long intervalNanos;
    }

    /** Makes a target out of the id that a new timer gets. */
    public interface TargetOf {
        /** The target of the timer {@code timerId}. */
        Destination target(int timerId);
    }

    private final byte clock;
    private final int id;
    private final Queue queue;

    /** Makes no records, any more or at all. Read without the lock by those who make, post and delete. */
    final boolean silent;

    private final long cookie;
    private @Nullable Object object;

    // guarded by the lock of the queue's deadlines

    /** The clock that {@link #next} is a time of. */
    private byte heapClock;

    /** The next expiry, or, while a record is unread, the one that it is about. Meaningful while armed or unread. */
    private long next;

    private long interval;
    private boolean armed;
    boolean unread;

    /** The overruns that the record has told since it was published. */
    private int said;

    int overrun;
    boolean deleted;

    ClockTimer(int clock, int id, Destination target) {
        super(true);
        this.clock = (byte) clock;
        this.id = id;
        this.queue = target.queue;
        this.silent = target.silent;
        this.cookie = target.cookie;
        this.object = target.object;
    }

    /**
     * Makes a timer, disarmed.
     *
     * @throws ErrnoException EINVAL or ENOTSUP (the clock), EAGAIN (no free slot), and what {@code target} throws; nothing is
     *     left behind
     */
    public static ClockTimer create(int clock, TargetOf targetOf) {
        boolean cpu = checkClock(clock);
        int id = TimerTable.nextId();
        Destination target = targetOf.target(id);
        if (!target.silent && !target.queue.reserve(1)) {
            throw new ErrnoException(
                    Errnos.EAGAIN,
                    target.queue.dead()
                            ? "the queue was destroyed"
                            : "no slot is free in queue " + target.queue.fd() + " of "
                                    + target.queue.ring().limit() + ": a timer holds one for its whole life");
        }
        ClockTimer timer;
        try {
            timer = cpu ? new CpuTimer(clock, id, target) : new ClockTimer(clock, id, target);
        } catch (RuntimeException | Error refused) {
            if (!target.silent) {
                target.queue.release(1);
            }
            throw refused;
        }
        if (!TimerTable.add(timer)) {
            timer.delete();
            throw new ErrnoException(Errnos.EAGAIN, "the queue was destroyed");
        }
        return timer;
    }

    /** Whether it is a CPU-time clock; throws when it is none that a timer can have. */
    private static boolean checkClock(int clock) {
        if (Deadlines.knows(clock)) {
            return false;
        }
        switch (clock) {
            case CLOCK_MONOTONIC_RAW:
            case CLOCK_REALTIME_COARSE:
            case CLOCK_MONOTONIC_COARSE:
            case CLOCK_REALTIME_ALARM:
            case CLOCK_BOOTTIME_ALARM:
                throw new ErrnoException(Errnos.ENOTSUP, "clockid " + clock + " is a clock that drives no timers");
            case Clocks.CLOCK_PROCESS_CPUTIME_ID:
            case Clocks.CLOCK_THREAD_CPUTIME_ID:
                return true;
            default:
                if (clock < 0) {
                    return true;
                }
                throw new ErrnoException(Errnos.EINVAL, "clockid " + clock + " is no clock");
        }
    }

    /** The live timer with this id, or null. */
    public static @Nullable ClockTimer get(int id) {
        return TimerTable.get(id);
    }

    public final int id() {
        return id;
    }

    final Queue queue() {
        return queue;
    }

    final long cookie() {
        return cookie;
    }

    /** What its records carry by reference. Under the lock. */
    final @Nullable Object object() {
        return object;
    }

    final Deadlines deadlines() {
        return queue.deadlines();
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
    public int set(boolean absolute, long value, long period, @Nullable Setting old) {
        Deadlines deadlines = queue.deadlines();
        deadlines.lock();
        try {
            if (deleted || queue.dead()) {
                return -Errnos.EINVAL;
            }
            if (old != null) {
                read(old);
            }
            stop();
            overrun = 0;
            interval = period;
            if (value == 0) {
                interval = 0;
                return 0;
            }
            heapClock = absolute || clock == Clocks.CLOCK_BOOTTIME ? clock : (byte) Clocks.CLOCK_MONOTONIC;
            next = absolute ? value : sum(deadlines.now(heapClock), value);
            armed = true;
            if (!silent) {
                deadlines.arm(this, heapClock, next);
            }
            return 0;
        } finally {
            deadlines.unlock();
        }
    }

    /** Takes back an unread record and disarms. */
    private void stop() {
        if (unread) {
            unread = false;
            queue.withdraw(this); // no: somebody has taken it and will find that it is not unread any more
        }
        if (armed && !silent) {
            queue.deadlines().disarm(this);
        }
        armed = false;
    }

    private static long sum(long now, long nanos) {
        return nanos > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + nanos;
    }

    @Override
    protected boolean due(long nanos) {
        if (unread) { // others take from this ring, and nobody has
            long periods = Math.max(0, queue.deadlines().now(heapClock) - nanos) / Math.max(1, interval);
            queue.deadlines().arm(this, heapClock, sum(nanos + periods * interval, interval));
            return false;
        }
        armed = interval != 0;
        unread = true;
        said = 0;
        if (armed && queue.ring().shared()) {
            // a taker elsewhere does not tell: the record says what was missed, and at the next expiry it is looked for
            long periods = Math.max(0, missed(queue.deadlines().now(heapClock))) / interval;
            next = nanos + periods * interval;
            said = (int) Math.min(periods, DELAYTIMER_MAX);
            queue.deadlines().arm(this, heapClock, sum(next, interval));
        }
        RingRecord record = RingRecord.outgoing(Kinds.KEVENT_TIMER, id, cookie);
        record.result = said;
        record.data0 = next;
        record.timeNanos = next;
        queue.post(this, record);
        return true;
    }

    /** timer_gettime: 0, or -EINVAL when the timer was deleted. */
    public int get(Setting into) {
        Deadlines deadlines = queue.deadlines();
        deadlines.lock();
        try {
            if (deleted || queue.dead()) {
                return -Errnos.EINVAL;
            }
            if (read(into)) { // now, so that a timer that says zero has its record
                deadlines.disarm(this);
                due(next);
            }
            return 0;
        } finally {
            deadlines.unlock();
        }
    }

    /** Fills {@code into}; true when the timer's only expiry is due and was not driven yet. */
    private boolean read(Setting into) {
        into.intervalNanos = interval;
        into.valueNanos = 0;
        if (!armed) {
            return false;
        }
        long now = queue.deadlines().now(heapClock);
        long left = next - now;
        if (left > 0) {
            into.valueNanos = left;
        } else if (interval > 0) {
            into.valueNanos = interval - missed(now) % interval;
        } else {
            return !silent;
        }
        return false;
    }

    /** Nanoseconds since {@link #next}, which is past; both are times since 1970 or since the machine started. */
    private long missed(long now) {
        return now - next;
    }

    /** timer_getoverrun: 0 to {@link #DELAYTIMER_MAX}, or -EINVAL when the timer was deleted. */
    public int overrun() {
        Deadlines deadlines = queue.deadlines();
        deadlines.lock();
        try {
            return deleted || queue.dead() ? -Errnos.EINVAL : overrun;
        } finally {
            deadlines.unlock();
        }
    }

    /** timer_delete: 0, or -EINVAL when it was deleted before. */
    public int delete() {
        Deadlines deadlines = queue.deadlines();
        deadlines.lock();
        try {
            if (deleted) {
                return -Errnos.EINVAL;
            }
            deleted = true;
            stop();
        } finally {
            deadlines.unlock();
        }
        TimerTable.remove(this);
        release();
        return 0;
    }

    final void release() {
        if (!silent) {
            queue.release(1);
        }
        letGo();
    }

    /** Nothing is delivered any more: lets go of the cookie. */
    final void letGo() {
        object = null;
    }

    /** The queue is destroyed: the timer is mute, and can still be deleted. */
    void mute() {
        Deadlines deadlines = queue.deadlines();
        deadlines.lock();
        try {
            stop();
            letGo();
        } finally {
            deadlines.unlock();
        }
    }

    @Override
    protected boolean taken(RingRecord record) {
        Deadlines deadlines = queue.deadlines();
        deadlines.lock();
        try {
            if (!unread || record.data0 != next) {
                return false;
            }
            unread = false;
            overrun = 0;
            if (armed) {
                deadlines.disarm(this);
                long missed = Math.max(0, missed(deadlines.now(heapClock)));
                long periods = missed / interval;
                overrun = (int) Math.min(said + periods, DELAYTIMER_MAX);
                queue.countOverruns(said + periods);
                // next + (periods + 1) * interval, which lies at most one period after now
                next = sum(next + periods * interval, interval);
                deadlines.arm(this, heapClock, next);
            }
            record.result = overrun;
            record.object = object;
            return true;
        } finally {
            deadlines.unlock();
        }
    }

    /** The expiries behind the one that the record was about are not told yet: the next record comes at once if there are any. */
    @Override
    protected void takenElsewhere(RingRecord record) {
        Deadlines deadlines = queue.deadlines();
        deadlines.lock();
        try {
            if (unread) {
                unread = false;
                overrun = said;
                queue.countOverruns(said);
                if (armed) {
                    deadlines.disarm(this);
                    next = sum(next, interval);
                    deadlines.arm(this, heapClock, next);
                }
            }
        } finally {
            deadlines.unlock();
        }
    }

    @Override
    public String toString() {
        return "timer " + id + " on clock " + clock;
    }
}
