package org.sigkevent.kinds;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.OperationRequest;
import org.sigkevent.core.RingRecord;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.PidFd;
import org.sigkevent.sys.Syscalls;

/**
 * KEVENT_PROCESS: a child exits, is killed, stops or continues (waitid), or any process ends (a pidfd becomes readable).
 *
 * <p>The status of a child goes to one who asks, and the JDK asks for those of java.lang.Process. So a request for the end of one
 * process has a pidfd, which tells the status when somebody else has taken it ({@link PidFd}). There is a moment between the end and
 * that: the pidfd is looked at again after 1 ms, 2 ms and so on, 127 ms together.
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

    public static final int WSTOPPED = 2;
    public static final int WEXITED = 4;
    public static final int WCONTINUED = 8;
    public static final int WNOWAIT = 0x1000000;
    private static final int WNOHANG = 1;

    /** It goes on waiting. */
    private static final int ON = 1;

    private static final int FIRST_PAUSE_NANOS = 1_000_000;
    private static final int LAST_PAUSE_NANOS = 64_000_000;

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

    /** The process and its user ({@link PidFd#owner}), as long as it was there. */
    private long owner;

    /** A status was taken that nobody was told of. */
    private volatile boolean untold;

    private int pause = FIRST_PAUSE_NANOS;

    /** The process has ended, and its status is looked for again. */
    private boolean looking;

    public ProcessRequest(Destination to, int kind, int who, int options) {
        super(to, Kinds.KEVENT_PROCESS, who, kind == ANY_PROCESS ? Op.POLL : Op.WAITID, false);
        this.kind = kind;
        this.options = options;
        operation.length = kind;
        operation.offset = Memory.address(info);
        operation.flags = kind == ANY_PROCESS ? Linux.POLLIN : options | WNOWAIT;
    }

    @Override
    protected void check() {
        if (kind == ANY_PROCESS) {
            if (descriptor <= 0) {
                throw ErrnoException.invalid("pid " + descriptor + " is not the id of a process (1 or more)");
            }
            return;
        }
        if (kind < P_ALL || kind > P_PIDFD) {
            throw ErrnoException.invalid("idtype " + kind + " is not P_ALL (0), P_PID (1), P_PGID (2) or P_PIDFD (3)");
        }
        if ((options & ~KNOWN_OPTIONS) != 0 || (options & (WEXITED | WSTOPPED | WCONTINUED)) == 0) {
            throw ErrnoException.invalid("options 0x" + Integer.toHexString(options)
                    + " is not one or more of WEXITED, WSTOPPED and WCONTINUED, with or without WNOWAIT");
        }
        if (descriptor < (kind == P_PID ? 1 : 0) && kind != P_ALL) {
            throw ErrnoException.invalid("who " + descriptor + " is not "
                    + (kind == P_PID ? "a pid (1 or more)" : kind == P_PGID ? "a process group" : "a pidfd"));
        }
    }

    @Override
    protected String asked() {
        return kind == ANY_PROCESS
                ? "processEnd of pid " + descriptor
                : "waitid of idtype " + kind + ", who " + descriptor + ", options 0x" + Integer.toHexString(options);
    }

    @Override
    protected int begin() {
        if (kind == ANY_PROCESS) {
            int rc = watch(PidFd.open(descriptor));
            return rc < 0 ? rc : handOver();
        }
        boolean one = kind == P_PID || kind == P_PIDFD;
        if (kind == P_PIDFD || one && (options & WEXITED) != 0) {
            int rc = watch(kind == P_PID ? PidFd.open(descriptor) : Linux.duplicate(descriptor, 0));
            if (rc == -Errnos.EMFILE || rc == -Errnos.ENFILE || rc == -Errnos.ENOMEM) {
                return rc;
            }
        }
        leftByEngine = supported();
        return leftByEngine ? handOver() : beginWithoutEngine();
    }

    /** The end of a process shows on its pidfd: 0, or what {@code pidfd} says is wrong. */
    private int watch(int pidfd) {
        if (pidfd < 0) {
            return pidfd;
        }
        own = pidfd;
        owner = PidFd.owner(pidfd);
        if (kind != P_PID) {
            operation.fd = pidfd;
        }
        return 0;
    }

    /** The end of one child shows on a pidfd; groups, stops and continuations need a thread that waits. */
    private int beginWithoutEngine() {
        int rc = waitid(options | WNOHANG, 0);
        if (rc < 0 || info.getInt(16) != 0) {
            ended(rc);
            return 0;
        }
        return handOver();
    }

    @Override
    protected int readiness() {
        return own < 0 || (options & (WSTOPPED | WCONTINUED)) != 0 ? 0 : Linux.POLLIN;
    }

    private int waitid(int how, int into) {
        return waitid(kind, kind == P_PIDFD && own >= 0 ? own : descriptor, how, into);
    }

    private int waitid(int idtype, int who, int how, int into) {
        long at = Memory.address(info);
        return (int) Linux.call(Syscalls.WAITID, idtype, who, at + into, how, at + USAGE_AT);
    }

    @Override
    public long blocking() {
        return waitid(options | (readiness() == 0 ? 0 : WNOHANG), 0);
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

    /** The end of a process that is no child of ours, or whose status somebody else has taken. */
    private long askPidfd() {
        int status = PidFd.status(own);
        if (status == PidFd.UNKNOWN && owner != 0 && pause <= LAST_PAUSE_NANOS) {
            return lookAgain();
        }
        boolean known = status != PidFd.UNKNOWN;
        info.putInt(8, known ? PidFd.code(status) : 0);
        info.putInt(16, owner == 0 ? descriptor : (int) (owner >>> 32));
        info.putInt(20, (int) owner);
        info.putInt(24, known ? PidFd.value(status) : 0);
        return known || kind == ANY_PROCESS ? 0 : -Errnos.ECHILD;
    }

    private int lookAgain() {
        int now = pause;
        pause = Math.min(2 * now, 2 * LAST_PAUSE_NANOS);
        looking = true;
        queue.deadlines().set(this, Linux.CLOCK_MONOTONIC, System.nanoTime() + now);
        // stopped while it was nowhere; pairs with stop()
        if (stopped()) {
            stop();
        }
        return ON;
    }

    /** It is time to look again. Under the lock of the deadlines, so whoever reaps does it ({@link #ended}). */
    @Override
    protected void due(long nanos) {
        operation.code = Op.NOP;
        if (handOverAgain() < 0) {
            complete(-Errnos.ECANCELED, 0, 0);
        }
    }

    @Override
    protected int arm() {
        return looking ? queue.armInDriver(operation) : super.arm();
    }

    @Override
    protected void stop() {
        super.stop();
        if (queue.deadlines().clear(this)) {
            complete(-Errnos.ECANCELED, 0, 0);
        }
    }

    /** What to do about an answer of the engine, or of {@link #blocking}: 0, an errno negated, or {@link #ON}. */
    private long outcome(long answer) {
        boolean again = looking;
        looking = false;
        if (answer < 0 && answer != -Errnos.ECHILD) {
            return answer;
        }
        long rc = answer;
        if (kind == ANY_PROCESS) {
            rc = waitid(P_PIDFD, own, WEXITED | WNOHANG | WNOWAIT, 0);
            // not of a zombie of another process, nor when its status was taken
            rc = rc == 0 && info.getInt(16) != 0 ? 0 : -Errnos.ECHILD;
        } else if (again) {
            rc = -Errnos.ECHILD;
        } else if (rc >= 0 && leftByEngine) {
            rc = take();
        } else {
            usageKnown = rc >= 0;
        }
        boolean exits = kind == ANY_PROCESS || (options & WEXITED) != 0;
        return rc == -Errnos.ECHILD && exits && own >= 0 && PidFd.ended(own) ? askPidfd() : rc;
    }

    @Override
    public void ended(long answer) {
        long result;
        try {
            result = outcome(answer);
        } catch (OutOfMemoryError | StackOverflowError noRoom) {
            result = -Errnos.ENOMEM;
        }
        if (result == ON) {
            return;
        }
        if (result < 0) {
            complete(result, 0, 0);
        } else {
            // siginfo_t: si_code 8, si_pid 16, si_uid 20, si_status 24
            descriptor = info.getInt(16);
            untold = kind != ANY_PROCESS && (options & WNOWAIT) == 0;
            complete(info.getInt(24), info.getInt(8), info.getInt(20));
        }
    }

    @Override
    protected boolean taken(RingRecord record) {
        untold = false;
        return super.taken(record);
    }

    /** Somebody has heard of it. */
    @Override
    protected void abandonedElsewhere() {
        untold = false;
    }

    @Override
    protected void abandoned() {
        if (untold) {
            untold = false;
            lost(
                    "the status " + info.getInt(24) + " (si_code " + info.getInt(8) + ") of process " + descriptor,
                    Errnos.ECHILD);
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
