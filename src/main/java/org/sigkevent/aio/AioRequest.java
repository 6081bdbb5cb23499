package org.sigkevent.aio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Clocks;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.core.Source;
import org.sigkevent.events.Events;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Fields;
import org.sigkevent.sys.Link;
import org.sigkevent.sys.Linux;

/**
 * One asynchronous I/O request: what an aiocb stands for while it is in flight. The face has one for each aiocb and uses it again
 * for each submission, unless the record of the last one is still unread: then it makes a new one.
 *
 * <h2>Objects</h2>
 * A request is the {@link Source} of its record, and holds its {@link AioTransfer}: what to do, and how much of it is done. An
 * {@link OpenFile} has the unfinished requests of one open file in call order and says whose turn it is. {@link InlineAttempt} makes
 * the attempt in the calling thread. {@link ListIo} submits several requests together; an {@link AioList} counts those of one
 * lio_listio. {@link Suspend} is where threads wait for requests, {@link AioCancel} where they are cancelled.
 *
 * <h2>Phases</h2>
 * A request has one phase. {@link #move} changes it and asserts that the move is in this table.
 *
 * <table>
 * <caption>Legal moves</caption>
 * <tr><th>from</th><th>to</th><th>when, and by whom</th></tr>
 * <tr><td>IDLE</td><td>CLAIMED</td><td>a thread is about to submit it ({@link #claim}, a compare-and-set)</td></tr>
 * <tr><td>CLAIMED</td><td>IDLE</td><td>it was refused ({@link #giveUp})</td></tr>
 * <tr><td>CLAIMED</td><td>QUEUED</td><td>it waits for others of its file (under the file's lock)</td></tr>
 * <tr><td>CLAIMED</td><td>IN_KERNEL</td><td>it goes to the engine (under the file's lock)</td></tr>
 * <tr><td>CLAIMED</td><td>ENDING</td><td>the attempt in the caller has done it</td></tr>
 * <tr><td>QUEUED</td><td>IN_KERNEL</td><td>its turn has come (by whoever leaves the file, under its lock)</td></tr>
 * <tr><td>QUEUED</td><td>ENDING</td><td>it was cancelled (by the canceller, under the file's lock)</td></tr>
 * <tr><td>IN_KERNEL</td><td>CLAIMED</td><td>the engine has no room: as if it had not been submitted (under the file's lock)</td></tr>
 * <tr><td>IN_KERNEL</td><td>AWAITING_READY</td><td>a stream in non-blocking mode is not ready (by the reaper)</td></tr>
 * <tr><td>AWAITING_READY</td><td>IN_KERNEL</td><td>it is ready (by the reaper)</td></tr>
 * <tr><td>IN_KERNEL, AWAITING_READY</td><td>ENDING</td><td>the kernel's answer is final (by the reaper)</td></tr>
 * <tr><td>ENDING</td><td>UNREAD</td><td>its record is about to be published</td></tr>
 * <tr><td>ENDING</td><td>IDLE</td><td>it has no record</td></tr>
 * <tr><td>UNREAD</td><td>IDLE</td><td>the record was taken, or went with its queue</td></tr>
 * </table>
 *
 * <p>The word that has the phase also counts the claims. It tells one submission from the next to those who come late.
 *
 * <h2>Owners</h2>
 * The fields belong to the claimer; once the request is in the lines of its file, to whoever submits its operation or handles the
 * answer to it; in UNREAD to the ring. What {@link OpenFile#lock} guards is marked. {@link #status} is what everybody reads. It keeps
 * the outcome of the last submission until this one is in flight or done: so a refusal leaves it as it was.
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
 * touched any more. Each step before the post can be done again: an Error in one of them does not keep the request from ending.
 *
 * <h2>Locks</h2>
 * A file's lock is "a source's own lock" in the order that {@link Queue} gives: inside an engine's reaping right, outside its
 * submission lock. The kernel is asked to cancel under it, so that a request cannot end and be used again before that. Operations
 * are submitted and records posted outside of it. The lock of {@link Suspend} is never taken together with a file's.
 */
