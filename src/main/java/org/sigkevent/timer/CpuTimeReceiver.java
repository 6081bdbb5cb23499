package org.sigkevent.timer;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.BlockingCall;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Shutdown;
import org.sigkevent.sys.Syscalls;
import org.sigkevent.sys.Threads;

/**
 * The thread that takes the signals of kernel timers. It has this signal blocked and takes it with sigtimedwait: no handler runs
 * and no other thread is disturbed. The signal's value is the timer's id.
 */
final class CpuTimeReceiver {
    /** SIGRTMAX-2: blocked in the library's thread only, and sent to that thread only. */
    static final int SIGNAL = BlockingCall.SIGNAL;

    private static final long NAP_NANOS = 1_000_000;

    /** The kernel's id of the thread; 0 while there is none. */
    private static int tid;

    private static volatile boolean ended;

    /** A sigset_t of the C library, of which the kernel looks at the first eight bytes. */
    private final ByteBuffer set = Memory.allocate(128);

    private final ByteBuffer info = Memory.allocate(128);
    private final CompletableFuture<Integer> started = new CompletableFuture<>();

    private CpuTimeReceiver() {
        set.putLong(0, 1L << (SIGNAL - 1));
    }

    /** The kernel's id of the thread, which is started when it is asked for first; throws ErrnoException EAGAIN. */
    static synchronized int tid() {
        if (tid == 0) {
            Shutdown.check();
            CpuTimeReceiver receiver = new CpuTimeReceiver();
            Threads.daemon(
                    "sigkevent-cputime",
                    receiver::run,
                    "no thread can be had that takes the signals of CPU-time timers: " + Limits.NO_THREAD);
            tid = receiver.started.join();
            if (tid == 0) {
                throw new ErrnoException(Errnos.EAGAIN, "the thread for CPU-time timers has failed");
            }
        }
        return tid;
    }

    /** Ends the thread. */
    static synchronized void end() {
        ended = true;
        // refused with EAGAIN while too many signals are queued
        while (tid != 0 && Linux.call(Syscalls.TGKILL, Native.C.getpid(), tid, SIGNAL) == -Errnos.EAGAIN) {
            LockSupport.parkNanos(NAP_NANOS);
        }
        tid = 0;
    }

    private void run() {
        try {
            // SIG_BLOCK
            Native.C.pthread_sigmask(0, Memory.address(set), 0);
            RingRecord.prepareThread();
            started.complete(Linux.gettid());
        } finally {
            // if it is not done
            started.complete(0);
        }
        while (!ended) {
            try {
                receive();
            } catch (Throwable thrown) {
                Threads.uncaught(thrown);
            }
        }
    }

    private void receive() {
        long setAddress = Memory.address(set);
        long infoAddress = Memory.address(info);
        while (!ended) {
            int rc = Linux.call(Syscalls.RT_SIGTIMEDWAIT, setAddress, infoAddress, 0, 8);
            // siginfo_t: si_code 8, si_overrun 20, si_value 24
            if (rc == SIGNAL && info.getInt(8) == Linux.SI_TIMER) {
                TimerSource timer = TimerTable.get((int) info.getLong(24));
                if (timer != null) {
                    timer.expired(1L + info.getInt(20));
                }
            }
        }
    }
}
