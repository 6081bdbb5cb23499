package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Time.nanosleep;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.TimerScene.MS;
import static org.sigkevent.compat.TimerScene.SECOND;
import static org.sigkevent.compat.TimerScene.interrupted;
import static org.sigkevent.compat.TimerScene.lastsAtLeast;
import static org.sigkevent.compat.TimerScene.monotonic;
import static org.sigkevent.compat.TimerScene.within;

import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Support;
import org.sigkevent.TimeSpec;

/** nanosleep. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class NanosleepIT {
    private static final int SIGABRT = 6;

    private static void sleeps(long nanos) {
        lastsAtLeast(nanos, () -> assertEquals(0, nanosleep(TimeSpec.ofNanos(nanos), null)));
    }

    /** The errno of a sleep that fails, 0 of one that does not. */
    private static int errnoOf(TimeSpec length, TimeSpec left) {
        int answer = nanosleep(length, left);
        assertTrue(answer == 0 || answer == -1, "answer " + answer);
        return answer == 0 ? 0 : Errno.errno();
    }

    @Test
    @Assertion(id = "nanosleep/1-1", says = "A sleep lasts as long as it was asked to.")
    void aSleepLastsItsTime() {
        sleeps(300 * MS);
    }

    @Test
    @Assertion(id = "nanosleep/1-2", says = "A signal that ends processes ends one that sleeps.")
    void aFatalSignalEndsASleepingProcess() throws Exception {
        try (TimerChild child = TimerChild.start("sleep", "nanosleep", "3600000000000")) {
            assertEquals("asleep", child.line());
            ok(Signal.sigqueue(child.pid(), SIGABRT, null));
            assertEquals(128 + SIGABRT, child.status());
        }
    }

    @Test
    @Assertion(id = "nanosleep/1-3", says = "An interrupt, which is Java's caught signal, ends a sleep.")
    void anInterruptEndsASleep() throws Exception {
        assertEquals(EINTR, interrupted(0, () -> errnoOf(new TimeSpec(3600, 0), null)));
    }

    @Test
    @Assertion(id = "nanosleep/2-1", says = "No sleep is short, down to the nanosecond.")
    void noSleepIsShort() {
        for (long nanos : new long[] {1, 2, 10, 100, 1000, 10_000, 100_000, MS, MS + 1, 10 * MS}) {
            sleeps(nanos);
        }
    }

    @Test
    @Assertion(
            id = "nanosleep/3-1",
            says = "Sleeping does not change what a signal does.",
            choice =
                    "A signal that a request takes is no handler's; the sleep goes on. One that a handler of sigaction takes ends it.")
    void sleepingDoesNotChangeWhatASignalDoes() throws Exception {
        int signo = Signal.SIGRTMIN + 7;
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, signo));
        try (TimerScene scene = new TimerScene(4)) {
            ok(Kevent.kevent_submit(scene.kfd, KeventEvent.signal(set, SigVal.of(3)), Kevent.KEVENT_NOWAIT, null));
            AtomicReference<KeventRecord> taken = new AtomicReference<>();
            AtomicReference<Thread> sleeper = new AtomicReference<>();
            FutureTask<Integer> sleep = Support.start(() -> {
                sleeper.set(Thread.currentThread());
                return errnoOf(new TimeSpec(3600, 0), null);
            });
            Support.until("it runs", () -> sleeper.get() != null);
            Support.untilAsleep(sleeper.get());
            ok(Signal.sigqueue((int) ProcessHandle.current().pid(), signo, SigVal.of(9)));
            taken.set(Support.take(scene.kfd));
            assertEquals(signo, taken.get().descriptor);
            assertEquals(9, taken.get().data0);
            assertFalse(sleep.isDone());
            sleeper.get().interrupt();
            assertEquals(EINTR, Support.get(sleep));
        }
    }

    @Test
    @Assertion(
            id = "nanosleep/3-2",
            says = "A sleep that is interrupted again and again and continued lasts as long as one that is not.")
    void aSleepContinuedAfterInterruptsLastsItsTime() throws Exception {
        long nanos = 300 * MS;
        AtomicReference<Thread> sleeper = new AtomicReference<>();
        AtomicInteger interrupts = new AtomicInteger();
        FutureTask<Long> sleep = Support.start(() -> {
            long begin = monotonic();
            sleeper.set(Thread.currentThread());
            TimeSpec left = TimeSpec.ofNanos(nanos);
            while (nanosleep(left, left) != 0) {
                assertEquals(EINTR, Errno.errno());
                interrupts.incrementAndGet();
            }
            return monotonic() - begin;
        });
        Support.until("it runs", () -> sleeper.get() != null);
        while (!sleep.isDone()) {
            sleeper.get().interrupt();
            TimerScene.passes(5 * MS);
        }
        within("elapsed", nanos, Support.get(sleep), Support.SOON.toNanos());
        assertTrue(interrupts.get() > 0);
    }

    @Test
    @Assertion(id = "nanosleep/5-1", says = "A length that is none is -1.")
    void aBadLengthIsMinusOne() {
        assertEquals(-1, nanosleep(new TimeSpec(0, -1), null));
    }

    @Test
    @Assertion(id = "nanosleep/5-2", says = "An interrupted sleep is -1.")
    void anInterruptedSleepIsMinusOne() throws Exception {
        assertEquals(-1, interrupted(0, () -> nanosleep(new TimeSpec(3600, 0), null)));
    }

    @Test
    @Assertion(
            id = "nanosleep/6-1",
            says = "Nanoseconds outside 0 to 999,999,999 are EINVAL, and what is left is not touched.")
    void badNanosecondsAreEinval() {
        TimeSpec left = new TimeSpec(7, 7);
        for (long[] bad : TimerScene.BAD_NANOS) {
            refused(EINVAL, nanosleep(new TimeSpec(bad[0], bad[1]), left));
        }
        assertEquals(7 * SECOND + 7, left.toNanos());
    }

    @Test
    @Assertion(id = "nanosleep/7-1", says = "The errno of an interrupted sleep is EINTR, and the interrupt is used up.")
    void theErrnoOfAnInterruptedSleepIsEintr() throws Exception {
        assertEquals(EINTR, interrupted(0, () -> errnoOf(new TimeSpec(3600, 0), new TimeSpec())));
    }

    @Test
    @Assertion(id = "nanosleep/7-2", says = "An interrupted sleep tells how much of it was left.")
    void anInterruptedSleepTellsWhatWasLeft() throws Exception {
        // everything is loaded: a thread that waits is one that sleeps
        sleeps(1);
        TimeSpec left = new TimeSpec();
        AtomicLong most = new AtomicLong();
        assertEquals(EINTR, interrupted(50 * MS, () -> {
            long begin = monotonic();
            int errno = errnoOf(new TimeSpec(3600, 0), left);
            most.set(monotonic() - begin);
            return errno;
        }));
        within("what was left", 3600 * SECOND - most.get(), left.toNanos(), 3600 * SECOND - 50 * MS);
    }

    @Test
    @Assertion(id = "nanosleep/10000-1", says = "Lengths that are good are slept, the others EINVAL.")
    void goodLengthsAreSleptAndBadOnesRefused() {
        for (long[] good : new long[][] {{0, 0}, {0, 1}, {0, 1000}, {0, 10_000_000}, {0, 99_999_999}, {1, 0}}) {
            sleeps(good[0] * SECOND + good[1]);
        }
        long[][] bad = {
            {-1, 0},
            {-1, -1},
            {-1, 1},
            {0, -1},
            {0, 1_000_000_000},
            {1, 1_000_000_000},
            {1, -1_000_000_000},
            {Integer.MIN_VALUE, 0},
            {Long.MIN_VALUE, 0},
            {Long.MAX_VALUE, -1},
            {1, Long.MAX_VALUE}
        };
        for (long[] one : bad) {
            refused(EINVAL, nanosleep(new TimeSpec(one[0], one[1]), null));
        }
    }

    @Test
    @Assertion(id = "nanosleep/p-success-left", says = "A sleep that was not interrupted does not touch what is left.")
    void aWholeSleepDoesNotTouchWhatIsLeft() {
        TimeSpec left = new TimeSpec(7, 7);
        assertEquals(0, nanosleep(new TimeSpec(0, 1000), left));
        assertEquals(7 * SECOND + 7, left.toNanos());
    }

    @Test
    @Assertion(id = "nanosleep/p-one-object", says = "The length and what is left may be one object.")
    void lengthAndRestMayBeOneObject() throws Exception {
        TimeSpec both = new TimeSpec(3600, 0);
        assertEquals(EINTR, interrupted(0, () -> errnoOf(both, both)));
        within("what was left", 3590 * SECOND, both.toNanos(), 3600 * SECOND);
    }

    @Test
    @Assertion(id = "nanosleep/p-longest", says = "The longest sleep there is does not end by itself.")
    void theLongestSleepDoesNotEnd() throws Exception {
        TimeSpec left = new TimeSpec();
        assertEquals(EINTR, interrupted(20 * MS, () -> errnoOf(new TimeSpec(Long.MAX_VALUE, 999_999_999), left)));
        assertTrue(left.tv_sec > 1_000_000_000L, left.toString());
    }

    @Test
    @Assertion(id = "nanosleep/p-others", says = "Only the thread that was interrupted wakes.")
    void onlyTheInterruptedThreadWakes() throws Exception {
        AtomicReference<Thread> other = new AtomicReference<>();
        FutureTask<Integer> sleep = Support.start(() -> {
            other.set(Thread.currentThread());
            return errnoOf(new TimeSpec(3600, 0), null);
        });
        Support.until("it runs", () -> other.get() != null);
        assertEquals(EINTR, interrupted(0, () -> errnoOf(new TimeSpec(3600, 0), null)));
        assertFalse(sleep.isDone());
        other.get().interrupt();
        assertEquals(EINTR, Support.get(sleep));
    }

    @Test
    @Assertion(
            id = "nanosleep/p-pending",
            says = "An interrupt that came before the call is like one that comes during it.",
            strength = CHOICE,
            choice = "EINTR at once, with all of the time left; an unusable length is EINVAL and keeps the interrupt.")
    void anEarlierInterruptEndsTheSleepAtOnce() throws Exception {
        assertEquals(EINTR, Support.get(Support.start(() -> {
            Thread.currentThread().interrupt();
            refused(EINVAL, nanosleep(new TimeSpec(0, -1), null));
            TimeSpec left = new TimeSpec();
            int errno = errnoOf(new TimeSpec(3600, 0), left);
            assertFalse(Thread.currentThread().isInterrupted());
            within("what was left", 3590 * SECOND, left.toNanos(), 3600 * SECOND);
            return errno;
        })));
    }

    @Test
    @Assertion(id = "nanosleep/p-null", says = "A null length is no length.", strength = CHOICE, choice = "EINVAL.")
    void aNullLengthIsEinval() {
        refused(EINVAL, nanosleep(null, null));
    }
}
