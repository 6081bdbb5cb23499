package org.sigkevent.aio;

import static org.sigkevent.sys.Native.C;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Scratch;

/**
 * How a request begins: it is tried in the thread that submits it, and if that does not do it, it enters the lines of its file and
 * is handed to the engine when it is its turn.
 *
 * <p>The attempt cannot block: preadv2 and pwritev2 with RWF_NOWAIT on files, recv and send with MSG_DONTWAIT on sockets. What the
 * kernel does there is done when the call returns. The file that was known under the number last says how to try. A number that was
 * given to another file meanwhile shows in the answer (ENOTSOCK, EBADF) or makes no difference, since pread and its like go to
 * what is open now.
 *
 * <p>A transfer of no bytes, but for a message of no bytes, ends in that thread whatever its file is ready for, as read(2) and
 * write(2) of nothing return ({@link #ofNothing}).
 */
public final class AioSubmission {
    /** It is done; {@link AioTransfer#done} says how many bytes. A negative answer is the errno that it ended with. */
    private static final int DONE = 0;

    /** The kernel would have to wait, or something is left to do. */
    private static final int NOT_DONE = 1;

    /** Answers of {@link #enter} besides: it is to be submitted, others come first, the number means another file. */
    private static final int TURN = 2;

    private static final int WAITS = 3;
    private static final int MOVED = 4;

    /** How often the number may mean another file while a request is made. */
    private static final int MOST_TRIES = 1000;

    /** Longer transfers are not tried: copying them would hold the caller up. */
    private static final long MOST = 64 << 10;

    /** More pieces than that are not tried: they would not fit into a thread's scratch memory. */
    private static final int MOST_PIECES = Scratch.SIZE / 16;

    private AioSubmission() {}

    /**
     * Submits a claimed request. After anything but 0, and after an exception, the caller gives the claim up.
     *
     * @return 0; or an errno negated with nothing done: -EAGAIN (no slot in the target's queue, or the system has no room),
     *     -EBADF (the descriptor is not open, or the queue is dead), -EINVAL (offset, length). Everything else, also that the
     *     descriptor is not open for this direction, becomes the status
     */
    public static int submit(AioRequest r) {
        Destination to = r.destination();
        // the calling thread's, so that the end of an attempt here does not have to make it
        RingRecord.prepareOutgoing();
        int rc = r.prepare(to.queue);
        if (rc != 0) {
            return rc;
        }
        if (!to.silent) {
            r.slot = to.queue.reserve(1);
        }
        if (r.slot == to.silent) {
            return to.queue.dead() ? -Errnos.EBADF : -Errnos.EAGAIN;
        }
        if (to.queue.dead()) {
            return -Errnos.EBADF;
        }
        boolean held = to.queue.holding.backlog() instanceof HeldRequests backlog && backlog.hold(r);
        return held ? 0 : start(r, true, 0);
    }

