package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.start;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.signal.SignalDispositions;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/** kevent_wait and signals: only a wait with a signal mask is ended by one, and the mask counts for the sleep alone. */
@Timeout(60)
class KeventWaitSignalTest {
    private static final int SIGNO = Signal.SIGRTMIN + 16;

    private int kfd;

    /** Gets a record for each signal that was handled. */
    private int handled;

    /** A thread that waits once, with the signal blocked before the wait or not. */
    private final class Waiter {
        volatile int tid;
        volatile Thread thread;
        final FutureTask<Integer> answer;

        /** mask null: a wait without one. */
        Waiter(boolean blocked, SigSet mask) {
            int seen = Support.ring(kfd).state();
            answer = start(() -> {
                ByteBuffer set = Memory.allocate(128);
                set.putLong(0, 1L << SIGNO - 1);
                assertEquals(0, Native.C.pthread_sigmask(blocked ? 0 : 1, Memory.address(set), 0));
                thread = Thread.currentThread();
                tid = Linux.gettid();
                int rc = Kevent.kevent_wait(kfd, seen, null, mask);
                return rc == 0 ? 0 : Errno.errno();
            });
            Support.until("it runs", () -> tid != 0);
        }

        void signal() {
            assertEquals(0, Linux.call(Syscalls.TGKILL, Native.C.getpid(), tid, SIGNO));
        }

        Waiter asleep() {
            Support.untilAsleep(thread);
            return this;
        }

        /** Sleeps with the signal blocked by the mask: its own mask lets it through. */
        Waiter masked() {
            Support.until("the mask counts", () -> SignalDispositions.blockedBy(tid, SIGNO));
            return this;
        }
    }

    @BeforeEach
    void catchTheSignal() {
        kfd = Support.queue(8);
        handled = Support.queue(8);
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, SIGNO));
        ok(Kevent.kevent_submit(handled, KeventEvent.signals(set, false, null), 0, null));
    }

    @AfterEach
    void destroy() {
        Kevent.kevent_destroy(kfd, null, 0);
        Kevent.kevent_destroy(handled, null, 0);
    }

    private void post() {
        ok(Kevent.kevent_submit(kfd, new KeventEvent(), 0, null));
    }

    private static SigSet all() {
        SigSet all = new SigSet();
        ok(Signal.sigfillset(all));
        return all;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSignalThatTheMaskLetsThroughEndsTheWait(boolean anotherLeads) throws Exception {
        Waiter leader = anotherLeads ? new Waiter(true, null).asleep() : null;
        for (int i = 0; i < 50; i++) {
            Waiter waiter = new Waiter(true, new SigSet());
            if (i % 2 == 0) {
                waiter.asleep();
            }
            // before the sleep it stays pending, because the thread has it blocked
            waiter.signal();
            assertEquals(EINTR, get(waiter.answer));
            assertEquals(SIGNO, Support.take(handled).descriptor);
        }
        if (anotherLeads) {
            assertFalse(leader.answer.isDone());
            post();
            assertEquals(0, get(leader.answer));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSignalThatTheMaskBlocksWaitsForTheEndOfTheWait(boolean anotherLeads) throws Exception {
        Waiter leader = anotherLeads ? new Waiter(true, null).asleep() : null;
        Waiter waiter = new Waiter(false, all()).masked();
        waiter.signal();
        Support.nothing(handled, Duration.ofMillis(30));
        assertFalse(waiter.answer.isDone());
        post();
        post();
        assertEquals(0, get(waiter.answer));
        assertEquals(SIGNO, Support.take(handled).descriptor);
        if (anotherLeads) {
            assertEquals(0, get(leader.answer));
        }
    }

    @Test
    void aWaitWithoutAMaskSleepsOnAfterASignal() throws Exception {
        Waiter waiter = new Waiter(false, null).asleep();
        for (int i = 0; i < 20; i++) {
            waiter.signal();
            assertEquals(SIGNO, Support.take(handled).descriptor);
            assertFalse(waiter.answer.isDone());
        }
        post();
        assertEquals(0, get(waiter.answer));
    }

    @Test
    void afterAWaitThatASignalEndedTheRingIsAsItWas() throws Exception {
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_REQUIRED, 2));
        Waiter waiter = new Waiter(true, new SigSet()).asleep();
        waiter.signal();
        assertEquals(EINTR, get(waiter.answer));
        assertEquals(SIGNO, Support.take(handled).descriptor);
        // nobody waits any more
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_REQUIRED, 1));
        post();
        assertEquals(1, Support.ring(kfd).unread());
    }
}
