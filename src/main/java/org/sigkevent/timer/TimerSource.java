package org.sigkevent.timer;

import org.sigkevent.core.Deadline;
import org.sigkevent.core.Queue;

/**
 * What the {@link Clockwork} of a timer, and the {@link TimerTable}, know of it. The lock of the queue's deadlines guards all fields
 * that change.
 */
abstract class TimerSource extends Deadline {
    public final int id;
    final byte clock;

    /** Makes no records, any more or at all. Read without the lock by those who make, post and delete. */
    final boolean silent;

    boolean unread;

    /** The overruns that the unread record has told since it was published. */
    int said;

    /** The next expiry, or, while a record is unread, the one that it is about: on the clock that the deadline is of. */
    long next;

    // of the heap's clockwork, which has no object for each timer

    boolean armed;
    long interval;

    TimerSource(int clock, int id, boolean silent) {
        super(true);
        this.clock = (byte) clock;
        this.id = id;
        this.silent = silent;
    }

    /** It has expired at {@code at}, {@code overruns} times more by now: publishes the record. Under the lock. */
    abstract void expire(long overruns, long at);

    /** The queue that it is of. */
    abstract Queue queue();

    /** The kernel timer has expired so many times. */
    abstract void expired(long times);

    /** The queue is destroyed: the timer is mute, and can still be deleted. */
    abstract void mute();
}
