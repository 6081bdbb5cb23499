package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.signal.SignalTable;
import org.sigkevent.sys.Native;

/** sigaction, sigprocmask, sigpending, sigsuspend, raise and kill, as POSIX has them within one process. */
@Timeout(120)
class SignalActionsTest {
    private static final int A = Signal.SIGRTMIN + 2;
    private static final int B = Signal.SIGRTMIN + 3;
    private static final int C = Signal.SIGRTMIN + 4;
    private static final int STANDARD = Signal.SIGUSR1;
    private static final int OWN = Native.C.getpid();

    private final List<String> calls = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void giveBack() {
        SigSet none = new SigSet();
        ok(Signal.sigprocmask(Signal.SIG_SETMASK, none, null));
        Support.giveBack(A, B, C, STANDARD, Signal.SIGINT, Signal.SIGWINCH);
    }

    private static SigSet set(int... signals) {
        SigSet set = new SigSet();
        for (int signo : signals) {
            ok(Signal.sigaddset(set, signo));
        }
        return set;
    }

    private void note(int signo) {
        calls.add("" + signo);
    }

    private void noteInfo(int signo, SigInfo info, Object context) {
        assertNull(context);
        calls.add(signo + " " + info.si_code + " " + info.si_value);
    }

    private SigAction act(SigHandler handler, int flags, int... mask) {
        SigAction act = new SigAction();
        act.sa_handler = handler;
        act.sa_flags = flags;
        act.sa_mask = set(mask);
        return act;
    }

