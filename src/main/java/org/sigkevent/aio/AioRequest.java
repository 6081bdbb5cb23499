package org.sigkevent.aio;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Queues;
import org.sigkevent.core.RingRecord;
import org.sigkevent.core.Source;
import org.sigkevent.engine.FileHelpers;
import org.sigkevent.events.Events;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Threads;

/**
 * One asynchronous I/O request: what an aiocb stands for while it is in flight. The face has one for each aiocb and uses it again
 * for each submission, unless the record of the last one is still unread: then it makes a new one.
 *
 * <h2>Objects</h2>
 * A request is the {@link Source} of its record, and holds its {@link AioTransfer}: what to do, and how much of it is done. An
 * {@link OpenFile} has the unfinished transfers of one open file in call order and says whose turn it is. An {@link AioList} counts the requests of one lio_listio. Threads wait for both: see
 * {@link Awaited}. All these do not know the request; those who do are AioSubmission, ListIo, Suspend and AioCancel.
 *
 * <h2>Owners</h2>
 * Where it is says its {@link AioState}. The fields belong to the claimer; once the request is in the lines of its file, to whoever submits its operation or handles the
 * answer to it; in UNREAD to the ring; in RETURNED to whoever has the record. What {@link OpenFile#lock} guards is marked.
 *
 * <h2>Submission</h2>
 * Prepare: the fields are checked, memory is taken, a slot reserved. A short transfer is then tried in the caller; if that does it,
 * no lock is taken. Otherwise the request enters the lines of its file and, if it is its turn, is submitted to the engine. Until
 * then a failure undoes everything. An answer of the kernel that is not the end (a short write, a stream that is not ready, the end
 * of the submitting thread) leads to another operation for the rest.
 *
 * <h2>Completion</h2>
 * In {@link #end}, always in this order. What was read is copied to a heap array. The result is stored, then the status. The request
 * leaves the lines of its file. Threads in aio_suspend are woken. Memory is let go. The record is posted. The list is told. What
 * waited for this request is started, so its records come later. From the post on the object may be in use again: nothing of it is
 * touched any more. Whoever takes the result before the record takes that back ({@link #takeResult}). Whatever is thrown before that is reported, and the request ends all the same.
 *
 * <h2>Locks</h2>
 * A file's lock is "a source's own lock" in the order that {@link Queue} gives: inside an engine's reaping right, outside its
 * submission lock. The kernel is asked to cancel under it, so that a request cannot end and be used again before that. Operations
 * are submitted and records posted outside of it. The lock of {@link Awaited} is never taken together with a file's.
 */
public final class AioRequest extends Awaited {
    public final AioTransfer transfer = new Transfer();
    final AioState state = transfer.state;

    /** Where the completion goes. Let go when the record is taken, so that a cookie object can be collected. */
    public @Nullable Destination target;

    /** Of which list it is part. */
    @Nullable
    AioList list;

    /** Whether a slot is reserved for its record. */
    boolean slot;

    /** Whether the engine has an operation of it, or is about to. */
    private boolean submitted;

    private long submittedAt;

    /** Whose lines it is in; written under its lock. */
    @Nullable
    OpenFile file;

    /** The stamp before its record was published. Written before it is UNREAD, read after that. */
    private int stampBefore;

    /** The transfer as this request's: what its file and the engine know of the request. */
    private final class Transfer extends AioTransfer {
        private AioRequest request() {
            return AioRequest.this;
        }

        @Override
        @Nullable
        AioTransfer start() {
            return goOn(false, 0);
        }

        @Override
        protected boolean hasItsFile() {
            OpenFile its = file;
            return holds || fixed || its != null && its.holdAgain(this);
        }

        @Override
        protected void performed(int result) {
            OpenFile its = file;
            boolean last = result < 0 ? !unasked(-result) : result == 0 || syncs() || done + result >= total;
            if (last && its != null) {
                its.performed(this);
            }
        }

        @Override
        protected void finished(int answer) {
            startAll(goOn(true, answer));
        }
    }

