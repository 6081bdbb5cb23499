package org.sigkevent;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.aio.AioBuffers;
import org.sigkevent.aio.AioRequest;
import org.sigkevent.aio.AioSubmission;
import org.sigkevent.aio.AioTransfer;
import org.sigkevent.aio.ListIo;
import org.sigkevent.notify.Notify;
import org.sigkevent.sys.Arenas;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Memory;

/**
 * {@code struct aiocb} of {@code <aio.h>}: one asynchronous I/O request, and the key with which its status and result are
 * read. A plain struct: fill the fields, submit, and do not change them until the request is done. It can then be used
 * again, also while the record of the last request is still unread.
 *
 * <p>The library holds the block and its buffer until the request is done, whether or not the program does.
 */
public final class Aiocb {
    private static final ByteBuffer[] NO_PIECES = {};
    private static final AtomicReferenceFieldUpdater<Aiocb, AioRequest> REQUEST =
            AtomicReferenceFieldUpdater.newUpdater(Aiocb.class, AioRequest.class, "request");

    /** The file, socket, pipe or terminal. */
    public int aio_fildes = -1;

    /** Where in the file, in bytes; not looked at where a descriptor cannot seek, nor for writes with O_APPEND. */
    public long aio_offset;

    /**
     * The data: a {@link ByteBuffer} (direct, or on the heap), a jnr {@link Pointer}, or a {@code byte[]}. A buffer's data
     * starts at its position; position and limit stay as they are. Heap data is copied: for a write when it is
     * submitted, for a read before its completion can be seen. So is memory of an arena that can be closed ({@code
     * MemorySegment.asByteBuffer()}): the arena may be closed meanwhile, and a read then ends with EFAULT. Where it belongs to one
     * thread ({@code Arena.ofConfined()}) it can be written from, and a read into it is EFAULT at the call.
     */
    public @Nullable Object aio_buf;

    /** How many bytes. */
    public long aio_nbytes;

    /** aio_readv and aio_writev, LIO_READV and LIO_WRITEV: the pieces, each as {@link #aio_buf} but with its own remaining bytes or length. */
    public ByteBuffer @Nullable [] aio_iov;

    /** How many of the pieces, from the front. */
    public int aio_iovcnt;

    /** How much lower than the caller's the request's I/O priority is: 0 to {@link Aio#AIO_PRIO_DELTA_MAX}. */
    public int aio_reqprio;

    /** How its end is made known. */
    public SigEvent aio_sigevent = new SigEvent();

    /** For lio_listio: LIO_READ, LIO_WRITE, LIO_READV, LIO_WRITEV or LIO_NOP of {@link Aio}. aio_read and aio_write set it. */
    public int aio_lio_opcode;

    private volatile @Nullable AioRequest request;

    /** What it stood for before the list that is being prepared; of the thread that prepares it. */
    private @Nullable AioRequest former;

    /** An empty block. */
    public Aiocb() {}

    /** The request that this block stands for; null when it was never submitted. */
    @Nullable
    AioRequest request() {
        return request;
    }

    /**
     * Submits what the fields say.
     *
     * @return 0; or as {@link AioSubmission#submit}
     * @throws ErrnoException EINVAL, EFAULT, EBUSY
     */
    int submit(int operation) {
        AioRequest former = request;
        AioRequest r = former;
        int claim = r == null ? 0 : r.claim();
        if (r == null || claim == 0) {
            r = another(former);
            claim = r.claim();
        }
        int rc = -1;
        try {
            r.target = aio_sigevent == null ? Notify.none() : aio_sigevent.resolve();
            fill(r.transfer, operation);
            if (operation == AioTransfer.READ || operation == AioTransfer.WRITE) {
                // as glibc does, of whose programs some look what has ended
                aio_lio_opcode = operation;
            }
            // before its record can be taken
            if (r != former && !REQUEST.compareAndSet(this, former, r)) {
                throw inFlight();
            }
            rc = AioSubmission.submit(r);
            return rc;
        } finally {
            if (rc != 0 && r.giveUp(claim)) {
                REQUEST.compareAndSet(this, r, former);
            }
        }
    }

    /** A new request, for while the record of the last one is unread. */
    private static AioRequest another(@Nullable AioRequest former) {
        if (former != null && former.busy()) {
            throw inFlight();
        }
        return new AioRequest();
    }

