package org.sigkevent;

import org.jspecify.annotations.Nullable;
import org.sigkevent.aio.AioCancel;
import org.sigkevent.aio.AioRequest;
import org.sigkevent.aio.AioTransfer;
import org.sigkevent.aio.ListIo;
import org.sigkevent.aio.Suspend;
import org.sigkevent.core.Destination;
import org.sigkevent.sys.BlockingCall.ByHandlers;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Shutdown;
import org.sigkevent.sys.Stack;

/**
 * {@code <aio.h>}: POSIX asynchronous input and output.
 *
 * <p>Every call answers -1 and sets {@link Errno#errno} when it fails, with {@link Errno#message} in words. A request that is
 * refused has done nothing and notifies nobody. A request that was accepted ends exactly once, in exactly one notification (none when
 * {@link #aio_return} was quicker than who takes records), cancelled ones too, and its status and result are final before the notification can be seen. It outlives the thread that
 * made it, and it means the file that was open under the descriptor when it was made.
 *
 * <p>On regular files requests run independently of each other. On pipes, FIFOs, sockets and terminals reads are served in
 * call order, and so are writes; a write never waits behind a read. Writes to a file opened with O_APPEND are appended in call
 * order. All calls may be made from any thread.
 *
 * <pre>{@code
 * Aiocb cb = new Aiocb();
 * cb.aio_fildes = Fcntl.open(System.getProperty("java.home") + "/release", Fcntl.O_RDONLY);
 * cb.aio_buf = ByteBuffer.allocateDirect(100);
 * cb.aio_nbytes = 100;
 * if (Aio.aio_read(cb) < 0) {
 *     throw new IllegalStateException(Errno.message());
 * }
 * Aio.aio_suspend(new Aiocb[] {cb}, 1, null);
 * long length = Aio.aio_error(cb) == 0 ? Aio.aio_return(cb) : -1; // 100
 * Unistd.close(cb.aio_fildes);
 * }</pre>
 *
 * <p>After POSIX.1-2024, {@code <aio.h>}; aio_readv and aio_writev as in FreeBSD's aio(4).
 */
public final class Aio {
    /** {@link #aio_cancel}: everything asked for was cancelled. */
    public static final int AIO_CANCELED = AioCancel.CANCELED;
    /** {@link #aio_cancel}: something asked for goes on. */
    public static final int AIO_NOTCANCELED = AioCancel.NOTCANCELED;
    /** {@link #aio_cancel}: everything asked for was done before. */
    public static final int AIO_ALLDONE = AioCancel.ALLDONE;

    /** aio_lio_opcode: read. */
    public static final int LIO_READ = AioTransfer.READ;
    /** aio_lio_opcode: write. */
    public static final int LIO_WRITE = AioTransfer.WRITE;
    /** aio_lio_opcode: read into the pieces of aio_iov, as {@link #aio_readv} (FreeBSD's name). */
    public static final int LIO_READV = AioTransfer.READV;
    /** aio_lio_opcode: write the pieces of aio_iov, as {@link #aio_writev} (FreeBSD's name). */
    public static final int LIO_WRITEV = AioTransfer.WRITEV;
    /** aio_lio_opcode: nothing; the entry is skipped. */
    public static final int LIO_NOP = AioTransfer.NOP;

    /** {@link #lio_listio}: returns when all is done. */
    public static final int LIO_WAIT = 0;
    /** {@link #lio_listio}: returns at once. */
    public static final int LIO_NOWAIT = 1;

    /** The largest aio_reqprio. */
    public static final int AIO_PRIO_DELTA_MAX = 20;
    /** The most pieces of aio_readv and aio_writev. */
    public static final int IOV_MAX = 1024;

    /** So many elements of a list that failed are named. */
    private static final int MOST_NAMED = 8;

    private Aio() {}

    /**
     * Reads aio_nbytes bytes at aio_offset into aio_buf.
     *
     * @param aiocbp the request
     * @return 0; or -1 and errno with nothing done: EAGAIN (the queue of the sigevent has no free slot, or the system no room),
     *     EBADF (aio_fildes is not open), EBUSY (the block is in flight), EFAULT (aio_buf is null or read-only), EINVAL
     *     (aio_offset negative where the file can seek, aio_nbytes negative or more than the buffer holds, aio_reqprio,
     *     aio_sigevent, a null block), and what {@link SigEvent} gives. Other errors become the request's status; so does EBADF
     *     for a descriptor that is open, but not for reading
     */
    public static int aio_read(Aiocb aiocbp) {
        return submit(aiocbp, AioTransfer.READ);
    }

