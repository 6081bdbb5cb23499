package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EPERM;
import static org.sigkevent.Errno.ESRCH;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Signal.sigqueue;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Support;

/** sigqueue. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class SigqueueIT extends SignalScene {
    @Test
    @Assertion(id = "sigqueue/1-1", says = "A process gets the signal together with its value.")
    void aSignalComesWithItsValue() {
        try (Puppet child = Puppet.start()) {
            child.ask("block", S, 0).answers(0);
            assertEquals(0, sigqueue(child.pid(), S, SigVal.of(4711)));
            assertTrue(child.ask("take", S, 10).answers(S).told.startsWith("-1:4711:"));
        }
    }

    @Test
    @Assertion(
            id = "sigqueue/1-1-kevent",
            says = "A record posted to another thread's ring has its cookie.",
            strength = KEVENT)
    void aPostComesWithItsCookie() throws Exception {
        java.util.concurrent.FutureTask<KeventRecord> other = Support.start(() -> Support.take(kfd));
        post(4711);
        assertEquals(4711, Support.get(other).cookie);
    }

    @Test
    @Assertion(id = "sigqueue/2-1", says = "Signal 0 sends nothing, and a null post posts nothing.")
    void signalZeroSendsNothing() {
        assertEquals(0, sigqueue(own(), 0, SigVal.of(1)));
        try (Puppet child = Puppet.start()) {
            assertEquals(0, sigqueue(child.pid(), 0, SigVal.of(1)));
            child.ask("seen").answers(0);
        }
        assertEquals(0, kevent_submit(kfd, null, 0, null));
        noRecord();
    }

    @Test
    @Assertion(id = "sigqueue/2-2", says = "Signal 0 looks at the target all the same.")
    void signalZeroLooksAtTheTarget() throws Exception {
        refused(ESRCH, sigqueue(NO_PROCESS, 0, null));
        try (Puppet child = Puppet.start()) {
            NativeCalls.asNobody(() -> {
                refused(EPERM, sigqueue(child.pid(), 0, null));
                return null;
            });
        }
    }

    @Test
    @Assertion(id = "sigqueue/3-1", says = "Another user's process gets nothing.")
    void anotherUsersProcessGetsNothing() throws Exception {
        try (Puppet child = Puppet.start()) {
            child.ask("block", S, 0).answers(0);
            NativeCalls.asNobody(() -> {
                refused(EPERM, sigqueue(child.pid(), S, SigVal.of(1)));
                return null;
            });
            child.ask("pending", S).answers(0);
        }
    }

    @Test
    @Assertion(id = "sigqueue/4-1", says = "A handler with SA_SIGINFO gets every instance, in order.")
    void everyInstanceComes() {
        try (Puppet child = Puppet.start()) {
            child.ask("block", S, 0).answers(0);
            child.ask("handle", S, 1).answers(0);
            StringBuilder expected = new StringBuilder();
            for (int value = 1; value <= 5; value++) {
                assertEquals(0, sigqueue(child.pid(), S, SigVal.of(value)));
                expected.append(S).append(':').append(value).append(',');
            }
            child.ask("unblock", S, 0).answers(0);
            assertEquals(expected.toString(), child.ask("seen").answers(5).told);
        }
    }

    @Test
    @Assertion(id = "sigqueue/4-1-kevent", says = "Five posts are five records.", strength = KEVENT)
    void fivePostsAreFiveRecords() {
        for (int i = 0; i < 5; i++) {
            post(3);
        }
        for (int i = 0; i < 5; i++) {
            assertEquals(3, Support.take(kfd).cookie);
        }
        noRecord();
    }

    @Test
    @Assertion(id = "sigqueue/5-1", says = "A handler without SA_SIGINFO gets one instance at least.")
    void aPlainHandlerIsCalled() {
        try (Puppet child = Puppet.start()) {
            child.ask("block", S, 0).answers(0);
            child.ask("handle", S, 0).answers(0);
            for (int value = 1; value <= 5; value++) {
                assertEquals(0, sigqueue(child.pid(), S, SigVal.of(value)));
            }
            child.ask("unblock", S, 0).answers(0);
            assertTrue(child.ask("seen").succeeds().result >= 1);
        }
    }

    @Test
    @Assertion(
            id = "sigqueue/6-1",
            says = "What a thread posts to its own ring is there when the call returns.",
            strength = KEVENT)
    void aPostIsThereAtOnce() {
        post(5);
        KeventRecord record = new KeventRecord();
        assertTrue(Support.ring(kfd).take(record));
        assertEquals(5, record.cookie);
    }

    @Test
    @Assertion(
            id = "sigqueue/7-1",
            says = "Of real-time signals that are pending the lowest comes first, and one signal's in order.")
    void theLowestSignalComesFirst() {
        try (Puppet child = Puppet.start()) {
            for (int signo : ALL) {
                child.ask("block", signo, 0).answers(0);
                child.ask("handle", signo, 1).answers(0);
            }
            StringBuilder expected = new StringBuilder();
            for (int i = ALL.length - 1; i >= 0; i--) {
                for (int value = 1; value <= 3; value++) {
                    ok(sigqueue(child.pid(), ALL[i], SigVal.of(value)));
                }
                expected.append(ALL[ALL.length - 1 - i]).append(":1,");
                expected.append(ALL[ALL.length - 1 - i]).append(":2,");
                expected.append(ALL[ALL.length - 1 - i]).append(":3,");
            }
            child.ask("unblockall").answers(0);
            assertEquals(expected.toString(), child.ask("seen").answers(12).told);
        }
    }

    @Test
    @Assertion(
            id = "sigqueue/7-1-kevent",
            says = "A ring has no priorities: records come in the order of the posts.",
            strength = KEVENT)
    void recordsComeInTheOrderOfThePosts() {
        for (int cookie = 9; cookie > 0; cookie--) {
            post(cookie);
        }
        for (int cookie = 9; cookie > 0; cookie--) {
            assertEquals(cookie, Support.take(kfd).cookie);
        }
    }

    @Test
    @Assertion(id = "sigqueue/8-1", says = "Success is 0, and the signal is pending.")
    void successIsZero() {
        try (Puppet child = Puppet.start()) {
            child.ask("block", S, 0).answers(0);
            child.ask("pending", S).answers(0);
            assertEquals(0, sigqueue(child.pid(), S, SigVal.of(1)));
            child.ask("pending", S).answers(1);
        }
    }

    @Test
    @Assertion(id = "sigqueue/9-1", says = "More signals than may be queued are EAGAIN, and those before are not lost.")
    void tooManySignalsAreEagain() {
        try (Puppet child = Puppet.start()) {
            child.ask("block", S, 0).answers(0);
            child.ask("limit", 10).answers(0);
            int sent = 0;
            while (sent <= 10 && sigqueue(child.pid(), S, SigVal.of(sent)) == 0) {
                sent++;
            }
            assertTrue(sent <= 10, sent + " sent");
            assertEquals(EAGAIN, org.sigkevent.Errno.errno());
            for (int value = 0; value < sent; value++) {
                assertTrue(child.ask("take", S, 0).answers(S).told.startsWith("-1:" + value + ":"));
            }
            child.ask("take", S, 0).refused(EAGAIN);
        }
    }

    @Test
    @Assertion(
            id = "sigqueue/9-1-kevent",
            says = "A post to a full ring is EAGAIN and overwrites nothing.",
            strength = KEVENT)
    void aPostToAFullRingIsEagain() {
        for (int i = 0; i < 64; i++) {
            post(i);
        }
        refused(EAGAIN, kevent_submit(kfd, KeventEvent.user(SigVal.of(99)), Kevent.KEVENT_NOWAIT, null));
        for (int i = 0; i < 64; i++) {
            assertEquals(i, Support.take(kfd).cookie);
        }
        noRecord();
    }

    @Test
    @Assertion(id = "sigqueue/10-1", says = "What is no signal is EINVAL.")
    void whatIsNoSignalIsEinval() {
        for (int signo : new int[] {-1, 65, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            refused(EINVAL, sigqueue(own(), signo, SigVal.of(1)));
        }
    }

    @Test
    @Assertion(id = "sigqueue/11-1", says = "A process that does not exist is ESRCH, and a ring that is gone EBADF.")
    void noProcessIsEsrch() {
        refused(ESRCH, sigqueue(NO_PROCESS, 0, SigVal.of(1)));
        refused(ESRCH, sigqueue(NO_PROCESS, S, SigVal.of(1)));
        int gone = Support.queue(1);
        Support.destroy(gone);
        refused(EBADF, kevent_submit(gone, KeventEvent.user(SigVal.of(1)), 0, null));
    }

    @Test
    @Assertion(id = "sigqueue/12-1", says = "Without the right to send it is EPERM.")
    void withoutTheRightItIsEperm() throws Exception {
        try (Puppet child = Puppet.start()) {
            NativeCalls.asNobody(() -> {
                refused(EPERM, sigqueue(child.pid(), 0, SigVal.of(1)));
                refused(EPERM, sigqueue(child.pid(), S, SigVal.of(1)));
                return null;
            });
            child.ask("seen").answers(0);
        }
    }

    // ---- beyond the sample

    @Test
    @Assertion(id = "sigqueue/p-sender", says = "The signal says SI_QUEUE, and which process of which user sent it.")
    void theSignalSaysWhoSentIt() {
        try (Puppet child = Puppet.start()) {
            child.ask("block", S, 0).answers(0);
            ok(sigqueue(child.pid(), S, SigVal.of(0x1234_5678_9abc_def0L)));
            String uid = NativeCalls.statusOf("Uid:").split("\\s+")[0];
            assertEquals(
                    "-1:" + 0x1234_5678_9abc_def0L + ":" + own() + ":" + uid,
                    child.ask("take", S, 10).answers(S).told);
        }
    }

    @Test
    @Assertion(
            id = "sigqueue/p-null",
            says = "Without a value the value is 0.",
            strength = CHOICE,
            choice = "null stands for a value of 0")
    void withoutAValueItIsZero() {
        try (Puppet child = Puppet.start()) {
            child.ask("block", S, 0).answers(0);
            ok(sigqueue(child.pid(), S, null));
            assertTrue(child.ask("take", S, 10).answers(S).told.startsWith("-1:0:"));
        }
    }

    @Test
    @Assertion(
            id = "sigqueue/p-object",
            says = "A value that is a Java object comes back in this process, and is refused for another.",
            strength = CHOICE,
            choice = "EINVAL for another process, and for a signal that this one has not caught")
    void aJavaObjectComesBackInThisProcess() {
        refused(EINVAL, sigqueue(own(), S, SigVal.of("object")));
        takeIntoTheRing(S);
        ok(sigqueue(own(), S, SigVal.of("object")));
        assertEquals("object", Support.take(kfd).object);
        try (Puppet child = Puppet.start()) {
            refused(EINVAL, sigqueue(child.pid(), S, SigVal.of("object")));
        }
    }

    @Test
    @Assertion(id = "sigqueue/p-self", says = "A process can send to itself, and a wait gets it.")
    void aProcessSendsToItself() {
        org.sigkevent.SigInfo info = new org.sigkevent.SigInfo();
        Call wait = waiting(S, () -> Signal.sigwaitinfo(set(S), info));
        assertEquals(0, sigqueue(own(), S, SigVal.of(-5)));
        wait.answers(S);
        assertEquals(-5, info.si_value.sival_int);
        assertEquals(Signal.SI_QUEUE, info.si_code);
        assertEquals(own(), info.si_pid);
        assertFalse(pending(S));
    }

    @Test
    @Assertion(id = "sigqueue/p-ended", says = "A process that has ended and was waited for is ESRCH.")
    void aProcessThatHasEndedIsEsrch() {
        Puppet child = Puppet.start();
        int pid = child.pid();
        child.close();
        Support.until("the child is waited for", () -> sigqueue(pid, 0, null) < 0);
        refused(ESRCH, sigqueue(pid, S, SigVal.of(1)));
    }
}