public final class AioRequest extends Source {
    static final int IDLE = 0;
    static final int CLAIMED = 1;
    static final int QUEUED = 2;
    static final int IN_KERNEL = 3;
    static final int AWAITING_READY = 4;
    static final int ENDING = 5;
    static final int UNREAD = 6;

    /** For each phase the ones that may follow, as bits. */
    private static final int[] FOLLOWING = {
        1 << CLAIMED,
        1 << IDLE | 1 << QUEUED | 1 << IN_KERNEL | 1 << ENDING,
        1 << IN_KERNEL | 1 << ENDING,
        1 << CLAIMED | 1 << AWAITING_READY | 1 << ENDING,
        1 << IN_KERNEL | 1 << ENDING,
        1 << UNREAD | 1 << IDLE,
        1 << IDLE
    };

    /** The bits of {@link #word} that have the phase; those above count the claims. */
    private static final int PHASE = 7;

    private static final int ONE_CLAIM = 8;

    /** {@link #status} before the first submission and after the result was taken. */
    private static final int NONE = -1;

    /** How often an answer that nobody asked for (a cancellation, an interruption) leads to another try. */
    private static final int MOST_RETRIES = 100;

    /** Answers of {@link #enter} besides those of {@link InlineAttempt}. */
    private static final int TURN = 2;

    private static final int WAITS = 3;
    private static final int MOVED = 4;

    private static final VarHandle WORD = Fields.handle(MethodHandles.lookup(), "word", int.class);
    private static final VarHandle STATUS = Fields.handle(MethodHandles.lookup(), "status", int.class);

    public final AioTransfer transfer = new AioTransfer(this);

    /** Where the completion goes. Let go when the record is taken, so that a cookie object can be collected. */
    public @Nullable Destination target;
    /** What the record carries in data[1] for the face's use (0 if none). */
    public long tag;

    private volatile int word;
    private volatile int status = NONE;
    private long result;

    /** What {@link #status} was when it became final; the status itself may be taken by then. */
    private int outcome;

    /** Whose engine does it. */
    private @Nullable Queue queue;

    /** Of which list it is part. */
    @Nullable
    AioList list;

    /** Whether a slot is reserved for its record. */
    boolean slot;

    private boolean settled;

    /** Whether the engine has an operation of it, or is about to. */
    private boolean submitted;

    private int retries;
    private long submittedAt;

    /** Threads that wait for this request: see {@link Suspend}. */
    volatile Suspend.@Nullable Place waiters;

    // ---- in the lines of the file: written under its lock

    final Link<AioRequest> link = new Link<>(this);

    @Nullable
    OpenFile file;

    /** Its place in the order of the file's requests. */
    long sequence;

    /** The next one in a chain of requests that are free to start. */
    @Nullable
    AioRequest startNext;

    /** What became free when this left: see {@link OpenFile#remove}. */
    @Nullable
    AioRequest freed;

    private volatile boolean cancelWanted;
    private boolean holds;
    private int former;

    public AioRequest() {
        super(false);
    }

    // ---- phases

    int phase() {
        return word & PHASE;
    }

    /** Every change of the phase but the claim. By the owner, or under the lock of the file. */
    private void move(int from, int to) {
        int now = word;
        assert (now & PHASE) == from && (FOLLOWING[from] >>> to & 1) != 0
                : "from " + from + " to " + to + " in phase " + (now & PHASE);
        WORD.setRelease(this, now - from + to); // pairs with the compare-and-set in claim()
    }

    /** Which submission this is. */
    int use() {
        return word & ~PHASE;
    }

    /** Takes the request for a submission: which one, for {@link #giveUp}; 0 when it is in flight or its record is unread. */
    public int claim() {
        int now = word;
        int claimed = now + ONE_CLAIM + CLAIMED;
        return (now & PHASE) == IDLE && WORD.compareAndSet(this, now, claimed) ? claimed : 0;
    }

