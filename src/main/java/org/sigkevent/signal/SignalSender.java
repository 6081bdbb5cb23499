package org.sigkevent.signal;

import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicLong;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;
import org.sigkevent.sys.Threads;

/** Sends signals through the kernel: to other processes, and those of SIGEV_SIGNAL that somebody else in this one handles. */
public final class SignalSender {
    private static final int SIZEOF_SIGINFO = 128;
    private static final AtomicLong NOT_SENT = new AtomicLong();

    /** The last that was not sent, and why. */
    private static volatile int last;

    /** At how many it is said again. */
    private static volatile long reported = 1;

    private SignalSender() {}

    /**
     * The signal of a SIGEV_SIGNAL that this library has not caught. Who handles it may have gone since it was registered: then it is not
     * sent, because its default would end the JVM.
     */
    static void notify(Instance one) {
        int rc = -Errnos.EPERM;
        if (SignalDispositions.harmless(one.signo, one.thread)) {
            rc = queue(Native.PID, one.thread, one.signo, one.code, one.sender, one.value);
        }
        if (rc < 0) {
            notSent(one.signo, -rc);
        }
    }

    /** Counts it; {@link #report} says so. */
    static void notSent(int signo, int errno) {
        NOT_SENT.incrementAndGet();
        last = signo | errno << 8;
    }

    /** Says what was not sent, for the first, the tenth, the hundredth: under no lock, because a logger may do anything. */
    static void report() {
        long n = NOT_SENT.get();
        if (n < reported) {
            return;
        }
        while (reported <= n) {
            reported *= 10;
        }
        int signo = last & 0xff;
        int errno = last >>> 8;
        try {
            System.getLogger("org.sigkevent")
                    .log(
                            Level.WARNING,
                            "signal {0} of a SIGEV_SIGNAL was not sent: {1}. So far {2}",
                            "" + signo,
                            errno == Errnos.EPERM
                                    ? "nobody handles it any more, and its default would end the JVM"
                                    : Errnos.name(errno)
                                            + (errno == Errnos.EAGAIN ? " (RLIMIT_SIGPENDING: ulimit -i)" : ""),
                            "" + n);
        } catch (Throwable ofTheLogger) {
            Threads.uncaught(ofTheLogger);
        }
    }

    /** How many signals of SIGEV_SIGNAL were not sent. */
    public static long notSent() {
        return NOT_SENT.get();
    }

    /** A signal that the JVM has its handler on again. */
    static void toJvm(int signo) {
        kill(Native.PID, signo);
    }

    /** kill(2): 0, or an errno negated. */
    public static int kill(int pid, int signo) {
        return Linux.call(Syscalls.KILL, pid, signo);
    }

    /**
     * Queues a signal to a process, or to its thread {@code thread} if that is not 0: 0, or an errno negated. The halves of {@code sender} are
     * si_pid and si_uid, or for timers si_timerid and si_overrun.
     */
    public static int queue(int pid, int thread, int signo, int code, long sender, long bits) {
        Scratch s = Scratch.get();
        Memory.clear(s.buffer, 0, SIZEOF_SIGINFO);
        // siginfo_t: si_signo 0, si_code 8, si_pid or si_timerid 16, si_uid or si_overrun 20, si_value 24
        s.buffer.putInt(0, signo).putInt(8, code).putLong(24, bits);
        s.buffer.putInt(16, (int) (sender >>> 32)).putInt(20, (int) sender);
        return thread == 0
                ? Linux.call(Syscalls.RT_SIGQUEUEINFO, pid, signo, s.address)
                : Linux.call(Syscalls.RT_TGSIGQUEUEINFO, pid, thread, signo, s.address);
    }
}