    /** The request of a transfer. */
    static AioRequest of(AioTransfer t) {
        return ((Transfer) t).request();
    }

    /** Takes the request for a submission: which one, for {@link #giveUp}; 0 when it is in flight or its record is unread. */
    public int claim() {
        int claimed = state.claim();
        if (claimed != 0) {
            slot = false;
            list = null;
        }
        return claimed;
    }

    /**
     * Undoes a claim that led to a refusal or an exception: the slot is free and the status as it was. A request that is on its way
     * in spite of an exception is left alone.
     *
     * @return whether it was undone
     */
    public boolean giveUp(int claimed) {
        if (!state.is(claimed)) {
            return false;
        }
        Queue reservedIn = slot ? destination().queue : null;
        transfer.letGo();
        state.move(AioState.CLAIMED, AioState.IDLE);
        if (reservedIn != null) {
            reservedIn.release(1);
        }
        return true;
    }

    // ---- what others ask

    /** Whether a claim of it is in the way of another submission by the same block. */
    public boolean busy() {
        return error() == Errnos.EINPROGRESS || state.phase() == AioState.CLAIMED;
    }

    /** EINPROGRESS while in flight, then 0 or the errno; -1 when never submitted or already returned. Drives the queue. */
    public int error() {
        if (state.unfinished()) {
            transfer.queue().drive();
        }
        return state.status;
    }

    /**
     * The result (as the system call would have returned it; -1 for an error); Long.MIN_VALUE when there is none to take. With it the
     * record is taken back that nobody has taken, if it stands in a queue of the program's: what the library has in its own queue is a
     * signal that is generated, or a call that is to be made, which a result that was taken does not undo.
     */
    public long takeResult() {
        int use = state.use();
        Destination to = target;
        long result = state.takeResult();
        if (result != Long.MIN_VALUE && to != null && !to.silent && Queues.find(to.queue.fd()) == to.queue) {
            takeRecordBack(use, to.queue);
        }
        return result;
    }

    private void takeRecordBack(int use, Queue queue) {
        if (state.returned(use) != AioState.UNREAD) {
            return;
        }
        // nobody submits it again before it is idle
        int before = stampBefore;
        for (; ; ) {
            // before the attempt: what was published by then, and cannot be withdrawn, somebody has taken, and drops it
            boolean published = stamp() != before;
            if (queue.withdraw(this)) {
                break;
            }
            // or it went with the queue
            if (published || queue.dead()) {
                return;
            }
            Thread.onSpinWait();
        }
        target = null;
        state.move(AioState.RETURNED, AioState.IDLE);
    }

    Destination destination() {
        return Objects.requireNonNull(target);
    }

    // ---- for AioSubmission and ListIo

    /** Checks everything and takes what can fail; nothing can be seen of it. 0, or an errno negated. */
    int prepare(Queue by) {
        submittedAt = Events.submitted();
        submitted = false;
        if (transfer.queue != by) {
            // so that it is cancelled with the queue
            if (by.member(OpenFile.Part.class, OpenFile.Part::new) == null) {
                return -Errnos.EBADF;
            }
            transfer.queue = by;
        }
        return transfer.prepare();
    }

    /** Enters the lines of its file, under the lock of which this is, in phase IN_KERNEL (it is submitted next), QUEUED or HELD. */
    void enter(OpenFile open, int phase) {
        transfer.kind = open.kind;
        transfer.mayBlock = open.isDevice();
        file = open;
        open.add(transfer);
        state.begin(phase);
    }

    /**
     * The engine has no room: as if nothing had been asked. But what was moved already counts, and a cancellation is answered.
     *
     * @return whether it has ended so
     */
    boolean takeBack() {
        OpenFile open = Objects.requireNonNull(file);
        AioTransfer free = null;
        open.lock.lock();
        try {
            if (transfer.done == 0 && !transfer.cancelWanted) {
                free = open.remove(transfer);
                file = null;
                state.takeBack();
            }
        } finally {
            open.lock.unlock();
        }
        boolean ends = state.phase() != AioState.CLAIMED;
        if (ends) {
            free = endWithError(Errnos.ECANCELED);
        } else if (waiting != null) {
            wake();
        }
        AioTransfer.startAll(free);
        return ends;
    }

