package org.sigkevent.core;

/**
 * What stands behind records in a ring: a timer, an AIO request, a registration. It owns one slot of the ring's capacity
 * ({@link Ring#reserve}) for each record that it may have unread, and has at most one unread record at a time.
 *
 * <p>Two kinds of owner. A <em>one-shot</em> source ({@code keepsSlot} false) gives its reservation to the record when it
 * posts; taking the record frees the slot. A <em>repeating</em> source ({@code keepsSlot} true) keeps its reservation until
 * it is released, whether or not a record of it is unread.
 *
 * <p>One that falls due at a time is a {@link Deadline}.
 */
public abstract class Source implements RingRecord.Settles {
    final boolean keepsSlot;

    /** Of an index, what tells the records apart that a ring can hold. */
    private static final int POSITION_MASK = Integer.MAX_VALUE;

    /**
     * Where in the ring the last record is that is not settled: the low 31 bits of its index; -1 when there is none. Guarded by the ring's
     * write lock.
     */
    int position = -1;

    /** Records that were published and not yet settled or withdrawn; guarded by the ring's write lock. */
    int unsettled;

    /** Moves with each record; written under the ring's write lock. Tells a source whose last record was given up from one that has it. */
    private int stamp;

    protected Source(boolean keepsSlot) {
        this.keepsSlot = keepsSlot;
    }

    /** Of the record that was published last: read by who published it, or under the ring's write lock. */
    protected final int stamp() {
        return stamp;
    }

    /** A record of it stands at this index. Under the ring's write lock. */
    final void placedAt(long index) {
        movedTo(index);
        unsettled++;
        stamp++;
    }

    /** Its last record stands at this index now. Under the ring's write lock. */
    final void movedTo(long index) {
        position = (int) index & POSITION_MASK;
    }

    /** How many records the ring has had since its last one, which is not settled; {@code write} is the index of the next. */
    final int behind(long write) {
        return (int) write - position & POSITION_MASK;
    }

    /** Of the record that stood at this index: of another one than the last, if the source has published one since. Under the ring's write lock. */
    final int stampAt(long index) {
        return isAt(index) ? stamp : stamp - 1;
    }

    /** Whether its last record stands at this index, or was taken from there. Under the ring's write lock. */
    final boolean isAt(long index) {
        return position == ((int) index & POSITION_MASK);
    }

    /**
     * Settles a record of this source that the calling thread has just taken: fills in what is only known now (an overrun
     * count, a cookie object) and lets go of what the record no longer needs. Called exactly once for each record taken by
     * this process, outside every lock of the ring; takes the source's own lock if it has one.
     *
     * @return false when the record is stale (its source was deleted or re-armed after the record was won but before this
     *     call): then it is dropped and the taker goes on with the next one
     */
    protected abstract boolean taken(RingRecord record);

    @Override
    public final boolean settle(RingRecord record) {
        return taken(record);
    }

    /**
     * A consumer outside this process has taken the unread record, which nobody here could settle: what it said is what it said.
     * Called once for each such record, outside every lock of the ring, when the queue is driven next.
     */
    protected void takenElsewhere(RingRecord record) {
        taken(record);
    }

    /**
     * The queue was destroyed and a record of this source with it: nobody will take it. Instead of {@link #taken}, at most once
     * for each record, outside every lock of the ring: lets go of what the record would have carried.
     */
    protected void abandoned() {}

    /**
     * The queue was destroyed, and a consumer outside this process had taken the record, which was not {@linkplain #takenElsewhere told}
     * before. The default lets go of what nobody here will get; what the record gave away stays with those who heard of it.
     */
    protected void abandonedElsewhere() {
        abandoned();
    }
}
