package org.sigkevent.aio;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Request;
import org.sigkevent.core.Source;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/**
 * What an {@link AioRequest} is to do and how much of it is done: the fields that the face fills in, whether they make sense, the
 * memory behind them, and the operation for what is left. Who may touch it when is said there.
 */
public abstract class AioTransfer extends Source {
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
     * The most bytes that one operation reads from a file: what is cached is copied by the thread that hands the operation
     * over, in about 0.1 ms a megabyte, while others wait for the engine. IOSQE_ASYNC would be the other way, but the
     * kernel's worker looks the descriptor up only when it begins, and it may be another file's by then (seen). Writes are
     * not split: appended ones must stay in one piece, and file systems that are likely hand them to a worker by themselves.
     */
    static final int MOST_READ_AT_ONCE = 1 << 20;

    // ---- what to do: filled in by the face before submit() while reusable(), and left alone until the request is done

    public int operation;
    public int fd;
    public long offset;
    /** Native memory of the data ({@code length} bytes), or 0 when {@code heap} has it. */
    public long address;

    public long length;
    /** A heap array with the data from {@code heapOffset}, or null: then a bounce buffer is used. Let go when done. */
    public byte @Nullable [] heap;

    public int heapOffset;
    /** READV/WRITEV: address and length of each piece. */
    @SuppressWarnings("NullAway.Init")
    public long[] pieces;

    public int pieceCount;
    /** Held strongly until the request is done: whatever owns the memory. Let go then. */
    public @Nullable Object pinned;
    /** aio_reqprio, 0..20. */
    public int priority;
    /** Where the completion goes. Let go when the record is taken, so that a cookie object can be collected. */
    @SuppressWarnings("NullAway.Init")
    public Destination target;
    /** What the record carries in data[1] for the face's use (0 if none). */
    public long tag;

    // ---- how far it is

    private int refusal;

    /** Bytes to move, and moved so far. */
    long total;

    long done;
    BounceBuffers.@Nullable Block block;

    AioTransfer() {
        super(false);
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

    /** Makes the next submission fail with this errno: for an element of a list that the face cannot make sense of. */
    public void refuse(int errno) {
        refusal = errno;
    }

    /** What is wrong with the request as it stands: 0 or an errno negated; works out how many bytes it is about. */
    int check() {
        total = 0;
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
        return vectored() ? checkPieces() : checkLength();
    }

    int checkLength() {
        if (length < 0 || heap != null && (heapOffset < 0 || length > heap.length - heapOffset)) {
            return -Errnos.EINVAL;
        }
        total = length;
        return 0;
    }

    int checkPieces() {
        if (pieceCount < 0 || pieceCount > MOST_PIECES) {
            return -Errnos.EINVAL;
        }
        if (pieceCount > 0 && (pieces == null || pieces.length < 2 * pieceCount)) {
            return -Errnos.EINVAL;
        }
        long sum = 0;
        for (int i = 0; i < pieceCount; i++) {
            long one = pieces[2 * i + 1];
            sum += one;
            if (one < 0 || sum < 0) {
                return -Errnos.EINVAL;
            }
        }
        total = sum;
        return 0;
    }

    /** Whether native memory stands behind the data: false when the machine has none. */
    boolean ready() {
        if (heap == null || block != null || vectored()) {
            return true;
        }
        block = BounceBuffers.take(total);
        if (block == null) {
            return false;
        }
        if (writes()) {
            Memory.copyIn(block.address, heap, heapOffset, (int) total);
        }
        return true;
    }

    long base() {
        return block != null ? block.address : address;
    }

    boolean readyPieces() {
        if (block == null) {
            block = BounceBuffers.take(16L * Math.max(1, pieceCount));
        }
        return block != null;
    }

    /** Makes an operation of what is left, on a descriptor of this file. */
    final void prepare(Request op, int number, OpenFile file) {
        op.renew();
        op.fd = number;
        op.flags = 0;
        op.ioprio = 0;
        if (syncs()) {
            op.code = Op.FSYNC;
            op.flags = operation == FDATASYNC ? Op.FLAG_DATASYNC : 0;
            op.address = 0;
            op.length = 0;
            op.offset = 0;
            return;
        }
        boolean write = writes();
        boolean placed = file.positional();
        long left = total - done;
        op.offset = placed ? Math.max(0, offset) + done : -1;
        if (vectored()) {
            op.code = write ? Op.WRITEV : Op.READV;
            op.address = Objects.requireNonNull(block).address;
            long most = placed && !write ? MOST_READ_AT_ONCE : MOST_AT_ONCE;
            op.length = InlineIo.layOut(op.address, pieces, pieceCount, done, most);
        } else {
            op.code = !write ? Op.READ : file.kind == OpenFile.SOCKET ? Op.SEND : Op.WRITE;
            op.flags = op.code == Op.SEND ? Linux.MSG_NOSIGNAL : 0;
            op.address = base() + done;
            op.length = (int) Math.min(left, placed && !write ? MOST_READ_AT_ONCE : MOST_AT_ONCE);
        }
        if (placed && priority > 0) {
            op.ioprio = lowered(priority);
        }
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

    void giveBack(long value) {
        if (block != null) {
            if (heap != null && !writes() && value > 0) {
                Memory.copyOut(block.address, heap, heapOffset, (int) value);
            }
            giveBlock();
        }
    }

    void giveBlock() {
        if (block != null) {
            BounceBuffers.give(block);
            block = null;
        }
    }

    /** Lets go of what one submission needed. */
    final void letGo() {
        refusal = 0;
        giveBlock();
    }
}
