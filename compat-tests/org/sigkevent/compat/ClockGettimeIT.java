package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Time.CLOCK_BOOTTIME;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.CLOCK_PROCESS_CPUTIME_ID;
import static org.sigkevent.Time.CLOCK_REALTIME;
import static org.sigkevent.Time.CLOCK_TAI;
import static org.sigkevent.Time.CLOCK_THREAD_CPUTIME_ID;
import static org.sigkevent.Time.clock_gettime;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.TimerScene.MS;
import static org.sigkevent.compat.TimerScene.SECOND;
import static org.sigkevent.compat.TimerScene.now;
import static org.sigkevent.compat.TimerScene.passes;
import static org.sigkevent.compat.TimerScene.within;

import java.time.Instant;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.TimeSpec;

/** clock_gettime. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class ClockGettimeIT {
    private static final int READINGS = 20_000;

    private static void neverGoesBack(int clock) {
        long last = now(clock);
        for (int i = 0; i < READINGS; i++) {
            long next = now(clock);
            assertTrue(next >= last, "clock " + clock + " went back");
            last = next;
        }
    }

    private static long epochNanos() {
        Instant now = Instant.now();
        return now.getEpochSecond() * SECOND + now.getNano();
    }

    @Test
    @Assertion(id = "clock_gettime/1-1", says = "Reading CLOCK_REALTIME fills in the time.")
    void readingFillsInTheTime() {
        TimeSpec time = new TimeSpec();
        assertEquals(0, clock_gettime(CLOCK_REALTIME, time));
        assertTrue(time.tv_sec > 0);
        within("nanoseconds", 0, time.tv_nsec, 999_999_999);
    }

    @Test
    @Assertion(id = "clock_gettime/1-2", says = "CLOCK_REALTIME agrees with the other ways to ask for the time.")
    void realtimeAgreesWithTheSystem() {
        long before = epochNanos();
        long now = now(CLOCK_REALTIME);
        within("CLOCK_REALTIME", before - SECOND, now, epochNanos() + SECOND);
    }

    @Test
    @Assertion(id = "clock_gettime/2-1", says = "CLOCK_REALTIME counts from 1970.")
    void realtimeCountsFromTheEpoch() {
        TimeSpec time = new TimeSpec();
        long before = System.currentTimeMillis() / 1000;
        assertEquals(0, clock_gettime(CLOCK_REALTIME, time));
        within("seconds", before - 1, time.tv_sec, System.currentTimeMillis() / 1000 + 1);
    }

    @Test
    @Assertion(id = "clock_gettime/3-1", says = "CLOCK_MONOTONIC never goes back.")
    void monotonicNeverGoesBack() {
        neverGoesBack(CLOCK_MONOTONIC);
        neverGoesBack(CLOCK_BOOTTIME);
    }

    @Test
    @Assertion(id = "clock_gettime/4-1", says = "The CPU clocks never go back, and go on while the thread works.")
    void cpuClocksNeverGoBack() {
        neverGoesBack(CLOCK_PROCESS_CPUTIME_ID);
        neverGoesBack(CLOCK_THREAD_CPUTIME_ID);
        long begin = now(CLOCK_PROCESS_CPUTIME_ID);
        TimerScene.burn(10 * MS);
        within("CPU time of the process", 10 * MS, now(CLOCK_PROCESS_CPUTIME_ID) - begin, Long.MAX_VALUE);
    }

    @Test
    @Assertion(id = "clock_gettime/7-1", says = "Failure is -1.")
    void failureIsMinusOne() {
        assertEquals(-1, clock_gettime(99_999, new TimeSpec()));
    }

    @Test
    @Assertion(id = "clock_gettime/8-1", says = "A number that is no clock is EINVAL.")
    void anUnknownClockIsEinval() {
        refused(EINVAL, clock_gettime(99_999, new TimeSpec()));
    }

    @Test
    @Assertion(id = "clock_gettime/8-2", says = "So are the ends of the range, and nothing is filled in.")
    void bogusClocksAreEinval() {
        TimeSpec time = new TimeSpec(7, 7);
        for (int clock : TimerScene.NO_CLOCKS) {
            refused(EINVAL, clock_gettime(clock, time));
        }
        assertEquals(7 * SECOND + 7, time.toNanos());
    }

    @Test
    @Assertion(id = "clock_gettime/p-normal", says = "The nanoseconds of every clock are 0 to 999,999,999.")
    void nanosecondsAreInRange() {
        TimeSpec time = new TimeSpec();
        int[] clocks = {
            CLOCK_REALTIME,
            CLOCK_MONOTONIC,
            CLOCK_BOOTTIME,
            CLOCK_TAI,
            CLOCK_PROCESS_CPUTIME_ID,
            CLOCK_THREAD_CPUTIME_ID
        };
        for (int clock : clocks) {
            for (int i = 0; i < 1000; i++) {
                assertEquals(0, clock_gettime(clock, time));
                assertTrue(time.tv_sec >= 0);
                within("nanoseconds", 0, time.tv_nsec, 999_999_999);
            }
        }
    }

    @Test
    @Assertion(
            id = "clock_gettime/p-thread-cpu",
            says = "CLOCK_THREAD_CPUTIME_ID is the caller's own: it all but stands while the thread does.")
    void theThreadClockIsTheCallersOwn() throws Exception {
        long process = now(CLOCK_PROCESS_CPUTIME_ID);
        long mine = now(CLOCK_THREAD_CPUTIME_ID);
        FutureTask<Long> other = Support.start(() -> {
            TimerScene.burn(200 * MS);
            return now(CLOCK_THREAD_CPUTIME_ID);
        });
        within("the other thread's", 200 * MS, Support.get(other), Long.MAX_VALUE);
        within("CPU time of a thread that waits", 0, now(CLOCK_THREAD_CPUTIME_ID) - mine, 150 * MS);
        within("CPU time of the process", 200 * MS, now(CLOCK_PROCESS_CPUTIME_ID) - process, Long.MAX_VALUE);
    }

    @Test
    @Assertion(id = "clock_gettime/p-pace", says = "CLOCK_MONOTONIC and CLOCK_REALTIME go on by themselves.")
    void clocksGoOn() {
        for (int clock : new int[] {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_TAI}) {
            long begin = now(clock);
            passes(10 * MS);
            assertTrue(now(clock) > begin, "clock " + clock);
        }
    }

    @Test
    @Assertion(
            id = "clock_gettime/p-null",
            says = "Without a place for the time there is none.",
            strength = CHOICE,
            choice = "EINVAL.")
    void aNullPlaceIsEinval() {
        refused(EINVAL, clock_gettime(CLOCK_MONOTONIC, null));
    }
}
