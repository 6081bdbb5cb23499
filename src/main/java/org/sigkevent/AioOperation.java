package org.sigkevent;

import java.time.Duration;
import java.util.Objects;
import org.sigkevent.sys.BlockingCall.ByHandlers;
import org.sigkevent.sys.Errnos;

/** One request of an {@link AioFile}, in flight or done. Thread-safe. */
public final class AioOperation {
    private final Aiocb block;
    private long result;
    private int error;
    private boolean taken;

    AioOperation(Aiocb block) {
        this.block = block;
    }

    /**
     * Whether it is done, successfully or not.
     *
     * @return whether its status is final
     */
    public boolean isDone() {
        return error() != Errnos.EINPROGRESS;
    }

    /**
     * EINPROGRESS of {@link Errno} while in flight; then 0, or the error number (ECANCELED when it was cancelled).
     *
     * @return the status
     */
    public synchronized int error() {
        return taken ? error : Aio.aio_error(block);
    }

    /**
     * The bytes transferred (0 at the end of a file, and for a sync). Its record, if nobody has taken it, is taken back, as by
     * {@link Aio#aio_return}.
     *
     * @return the number of bytes
     * @throws KeventException EINPROGRESS when it is not done, else the request's own error
     */
    public synchronized long result() {
        if (!taken) {
            int status = Aio.aio_error(block);
            if (status == Errnos.EINPROGRESS) {
                throw new KeventException(status, "the request is not done");
            }
            error = status;
            result = Aio.aio_return(block);
            taken = true;
        }
        if (error != 0) {
            throw new KeventException(
                    error, "asynchronous I/O on descriptor " + block.aio_fildes + ": " + Errno.strerror(error));
        }
        return result;
    }

    /**
     * Waits until it is done, without taking its record.
     *
     * @param timeout how long at most, on CLOCK_MONOTONIC; not above zero: do not wait
     * @return whether it was done within {@code timeout}
     * @throws InterruptedException when the thread is interrupted
     */
    public boolean await(Duration timeout) throws InterruptedException {
        Objects.requireNonNull(timeout, "timeout");
        long nanos = Math.max(0, KeventQueue.saturated(timeout));
        if (isDone() || Aio.suspend(ByHandlers.GOES_ON, new Aiocb[] {block}, 1, TimeSpec.ofNanos(nanos)) == 0) {
            return true;
        }
        if (Errno.errno() == Errnos.EINTR) {
            throw new InterruptedException("interrupted while waiting for asynchronous I/O");
        }
        return false;
    }

    /**
     * Cancels it: AIO_CANCELED, AIO_NOTCANCELED or AIO_ALLDONE of {@link Aio}. Its record comes in any case.
     *
     * @return {@link Aio#AIO_CANCELED}, {@link Aio#AIO_NOTCANCELED} or {@link Aio#AIO_ALLDONE}
     */
    public int cancel() {
        if (isDone()) {
            return Aio.AIO_ALLDONE;
        }
        int rc = Aio.aio_cancel(block.aio_fildes, block);
        return rc >= 0 ? rc : isDone() ? Aio.AIO_ALLDONE : Aio.AIO_NOTCANCELED;
    }
}
