package org.sigkevent.timer;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Deadlines;
import org.sigkevent.core.Queue;
import org.sigkevent.sys.AdaptiveSpinLock;

/**
 * What tells a {@link TimerSource} that it has expired, and how often: the deadlines of a queue, or a timer of the kernel. All
 * methods but {@link #prepare} are called under the lock of the queue's deadlines; {@code prepare} before it, so that they find
 * what they need.
 */
abstract class Clockwork {
    final Queue queue;
    final Deadlines deadlines;

    /** The lock of the deadlines. */
    final AdaptiveSpinLock lock;

    Clockwork(Queue queue) {
        this.queue = queue;
        this.deadlines = queue.deadlines();
        this.lock = deadlines.lock;
    }

    /** Makes room for what the next call needs; throws with nothing changed. */
    abstract void prepare();

    /**
     * Replaces the setting: 0, or an errno negated with nothing changed.
     *
     * @param old gets the former setting; or null
     */
    abstract int set(TimerSource timer, boolean absolute, long value, long period, @Nullable TimerSetting old);

    /** Fills {@code into}. */
    abstract void get(TimerSource timer, TimerSetting into);

    /** The deadline that the timer is has come. */
    void due(TimerSource timer, long nanos) {
        throw new IllegalStateException(timer + " has no deadline");
    }

    /** The kernel says that its timer has expired so many times: in this setting, or in one before it. */
    void expired(TimerSource timer, long times) {}

    /** A record was taken: how many expiries were behind the one that it is about. The next may come. */
    abstract long settle(TimerSource timer);

    /** A record was taken in another process, which knows of {@link TimerSource#said} expiries. The next may come. */
    abstract void settleElsewhere(TimerSource timer);

    /** No expiry comes any more. */
    abstract void stop(TimerSource timer);

    /** The timer is deleted. */
    void close(TimerSource timer) {
        stop(timer);
    }
}
