package org.sigkevent.core;

import org.jspecify.annotations.Nullable;

/**
 * Something that falls due at a time on one of the clocks of {@link Deadlines}. Small: there may be millions. Nearly all of them make a
 * record then, so each is a {@link Source}, and a timer is one object, not two.
 */
public abstract class Deadline extends Source {
    /** Nanoseconds of the clock that it is armed on; written under the lock of its {@link Deadlines}. */
    long nanos;
    /** Of which clock it is, or was when it was armed last: its place in {@link DeadlineClocks}, complemented while it is not armed. */
    byte clock = -1;
    /** Its place in a {@link DeadlineHeap}, or, complemented, the bucket of a {@link DeadlineWheel}. */
    int index;
    /** The others of its bucket. */
    @Nullable
    Deadline next;

    @Nullable
    Deadline previous;

    /** One that makes records: see {@link Source}. */
    protected Deadline(boolean keepsSlot) {
        super(keepsSlot);
    }

    /** One that makes no records. */
    protected Deadline() {
        super(false);
    }

    /** The clock that it is armed on, or was armed on last, or that was {@linkplain #choose chosen}. */
    public final int clockid() {
        return DeadlineClocks.at(clock < 0 ? ~clock : clock);
    }

    /** Says of which clock it is while it is not armed. */
    public final void choose(int clockid) {
        clock = (byte) ~DeadlineClocks.placeOf(clockid);
    }

    /**
     * The time has come. Called under the lock of the {@link Deadlines}, by whichever thread drives the queue; the deadline
     * is no longer armed. It may arm itself again and may post into the ring; it may not block.
     *
     * @param nanos the time that it was armed for, on its clock
     */
    protected abstract void due(long nanos);

    /** Not for those that make no records. */
    @Override
    protected boolean taken(RingRecord record) {
        throw new IllegalStateException("a record of " + this + ", which makes none");
    }
}