    /**
     * Starts a prepared request that has its slot: 0, or an errno negated with nothing done.
     *
     * @param tryHere whether to try it in this thread
     * @param batch see {@link OpenFile#verified(int, boolean, long)}
     */
    static int start(AioRequest r, boolean tryHere, long batch) {
        AioTransfer t = r.transfer;
        OpenFile open = OpenFile.known(t.fildes);
        boolean nothing = t.total == 0 && !t.syncs();
        boolean verified = open == null || nothing;
        if (verified) {
            open = OpenFile.verified(t.fildes, t.writes(), batch);
        }
        if (nothing && open != null && !sendsMessage(t, open) && fits(t, open) == 0) {
            return done(r, ofNothing(t, open), 0);
        }
        if (tryHere && open != null && fitsFile(t, open)) {
            int answer = onFile(t, open);
            if (answer != NOT_DONE) {
                return done(r, answer, answer == DONE ? open.attempts.ended() : 0);
            }
        }
        // made before a file is held
        Scratch.get();
        // whoever holds a stream, or is about to, looks itself
        boolean looked = verified || open != null && open.kind == AioTransfer.STREAM;
        if (!looked && !(tryHere && open != null && fitsSocket(t, open) && open.unfinished == 0)) {
            open = OpenFile.verified(t.fildes, t.writes(), batch);
            verified = true;
        }
        int use = r.state.use();
        for (int tries = MOST_TRIES; ; tries--) {
            int rc = verified ? fits(t, open) : 0;
            if (open == null || rc < 0 || (rc = t.prepareForEngine()) < 0) {
                return t.done > 0 ? done(r, DONE, 0) : rc;
            }
            int answer = enter(r, open, tryHere && fitsSocket(t, open), verified);
            if (answer == TURN) {
                t.next(false);
                rc = r.arm();
                if (rc < 0) {
                    return r.takeBack() ? 0 : rc;
                }
            }
            if (answer == TURN || answer == WAITS) {
                // a cancellation found nothing with the engine, or the queue's members were told before this one was in
                // the line
                if (answer == TURN ? t.cancelWanted : t.queue().dead()) {
                    r.cancel(use);
                }
                return 0;
            }
            if (answer != MOVED || tries == 0) {
                return done(r, answer == MOVED ? -Errnos.EAGAIN : answer, 0);
            }
            OpenFile.forget(t.fildes, open);
            open = OpenFile.verified(t.fildes, t.writes(), 0);
            verified = true;
        }
    }

    /** A file was opened with O_DIRECT: what is known under its number may be of another one ({@link InlineAttempts}). Throws nothing. */
    public static void openedDirect(int fildes) {
        OpenFile.flagsMayDiffer(fildes);
    }

    /** O_DIRECT was set for an open file: see {@link InlineAttempts}. Throws nothing. */
    public static void becameDirect() {
        OpenFile.flagsMayDiffer();
    }

    /** Whether the transfer can be made on this file (null: not open) at all: 0, -EBADF or -EINVAL. */
    private static int fits(AioTransfer t, @Nullable OpenFile open) {
        if (open == null) {
            return -Errnos.EBADF;
        }
        boolean placed = open.positional() && !t.syncs() && !(t.writes() && open.append);
        return placed && t.position < 0 ? -Errnos.EINVAL : 0;
    }

    /** The attempt in this thread was all, or there is no room for more; {@code nanos} is when it ended, or 0 for now. */
    private static int done(AioRequest r, int answer, long nanos) {
        long moved = r.transfer.done;
        if (moved == 0
                && (answer == -Errnos.EAGAIN || answer == -Errnos.EBADF && Linux.statusFlags(r.transfer.fildes) < 0)) {
            return answer;
        }
        AioTransfer.startAll(answer == DONE ? r.end(moved, 0, nanos) : r.endWithError(-answer));
        return 0;
    }

    /**
     * Enters the lines of a file. On a socket an attempt comes first; both are one step, so that a write that was cut short here
     * is not overtaken by another thread's.
     *
     * @param verified whether it is known that the number means this file
     * @return TURN, WAITS or MOVED; or what ended it before it was in a line: an answer of the attempt, or -EAGAIN
     */
    private static int enter(AioRequest r, OpenFile open, boolean attempt, boolean verified) {
        AioTransfer t = r.transfer;
        open.lock.lock();
        try {
            if (attempt && !open.busy(t.writes())) {
                int answer = onSocket(t);
                if (answer != NOT_DONE) {
                    return answer == -Errnos.ENOTSOCK || answer == -Errnos.EBADF ? MOVED : answer;
                }
            }
            boolean turn = open.free(t);
            boolean must = !turn || open.mayTakeLong(t, t.queue().engine().asynchronous);
            // what is held is compared with the number then
            boolean compared = must && open.kind == AioTransfer.STREAM;
            if (open.left || !verified && !compared && !open.stillThere()) {
                return MOVED;
            }
            int rc = must || open.reachesEnd(t) ? open.hold(t) : 0;
            if (rc != 0 && must) {
                return rc == OpenFile.OTHER ? MOVED : -Errnos.EAGAIN;
            }
            r.enter(open, turn ? AioState.IN_KERNEL : AioState.QUEUED);
            return turn ? TURN : WAITS;
        } finally {
            open.lock.unlock();
        }
    }