    /**
     * Undoes a claim that led to a refusal or an exception: the slot is free and the status as it was. A request that is on its way
     * in spite of an exception is left alone.
     *
     * @return whether it was undone
     */
    public boolean giveUp(int claimed) {
        if (word != claimed) {
            return false;
        }
        Queue reservedIn = slot ? queue : null;
        slot = false;
        list = null;
        try {
            transfer.letGo();
        } finally {
            WORD.setRelease(this, claimed - CLAIMED); // CLAIMED to IDLE; pairs with the compare-and-set in claim()
            if (reservedIn != null) {
                reservedIn.release(1);
            }
        }
        return true;
    }

    // ---- what others ask

    /** Whether a claim of it is in the way of another submission by the same block. */
    public boolean busy() {
        return error() == Errnos.EINPROGRESS || phase() == CLAIMED;
    }

    /** EINPROGRESS while in flight, then 0 or the errno; -1 when never submitted or already returned. Drives the queue. */
    public int error() {
        int now = status;
        if (now == Errnos.EINPROGRESS) {
            queue().drive();
            now = status;
        }
        return now;
    }

    /** The result (as the system call would have returned it; -1 for an error); Long.MIN_VALUE when there is none to take. */
    public long takeResult() {
        int now = status;
        if (now == Errnos.EINPROGRESS || now == NONE) {
            return Long.MIN_VALUE;
        }
        long taken = result;
        return STATUS.compareAndSet(this, now, NONE) ? taken : Long.MIN_VALUE;
    }

    int status() {
        return status;
    }

    Destination destination() {
        return Objects.requireNonNull(target);
    }

    boolean unfinished() {
        return status == Errnos.EINPROGRESS;
    }

    Queue queue() {
        return Objects.requireNonNull(queue);
    }

    // ---- submission

    /**
     * Submits a claimed request. After anything but 0, and after an exception, the caller gives the claim up.
     *
     * @return 0; or an errno negated with nothing done: -EAGAIN (no slot in the target's queue, or the system has no room),
     *     -EBADF (the descriptor is not open, or the queue is dead), -EINVAL (offset, length, pieces, priority, operation).
     *     Everything else, also that the descriptor is not open for this direction, becomes the status
     */
    public int submit() {
        Destination to = destination();
        int rc = prepare(to.queue);
        if (rc == 0) {
            rc = to.queue.dead() ? -Errnos.EBADF : reserve(to);
        }
        return rc == 0 ? start(true, 0) : rc;
    }

    /** Checks everything and takes what can fail; nothing can be seen of it. 0, or an errno negated. */
    int prepare(Queue by) {
        submittedAt = Events.submitted();
        settled = false;
        submitted = false;
        retries = 0;
        if (cancelWanted) { // a look costs less than a fence
            cancelWanted = false;
        }
        queue = by;
        int rc = transfer.prepare();
        // the calling thread's, so that the end of an attempt in the caller does not have to make it
        RingRecord.outgoing(0, 0, 0);
        return rc;
    }

    private int reserve(Destination to) {
        if (!to.silent) {
            slot = to.queue.reserve(1);
            if (!slot) {
                return to.queue.dead() ? -Errnos.EBADF : -Errnos.EAGAIN;
            }
        }
        return 0;
    }

    /** For {@link ListIo}: it was not started, and its status says so. */
    void refused(int errno) {
        result = -1;
        STATUS.setVolatile(this, errno);
    }

