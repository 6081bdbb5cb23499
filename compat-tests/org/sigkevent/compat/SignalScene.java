package org.sigkevent.compat;

import static org.sigkevent.Support.ok;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Support;

/**
 * What the tests of signals share. Where the standard speaks of signals that are pending, it is this process that blocks them with
 * the library's mask, or another one, in C, or records that are unread in the ring.
 */
abstract class SignalScene {
    /** Four signals for the tests, ascending. */
    static final int S = Signal.SIGRTMIN + 8;

    static final int[] ALL = {S, S + 1, S + 2, S + 3};

    /** No process has it: above the largest that Linux gives. */
    static final int NO_PROCESS = 0x3fff_ffff;

    private static final int SIG_DFL = 0;
    private static final int SIG_IGN = 1;

    /** The ring of the test. */
    int kfd;

    private final List<Call> waits = new ArrayList<>();

    /** A signal that comes when nobody waits must not end the JVM. */
    @BeforeEach
    void setTheScene() {
        kfd = Support.queue(64);
        for (int signo : ALL) {
            NativeCalls.LIBC.signal(signo, SIG_IGN);
        }
    }

    @AfterEach
    void clearTheScene() {
        for (Call wait : waits) {
            // the test failed or was skipped half way
            if (!wait.done()) {
                wait.interrupt();
            }
        }
        Support.destroy(kfd);
        for (int signo : ALL) {
            Support.until("nobody takes " + signo, () -> !Support.waiting(signo));
            Support.giveBack(signo);
            NativeCalls.LIBC.signal(signo, SIG_DFL);
        }
    }

    static SigSet set(int... signals) {
        SigSet set = new SigSet();
        for (int signo : signals) {
            ok(Signal.sigaddset(set, signo));
        }
        return set;
    }

    static int own() {
        return (int) ProcessHandle.current().pid();
    }

    /** Sends a signal with a value to this process. */
    static void send(int signo, long value) {
        while (Signal.sigqueue(own(), signo, SigVal.of(value)) < 0) {
            if (Errno.errno() != Errno.EAGAIN) {
                throw new AssertionError(Errno.message());
            }
            // as many signals are queued as this user may have
            Thread.yield();
        }
    }

    /** Begins a wait for signals, and comes back when it is one. */
    Call waiting(int signo, LongSupplier wait) {
        Call call = Call.begin(wait);
        waits.add(call);
        call.untilWaiting();
        Support.until("somebody waits for signal " + signo, () -> Support.waiting(signo));
        return call;
    }

    static boolean caught(int signo) {
        return bit("SigCgt:", signo);
    }

    /** Whether a signal is pending for this process. */
    static boolean pending(int signo) {
        return bit("ShdPnd:", signo) || bit("SigPnd:", signo);
    }

    private static boolean bit(String line, int signo) {
        return (Long.parseUnsignedLong(NativeCalls.statusOf(line), 16) >>> (signo - 1) & 1) != 0;
    }

    /** Takes signals into the ring until the end of the test. */
    void takeIntoTheRing(int... signals) {
        KeventEvent request = KeventEvent.signals(set(signals), false, SigVal.of(9));
        ok(Kevent.kevent_submit(kfd, request, 0, null));
    }

    void post(long cookie) {
        ok(Kevent.kevent_submit(kfd, KeventEvent.user(SigVal.of(cookie)), Kevent.KEVENT_NOWAIT, null));
    }

    /** That the ring has no record, and gets none from what was done before. */
    void noRecord() {
        Support.nothing(kfd, java.time.Duration.ofMillis(20));
    }
}
