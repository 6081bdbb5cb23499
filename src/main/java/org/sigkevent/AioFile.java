package org.sigkevent;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.aio.AioSubmission;
import org.sigkevent.aio.AioTransfer;
import org.sigkevent.sys.CStrings;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Stack;

/**
 * A file (or a pipe, socket or terminal) whose reads and writes complete into a {@link KeventQueue}: {@link Aio} with objects.
 *
 * <pre>{@code
 * Path path = Path.of(System.getProperty("java.home"), "release");
 * try (KeventQueue queue = KeventQueue.open(8);
 *         AioFile file = AioFile.open(queue, path, Fcntl.O_RDONLY, 0)) {
 *     ByteBuffer block = ByteBuffer.allocateDirect(4096);
 *     AioOperation read = file.read(block, 0, SigVal.of(1));
 *     KeventRecord record = queue.take(); // or read.await(...)
 *     block.limit((int) read.result());
 * }
 * }</pre>
 *
 * <p>Thread-safe. A request means the file that was open when it was made, and never another that got its number. Closing the file
 * lets its requests go on; to have them end, {@link #cancelAll cancel} them first.
 */
public final class AioFile implements AutoCloseable {
    private final KeventQueue queue;
    private final boolean owned;
    private int fd;

    private AioFile(KeventQueue queue, int fd, boolean owned) {
        this.queue = queue;
        this.fd = fd;
        this.owned = owned;
    }

    /**
     * Opens a file.
     *
     * @param queue the queue that completions go into
     * @param path the file, of the default file system; opened by the bytes of its name, also where the locale cannot spell them, and
     *     relative to the process's working directory when it is relative
     * @param flags O_ constants of {@link Fcntl}; the descriptor is close-on-exec
     * @param mode permission bits of a file that is created, before the umask
     * @return the file
     * @throws KeventException with nothing opened or made: EBADF (the queue is closed), EINVAL (path is of another file system), and as
     *     open(2): ENOENT, EACCES, EEXIST, EMFILE, ...
     */
    public static AioFile open(KeventQueue queue, Path path, int flags, int mode) {
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(path, "path");
        Stack.reserve();
        // the object first: a descriptor would be lost with it
        AioFile file = new AioFile(queue, -1, true);
        ByteBuffer name = KeventException.of(() -> CStrings.of(path));
        queue.unlessClosed(false);
        int number = Linux.open(name, flags | Fcntl.O_CLOEXEC, mode);
        file.fd = number;
        if (number < 0) {
            throw new KeventException(Fcntl.refused(-number, path, flags, mode));
        }
        if ((flags & Fcntl.O_DIRECT) != 0) {
            AioSubmission.openedDirect(number);
        }
        return file;
    }

    /**
     * Uses a descriptor that somebody else opened and will close.
     *
     * @param queue the queue that completions go into
     * @param fd an open descriptor
     * @return the file, whose close leaves the descriptor open
     * @throws KeventException EBADF: fd is not open, or the queue is closed
     */
    public static AioFile of(KeventQueue queue, int fd) {
        Stack.reserve();
        Objects.requireNonNull(queue, "queue").unlessClosed(false);
        if (Linux.statusFlags(fd) < 0) {
            throw new KeventException(ErrnoException.notOpen("fd", fd));
        }
        return new AioFile(queue, fd, false);
    }

    /**
     * The descriptor; -1 when closed.
     *
     * @return the descriptor
     */
    public synchronized int fd() {
        return fd;
    }

    /**
     * Reads into the buffer's remaining bytes. Position and limit stay as they are.
     *
     * @param buffer a direct or heap buffer; the program leaves it alone until the request is done
     * @param offset where in the file; not looked at where a descriptor cannot seek
     * @param cookie what the record carries
     * @return the request
     * @throws KeventException as {@link Aio#aio_read}
     */
    public AioOperation read(ByteBuffer buffer, long offset, SigVal cookie) {
        return start(block(Objects.requireNonNull(buffer, "buffer"), offset, cookie), AioTransfer.READ);
    }

