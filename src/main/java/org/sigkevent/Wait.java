package org.sigkevent;

import jnr.constants.platform.WaitFlags;

/** {@code <sys/wait.h>}: whom {@link KeventEvent#waitid} waits for, and for what. */
public final class Wait {
    /** Any child. */
    public static final int P_ALL = 0;
    /** The child with this process id. */
    public static final int P_PID = 1;
    /** Any child of this process group. */
    public static final int P_PGID = 2;
    /** The child that this pidfd names (Linux). */
    public static final int P_PIDFD = 3;
    /** Children that were stopped by a signal. */
    public static final int WSTOPPED = WaitFlags.WSTOPPED.intValue();
    /** Children that have ended. */
    public static final int WEXITED = WaitFlags.WEXITED.intValue();
    /** Children that were stopped and go on. */
    public static final int WCONTINUED = WaitFlags.WCONTINUED.intValue();
    /** Leaves the status to be waited for once more. */
    public static final int WNOWAIT = WaitFlags.WNOWAIT.intValue();

    private Wait() {}
}
