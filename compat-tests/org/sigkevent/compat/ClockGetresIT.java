package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Time.CLOCK_BOOTTIME;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.CLOCK_PROCESS_CPUTIME_ID;
import static org.sigkevent.Time.CLOCK_REALTIME;
import static org.sigkevent.Time.CLOCK_TAI;
import static org.sigkevent.Time.CLOCK_THREAD_CPUTIME_ID;
import static org.sigkevent.Time.clock_getcpuclockid;
import static org.sigkevent.Time.clock_getres;
import static org.sigkevent.compat.TimerScene.MS;
import static org.sigkevent.compat.TimerScene.SECOND;
import static org.sigkevent.compat.TimerScene.within;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.TimeSpec;

/** clock_getres. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class ClockGetresIT {
    private static long resolution(int clock) {
        TimeSpec resolution = new TimeSpec(-1, -1);
        assertEquals(0, clock_getres(clock, resolution));
        return resolution.toNanos();
    }

    @Test
    @Assertion(id = "clock_getres/1-1", says = "CLOCK_REALTIME resolves 20 ms or less.")
    void realtimeHasAResolution() {
        within("resolution", 1, resolution(CLOCK_REALTIME), 20 * MS);
    }

    @Test
    @Assertion(id = "clock_getres/3-1", says = "CLOCK_MONOTONIC resolves 20 ms or less.")
    void monotonicHasAResolution() {
        within("resolution", 1, resolution(CLOCK_MONOTONIC), 20 * MS);
    }

    @Test
    @Assertion(id = "clock_getres/5-1", says = "Failure is -1.")
    void failureIsMinusOne() {
        assertEquals(-1, clock_getres(99_999, new TimeSpec()));
    }

    @Test
    @Assertion(id = "clock_getres/6-1", says = "A number that is no clock is EINVAL.")
    void anUnknownClockIsEinval() {
        refused(EINVAL, clock_getres(99_999, new TimeSpec()));
    }

    @Test
    @Assertion(
            id = "clock_getres/6-2",
            says = "So are the ends of the range, with and without a place, and nothing is filled in.")
    void bogusClocksAreEinval() {
        TimeSpec resolution = new TimeSpec(7, 7);
        for (int clock : TimerScene.NO_CLOCKS) {
            refused(EINVAL, clock_getres(clock, resolution));
            refused(EINVAL, clock_getres(clock, null));
        }
        assertEquals(7 * SECOND + 7, resolution.toNanos());
    }

    @Test
    @Assertion(id = "clock_getres/7-1", says = "The CPU clock of the process has a resolution.")
    void theProcessClockHasAResolution() {
        within("resolution", 1, resolution(CLOCK_PROCESS_CPUTIME_ID), 20 * MS);
    }

    @Test
    @Assertion(id = "clock_getres/8-1", says = "The CPU clock of the thread has a resolution.")
    void theThreadClockHasAResolution() {
        within("resolution", 1, resolution(CLOCK_THREAD_CPUTIME_ID), 20 * MS);
    }

    @Test
    @Assertion(id = "clock_getres/p-null", says = "A null place is no error.")
    void aNullPlaceIsNoError() {
        for (int clock :
                new int[] {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID}) {
            assertEquals(0, clock_getres(clock, null));
        }
    }

    @Test
    @Assertion(
            id = "clock_getres/p-others",
            says = "Every clock that drives timers has a resolution, also the CPU clock of a process by its id.")
    void everyClockHasAResolution() {
        int[] id = new int[1];
        assertEquals(0, clock_getcpuclockid(0, id));
        for (int clock : new int[] {CLOCK_BOOTTIME, CLOCK_TAI, id[0]}) {
            within("resolution", 1, resolution(clock), 20 * MS);
        }
    }
}