    /**
     * Writes the buffer's remaining bytes; as {@link #read}.
     *
     * @param buffer a direct or heap buffer; the program leaves it alone until the request is done
     * @param offset where in the file, in bytes; 0 or more
     * @param cookie what the record carries
     * @return the request
     */
    public AioOperation write(ByteBuffer buffer, long offset, SigVal cookie) {
        return start(block(Objects.requireNonNull(buffer, "buffer"), offset, cookie), AioTransfer.WRITE);
    }

    /**
     * Reads into the remaining bytes of several direct buffers, in order.
     *
     * @param buffers direct buffers, at most {@link Aio#IOV_MAX}
     * @param offset where in the file, in bytes; 0 or more
     * @param cookie what the record carries
     * @return the request
     */
    public AioOperation read(List<ByteBuffer> buffers, long offset, SigVal cookie) {
        return start(block(buffers, offset, cookie), AioTransfer.READV);
    }

    /**
     * Writes the remaining bytes of several direct buffers, in order.
     *
     * @param buffers direct buffers, at most {@link Aio#IOV_MAX}
     * @param offset where in the file, in bytes; 0 or more
     * @param cookie what the record carries
     * @return the request
     */
    public AioOperation write(List<ByteBuffer> buffers, long offset, SigVal cookie) {
        return start(block(buffers, offset, cookie), AioTransfer.WRITEV);
    }

    /**
     * Makes what was written durable, once every request made earlier on the file is done.
     *
     * @param dataOnly as fdatasync(2), not fsync(2)
     * @param cookie what the record carries
     * @return the request
     * @throws KeventException as {@link Aio#aio_fsync}
     */
    public AioOperation sync(boolean dataOnly, SigVal cookie) {
        return start(block((ByteBuffer) null, 0, cookie), dataOnly ? AioTransfer.FDATASYNC : AioTransfer.FSYNC);
    }

    /**
     * Cancels every request of this descriptor: AIO_CANCELED, AIO_NOTCANCELED or AIO_ALLDONE of {@link Aio}.
     *
     * @return {@link Aio#AIO_CANCELED}, {@link Aio#AIO_NOTCANCELED} or {@link Aio#AIO_ALLDONE}
     */
    public int cancelAll() {
        return KeventException.checked(Aio.aio_cancel(fd(), null));
    }

    private Aiocb block(@Nullable ByteBuffer buffer, long offset, SigVal cookie) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd();
        if (cb.aio_fildes < 0) {
            throw new KeventException(Errnos.EBADF, "this file is closed");
        }
        cb.aio_offset = offset;
        cb.aio_buf = buffer;
        cb.aio_nbytes = buffer == null ? 0 : buffer.remaining();
        cb.aio_sigevent = queue.sigevent(cookie);
        return cb;
    }

    private Aiocb block(List<ByteBuffer> buffers, long offset, SigVal cookie) {
        Objects.requireNonNull(buffers, "buffers");
        Aiocb cb = block((ByteBuffer) null, offset, cookie);
        cb.aio_iov = buffers.toArray(new ByteBuffer[0]);
        cb.aio_iovcnt = cb.aio_iov.length;
        return cb;
    }

    private AioOperation start(Aiocb cb, int operation) {
        Stack.reserve();
        // the object first: a request would be lost with it
        AioOperation started = new AioOperation(cb);
        int rc = Aio.submit(cb, operation);
        queue.unlessClosed(rc == 0);
        KeventException.checked(rc);
        return started;
    }

    /** Closes the descriptor, if this object opened it. Closing twice does nothing. */
    @Override
    public synchronized void close() {
        Stack.reserve();
        int number = fd;
        fd = -1;
        if (owned && number >= 0) {
            Unistd.close(number);
        }
    }

    @Override
    public String toString() {
        return "file " + fd() + " completing into queue " + queue.fd();
    }
}
