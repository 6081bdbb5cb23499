package org.sigkevent.engine;

import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Link;

/**
 * One operation that an {@link Engine} performs: what to do, and what the floor above wants to hear when it is done.
 *
 * <p>The owner fills the public fields while the operation is not in flight, submits it, and does not touch it until
 * {@link #completed} is called. An object may be used again for the next operation. The memory behind {@link #address} is
 * the owner's to keep alive until then.
 */
public abstract class Op extends Link<Op> {
    // the numbers are those of io_uring; what it has no number of its own for has a bit besides
    /** The bits of a code that are io_uring's number. */
    static final int OPCODE = 63;

    private static final int MORE = 64;

    /** Does nothing. */
    public static final int NOP = 0;
    /** read(2) at {@link #offset}, or at the file's own position when the offset is -1. */
    public static final int READ = 22;
    /** write(2) at {@link #offset}, or at the file's own position when the offset is -1. */
    public static final int WRITE = 23;
    /** readv(2): {@link #address} is an array of {@link #length} iovecs. */
    public static final int READV = 1;
    /** writev(2): {@link #address} is an array of {@link #length} iovecs. */
    public static final int WRITEV = 2;
    /** fsync(2), or fdatasync(2) with {@link #FLAG_DATASYNC} in {@link #flags}. */
    public static final int FSYNC = 3;
    /** Waits until one of the poll(2) events in {@link #flags} is there, once; completes with the events. */
    public static final int POLL = 6;
    /** As {@link #POLL}, but again for every edge: {@link #completed} is called each time, with {@code more} true. */
    public static final int POLL_EDGES = POLL | MORE;
    /** send(2) with the MSG_ flags in {@link #flags}. */
    public static final int SEND = 26;

    /** accept4(2): {@link #address} and {@link #offset} are the addresses of a sockaddr and its length, {@link #flags} SOCK_ flags. */
    public static final int ACCEPT = 13;
    /** connect(2): {@link #address} is the sockaddr, {@link #offset} its length. */
    public static final int CONNECT = 16;
    /**
     * Waits on a futex word of 32 bits: {@link #address} is the word, {@link #offset} the expected value, {@link #length} the bit
     * set, {@link #flags} 1 for one that other processes share.
     */
    public static final int FUTEX_WAIT = 51;
    /**
     * waitid(2): {@link #fd} is the id, {@link #length} the kind of id, {@link #flags} the options, {@link #offset} the address of
     * a siginfo_t.
     */
    public static final int WAITID = 50;
    /** sync_file_range(2): {@link #offset}, {@link #length} and {@link #flags}. */
    public static final int SYNC_RANGE = 8;

    /** For {@link #FSYNC}: data only. */
    public static final int FLAG_DATASYNC = 1;

    /** Which of the operations above. */
    public int code;

    public int fd;
    /** Whether {@link #fd} is what {@link Engine#holdFile} gave, and not a descriptor. */
    public boolean fixed;
    /**
     * Whether a read or write may block although it is asked not to, as that of a terminal does. Then io_uring makes it on a worker
     * thread of the kernel's and never in a thread of the process; epoll finds out by itself. Other operations do not look at it.
     */
    public boolean mayBlock;
    /** Whether {@link #fd} is a descriptor of this operation's own until it is over, so that nobody has to make another one of it. */
    public boolean ownFd;

    public long address;
    public int length;
    public long offset;
    public int flags;
    /** The I/O priority as ioprio_set(2) encodes it, or 0 for the submitter's own. */
    public short ioprio;
    /** The engine's name for this operation while it is in flight; the engine's alone. */
    long ticket;

    /** What hears from a helper of the end of an operation. */
    interface Owner {
        /** The operation was performed. On the helper's thread. */
        void done(Op op, int result);
    }

    /** Who is told by a helper. */
    @SuppressWarnings("NullAway.Init")
    Owner owner;

    /** What waits to be told: the result of one that is done, the errno of one that was held and is not handed over. */
    int outcome;

    /** For {@link #held}: not held, held by a thread for its engine, and that but cancelled. */
    static final byte FREE = 0;

    static final byte HELD = 1;
    static final byte WITHDRAWN = 2;

    /**
     * Written by the thread that holds it when it is submitted, before a full fence, then under the engine's submission lock. A
     * cancellation takes that lock before it reads this: one that does not see it was made known before the fence.
     */
    byte held;

    /** The duplicate that stands in the epoll set, or -1. Written under the operation's monitor. */
    volatile int watched = -1;

    /** The call in a thread of its own that does it; null when there is none. Written before {@link #cancelled} is looked at. */
    volatile BlockingHelpers.@Nullable Task blocked;

    volatile long cancelled = -1;

    /**
     * The thread that handed this operation to the kernel last; written before that, and read by the reaper, which the kernel
     * orders after it. Weak: what waits long must not hold what a thread that has ended was given by its program.
     */
    @Nullable
    WeakReference<Thread> submitter;

    /** Whether the thread that submitted this has ended, so that the kernel may have ended the operation with it. */
    public final boolean submitterEnded() {
        WeakReference<Thread> of = submitter;
        Thread thread = of == null ? null : of.get();
        return of != null && (thread == null || !thread.isAlive());
    }

    /** A helper has performed it, and tells its engine next. On the helper's thread, which may block. */
    protected void performed(int result) {}

    /**
     * The operation is done. Called by the thread that reaps, under the engine's reaping lock: it must be short, must not
     * block nor throw, since other completions still count, and may submit further operations.
     *
     * @param result what the system call would have returned, or the errno negated
     * @param more whether another completion of the same operation follows ({@link #POLL_EDGES} only)
     */
    protected abstract void completed(int result, boolean more);

    /**
     * The operation was held ({@link Engine#hold}) and was not handed to the kernel. Called by the thread that releases, outside
     * of all locks of the engine; may submit further operations. As if it had completed so, unless somebody knows better.
     *
     * @param errno EAGAIN, ENOMEM, EBADF or ECANCELED: see {@link Engine#release}
     */
    protected void notSubmitted(int errno) {
        completed(-errno, false);
    }
}
