package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;

/** KEVENT_SIGNAL in a JVM that is told to catch signals with the JVM's own handler. */
final class JvmSignalsMain {
    private JvmSignalsMain() {}

    public static void main(String[] args) throws Exception {
        int kfd = Support.queue(8);
        String servedBy = KeventCapabilities.here().servedBy().get("KEVENT_SIGNAL");
        assertTrue(servedBy.contains("the JVM's signal handler") && servedBy.contains("without value"), servedBy);
        int signo = Signal.SIGUSR1;
        assertTrue(!caught(signo));
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, signo));
        KeventEvent event = KeventEvent.signals(set, false, SigVal.of(7));
        ok(Kevent.kevent_submit(kfd, event, 0, null));
        assertTrue(caught(signo));
        for (int i = 0; i < 3; i++) {
            Native.C.syscall(Native.X86_64 ? 62 : 129, Native.C.getpid(), signo);
            KeventRecord record = Support.take(kfd);
            assertEquals(Kevent.KEVENT_SIGNAL, record.id);
            assertEquals(signo, record.descriptor);
            assertEquals(7, record.cookie);
            assertEquals(Signal.SI_USER, record.result);
            assertEquals(0, record.data0);
        }
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, event));
        assertEquals(Errno.ECANCELED, Support.take(kfd).error);
        Support.giveBack(signo);
        assertTrue(!caught(signo), "the former disposition is back");
        int[] calls = new int[1];
        Signal.signal(signo, number -> calls[0] += number);
        ok(Signal.raise(signo));
        assertEquals(signo, calls[0]);
        // real-time signals cannot be caught here, and are left out
        SigSet all = new SigSet();
        ok(Signal.sigfillset(all));
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, all, null));
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, null, all));
        assertEquals(1, Signal.sigismember(all, signo));
        assertEquals(1, Signal.sigismember(all, Signal.SIGABRT));
        assertEquals(0, Signal.sigismember(all, Signal.SIGRTMIN + 3));
        ok(Signal.sigfillset(all));
        refused(Errno.EAGAIN, Signal.sigtimedwait(all, null, new TimeSpec()));
        ok(Signal.sigprocmask(Signal.SIG_SETMASK, new SigSet(), null));
        Support.giveBack(signo);
        SigSet realTime = new SigSet();
        ok(Signal.sigaddset(realTime, Signal.SIGRTMIN + 3));
        refused(Errno.EINVAL, Signal.sigtimedwait(realTime, null, new TimeSpec()));
        ok(Signal.sigaddset(realTime, signo));
        refused(Errno.EINVAL, Kevent.kevent_submit(kfd, KeventEvent.signal(realTime, null), 0, null));
        assertTrue(Errno.message().contains("knows no signal " + (Signal.SIGRTMIN + 3)), Errno.message());
        assertTrue(!caught(signo), "nothing is left of a request that was refused");
        KeventStats stats = new KeventStats();
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
        assertEquals(0, stats.armed);
        Support.destroy(kfd);
        System.out.println("served by the JVM");
    }

    /** Asks the kernel and not /proc, where an emulator shows its own handlers. */
    private static boolean caught(int signo) {
        return !Linux.defaultDisposition(signo);
    }
}