    // ---- nothing to move

    /** Whether it is a message though it has no bytes: write(2) of nothing sends one, writev(2) does not. */
    private static boolean sendsMessage(AioTransfer t, OpenFile file) {
        return file.kind == AioTransfer.SOCKET && t.operation == AioTransfer.WRITE;
    }

    /**
     * Makes the call of no bytes: 0, or an errno negated. The vectored calls return before they ask the file, so none of them blocks
     * (the read of a terminal waits for another reader); they say whether the descriptor is open for this direction. What a directory or
     * an eventfd says of nothing, only the plain call tells.
     */
    private static int ofNothing(AioTransfer t, OpenFile file) {
        boolean write = t.writes();
        long place = file.positional() ? Math.max(0, t.position) : -1;
        boolean plain = t.operation == AioTransfer.READ || t.operation == AioTransfer.WRITE;
        if (plain && file.kind == AioTransfer.FILE && !write) {
            return (int) Linux.result(C.pread(t.fildes, t.base(), 0, place));
        }
        if (plain && file.countsInWholes()) {
            return (int) Linux.result(write ? C.write(t.fildes, t.base(), 0) : C.read(t.fildes, t.base(), 0));
        }
        return (int) Linux.result(write ? C.pwritev2(t.fildes, 0, 0, place, 0) : C.preadv2(t.fildes, 0, 0, place, 0));
    }

    // ---- the attempt

    /** Whether it may be tried as on a file that can seek. */
    private static boolean fitsFile(AioTransfer t, OpenFile file) {
        boolean plain = t.total > 0 && t.total <= MOST && t.priority == 0 && t.position >= 0 && !t.syncs();
        return plain
                && file.positional()
                && (!t.vectored() || t.pieceCount() <= MOST_PIECES)
                && file.attempts.worthwhile(t.writes());
    }

    /** Whether it may be tried as on a socket. */
    private static boolean fitsSocket(AioTransfer t, OpenFile file) {
        return file.kind == AioTransfer.SOCKET && t.total > 0 && t.total <= MOST && !t.vectored() && !t.syncs();
    }

    private static int onFile(AioTransfer t, OpenFile file) {
        boolean write = t.writes();
        // once more after a short read: at the end of the file that says so
        for (int i = 0; i < 2; i++) {
            long n = move(t, write);
            if (n > 0) {
                t.done += n;
                // a part is all only if the number still means the device
                if (t.done == t.total || !write && file.kind == AioTransfer.DEVICE && file.stillThere()) {
                    return DONE;
                }
                if (write) {
                    return NOT_DONE;
                }
            } else if (n == 0) {
                return write ? NOT_DONE : DONE;
            } else if (n == -Errnos.EBADF && t.done == 0) {
                return (int) n;
            } else {
                if (n == -Errnos.EOPNOTSUPP) {
                    file.attempts.none(write);
                } else if (n == -Errnos.EAGAIN) {
                    file.attempts.foundNothing();
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
        Scratch s = Scratch.get();
        int count = 1;
        if (t.vectored()) {
            count = t.layOut(s.address, MOST);
        } else {
            s.buffer.putLong(0, t.base() + t.done);
            s.buffer.putLong(8, left);
        }
        return Linux.result(
                write
                        ? C.pwritev2(t.fildes, s.address, count, offset, Linux.RWF_NOWAIT)
                        : C.preadv2(t.fildes, s.address, count, offset, Linux.RWF_NOWAIT));
    }

    private static int onSocket(AioTransfer t) {
        boolean write = t.writes();
        long n = Linux.result(
                write
                        ? C.send(t.fildes, t.base(), t.total, Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL)
                        : C.recv(t.fildes, t.base(), t.total, Linux.MSG_DONTWAIT));
        if (n < 0) {
            return n == -Errnos.EAGAIN || n == -Errnos.EINTR ? NOT_DONE : (int) n;
        }
        t.done = n;
        return write && n < t.total ? NOT_DONE : DONE;
    }
}
