package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is pending while masks, dispositions and timers change. */
@Timeout(120)
class SignalMasksTest {
    private static final int A = Signal.SIGRTMIN + 2;
    private static final int B = Signal.SIGRTMIN + 3;
    private static final TimeSpec ZERO = new TimeSpec();

    @AfterEach
    void giveBack() {
        ok(Signal.sigprocmask(Signal.SIG_SETMASK, new SigSet(), null));
        Support.giveBack(A, B, Signal.SIGUSR1, Signal.SIGTERM);
    }

    private static SigSet set(int signo) {
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, signo));
        return set;
    }

    private static void block(int signo) {
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, set(signo), null));
    }

    private static void unblock(int signo) {
        ok(Signal.sigprocmask(Signal.SIG_UNBLOCK, set(signo), null));
    }

    private static boolean pending(int signo) {
        SigSet pending = new SigSet();
        ok(Signal.sigpending(pending));
        return Signal.sigismember(pending, signo) == 1;
    }

    /** A timer whose first signal is pending. */
    private static int pendingTimer(int signo, long intervalNanos) throws Exception {
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        event.sigev_signo = signo;
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event, timer));
        ItimerSpec when = new ItimerSpec();
        when.it_value.tv_nsec = 1;
        when.it_interval.tv_nsec = intervalNanos;
        ok(Time.timer_settime(timer[0], 0, when, null));
        Support.until("the timer's signal is pending", () -> pending(signo));
        return timer[0];
    }

    @Test
    void aSetIsCopied() {
        SigSet set = set(A);
        SigSet copy = new SigSet(set);
        ok(Signal.sigdelset(set, A));
        ok(Signal.sigaddset(set, B));
        assertEquals(1, Signal.sigismember(copy, A));
        assertEquals(0, Signal.sigismember(copy, B));
    }

    @Test
    void whatIsIgnoredIsDiscardedWhenItIsUnblocked() {
        // what the JVM acts on itself, too: as the default SIGTERM would end it
        for (int signo : new int[] {A, Signal.SIGTERM}) {
            block(signo);
            Signal.signal(signo, Signal.SIG_IGN);
            ok(Signal.raise(signo));
            assertTrue(pending(signo));
            unblock(signo);
            assertEquals(false, pending(signo));
            assertEquals(Signal.SIG_IGN, Signal.signal(signo, Signal.SIG_DFL));
        }
    }

    @Test
    void aTimerGoesOnWhenUnblockingHasDiscardedItsSignal() throws Exception {
        block(A);
        int timer = pendingTimer(A, 1_000_000);
        // not given back as long as it is blocked
        Signal.signal(A, Signal.SIG_DFL);
        unblock(A);
        TimeSpec limit = new TimeSpec();
        limit.tv_sec = 60;
        assertEquals(A, Signal.sigtimedwait(set(A), null, limit));
        ok(Time.timer_delete(timer));
    }

    @Test
    void anExecutorsOwnThreadUnblocksWhatItHandles() throws Exception {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            AtomicInteger handled = new AtomicInteger();
            SigAction act = new SigAction();
            act.sa_handler = signo -> handled.incrementAndGet();
            act.sa_executor = executor;
            ok(Signal.sigaction(A, act, null));
            Future<?> caller = executor.submit(() -> {
                for (int i = 0; i < 200; i++) {
                    block(A);
                    ok(Signal.raise(A));
                    unblock(A);
                }
            });
            caller.get(60, TimeUnit.SECONDS);
            Support.until("all are handled", () -> handled.get() == 200);
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void aStandardSignalIsNotLostBehindThatOfADeletedTimer() throws Exception {
        block(Signal.SIGUSR1);
        ok(Time.timer_delete(pendingTimer(Signal.SIGUSR1, 0)));
        ok(Signal.raise(Signal.SIGUSR1));
        assertEquals(Signal.SIGUSR1, Signal.sigtimedwait(set(Signal.SIGUSR1), null, ZERO));
        refused(EAGAIN, Signal.sigtimedwait(set(Signal.SIGUSR1), null, ZERO));
    }

    @Test
    void aStandardSignalIsNotLostBehindThatOfAnotherThread() throws Exception {
        block(Signal.SIGUSR1);
        AtomicInteger tid = new AtomicInteger();
        CountDownLatch over = new CountDownLatch(1);
        FutureTask<Void> other = Support.start(() -> {
            tid.set(Unistd.gettid());
            over.await();
            return null;
        });
        Support.until("it runs", () -> tid.get() != 0);
        try (EventSource source = EventSource.Kind.AIO.make()) {
            SigEvent event = new SigEvent();
            event.sigev_notify = Signal.SIGEV_THREAD_ID;
            event.sigev_signo = Signal.SIGUSR1;
            event.sigev_notify_thread_id = tid.get();
            ok(source.register(event));
            source.fire();
            Support.until("that of the thread is pending", () -> pending(Signal.SIGUSR1));
            ok(Signal.raise(Signal.SIGUSR1));
            assertEquals(Signal.SIGUSR1, Signal.sigtimedwait(set(Signal.SIGUSR1), null, ZERO));
            refused(EAGAIN, Signal.sigtimedwait(set(Signal.SIGUSR1), null, ZERO));
        } finally {
            over.countDown();
        }
        Support.get(other);
    }

    @Test
    void anInstanceOfATimerIsNoSignalThatSomebodyHasSent() throws Exception {
        block(Signal.SIGUSR1);
        // its instance is used again
        ok(Signal.raise(Signal.SIGUSR1));
        assertEquals(Signal.SIGUSR1, Signal.sigtimedwait(set(Signal.SIGUSR1), null, ZERO));
        ok(Signal.raise(Signal.SIGUSR1));
        int first = pendingTimer(Signal.SIGUSR1, 0);
        int second = pendingTimer(Signal.SIGUSR1, 0);
        TimeSpec limit = new TimeSpec();
        limit.tv_sec = 60;
        for (int i = 0; i < 3; i++) {
            assertEquals(Signal.SIGUSR1, Signal.sigtimedwait(set(Signal.SIGUSR1), null, limit));
        }
        ok(Time.timer_delete(first));
        ok(Time.timer_delete(second));
    }

    @Test
    void theLastWhoWaitsGetsTheSignalOfATimerWhateverTheOthersGot() throws Exception {
        block(A);
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        event.sigev_signo = A;
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event, timer));
        ItimerSpec soon = new ItimerSpec();
        soon.it_value.tv_nsec = 1_000_000;
        TimeSpec limit = new TimeSpec();
        limit.tv_sec = 20;
        for (int round = 0; round < 100; round++) {
            List<FutureTask<Integer>> waiting = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                CountDownLatch started = new CountDownLatch(1);
                waiting.add(Support.start(() -> {
                    started.countDown();
                    return Signal.sigtimedwait(set(A), null, limit);
                }));
                started.await();
            }
            // the second may find the one that was called to drive the queue
            ok(Signal.raise(A));
            LockSupport.parkNanos(round * 1000);
            ok(Signal.raise(A));
            ok(Signal.raise(A));
            Support.until(
                    "three have one",
                    () -> waiting.stream().filter(FutureTask::isDone).count() >= 3);
            ok(Time.timer_settime(timer[0], 0, soon, null));
            for (FutureTask<Integer> one : waiting) {
                assertEquals(A, Support.get(one));
            }
        }
        ok(Time.timer_delete(timer[0]));
    }

    @Test
    void whatAHandlerUnblocksIsBlockedAgainWhenItHasReturned() {
        SigSet mask = new SigSet();
        block(A);
        AtomicInteger handled = new AtomicInteger();
        Signal.signal(A, signo -> handled.incrementAndGet());
        ok(Signal.raise(A));
        Signal.signal(B, signo -> {
            unblock(A);
            // as in C it is delivered before sigprocmask returns
            handled.compareAndSet(1, 100);
        });
        ok(Signal.raise(B));
        assertEquals(100, handled.get());
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, null, mask));
        assertEquals(1, Signal.sigismember(mask, A));
        ok(Signal.raise(A));
        assertTrue(pending(A));
        assertEquals(100, handled.get());
    }

    @Test
    void whatARequestHasNotReadIsNotDeliveredASecondTimeWhenItIsCancelled() {
        AtomicInteger handled = new AtomicInteger();
        Signal.signal(A, signo -> handled.incrementAndGet());
        refused(EAGAIN, Signal.sigtimedwait(set(B), null, ZERO));
        SigSet both = set(A);
        ok(Signal.sigaddset(both, B));
        int kfd = Kevent.kevent_init(4);
        KeventEvent request = KeventEvent.signals(both, false, new SigVal());
        ok(Kevent.kevent_submit(kfd, request, 0, null));
        for (int i = 0; i < 3; i++) {
            ok(Signal.raise(A));
            ok(Signal.raise(B));
            assertEquals(B, Signal.sigtimedwait(set(B), null, ZERO));
        }
        assertEquals(3, handled.get());
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, request));
        ok(Kevent.kevent_destroy(kfd, null, 0));
        refused(EAGAIN, Signal.sigtimedwait(set(B), null, ZERO));
        ok(Signal.raise(A));
        assertEquals(4, handled.get());
    }

    @Test
    void whatWasPendingStaysWhenTheRequestIsCancelledThatGotIt() {
        block(A);
        refused(EAGAIN, Signal.sigtimedwait(set(A), null, ZERO));
        ok(Signal.raise(A));
        int kfd = Kevent.kevent_init(4);
        ok(Kevent.kevent_submit(kfd, KeventEvent.signals(set(A), false, new SigVal()), 0, null));
        ok(Kevent.kevent_destroy(kfd, null, 0));
        assertEquals(A, Signal.sigtimedwait(set(A), null, ZERO));
    }
}