    /**
     * Starts a prepared request that has its slot: 0, or an errno negated with nothing done.
     *
     * @param tryHere whether to try it in this thread
     * @param batch see {@link OpenFiles#verified}
     */
    int start(boolean tryHere, long batch) {
        AioTransfer t = transfer;
        OpenFile open = OpenFiles.get(t.fildes);
        boolean verified = open == null;
        if (verified) {
            open = OpenFiles.verified(t.fildes, t.writes(), batch);
        }
        if (tryHere && open != null && open.positional() && InlineAttempt.fits(t) && open.inlineFor(t.writes())) {
            int answer = InlineAttempt.onFile(t, open);
            if (answer != InlineAttempt.NOT_DONE) {
                return done(answer);
            }
        }
        boolean trySocket = tryHere && InlineAttempt.fitsSocket(t);
        if (!verified && !(trySocket && open != null && open.kind == OpenFile.SOCKET && open.unfinished == 0)) {
            open = OpenFiles.verified(t.fildes, t.writes(), batch);
            verified = true;
        }
        for (; ; ) {
            int rc = verified ? fits(open) : 0;
            if (open == null || rc < 0 || (rc = prepareForEngine()) < 0) {
                return t.done > 0 ? done(InlineAttempt.DONE) : rc;
            }
            int answer = enter(open, trySocket && open.kind == OpenFile.SOCKET, verified);
            if (answer == TURN) {
                return submitNow(open);
            }
            if (answer == WAITS) {
                if (queue().dead()) {
                    // its members were told before this one was in the line
                    AioCancel.abandon(open, queue());
                }
                return 0;
            }
            if (answer != MOVED) {
                return done(answer);
            }
            open = OpenFiles.verified(t.fildes, t.writes(), 0);
            verified = true;
        }
    }

    /** Whether the request can be made on this file (null: not open) at all: 0, -EBADF or -EINVAL. */
    private int fits(@Nullable OpenFile open) {
        if (open == null) {
            return -Errnos.EBADF;
        }
        AioTransfer t = transfer;
        boolean placed = open.positional() && !t.syncs() && !(t.writes() && open.append);
        return placed && t.position < 0 ? -Errnos.EINVAL : 0;
    }

    private int prepareForEngine() {
        if (!transfer.prepareForEngine()) {
            return -Errnos.EAGAIN;
        }
        return queue().member(AioMember.class, AioMember::new) == null ? -Errnos.EBADF : 0;
    }

    /** The attempt in this thread was all, or there is no room for more. */
    private int done(int answer) {
        long moved = transfer.done;
        if (moved == 0
                && (answer == -Errnos.EAGAIN || answer == -Errnos.EBADF && Linux.statusFlags(transfer.fildes) < 0)) {
            return answer;
        }
        if (moved > 0 || answer == InlineAttempt.DONE) {
            complete(moved, 0);
        } else {
            complete(-1, -answer);
        }
        return 0;
    }

    /**
     * Enters the lines of a file. On a socket an attempt comes first; both are one step, so that a write that was cut short here
     * is not overtaken by another thread's.
     *
     * @param verified whether it is known that the number means this file
     * @return TURN: it is to be submitted; WAITS: others come first; MOVED: the number means another file, look again; or what
     *     ended it before it was in a line: an answer of {@link InlineAttempt}, or -EAGAIN
     */
    private int enter(OpenFile open, boolean attempt, boolean verified) {
        AioTransfer t = transfer;
        boolean entering = false;
        boolean entered = false;
        former = status;
        open.lock.lock();
        try {
            if (attempt && !open.busy(t.writes())) {
                int answer = InlineAttempt.onSocket(t);
                if (answer != InlineAttempt.NOT_DONE) {
                    return answer == -Errnos.ENOTSOCK || answer == -Errnos.EBADF ? MOVED : answer;
                }
            }
            if (!verified && !open.stillThere()) {
                return MOVED;
            }
            boolean turn = open.free(this);
            boolean hold = !open.positional() && (!turn || t.mayTakeLong(open, queue().asynchronous()));
            entering = true;
            if (hold && !hold(open)) {
                return -Errnos.EAGAIN;
            }
            file = open;
            open.add(this);
            if (turn) {
                // Queue.arm has a fence before it looks whether the queue is dead
                STATUS.setRelease(this, Errnos.EINPROGRESS);
                move(CLAIMED, IN_KERNEL);
            } else {
                // the entry before the look whether the queue is dead; pairs with the write of dead in Queue.destroy
                STATUS.setVolatile(this, Errnos.EINPROGRESS);
                move(CLAIMED, QUEUED);
            }
            entered = true;
            return turn ? TURN : WAITS;
        } finally {
            try {
                if (entering && !entered) {
                    leaveLocked(open);
                    status = former;
                }
            } finally {
                open.lock.unlock();
            }
        }
    }

