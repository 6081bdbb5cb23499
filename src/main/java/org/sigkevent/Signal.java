package org.sigkevent;

import org.jspecify.annotations.Nullable;
import org.sigkevent.notify.SignalSender;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Stack;

/**
 * {@code <signal.h>}: the kinds of notification of a {@link SigEvent}, sets of signals, and sigqueue.
 *
 * <p>The functions on sets answer 0 (or 1 for sigismember), or -1 and {@link Errno#errno} EINVAL when the number is no signal
 * or the set is null. They are not thread-safe on one set; sigqueue and the waits may be called from any thread.
 *
 * <pre>{@code
 * SigSet set = new SigSet();
 * Signal.sigaddset(set, Signal.SIGRTMIN + 1);
 * int kfd = Kevent.kevent_init(8);
 * Kevent.kevent_submit(kfd, KeventEvent.signals(set, false, SigVal.of(7)), 0, null);
 * Signal.sigqueue((int) ProcessHandle.current().pid(), Signal.SIGRTMIN + 1, SigVal.of(42));
 * KeventRing ring = Kevent.kevent_map_ringbuf(kfd, 1);
 * KeventRecord record = new KeventRecord();
 * for (;;) {
 *     int state = ring.state();
 *     if (ring.take(record)) {
 *         break; // descriptor is the signal, data0 is 42
 *     }
 *     Kevent.kevent_wait(kfd, state, null, null);
 * }
 * Kevent.kevent_destroy(kfd, null, 0);
 * }</pre>
 *
 * <p>After POSIX.1-2024, {@code <signal.h>}; sigevent(3type), sigqueue(3). SIGEV_KEVENT is of the proposal of August 2006.
 */
public final class Signal {
    /** A signal is queued to the process. */
    public static final int SIGEV_SIGNAL = 0;
    /** Nothing happens. */
    public static final int SIGEV_NONE = Linux.SIGEV_NONE;
    /** A function is called on another thread. */
    public static final int SIGEV_THREAD = Linux.SIGEV_THREAD;
    /** A record is put into a kevent ring. (FreeBSD's name and number; free on Linux.) */
    public static final int SIGEV_KEVENT = 3;
    /** A signal is queued to one thread of the process (Linux). */
    public static final int SIGEV_THREAD_ID = Linux.SIGEV_THREAD_ID;

    /** si_code of a signal that sigqueue sent. */
    public static final int SI_QUEUE = -1;
    /** si_code of a signal for a timer's expiry. */
    public static final int SI_TIMER = Linux.SI_TIMER;
    /** si_code of a signal for a message in an empty queue. */
    public static final int SI_MESGQ = SignalSender.SI_MESGQ;
    /** si_code of a signal for the end of asynchronous I/O. */
    public static final int SI_ASYNCIO = SignalSender.SI_ASYNCIO;

    /** si_code of a signal that kill sent. */
    public static final int SI_USER = 0;
    /** si_code of a signal that a thread was sent. */
    public static final int SI_TKILL = -6;
    /** data0 of {@link Kevent#KEVENT_PROCESS}: it has exited; the status is its exit status. */
    public static final int CLD_EXITED = 1;
    /** It was killed; the status is the signal. */
    public static final int CLD_KILLED = 2;
    /** It was killed and left a core dump; the status is the signal. */
    public static final int CLD_DUMPED = 3;
    /** It was stopped by its tracer; the status is the signal. */
    public static final int CLD_TRAPPED = 4;
    /** It was stopped; the status is the signal. */
    public static final int CLD_STOPPED = 5;
    /** It goes on. */
    public static final int CLD_CONTINUED = 6;