    private static ErrnoException inFlight() {
        return new ErrnoException(Errnos.EBUSY, "aiocbp is in flight: its request is not done");
    }

    /**
     * Adds what the fields say to a list. Where they make no sense, it is a request that is refused before it starts, with the
     * error as its status; it notifies as its sigevent says, if that can be understood.
     *
     * @return false for a block in flight, which is left alone
     */
    boolean addTo(ListIo list) {
        AioRequest before = request;
        AioRequest r = before;
        int claim = r == null ? 0 : r.claim();
        if (r == null || claim == 0) {
            if (r != null && r.busy()) {
                return false;
            }
            r = new AioRequest();
            claim = r.claim();
            // it may stand in the list twice, or another thread may submit it
            if (!REQUEST.compareAndSet(this, before, r)) {
                return false;
            }
        }
        try {
            r.target = null;
            try {
                r.target = aio_sigevent == null ? Notify.none() : aio_sigevent.resolve(list.lastTarget());
                if (!known(aio_lio_opcode)) {
                    throw ErrnoException.invalid(null);
                }
                fill(r.transfer, aio_lio_opcode);
            } catch (ErrnoException refused) {
                r.transfer.operation = known(aio_lio_opcode) ? (byte) aio_lio_opcode : AioTransfer.READ;
                r.transfer.fildes = aio_fildes;
                r.transfer.refuse(refused.errno());
                if (r.target == null) {
                    r.target = Notify.none();
                }
            }
            former = before;
            list.add(this, r, claim);
            return true;
        } catch (Throwable thrown) {
            r.giveUp(claim);
            REQUEST.compareAndSet(this, r, before);
            throw thrown;
        }
    }

    /** Whether an element of a list can have this opcode, which is the operation's number. */
    private static boolean known(int opcode) {
        return opcode == Aio.LIO_READ || opcode == Aio.LIO_WRITE || opcode == Aio.LIO_READV || opcode == Aio.LIO_WRITEV;
    }

    /**
     * The preparation of the list has ended to which the block was added.
     *
     * @param refused whether nothing came of it: the block stands for what it did before
     */
    void prepared(boolean refused) {
        AioRequest before = former;
        former = null;
        if (refused) {
            REQUEST.set(this, before);
        }
    }

    private void fill(AioTransfer t, int operation) {
        t.operation = (byte) operation;
        t.fildes = aio_fildes;
        t.position = aio_offset;
        t.priority = 0;
        t.memory = 0;
        t.total = 0;
        t.unpin();
        if (operation == AioTransfer.FSYNC || operation == AioTransfer.FDATASYNC) {
            return;
        }
        if (operation == AioTransfer.READV || operation == AioTransfer.WRITEV) {
            locatePieces(t, operation == AioTransfer.READV);
        } else {
            locate(t, operation == AioTransfer.READ);
        }
        int priority = aio_reqprio;
        if (priority < 0 || priority > Aio.AIO_PRIO_DELTA_MAX) {
            throw ErrnoException.invalid(
                    "aio_reqprio " + priority + " is not in 0 to AIO_PRIO_DELTA_MAX (" + Aio.AIO_PRIO_DELTA_MAX + ")");
        }
        t.priority = (byte) priority;
    }

    /** How many bytes a buffer has, as far as it knows; none for null, -1 for what is no buffer or a Pointer to Java memory. */
    static long room(@Nullable Object buffer, int position) {
        if (buffer instanceof ByteBuffer b) {
            return Math.max(0, b.limit() - position);
        }
        if (buffer instanceof Pointer p && p.isDirect()) {
            return p.size() > 0 ? p.size() : Long.MAX_VALUE;
        }
        return buffer instanceof byte[] bytes ? bytes.length : buffer == null ? 0 : -1;
    }

    /** Why an argument of this name cannot be a buffer. */
    static String noBuffer(String name, Object buffer) {
        if (buffer instanceof Pointer) {
            return name + " is a jnr Pointer to Java memory: allocate it direct";
        }
        String instead = buffer instanceof String || buffer instanceof char[]
                ? ": text has no bytes before it is encoded, so pass text.getBytes(UTF_8), and the length of that"
                : "";
        return name + " is a " + buffer.getClass().getTypeName() + ", not a ByteBuffer, byte[] or Pointer" + instead;
    }

