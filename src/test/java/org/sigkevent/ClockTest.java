package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ENOTSUP;
import static org.sigkevent.Errno.ESRCH;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Time.CLOCK_BOOTTIME;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.CLOCK_PROCESS_CPUTIME_ID;
import static org.sigkevent.Time.CLOCK_REALTIME;
import static org.sigkevent.Time.CLOCK_TAI;
import static org.sigkevent.Time.CLOCK_THREAD_CPUTIME_ID;
import static org.sigkevent.Time.TIMER_ABSTIME;
import static org.sigkevent.Time.clock_getcpuclockid;
import static org.sigkevent.Time.clock_getres;
import static org.sigkevent.Time.clock_gettime;
import static org.sigkevent.Time.clock_nanosleep;
import static org.sigkevent.Time.clock_settime;
import static org.sigkevent.Time.nanosleep;

import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clocks and sleeps. */
@Timeout(60)
@Tag("any-engine")
class ClockTest {
    private static final int[] ALL = {
        CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID
    };

    private static long now(int clock) {
        TimeSpec time = new TimeSpec();
        ok(clock_gettime(clock, time));
        return time.toNanos();
    }

    @Test
    void clocksNeverGoBackAndHaveAResolution() {
        TimeSpec resolution = new TimeSpec();
        for (int clock : ALL) {
            ok(clock_getres(clock, resolution));
            ok(clock_getres(clock, null));
            assertTrue(resolution.toNanos() > 0 && resolution.toNanos() <= 20_000_000);
            long last = now(clock);
            for (int i = 0; i < 1000; i++) {
                long next = now(clock);
                assertTrue(next >= last);
                last = next;
            }
        }
        long before = System.currentTimeMillis();
        long between = now(CLOCK_REALTIME) / 1_000_000;
        assertTrue(before <= between && between <= System.currentTimeMillis());
    }

    @Test
    void unknownClocksAreEinval() {
        for (int clock : new int[] {12, 99, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            refused(EINVAL, clock_gettime(clock, new TimeSpec()));
            refused(EINVAL, clock_getres(clock, new TimeSpec()));
            assertEquals(EINVAL, clock_nanosleep(clock, 0, new TimeSpec(0, 1), null));
        }
        refused(EINVAL, clock_gettime(CLOCK_MONOTONIC, null));
        refused(EINVAL, clock_settime(CLOCK_MONOTONIC, new TimeSpec(1, 0)));
        refused(EINVAL, clock_settime(CLOCK_REALTIME, new TimeSpec(1, -1)));
        refused(EINVAL, clock_settime(CLOCK_REALTIME, new TimeSpec(1, 1_000_000_000)));
        refused(EINVAL, clock_settime(CLOCK_REALTIME, null));
    }

    @Test
    void theCpuClockOfAProcessHasAnId() {
        int[] id = new int[1];
        assertEquals(0, clock_getcpuclockid(0, id));
        long before = now(id[0]);
        long between = now(CLOCK_PROCESS_CPUTIME_ID);
        assertTrue(before <= between && between <= now(id[0]));
        assertEquals(0, clock_getcpuclockid((int) ProcessHandle.current().pid(), id));
        assertTrue(now(id[0]) >= before);
        assertEquals(ESRCH, clock_getcpuclockid(Integer.MAX_VALUE, id));
        assertEquals(EINVAL, clock_getcpuclockid(0, null));
    }

    @Test
    void sleepsAreNeverShort() {
        for (long nanos : new long[] {0, 1, 1000, 1_000_000, 5_000_001}) {
            long begin = now(CLOCK_MONOTONIC);
            ok(nanosleep(TimeSpec.ofNanos(nanos), null));
            assertTrue(now(CLOCK_MONOTONIC) - begin >= nanos);
            for (int clock : new int[] {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI}) {
                begin = now(CLOCK_MONOTONIC);
                assertEquals(0, clock_nanosleep(clock, 0, TimeSpec.ofNanos(nanos), null));
                assertTrue(now(CLOCK_MONOTONIC) - begin >= nanos, "clock " + clock);
                long until = now(clock) + nanos;
                assertEquals(0, clock_nanosleep(clock, TIMER_ABSTIME, TimeSpec.ofNanos(until), null));
                assertTrue(now(clock) >= until, "clock " + clock);
            }
        }
        assertEquals(0, clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, new TimeSpec(1, 0), null));
    }

    @Test
    void aSleepOnTheProcessClockEndsWhenTheProcessHasWorked() throws Exception {
        long until = now(CLOCK_PROCESS_CPUTIME_ID) + 20_000_000;
        FutureTask<Integer> sleeper =
                Support.start(() -> clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, new TimeSpec(0, 20_000_000), null));
        while (!sleeper.isDone()) {
            Thread.onSpinWait();
        }
        assertEquals(0, Support.get(sleeper));
        assertTrue(now(CLOCK_PROCESS_CPUTIME_ID) >= until);
    }

    @Test
    void clocksThatCannotBeSleptOnSaySo() {
        assertEquals(EINVAL, clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, new TimeSpec(0, 1), null));
        assertEquals(ENOTSUP, clock_nanosleep(4, 0, new TimeSpec(0, 1), null));
        for (long[] bad : new long[][] {{0, -1}, {0, 1_000_000_000}, {-1, 0}}) {
            assertEquals(EINVAL, clock_nanosleep(CLOCK_MONOTONIC, 0, new TimeSpec(bad[0], bad[1]), null));
            refused(EINVAL, nanosleep(new TimeSpec(bad[0], bad[1]), null));
        }
        refused(EINVAL, nanosleep(null, null));
    }

    @Test
    void anInterruptEndsASleepAndTellsWhatIsLeft() throws Exception {
        for (int clock : new int[] {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_PROCESS_CPUTIME_ID}) {
            AtomicReference<Thread> thread = new AtomicReference<>();
            TimeSpec left = new TimeSpec();
            FutureTask<Boolean> sleeper = Support.start(() -> {
                thread.set(Thread.currentThread());
                assertEquals(EINTR, clock_nanosleep(clock, 0, new TimeSpec(3600, 0), left));
                return Thread.currentThread().isInterrupted();
            });
            Support.until("runs", () -> thread.get() != null);
            Support.untilAsleep(thread.get());
            thread.get().interrupt();
            assertFalse(Support.get(sleeper));
            assertTrue(left.tv_sec > 3500 && left.tv_sec <= 3600, clock + ": " + left);
        }
    }
}
