package org.sigkevent.core;

/** What the {@link Driver} looks after. Both methods are called by the driver's thread only. */
interface Driven {
    /** From {@link #attend}: nothing has to be done any more. */
    long DONE = Long.MIN_VALUE;

    /**
     * Does what there is to do.
     *
     * @param now CLOCK_MONOTONIC in nanoseconds
     * @return when to look again, in nanoseconds of the same clock, Long.MAX_VALUE for when the {@linkplain #watched descriptor} is
     *     readable or the driver is told; {@link #DONE}
     */
    long attend(long now);

    /** The descriptor to watch until the next look, or -1. */
    int watched();
}
