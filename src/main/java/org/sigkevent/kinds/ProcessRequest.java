package org.sigkevent.kinds;

import java.nio.ByteBuffer;
import jnr.constants.platform.WaitFlags;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.OperationRequest;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Syscalls;

/**
 * KEVENT_PROCESS: a child exits, is killed, stops or continues (waitid), or any process ends (a pidfd becomes readable: the
 * kernel does not tell a stranger its status).
 *
 * <p>What a child has used only the system call tells that takes its status, and the kernel's asynchronous one does not. So the
 * engine waits and leaves the status (WNOWAIT); who handles its answer takes it with the system call. If somebody else was
 * quicker, this goes on waiting.
 */
public final class ProcessRequest extends OperationRequest {
    public static final int P_ALL = 0;
    public static final int P_PID = 1;
    public static final int P_PGID = 2;
    public static final int P_PIDFD = 3;
    /** Not one of waitid's: the end of a process that need not be a child. */
    public static final int ANY_PROCESS = -1;

    public static final int WSTOPPED = WaitFlags.WSTOPPED.intValue();
    public static final int WEXITED = WaitFlags.WEXITED.intValue();
    public static final int WCONTINUED = WaitFlags.WCONTINUED.intValue();
    public static final int WNOWAIT = WaitFlags.WNOWAIT.intValue();
    private static final int WNOHANG = WaitFlags.WNOHANG.intValue();

    /** It goes on waiting. */
    private static final int ON = 1;

    private static final int KNOWN_OPTIONS = WSTOPPED | WEXITED | WCONTINUED | WNOWAIT;

    /** Where in {@link #info} the kernel puts struct rusage, behind siginfo_t. */
    private static final int USAGE_AT = 128;

    private static final int SIZEOF_RUSAGE = 144;

    /** The siginfo_t of a status that is taken. */
    private static final int TAKEN_AT = USAGE_AT + SIZEOF_RUSAGE;

    private static final int SIZEOF_SIGINFO = 128;

    private final ByteBuffer info = Memory.allocate(TAKEN_AT + SIZEOF_SIGINFO);
    private final int options;

    /** The engine waits, and leaves the status to be taken. */
    private boolean leftByEngine;

    private volatile boolean usageKnown;
    private final int kind;

    public ProcessRequest(Destination to, int kind, int who, int options) {
        super(to, Kinds.KEVENT_PROCESS, who, kind == ANY_PROCESS ? Op.POLL : Op.WAITID, false);
        this.kind = kind;
        this.options = options;
        operation.length = kind;
        operation.extra = options | WNOWAIT;
        operation.offset = Memory.address(info);
        operation.flags = Linux.POLLIN;
    }

    @Override
    protected int begin() {
        if (kind == ANY_PROCESS) {
            own = Linux.call(Syscalls.PIDFD_OPEN, descriptor, 0);
            operation.fd = own;
            return own < 0 ? own : handOver();
        }
        boolean known = kind == P_ALL || kind == P_PID || kind == P_PGID || kind == P_PIDFD;
        if (!known || (options & ~KNOWN_OPTIONS) != 0 || (options & (WEXITED | WSTOPPED | WCONTINUED)) == 0) {
            return -Errnos.EINVAL;
        }
        leftByEngine = supported();
        return leftByEngine ? handOver() : beginWithoutEngine();
    }

    /** The end of one child shows on a pidfd; groups, stops and continuations need a thread that waits. */
    private int beginWithoutEngine() {
        int rc = waitid(kind, descriptor, options | WNOHANG, 0);
        if (rc < 0 || info.getInt(16) != 0) {
            ended(rc);
            return 0;
        }
        if ((options & (WSTOPPED | WCONTINUED)) == 0 && (kind == P_PID || kind == P_PIDFD)) {
            own = kind == P_PID ? Linux.call(Syscalls.PIDFD_OPEN, descriptor, 0) : Linux.duplicate(descriptor, 0);
            if (own < 0) {
                return own;
            }
        }
        return handOver();
    }

    @Override
    protected int readiness() {
        return own < 0 ? 0 : Linux.POLLIN;
    }

    private int waitid(int idtype, int who, int how, int into) {
        long at = Memory.address(info);
        return (int) Linux.call(Syscalls.WAITID, idtype, who, at + into, how, at + USAGE_AT);
    }

    @Override
    public long blocking() {
        return waitid(kind, descriptor, options, 0);
    }

    /** The engine has seen a child in a state that is waited for, and has left it there. */
    private int take() {
        int rc = waitid(P_PID, info.getInt(16), options | WNOHANG, TAKEN_AT);
        usageKnown = rc == 0 && info.getInt(TAKEN_AT + 16) != 0;
        if (usageKnown) {
            info.put(0, info, TAKEN_AT, SIZEOF_SIGINFO);
            return 0;
        }
        // with WNOWAIT it does not matter that somebody else has taken it
        if ((options & WNOWAIT) != 0) {
            return 0;
        }
        if (rc < 0 && rc != -Errnos.ECHILD) {
            return rc;
        }
        try {
            rc = handOverAgain();
        } catch (OutOfMemoryError | StackOverflowError nothingDone) {
            rc = -Errnos.ENOMEM;
        }
        return rc < 0 ? rc : ON;
    }

    @Override
    public void ended(long answer) {
        long result = answer;
        if (result >= 0 && leftByEngine) {
            result = take();
            if (result == ON) {
                return;
            }
        } else {
            usageKnown = result >= 0;
        }
        if (result < 0) {
            complete(result, 0, 0);
        } else if (kind == ANY_PROCESS) {
            complete(0, 0, 0);
        } else {
            // siginfo_t: si_code 8, si_pid 16, si_uid 20, si_status 24
            descriptor = info.getInt(16);
            complete(info.getInt(24), info.getInt(8), info.getInt(20));
        }
    }

    /**
     * What the child has used until then, as struct rusage has it: seconds and microseconds of user and of system time, then
     * fourteen numbers; null before, and for a process that is no child.
     */
    public long @Nullable [] usage() {
        if (!usageKnown || kind == ANY_PROCESS) {
            return null;
        }
        long[] usage = new long[SIZEOF_RUSAGE / 8];
        for (int i = 0; i < usage.length; i++) {
            usage[i] = info.getLong(USAGE_AT + 8 * i);
        }
        return usage;
    }
}