    /**
     * Writes aio_nbytes bytes from aio_buf at aio_offset; errors as {@link #aio_read}.
     *
     * @param aiocbp the request
     * @return as {@link #aio_read}
     */
    public static int aio_write(Aiocb aiocbp) {
        return submit(aiocbp, AioTransfer.WRITE);
    }

    /**
     * Reads into the pieces of aio_iov, in order; errors as {@link #aio_read}, and EINVAL for aio_iovcnt.
     *
     * @param aiocbp the request
     * @return as {@link #aio_read}
     */
    public static int aio_readv(Aiocb aiocbp) {
        return submit(aiocbp, AioTransfer.READV);
    }

    /**
     * Writes the pieces of aio_iov, in order; errors as {@link #aio_read}, and EINVAL for aio_iovcnt.
     *
     * @param aiocbp the request
     * @return as {@link #aio_read}
     */
    public static int aio_writev(Aiocb aiocbp) {
        return submit(aiocbp, AioTransfer.WRITEV);
    }

    /**
     * Makes what was written durable, once every request made earlier on the descriptor is done. Only aio_fildes and
     * aio_sigevent count.
     *
     * @param op {@link Fcntl#O_SYNC} (as fsync) or {@link Fcntl#O_DSYNC} (as fdatasync)
     * @param aiocbp the request
     * @return 0; or -1 and errno: EINVAL (op, aio_sigevent, a null block), EBADF, EBUSY, EAGAIN. A file that cannot be
     *     synchronised gives the status EINVAL. A descriptor that is open for reading only is accepted, as on Linux
     */
    public static int aio_fsync(int op, Aiocb aiocbp) {
        if (op != Fcntl.O_SYNC && op != Fcntl.O_DSYNC) {
            return Errno.fail(
                    Errnos.EINVAL,
                    "op 0" + Integer.toOctalString(op) + " (" + op
                            + ") is neither O_SYNC (04010000) nor O_DSYNC (010000)");
        }
        return submit(aiocbp, op == Fcntl.O_SYNC ? AioTransfer.FSYNC : AioTransfer.FDATASYNC);
    }

    static int submit(Aiocb aiocbp, int operation) {
        Stack.reserve();
        if (aiocbp == null) {
            return Errno.fail(Errnos.EINVAL, "aiocbp is null");
        }
        try {
            int rc = aiocbp.submit(operation);
            return rc == 0 ? 0 : refused(aiocbp, rc);
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        }
    }

    private static int refused(Aiocb aiocbp, int rc) {
        String words = null;
        if (rc == -Errnos.EAGAIN) {
            words = "no slot is free in the queue of aio_sigevent, or the system has no room for another request, or "
                    + Limits.NO_HOLD + ", or " + Limits.NO_THREAD;
        } else if (rc == -Errnos.EBADF && Linux.statusFlags(aiocbp.aio_fildes) < 0) {
            words = "aio_fildes " + aiocbp.aio_fildes + " is not an open descriptor";
        } else if (rc == -Errnos.EBADF) {
            Shutdown.check();
            words = "the queue of aio_sigevent was destroyed";
        } else if (rc == -Errnos.EINVAL) {
            words = aiocbp.aio_offset < 0
                    ? "aio_offset " + aiocbp.aio_offset + " is negative, and aio_fildes " + aiocbp.aio_fildes
                            + " can seek"
                    : "aio_nbytes or the sum of aio_iov is more than a request may transfer (2^63 - 1 - aio_offset "
                            + aiocbp.aio_offset + ")";
        }
        return Errno.fail(-rc, words);
    }

    /**
     * The status of a request: EINPROGRESS, then 0 or an error number; ECANCELED when it was cancelled. Reading it changes
     * nothing.
     *
     * @param aiocbp the request
     * @return the status; or -1 and errno EINVAL when the block is null, was never submitted or its result was taken
     */
    public static int aio_error(@Nullable Aiocb aiocbp) {
        AioRequest request = aiocbp == null ? null : aiocbp.request();
        int error = request == null ? -1 : request.error();
        return error >= 0 ? error : Errno.fail(Errnos.EINVAL, noRequest(aiocbp));
    }

