package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ETIMEDOUT;
import static org.sigkevent.Signal.sigtimedwait;
import static org.sigkevent.Support.refused;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;
import static org.sigkevent.compat.Assertion.Strength.MAY;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Kevent;
import org.sigkevent.SigInfo;
import org.sigkevent.Support;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** sigtimedwait. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class SigtimedwaitIT extends SignalScene {
    private static final TimeSpec MINUTE = new TimeSpec(60, 0);

    private static TimeSpec millis(long millis) {
        return TimeSpec.ofNanos(millis * 1_000_000);
    }

    private static long monotonic() {
        TimeSpec time = new TimeSpec();
        Support.ok(Time.clock_gettime(Time.CLOCK_MONOTONIC, time));
        return time.toNanos();
    }

    @Test
    @Assertion(
            id = "sigtimedwait/1-1",
            says = "When nothing comes it waits for the whole interval, on CLOCK_MONOTONIC, and never less.")
    void itWaitsForTheWholeInterval() {
        for (int round = 0; round < 5; round++) {
            long begin = monotonic();
            assertEquals(-1, sigtimedwait(set(S), null, millis(50)));
            assertTrue(monotonic() - begin >= 50_000_000, "round " + round);
        }
    }

    @Test
    @Assertion(
            id = "sigtimedwait/1-1-kevent",
            says = "A wait for the ring with a limit does not end early.",
            strength = KEVENT)
    void aWaitForTheRingDoesNotEndEarly() {
        for (int round = 0; round < 5; round++) {
            long begin = monotonic();
            refused(ETIMEDOUT, Kevent.kevent_wait(kfd, Support.ring(kfd).state(), millis(50), null));
            assertTrue(monotonic() - begin >= 50_000_000, "round " + round);
        }
    }

    @Test
    @Assertion(id = "sigtimedwait/2-1", says = "An interval of zero only looks.")
    void anIntervalOfZeroOnlyLooks() {
        long begin = System.nanoTime();
        assertEquals(-1, sigtimedwait(set(S), null, new TimeSpec(0, 0)));
        refused(ETIMEDOUT, Kevent.kevent_wait(kfd, Support.ring(kfd).state(), new TimeSpec(0, 0), null));
        assertTrue(System.nanoTime() - begin < Support.SOON.toNanos());
    }

    @Test
    @Assertion(id = "sigtimedwait/4-1", says = "The answer is the signal.")
    void theAnswerIsTheSignal() {
        SigInfo info = new SigInfo();
        Call wait = waiting(S, () -> sigtimedwait(set(S), info, MINUTE));
        send(S, 6);
        wait.answers(S);
        assertEquals(S, info.si_signo);
        assertEquals(6, info.si_value.sival_int);
    }

    @Test
    @Assertion(id = "sigtimedwait/5-1", says = "When nothing came the answer is -1, and the information is untouched.")
    void nothingIsMinusOne() {
        SigInfo info = new SigInfo();
        info.si_signo = 77;
        assertEquals(-1, sigtimedwait(set(S), info, millis(20)));
        assertEquals(77, info.si_signo);
        noRecord();
    }

    @Test
    @Assertion(id = "sigtimedwait/6-1", says = "The end of the interval is EAGAIN.")
    void theEndOfTheIntervalIsEagain() {
        refused(EAGAIN, sigtimedwait(set(S), null, millis(20)));
        refused(EAGAIN, sigtimedwait(set(S), null, new TimeSpec(0, 0)));
    }

    // ---- beyond the sample

    @Test
    @Assertion(
            id = "sigtimedwait/p-einval",
            says = "An interval out of range is EINVAL.",
            strength = MAY,
            choice = "EINVAL, also when a signal is there")
    void anIntervalOutOfRangeIsEinval() {
        for (TimeSpec bad : new TimeSpec[] {
            new TimeSpec(0, -1), new TimeSpec(0, 1_000_000_000), new TimeSpec(-1, 0), new TimeSpec(1, Long.MAX_VALUE)
        }) {
            refused(EINVAL, sigtimedwait(set(S), null, bad));
        }
        assertFalse(caught(S));
    }

    @Test
    @Assertion(
            id = "sigtimedwait/p-null",
            says = "Without an interval it waits without a limit.",
            strength = CHOICE,
            choice = "null: as sigwaitinfo, as on Linux")
    void withoutAnIntervalItWaitsWithoutALimit() {
        Call wait = waiting(S, () -> sigtimedwait(set(S), null, null));
        send(S, 0);
        wait.answers(S);
    }

    @Test
    @Assertion(id = "sigtimedwait/p-long", says = "The longest interval is no shorter than any other.")
    void theLongestIntervalIsLong() {
        Call wait = waiting(S, () -> sigtimedwait(set(S), null, new TimeSpec(Long.MAX_VALUE, 999_999_999)));
        assertFalse(wait.done());
        send(S, 0);
        wait.answers(S);
    }

    @Test
    @Assertion(id = "sigtimedwait/p-eintr", says = "Interrupting it is EINTR.", strength = MAY)
    void anInterruptIsEintr() {
        Call wait = waiting(S, () -> sigtimedwait(set(S), null, MINUTE));
        wait.interrupt();
        wait.refused(EINTR);
    }

    @Test
    @Assertion(
            id = "sigtimedwait/p-descriptors",
            says = "Waits that end leave no descriptor behind, whatever ended them.",
            strength = KEVENT)
    void waitsLeaveNoDescriptorBehind() {
        sigtimedwait(set(S), null, new TimeSpec(0, 0));
        long before = Support.openDescriptors();
        for (int i = 0; i < 20; i++) {
            refused(EAGAIN, sigtimedwait(set(S), null, millis(1)));
            refused(EINVAL, sigtimedwait(set(9), null, millis(1)));
            Call wait = waiting(S, () -> sigtimedwait(set(S), null, MINUTE));
            send(S, i);
            wait.answers(S);
        }
        Support.until("descriptors are closed", () -> Support.openDescriptors() <= before);
    }
}