    /** Submits the operation that the transfer is now, or performs it: 0, or an errno negated; an Error is told as -EAGAIN. */
    int arm() {
        if (Objects.requireNonNull(file).messageQueue && !transfer.syncs()) {
            // none waits on it: on the file that it holds
            AioTransfer.startAll(goOn(true, FileHelpers.perform(transfer)));
            return 0;
        }
        submitted = true;
        int rc = -Errnos.EAGAIN;
        try {
            rc = transfer.queue().arm(transfer);
        } catch (RuntimeException | Error failed) {
            if (!(failed instanceof VirtualMachineError)) {
                Threads.uncaught(failed);
            }
        }
        // from a successful submission on it may be in use again
        if (rc < 0) {
            submitted = false;
        }
        return rc;
    }

    /**
     * Cancels this submission, if it is not over: also because a cancellation that came before the engine had the operation has
     * found nothing to cancel.
     */
    void cancel(int use) {
        OpenFile open = file;
        if (open == null) {
            return;
        }
        AioTransfer ended = null;
        open.lock.lock();
        try {
            if (file == open && state.use() == use) {
                ended = transfer.cancel() ? transfer : null;
            }
        } finally {
            open.lock.unlock();
        }
        AioTransfer.startAll(ended);
    }

    // ---- on its way

    /**
     * Goes on when its turn has come, or with the kernel's answer to an operation: what is free to start then. Whatever is thrown in
     * between, the request ends.
     */
    private @Nullable AioTransfer goOn(boolean answered, int answer) {
        int use = state.use();
        submitted = false;
        try {
            return answered
                    ? onAnswer(answer)
                    : transfer.cancelWanted ? endWithError(Errnos.ECANCELED) : resubmit(false);
        } catch (RuntimeException | Error failed) {
            Threads.uncaught(failed);
            boolean stranded = state.use() == use && !submitted && state.atKernel();
            return stranded ? endWithError(Errnos.EIO) : null;
        }
    }

    private @Nullable AioTransfer onAnswer(int answer) {
        AioTransfer t = transfer;
        boolean waited = state.leaves(AioState.AWAITING_READY, AioState.IN_KERNEL);
        if (answer < 0) {
            return onError(-answer);
        }
        if (waited) {
            return resubmit(false);
        }
        t.done += answer;
        return !t.cancelWanted && t.goesOn(answer) ? resubmit(false) : end(t.done, 0);
    }

    private @Nullable AioTransfer onError(int errno) {
        AioTransfer t = transfer;
        boolean unasked = t.unasked(errno);
        if (t.cancelWanted) {
            return endWithError(unasked || errno == Errnos.EAGAIN ? Errnos.ECANCELED : errno);
        }
        if (unasked && t.retries++ < AioTransfer.MOST_RETRIES) {
            return resubmit(false);
        }
        if (errno != Errnos.EAGAIN || t.positional()) {
            // EBADF in the middle: the number was closed after the look whether it still means the file
            return errno == Errnos.EBADF && t.done > 0 ? cut(errno) : endWithError(errno);
        }
        // a descriptor in non-blocking mode has nothing, or no room, now: asynchronous requests wait all the same
        state.move(AioState.IN_KERNEL, AioState.AWAITING_READY);
        return resubmit(true);
    }

    /** Submits another operation, for what is left; what is free to start if that ends it. */
    private @Nullable AioTransfer resubmit(boolean poll) {
        int use = state.use();
        AioTransfer t = transfer;
        t.next(poll);
        int rc = t.hasItsFile() ? arm() : -Errnos.EBADF;
        if (rc != 0) {
            return cut(-rc);
        }
        if (t.cancelWanted) {
            cancel(use);
        }
        return null;
    }

