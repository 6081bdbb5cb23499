package org.sigkevent.aio;

import static org.sigkevent.sys.Native.C;

import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;

/**
 * The attempt to do a transfer in the thread that submits it, in a way that cannot block: preadv2 and pwritev2 with RWF_NOWAIT on
 * files, recv and send with MSG_DONTWAIT on sockets. What the kernel does there is done when the call returns.
 *
 * <p>The file that was known under the number last says how to try. A number that was given to another file meanwhile shows in the
 * answer (ENOTSOCK, EBADF) or makes no difference, since pread and its like go to what is open now.
 */
final class InlineAttempt {
    /** It is done; {@link AioTransfer#done} says how many bytes. A negative answer is the errno that it ended with. */
    static final int DONE = 0;

    /** The kernel would have to wait, or something is left to do. */
    static final int NOT_DONE = 1;

    /** Longer transfers are not tried: copying them would hold the caller up. */
    static final long MOST = 64 << 10;

    /** More pieces than that are not tried: they would not fit into a thread's scratch memory. */
    static final int MOST_PIECES = Scratch.SIZE / 16;

    private InlineAttempt() {}

    /** Whether a file that can seek may be tried. */
    static boolean fits(AioTransfer t) {
        return t.total <= MOST
                && t.priority == 0
                && !t.syncs()
                && t.position >= 0
                && (!t.vectored() || t.pieceCount <= MOST_PIECES);
    }

    /** Whether a socket may be tried. */
    static boolean fitsSocket(AioTransfer t) {
        return t.total > 0 && t.total <= MOST && !t.vectored() && !t.syncs();
    }

    static int onFile(AioTransfer t, OpenFile file) {
        boolean write = t.writes();
        // once more after a short read: at the end of the file that says so
        for (int i = 0; i < 2; i++) {
            long n = move(t, write);
            if (n > 0) {
                t.done += n;
                if (t.done == t.total || !write && file.kind == OpenFile.DEVICE) {
                    return DONE;
                }
                if (write) {
                    return NOT_DONE;
                }
            } else if (n == 0) {
                return !write || t.total == 0 ? DONE : NOT_DONE;
            } else if (n == -Errnos.EBADF && t.done == 0 || t.total == 0 && !write) {
                return (int) n;
            } else {
                if (n == -Errnos.EOPNOTSUPP) {
                    file.noInline(write);
                }
                // whatever is wrong, the engine will say it
                return NOT_DONE;
            }
        }
        return NOT_DONE;
    }

    private static long move(AioTransfer t, boolean write) {
        long offset = t.position + t.done;
        long left = t.total - t.done;
        long r;
        if (left == 0 && !write && !t.vectored()) {
            // of nothing the vectored call says 0, where this one says what is wrong (EISDIR)
            r = C.pread(t.fildes, t.base(), 0, offset);
        } else {
            Scratch s = Scratch.get();
            int count = 1;
            if (t.vectored()) {
                count = t.layOut(s.address, MOST);
            } else {
                s.buffer.putLong(0, t.base() + t.done);
                s.buffer.putLong(8, left);
            }
            r = write
                    ? C.pwritev2(t.fildes, s.address, count, offset, Linux.RWF_NOWAIT)
                    : C.preadv2(t.fildes, s.address, count, offset, Linux.RWF_NOWAIT);
        }
        return r < 0 ? -Native.errno() : r;
    }

    static int onSocket(AioTransfer t) {
        boolean write = t.writes();
        long n = write
                ? C.send(t.fildes, t.base(), t.total, Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL)
                : C.recv(t.fildes, t.base(), t.total, Linux.MSG_DONTWAIT);
        if (n < 0) {
            int errno = Native.errno();
            return errno == Errnos.EAGAIN || errno == Errnos.EINTR ? NOT_DONE : -errno;
        }
        t.done = n;
        return write && n < t.total ? NOT_DONE : DONE;
    }
}