    private void locate(AioTransfer t, boolean reading) {
        Object buffer = aio_buf;
        long length = aio_nbytes;
        if (length < 0) {
            throw ErrnoException.invalid("aio_nbytes " + length + " is negative");
        }
        t.total = length;
        t.pinned = buffer;
        if (buffer == null && length > 0 || reading && buffer instanceof ByteBuffer b && b.isReadOnly()) {
            throw new ErrnoException(Errnos.EFAULT, "aio_buf is " + (buffer == null ? "null" : "a read-only buffer"));
        }
        // once: another thread may move it
        int position = buffer instanceof ByteBuffer b ? b.position() : 0;
        long room = room(buffer, position);
        if (buffer != null && room < 0) {
            throw ErrnoException.invalid(noBuffer("aio_buf", buffer));
        }
        if (room < length) {
            throw ErrnoException.invalid("aio_buf holds " + room + " bytes, fewer than aio_nbytes " + length);
        }
        if (buffer instanceof ByteBuffer b && b.isDirect()) {
            long address = t.addressOf(b);
            if (address == 0 && b.capacity() > 0) {
                t.buffers().lent = new ByteBuffer[] {lent(b, reading, "aio_buf")};
            } else {
                t.memory = address + position;
            }
        } else if (buffer instanceof ByteBuffer b) {
            heap(t.buffers(), b, position, (int) length);
        } else if (buffer instanceof byte[] bytes) {
            heap(t.buffers(), bytes, 0);
        } else if (buffer instanceof Pointer p) {
            t.memory = p.address();
        }
    }

    /** What stands for a buffer over memory that can be freed meanwhile. Where it is written to later, that must be possible then. */
    private static ByteBuffer lent(ByteBuffer b, boolean reading, String name) {
        String refusal = Arenas.refusal(b, !reading);
        if (refusal != null) {
            throw new ErrnoException(Errnos.EFAULT, name + " is " + refusal);
        }
        return b.duplicate();
    }

    private static void heap(AioBuffers into, ByteBuffer b, int position, int length) {
        if (b.hasArray()) {
            heap(into, b.array(), b.arrayOffset() + position);
        } else {
            // read-only: only written from
            byte[] copy = new byte[length];
            b.get(position, copy);
            heap(into, copy, 0);
        }
    }

    private static void heap(AioBuffers into, byte[] array, int offset) {
        into.heap = array;
        into.heapOffset = offset;
    }

    private void locatePieces(AioTransfer t, boolean reading) {
        int count = aio_iovcnt;
        ByteBuffer[] buffers = aio_iov == null ? NO_PIECES : aio_iov;
        int most = Math.min(Aio.IOV_MAX, buffers.length);
        if (count < 0 || count > most) {
            throw ErrnoException.invalid("aio_iovcnt " + count + " is not in 0 to " + most);
        }
        AioBuffers into = t.buffers();
        long[] pieces = into.pieces;
        if (pieces == null || pieces.length < 2 * count) {
            pieces = new long[2 * count];
            into.pieces = pieces;
        }
        long total = 0;
        boolean canBeClosed = false;
        for (int i = 0; i < count; i++) {
            ByteBuffer b = buffers[i];
            if (b == null || !b.isDirect() || reading && b.isReadOnly()) {
                throw new ErrnoException(
                        b == null || b.isDirect() ? Errnos.EFAULT : Errnos.EINVAL,
                        "aio_iov[" + i + "] is "
                                + (b == null ? "null" : b.isDirect() ? "read-only" : "not a direct buffer"));
            }
            canBeClosed |= Arenas.canBeClosed(b);
            int position = b.position();
            int length = Math.max(0, b.limit() - position);
            pieces[2 * i] = canBeClosed ? 0 : Memory.address(b) + position;
            pieces[2 * i + 1] = length;
            total += length;
        }
        if (canBeClosed) {
            into.lent = lend(buffers, count, reading);
        }
        into.pieceCount = count;
        t.total = total;
        t.pinned = buffers.clone();
    }

    private static ByteBuffer[] lend(ByteBuffer[] buffers, int count, boolean reading) {
        ByteBuffer[] all = new ByteBuffer[count];
        for (int i = 0; i < count; i++) {
            all[i] = lent(buffers[i], reading, "aio_iov[" + i + "]");
        }
        return all;
    }
}
