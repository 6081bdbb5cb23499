package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Signal.sigwait;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Errno;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigSet;
import org.sigkevent.Signal;
import org.sigkevent.Support;
import org.sigkevent.TimeSpec;

/** sigwait. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class SigwaitIT extends SignalScene {
    @Test
    @Assertion(id = "sigwait/1-1", says = "It sleeps until a signal of the set comes.")
    void itSleepsUntilASignalComes() {
        int[] sig = new int[1];
        Call wait = waiting(S, () -> sigwait(set(S), sig));
        assertFalse(wait.done());
        send(S, 0);
        wait.answers(0);
        assertEquals(S, sig[0]);
    }

    @Test
    @Assertion(id = "sigwait/2-1", says = "Taking one instance leaves the others.", strength = KEVENT)
    void takingOneInstanceLeavesTheOthers() {
        takeIntoTheRing(S);
        send(S, 1);
        send(S, 2);
        long first = Support.take(kfd).data0;
        assertEquals(3 - first, Support.take(kfd).data0);
        noRecord();
    }

    @Test
    @Assertion(id = "sigwait/3-1", says = "Records of one kind do not collapse into one.", strength = KEVENT)
    void recordsDoNotCollapse() {
        takeIntoTheRing(S);
        for (int i = 0; i < 4; i++) {
            send(S, 7);
        }
        for (int i = 0; i < 4; i++) {
            assertEquals(7, Support.take(kfd).data0);
        }
        noRecord();
    }

    @Test
    @Assertion(
            id = "sigwait/4-1",
            says = "What came before the wait ends it at once: a record that is there is taken.",
            strength = KEVENT)
    void whatCameBeforeTheWaitEndsIt() {
        takeIntoTheRing(S);
        send(S, 3);
        Support.until("the record is there", () -> Support.ring(kfd).unread() == 1);
        assertEquals(3, Support.take(kfd).data0);
    }

    @Test
    @Assertion(id = "sigwait/6-1", says = "One signal ends the wait of one thread.")
    void oneSignalEndsOneWait() {
        AtomicInteger woken = new AtomicInteger();
        List<Call> waits = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waits.add(waiting(S, () -> {
                int answer = sigwait(set(S), new int[1]);
                woken.incrementAndGet();
                return answer;
            }));
        }
        for (int sent = 1; sent <= 4; sent++) {
            int signals = sent;
            send(S, sent);
            Support.until("one more is woken", () -> woken.get() >= signals);
            assertEquals(signals, woken.get());
        }
        waits.forEach(wait -> wait.answers(0));
    }

    @Test
    @Assertion(
            id = "sigwait/6-2",
            says = "A signal to one thread ends one wait.",
            strength = CHOICE,
            choice = "that of the thread which has waited longest: Java threads have no signals of their own")
    void aSignalToAThreadEndsTheLongestWait() {
        Call first = waiting(S, () -> sigwait(set(S), new int[1]));
        AtomicInteger tid = new AtomicInteger();
        Call second = waiting(S, () -> {
            tid.set(Call.ownTid());
            return sigwait(set(S), new int[1]);
        });
        try (Puppet child = Puppet.start()) {
            child.ask("tgkill", tid.get(), S).answers(0);
            first.answers(0);
            assertFalse(second.done());
            child.ask("tgkill", tid.get(), S).answers(0);
            second.answers(0);
        }
    }

    @Test
    @Assertion(id = "sigwait/7-1", says = "Of several signals that are pending the lowest is taken first.")
    void ofSeveralSignalsTheLowestIsTakenFirst() {
        Support.ok(Signal.sigprocmask(Signal.SIG_BLOCK, set(ALL), null));
        for (int i = ALL.length - 1; i >= 0; i--) {
            send(ALL[i], i);
        }
        int[] sig = new int[1];
        for (int signo : ALL) {
            assertEquals(0, sigwait(set(ALL), sig));
            assertEquals(signo, sig[0]);
        }
    }

    @Test
    @Assertion(
            id = "sigwait/7-1-kevent",
            says = "A ring has no priorities: records of signals come in the order in which they were sent.",
            strength = KEVENT)
    void recordsOfSignalsComeInTheOrderInWhichTheyWereSent() {
        takeIntoTheRing(ALL);
        for (int i = ALL.length - 1; i >= 0; i--) {
            send(ALL[i], i);
        }
        for (int i = ALL.length - 1; i >= 0; i--) {
            KeventRecord record = Support.take(kfd);
            assertEquals(ALL[i], record.descriptor);
            assertEquals(i, record.data0);
        }
        noRecord();
    }

    @Test
    @Assertion(id = "sigwait/8-1", says = "Success is 0, with the signal stored.")
    void successIsZeroWithTheSignalStored() {
        int[] sig = {-1, -1};
        Call wait = waiting(S + 1, () -> sigwait(set(ALL), sig));
        send(S + 1, 0);
        wait.answers(0);
        assertEquals(S + 1, sig[0]);
        assertEquals(-1, sig[1]);
    }

    // ---- beyond the sample

    @Test
    @Assertion(id = "sigwait/p-error", says = "A failure is an error number, not -1, and stores nothing.")
    void aFailureIsAnErrorNumber() {
        int[] sig = {-1};
        assertEquals(EINVAL, sigwait(null, sig));
        assertEquals(EINVAL, sigwait(set(S), null));
        assertEquals(EINVAL, sigwait(set(S), new int[0]));
        assertEquals(-1, sig[0]);
    }

    @Test
    @Assertion(
            id = "sigwait/p-unsupported",
            says = "A signal that cannot be waited for is EINVAL.",
            strength = Assertion.Strength.MAY,
            choice = "left out of the set, as the kernel does with SIGKILL; EINVAL when nothing else is in it")
    void aSignalThatCannotBeHadIsEinval() {
        for (int signo : new int[] {9, 19, 11, 32, 33}) {
            assertEquals(EINVAL, sigwait(set(signo), new int[1]), "signal " + signo);
            assertEquals(-1, Signal.sigtimedwait(set(signo), null, null));
            assertTrue(Errno.message().contains("belongs to"), Errno.message());
            assertEquals(-1, Signal.sigtimedwait(set(S, signo), null, new TimeSpec()));
            assertEquals(EAGAIN, Errno.errno());
        }
        assertEquals(EINVAL, sigwait(new SigSet(), new int[1]));
    }

    @Test
    @Assertion(
            id = "sigwait/p-interrupt",
            says = "An interrupt ends the wait.",
            strength = CHOICE,
            choice = "EINTR, where a thread in C could only be cancelled; the interrupt status is cleared")
    void anInterruptIsEintr() {
        AtomicInteger left = new AtomicInteger();
        Call wait = waiting(S, () -> {
            int answer = sigwait(set(S), new int[1]);
            left.set(Thread.currentThread().isInterrupted() ? 1 : 0);
            return answer;
        });
        wait.interrupt();
        wait.answers(EINTR);
        assertEquals(0, left.get(), "the interrupt status is cleared");
    }

    @Test
    @Assertion(id = "sigwait/p-set-only", says = "A signal outside the set does not end the wait.")
    void aSignalOutsideTheSetDoesNotEndIt() {
        int[] sig = new int[1];
        takeIntoTheRing(S + 1);
        Call wait = waiting(S, () -> sigwait(set(S, S + 2), sig));
        send(S + 1, 0);
        assertEquals(S + 1, Support.take(kfd).descriptor);
        assertFalse(wait.done());
        send(S + 2, 0);
        wait.answers(0);
        assertEquals(S + 2, sig[0]);
    }

    @Test
    @Assertion(
            id = "sigwait/p-disposition",
            says = "What was waited for stays caught until it gets SIG_DFL, and pending when nobody waits.",
            strength = CHOICE,
            choice = "the standard wants it blocked before; the default would end the JVM between two waits")
    void whatWasWaitedForStaysCaught() {
        assertFalse(caught(S));
        Call wait = waiting(S, () -> sigwait(set(S), new int[1]));
        send(S, 0);
        wait.answers(0);
        assertTrue(caught(S));
        try (Puppet child = Puppet.start()) {
            child.ask("kill", own(), S).answers(0);
        }
        int[] sig = new int[1];
        assertEquals(0, sigwait(set(S), sig));
        assertEquals(S, sig[0]);
        Signal.signal(S, Signal.SIG_DFL);
        assertFalse(caught(S));
    }
}