    /**
     * Takes the result of a request that is done, once. Its record, if nobody has taken it, is taken back: it does not come, and its slot
     * is free, as on FreeBSD. A signal that was generated stays so, and a function that is to be called is called (SIGEV_SIGNAL,
     * SIGEV_THREAD); the record of a list comes; what another process has taken from the ring it keeps.
     *
     * @param aiocbp the request
     * @return what the synchronous call would have returned (-1 for a failed request, with what {@link #aio_error} said as errno);
     *     or -1 and errno: EINPROGRESS (not done: nothing is taken), EINVAL (no request, or its result was taken)
     */
    public static long aio_return(@Nullable Aiocb aiocbp) {
        Stack.reserve();
        AioRequest request = aiocbp == null ? null : aiocbp.request();
        if (request == null) {
            return Errno.fail(Errnos.EINVAL, noRequest(aiocbp));
        }
        int error = request.error();
        if (error == Errnos.EINPROGRESS) {
            return Errno.fail(Errnos.EINPROGRESS, "aiocbp: its request is not done");
        }
        long result = request.takeResult();
        if (result == Long.MIN_VALUE) {
            return Errno.fail(Errnos.EINVAL, noRequest(aiocbp));
        }
        if (error > 0) {
            Errno.fail(error, null);
        }
        return result;
    }

    private static String noRequest(@Nullable Aiocb aiocbp) {
        return aiocbp == null
                ? "aiocbp is null"
                : "aiocbp stands for no request: never submitted, or its result was taken";
    }

    /**
     * Waits until one of the requests is done. Records and their waiters have no effect on it, nor it on them.
     *
     * @param list requests; null entries are skipped. Nothing but null entries: returns 0 at once
     * @param nent how many entries, from the front
     * @param timeout how long, on CLOCK_MONOTONIC; null for ever
     * @return 0; or -1 and errno: EAGAIN (the time is up; or, over requests of several queues, no descriptor was to be had to
     *     wait on), EINTR (the thread was interrupted, whose status is cleared, or a handler of its own without SA_RESTART has returned),
     *     EINVAL (nent, timeout, a null list)
     */
    public static int aio_suspend(@Nullable Aiocb[] list, int nent, @Nullable TimeSpec timeout) {
        return suspend(ByHandlers.RESTARTS, list, nent, timeout);
    }

    static int suspend(ByHandlers how, @Nullable Aiocb[] list, int nent, @Nullable TimeSpec timeout) {
        Stack.reserve();
        if (wrongList(list, nent, true)) {
            return -1;
        }
        if (Kevent.refused(timeout)) {
            return -1;
        }
        AioRequest[] requests = new AioRequest[nent];
        int count = 0;
        for (int i = 0; i < nent; i++) {
            Aiocb cb = list[i];
            if (cb != null && cb.request() == null) {
                return 0;
            }
            if (cb != null) {
                requests[count++] = cb.request();
            }
        }
        int rc = count == 0 ? 0 : Suspend.any(how, requests, count, Kevent.deadline(timeout));
        return Errno.answer(
                rc,
                rc == -Errnos.EINTR
                        ? "a handler has returned, or the thread was interrupted, while it waited (EINTR)"
                        : "the timeout is up, and no request of list is done (EAGAIN)");
    }

    /** Whether a list is not allowed; errno says so then. */
    private static boolean wrongList(@Nullable Aiocb @Nullable [] list, int nent, boolean needed) {
        if (list == null && (needed || nent > 0)) {
            Errno.fail(Errnos.EINVAL, "list is null, and nent " + nent);
            return true;
        }
        int length = list == null ? 0 : list.length;
        if (nent < 0 || nent > length) {
            Errno.fail(Errnos.EINVAL, "nent " + nent + " is not in 0 to " + length + ", the length of list");
            return true;
        }
        return false;
    }

    /**
     * Cancels requests.
     *
     * @param fildes the descriptor that they were made on
     * @param aiocbp the request; null for all of the descriptor's
     * @return AIO_CANCELED: the status is ECANCELED already (for all: that of at least one is, and none goes on);
     *     AIO_NOTCANCELED: it goes on (for all: at least one does); AIO_ALLDONE: there was nothing to cancel, also where a
     *     request had moved some bytes: it ends with their count and status 0; or -1 and errno: EBADF (fildes), EINVAL (the
     *     block was submitted on another descriptor)
     */
    public static int aio_cancel(int fildes, @Nullable Aiocb aiocbp) {
        Stack.reserve();
        if (aiocbp != null && aiocbp.request() == null) {
            return aiocbp.aio_fildes == fildes
                    ? Errno.answer(AioCancel.cancelNone(fildes), "fildes " + fildes + " is not an open descriptor")
                    : Errno.fail(
                            Errnos.EINVAL,
                            "fildes " + fildes + " is not " + aiocbp.aio_fildes + ", the aio_fildes of aiocbp");
        }
        int rc = AioCancel.cancel(fildes, aiocbp == null ? null : aiocbp.request());
        String words = null;
        if (rc == -Errnos.EBADF) {
            words = "fildes " + fildes + " is not an open descriptor";
        } else if (rc == -Errnos.EINVAL) {
            words = "fildes " + fildes + " is not the descriptor that aiocbp was submitted on";
        }
        return Errno.answer(rc, words);
    }

