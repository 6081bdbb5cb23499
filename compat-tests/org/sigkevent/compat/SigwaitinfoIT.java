package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Signal.sigwaitinfo;
import static org.sigkevent.Support.refused;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;
import static org.sigkevent.compat.Assertion.Strength.MAY;

import java.util.TreeSet;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigInfo;
import org.sigkevent.SigSet;
import org.sigkevent.Signal;
import org.sigkevent.Support;

/** sigwaitinfo. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class SigwaitinfoIT extends SignalScene {
    @Test
    @Assertion(
            id = "sigwaitinfo/1-1",
            says = "The signal is taken: it is not pending afterwards, nor is its record in the ring.")
    void theSignalIsTaken() {
        Call wait = waiting(S, () -> sigwaitinfo(set(S), new SigInfo()));
        send(S, 0);
        wait.answers(S);
        assertFalse(pending(S));
        takeIntoTheRing(S);
        send(S, 1);
        assertEquals(1, Support.take(kfd).data0);
        assertEquals(0, Support.ring(kfd).unread());
        noRecord();
    }

    @Test
    @Assertion(id = "sigwaitinfo/2-1", says = "Of several signals that are pending the lowest ends the first wait.")
    void ofSeveralSignalsTheLowestEndsTheFirstWait() {
        Support.ok(Signal.sigprocmask(Signal.SIG_BLOCK, set(ALL), null));
        for (int i = ALL.length - 1; i >= 0; i--) {
            send(ALL[i], i);
        }
        for (int signo : ALL) {
            assertEquals(signo, sigwaitinfo(set(ALL), null));
        }
    }

    @Test
    @Assertion(id = "sigwaitinfo/p-each", says = "Of several threads that wait each gets one signal.")
    void eachSignalEndsOneWait() {
        Call[] waits = new Call[ALL.length];
        for (int i = 0; i < ALL.length; i++) {
            waits[i] = waiting(S, () -> sigwaitinfo(set(ALL), null));
        }
        for (int i = ALL.length - 1; i >= 0; i--) {
            send(ALL[i], 0);
        }
        TreeSet<Long> taken = new TreeSet<>();
        for (Call wait : waits) {
            assertTrue(taken.add(wait.answer()));
        }
        assertEquals(ALL.length, taken.size());
        assertEquals(S, taken.first());
    }

    @Test
    @Assertion(id = "sigwaitinfo/3-1", says = "It sleeps until a signal of the set comes.")
    void itSleepsUntilASignalComes() {
        Call wait = waiting(S, () -> sigwaitinfo(set(S), null));
        assertFalse(wait.done());
        try (Puppet child = Puppet.start()) {
            child.ask("kill", own(), S).answers(0);
        }
        wait.answers(S);
    }

    @Test
    @Assertion(id = "sigwaitinfo/5-1", says = "si_signo is the signal.")
    void theInformationHasTheSignal() {
        SigInfo info = new SigInfo();
        Call wait = waiting(S + 1, () -> sigwaitinfo(set(S, S + 1), info));
        send(S + 1, 0);
        wait.answers(S + 1);
        assertEquals(S + 1, info.si_signo);
    }

    @Test
    @Assertion(id = "sigwaitinfo/6-1", says = "si_code says how it was sent: kill(2) is SI_USER, with the sender.")
    void theInformationHasTheCode() {
        SigInfo info = new SigInfo();
        info.si_code = 77;
        Call wait = waiting(S, () -> sigwaitinfo(set(S), info));
        try (Puppet child = Puppet.start()) {
            child.ask("kill", own(), S).answers(0);
            wait.answers(S);
            assertEquals(0, info.si_code);
            assertEquals(child.pid(), info.si_pid);
        }
    }

    @Test
    @Assertion(id = "sigwaitinfo/7-1", says = "Values come one by one with their signals.")
    void valuesComeInOrder() {
        for (int value = 0; value < 5; value++) {
            SigInfo info = new SigInfo();
            Call wait = waiting(S, () -> sigwaitinfo(set(S), info));
            send(S, value);
            wait.answers(S);
            assertEquals(value, info.si_value.sival_int);
        }
    }

    @Test
    @Assertion(id = "sigwaitinfo/7-1-kevent", says = "Cookies come in the order of the posts.", strength = KEVENT)
    void cookiesComeInTheOrderOfThePosts() {
        for (int cookie = 0; cookie < 5; cookie++) {
            post(cookie);
        }
        for (int cookie = 0; cookie < 5; cookie++) {
            assertEquals(cookie, Support.take(kfd).cookie);
        }
    }

    @Test
    @Assertion(
            id = "sigwaitinfo/8-1",
            says = "After the last of n records the ring is empty, and nothing is pending.",
            strength = KEVENT)
    void afterTheLastNothingIsPending() {
        takeIntoTheRing(S);
        TreeSet<Long> values = new TreeSet<>();
        for (int value = 0; value < 8; value++) {
            send(S, value);
        }
        for (int value = 0; value < 8; value++) {
            KeventRecord record = Support.take(kfd);
            assertEquals(Kevent.KEVENT_SIGNAL, record.id);
            assertTrue(values.add(record.data0), record::toString);
        }
        assertFalse(pending(S));
        assertEquals(0, Support.ring(kfd).unread());
        noRecord();
    }

    @Test
    @Assertion(id = "sigwaitinfo/9-1", says = "The answer is the signal.")
    void theAnswerIsTheSignal() {
        Call wait = waiting(S + 3, () -> sigwaitinfo(set(S + 3), null));
        send(S + 3, 0);
        wait.answers(S + 3);
    }

    // ---- beyond the sample

    @Test
    @Assertion(
            id = "sigwaitinfo/p-sigqueue",
            says = "Of a signal of sigqueue the information has SI_QUEUE, value, process and user.")
    void theInformationOfSigqueueIsWhole() {
        SigInfo info = new SigInfo();
        Call wait = waiting(S, () -> sigwaitinfo(set(S), info));
        send(S, 0x1234_5678_9abc_def0L);
        wait.answers(S);
        assertEquals(Signal.SI_QUEUE, info.si_code);
        assertEquals(0x1234_5678_9abc_def0L, info.si_value.sival_long);
        assertEquals(0x9abc_def0, info.si_value.sival_int);
        assertEquals(own(), info.si_pid);
        assertEquals(NativeCalls.statusOf("Uid:").split("\\s+")[0], Integer.toString(info.si_uid));
    }

    @Test
    @Assertion(id = "sigwaitinfo/p-eintr", says = "Interrupting it is EINTR.", strength = MAY)
    void anInterruptIsEintr() {
        Call wait = waiting(S, () -> sigwaitinfo(set(S), null));
        wait.interrupt();
        wait.refused(EINTR);
    }

    @Test
    @Assertion(
            id = "sigwaitinfo/p-einval",
            says = "Without a set, or with no signal in it that can be had, it is EINVAL.",
            strength = CHOICE,
            choice = "EINVAL; the message names the signal's owner")
    void aSetThatCannotBeHadIsEinval() {
        refused(EINVAL, sigwaitinfo(null, null));
        refused(EINVAL, sigwaitinfo(new SigSet(), null));
        refused(EINVAL, sigwaitinfo(set(9), null));
        assertTrue(Errno.message().contains("signal 9 belongs to"), Errno.message());
    }

    @Test
    @Assertion(id = "sigwaitinfo/p-other-wait", says = "Waits for different signals do not take each other's.")
    void waitsForDifferentSignalsAreApart() {
        Call one = waiting(S, () -> sigwaitinfo(set(S), null));
        Call two = waiting(S + 1, () -> sigwaitinfo(set(S + 1), null));
        send(S + 1, 0);
        two.answers(S + 1);
        assertFalse(one.done());
        send(S, 0);
        one.answers(S);
    }
}
