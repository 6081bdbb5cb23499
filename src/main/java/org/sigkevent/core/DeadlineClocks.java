package org.sigkevent.core;

import org.sigkevent.sys.Linux;

/** The clocks that {@link Deadlines} know, each by a place in their tables. */
public final class DeadlineClocks {
    static final int MONOTONIC = 0;
    static final int REALTIME = 1;
    static final int TAI = 2;
    static final int BOOTTIME = 3;
    static final int PLACES = 4;

    private static final int[] CLOCKS = {
        Linux.CLOCK_MONOTONIC, Linux.CLOCK_REALTIME, Linux.CLOCK_TAI, Linux.CLOCK_BOOTTIME
    };

    private DeadlineClocks() {}

    /** Whether a deadline can be armed on this clock. */
    public static boolean has(int clock) {
        return placeOf(clock) >= 0;
    }

    /** The place of a clock, or -1. */
    static int placeOf(int clock) {
        for (int i = 0; i < PLACES; i++) {
            if (CLOCKS[i] == clock) {
                return i;
            }
        }
        return -1;
    }

    /** The clock in a place. */
    static int at(int place) {
        return CLOCKS[place];
    }
}
