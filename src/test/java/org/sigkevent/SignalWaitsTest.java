package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;

/** sigwait, sigwaitinfo, sigtimedwait and KEVENT_SIGNAL: who gets which instance. */
@Timeout(180)
class SignalWaitsTest {
    private static final int A = Signal.SIGRTMIN + 2;
    private static final int B = Signal.SIGRTMIN + 3;
    private static final int STANDARD = Signal.SIGUSR1;
    private static final int OWN = Native.C.getpid();
    private static final TimeSpec ZERO = new TimeSpec();

    private final SigInfo info = new SigInfo();

    @AfterEach
    void giveBack() {
        ok(Signal.sigprocmask(Signal.SIG_SETMASK, new SigSet(), null));
        Support.giveBack(A, B, STANDARD);
    }

    private static SigSet set(int... signals) {
        SigSet set = new SigSet();
        for (int signo : signals) {
            ok(Signal.sigaddset(set, signo));
        }
        return set;
    }

    private static SigEvent signal(int signo, SigVal value) {
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        event.sigev_signo = signo;
        event.sigev_value = value;
        return event;
    }

    private static void block(int... signals) {
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, set(signals), null));
    }

    @Test
    void theLowestSignalIsTakenFirstAndInstancesInOrder() {
        block(A, B, STANDARD);
        for (int i = 0; i < 3; i++) {
            ok(Signal.sigqueue(OWN, B, SigVal.of(i)));
            ok(Signal.sigqueue(OWN, A, SigVal.of(i)));
            ok(Signal.sigqueue(OWN, STANDARD, SigVal.of(i)));
        }
        List<String> taken = new ArrayList<>();
        while (Signal.sigtimedwait(set(A, B, STANDARD), info, ZERO) > 0) {
            taken.add(info.si_signo + ":" + info.si_value.sival_int);
        }
        assertEquals(EAGAIN, Errno.errno());
        assertEquals(List.of(STANDARD + ":0", A + ":0", A + ":1", A + ":2", B + ":0", B + ":1", B + ":2"), taken);
    }

    @ParameterizedTest
    @EnumSource
    void aNotificationComesWithItsObjectAndCode(EventSource.Kind kind) {
        block(A);
        Object object = new Object();
        try (EventSource source = kind.make()) {
            ok(source.register(signal(A, SigVal.of(object))));
            source.fire();
            assertEquals(A, Signal.sigwaitinfo(set(A), info));
            assertEquals(kind.code, info.si_code);
            assertSame(object, info.si_value.sival_ptr);
            if (kind == EventSource.Kind.TIMER) {
                assertEquals(source.descriptor(), info.si_timerid);
                assertEquals(0, info.si_overrun);
                assertEquals(0, info.si_pid);
            }
        }
        assertEquals(-1, Signal.sigtimedwait(set(A), info, ZERO));
    }

    @Test
    void anObjectGoesToAReceiverInThisProcessOnly() {
        block(A);
        Object object = new Object();
        ok(Signal.sigqueue(OWN, A, SigVal.of(object)));
        assertEquals(A, Signal.sigwaitinfo(set(A), info));
        assertSame(object, info.si_value.sival_ptr);
        assertEquals(Signal.SI_QUEUE, info.si_code);
        Support.giveBack(A);
        ok(Signal.sigprocmask(Signal.SIG_UNBLOCK, set(A), null));
        refused(EINVAL, Signal.sigqueue(OWN, A, SigVal.of(object)));
        refused(EINVAL, Signal.sigqueue(1, A, SigVal.of(object)));
    }

    @Test
    void theIdiomOfAPeriodicLoopCountsEveryExpiry() {
        block(A);
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, signal(A, SigVal.of(5)), timer));
        ItimerSpec spec = new ItimerSpec();
        spec.it_value.tv_nsec = 1_000_000;
        spec.it_interval.tv_nsec = 1_000_000;
        long begin = System.nanoTime();
        ok(Time.timer_settime(timer[0], 0, spec, null));
        long expiries = 0;
        for (int i = 0; i < 200; i++) {
            assertEquals(A, Signal.sigwaitinfo(set(A), info));
            assertEquals(Signal.SI_TIMER, info.si_code);
            assertEquals(timer[0], info.si_timerid);
            assertEquals(info.si_overrun, Time.timer_getoverrun(timer[0]));
            expiries += 1 + info.si_overrun;
        }
        long periods = (System.nanoTime() - begin) / 1_000_000;
        assertTrue(expiries <= periods, expiries + " expiries in " + periods + " periods");
        // what is pending of it is taken back
        ok(Time.timer_delete(timer[0]));
        assertEquals(-1, Signal.sigtimedwait(set(A), info, ZERO));
    }

    @Test
    void overrunsAreCountedUntilTheSignalIsAccepted() {
        block(A);
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, signal(A, null), timer));
        TimeSpec now = new TimeSpec();
        ok(Time.clock_gettime(Time.CLOCK_MONOTONIC, now));
        ItimerSpec spec = new ItimerSpec();
        spec.it_interval = TimeSpec.ofNanos(10_000_000_000L);
        spec.it_value = TimeSpec.ofNanos(now.toNanos() - 70_000_001_000L);
        ok(Time.timer_settime(timer[0], Time.TIMER_ABSTIME, spec, null));
        SigSet pending = new SigSet();
        ok(Signal.sigpending(pending));
        assertEquals(1, Signal.sigismember(pending, A));
        assertEquals(A, Signal.sigwaitinfo(set(A), info));
        assertEquals(7, info.si_overrun);
        // a setting that is replaced leaves no signal behind
        ok(Time.timer_settime(timer[0], Time.TIMER_ABSTIME, spec, null));
        ok(Signal.sigpending(pending));
        ok(Time.timer_settime(timer[0], 0, new ItimerSpec(), null));
        assertEquals(-1, Signal.sigtimedwait(set(A), info, ZERO));
        ok(Time.timer_delete(timer[0]));
    }

    @Test
    void aWaitingThreadIsWokenByEverySource() throws Exception {
        for (EventSource.Kind kind : EventSource.Kind.values()) {
            FutureTask<Integer> waits = Support.start(() -> Signal.sigwaitinfo(set(A), info));
            Support.until("it waits", () -> Support.waiting(A));
            try (EventSource source = kind.make()) {
                ok(source.register(signal(A, SigVal.of(1))));
                source.fire();
                assertEquals(A, Support.get(waits));
                assertEquals(kind.code, info.si_code);
            }
        }
    }

    @Test
    void ofSeveralThreadsEachGetsWhatItWaitsFor() throws Exception {
        int n = 2000;
        block(A, B);
        List<FutureTask<Integer>> threads = new ArrayList<>();
        for (int signo : new int[] {A, B, A, B}) {
            threads.add(Support.start(() -> {
                int count = 0;
                SigInfo own = new SigInfo();
                do {
                    if (Signal.sigwaitinfo(set(signo), own) != signo) {
                        throw new AssertionError(own.si_signo + " " + Errno.message());
                    }
                    count++;
                } while (own.si_value.sival_int >= 0);
                return count - 1;
            }));
        }
        try (EventSource source = EventSource.Kind.AIO.make()) {
            for (int i = 0; i < n; i++) {
                ok(Signal.sigqueue(OWN, A, SigVal.of(i)));
                // one that comes from the queue, which one of the waiting threads drives
                ok(source.register(signal(B, SigVal.of(i))));
                source.fire();
                Support.until("it is done", source::happened);
            }
        }
        for (int signo : new int[] {A, B, A, B}) {
            ok(Signal.sigqueue(OWN, signo, SigVal.of(-1)));
        }
        int count = 0;
        for (FutureTask<Integer> thread : threads) {
            count += Support.get(thread);
        }
        assertEquals(2 * n, count);
    }

    @Test
    void aMillionNotificationsLoseNone() throws Exception {
        int n = 1_000_000;
        block(A);
        FutureTask<Long> taker = Support.start(() -> {
            long sum = 0;
            SigInfo own = new SigInfo();
            for (int i = 0; i < n; i++) {
                if (Signal.sigwaitinfo(set(A), own) != A) {
                    throw new AssertionError(Errno.message());
                }
                sum += own.si_value.sival_long;
            }
            return sum;
        });
        int fd = (int) ok(Fcntl.open("/dev/zero", Fcntl.O_RDONLY));
        ByteBuffer one = ByteBuffer.allocateDirect(1);
        SigEvent event = signal(A, new SigVal());
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd;
        cb.aio_buf = one;
        cb.aio_nbytes = 1;
        cb.aio_sigevent = event;
        for (int i = 0; i < n; i++) {
            event.sigev_value = SigVal.of((long) i);
            while (Aio.aio_read(cb) < 0) {
                // its record has not become a signal yet, or no slot is free
                assertTrue(Errno.errno() == EAGAIN || Errno.errno() == Errno.EBUSY, Errno.message());
                Thread.yield();
            }
            while (Aio.aio_error(cb) == Errno.EINPROGRESS) {
                Thread.yield();
            }
            assertEquals(1, Aio.aio_return(cb));
        }
        assertEquals((long) n * (n - 1) / 2, Support.get(taker));
        ok(Unistd.close(fd));
    }

    @Test
    void everyRequestThatTakesAllGetsEachInstance() {
        int first = Support.queue(64);
        int second = Support.queue(64);
        ok(Kevent.kevent_submit(first, KeventEvent.signals(set(A), false, SigVal.of(1)), 0, null));
        ok(Kevent.kevent_submit(second, KeventEvent.signals(set(A, B), false, SigVal.of(2)), 0, null));
        for (int i = 0; i < 20; i++) {
            if (i % 2 == 0) {
                ok(Signal.sigqueue(OWN, A, SigVal.of(i)));
            } else {
                Support.sendThroughKernel(A, i);
            }
            for (int kfd : new int[] {first, second}) {
                KeventRecord record = Support.take(kfd);
                assertEquals(A, record.descriptor);
                assertEquals(i, record.data0);
            }
        }
        // it was accepted
        assertEquals(-1, Signal.sigtimedwait(set(A), info, ZERO));
        Support.destroy(first);
        Support.destroy(second);
    }

    @Test
    void aLoopOfWaitsAndARequestThatTakesAllBothGetEachInstance() {
        int kfd = Support.queue(64);
        ok(Kevent.kevent_submit(kfd, KeventEvent.signals(set(A), false, SigVal.of(1)), 0, null));
        assertEquals(-1, Signal.sigtimedwait(set(A), info, ZERO));
        for (int i = 0; i < 100; i++) {
            ok(Signal.sigqueue(OWN, A, SigVal.of(i)));
        }
        for (int i = 0; i < 100; i++) {
            assertEquals(A, Signal.sigwaitinfo(set(A), info));
            assertEquals(i, info.si_value.sival_int);
            assertEquals(i, Support.take(kfd).data0);
        }
        Support.destroy(kfd);
    }

    @Test
    void aRequestGetsTheObjectOfASignalWhereItsCookieHasNone() {
        int kfd = Support.queue(4);
        ok(Kevent.kevent_submit(kfd, KeventEvent.signals(set(A), false, SigVal.of(1)), 0, null));
        Object object = new Object();
        ok(Signal.sigqueue(OWN, A, SigVal.of(object)));
        assertSame(object, Support.take(kfd).object);
        ok(Signal.sigqueue(OWN, A, SigVal.of(3)));
        assertNull(Support.take(kfd).object);
        Support.destroy(kfd);
    }

    @Test
    void aHandlerAndARequestThatTakesAllBothGetIt() {
        AtomicInteger calls = new AtomicInteger();
        int kfd = Support.queue(4);
        ok(Kevent.kevent_submit(kfd, KeventEvent.signals(set(A), false, SigVal.of(1)), 0, null));
        assertSame(Signal.SIG_DFL, Signal.signal(A, signo -> calls.incrementAndGet()));
        ok(Signal.raise(A));
        assertEquals(1, calls.get());
        assertEquals(A, Support.take(kfd).descriptor);
        Support.destroy(kfd);
    }

    @Test
    void whatIsCaughtStaysCaughtBetweenWaits() throws Exception {
        int n = 200;
        int kfd = Support.queue(4);
        KeventEvent once = KeventEvent.signal(set(A), SigVal.of(1));
        ok(Kevent.kevent_submit(kfd, once, 0, null));
        assertEquals(-1, Signal.sigtimedwait(set(B), null, ZERO));
        String script = "i=0; while [ $i -lt " + n + " ]; do kill -" + A + " " + OWN + "; kill -" + B + " " + OWN
                + "; i=$((i+1)); sleep 0.00$((i % 7)); done";
        Process sender = new ProcessBuilder("sh", "-c", script).inheritIO().start();
        for (int i = 0; i < n; i++) {
            KeventRecord record = Support.take(kfd);
            assertEquals(A, record.descriptor);
            assertEquals(Signal.SI_USER, record.result);
            assertEquals(sender.pid(), record.data1 >>> 32);
            ok(Kevent.kevent_submit(kfd, once, 0, null));
            assertEquals(B, Signal.sigwaitinfo(set(B), info));
            assertEquals(sender.pid(), info.si_pid);
        }
        assertEquals(0, sender.waitFor());
        Support.destroy(kfd);
    }

    @Test
    void aSignalThatIsGivenBackWhileAThreadBeginsToWaitIsCaughtForIt() throws Exception {
        int rounds = 3000;
        AtomicInteger round = new AtomicInteger();
        AtomicInteger taken = new AtomicInteger();
        FutureTask<Integer> waits = Support.start(() -> {
            for (int i = 1; i <= rounds; i++) {
                while (round.get() < i) {
                    Thread.onSpinWait();
                }
                assertEquals(A, Signal.sigwaitinfo(set(A), null));
                taken.set(i);
            }
            return rounds;
        });
        for (int i = 1; i <= rounds; i++) {
            round.set(i);
            for (int pause = i % 300; pause > 0; pause--) {
                Thread.onSpinWait();
            }
            Signal.signal(A, Signal.SIG_DFL);
            int now = i;
            // until it waits the signal may have been given back: then it would end the JVM, and is refused
            Support.until("it is taken", () -> {
                Signal.raise(A);
                return taken.get() == now || waits.isDone();
            });
        }
        assertEquals(rounds, Support.get(waits));
    }

    @Test
    void anOverflowSignalCarriesTheQueueAndIsCaughtByItsRegistration() {
        int kfd = Support.queue(1);
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_OVERFLOW, signal(B, SigVal.of(9))));
        ok(Kevent.kevent_submit(kfd, KeventEvent.user(SigVal.of(1)), 0, null));
        refused(EAGAIN, Kevent.kevent_submit(kfd, KeventEvent.user(SigVal.of(1)), Kevent.KEVENT_NOWAIT, null));
        assertEquals(B, Signal.sigwaitinfo(set(B), info));
        assertEquals(Signal.SI_KEVENT, info.si_code);
        assertEquals(kfd, info.si_fd);
        assertEquals(9, info.si_value.sival_int);
        Support.destroy(kfd);
    }

    @Test
    void aSignalForOneThreadIsTakenByThatThread() throws Exception {
        block(A);
        AtomicInteger tid = new AtomicInteger();
        FutureTask<Integer> other = Support.start(() -> {
            SigInfo own = new SigInfo();
            tid.set(Linux.gettid());
            return Signal.sigwaitinfo(set(A), own) == A ? own.si_value.sival_int : -1;
        });
        Support.until("it waits", () -> tid.get() != 0);
        try (EventSource source = EventSource.Kind.AIO.make()) {
            SigEvent event = signal(A, SigVal.of(12));
            event.sigev_notify = Signal.SIGEV_THREAD_ID;
            event.sigev_notify_thread_id = tid.get();
            ok(source.register(event));
            source.fire();
            // it is pending for the other thread, or taken by it
            assertEquals(-1, Signal.sigtimedwait(set(A), info, ZERO));
            assertEquals(12, Support.get(other));
        }
    }

    @Test
    void signalsThatNobodyCanHaveAreLeftOutOfASet() {
        SigSet all = new SigSet();
        ok(Signal.sigfillset(all));
        for (int signo = 1; signo < A; signo++) {
            if (signo != 9 && signo != 11) {
                ok(Signal.sigdelset(all, signo));
            }
        }
        for (int signo = A + 1; signo <= 64; signo++) {
            ok(Signal.sigdelset(all, signo));
        }
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, all, null));
        ok(Signal.raise(A));
        assertEquals(A, Signal.sigwaitinfo(all, info));
        ok(Signal.sigdelset(all, A));
        refused(EINVAL, Signal.sigwaitinfo(all, info));
        assertTrue(Errno.message().contains("signal 9 belongs to"), Errno.message());
    }

    @Test
    void aWaitForWhatIsThereAllocatesNothing() {
        block(A);
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, signal(A, SigVal.of(5)), timer));
        ItimerSpec spec = new ItimerSpec();
        spec.it_value.tv_nsec = 1;
        SigSet set = set(A);
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20 && least > 0; round++) {
            long before = Support.allocatedBytes();
            for (int i = 0; i < 1000; i++) {
                Time.timer_settime(timer[0], 0, spec, null);
                Signal.sigwaitinfo(set, info);
            }
            least = Math.min(least, Support.allocatedBytes() - before);
        }
        assertEquals(0, least / 1000, "bytes for each");
        ok(Time.timer_delete(timer[0]));
    }

    @Test
    void aValueWithTwoMembersSetIsRefused() {
        SigVal two = SigVal.of(1);
        two.sival_ptr = new Object();
        refused(EINVAL, Signal.sigqueue(OWN, A, two));
        assertTrue(Errno.message().contains("sival_int 1"), Errno.message());
    }

    @Test
    void theSignalOfARequestWhoseResultWasTakenStaysGenerated() {
        block(A);
        int fd = (int) ok(Fcntl.open("/dev/zero", Fcntl.O_RDONLY));
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd;
        cb.aio_buf = ByteBuffer.allocateDirect(1);
        cb.aio_nbytes = 1;
        cb.aio_sigevent = signal(A, SigVal.of(4));
        for (int i = 0; i < 100; i++) {
            ok(Aio.aio_read(cb));
            Support.until("it is done", () -> Aio.aio_error(cb) == 0);
            assertEquals(1, Aio.aio_return(cb));
            assertEquals(A, Signal.sigwaitinfo(set(A), info));
            assertEquals(4, info.si_value.sival_int);
        }
        ok(Unistd.close(fd));
    }
}