    /** The terminal is gone. */
    public static final int SIGHUP = jnr.constants.platform.Signal.SIGHUP.intValue();
    /** Interrupted from the terminal. */
    public static final int SIGINT = jnr.constants.platform.Signal.SIGINT.intValue();
    /** Quit from the terminal; the JVM prints its threads on it. */
    public static final int SIGQUIT = jnr.constants.platform.Signal.SIGQUIT.intValue();
    /** For applications. */
    public static final int SIGUSR1 = jnr.constants.platform.Signal.SIGUSR1.intValue();
    /** For applications; the JVM suspends threads with it. */
    public static final int SIGUSR2 = jnr.constants.platform.Signal.SIGUSR2.intValue();
    /** The signal of a timer that was made without a sigevent. */
    public static final int SIGALRM = jnr.constants.platform.Signal.SIGALRM.intValue();
    /** Asked to end. */
    public static final int SIGTERM = jnr.constants.platform.Signal.SIGTERM.intValue();
    /** A child has changed its state. */
    public static final int SIGCHLD = jnr.constants.platform.Signal.SIGCHLD.intValue();
    /** Goes on after a stop. */
    public static final int SIGCONT = jnr.constants.platform.Signal.SIGCONT.intValue();
    /** Stopped from the terminal. */
    public static final int SIGTSTP = jnr.constants.platform.Signal.SIGTSTP.intValue();
    /** Read from the terminal in the background. */
    public static final int SIGTTIN = jnr.constants.platform.Signal.SIGTTIN.intValue();
    /** Wrote to the terminal in the background. */
    public static final int SIGTTOU = jnr.constants.platform.Signal.SIGTTOU.intValue();
    /** Something out of band came to a socket. */
    public static final int SIGURG = jnr.constants.platform.Signal.SIGURG.intValue();
    /** A timer of CPU time. */
    public static final int SIGVTALRM = jnr.constants.platform.Signal.SIGVTALRM.intValue();
    /** A timer of profilers. */
    public static final int SIGPROF = jnr.constants.platform.Signal.SIGPROF.intValue();
    /** The size of the terminal has changed. */
    public static final int SIGWINCH = jnr.constants.platform.Signal.SIGWINCH.intValue();
    /** The first signal for applications' own use. */
    public static final int SIGRTMIN = 34;
    /** The last. */
    public static final int SIGRTMAX = 64;

    private Signal() {}

    /**
     * Makes the set empty.
     *
     * @param set the set; not null
     * @return 0; or -1 and errno EINVAL (set is null)
     */
    public static int sigemptyset(SigSet set) {
        return fill(set, 0);
    }

    /**
     * Puts every signal into the set.
     *
     * @param set the set; not null
     * @return 0; or -1 and errno EINVAL (set is null)
     */
    public static int sigfillset(SigSet set) {
        return fill(set, -1);
    }

    /**
     * Adds a signal, 1 to 64.
     *
     * @param set the set; not null
     * @param signo a signal, 1 to 64
     * @return 0; or -1 and errno EINVAL (set is null, signo)
     */
    public static int sigaddset(SigSet set, int signo) {
        if (check(set, signo) < 0) {
            return -1;
        }
        set.bits |= SigSet.bit(signo);
        return 0;
    }

    /**
     * Takes a signal out, 1 to 64.
     *
     * @param set the set; not null
     * @param signo a signal, 1 to 64
     * @return 0; or -1 and errno EINVAL (set is null, signo)
     */
    public static int sigdelset(SigSet set, int signo) {
        if (check(set, signo) < 0) {
            return -1;
        }
        set.bits &= ~SigSet.bit(signo);
        return 0;
    }

    /**
     * Whether a signal, 1 to 64, is in the set: 1 or 0.
     *
     * @param set the set; not null
     * @param signo a signal, 1 to 64
     * @return 1 or 0; or -1 and errno EINVAL (set is null, signo)
     */
    public static int sigismember(SigSet set, int signo) {
        return check(set, signo) < 0 ? -1 : (int) (set.bits >>> signo - 1 & 1);
    }

    /**
     * Queues a signal with a value to a process (POSIX sigqueue).
     *
     * @param pid the process; its own when it is this one's
     * @param signo 1 to 64, or 0 to check the target only
     * @param value the value; a Java object cannot travel
     * @return 0; or -1 and errno: EINVAL (signo, or the value is a Java object), ESRCH, EPERM, EAGAIN (too many signals are
     *     queued: RLIMIT_SIGPENDING)
     */
    public static int sigqueue(int pid, int signo, SigVal value) {
        Stack.reserve();
        SigVal sent = SigVal.orZero(value);
        if (sent.object() != null) {
            return Errno.fail(Errnos.EINVAL, "value " + sent + " is a Java object, which no signal can carry");
        }
        int own = Native.C.getpid();
        int rc = SignalSender.queue(pid, 0, signo, SI_QUEUE, own, Native.C.getuid(), sent.bits());
        return rc == 0 ? 0 : Errno.fail(-rc, refused(-rc, pid, signo));
    }

    /**
     * Waits for a signal of the set and takes it: {@code sigtimedwait(set, info, null)}. The signals are caught for the time of the
     * call; one that comes when nobody waits has its ordinary effect, unless a {@link Kevent#KEVENT_SIGNAL} request takes it.
     *
     * @param set the set; not null
     * @param info gets what is known of the signal; or null
     * @return the signal; or -1 and errno: EINVAL (a signal that is not to be had, SIGHUP, SIGINT and SIGTERM among them;
     *     {@link Errno#message} names its owner), EINTR (the thread was interrupted), and what {@link Kevent#kevent_init} says
     */
    public static int sigwaitinfo(SigSet set, @Nullable SigInfo info) {
        return sigtimedwait(set, info, null);
    }