    /** From here on it depends on the file's duplicate. Under the lock. */
    private boolean hold(OpenFile open) {
        int duplicate = open.hold();
        if (duplicate < 0) {
            return false;
        }
        holds = true;
        transfer.fd = duplicate;
        return true;
    }

    /** Leaves the lines. Under the lock; can be done again. */
    private void leaveLocked(OpenFile open) {
        open.remove(this);
        if (holds) {
            open.letGo();
            holds = false;
        }
        file = null;
    }

    /** Submits the first operation: 0, or an errno negated with nothing done. */
    private int submitNow(OpenFile open) {
        int use = use();
        int rc = -Errnos.EAGAIN;
        try {
            transfer.next(open);
            rc = arm();
        } finally {
            if (rc < 0) {
                rc = takeBack(open, rc);
            }
        }
        if (rc == 0) {
            afterSubmit(use);
        }
        return rc;
    }

    /** Submits the operation that the transfer is now; if it throws, it was not submitted. */
    private int arm() {
        int rc = -Errnos.EAGAIN;
        submitted = true;
        try {
            rc = queue().arm(transfer);
        } finally {
            if (rc < 0) {
                submitted = false;
            }
        }
        return rc;
    }

    /** A cancellation that came before the engine had the operation has found nothing to cancel. The request may be over. */
    private void afterSubmit(int use) {
        if (cancelWanted) {
            AioCancel.again(this, use);
        }
    }

    /**
     * The engine has no room: as if nothing had been asked. But what was moved already counts, and a cancellation is answered.
     *
     * @return 0 when it has ended so; else {@code rc}
     */
    private int takeBack(OpenFile open, int rc) {
        boolean ends = false;
        open.lock.lock();
        try {
            ends = transfer.done > 0 || cancelWanted;
            if (!ends) {
                leaveLocked(open);
                STATUS.setVolatile(this, former);
                move(IN_KERNEL, CLAIMED);
            }
        } finally {
            open.lock.unlock();
        }
        if (ends) {
            completeWithError(Errnos.ECANCELED);
            return 0;
        }
        if (waiters != null) {
            Suspend.wake(this);
        }
        startAll(freedNow());
        return rc;
    }

    private @Nullable AioRequest freedNow() {
        AioRequest free = freed;
        freed = null;
        return free;
    }

    // ---- on its way

    /** Whether the number still means the file of this request. */
    boolean sameFile() {
        OpenFile its = file;
        return holds || its != null && its.stillThere();
    }

    /** The kernel's answer to an operation. By the reaper. */
    void answered(int answer) {
        int use = use();
        boolean handled = false;
        submitted = false;
        AioRequest free = null;
        try {
            free = continueTransfer(answer);
            handled = true;
        } finally {
            // an Error came in between: the request ends all the same
            if (!handled && abandonedIn(use)) {
                free = endWithError(Errnos.EIO);
            }
            startAll(free);
        }
    }

    /** Goes on after an answer, or ends: what is free to start then. */
    private @Nullable AioRequest continueTransfer(int answer) {
        AioTransfer t = transfer;
        if (phase() == AWAITING_READY) {
            move(AWAITING_READY, IN_KERNEL);
            if (answer >= 0) {
                return resubmit(false);
            }
        } else if (answer >= 0) {
            if (t.syncs() && !sameFile()) {
                // the kernel looks the descriptor up late: perhaps it synchronised another file
                return endWithError(Errnos.ECANCELED);
            }
            t.done += answer;
            return goesOn(answer) ? resubmit(false) : end(t.done, 0);
        }
        return onError(-answer);
    }

    /** Whether an Error has left this submission on its way without an operation. */
    private boolean abandonedIn(int use) {
        int now = word;
        int phase = now & PHASE;
        return !submitted && (now & ~PHASE) == use && (phase == IN_KERNEL || phase == AWAITING_READY);
    }

    private boolean goesOn(int moved) {
        AioTransfer t = transfer;
        if (moved == 0 || t.done >= t.total || t.syncs() || cancelWanted) {
            return false;
        }
        return t.writes() || file().kind == OpenFile.FILE;
    }