    /**
     * Makes a list of requests, in one system call for each queue involved.
     *
     * @param mode LIO_WAIT: returns when all are done, and sig is not looked at; LIO_NOWAIT: returns at once
     * @param list the requests, each with its opcode and its own sigevent; null entries and LIO_NOP are skipped
     * @param nent how many entries, from the front
     * @param sig how the end of the whole list is made known, after the end of each element; null for not at all. A list
     *     without requests notifies at once
     * @return 0; or -1 and errno: EINVAL (mode, nent, sig: nothing was started), EAGAIN (slots for all elements and the list
     *     were not to be had: nothing was started), EIO (some request failed, or with LIO_NOWAIT was refused: its own status
     *     says why; or a block was in flight, or stands in the list twice: it is left alone, or started once; the others run. With LIO_NOWAIT a descriptor that is not
     *     open shows in the status alone), EINTR (LIO_WAIT: the thread was interrupted, a handler of its own without
     *     SA_RESTART has returned, or, over several queues, no descriptor was
     *     to be had to wait on; the requests go on); and what {@link SigEvent} gives
     */
    public static int lio_listio(int mode, @Nullable Aiocb[] list, int nent, @Nullable SigEvent sig) {
        Stack.reserve();
        if (mode != LIO_WAIT && mode != LIO_NOWAIT) {
            return Errno.fail(Errnos.EINVAL, "mode " + mode + " is neither LIO_WAIT (0) nor LIO_NOWAIT (1)");
        }
        if (wrongList(list, nent, false)) {
            return -1;
        }
        try (ListIo requests = ListIo.open(nent)) {
            Destination target = mode == LIO_WAIT || sig == null ? null : sig.resolve();
            int busy = -1;
            int rc;
            boolean refused = true;
            try {
                for (int i = 0; i < nent; i++) {
                    Aiocb cb = list[i];
                    if (cb != null && cb.aio_lio_opcode != LIO_NOP && !cb.addTo(requests) && busy < 0) {
                        busy = i;
                    }
                }
                rc = requests.reserve(mode == LIO_WAIT, target);
                refused = rc != 0 && rc != -Errnos.EAGAIN;
            } finally {
                for (int i = 0; i < requests.count(); i++) {
                    ((Aiocb) requests.block(i)).prepared(refused);
                }
            }
            if (rc == -Errnos.EBADF) {
                Shutdown.check();
            }
            if (rc < 0) {
                return Errno.fail(
                        -rc,
                        rc == -Errnos.EAGAIN
                                ? "nent " + nent + ": no slots are free for every element of list, and for sig"
                                : "a queue that an aio_sigevent of list, or sig, names was destroyed");
            }
            rc = requests.start();
            if (rc == 0 && busy >= 0) {
                return Errno.fail(
                        Errnos.EIO, "list[" + busy + "] is in flight: its request is not done, and was left alone");
            }
            return rc == 0 ? 0 : Errno.fail(-rc, notAll(rc, list, nent, busy));
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        }
    }

    /** Which elements of a list were refused or have failed. */
    private static String notAll(int rc, @Nullable Aiocb[] list, int nent, int busy) {
        if (rc == -Errnos.EINTR) {
            return "a handler has returned, or the thread was interrupted, while it waited for list, whose requests go on (EINTR)";
        }
        StringBuilder words = new StringBuilder();
        int failed = 0;
        for (int i = 0; i < nent; i++) {
            Aiocb cb = list[i];
            AioRequest request = cb == null || cb.aio_lio_opcode == LIO_NOP ? null : cb.request();
            int error = i == busy || request == null ? 0 : request.error();
            if (i == busy || error > 0 && error != Errnos.EINPROGRESS) {
                failed++;
                if (failed <= MOST_NAMED) {
                    words.append(failed == 1 ? "list[" : ", list[")
                            .append(i)
                            .append("]: ")
                            .append(i == busy ? "in flight" : Errnos.name(error));
                }
            }
        }
        return words + (failed > MOST_NAMED ? " and others" : "") + ": " + failed + " of nent " + nent
                + " failed (aio_error says each one's error)";
    }
}
