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
import org.sigkevent.sys.ProgramMemory;
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
    public static final int READ = 0;
    public static final int WRITE = 1;
    /** LIO_NOP's place in lio_opcode order; never submitted. */
    public static final int NOP = 2;

    public static final int READV = 3;
    public static final int WRITEV = 4;
    /** aio_fsync(O_SYNC). */
    public static final int FSYNC = 5;
    /** aio_fsync(O_DSYNC). */
    public static final int FDATASYNC = 6;

    // ---- what a descriptor is

    /** Regular files and block devices: a place in the file, and reads go on until the end of the file. */
    static final int FILE = 0;
    /** Character devices that can seek. */
    static final int DEVICE = 1;
    /** Pipes, FIFOs, terminals, and whatever else cannot seek. */
    static final int STREAM = 2;

    static final int SOCKET = 3;

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

    /** Whether each operation is performed by the thread that would submit it, because none waits on this file. */
    boolean neverWaits;

    // ---- what to do: filled in by whoever has claimed the request, and left alone until it is done

    public int operation;
    public int fildes;
    public long position;
    /** Address of the native memory of the data, or 0 when {@code heap} has it. */
    public long memory;

    public long bytes;
    /** A heap array with the data from {@code heapOffset}: then a bounce buffer is used. Let go when done. */
    public byte @Nullable [] heap;

    public int heapOffset;

    /**
     * Buffers over memory that can be freed meanwhile ({@link Arenas}), of which all that remains is meant; nobody else moves their
     * positions. Then a bounce buffer is used, which is copied only while that memory is there. Let go when done.
     */
    public ByteBuffer @Nullable [] lent;

    /** READV and WRITEV: address and length of each piece. */
    public long @Nullable [] pieces;

    public int pieceCount;
    /** Held strongly until the request is done: whatever owns the memory. Let go then. */
    public @Nullable Object pinned;
    /** aio_reqprio, 0..20. */
    public int priority;

    private int refusal;
    private @Nullable ByteBuffer addressed;
    private long itsAddress;

    // ---- how far it is

    /** Bytes to move, and moved so far. */
    long total;

    long done;

    /** Answers that led to another try. */
    int retries;

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
    int kind;

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
        return (operation == READV || operation == WRITEV) && lent == null;
    }

    /** Whether the file that it is for can seek. */
    boolean positional() {
        return kind <= DEVICE;
    }

    /** Makes this submission fail with this errno: for an element of a list that the face cannot make sense of. */
    public void refuse(int errno) {
        unpin();
        refusal = errno;
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
        total = syncs() ? 0 : bytes;
        byte[] array = heap;
        if (refusal != 0 || array == null && lent == null) {
            return -refusal;
        }
        // whoever uses the program's buffer meanwhile may have moved its position
        if (array != null && (heapOffset < 0 || total > array.length - heapOffset)) {
            return -Errnos.EINVAL;
        }
        block = BounceBuffers.take(total);
        if (block == null) {
            return -Errnos.EAGAIN;
        }
        if (!writes()) {
            return 0;
        }
        if (array == null) {
            return copyLent(total, false) ? 0 : -Errnos.EFAULT;
        }
        Memory.copyIn(block.address, array, heapOffset, (int) total);
        return 0;
    }

    /** Copies so many bytes between the block and the lent buffers: false when the memory of one is gone. */
    private boolean copyLent(long length, boolean back) {
        ByteBuffer[] all = Objects.requireNonNull(lent);
        long at = Objects.requireNonNull(block).address;
        long left = length;
        for (int i = 0; i < all.length && left > 0; i++) {
            ByteBuffer one = all[i];
            int part = (int) Math.min(left, one.remaining());
            boolean copied = back
                    ? ProgramMemory.copyOut(one, one.position(), at, part)
                    : ProgramMemory.copyIn(at, one, one.position(), part);
            if (!copied) {
                return false;
            }
            at += part;
            left -= part;
        }
        return true;
    }

    /** Gets the memory that an operation of the engine needs besides: 0, or -EAGAIN when there is none. */
    int prepareForEngine() {
        if (vectored() && block == null) {
            block = BounceBuffers.take(16L * Math.max(1, pieceCount));
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
        long[] all = pieces;
        int n = 0;
        long skip = done;
        long room = most;
        for (int i = 0; all != null && i < pieceCount && room > 0; i++) {
            long one = all[2 * i + 1];
            if (skip >= one) {
                skip -= one;
                continue;
            }
            long part = Math.min(one - skip, room);
            Memory.putLong(iovecs + 16L * n, all[2 * i] + skip);
            Memory.putLong(iovecs + 16L * n + 8, part);
            skip = 0;
            room -= part;
            n++;
        }
        return n;
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
        byte[] array = heap;
        if (block == null || writes() || value <= 0) {
            return true;
        }
        if (array != null) {
            Memory.copyOut(block.address, array, heapOffset, (int) value);
        }
        return lent == null || copyLent(value, true);
    }

    /** Lets go of the program's memory. */
    void unpin() {
        heap = null;
        lent = null;
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