    private OpenFile file() {
        return Objects.requireNonNull(file);
    }

    private @Nullable AioRequest onError(int errno) {
        // what a cold read of a thread says that has ended is EFAULT
        boolean unasked = errno == Errnos.ECANCELED
                || errno == Errnos.EINTR
                || errno == Errnos.EFAULT && transfer.submitterEnded();
        if (cancelWanted) {
            return endWithError(unasked || errno == Errnos.EAGAIN ? Errnos.ECANCELED : errno);
        }
        if (unasked && retries++ < MOST_RETRIES) {
            return resubmit(false);
        }
        return errno == Errnos.EAGAIN && !file().positional() ? awaitReadiness() : endWithError(errno);
    }

    /** A descriptor in non-blocking mode has nothing, or no room, now: asynchronous requests wait all the same. */
    private @Nullable AioRequest awaitReadiness() {
        OpenFile open = file();
        open.lock.lock();
        try {
            // on a number that stays when the program closes its own
            if (!holds && open.stillThere()) {
                hold(open);
            }
            move(IN_KERNEL, AWAITING_READY);
        } finally {
            open.lock.unlock();
        }
        return resubmit(true);
    }

    /** Submits another operation, for what is left; what is free to start if that ends it. */
    private @Nullable AioRequest resubmit(boolean poll) {
        int use = use();
        AioTransfer t = transfer;
        if (poll) {
            t.nextPoll();
        } else {
            t.next(file());
        }
        int rc = sameFile() ? arm() : -Errnos.EBADF;
        if (rc == 0) {
            afterSubmit(use);
            return null;
        }
        // a part of what was to be read looks like the end of the file: only who cancels it wants to know
        boolean part = t.done > 0 && (t.writes() || cancelWanted || queue().dead());
        return part ? end(t.done, 0) : end(-1, rc == -Errnos.EBADF ? Errnos.ECANCELED : -rc);
    }

    /** Its turn has come: true for the one call that finds it QUEUED, whose caller then starts it. Under the lock of the file. */
    boolean takesTurn() {
        if (phase() != QUEUED) {
            return false;
        }
        move(QUEUED, IN_KERNEL);
        return true;
    }

    /** Starts, or ends, the requests of a chain, and what is free because they ended at once: in a loop, they may be many. */
    static void startAll(@Nullable AioRequest chain) {
        Throwable failed = null;
        AioRequest rest = chain;
        while (rest != null) {
            AioRequest r = rest;
            AioRequest more = null;
            rest = r.startNext;
            r.startNext = null;
            try {
                more = r.startFreed();
            } catch (RuntimeException | Error e) {
                failed = e;
            }
            while (more != null) {
                AioRequest one = more;
                more = one.startNext;
                one.startNext = rest;
                rest = one;
            }
        }
        rethrow(failed);
    }

    /** Throws again what was caught so that others do not suffer from it. */
    static void rethrow(@Nullable Throwable caught) {
        if (caught instanceof Error) {
            throw (Error) caught;
        }
        if (caught != null) {
            throw (RuntimeException) caught;
        }
    }

    private @Nullable AioRequest startFreed() {
        int use = use();
        boolean started = false;
        try {
            AioRequest free = cancelWanted ? endWithError(Errnos.ECANCELED) : resubmit(false);
            started = true;
            return free;
        } finally {
            if (!started && abandonedIn(use)) {
                completeWithError(Errnos.EIO);
            }
        }
    }

    // ---- the end

    private void complete(long value, int errno) {
        startAll(end(value, errno));
    }

    /** Ends it in failure; what was moved already counts. */
    private void completeWithError(int errno) {
        startAll(endWithError(errno));
    }

    /** For {@link ListIo}: ends one that was not started, if it is still this claim. */
    void completeClaimed(int claimed, int errno) {
        if (word == claimed) {
            completeWithError(errno);
        }
    }

    private @Nullable AioRequest endWithError(int errno) {
        return transfer.done > 0 ? end(transfer.done, 0) : end(-1, errno);
    }

