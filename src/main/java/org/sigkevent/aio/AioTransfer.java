package org.sigkevent.aio;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Request;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.Arenas;
import org.sigkevent.sys.BounceBuffers;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/**
 * What a request is to do and how much of it is done: the fields that the face fills in, the memory behind them, the operation for
 * what is left, and its place among the requests of its file. The object itself is that operation: what it inherits from {@link Op}
 * is what the engine carries, once or, when a transfer is cut short, several times.
 *
 * <p>It belongs to whoever owns the request. The fields that the face fills in are read only while the request is CLAIMED or in
 * flight. It knows the request only by what is abstract here.
 */
public abstract class AioTransfer extends Request {
    public static final byte READ = 0;
    public static final byte WRITE = 1;
    /** LIO_NOP's place in lio_opcode order; never submitted. */
    public static final byte NOP = 2;

    public static final byte READV = 3;
    public static final byte WRITEV = 4;
    /** aio_fsync(O_SYNC). */
    public static final byte FSYNC = 5;
    /** aio_fsync(O_DSYNC). */
    public static final byte FDATASYNC = 6;

    // ---- what a descriptor is

    /** Regular files and block devices: a place in the file, and reads go on until the end of the file. */
    static final byte FILE = 0;
    /** Character devices that can seek. */
    static final byte DEVICE = 1;
    /** Pipes, FIFOs, terminals, and whatever else cannot seek. */
    static final byte STREAM = 2;

    static final byte SOCKET = 3;

    /** The most bytes that Linux moves in one system call; longer requests are done in several. */
    static final int MOST_AT_ONCE = 0x7ffff000;

    /**
     * The most bytes that one operation reads from a file: what is cached is copied by the thread that submits the operation, in
     * about 0.1 ms a megabyte, while others wait for the engine. Writes are not split: appended ones
     * must stay in one piece, and file systems that are likely to block hand them to a worker by themselves.
     */
    static final int MOST_READ_AT_ONCE = 1 << 20;

    /** How often an answer that nobody asked for (a cancellation, an interruption) leads to another try. */
    static final int MOST_RETRIES = 100;

    /** Whose engine does it. */
    @Nullable
    Queue queue;

    // ---- what to do: filled in by whoever has claimed the request, and left alone until it is done

    public byte operation;
    /** aio_reqprio, 0..20. */
    public byte priority;

    public int fildes;
    public long position;
    /** Address of the native memory of the data, or 0 when {@link #buffers()} has it. */
    public long memory;

    /** Bytes to move. */
    public long total;
    /** Held strongly until the request is done: whatever owns the memory. Let go then. */
    public @Nullable Object pinned;

    private @Nullable AioBuffers buffers;
    private short refusal;
    private @Nullable ByteBuffer addressed;
    private long itsAddress;

    // ---- how far it is

    /** Bytes moved so far. */
    long done;

    /** Answers that led to another try. */
    byte retries;

    private BounceBuffers.@Nullable Block block;

    final AioState state = new AioState();

    /** Whether this submission was cancelled: also between two operations, which {@link #cancelled} says of one. */
    volatile boolean cancelWanted;

    // ---- in the lines of the file: written under its lock

    /** The others of its {@link Line}. */
    @Nullable
    AioTransfer ahead;

    @Nullable
    AioTransfer behind;

    /** Which of the above the file is. */
    byte kind;

    /** Its place in the order of the file's requests; 0 when it is in no line. */
    long sequence;

    /** Whether it depends on the file's duplicate. */
    boolean holds;

    /** The next one in a chain of requests that are free to start; of one that ends, the first that was waiting for it. */
    @Nullable
    AioTransfer startNext;

    // package-private: the request is the only one
    AioTransfer() {}

    // ---- the request

    /** Its turn has come: true for the one call that finds it QUEUED, whose caller then starts it. Under the lock of the file. */
    boolean takesTurn() {
        return state.leaves(AioState.QUEUED, AioState.IN_KERNEL);
    }

    /**
     * Cancels it, under the lock of the file: if it is with the kernel, the kernel is asked to give it up.
     *
     * @return true: it was QUEUED or HELD and is the caller's now, who starts it (and so ends it)
     */
    boolean cancel() {
        if (!state.unfinished()) {
            return false;
        }
        cancelWanted = true;
        boolean waited = state.leaves(AioState.QUEUED, AioState.ENDING) || state.leaves(AioState.HELD, AioState.ENDING);
        if (!waited) {
            queue().cancel(this);
        }
        return waited;
    }

    /** As in {@link Request}; for those of this package. */
    @Override
    protected abstract boolean hasItsFile();

    /** Starts it, or ends it: what is free to start then. */
    abstract @Nullable AioTransfer start();

    /** Starts the requests of a chain, and what is free because they ended at once: in a loop, they may be many. */
    static void startAll(@Nullable AioTransfer chain) {
        AioTransfer rest = chain;
        while (rest != null) {
            AioTransfer first = rest;
            rest = first.startNext;
            first.startNext = null;
            AioTransfer more = first.start();
            while (more != null) {
                AioTransfer one = more;
                more = one.startNext;
                one.startNext = rest;
                rest = one;
            }
        }
    }

    Queue queue() {
        return Objects.requireNonNull(queue);
    }

    // ---- what it is

    boolean writes() {
        return operation == WRITE || operation == WRITEV;
    }

    boolean syncs() {
        return operation >= FSYNC;
    }

    boolean vectored() {
        AioBuffers own = buffers;
        return (operation == READV || operation == WRITEV) && (own == null || own.lent == null);
    }

    /** For data that is not one stretch of native memory; made when it is needed first. */
    public AioBuffers buffers() {
        AioBuffers own = buffers;
        if (own == null) {
            own = new AioBuffers();
            buffers = own;
        }
        return own;
    }

