package org.sigkevent;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.aio.AioRequest;
import org.sigkevent.core.Destination;
import org.sigkevent.notify.Notify;
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

    /** The file, socket, pipe or terminal. */
    public int aio_fildes = -1;

    /** Where in the file, in bytes; not looked at where a descriptor cannot seek, nor for writes with O_APPEND. */
    public long aio_offset;

    /**
     * The data: a {@link ByteBuffer} (direct, or on the heap), a jnr {@link Pointer}, or a {@code byte[]}. A buffer's data
     * starts at its position; position and limit stay as they are. Heap data is copied: for a write when it is
     * submitted, for a read before its completion can be seen.
     */
    public @Nullable Object aio_buf;

    /** How many bytes. */
    public long aio_nbytes;

    /** aio_readv and aio_writev: the pieces, each as {@link #aio_buf} but with its own remaining bytes or length. */
    public ByteBuffer @Nullable [] aio_iov;

    /** How many of the pieces, from the front. */
    public int aio_iovcnt;

    /** How much lower than the caller's the request's I/O priority is: 0 to {@link Aio#AIO_PRIO_DELTA_MAX}. */
    public int aio_reqprio;

    /** How its end is made known. */
    public SigEvent aio_sigevent = new SigEvent();

    /** For lio_listio: LIO_READ, LIO_WRITE or LIO_NOP. */
    public int aio_lio_opcode;

    private @Nullable AioRequest request;
    private @Nullable Object addressed;
    private long address;

    /** An empty block. */
    public Aiocb() {}

    /** The request that this block stands for; null when it was never submitted. */
    @Nullable
    AioRequest request() {
        return request;
    }

    /**
     * The fields, checked, in a request that is ready to be submitted.
     *
     * @throws ErrnoException EINVAL, EFAULT, EBUSY
     */
    AioRequest prepare(int operation) {
        AioRequest r = request;
        if (r != null && r.inFlight()) {
            throw new ErrnoException(Errnos.EBUSY, "this aiocb is in flight: its request is not done");
        }
        SigEvent event = aio_sigevent;
        Destination target = event == null ? Notify.none() : event.resolve();
        if (r == null || !r.reusable()) {
            r = new AioRequest();
        }
        r.operation = operation;
        r.fd = aio_fildes;
        r.offset = aio_offset;
        r.priority = 0;
        r.target = target;
        r.address = 0;
        r.length = 0;
        r.heap = null;
        r.pinned = null;
        switch (operation) {
            case AioRequest.READ:
            case AioRequest.WRITE:
                locate(r, operation == AioRequest.READ);
                break;
            case AioRequest.READV:
            case AioRequest.WRITEV:
                locatePieces(r, operation == AioRequest.READV);
                break;
            default: // a sync: nothing else counts
                request = r;
                return r;
        }
        if (aio_reqprio < 0 || aio_reqprio > Aio.AIO_PRIO_DELTA_MAX) {
            throw new ErrnoException(
                    Errnos.EINVAL,
                    "aio_reqprio " + aio_reqprio + " is not in 0 to AIO_PRIO_DELTA_MAX (" + Aio.AIO_PRIO_DELTA_MAX
                            + ")");
        }
        r.priority = aio_reqprio;
        request = r;
        return r;
    }

    /**
     * A request that is refused before it starts, with this error as its status. It notifies as its sigevent says, when that
     * can be understood. Null for a block in flight, which is left alone.
     */
    @Nullable
    AioRequest fail(int errno) {
        AioRequest r = request;
        if (r != null && r.inFlight()) {
            return null;
        }
        if (r == null || !r.reusable()) {
            r = new AioRequest();
        }
        Destination target;
        try {
            target = aio_sigevent == null ? Notify.none() : aio_sigevent.resolve();
        } catch (ErrnoException unusable) {
            target = Notify.none();
        }
        r.operation = aio_lio_opcode == Aio.LIO_WRITE ? AioRequest.WRITE : AioRequest.READ;
        r.fd = aio_fildes;
        r.target = target;
        r.pinned = null;
        r.refuse(errno);
        request = r;
        return r;
    }

    private void locate(AioRequest r, boolean reading) {
        Object buffer = aio_buf;
        long length = aio_nbytes;
        if (length < 0) {
            throw new ErrnoException(Errnos.EINVAL, "aio_nbytes " + length + " is negative");
        }
        r.length = length;
        r.pinned = buffer;
        if (buffer instanceof ByteBuffer) {
            ByteBuffer b = (ByteBuffer) buffer;
            if (reading && b.isReadOnly()) {
                throw new ErrnoException(Errnos.EFAULT, "aio_buf is a read-only buffer");
            }
            checkRoom(b.remaining(), length);
            if (b.isDirect()) {
                r.address = addressOf(b) + b.position();
            } else {
                heap(r, b);
            }
        } else if (buffer instanceof byte[]) {
            checkRoom(((byte[]) buffer).length, length);
            r.heap = (byte[]) buffer;
            r.heapOffset = 0;
        } else if (buffer instanceof Pointer) {
            Pointer p = (Pointer) buffer;
            if (!p.isDirect()) {
                throw new ErrnoException(Errnos.EINVAL, "aio_buf is a jnr Pointer to Java memory: allocate it direct");
            }
            if (p.size() != Long.MAX_VALUE && p.size() > 0) {
                checkRoom(p.size(), length);
            }
            r.address = p.address();
        } else if (buffer == null && length == 0) {
            r.address = 0;
        } else if (buffer == null) {
            throw new ErrnoException(Errnos.EFAULT, "aio_buf is null");
        } else {
            throw new ErrnoException(
                    Errnos.EINVAL,
                    "aio_buf is a " + buffer.getClass().getName() + ", not a ByteBuffer, Pointer or byte[]");
        }
    }

    private static void heap(AioRequest r, ByteBuffer b) {
        if (b.hasArray()) {
            r.heap = b.array();
            r.heapOffset = b.arrayOffset() + b.position();
        } else { // read-only: only written from
            byte[] copy = new byte[(int) r.length];
            b.duplicate().get(copy);
            r.heap = copy;
            r.heapOffset = 0;
        }
    }

    private static void checkRoom(long room, long length) {
        if (room < length) {
            throw new ErrnoException(
                    Errnos.EINVAL, "aio_buf holds " + room + " bytes, fewer than aio_nbytes " + length);
        }
    }

    private long addressOf(ByteBuffer direct) {
        if (addressed != direct) {
            address = Memory.address(direct);
            addressed = direct;
        }
        return address;
    }

    private void locatePieces(AioRequest r, boolean reading) {
        int count = aio_iovcnt;
        ByteBuffer[] buffers = aio_iov == null ? NO_PIECES : aio_iov;
        int most = Math.min(Aio.IOV_MAX, buffers.length);
        if (count < 0 || count > most) {
            throw new ErrnoException(Errnos.EINVAL, "aio_iovcnt " + count + " is not in 0 to " + most);
        }
        if (r.pieces == null || r.pieces.length < 2 * count) {
            r.pieces = new long[2 * count];
        }
        long total = 0;
        for (int i = 0; i < count; i++) {
            ByteBuffer b = buffers[i];
            if (b == null || !b.isDirect() || reading && b.isReadOnly()) {
                throw new ErrnoException(
                        b == null || b.isDirect() ? Errnos.EFAULT : Errnos.EINVAL,
                        "aio_iov[" + i + "] is "
                                + (b == null ? "null" : b.isDirect() ? "read-only" : "not a direct buffer"));
            }
            r.pieces[2 * i] = Memory.address(b) + b.position();
            r.pieces[2 * i + 1] = b.remaining();
            total += b.remaining();
        }
        r.pieceCount = count;
        r.length = total;
        r.pinned = buffers.clone();
    }
}
