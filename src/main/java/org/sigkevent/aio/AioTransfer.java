package org.sigkevent.aio;

import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Request;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/**
 * What an {@link AioRequest} is to do and how much of it is done: the fields that the face fills in, the memory behind them, and
 * the operation for what is left. The object itself is that operation: what it inherits from {@link Op} is what the engine carries,
 * once or, when a transfer is cut short, several times.
 *
 * <p>It belongs to whoever owns the request. The fields that the face fills in are read only while the request is CLAIMED or in
 * flight.
 */
public final class AioTransfer extends Request {
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

    /** The most pieces of a vectored request. */
    public static final int MOST_PIECES = 1024;

    /** The largest priority. */
    public static final int MOST_PRIORITY = 20;

    /** The most bytes that Linux moves in one system call; longer requests are done in several. */
    static final int MOST_AT_ONCE = 0x7ffff000;

    /**
     * The most bytes that one operation reads from a file: what is cached is copied by the thread that submits the operation, in
     * about 0.1 ms a megabyte, while others wait for the engine. A worker of the kernel would be the other way, but it looks the
     * descriptor up only when it begins, and by then the number may be another file's (seen). Writes are not split: appended ones
     * must stay in one piece, and file systems that are likely to block hand them to a worker by themselves.
     */
    static final int MOST_READ_AT_ONCE = 1 << 20;

    final AioRequest request;

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
    private BounceBuffers.@Nullable Block block;

    AioTransfer(AioRequest request) {
        this.request = request;
    }

    boolean writes() {
        return operation == WRITE || operation == WRITEV;
    }

    boolean syncs() {
        return operation >= FSYNC;
    }

    boolean vectored() {
        return operation == READV || operation == WRITEV;
    }

    /** Makes this submission fail with this errno: for an element of a list that the face cannot make sense of. */
    public void refuse(int errno) {
        unpin();
        refusal = errno;
    }

    /** The address of a direct buffer's byte 0. Asking for it is a native call: the last answer is kept. */
    @SuppressWarnings("ReferenceEquality") // equal buffers have different addresses
    public long addressOf(ByteBuffer direct) {
        if (addressed != direct) {
            itsAddress = Memory.address(direct);
            addressed = direct;
        }
        return itsAddress;
    }

    // ---- prepare

    /** Checks the fields, works out how many bytes it is about and gets the memory: 0, -EINVAL, -EAGAIN, or what was refused. */
    int prepare() {
        total = 0;
        done = 0;
        fd = fildes;
        renew();
        if (refusal != 0) {
            return -refusal;
        }
        if (operation < READ || operation > FDATASYNC || operation == NOP) {
            return -Errnos.EINVAL;
        }
        if (syncs()) {
            return 0;
        }
        if (priority < 0 || priority > MOST_PRIORITY) {
            return -Errnos.EINVAL;
        }
        if (vectored()) {
            return checkPieces();
        }
        byte[] array = heap;
        if (bytes < 0 || array != null && (heapOffset < 0 || bytes > array.length - heapOffset)) {
            return -Errnos.EINVAL;
        }
        total = bytes;
        if (array != null) {
            BounceBuffers.Block taken = BounceBuffers.take(total);
            if (taken == null) {
                return -Errnos.EAGAIN;
            }
            block = taken;
            if (writes()) {
                Memory.copyIn(taken.address, array, heapOffset, (int) total);
            }
        }
        return 0;
    }

    private int checkPieces() {
        long[] all = pieces;
        if (pieceCount < 0 || pieceCount > MOST_PIECES) {
            return -Errnos.EINVAL;
        }
        if (pieceCount > 0 && (all == null || all.length < 2 * pieceCount)) {
            return -Errnos.EINVAL;
        }
        long sum = 0;
        for (int i = 0; i < pieceCount; i++) {
            long one = Objects.requireNonNull(all)[2 * i + 1];
            sum += one;
            if (one < 0 || sum < 0) {
                return -Errnos.EINVAL;
            }
        }
        total = sum;
        return 0;
    }

    /** Gets the memory that an operation of the engine needs besides: false when there is none. */
    boolean prepareForEngine() {
        if (vectored() && block == null) {
            block = BounceBuffers.take(16L * Math.max(1, pieceCount));
            return block != null;
        }
        return true;
    }

    /** The address of the data. */
    long base() {
        return block != null ? block.address : memory;
    }

    /**
     * Whether it may take more than one operation, or one that is performed long after it was submitted: then on a stream the
     * number must not become another file's meanwhile.
     */
    boolean mayTakeLong(OpenFile file, boolean asynchronous) {
        if (!syncs() && !asynchronous) {
            return true;
        }
        return writes() && !(total <= Linux.PIPE_BUF && file.identity.type() == Linux.S_IFIFO);
    }

    // ---- the operation

    /** Makes the operation for what is left. */
    void next(OpenFile file) {
        renew();
        flags = 0;
        ioprio = 0;
        if (syncs()) {
            code = Op.FSYNC;
            flags = operation == FDATASYNC ? Op.FLAG_DATASYNC : 0;
            address = 0;
            length = 0;
            offset = 0;
            return;
        }
        boolean write = writes();
        boolean placed = file.positional();
        offset = placed ? Math.max(0, position) + done : -1;
        long most = placed && !write ? MOST_READ_AT_ONCE : MOST_AT_ONCE;
        if (vectored()) {
            code = write ? Op.WRITEV : Op.READV;
            address = base();
            length = layOut(address, most);
        } else {
            code = !write ? Op.READ : file.kind == OpenFile.SOCKET ? Op.SEND : Op.WRITE;
            flags = code == Op.SEND ? Linux.MSG_NOSIGNAL : 0;
            address = base() + done;
            length = (int) Math.min(total - done, most);
        }
        if (placed && priority > 0) {
            ioprio = lowered(priority);
        }
    }

    /** Makes the operation that waits until a stream is ready. */
    void nextPoll() {
        renew();
        code = Op.POLL;
        flags = writes() ? Linux.POLLOUT : Linux.POLLIN;
        ioprio = 0;
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
        final int realTime = 1;
        final int bestEffort = 2;
        final int idle = 3;
        int own = (int) Native.C.syscall(Syscalls.IOPRIO_GET, 1, 0);
        int kind = own < 0 ? 0 : own >> shift & 7;
        if (kind == idle || kind == realTime) {
            return kind == idle ? own : realTime << shift | Math.min(7, (own & 7) + by / 3);
        }
        int level = kind == bestEffort ? own & 7 : 4;
        return bestEffort << shift | Math.min(7, level + by / 3);
    }

    @Override
    public boolean sameFile() {
        return request.sameFile();
    }

    @Override
    protected int beforeArmingAgain() {
        return sameFile() ? 0 : -Errnos.ECANCELED;
    }

    @Override
    protected void finished(int answer) {
        request.answered(answer);
    }

    // ---- the end

    /** Copies what was read to the heap array; {@code value} is how many bytes that is. */
    void copyBack(long value) {
        byte[] array = heap;
        if (block != null && array != null && !writes() && value > 0) {
            Memory.copyOut(block.address, array, heapOffset, (int) value);
        }
    }

    /** Lets go of the program's memory. */
    void unpin() {
        heap = null;
        pinned = null;
    }

    /** Lets go of what {@link #prepare} and {@link #prepareForEngine} took. */
    void letGo() {
        refusal = 0;
        BounceBuffers.Block taken = block;
        if (taken != null) {
            BounceBuffers.give(taken);
            block = null;
        }
    }
}