    /** Of a transfer that is {@link #vectored}. */
    int pieceCount() {
        AioBuffers own = buffers;
        return own == null ? 0 : own.pieceCount;
    }

    /** Whether the file that it is for can seek. */
    boolean positional() {
        return kind <= DEVICE;
    }

    /** Makes this submission fail with this errno: for an element of a list that the face cannot make sense of. */
    public void refuse(int errno) {
        unpin();
        refusal = (short) errno;
    }

    /** The address of a direct buffer's byte 0; 0 when its memory {@linkplain Arenas#canBeClosed can be freed}. The last answer is kept. */
    // equal buffers have different addresses
    @SuppressWarnings("ReferenceEquality")
    public long addressOf(ByteBuffer direct) {
        if (addressed != direct) {
            itsAddress = Arenas.canBeClosed(direct) ? 0 : Memory.address(direct);
            addressed = direct;
        }
        return itsAddress;
    }

    // ---- prepare

    /** Begins with nothing done and gets the memory: 0, -EINVAL, -EAGAIN, or what was refused. */
    int prepare() {
        // a look costs less than a fence
        if (cancelWanted) {
            cancelWanted = false;
        }
        done = 0;
        retries = 0;
        fd = fildes;
        fixed = false;
        renew();
        AioBuffers from = buffers;
        if (refusal != 0 || from == null || !from.bounce()) {
            return -refusal;
        }
        if (!from.hold(total)) {
            return -Errnos.EINVAL;
        }
        block = BounceBuffers.take(total);
        if (block == null) {
            return -Errnos.EAGAIN;
        }
        return writes() && !from.copyTo(block.address, total) ? -Errnos.EFAULT : 0;
    }

    /** Gets the memory that an operation of the engine needs besides: 0, or -EAGAIN when there is none. */
    int prepareForEngine() {
        if (vectored() && block == null) {
            block = BounceBuffers.take(16L * Math.max(1, pieceCount()));
            return block == null ? -Errnos.EAGAIN : 0;
        }
        return 0;
    }

    /** The address of the data. */
    long base() {
        return block != null ? block.address : memory;
    }

    // ---- the operation

    /** Makes the operation for what is left, or the one that waits until a stream is ready for it. */
    void next(boolean poll) {
        renew();
        flags = 0;
        ioprio = 0;
        if (poll) {
            code = Op.POLL;
            flags = writes() ? Linux.POLLOUT : Linux.POLLIN;
            return;
        }
        if (syncs()) {
            code = Op.FSYNC;
            flags = operation == FDATASYNC ? Op.FLAG_DATASYNC : 0;
            return;
        }
        boolean write = writes();
        boolean placed = positional();
        offset = placed ? Math.max(0, position) + done : -1;
        long most = placed && !write ? MOST_READ_AT_ONCE : MOST_AT_ONCE;
        if (vectored()) {
            code = write ? Op.WRITEV : Op.READV;
            address = base();
            length = layOut(address, most);
        } else {
            code = !write ? Op.READ : kind == SOCKET ? Op.SEND : Op.WRITE;
            flags = code == Op.SEND ? Linux.MSG_NOSIGNAL : 0;
            address = base() + done;
            length = (int) Math.min(total - done, most);
        }
        if (placed && priority > 0) {
            ioprio = (short) lowered(priority);
        }
    }

    /** Writes iovecs for the pieces, without what is done and for at most {@code most} bytes: how many. */
    int layOut(long iovecs, long most) {
        AioBuffers own = buffers;
        return own == null ? 0 : own.layOut(iovecs, done, most);
    }

    /**
     * The calling thread's I/O priority, lowered: by one level for every three steps of aio_reqprio, down to 7, in its class
     * (best effort, level 4, for a thread that has none). The idle class has no levels.
     */
    static int lowered(int by) {
        final int shift = 13;
        final int bestEffort = 2;
        final int idle = 3;
        int own = (int) Native.C.syscall(Syscalls.IOPRIO_GET, 1, 0);
        int kind = own < 0 ? 0 : own >> shift & 7;
        if (kind == idle) {
            return own;
        }
        int level = kind == 0 ? 4 : own & 7;
        return (kind == 0 ? bestEffort : kind) << shift | Math.min(7, level + by / 3);
    }

    /** Whether something is left to do when {@code moved} bytes were moved. */
    boolean goesOn(int moved) {
        return moved > 0 && done < total && !syncs() && (writes() || kind == FILE);
    }

    /** Whether it failed for a reason that is not its own: a cancellation, or the end of its thread, that nobody asked for. */
    boolean unasked(int errno) {
        // what a cold read of a thread says that has ended is EFAULT
        return errno == Errnos.ECANCELED || errno == Errnos.EINTR || errno == Errnos.EFAULT && submitterEnded();
    }

    // ---- the end

    /**
     * Copies what was read to where the program wants it; {@code value} is how many bytes that is.
     *
     * @return false when that memory is gone
     */
    boolean copyBack(long value) {
        AioBuffers to = buffers;
        if (block == null || to == null || writes() || value <= 0) {
            return true;
        }
        return to.copyFrom(block.address, value);
    }

    /** Lets go of the program's memory. */
    public void unpin() {
        AioBuffers own = buffers;
        if (own != null) {
            own.letGo();
        }
        pinned = null;
    }

    /** Lets go of what {@link #prepare} and {@link #prepareForEngine} took. */
    void letGo() {
        refusal = 0;
        BounceBuffers.Block taken = block;
        block = null;
        if (taken != null) {
            BounceBuffers.give(taken);
        }
    }
}
