package org.sigkevent;

import org.sigkevent.signal.Instance;
import org.sigkevent.sys.Linux;

/** {@code siginfo_t} of {@code <signal.h>}. A plain struct; fields that {@link #si_code} does not name are 0. After sigaction(2). */
public final class SigInfo {
    private static final int SIGCHLD = 17;
    private static final int SIGPOLL = 29;

    /** The signal. */
    public int si_signo;

    /** How it came: SI_USER, SI_QUEUE, SI_TIMER, ... of {@link Signal}. */
    public int si_code;

    /** The sender's process; the child of SIGCHLD. 0 for SI_TIMER, SI_KEVENT, and SI_MESGQ, of which the kernel does not tell it. */
    public int si_pid;

    /** The sender's user; the child's of SIGCHLD. */
    public int si_uid;

    /** The value of sigqueue or of a sigevent; with the object that was given, if it came from this process. */
    public SigVal si_value = new SigVal();

    /** SI_TIMER: the timer. */
    public int si_timerid;

    /** SI_TIMER: its overruns, as timer_getoverrun tells them. */
    public int si_overrun;

    /** SIGCHLD: the exit status, or the signal. */
    public int si_status;

    /** SI_KEVENT: the kevent queue that overflowed; SIGPOLL: the descriptor. */
    public int si_fd;

    /** SIGPOLL: the events. */
    public long si_band;

    /** All zero. */
    public SigInfo() {}

    static SigInfo of(Instance one) {
        SigInfo info = new SigInfo();
        info.fill(one);
        return info;
    }

    void fill(Instance one) {
        si_signo = one.signo;
        si_code = one.code;
        boolean timer = one.code == Linux.SI_TIMER;
        boolean kevent = one.code == Instance.SI_KEVENT;
        boolean child = one.signo == SIGCHLD && one.code > 0;
        boolean poll = one.signo == SIGPOLL && one.code > 0;
        si_pid = timer || kevent || poll ? 0 : one.source();
        si_uid = timer || poll ? 0 : one.detail();
        si_timerid = timer ? one.source() : 0;
        si_overrun = timer ? one.detail() : 0;
        si_status = child ? (int) one.value : 0;
        si_fd = kevent ? one.source() : poll ? (int) one.value : 0;
        si_band = poll ? Long.rotateLeft(one.sender, 32) : 0;
        if (si_value == null) {
            si_value = new SigVal();
        }
        si_value.set(child || poll ? 0 : one.value, one.object);
    }
}
