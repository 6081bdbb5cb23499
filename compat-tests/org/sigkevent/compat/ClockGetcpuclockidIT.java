package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ESRCH;
import static org.sigkevent.Time.CLOCK_PROCESS_CPUTIME_ID;
import static org.sigkevent.Time.clock_getcpuclockid;
import static org.sigkevent.Time.clock_gettime;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.MAY;
import static org.sigkevent.compat.TimerScene.MS;
import static org.sigkevent.compat.TimerScene.SECOND;
import static org.sigkevent.compat.TimerScene.now;
import static org.sigkevent.compat.TimerScene.within;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.TimeSpec;

/** clock_getcpuclockid. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class ClockGetcpuclockidIT {
    private static int clockOf(int pid) {
        int[] id = new int[1];
        assertEquals(0, clock_getcpuclockid(pid, id));
        return id[0];
    }

    private static int self() {
        return (int) ProcessHandle.current().pid();
    }

    @Test
    @Assertion(id = "clock_getcpuclockid/1-1", says = "The clock of a process goes on with the CPU time that it uses.")
    void theClockGoesOnWithCpuTime() {
        int clock = clockOf(self());
        long begin = now(clock);
        TimerScene.burn(20 * MS);
        within("CPU time used", 20 * MS, now(clock) - begin, Long.MAX_VALUE);
    }

    @Test
    @Assertion(id = "clock_getcpuclockid/1-2", says = "The id is one for clock_gettime.")
    void theIdIsAClock() {
        TimeSpec time = new TimeSpec();
        assertEquals(0, clock_gettime(clockOf(self()), time));
        assertTrue(time.toNanos() > 0);
    }

    @Test
    @Assertion(id = "clock_getcpuclockid/2-1", says = "Process 0 is the caller's own.")
    void processZeroIsTheCaller() {
        int own = clockOf(0);
        int named = clockOf(self());
        for (int i = 0; i < 100; i++) {
            long low = now(CLOCK_PROCESS_CPUTIME_ID);
            long a = now(own);
            long b = now(named);
            long high = now(CLOCK_PROCESS_CPUTIME_ID);
            assertTrue(low <= a && a <= b && b <= high, low + " " + a + " " + b + " " + high);
        }
    }

    @Test
    @Assertion(
            id = "clock_getcpuclockid/5-1",
            says = "The clock of a process that one may not ask about may be EPERM.",
            strength = MAY,
            choice = "Linux lets everybody ask: 0.")
    void anotherUsersProcessIsEpermOrNot() throws Exception {
        int[] id = new int[1];
        assertEquals(0, NativeCalls.asNobody(() -> clock_getcpuclockid(1, id)));
        assertEquals(0, clock_gettime(id[0], new TimeSpec()));
    }

    @Test
    @Assertion(
            id = "clock_getcpuclockid/6-1",
            says = "A number that is no process is ESRCH.",
            strength = MAY,
            choice = "ESRCH, as the result.")
    void noProcessIsEsrch() {
        // Linux gives out smaller numbers only
        int free = 1 << 22;
        do {
            free--;
        } while (Files.exists(Path.of("/proc/" + free)));
        int[] id = {-7};
        for (int none : new int[] {free, 1 << 22, (1 << 22) + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            assertEquals(ESRCH, clock_getcpuclockid(none, id), "process " + none);
        }
        assertEquals(-7, id[0]);
    }

    @Test
    @Assertion(
            id = "clock_getcpuclockid/p-other",
            says = "The clock of another process is its own: it goes on while that one works.")
    void theClockOfAnotherProcessIsItsOwn() throws Exception {
        try (TimerChild child = TimerChild.start("burn")) {
            int clock = clockOf(child.pid());
            long begin = now(clock);
            Support.until("the child has worked for 50 ms", () -> now(clock) >= begin + 50 * MS);
            within("another process's CPU time", 50 * MS, now(clock), 60 * SECOND);
        }
    }

    @Test
    @Assertion(
            id = "clock_getcpuclockid/p-ended",
            says = "The clock of a process that has ended is none.",
            strength = MAY,
            choice = "EINVAL.")
    void theClockOfAnEndedProcessIsNone() throws Exception {
        int clock;
        try (TimerChild child = TimerChild.start("burn")) {
            clock = clockOf(child.pid());
        }
        Support.refused(EINVAL, clock_gettime(clock, new TimeSpec()));
    }

    @Test
    @Assertion(
            id = "clock_getcpuclockid/p-null",
            says = "Without a place for the id there is none.",
            strength = CHOICE,
            choice = "EINVAL, as the result.")
    void aNullPlaceIsEinval() {
        assertEquals(EINVAL, clock_getcpuclockid(0, null));
        assertEquals(EINVAL, clock_getcpuclockid(0, new int[0]));
    }
}
