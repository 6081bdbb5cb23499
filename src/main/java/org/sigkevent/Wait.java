package org.sigkevent;

import org.sigkevent.kinds.ProcessRequest;

/** {@code <sys/wait.h>}: whom {@link KeventEvent#waitid} waits for, and for what. */
public final class Wait {
    /** Any child. */
    public static final int P_ALL = ProcessRequest.P_ALL;
    /** The child with this process id. */
    public static final int P_PID = ProcessRequest.P_PID;
    /** Any child of this process group. */
    public static final int P_PGID = ProcessRequest.P_PGID;
    /** The child that this pidfd names (Linux). */
    public static final int P_PIDFD = ProcessRequest.P_PIDFD;
    /** Children that were stopped by a signal. */
    public static final int WSTOPPED = ProcessRequest.WSTOPPED;
    /** Children that have ended. */
    public static final int WEXITED = ProcessRequest.WEXITED;
    /** Children that were stopped and go on. */
    public static final int WCONTINUED = ProcessRequest.WCONTINUED;
    /** Leaves the status to be waited for once more. */
    public static final int WNOWAIT = ProcessRequest.WNOWAIT;

    private Wait() {}
}
