package org.sigkevent.core;

/** What the {@link Driver} looks after, in its thread. */
interface Driven {
    /** From {@link #attend}: nothing has to be done any more. */
    long DONE = Long.MIN_VALUE;

    /**
     * Does what there is to do.
     *
     * @param now CLOCK_MONOTONIC in nanoseconds
     * @return when to look again, in nanoseconds of the same clock, Long.MAX_VALUE for when the descriptor is readable that
     *     {@link Driver.Attendance#watch} names, or the driver is told; {@link #DONE}
     */
    long attend(long now);
}
