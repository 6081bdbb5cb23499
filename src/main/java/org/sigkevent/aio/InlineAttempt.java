package org.sigkevent.aio;

import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;

/**
 * How an {@link AioRequest} starts: with an attempt in the thread that makes it, when that cannot block and overtakes nothing. What
 * the kernel does there at once is done when the call returns, without a look at what is open under the number, a lock or a list.
 * Otherwise the file behind the number is verified, and the request enters its lists.
 *
 * <p>The file that was known under the number last says how to try: a number that was given to another file meanwhile is found out
 * by the answer (ENOTSOCK, EBADF) or makes no difference, since pread and its like go to what is open now.
 */
final class InlineAttempt {
    /** From an attempt: the kernel would have to wait, or something is left to do. */
    private static final int NOT_DONE = 1;

    private InlineAttempt() {}

    /** Makes the attempt, or hands the request over: 0; or an errno negated with nothing done. */
    static int start(AioRequest r) {
        boolean write = r.writes();
        boolean tryHere = r.total <= InlineIo.MOST && r.priority == 0 && !r.syncs() && r.offset >= 0;
        OpenFile known = OpenFiles.get(r.fd);
        if (tryHere && known != null) {
            if (known.positional()) {
                if (known.inlineFor(write)) {
                    int rc = tryFile(r, known, write);
                    if (rc != NOT_DONE) {
                        return rc;
                    }
                }
            } else if (known.kind == OpenFile.SOCKET && known.unfinished == 0) {
                return onSocket(r, known, write, false);
            }
        }
        OpenFile open = write ? OpenFiles.verifiedForWriting(r.fd) : OpenFiles.verified(r.fd);
        int rc = r.fits(open);
        if (open == null || rc < 0) {
            return r.done > 0 ? r.endsHere(r.done, 0) : rc;
        }
        if (tryHere && known == null && open.positional() && open.inlineFor(write)) {
            rc = tryFile(r, open, write);
            if (rc != NOT_DONE) {
                return rc;
            }
        }
        if (open.kind == OpenFile.SOCKET && !r.syncs()) {
            return onSocket(r, open, write, true);
        }
        open.lock.lock();
        return r.enterAndGo(open);
    }

    private static int tryFile(AioRequest r, OpenFile known, boolean write) {
        if (!r.ready()) {
            return -Errnos.EAGAIN;
        }
        if (r.vectored() && r.pieceCount > InlineIo.MOST_PIECES) {
            return NOT_DONE;
        }
        for (int i = 0; i < 2; i++) { // once more after a short read: at the end of the file that says so
            long n = r.vectored()
                    ? InlineIo.file(write, r.fd, r.pieces, r.pieceCount, r.done, r.offset + r.done)
                    : InlineIo.file(write, r.fd, r.base() + r.done, r.total - r.done, r.offset + r.done);
            if (n > 0) {
                r.done += n;
                if (r.done == r.total || !write && known.kind == OpenFile.DEVICE) {
                    return r.endsHere(r.done, 0);
                }
                if (write) {
                    return NOT_DONE;
                }
            } else if (n == 0) {
                return !write || r.total == 0 ? r.endsHere(r.done, 0) : NOT_DONE;
            } else if (n == -Errnos.EBADF && r.done == 0) {
                return Linux.statusFlags(r.fd) < 0 ? -Errnos.EBADF : r.endsHere(-1, Errnos.EBADF);
            } else if (r.total == 0 && !write) {
                return r.endsHere(-1, (int) -n);
            } else {
                if (n == -Errnos.EOPNOTSUPP) {
                    if (write) {
                        known.noInlineWrites = true;
                    } else {
                        known.noInlineReads = true;
                    }
                }
                return NOT_DONE; // whatever is wrong, the engine will say it
            }
        }
        return NOT_DONE;
    }

    /**
     * The attempt on a socket and, if it does not end the request, its entry into the lists are one critical section: a write
     * that was cut short here is not overtaken by another thread's.
     */
    private static int onSocket(AioRequest r, OpenFile known, boolean write, boolean verified) {
        if (!r.ready()) {
            return -Errnos.EAGAIN;
        }
        known.lock.lock();
        if (r.total > 0 && r.total <= InlineIo.MOST && !r.vectored() && !known.busy(write)) {
            long n = InlineIo.socket(write, r.fd, r.base(), r.total);
            if (n == -Errnos.ENOTSOCK || n == -Errnos.EBADF) {
                known.lock.unlock();
                return elsewhere(r, verified);
            }
            boolean waits = n == -Errnos.EAGAIN || n == -Errnos.EINTR;
            if (!waits && (n < 0 || !write || n == r.total)) {
                known.lock.unlock();
                return n < 0 ? r.endsHere(-1, (int) -n) : r.endsHere(n, 0);
            }
            r.done = Math.max(0, n);
        }
        OpenFile open = known;
        if (!verified && !known.stillThere()) {
            known.lock.unlock();
            open = OpenFiles.verified(r.fd);
            int rc = r.fits(open);
            if (open == null || rc < 0) {
                return r.done > 0 ? r.endsHere(r.done, 0) : rc;
            }
            open.lock.lock();
        }
        return r.enterAndGo(open);
    }

    /** The number is not that of the socket that it was: looks what it is. */
    private static int elsewhere(AioRequest r, boolean verified) {
        if (verified) {
            return Linux.statusFlags(r.fd) < 0 ? -Errnos.EBADF : r.endsHere(-1, Errnos.EBADF);
        }
        OpenFile open = r.writes() ? OpenFiles.verifiedForWriting(r.fd) : OpenFiles.verified(r.fd);
        int rc = r.fits(open);
        if (open == null || rc < 0) {
            return rc;
        }
        if (open.kind == OpenFile.SOCKET) {
            return onSocket(r, open, r.writes(), true);
        }
        open.lock.lock();
        return r.enterAndGo(open);
    }
}
