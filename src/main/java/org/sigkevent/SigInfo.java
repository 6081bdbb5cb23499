package org.sigkevent;

/** {@code siginfo_t} of {@code <signal.h>}, as far as a queued signal fills it. A plain struct. */
public final class SigInfo {
    /** The signal. */
    public int si_signo;

    /** How it came: SI_QUEUE, SI_TIMER, ... of {@link Signal}; 0 for kill(2). */
    public int si_code;

    /** The sender's process. */
    public int si_pid;

    /** The sender's user. */
    public int si_uid;

    /** The value. */
    public SigVal si_value = new SigVal();

    /** All zero. */
    public SigInfo() {}
}
