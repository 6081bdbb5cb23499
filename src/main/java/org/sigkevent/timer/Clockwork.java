package org.sigkevent.timer;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Deadlines;
import org.sigkevent.core.Queue;

/**
 * What tells a {@link ClockTimer} that it has expired, and how often: the deadlines of a queue, or a timer of the kernel. All
 * methods but {@link #prepare} are called under the lock of the queue's deadlines; {@code prepare} before it, so that they find
 * what they need.
 */
abstract class Clockwork {
    final Queue queue;
    final Deadlines deadlines;

    Clockwork(Queue queue) {
        this.queue = queue;
        this.deadlines = queue.deadlines();
    }

    /** Makes room for what the next call needs; throws with nothing changed. */
    abstract void prepare();

    /**
     * Replaces the setting: 0, or an errno negated with nothing changed.
     *
     * @param old gets the former setting; or null
     */
    abstract int set(ClockTimer timer, boolean absolute, long value, long period, ClockTimer.@Nullable Setting old);

    /** Fills {@code into}. */
    abstract void get(ClockTimer timer, ClockTimer.Setting into);

    /** The deadline that the timer is has come. */
    void due(ClockTimer timer, long nanos) {
        throw new IllegalStateException(timer + " has no deadline");
    }

    /** A record was taken: how many expiries were behind the one that it is about. The next may come. */
    abstract long settle(ClockTimer timer);

    /** A record was taken in another process, which knows of {@link ClockTimer#said} expiries. The next may come. */
    abstract void settleElsewhere(ClockTimer timer);

    /** No expiry comes any more. */
    abstract void stop(ClockTimer timer);

    /** The timer is deleted. */
    abstract void close(ClockTimer timer);

    /** Nanoseconds after {@code now}, or the end of time. */
    static long sum(long now, long nanos) {
        return nanos > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + nanos;
    }
}