    /**
     * Completes the request, in the order that is given above.
     *
     * @return what waited for it, chained; the caller starts it
     */
    private @Nullable AioRequest end(long value, int errno) {
        boolean ready = false;
        try {
            settle(value, errno);
            ready = true;
        } finally {
            if (!ready) {
                // once more, without the step that may have failed: what was read is not where it should be
                settle(-1, Errnos.EIO);
                startAll(deliver(freedNow()));
            }
        }
        return deliver(freedNow());
    }

    /** What comes before the record. Can be done again after an Error. */
    private void settle(long value, int errno) {
        if (phase() != ENDING) {
            move(phase(), ENDING);
        }
        OpenFile from = file;
        if (!settled) {
            transfer.copyBack(value);
            result = value;
            outcome = errno;
            settled = true;
            if (from == null) {
                STATUS.setRelease(this, errno); // nobody else has seen it: no waiter can have come
            } else {
                STATUS.setVolatile(this, errno); // before the look at the waiters; pairs with Suspend.register
            }
        }
        if (from != null) {
            from.lock.lock();
            try {
                leaveLocked(from);
            } finally {
                from.lock.unlock();
            }
        }
        if (waiters != null) {
            Suspend.wake(this);
        }
        transfer.unpin();
        transfer.letGo();
    }

    /** Publishes the record and tells the list; gives {@code free} back. */
    private @Nullable AioRequest deliver(@Nullable AioRequest free) {
        int use = use();
        AioList partOf = list;
        boolean failed = outcome != 0;
        boolean delivered = false;
        try {
            publish();
            delivered = true;
        } finally {
            try {
                if (!delivered && word == (use | ENDING)) {
                    publish();
                }
            } finally {
                if (partOf != null) {
                    partOf.done(failed);
                }
                if (!delivered) {
                    startAll(free);
                }
            }
        }
        return free;
    }

    /** From the change of the phase on it may be in use again. */
    private void publish() {
        Destination to = destination();
        Queue by = queue();
        int errno = outcome;
        int descriptor = transfer.fildes;
        if (to.silent || to.queue.dead()) {
            long since = submittedAt;
            target = null;
            move(ENDING, IDLE);
            reportCompleted(by.fd(), since, Kinds.KEVENT_AIO, descriptor, errno);
            return;
        }
        RingRecord record = RingRecord.outgoing(Kinds.KEVENT_AIO, descriptor, to.cookie);
        record.result = result;
        record.error = errno;
        record.data0 = transfer.operation;
        record.data1 = tag;
        record.timeNanos = transfer.reaped() ? by.completedAt() : Clocks.monotonic();
        move(ENDING, UNREAD);
        to.queue.post(this, record);
    }

    @Override
    protected long submittedAt() {
        return submittedAt;
    }

    @Override
    protected boolean taken(RingRecord record) {
        Destination to = destination();
        target = null;
        record.object = to.object;
        move(UNREAD, IDLE);
        return true;
    }

    @Override
    protected void abandoned() {
        target = null;
        move(UNREAD, IDLE);
    }

    // ---- for AioCancel, under the lock of the file

    /**
     * Cancels it: if it is QUEUED it is the caller's, who starts the chain that it is put in, which ends it; if it is with the
     * kernel, the kernel is asked to give it up.
     *
     * @return the chain, which begins with this request if it is the caller's
     */
    @Nullable
    AioRequest cancelLocked(@Nullable AioRequest chain) {
        cancelWanted = true;
        if (phase() == QUEUED) {
            move(QUEUED, ENDING);
            startNext = chain;
            return this;
        }
        queue().cancel(transfer);
        return chain;
    }

    /** Has the kernel asked once more if this is still the same submission and it is not done. */
    void cancelAgainLocked(int its) {
        if (use() == its && cancelWanted && (phase() == IN_KERNEL || phase() == AWAITING_READY)) {
            queue().cancel(transfer);
        }
    }

    @Override
    public String toString() {
        AioTransfer t = transfer;
        return "aio request [operation " + t.operation + ", fd " + t.fildes + ", " + t.done + " of " + t.total
                + " bytes, phase " + phase() + ", status " + status + "]";
    }
}
