package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sigkevent.sys.Linux;

/** The machine's clocks are those of the JVM and of the kernel. */
@Tag("any-engine")
class ClocksTest {
    private static final long MILLIS = 1_000_000;

    @Test
    void theMonotonicClockIsNanoTime() {
        long before = System.nanoTime();
        long now = Clocks.SYSTEM.now(Linux.CLOCK_MONOTONIC);
        long after = System.nanoTime();
        assertTrue(before <= now && now <= after);
    }

    @Test
    void theRealTimeIsThatOfTheDay() {
        long before = System.currentTimeMillis();
        long now = Clocks.SYSTEM.now(Linux.CLOCK_REALTIME);
        long after = System.currentTimeMillis();
        assertTrue(before * MILLIS <= now && now < (after + 1) * MILLIS);
    }

    @Test
    void theTimeSinceTheMachineStartedIsNoLessThanTheMonotonicOne() {
        long monotonic = System.nanoTime();
        assertTrue(monotonic <= Clocks.SYSTEM.now(Linux.CLOCK_BOOTTIME));
    }
}
