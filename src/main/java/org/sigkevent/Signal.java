package org.sigkevent;

import org.jspecify.annotations.Nullable;
import org.sigkevent.signal.Disposition;
import org.sigkevent.signal.Instance;
import org.sigkevent.signal.SignalDispositions;
import org.sigkevent.signal.SignalSender;
import org.sigkevent.signal.SignalWaits;
import org.sigkevent.signal.Signals;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.PerThread;
import org.sigkevent.sys.Posix;
import org.sigkevent.sys.Stack;

/**
 * {@code <signal.h>}: dispositions, the mask, sending and waiting, and the kinds of notification of a {@link SigEvent}.
 *
 * <p>These are signals of the library's own, with the meaning that POSIX gives them within one process. A signal that the library has
 * <em>caught</em> goes from the kernel into its pending signals, and from there to a thread that waits ({@link #sigwaitinfo}), a request
 * ({@link KeventEvent#signals}) or a handler ({@link #sigaction}). What the program itself generates (SIGEV_SIGNAL, {@link #raise},
 * {@link #sigqueue} to its own process) goes there without the kernel. A signal is caught by a handler, by being blocked, waited for or
 * requested, and stays caught until it gets {@link #SIG_DFL}.
 *
 * <p>All functions may be called from any thread, but those on sets by one thread at a time for each set. What happened before a signal was
 * sent within the process is visible to who gets it.
 *
 * <pre>{@code
 * SigSet set = new SigSet();
 * Signal.sigaddset(set, Signal.SIGRTMIN + 1);
 * Signal.sigprocmask(Signal.SIG_BLOCK, set, null);
 * SigEvent event = new SigEvent();
 * event.sigev_notify = Signal.SIGEV_SIGNAL;
 * event.sigev_signo = Signal.SIGRTMIN + 1;
 * event.sigev_value = SigVal.of(42);
 * int[] timer = new int[1];
 * Time.timer_create(Time.CLOCK_MONOTONIC, event, timer);
 * ItimerSpec every = new ItimerSpec();
 * every.it_value.tv_nsec = 1_000_000;
 * every.it_interval.tv_nsec = 1_000_000;
 * Time.timer_settime(timer[0], 0, every, null);
 * SigInfo info = new SigInfo();
 * for (int i = 0; i < 10; i++) {
 *     Signal.sigwaitinfo(set, info); // si_value is 42, si_overrun what was missed
 * }
 * Time.timer_delete(timer[0]);
 * Signal.signal(Signal.SIGRTMIN + 1, Signal.SIG_DFL);
 * }</pre>
 *
 * <p>After POSIX.1-2024, {@code <signal.h>}; signal(7), sigaction(2), sigevent(3type), sigqueue(3). SIGEV_KEVENT is of the proposal of August 2006.
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
    public static final int SI_MESGQ = -3;
    /** si_code of a signal for the end of asynchronous I/O. */
    public static final int SI_ASYNCIO = -4;
    /** si_code of a signal for a kevent queue that overflowed; its descriptor is si_fd. Not in POSIX. */
    public static final int SI_KEVENT = Instance.SI_KEVENT;

    /** si_code of a signal that kill sent. */
    public static final int SI_USER = 0;
    /** si_code of a signal that a thread was sent. */
    public static final int SI_TKILL = -6;
    /** si_code of a signal that the kernel sent. */
    public static final int SI_KERNEL = 0x80;

    /** No handler: what was done before this library caught the signal. */
    public static final SigHandler SIG_DFL = SpecialHandler.DEFAULT;
    /** No handler: the signal is discarded. */
    public static final SigHandler SIG_IGN = SpecialHandler.IGNORE;
    /** What {@link #signal} answers when it fails. */
    public static final SigHandler SIG_ERR = SpecialHandler.ERROR;

    /** sigprocmask: blocks the signals of the set, too. */
    public static final int SIG_BLOCK = 0;
    /** sigprocmask: blocks the signals of the set no more. */
    public static final int SIG_UNBLOCK = 1;
    /** sigprocmask: blocks the signals of the set and no others. */
    public static final int SIG_SETMASK = 2;

    /** sa_flags: no SIGCHLD for children that stop; changes nothing here. */
    public static final int SA_NOCLDSTOP = 1;
    /** sa_flags: children leave no zombies; changes nothing here, because the JVM waits for its children. */
    public static final int SA_NOCLDWAIT = 2;
    /** sa_flags: {@link SigAction#sa_sigaction} is called. */
    public static final int SA_SIGINFO = 4;
    /** sa_flags: a stack of its own; changes nothing here. */
    public static final int SA_ONSTACK = 0x08000000;
    /** sa_flags: calls go on after the handler; they do in any case, but for pause, sigsuspend and sleep. */
    public static final int SA_RESTART = 0x10000000;
    /** sa_flags: the signal is not blocked while its handler runs. */
    public static final int SA_NODEFER = 0x40000000;
    /** sa_flags: the handler is called once; then the disposition is SIG_DFL. */
    public static final int SA_RESETHAND = 0x80000000;

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
    public static final int SIGHUP = 1;
    /** Interrupted from the terminal. */
    public static final int SIGINT = 2;
    /** Quit from the terminal; the JVM prints its threads on it. */
    public static final int SIGQUIT = 3;
    /** For applications. */
    public static final int SIGUSR1 = 10;
    /** For applications; the JVM suspends threads with it. */
    public static final int SIGUSR2 = 12;
    /** The signal of a timer that was made without a sigevent. */
    public static final int SIGALRM = 14;
    /** Asked to end. */
    public static final int SIGTERM = 15;
    /** A child has changed its state. */
    public static final int SIGCHLD = 17;
    /** Goes on after a stop. */
    public static final int SIGCONT = 18;
    /** Stopped from the terminal. */
    public static final int SIGTSTP = 20;
    /** Read from the terminal in the background. */
    public static final int SIGTTIN = 21;
    /** Wrote to the terminal in the background. */
    public static final int SIGTTOU = 22;
    /** Something out of band came to a socket. */
    public static final int SIGURG = 23;
    /** A timer of CPU time. */
    public static final int SIGVTALRM = 26;
    /** A timer of profilers. */
    public static final int SIGPROF = 27;
    /** The size of the terminal has changed. */
    public static final int SIGWINCH = 28;
    /** An instruction that there is not; the JVM's own. */
    public static final int SIGILL = 4;
    /** A breakpoint; the JVM's own. */
    public static final int SIGTRAP = 5;
    /** abort(3). */
    public static final int SIGABRT = 6;
    /** A fault of the memory; the JVM's own. */
    public static final int SIGBUS = 7;
    /** A fault of arithmetic; the JVM's own. */
    public static final int SIGFPE = 8;
    /** The end; cannot be caught. */
    public static final int SIGKILL = 9;
    /** A fault of the memory; the JVM's own. */
    public static final int SIGSEGV = 11;
    /** Wrote to what nobody reads; the JVM ignores it. */
    public static final int SIGPIPE = 13;
    /** A fault of the coprocessor; unused. */
    public static final int SIGSTKFLT = 16;
    /** A stop; cannot be caught. */
    public static final int SIGSTOP = 19;
    /** Too much CPU time. */
    public static final int SIGXCPU = 24;
    /** A file that is too long; the JVM ignores it. */
    public static final int SIGXFSZ = 25;
    /** A descriptor is ready. */
    public static final int SIGIO = 29;
    /** SIGIO under its POSIX name. */
    public static final int SIGPOLL = 29;
    /** The power fails. */
    public static final int SIGPWR = 30;
    /** A system call that there is not; seccomp's own. */
    public static final int SIGSYS = 31;
    /** The first signal for applications' own use. */
    public static final int SIGRTMIN = 34;
    /** The last. */
    public static final int SIGRTMAX = 64;

    private static final PerThread<Instance> TAKEN = new PerThread<>(Instance::new);

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

    // ---- dispositions and the mask

    /**
     * Says what is done when a signal is delivered, or asks (POSIX sigaction). The signal is caught from then on, whoever had a handler on
     * it, until it gets SIG_DFL: then what was there before is put back, unless somebody has installed another handler meanwhile.
     *
     * @param signo 1 to 64
     * @param act what is done; null to ask only
     * @param oldact gets what was done before; or null
     * @return 0; or -1 and errno with nothing changed: EINVAL (signo is no signal, or belongs to the JVM, the JDK, the C library or the
     *     kernel: {@link Errno#message} says to whom; sa_flags; sa_sigaction is null with SA_SIGINFO), EAGAIN (no thread for handlers),
     *     EMFILE, ENFILE, ENOMEM
     */
    public static int sigaction(int signo, @Nullable SigAction act, @Nullable SigAction oldact) {
        Stack.reserve();
        if (!SigSet.valid(signo)) {
            return noSignal(signo);
        }
        return Errno.call(() -> {
            Disposition now = act == null ? null : act.disposition();
            Disposition before = Signals.instance().act(signo, now);
            if (oldact != null) {
                oldact.fill(before);
            }
            return 0;
        });
    }

    /**
     * {@link #sigaction} with a handler alone, which stays until it is replaced (the semantics of BSD and of glibc).
     *
     * @param signo 1 to 64
     * @param handler a handler, SIG_DFL or SIG_IGN
     * @return the handler before; or SIG_ERR and errno as sigaction. A handler of sa_sigaction is told as SIG_DFL
     */
    public static SigHandler signal(int signo, SigHandler handler) {
        SigAction act = new SigAction();
        act.sa_handler = handler;
        act.sa_flags = SA_RESTART;
        SigAction before = new SigAction();
        if (handler == null) {
            Errno.fail(Errnos.EINVAL, "handler is null: SIG_DFL, SIG_IGN or a function is meant");
            return SIG_ERR;
        }
        if (sigaction(signo, act, before) < 0) {
            return SIG_ERR;
        }
        SigHandler former = before.sa_handler;
        return former == null ? SIG_DFL : former;
    }

    /**
     * Changes the mask of the process, or asks for it (POSIX sigprocmask). There is one mask for all threads, and it is this library's:
     * what it blocks is caught and stays pending, and the masks of the threads in the kernel stay as they are. In a handler it is
     * that of the handler, until it returns.
     *
     * <p>A handler of a signal that was pending and is not blocked any more has returned when this returns. Signals that nobody can have, and
     * those that another library has a handler on, are left out without an error.
     *
     * @param how SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK; not looked at when {@code set} is null
     * @param set the signals; or null
     * @param oldset gets the mask before; or null
     * @return 0; or -1 and errno with nothing changed: EINVAL (how), EMFILE, ENFILE, EAGAIN, ENOMEM (the first use of a signal)
     */
    public static int sigprocmask(int how, @Nullable SigSet set, @Nullable SigSet oldset) {
        Stack.reserve();
        if (set != null && how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK) {
            return Errno.fail(
                    Errnos.EINVAL, "how " + how + " is none of SIG_BLOCK (0), SIG_UNBLOCK (1), SIG_SETMASK (2)");
        }
        return Errno.call(() -> {
            Signals signals = Signals.instance();
            // both may be the same object
            long bits = set == null ? 0 : set.bits;
            if (oldset != null) {
                oldset.bits = signals.mask();
            }
            if (set != null) {
                signals.mask(how == SIG_UNBLOCK ? 0 : bits, how == SIG_BLOCK ? 0 : how == SIG_UNBLOCK ? bits : ~bits);
            }
            return 0;
        });
    }

    /**
     * {@link #sigprocmask}, which answers the error number.
     *
     * @param how SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK
     * @param set the signals; or null
     * @param oldset gets the mask before; or null
     * @return 0 or an error number, as sigprocmask
     */
    public static int pthread_sigmask(int how, @Nullable SigSet set, @Nullable SigSet oldset) {
        int before = Errno.errno();
        if (sigprocmask(how, set, oldset) == 0) {
            return 0;
        }
        int error = Errno.errno();
        Errno.errno(before);
        return error;
    }

    /**
     * The signals that are pending: blocked, or caught with nobody who takes them.
     *
     * @param set gets them
     * @return 0; or -1 and errno EFAULT (set is null), EMFILE, ENFILE, EAGAIN, ENOMEM (the first use of a signal)
     */
    public static int sigpending(SigSet set) {
        Stack.reserve();
        if (set == null) {
            return Errno.fail(Errnos.EFAULT, "set is null");
        }
        return Errno.call(() -> {
            set.bits = Signals.instance().pending();
            return 0;
        });
    }

    /**
     * Waits until a handler has returned, with another mask meanwhile (POSIX sigsuspend). The mask is that of the process: handlers of
     * signals that are not in it run, also of those that other threads have blocked.
     *
     * @param sigmask blocked meanwhile
     * @return -1 and errno: EINTR (a handler has returned, or the thread was interrupted), EFAULT (sigmask is null), EMFILE, ENFILE,
     *     EAGAIN, ENOMEM (the first use of a signal)
     */
    public static int sigsuspend(SigSet sigmask) {
        Stack.reserve();
        if (sigmask == null) {
            return Errno.fail(Errnos.EFAULT, "sigmask is null");
        }
        return Errno.call(() -> {
            Signals.instance().suspend(sigmask.bits, Long.MAX_VALUE);
            throw new ErrnoException(Errnos.EINTR, "a handler has returned, or the thread was interrupted");
        });
    }

    // ---- sending

    /**
     * Sends a signal (POSIX kill). One to this process that it has caught does not go through the kernel; a handler that is called for it
     * has returned when this returns.
     *
     * @param pid a process; 0, -1 or a negated process group as kill(2) has it
     * @param signo 1 to 64, or 0 to check the target only
     * @return 0; or -1 and errno: EINVAL (signo; or it would end this JVM, or stop it: only what nobody here has caught, and no signal on which
     *     the JVM ends in order), ESRCH, EPERM, EAGAIN (too many are pending)
     */
    public static int kill(int pid, int signo) {
        return send("kill", pid, signo, SI_USER, null);
    }

    /**
     * Sends a signal to this process: {@code kill(getpid(), signo)}, but for si_code.
     *
     * @param signo 1 to 64, or 0 to do nothing
     * @return as kill
     */
    public static int raise(int signo) {
        Stack.reserve();
        return send("raise", Native.PID, signo, SI_TKILL, null);
    }

    /**
     * Queues a signal with a value to a process (POSIX sigqueue). To this process also with a Java object, if it has caught the signal.
     *
     * @param pid the process
     * @param signo 1 to 64, or 0 to check the target only
     * @param value the value; null is 0
     * @return 0; or -1 and errno: EINVAL (signo, as kill; or the value is a Java object that cannot travel), ESRCH, EPERM, EAGAIN (too
     *     many are queued: RLIMIT_SIGPENDING, or 1,048,576 that this process has not accepted)
     */
    public static int sigqueue(int pid, int signo, @Nullable SigVal value) {
        try {
            return send("sigqueue", pid, signo, SI_QUEUE, SigVal.checked(value));
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        }
    }

    private static int send(String call, int pid, int signo, int code, @Nullable SigVal value) {
        Stack.reserve();
        int own = Native.PID;
        long bits = value == null ? 0 : value.bits();
        Object object = value == null ? null : value.object();
        if (signo < 0 || signo > SIGRTMAX) {
            return noSignal(signo);
        }
        if (pid == own && signo != 0 && Signals.catches(signo)) {
            return Errno.call(() -> {
                int rc = Signals.instance().generate(signo, code, bits, object);
                if (rc < 0) {
                    throw new ErrnoException(-rc, refused(call, -rc, pid, signo));
                }
                return 0;
            });
        }
        if (object != null) {
            return Errno.fail(
                    Errnos.EINVAL,
                    "value " + value + " is a Java object, which "
                            + (pid == own
                                    ? "only a signal that this process has caught can carry"
                                    : "does not travel to another process (pid " + pid + ")"));
        }
        if (signo != 0 && reachesItself(pid, own) && fatal(signo)) {
            return Errno.fail(
                    Errnos.EINVAL,
                    call + " of signo " + signo
                            + " to this process would end the JVM, or stop it: nobody handles it. System.exit or"
                            + " Runtime.halt ends it");
        }
        int rc = value == null
                ? SignalSender.kill(pid, signo)
                : SignalSender.queue(pid, 0, signo, code, Instance.pair(own, Native.C.getuid()), bits);
        return rc == 0 ? 0 : Errno.fail(-rc, refused(call, -rc, pid, signo));
    }

    /** Whether a signal to {@code pid} comes to this process as well; kill(-1) leaves it out. */
    private static boolean reachesItself(int pid, int own) {
        return pid == own || pid == 0 || pid < -1 && -pid == Posix.calls().getpgrp();
    }

    /** Whether a signal that is not caught ends the JVM without order. */
    private static boolean fatal(int signo) {
        return !Signals.catches(signo) && !SignalDispositions.survived(signo);
    }

    // ---- waiting

    /**
     * Waits for a signal of the set and takes it: {@code sigtimedwait(set, info, null)}. From the first wait on the signals of the set are caught
     * and stay pending when nobody waits, as if they were blocked, until they get SIG_DFL.
     *
     * @param set the set; not null. Signals that nobody can have are left out
     * @param info gets what is known of the signal; or null
     * @return the signal; or -1 and errno: EINVAL (set is null, or has no signal that can be had), EINTR (the thread was interrupted),
     *     ESHUTDOWN, and EMFILE, ENFILE, EAGAIN, ENOMEM (the first use of a signal)
     */
    public static int sigwaitinfo(SigSet set, @Nullable SigInfo info) {
        return sigtimedwait(set, info, null);
    }

    /**
     * {@link #sigwaitinfo} without the information. Answers 0 and the signal in {@code sig[0]}, or an error number.
     *
     * @param set the set; not null
     * @param sig its first element gets the signal
     * @return 0; or an error number: EINVAL (sig has no element; as sigwaitinfo), EINTR and the others of sigwaitinfo
     */
    public static int sigwait(SigSet set, int[] sig) {
        if (sig == null || sig.length == 0) {
            return Errnos.EINVAL;
        }
        int before = Errno.errno();
        int signo = sigtimedwait(set, null, null);
        if (signo < 0) {
            int error = Errno.errno();
            Errno.errno(before);
            return error;
        }
        sig[0] = signo;
        return 0;
    }

    /**
     * {@link #sigwaitinfo} with a time limit. Of several signals that are pending the lowest is taken, of several instances the oldest. A
     * thread in this call drives the timers and requests that notify by SIGEV_SIGNAL: no other thread is woken for them.
     *
     * @param set the set; not null
     * @param info gets what is known of the signal; or null
     * @param timeout how long, on CLOCK_MONOTONIC; null for ever, zero not to wait
     * @return as sigwaitinfo; errno EAGAIN also when the time is up, EINVAL also for a timeout out of range
     */
    public static int sigtimedwait(SigSet set, @Nullable SigInfo info, @Nullable TimeSpec timeout) {
        Stack.reserve();
        if (set == null || timeout != null && !timeout.valid()) {
            return Errno.fail(Errnos.EINVAL, set == null ? "set is null" : TimeSpec.refusal("timeout", timeout));
        }
        long limit = timeout == null ? Long.MAX_VALUE : timeout.toNanos();
        long deadline = limit == 0 ? Long.MIN_VALUE : Kevent.after(limit);
        int rc;
        try {
            Instance taken = TAKEN.get();
            rc = SignalWaits.take(set.bits, deadline, taken);
            if (rc > 0 && info != null) {
                info.fill(taken);
            }
            taken.object = null;
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        }
        if (rc > 0) {
            return rc;
        }
        return rc == -Errnos.EAGAIN
                ? Errno.fail(
                        Errnos.EAGAIN, "the timeout of " + timeout + " is up, and no signal of set " + set + " came")
                : Errno.fail(-rc, "the wait for a signal of set " + set + " ended: " + Errnos.name(-rc));
    }

    private static String refused(String call, int errno, int pid, int signo) {
        String asked = call + " to pid " + pid + ", signo " + signo + ": " + Errnos.name(errno);
        return errno == Errnos.EAGAIN
                ? asked
                        + ": as many signals are queued as may be (RLIMIT_SIGPENDING: ulimit -i, systemd's LimitSIGPENDING=; in"
                        + " this process 1,048,576 that nobody accepts)"
                : asked + " (" + Errnos.text(errno) + ")";
    }

    private static int noSignal(int signo) {
        return Errno.fail(Errnos.EINVAL, "signo " + signo + " is not a signal (1 to 64)");
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