    private static void block(int... signals) {
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, set(signals), null));
    }

    private static void unblock(int... signals) {
        ok(Signal.sigprocmask(Signal.SIG_UNBLOCK, set(signals), null));
    }

    @Test
    void aHandlerHasReturnedWhenRaiseReturns() {
        ok(Signal.sigaction(A, act(this::note, 0), null));
        for (int i = 1; i <= 1000; i++) {
            ok(i % 3 == 0 ? Signal.raise(A) : i % 3 == 1 ? Signal.kill(OWN, A) : Signal.sigqueue(OWN, A, null));
            assertEquals(i, calls.size());
        }
    }

    @Test
    void aHandlerWithInformationGetsCodeValueAndSender() {
        SigAction act = new SigAction();
        act.sa_sigaction = (signo, info, context) -> {
            noteInfo(signo, info, context);
            assertEquals(OWN, info.si_pid);
            assertEquals(Native.C.getuid(), info.si_uid);
        };
        act.sa_flags = Signal.SA_SIGINFO;
        ok(Signal.sigaction(A, act, null));
        ok(Signal.raise(A));
        ok(Signal.kill(OWN, A));
        ok(Signal.sigqueue(OWN, A, SigVal.of(7)));
        Object object = new Object();
        ok(Signal.sigqueue(OWN, A, SigVal.of(object)));
        assertEquals(List.of(A + " -6 0", A + " 0 0", A + " -1 7", A + " -1 " + object), calls);
    }

    @Test
    void theFormerDispositionIsTold() {
        SigAction first = act(this::note, Signal.SA_RESTART, B);
        SigAction old = act(this::note, 0);
        ok(Signal.sigaction(A, first, old));
        assertSame(Signal.SIG_DFL, old.sa_handler);
        assertEquals(0, old.sa_flags);
        assertSame(first.sa_handler, Signal.signal(A, Signal.SIG_IGN));
        ok(Signal.sigaction(A, null, old));
        assertSame(Signal.SIG_IGN, old.sa_handler);
        ok(Signal.sigaction(A, first, old));
        ok(Signal.sigaction(A, null, old));
        assertSame(first.sa_handler, old.sa_handler);
        assertEquals(Signal.SA_RESTART, old.sa_flags);
        assertEquals(1, Signal.sigismember(old.sa_mask, B));
        // what is told can be given again
        ok(Signal.sigaction(A, old, null));
        ok(Signal.raise(A));
        assertEquals(List.of("" + A), calls);
    }

    @Test
    void pendingSignalsAreDeliveredLowestFirstAndEachRealTimeSignalIsQueued() {
        for (int signo : new int[] {A, B, C, STANDARD}) {
            ok(Signal.sigaction(signo, act(this::note, 0), null));
        }
        block(A, B, C, STANDARD);
        for (int signo : new int[] {C, A, B, STANDARD, A, STANDARD, C}) {
            ok(Signal.raise(signo));
        }
        SigSet pending = new SigSet();
        ok(Signal.sigpending(pending));
        assertEquals(set(A, B, C, STANDARD).toString(), pending.toString());
        assertEquals(List.of(), calls);
        unblock(A, B, C, STANDARD);
        // a standard signal that is pending already is not queued
        assertEquals(List.of("" + STANDARD, "" + A, "" + A, "" + B, "" + C, "" + C), calls);
        ok(Signal.sigpending(pending));
        assertEquals(new SigSet().toString(), pending.toString());
    }

    @Test
    void theMaskIsToldAndSet() {
        SigSet old = set(C);
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, set(A, B), old));
        assertEquals("{}", old.toString());
        ok(Signal.sigprocmask(Signal.SIG_UNBLOCK, set(A), old));
        assertEquals(set(A, B).toString(), old.toString());
        assertEquals(0, Signal.pthread_sigmask(Signal.SIG_SETMASK, set(C), old));
        assertEquals(set(B).toString(), old.toString());
        ok(Signal.sigprocmask(77, null, old));
        assertEquals(set(C).toString(), old.toString());
    }

    @Test
    void blockingAllLeavesOutWhatNobodyCanHave() {
        SigSet all = new SigSet();
        ok(Signal.sigfillset(all));
        SigSet old = new SigSet();
        ok(Signal.sigprocmask(Signal.SIG_SETMASK, all, null));
        ok(Signal.sigprocmask(Signal.SIG_SETMASK, new SigSet(), old));
        for (int signo : new int[] {4, 5, 7, 8, 9, 11, 12, 19, 31, 32, 33, 62}) {
            assertEquals(0, Signal.sigismember(old, signo), "" + signo);
        }
        for (int signo : new int[] {1, 2, 3, 10, 13, 14, 15, 17, 34, 64}) {
            assertEquals(1, Signal.sigismember(old, signo), "" + signo);
        }
        for (int signo = 1; signo <= 64; signo++) {
            if (Signal.sigismember(old, signo) == 1) {
                Support.giveBack(signo);
            }
        }
    }

    @Test
    void whileAHandlerRunsItsSignalAndItsMaskAreBlocked() {
        ok(Signal.sigaction(B, act(this::note, 0), null));
        ok(Signal.sigaction(C, act(this::note, 0), null));
        ok(Signal.sigaction(
                A,
                act(
                        signo -> {
                            calls.add("begin");
                            if (Collections.frequency(calls, "begin") == 1) {
                                ok(Signal.raise(A));
                                ok(Signal.raise(B));
                                ok(Signal.raise(C));
                                SigSet mask = new SigSet();
                                ok(Signal.sigprocmask(Signal.SIG_BLOCK, null, mask));
                                assertEquals(set(A, B).toString(), mask.toString());
                            }
                            calls.add("end");
                        },
                        0,
                        B),
                null));
        ok(Signal.raise(A));
        Support.until("all were called", () -> calls.size() == 6);
        assertEquals(List.of("begin", "" + C, "end", "begin", "end", "" + B), calls);
    }

    @Test
    void withNodeferAHandlerCanBeInterruptedByItself() {
        ok(Signal.sigaction(
                A,
                act(
                        signo -> {
                            calls.add("begin");
                            if (calls.size() < 3) {
                                ok(Signal.raise(A));
                            }
                            calls.add("end");
                        },
                        Signal.SA_NODEFER),
                null));
        ok(Signal.raise(A));
        assertEquals(List.of("begin", "begin", "begin", "end", "end", "end"), calls);
    }

    @Test
    void withResethandAHandlerIsCalledOnceAndTheNextInstanceStaysPending() {
        ok(Signal.sigaction(A, act(this::note, Signal.SA_RESETHAND), null));
        ok(Signal.raise(A));
        SigAction now = act(this::note, 0);
        ok(Signal.sigaction(A, null, now));
        assertSame(Signal.SIG_DFL, now.sa_handler);
        ok(Signal.raise(A));
        assertEquals(1, calls.size());
        assertEquals(A, Signal.sigtimedwait(set(A), null, new TimeSpec()));
    }

    @Test
    void whatIsIgnoredIsDiscardedAlsoWhenItIsPending() {
        block(A);
        ok(Signal.raise(A));
        assertSame(Signal.SIG_DFL, Signal.signal(A, Signal.SIG_IGN));
        SigSet pending = new SigSet();
        ok(Signal.sigpending(pending));
        assertEquals("{}", pending.toString());
        unblock(A);
        ok(Signal.raise(A));
        assertSame(Signal.SIG_IGN, Signal.signal(A, this::note));
        assertEquals(List.of(), calls);
        ok(Signal.raise(A));
        assertEquals(1, calls.size());
    }

    @Test
    void aHandlerThatThrowsCostsItself() {
        ok(Signal.sigaction(
                A,
                act(
                        signo -> {
                            note(signo);
                            throw new IllegalStateException("thrown by a handler of the test");
                        },
                        0),
                null));
        ok(Signal.raise(A));
        ok(Signal.raise(A));
        assertEquals(2, calls.size());
    }

    @Test
    void anExecutorRunsTheHandler() throws Exception {
        CountDownLatch ran = new CountDownLatch(1);
        SigAction act = act(
                signo -> {
                    calls.add(Thread.currentThread().getName());
                    ran.countDown();
                },
                0);
        act.sa_executor = run -> new Thread(run, "of the test").start();
        ok(Signal.sigaction(A, act, null));
        ok(Signal.raise(A));
        assertTrue(ran.await(60, TimeUnit.SECONDS));
        assertEquals(List.of("of the test"), calls);
    }

    @Test
    void sigsuspendWaitsForAHandlerWithAnotherMask() throws Exception {
        ok(Signal.sigaction(A, act(this::note, 0), null));
        ok(Signal.sigaction(B, act(this::note, 0), null));
        block(A);
        ok(Signal.raise(A));
        assertEquals(0, calls.size());
        // pending, and in the mask of the wait no more: it returns at once
        refused(EINTR, Signal.sigsuspend(set(B)));
        assertEquals(List.of("" + A), calls);
        SigSet mask = new SigSet();
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, null, mask));
        assertEquals(set(A).toString(), mask.toString());
        FutureTask<Integer> waits = Support.start(() -> Signal.sigsuspend(set(B)));
        // B is blocked as long as the thread waits, A is not
        Support.until("it waits", () -> !blocked(A));
        ok(Signal.raise(B));
        assertEquals(1, calls.size());
        ok(Signal.raise(A));
        assertEquals(-1, Support.get(waits));
        Support.until("the other one as well", () -> calls.size() == 3);
        assertEquals(List.of("" + A, "" + A, "" + B), calls);
    }

    /** Whether an instance would stay pending: as the table of the process has it. */
    private static boolean blocked(int signo) {
        return !SignalTable.deliverable(signo);
    }

    @Test
    void aWaitForAHandlerEndsWithAnInterrupt() throws Exception {
        CountDownLatch begins = new CountDownLatch(1);
        Thread[] thread = new Thread[1];
        FutureTask<Integer> waits = Support.start(() -> {
            thread[0] = Thread.currentThread();
            begins.countDown();
            int rc = Signal.sigsuspend(new SigSet());
            return rc < 0 && !Thread.interrupted() ? Errno.errno() : 0;
        });
        begins.await();
        thread[0].interrupt();
        assertEquals(EINTR, Support.get(waits));
    }

    @Test
    void aSignalOfTheJvmThatIsBlockedIsWaitedForAsInC() {
        block(Signal.SIGINT);
        Support.sendThroughKernel(Signal.SIGINT, 3);
        SigInfo info = new SigInfo();
        assertEquals(Signal.SIGINT, Signal.sigwaitinfo(set(Signal.SIGINT), info));
        assertEquals(OWN, info.si_pid);
        ok(Signal.sigaction(Signal.SIGINT, act(this::note, 0), null));
        unblock(Signal.SIGINT);
        ok(Signal.raise(Signal.SIGINT));
        assertEquals(List.of("2"), calls);
    }

    @Test
    void aSignalFromTheKernelComesToTheHandler() {
        SigAction act = new SigAction();
        act.sa_sigaction = this::noteInfo;
        act.sa_flags = Signal.SA_SIGINFO;
        ok(Signal.sigaction(A, act, null));
        for (int i = 0; i < 100; i++) {
            Support.sendThroughKernel(A, i);
        }
        Support.until("all have come", () -> calls.size() == 100);
        // two threads that the kernel chose may write into the pipe in another order
        for (int i = 0; i < 100; i++) {
            assertTrue(calls.contains(A + " -1 " + i), "" + i);
        }
    }

    @Test
    void whatWouldEndTheJvmIsNotSentToItself() {
        for (int signo : new int[] {4, 5, 6, 7, 8, 9, 11, 12, 14, 16, 19, 20, 21, 22, 24, 26, 27, 29, 30, 31, 33, 64}) {
            refused(EINVAL, Signal.raise(signo));
            refused(EINVAL, Signal.kill(OWN, signo));
            refused(EINVAL, Signal.sigqueue(OWN, signo, null));
            assertTrue(Errno.message().contains("would end the JVM"), Errno.message());
        }
        // of these the default is nothing
        for (int signo : new int[] {17, 18, 23, 28}) {
            ok(Signal.raise(signo));
        }
        assertFalse(Signal.raise(0) < 0);
    }

    @Test
    void aDefaultThatIsNothingDiscardsWhatIsNotBlocked() {
        block(Signal.SIGWINCH);
        ok(Signal.raise(Signal.SIGWINCH));
        assertEquals(Signal.SIGWINCH, Signal.sigtimedwait(set(Signal.SIGWINCH), null, new TimeSpec()));
    }

    @Test
    void theOneHandlerThatIsSetIsCalledWithTheFlagOrWithout() {
        SigAction act = new SigAction();
        act.sa_sigaction = this::noteInfo;
        ok(Signal.sigaction(A, act, null));
        ok(Signal.sigqueue(OWN, A, SigVal.of(5)));
        assertEquals(1, calls.size());
        act = new SigAction();
        act.sa_handler = this::note;
        act.sa_flags = Signal.SA_SIGINFO;
        SigAction old = new SigAction();
        ok(Signal.sigaction(A, act, old));
        ok(Signal.raise(A));
        assertEquals("" + A, calls.get(1));
        ok(Signal.sigaction(A, old, null));
        ok(Signal.sigqueue(OWN, A, SigVal.of(6)));
        assertEquals(3, calls.size());
        act.sa_sigaction = this::noteInfo;
        act.sa_handler = Signal.SIG_IGN;
        act.sa_flags = 0;
        ok(Signal.sigaction(A, act, null));
        ok(Signal.raise(A));
        assertEquals(3, calls.size());
        ok(Signal.sigaction(A, null, old));
        assertSame(Signal.SIG_IGN, old.sa_handler);
        ok(Signal.sigaction(A, new SigAction(), null));
        ok(Signal.sigaction(A, null, old));
        assertSame(Signal.SIG_DFL, old.sa_handler);
    }

    @Test
    void aHandlerRunsOnAnotherThreadThanTheOneThatRaises() {
        ReentrantLock lock = new ReentrantLock();
        ok(Signal.sigaction(A, act(signo -> calls.add("" + lock.tryLock()), 0), null));
        lock.lock();
        ok(Signal.raise(A));
        assertEquals(List.of("false"), calls);
    }

    @Test
    void flagsThatChangeNothingAreAccepted() {
        int flags = Signal.SA_NOCLDSTOP | Signal.SA_NOCLDWAIT | Signal.SA_ONSTACK;
        ok(Signal.sigaction(A, act(this::note, flags), null));
        ok(Signal.raise(A));
        assertEquals(1, calls.size());
    }

    @Test
    void moreThanAMillionPendingInstancesAreEagain() {
        block(A);
        int n = 0;
        while (Signal.sigqueue(OWN, A, SigVal.of(n)) == 0) {
            n++;
        }
        assertEquals(Errno.EAGAIN, Errno.errno());
        assertEquals(1 << 20, n);
        int[] timer = new int[1];
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        event.sigev_signo = A;
        refused(Errno.EAGAIN, Time.timer_create(Time.CLOCK_MONOTONIC, event, timer));
        SigInfo info = new SigInfo();
        for (int i = 0; i < n; i++) {
            assertEquals(A, Signal.sigtimedwait(set(A), info, new TimeSpec()));
            assertEquals(i, info.si_value.sival_int);
        }
        assertEquals(-1, Signal.sigtimedwait(set(A), info, new TimeSpec()));
    }

    @Test
    void pauseAndSleepEndWhenAHandlerHasReturned() throws Exception {
        ok(Signal.sigaction(A, act(this::note, 0), null));
        Thread[] thread = new Thread[2];
        FutureTask<Integer> pauses = Support.start(() -> {
            thread[0] = Thread.currentThread();
            return Unistd.pause() < 0 ? Errno.errno() : 0;
        });
        FutureTask<Integer> sleeps = Support.start(() -> {
            thread[1] = Thread.currentThread();
            return Unistd.sleep(1000);
        });
        Support.until("they wait", () -> thread[0] != null && thread[1] != null);
        Support.untilAsleep(thread[0]);
        Support.untilAsleep(thread[1]);
        ok(Signal.raise(A));
        assertEquals(EINTR, Support.get(pauses));
        int left = Support.get(sleeps);
        assertTrue(left > 800 && left < 1000, "" + left);
        assertEquals(0, Unistd.sleep(0));
    }

    /** Sleeps on each kind of clock, as long as {@code left} says or until the time that it says; the seconds are large. */
    private static Stream<IntUnaryOperator> sleeps() {
        return Stream.of(
                seconds -> {
                    TimeSpec left = new TimeSpec();
                    int rc = Time.nanosleep(new TimeSpec(seconds, 0), left);
                    return rc < 0 && left.tv_sec > 0 && left.tv_sec < seconds ? Errno.errno() : 0;
                },
                seconds -> relative(Time.CLOCK_BOOTTIME, seconds),
                seconds -> relative(Time.CLOCK_PROCESS_CPUTIME_ID, seconds),
                seconds -> absolute(Time.CLOCK_MONOTONIC, seconds),
                seconds -> absolute(Time.CLOCK_REALTIME, seconds));
    }

    private static int relative(int clock, int seconds) {
        TimeSpec left = new TimeSpec();
        int error = Time.clock_nanosleep(clock, 0, new TimeSpec(seconds, 0), left);
        return left.tv_sec > 0 && left.tv_sec < seconds ? error : 0;
    }

    private static int absolute(int clock, int seconds) {
        TimeSpec until = new TimeSpec();
        ok(Time.clock_gettime(clock, until));
        until.tv_sec += seconds;
        return Time.clock_nanosleep(clock, Time.TIMER_ABSTIME, until, null);
    }

    @Test
    void nanosleepEndsWhenAHandlerHasReturnedWhateverTheClock() throws Exception {
        ok(Signal.sigaction(A, act(this::note, 0), null));
        List<FutureTask<Integer>> all = sleeps().map(sleep -> Support.start(() -> sleep.applyAsInt(3600)))
                .collect(Collectors.toList());
        Support.until("all sleeps have ended", () -> {
            // once more for those that had not begun
            ok(Signal.raise(A));
            return all.stream().allMatch(FutureTask::isDone);
        });
        for (FutureTask<Integer> one : all) {
            assertEquals(EINTR, Support.get(one));
        }
    }

    @Test
    void aSleepOutlastsSignalsThatNoHandlerIsCalledFor() throws Exception {
        ok(Signal.sigaction(A, act(this::note, 0), null));
        assertSame(Signal.SIG_DFL, Signal.signal(B, Signal.SIG_IGN));
        AtomicReference<Thread> thread = new AtomicReference<>();
        FutureTask<Integer> sleep = Support.start(() -> {
            thread.set(Thread.currentThread());
            return Time.nanosleep(new TimeSpec(3600, 0), null) < 0 ? Errno.errno() : 0;
        });
        Support.until("it sleeps", () -> thread.get() != null);
        Support.untilAsleep(thread.get());
        ok(Signal.raise(B));
        Support.untilAsleep(thread.get());
        assertFalse(sleep.isDone());
        thread.get().interrupt();
        assertEquals(EINTR, Support.get(sleep));
    }

    @Test
    void alarmGeneratesSigalrmOnce() {
        refused(EINVAL, Unistd.alarm(1));
        ok(Signal.sigaction(Signal.SIGALRM, act(this::note, 0), null));
        assertEquals(0, Unistd.alarm(1000));
        assertEquals(1000, Unistd.alarm(500));
        assertEquals(500, Unistd.alarm(0));
        assertEquals(0, Unistd.alarm(1));
        refused(EINTR, Unistd.pause());
        assertEquals(List.of("" + Signal.SIGALRM), calls);
        assertEquals(0, Unistd.alarm(0));
        Support.giveBack(Signal.SIGALRM);
    }

    @Test
    void theMaskThatAHandlerSetsEndsWithIt() {
        SigSet inside = new SigSet();
        block(C);
        ok(Signal.sigaction(
                A,
                act(
                        signo -> {
                            ok(Signal.sigprocmask(Signal.SIG_BLOCK, set(B), null));
                            ok(Signal.sigprocmask(Signal.SIG_UNBLOCK, set(A), null));
                            ok(Signal.sigprocmask(Signal.SIG_BLOCK, null, inside));
                        },
                        0),
                null));
        ok(Signal.raise(A));
        assertEquals(set(B, C).toString(), inside.toString());
        SigSet after = new SigSet();
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, null, after));
        assertEquals(set(C).toString(), after.toString());
    }

    @Test
    void aWaitWithAMaskEndsWhenAHandlerHasReturned() throws Exception {
        int kfd = Support.queue(4);
        KeventRing ring = Support.ring(kfd);
        ok(Signal.sigaction(A, act(this::note, 0), null));
        block(A);
        for (int i = 1; i <= 50; i++) {
            if (i % 2 == 0) {
                // pending before the wait
                ok(Signal.raise(A));
                refused(EINTR, Kevent.kevent_wait(kfd, ring.state(), null, new SigSet()));
            } else {
                Thread[] thread = new Thread[1];
                FutureTask<Integer> waits = Support.start(() -> {
                    thread[0] = Thread.currentThread();
                    return Kevent.kevent_wait(kfd, ring.state(), null, new SigSet()) < 0 ? Errno.errno() : 0;
                });
                Support.until("it waits", () -> thread[0] != null && !blocked(A));
                ok(Signal.raise(A));
                assertEquals(EINTR, Support.get(waits));
            }
            assertEquals(i, calls.size());
        }
        SigSet mask = new SigSet();
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, null, mask));
        assertEquals(set(A).toString(), mask.toString());
        // without a mask it goes on
        unblock(A);
        int seen = ring.state();
        FutureTask<Integer> waits = Support.start(() -> Kevent.kevent_wait(kfd, seen, null, null));
        ok(Signal.raise(A));
        ok(Kevent.kevent_submit(kfd, KeventEvent.user(SigVal.of(1)), 0, null));
        Support.until("it is woken", waits::isDone);
        Support.destroy(kfd);
    }

    @Test
    void aSignalThatIsBlockedHasNoHandlerThatRuns() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        ok(Signal.sigaction(
                A,
                act(
                        signo -> {
                            begun.countDown();
                            Support.until("it may end", () -> mayEnd.getCount() == 0);
                            note(signo);
                        },
                        0),
                null));
        FutureTask<Integer> raises = Support.start(() -> Signal.raise(A));
        begun.await();
        Thread[] thread = new Thread[1];
        FutureTask<Integer> blocks = Support.start(() -> {
            thread[0] = Thread.currentThread();
            int rc = Signal.sigprocmask(Signal.SIG_BLOCK, set(A), null);
            // the idiom of sigsuspend looks at what the handler has set now
            return rc < 0 ? rc : calls.size();
        });
        Support.until("it has blocked it", () -> thread[0] != null && masked(A));
        // an interrupt does not end what is not told of it
        thread[0].interrupt();
        Support.untilAsleep(thread[0]);
        assertFalse(blocks.isDone());
        mayEnd.countDown();
        assertEquals(1, Support.get(blocks));
        assertEquals(0, Support.get(raises));
    }

    private static boolean masked(int signo) {
        SigSet mask = new SigSet();
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, null, mask));
        return Signal.sigismember(mask, signo) == 1;
    }
}