    /**
     * {@link #sigwaitinfo} without the information. Answers 0 and the signal in {@code sig[0]}, or an error number.
     *
     * @param set the set; not null
     * @param sig its first element gets the signal
     * @return 0; or an error number: EINVAL (sig has no element; as sigwaitinfo), EINTR, and what {@link Kevent#kevent_init} says
     */
    public static int sigwait(SigSet set, int[] sig) {
        if (sig == null || sig.length == 0) {
            return Errnos.EINVAL;
        }
        int signo = sigtimedwait(set, null, null);
        if (signo < 0) {
            return Errno.errno();
        }
        sig[0] = signo;
        return 0;
    }

    /**
     * {@link #sigwaitinfo} with a time limit.
     *
     * @param set the set; not null
     * @param info gets what is known of the signal; or null
     * @param timeout how long; null for ever
     * @return as sigwaitinfo; errno EAGAIN when the time is up, EINVAL also for a timeout out of range or a null set
     */
    public static int sigtimedwait(SigSet set, @Nullable SigInfo info, @Nullable TimeSpec timeout) {
        if (set == null || timeout != null && !timeout.valid()) {
            return Errno.fail(Errnos.EINVAL, set == null ? "set is null" : TimeSpec.refusal("timeout", timeout));
        }
        Stack.reserve();
        int kfd = Kevent.kevent_init(2);
        if (kfd < 0) {
            return -1;
        }
        try {
            return take(kfd, set, info, timeout);
        } finally {
            Kevent.kevent_destroy(kfd, null, 0);
        }
    }

    private static int take(int kfd, SigSet set, @Nullable SigInfo info, @Nullable TimeSpec timeout) {
        KeventEvent request = KeventEvent.signal(set, new SigVal());
        if (Kevent.kevent_submit(kfd, request, Kevent.KEVENT_NOWAIT, null) < 0) {
            return -1;
        }
        KeventRing ring = Kevent.kevent_map_ringbuf(kfd, 1);
        if (ring == null) {
            return -1;
        }
        KeventRecord record = new KeventRecord();
        int before = Errno.errno();
        TimeSpec end = TimeSpec.ofNanos(Kevent.after(timeout == null ? Long.MAX_VALUE : timeout.toNanos()));
        int error = Errnos.EWOULDBLOCK;
        while (error == Errnos.EWOULDBLOCK) {
            int state = ring.state();
            if (ring.take(record)) {
                error = 0;
            } else if (Kevent.kevent_wait(kfd, state, Time.CLOCK_MONOTONIC, Time.TIMER_ABSTIME, end, null) < 0) {
                error = Errno.errno();
            }
        }
        if (error == Errnos.EBADF) {
            return Errno.fail(Errnos.EBADF, "the queue that it waits in was destroyed");
        }
        if (error != 0) {
            Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_CANCEL, request);
            // one comes: of the cancellation, or of a signal that came before it
            while (!ring.take(record)) {
                Thread.yield();
            }
            if (record.error != 0) {
                return error == Errnos.ETIMEDOUT
                        ? Errno.fail(
                                Errnos.EAGAIN,
                                "the timeout of " + timeout + " is up, and no signal of set " + set + " came")
                        : Errno.fail(error, "the wait for a signal of set " + set + " ended: " + Errnos.name(error));
            }
            if (error == Errnos.EINTR) {
                // it is told by the next call that can be interrupted
                Thread.currentThread().interrupt();
            }
        }
        // a call that succeeds leaves it
        Errno.errno(before);
        if (info != null) {
            info.si_signo = record.descriptor;
            info.si_code = (int) record.result;
            info.si_pid = (int) (record.data1 >>> 32);
            info.si_uid = (int) record.data1;
            info.si_value.set(record.data0, null);
        }
        return record.descriptor;
    }

    private static String refused(int errno, int pid, int signo) {
        String asked = "sigqueue to pid " + pid + ", signo " + signo + ": " + Errnos.name(errno);
        if (errno == Errnos.EINVAL) {
            return asked + ": signo is not in 0 to 64";
        }
        return errno == Errnos.EAGAIN
                ? asked
                        + ": as many signals are queued as may be (RLIMIT_SIGPENDING: ulimit -i, systemd's LimitSIGPENDING=)"
                : asked + " (" + Errnos.text(errno) + ")";
    }

    private static int fill(SigSet set, long bits) {
        if (check(set, 1) < 0) {
            return -1;
        }
        set.bits = bits;
        return 0;
    }

    /** 0 for a set and a signal, else -1 and errno. */
    private static int check(SigSet set, int signo) {
        if (set != null && SigSet.valid(signo)) {
            return 0;
        }
        return Errno.fail(Errnos.EINVAL, set == null ? "set is null" : "signo " + signo + " is not a signal (1 to 64)");
    }
}
