package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ENOTSUP;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Time.CLOCK_BOOTTIME;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.CLOCK_PROCESS_CPUTIME_ID;
import static org.sigkevent.Time.CLOCK_REALTIME;
import static org.sigkevent.Time.CLOCK_TAI;
import static org.sigkevent.Time.CLOCK_THREAD_CPUTIME_ID;
import static org.sigkevent.Time.TIMER_ABSTIME;
import static org.sigkevent.Time.clock_nanosleep;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.MAY;
import static org.sigkevent.compat.TimerScene.MS;
import static org.sigkevent.compat.TimerScene.SECOND;
import static org.sigkevent.compat.TimerScene.interrupted;
import static org.sigkevent.compat.TimerScene.lastsAtLeast;
import static org.sigkevent.compat.TimerScene.monotonic;
import static org.sigkevent.compat.TimerScene.now;
import static org.sigkevent.compat.TimerScene.within;

import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Errno;
import org.sigkevent.Signal;
import org.sigkevent.Support;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** clock_nanosleep. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class ClockNanosleepIT {
    private static final int SIGABRT = 6;
    private static final int SIGCONT = 18;
    private static final int SIGSTOP = 19;
    private static final int[] STEADY = {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_TAI};
    private static final TimeSpec HOUR = new TimeSpec(3600, 0);

    private static int sleep(int clock, long nanos) {
        return clock_nanosleep(clock, 0, TimeSpec.ofNanos(nanos), null);
    }

    private static int sleepUntil(int clock, long nanos) {
        return clock_nanosleep(clock, TIMER_ABSTIME, TimeSpec.ofNanos(nanos), null);
    }

    private static void aFatalSignalEnds(String call) throws Exception {
        try (TimerChild child = TimerChild.start("sleep", call, Long.toString(3600 * SECOND))) {
            assertEquals("asleep", child.line());
            ok(Signal.sigqueue(child.pid(), SIGABRT, null));
            assertEquals(128 + SIGABRT, child.status());
        }
    }

    @Test
    @Assertion(id = "clock_nanosleep/1-1", says = "A sleep of a length lasts at least that long.")
    void aSleepLastsItsTime() {
        lastsAtLeast(200 * MS, () -> assertEquals(0, sleep(CLOCK_REALTIME, 200 * MS)));
        lastsAtLeast(50 * MS, () -> assertEquals(0, sleep(CLOCK_MONOTONIC, 50 * MS)));
    }

    @Test
    @Assertion(
            id = "clock_nanosleep/1-3",
            says = "An interrupt, which is Java's caught signal, ends a sleep of a length.")
    void anInterruptEndsARelativeSleep() throws Exception {
        for (int clock : STEADY) {
            assertEquals(EINTR, interrupted(0, () -> clock_nanosleep(clock, 0, HOUR, null)));
        }
    }

    @Test
    @Assertion(id = "clock_nanosleep/1-4", says = "A signal that ends processes ends one that sleeps.")
    void aFatalSignalEndsARelativeSleeper() throws Exception {
        aFatalSignalEnds("relative");
    }

    @Test
    @Assertion(id = "clock_nanosleep/1-5", says = "Being stopped and continued does not end a sleep early.")
    void stopAndContinueDoNotEndASleep() throws Exception {
        long nanos = 3 * SECOND;
        try (TimerChild child = TimerChild.start("sleep", "relative", Long.toString(nanos))) {
            assertEquals("asleep", child.line());
            for (int i = 0; i < 3; i++) {
                ok(Signal.sigqueue(child.pid(), SIGSTOP, null));
                Support.until("it is stopped", () -> child.state() == 'T');
                ok(Signal.sigqueue(child.pid(), SIGCONT, null));
                Support.until("it goes on", () -> child.state() != 'T');
            }
            String[] answer = child.line().split(" ");
            assertEquals("0", answer[0]);
            within("elapsed", nanos, Long.parseLong(answer[1]), nanos + Support.SOON.toNanos());
            assertTrue(child.alive());
        }
    }

    @Test
    @Assertion(id = "clock_nanosleep/2-1", says = "A sleep until a time ends when the clock shows it.")
    void anAbsoluteSleepEndsAtItsTime() {
        for (int clock : STEADY) {
            long until = now(clock) + 60 * MS;
            assertEquals(0, sleepUntil(clock, until));
            within("clock " + clock, until, now(clock), until + Support.SOON.toNanos());
        }
    }

    @Test
    @Assertion(id = "clock_nanosleep/2-2", says = "An interrupt ends a sleep until a time.")
    void anInterruptEndsAnAbsoluteSleep() throws Exception {
        for (int clock : STEADY) {
            TimeSpec until = TimeSpec.ofNanos(now(clock) + 3600 * SECOND);
            assertEquals(EINTR, interrupted(0, () -> clock_nanosleep(clock, TIMER_ABSTIME, until, null)));
        }
    }

    @Test
    @Assertion(id = "clock_nanosleep/2-3", says = "A signal that ends processes ends one that sleeps until a time.")
    void aFatalSignalEndsAnAbsoluteSleeper() throws Exception {
        aFatalSignalEnds("absolute");
    }

    @Test
    @Assertion(id = "clock_nanosleep/3-1", says = "A time that is past is no error and no sleep.")
    void aTimeOfThePastIsNoSleep() {
        for (int clock : STEADY) {
            assertEquals(0, sleepUntil(clock, now(clock) - 5 * SECOND));
            assertEquals(0, sleepUntil(clock, now(clock)));
            assertEquals(0, sleepUntil(clock, 0));
            assertEquals(0, sleepUntil(clock, 1));
        }
    }

    @Test
    @Assertion(id = "clock_nanosleep/9-1", says = "An interrupted sleep of a length tells what was left of it.")
    void anInterruptedSleepTellsWhatWasLeft() throws Exception {
        for (int clock : STEADY) {
            // everything is loaded: a thread that waits is one that sleeps
            assertEquals(0, sleep(clock, 1));
            TimeSpec left = new TimeSpec();
            AtomicLong most = new AtomicLong();
            assertEquals(EINTR, interrupted(20 * MS, () -> {
                long begin = monotonic();
                int error = clock_nanosleep(clock, 0, HOUR, left);
                most.set(monotonic() - begin);
                return error;
            }));
            within("clock " + clock, 3600 * SECOND - most.get(), left.toNanos(), 3600 * SECOND - 20 * MS);
        }
    }

    @Test
    @Assertion(id = "clock_nanosleep/10-1", says = "Errors are the result; errno is left alone.")
    void errorsAreTheResult() throws Exception {
        assertEquals(EINTR, interrupted(0, () -> {
            Errno.errno(12345);
            int error = clock_nanosleep(CLOCK_REALTIME, 0, HOUR, new TimeSpec());
            assertEquals(EINVAL, clock_nanosleep(CLOCK_REALTIME, 0, new TimeSpec(0, -1), null));
            assertEquals(EINVAL, clock_nanosleep(99_999, 0, new TimeSpec(0, 1), null));
            assertEquals(12345, Errno.errno());
            return error;
        }));
    }

    @Test
    @Assertion(
            id = "clock_nanosleep/11-1",
            says = "Nanoseconds outside 0 to 999,999,999 are EINVAL, for a length and for a time.")
    void badNanosecondsAreEinval() {
        for (int clock : STEADY) {
            for (long[] bad : TimerScene.BAD_NANOS) {
                assertEquals(EINVAL, clock_nanosleep(clock, 0, new TimeSpec(bad[0], bad[1]), null));
                assertEquals(EINVAL, clock_nanosleep(clock, TIMER_ABSTIME, new TimeSpec(bad[0], bad[1]), null));
            }
        }
    }

    @Test
    @Assertion(
            id = "clock_nanosleep/13-1",
            says = "A number that is no clock is EINVAL, also when there is nothing to sleep.")
    void anUnknownClockIsEinval() {
        for (int clock : TimerScene.NO_CLOCKS) {
            assertEquals(EINVAL, sleep(clock, MS));
            assertEquals(EINVAL, sleep(clock, 0));
            assertEquals(EINVAL, sleepUntil(clock, 1));
            assertEquals(EINVAL, sleepUntil(clock, 0));
        }
    }

    @Test
    @Assertion(
            id = "clock_nanosleep/p-thread-cpu",
            says = "Nobody can sleep on the CPU clock of the own thread: EINVAL.")
    void theOwnCpuClockIsEinval() {
        assertEquals(EINVAL, sleep(CLOCK_THREAD_CPUTIME_ID, MS));
        assertEquals(EINVAL, sleep(CLOCK_THREAD_CPUTIME_ID, 0));
        assertEquals(EINVAL, sleepUntil(CLOCK_THREAD_CPUTIME_ID, 1));
    }

    @Test
    @Assertion(
            id = "clock_nanosleep/p-not-early",
            says = "No sleep is short, whatever its clock, down to the nanosecond.")
    void noSleepIsShort() {
        for (int clock : STEADY) {
            for (long nanos : new long[] {0, 1, 100, 10_000, MS, MS + 1, 5 * MS}) {
                lastsAtLeast(nanos, () -> assertEquals(0, sleep(clock, nanos)));
                long until = now(clock) + nanos;
                assertEquals(0, sleepUntil(clock, until));
                assertTrue(now(clock) >= until, "clock " + clock);
            }
        }
    }

    @Test
    @Assertion(id = "clock_nanosleep/p-absolute-left", says = "A sleep until a time does not touch what is left.")
    void anAbsoluteSleepDoesNotTouchWhatIsLeft() throws Exception {
        TimeSpec left = new TimeSpec(7, 7);
        for (int clock : STEADY) {
            TimeSpec until = TimeSpec.ofNanos(now(clock) + 3600 * SECOND);
            assertEquals(EINTR, interrupted(0, () -> clock_nanosleep(clock, TIMER_ABSTIME, until, left)));
            assertEquals(7 * SECOND + 7, left.toNanos());
        }
    }

    @Test
    @Assertion(
            id = "clock_nanosleep/p-process-cpu",
            says = "A sleep on the CPU clock of the process is allowed or ENOTSUP.",
            strength = MAY,
            choice = "It ends when the process has used as much.")
    void aSleepOnTheProcessClockEndsByWork() throws Exception {
        long begin = now(CLOCK_PROCESS_CPUTIME_ID);
        FutureTask<Integer> sleeper = Support.start(() -> sleep(CLOCK_PROCESS_CPUTIME_ID, 30 * MS));
        while (!sleeper.isDone()) {
            TimerScene.burn(MS);
        }
        assertEquals(0, Support.get(sleeper));
        long used = now(CLOCK_PROCESS_CPUTIME_ID);
        within("CPU time used", 30 * MS, used - begin, Long.MAX_VALUE);
        assertEquals(0, sleepUntil(CLOCK_PROCESS_CPUTIME_ID, 1));
        assertEquals(0, sleep(CLOCK_PROCESS_CPUTIME_ID, 0));
    }

    @Test
    @Assertion(
            id = "clock_nanosleep/p-cpu-interrupt",
            says = "A sleep on a CPU clock can be interrupted and tells what was left.")
    void aSleepOnACpuClockCanBeInterrupted() throws Exception {
        TimeSpec left = new TimeSpec();
        assertEquals(EINTR, interrupted(0, () -> clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, HOUR, left)));
        within("what was left", 3500 * SECOND, left.toNanos(), 3600 * SECOND);
    }

    @Test
    @Assertion(
            id = "clock_nanosleep/p-other-cpu",
            says = "A sleep on the CPU clock of another process is allowed or ENOTSUP.",
            strength = MAY,
            choice = "It ends when that process has used as much.")
    void aSleepOnAnotherProcessClockEndsByItsWork() throws Exception {
        try (TimerChild child = TimerChild.start("burn")) {
            int[] clock = new int[1];
            assertEquals(0, Time.clock_getcpuclockid(child.pid(), clock));
            long begin = now(clock[0]);
            assertEquals(0, sleep(clock[0], 30 * MS));
            within("CPU time used", 30 * MS, now(clock[0]) - begin, Long.MAX_VALUE);
        }
    }

    @Test
    @Assertion(
            id = "clock_nanosleep/p-enotsup",
            says = "A clock that exists and cannot be slept on is ENOTSUP.",
            strength = MAY,
            choice = "ENOTSUP for raw, coarse and alarm clocks, also when there is nothing to sleep.")
    void clocksThatCannotBeSleptOnAreEnotsup() {
        for (int clock : new int[] {4, 5, 6, 8, 9}) {
            assertEquals(ENOTSUP, sleep(clock, MS));
            assertEquals(ENOTSUP, sleep(clock, 0));
            assertEquals(ENOTSUP, sleepUntil(clock, 1));
        }
    }

    @Test
    @Assertion(id = "clock_nanosleep/p-longest", says = "The longest sleeps there are do not end by themselves.")
    void theLongestSleepsDoNotEnd() throws Exception {
        TimeSpec longest = new TimeSpec(Long.MAX_VALUE, 999_999_999);
        for (int clock : STEADY) {
            for (int flags : new int[] {0, TIMER_ABSTIME}) {
                assertEquals(EINTR, interrupted(5 * MS, () -> clock_nanosleep(clock, flags, longest, null)));
            }
        }
    }

    @Test
    @Assertion(
            id = "clock_nanosleep/p-range",
            says = "Negative seconds, unknown flags and a null length are left open.",
            strength = CHOICE,
            choice = "Negative seconds and null are EINVAL; flags other than TIMER_ABSTIME are not looked at.")
    void theRestIsAsOnLinux() {
        for (int flags : new int[] {0, TIMER_ABSTIME}) {
            assertEquals(EINVAL, clock_nanosleep(CLOCK_REALTIME, flags, new TimeSpec(-1, 0), null));
            assertEquals(EINVAL, clock_nanosleep(CLOCK_REALTIME, flags, null, null));
        }
        lastsAtLeast(MS, () -> assertEquals(0, clock_nanosleep(CLOCK_MONOTONIC, 0x40, TimeSpec.ofNanos(MS), null)));
    }
}
