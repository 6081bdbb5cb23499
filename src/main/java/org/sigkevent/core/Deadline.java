package org.sigkevent.core;

/** Something that falls due at a time on one of the clocks of {@link Deadlines}. Small: there may be millions. */
public abstract class Deadline {
    /** Nanoseconds of the clock that it is armed on; written under the lock of its {@link Deadlines}. */
    long nanos;
    /** Which clock's heap holds it, or -1 when it is not armed. */
    byte clock = -1;
    /** Its place in the heap, or, complemented, in the unsorted buffer of its {@link DeadlineHeap}. */
    int index;

    /**
     * The time has come. Called under the lock of the {@link Deadlines}, by whichever thread drives the queue; the deadline
     * is no longer armed. It may arm itself again and may post into the ring; it may not block.
     *
     * @param nanos the time that it was armed for, on its clock
     */
    protected abstract void due(long nanos);
}
