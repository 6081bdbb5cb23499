package org.sigkevent.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.ChildJvm;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigAction;
import org.sigkevent.SigInfo;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Support;
import org.sigkevent.TimeSpec;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.SignalCatchers;

/** Signals that arrive while those before them have not been read, and the pipe is full. */
@Timeout(300)
@Tag("any-engine")
class FullPipeTest {
    static final int A = Signal.SIGRTMIN + 7;
    private static final int FLOOD = 30_000;
    private static final int SI_QUEUE = -1;
    private static final long VALUE = 77;

    private final SigSet real = new SigSet();
    private final SigSet standard = new SigSet();

    @BeforeEach
    void makeSets() {
        ok(Signal.sigaddset(real, A));
        ok(Signal.sigaddset(standard, Signal.SIGHUP));
        ok(Signal.sigaddset(standard, Signal.SIGUSR1));
    }

    @AfterEach
    void giveBack() {
        ok(Signal.sigprocmask(Signal.SIG_SETMASK, new SigSet(), null));
        for (int signo : new int[] {A, Signal.SIGHUP, Signal.SIGUSR1}) {
            Support.giveBack(signo);
        }
    }

    /** From the kernel, for this thread, so that the handler in machine code has run when it returns. */
    private static void send(int signo) {
        assertEquals(0, SignalSender.queue(Native.PID, Linux.gettid(), signo, SI_QUEUE, 0, VALUE));
    }

    /** More than the pipe has room for, and behind that these signals, while nothing is read. */
    static void flood(int... behind) {
        synchronized (Signals.instance().table) {
            send(A);
            // it has read some, and delivers none now
            Support.until("the reader waits for the table", FullPipeTest::readerIsBlocked);
            for (int i = 1; i < FLOOD; i++) {
                send(A);
            }
            for (int signo : behind) {
                send(signo);
            }
        }
    }

    private static boolean readerIsBlocked() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread ->
                        thread.getName().equals("sigkevent-signals") && thread.getState() == Thread.State.BLOCKED);
    }

    private static long dropped() {
        return SignalCatchers.instance().dropped();
    }

    /** Takes what has arrived of the flood: with what was dropped since then it must be all. */
    private void takeRealTime(long droppedBefore) {
        int[] taken = new int[1];
        SigInfo info = new SigInfo();
        Support.until("all have come that are not lost", () -> {
            while (Signal.sigtimedwait(real, info, new TimeSpec()) == A) {
                assertEquals(VALUE, info.si_value.sival_long);
                taken[0]++;
            }
            return taken[0] + dropped() - droppedBefore >= FLOOD;
        });
        assertEquals(FLOOD, taken[0] + dropped() - droppedBefore);
        assertTrue(dropped() > droppedBefore);
    }

    @Test
    void aStandardSignalThatMetAFullPipeIsDeliveredOnceAndRealTimeOnesAreCounted() {
        List<SigInfo> handled = new CopyOnWriteArrayList<>();
        SigAction action = new SigAction();
        action.sa_flags = Signal.SA_SIGINFO;
        action.sa_sigaction = (signo, info, context) -> handled.add(info);
        ok(Signal.sigaction(Signal.SIGUSR1, action, null));
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, real, null));
        long before = dropped();
        flood(Signal.SIGUSR1, Signal.SIGUSR1);
        Support.until("the handler has run", () -> !handled.isEmpty());
        takeRealTime(before);
        assertEquals(1, handled.size());
        assertEquals(Signal.SIGUSR1, handled.get(0).si_signo);
        assertEquals(Signal.SI_USER, handled.get(0).si_code);
        assertEquals(0, handled.get(0).si_pid);
    }

    @Test
    void aStandardSignalThatMetAFullPipeMergesWithOneThatIsPendingAndSigwaitTakesIt() {
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, real, null));
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, standard, null));
        send(Signal.SIGUSR1);
        SigSet pending = new SigSet();
        Support.until("it is pending", () -> {
            ok(Signal.sigpending(pending));
            return Signal.sigismember(pending, Signal.SIGUSR1) == 1;
        });
        long before = dropped();
        flood(Signal.SIGHUP, Signal.SIGUSR1);
        takeRealTime(before);
        SigInfo info = new SigInfo();
        TimeSpec soon = TimeSpec.ofNanos(Support.SOON.toNanos());
        assertEquals(Signal.SIGHUP, ok(Signal.sigtimedwait(standard, info, soon)));
        assertEquals(Signal.SI_USER, info.si_code);
        assertEquals(Signal.SIGUSR1, ok(Signal.sigtimedwait(standard, info, soon)));
        assertEquals(SI_QUEUE, info.si_code, "the one that was pending before");
        Support.refused(Errno.EAGAIN, Signal.sigtimedwait(standard, info, new TimeSpec()));
    }

    @Test
    void whatIsLostIsLogged(@TempDir Path directory) throws Exception {
        ChildJvm child = ChildJvm.run(directory, ChildJvm.command(FullPipeMain.class.getName()));
        child.succeeded("real-time signals were lost (" + A + "): ");
        child.succeeded("signals had not been read");
    }

    @Test
    void aRequestThatTakesAllGetsTheStandardSignalAndTheExactNumberOfLostOnes() {
        SigSet both = new SigSet(real);
        ok(Signal.sigaddset(both, Signal.SIGUSR1));
        int kfd = Support.queue(4);
        KeventEvent event = KeventEvent.signals(both, false, SigVal.of(1));
        ok(Kevent.kevent_submit(kfd, event, 0, null));
        flood(Signal.SIGUSR1);
        long arrived = 0;
        long lost = 0;
        int standards = 0;
        while (arrived + lost < FLOOD || standards == 0) {
            KeventRecord record = Support.take(kfd);
            if (record.error != 0) {
                assertEquals(Errno.EOVERFLOW, record.error, record::toString);
                lost += record.data0;
            } else if (record.descriptor == A) {
                arrived++;
            } else {
                assertEquals(Signal.SIGUSR1, record.descriptor);
                standards++;
            }
        }
        assertEquals(FLOOD, arrived + lost);
        assertTrue(lost > 0);
        assertEquals(1, standards);
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, event));
        assertEquals(Errno.ECANCELED, Support.take(kfd).error);
        Support.destroy(kfd);
    }
}