    /** Ends it before all is done, because no further operation can be made. */
    private @Nullable AioTransfer cut(int errno) {
        AioTransfer t = transfer;
        // a part of what was to be read looks like the end of the file: only who cancels it wants to know
        boolean part = t.done > 0 && (t.writes() || t.cancelWanted || t.queue().dead());
        return part ? end(t.done, 0) : end(-1, errno == Errnos.EBADF ? Errnos.ECANCELED : errno);
    }

    // ---- the end

    /** For ListIo: ends one that was not started, if it is still this claim. */
    void completeClaimed(int claimed, int errno) {
        if (state.is(claimed)) {
            AioTransfer.startAll(endWithError(errno));
        }
    }

    /** Ends it in failure; what was moved already counts. */
    @Nullable
    AioTransfer endWithError(int errno) {
        return transfer.done > 0 ? end(transfer.done, 0) : end(-1, errno);
    }

    /**
     * Completes the request, in the order that is given above.
     *
     * @return what waited for it, chained; the caller starts it
     */
    @Nullable
    AioTransfer end(long value, int errno) {
        return end(value, errno, 0);
    }

    /** As {@link #end(long, int)}; {@code nanos} is when it happened, or 0 for now. */
    @Nullable
    AioTransfer end(long value, int errno, long nanos) {
        boolean copied;
        try {
            copied = settle(value, errno);
        } catch (RuntimeException | Error failed) {
            // once more, and what was read is perhaps not where it should be
            Threads.uncaught(failed);
            settle(-1, Errnos.EIO);
            return publish(-1, Errnos.EIO, 0);
        }
        return copied ? publish(value, errno, nanos) : publish(-1, Errnos.EFAULT, nanos);
    }

    /** What comes before the record; can be done again. False when what was read has no place any more. */
    private boolean settle(long value, int errno) {
        state.ends();
        boolean copied = transfer.copyBack(value);
        OpenFile from = file;
        // nobody else has seen a request that was in no line: no waiter can have come
        state.end(copied ? value : -1, copied ? errno : Errnos.EFAULT, from != null);
        if (from != null) {
            from.lock.lock();
            try {
                transfer.startNext = from.remove(transfer);
                file = null;
            } finally {
                from.lock.unlock();
            }
        }
        if (waiting != null) {
            wake();
        }
        transfer.unpin();
        transfer.letGo();
        return copied;
    }

    /** From the change of the phase on it may be in use again. */
    private @Nullable AioTransfer publish(long value, int errno, long nanos) {
        AioTransfer free = transfer.startNext;
        transfer.startNext = null;
        AioList partOf = list;
        Destination to = destination();
        Queue by = transfer.queue();
        boolean told = !to.silent && !to.queue.dead();
        RingRecord record = told ? by.completion(Kinds.KEVENT_AIO, transfer.fildes, to.cookie, nanos) : null;
        if (record != null) {
            record.result = value;
            record.error = errno;
            record.data0 = transfer.operation;
            record.submittedAt = submittedAt;
            stampBefore = stamp();
        }
        if (record != null && state.becomesUnread()) {
            to.queue.post(this, record);
        } else {
            int descriptor = transfer.fildes;
            long since = submittedAt;
            target = null;
            state.becomesIdle();
            if (told) {
                to.queue.release(1);
            }
            by.reportCompleted(since, Kinds.KEVENT_AIO, descriptor, errno);
        }
        if (partOf != null) {
            partOf.done(errno != 0);
        }
        return free;
    }

    @Override
    protected boolean taken(RingRecord record) {
        Destination to = destination();
        target = null;
        record.object = to.object;
        return state.becomesIdle();
    }

    @Override
    protected void abandoned() {
        target = null;
        state.becomesIdle();
    }

    @Override
    public String toString() {
        AioTransfer t = transfer;
        return "aio request [operation " + t.operation + ", fd " + t.fildes + ", " + t.done + " of " + t.total
                + " bytes, " + state + "]";
    }
}
