package org.sigkevent.aio;

import static org.sigkevent.sys.Unset.unset;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Clocks;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Request;
import org.sigkevent.core.RingRecord;
import org.sigkevent.core.Source;
import org.sigkevent.engine.Op;
import org.sigkevent.events.Events;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;

/**
 * One asynchronous I/O request: what an aiocb stands for while it is in flight. The face owns one per aiocb and uses it again
 * for each submission ({@link #reusable} says whether it may; else it makes a new one).
 *
 * <h2>Objects</h2>
 * The request is the {@link Source} of its record. Its inner {@link Transfer} is what the engine carries to the kernel, once
 * or, when a transfer is cut short, several times. An {@link OpenFile} holds the unfinished requests of one open file in call
 * order and says whose turn it is. An {@link AioList} counts the requests of a lio_listio. {@link InlineAttempt} makes the attempt in
 * the calling thread, {@link Suspend} is where threads wait for requests, {@link AioCancel} where they are cancelled,
 * {@link BounceBuffers} the native memory behind heap arrays.
 *
 * <h2>Owners</h2>
 * {@link #state} says who may write the fields: IDLE: the face. BUSY: from the compare-and-set in {@link #submit} on the
 * submitting thread, and after it has handed the request over, whoever completes it; exactly one thread does ({@link #conclude}).
 * UNREAD: the ring, until the record is taken. The links, {@link #queued}, {@link #cancelWanted} and {@link #use} are guarded
 * by the lock of the file. {@link #error} is the status that everybody reads: EINPROGRESS from the moment the request
 * may be seen by others until it is final.
 *
 * <h2>Ways</h2>
 * A short request on a file or socket is tried in the caller first. If that does it, the request never enters a list, takes
 * no lock and is complete when {@link #submit} returns. Otherwise it enters the lists of its file and goes to the engine when
 * it is its turn. An answer of the kernel that is not the end (a short write, a short read of a regular file, no room
 * in a non-blocking stream, an answer that only says that a thread has ended) leads to another operation for the rest. A
 * request that depends on such a step tells its queue ({@link Queue#stepWanted}), so that the keeper takes it if nobody else
 * drives.
 *
 * <h2>Completion</h2>
 * In {@link #end}, always in this order: what was read is copied to a heap array; the result is stored; the status is
 * stored; the request leaves the lists of its file; threads in aio_suspend are woken; memory and its owner are let go; the
 * record is posted; the list is told; what waited for this request is started (so its records come later). After the record
 * is posted (or the state set to IDLE) the object may be in use again: nothing of it is touched any more.
 *
 * <h2>Locks</h2>
 * A file's lock is "a source's own lock" in the order that {@link Queue} gives: inside an engine's reaping right, outside its
 * submission lock. The kernel is asked to cancel under it, so that a request cannot end, and be used again, between the look
 * at it and the cancellation. Requests are handed to engines and records are posted outside of it. The waiters' lock
 * ({@link Suspend}) is never taken together with a file's.
 */
public final class AioRequest extends AioTransfer {
    public static final int CANCELED = AioCancel.CANCELED;
    public static final int NOTCANCELED = AioCancel.NOTCANCELED;
    public static final int ALLDONE = AioCancel.ALLDONE;

    /** A write of so many bytes to a pipe is all or nothing (PIPE_BUF). */
    private static final int PIPE_BUF = 4096;

    /** How often an answer that nobody asked for (a cancellation, an interruption) leads to another try. */
    private static final int MOST_RETRIES = 100;

    private static final int POLLOUT = 4;

    private static final int IDLE = 0;
    private static final int BUSY = 1;
    private static final int UNREAD = 2;

    /** {@link #error} before the first submission and after the result was taken. */
    private static final int NONE = -1;

    private static final VarHandle STATE;
    private static final VarHandle ERROR;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            STATE = lookup.findVarHandle(AioRequest.class, "state", int.class);
            ERROR = lookup.findVarHandle(AioRequest.class, "error", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    // ---- the state

    private final Transfer transfer = new Transfer();

    /** The queue whose engine does it. */
    private @Nullable Queue worker;

    private volatile int state;
    private volatile int error = NONE;
    private long result;
    private int retries;
    private boolean polling;
    private @Nullable AioList list;
    private @Nullable AioMember resident;

    /** Threads that wait for this request: see {@link Suspend}. */
    volatile Suspend.@Nullable Place waiters;

    // ---- in the lists of the file: guarded by its lock

    @SuppressWarnings("NullAway.Init")
    OpenFile file;

    @Nullable
    AioRequest previous;

    @Nullable
    AioRequest next;

    @Nullable
    AioRequest startNext;

    long sequence;
    /** Waits in user space for another request. */
    boolean queued;
    /** Depends on the file's duplicate. */
    private boolean holds;

    private int number;
    private long submittedAt;
    private boolean step;
    private long use;
    private volatile boolean cancelWanted;

    public AioRequest() {}

    // ---- what others ask

    /** Whether this object can take another submission: not in flight and no record of it unread. */
    public boolean reusable() {
        return state == IDLE;
    }

    /** Whether its request is not done. Drives the queue. */
    public boolean inFlight() {
        return error() == Errnos.EINPROGRESS;
    }

    /** EINPROGRESS while in flight, then 0 or the errno; -1 when never submitted or already returned. Drives the queue. */
    public int error() {
        int e = error;
        if (e == Errnos.EINPROGRESS) {
            queue().drive();
            e = error;
        }
        return e;
    }

    /** The result (as the system call would have returned it; -1 for an error); Long.MIN_VALUE when there is none to take. */
    public long takeResult() {
        int e = error;
        if (e == Errnos.EINPROGRESS || e == NONE) {
            return Long.MIN_VALUE;
        }
        long r = result;
        return ERROR.compareAndSet(this, e, NONE) ? r : Long.MIN_VALUE;
    }

    int status() {
        return error;
    }

    boolean unfinished() {
        return error == Errnos.EINPROGRESS;
    }

    Queue queue() {
        return Objects.requireNonNull(worker);
    }

    /** Counts the submissions that went through the lists: tells one from the next. */
    long use() {
        return use;
    }

    // ---- submission

    /**
     * Starts the request.
     *
     * @return 0; or an errno negated with nothing done: -EAGAIN (no slot in the target's queue, or the system has no room),
     *     -EBADF (the descriptor is not open, or the queue is dead), -EINVAL (offset, length, pieces, priority, operation),
     *     -EBUSY (in flight, or its record is unread). Everything else, also that the descriptor is not open for this
     *     direction, becomes the status
     */
    public int submit() {
        Destination to = target;
        Queue queue = to.queue;
        if (!claim()) {
            return -Errnos.EBUSY;
        }
        int rc = check();
        if (rc == 0) {
            rc = reserve(queue, to.silent ? 0 : 1);
        }
        if (rc == 0) {
            begin(queue, null);
            rc = InlineAttempt.start(this);
            if (rc < 0 && !to.silent) {
                queue.release(1);
            }
        }
        if (rc < 0) {
            unclaim();
        }
        return rc;
    }

    /** lio_listio: see {@link ListIo#submit}. */
    public static int submitList(AioRequest[] requests, int count, boolean wait, @Nullable Destination listTarget) {
        return ListIo.submit(requests, count, wait, listTarget);
    }

    /** aio_cancel: see {@link AioCancel#cancel}. */
    public static int cancel(int fd, @Nullable AioRequest requestOrNull) {
        return AioCancel.cancel(fd, requestOrNull);
    }

    /** aio_cancel of a block that was never submitted: ALLDONE, or -EBADF. */
    public static int cancelNone(int fd) {
        return Linux.statusFlags(fd) < 0 ? -Errnos.EBADF : ALLDONE;
    }

    /**
     * aio_suspend: waits until one of the requests is done. Null entries are skipped; with nothing else it returns at once.
     *
     * @param deadline nanoseconds of CLOCK_MONOTONIC; Long.MAX_VALUE for none, Long.MIN_VALUE not to wait
     * @return 0, -EAGAIN at the deadline, -EINTR when the thread was interrupted
     */
    public static int suspend(AioRequest[] requests, int count, long deadline) {
        return Suspend.any(requests, count, deadline);
    }

    static int reserve(Queue queue, int slots) {
        if (queue.dead()) {
            return -Errnos.EBADF;
        }
        if (slots > 0 && !queue.reserve(slots)) {
            return queue.dead() ? -Errnos.EBADF : -Errnos.EAGAIN;
        }
        return 0;
    }

    boolean claim() {
        return STATE.compareAndSet(this, IDLE, BUSY);
    }

    void unclaim() {
        letGo();
        state = IDLE;
    }

    /** Nothing can be seen of the request yet; its former status is forgotten. */
    void begin(Queue queue, @Nullable AioList partOf) {
        submittedAt = Events.submitted();
        done = 0;
        retries = 0;
        polling = false;
        list = partOf;
        if (cancelWanted) { // a look costs less than a fence
            cancelWanted = false;
        }
        number = fd;
        worker = queue;
        transfer.renew();
        ERROR.setOpaque(this, NONE);
    }

    /** Whether the request can be made on this file (null: not open) at all: 0, -EBADF or -EINVAL. */
    int fits(@Nullable OpenFile open) {
        if (open == null) {
            return -Errnos.EBADF;
        }
        boolean placed = open.positional() && !syncs() && !(writes() && open.append);
        return placed && offset < 0 ? -Errnos.EINVAL : 0;
    }

    /** The request is done in the call that makes it: it was never in a list. */
    int endsHere(long value, int errno) {
        conclude(value, errno);
        return 0;
    }

    // ---- through the lists

    /** Enters the lists and goes to the engine if it is its turn; releases the lock. */
    int enterAndGo(OpenFile open) {
        int rc = enter(open);
        boolean wait = queued;
        boolean needsStep = step;
        long myUse = use;
        open.lock.unlock();
        Queue queue = queue();
        if (rc == 0) {
            if (needsStep) {
                queue.stepWanted();
            }
            if (wait) {
                if (queue.dead()) {
                    AioCancel.abandon(queue); // its residents were told before this one was in the list
                }
                return 0;
            }
            rc = hand();
            if (rc == 0) {
                handedOver(myUse);
                if (!open.positional() && queue.asynchronous()) {
                    queue.reap(); // in non-blocking mode the answer may be there, and be no end
                }
                return 0;
            }
        }
        return takeBack(rc);
    }

    /**
     * Enters the lists of its file. Under the lock; afterwards {@link #queued} says whether its turn has not come yet.
     *
     * @return 0, or an errno negated: then the request is in the list all the same, and {@link #takeBack} takes it out
     */
    int enter(OpenFile open) {
        use++;
        file = open;
        open.enter(this);
        boolean inParts = queued || needsSteps();
        holds = false;
        if (queued) {
            // the entry before the look at whether the queue is dead; pairs with the write of dead in Queue.destroy
            ERROR.setVolatile(this, Errnos.EINPROGRESS);
        } else {
            ERROR.setRelease(this, Errnos.EINPROGRESS); // Queue.arm has a fence before it looks
        }
        int rc = equip(open, inParts);
        step = rc == 0 && (open.crossedBy(this) | inParts | awaitedElsewhere());
        return rc;
    }

    /** Gets what the request needs on its way: 0, or an errno negated. */
    private int equip(OpenFile open, boolean inParts) {
        if (!ready() || vectored() && !readyPieces()) {
            return -Errnos.EAGAIN;
        }
        if (resident == null || !resident.serves(queue())) {
            resident = AioMember.of(queue());
            if (resident == null) {
                return -Errnos.EBADF;
            }
        }
        if (inParts && !open.positional()) {
            int duplicate = open.hold();
            if (duplicate < 0) {
                return -Errnos.EAGAIN;
            }
            holds = true;
            number = duplicate;
        }
        return 0;
    }

    /** Whether the kernel does, or may do, a part at most and leaves the rest to us while nobody waits for it. */
    private boolean needsSteps() {
        if (!syncs() && !file.positional() && !queue().asynchronous()) {
            return true;
        }
        if (file.positional()) {
            return total > (writes() ? MOST_AT_ONCE : MOST_READ_AT_ONCE);
        }
        return writes() && !(total <= PIPE_BUF && file.identity.type() == Linux.S_IFIFO);
    }

    /** Whether somebody waits for it who drives another queue: the list's record goes there, or a request of that queue waits. */
    private boolean awaitedElsewhere() {
        return file.crossed() || list != null && list.tellsOther(queue());
    }

    /** A request of another queue waits for this one. Under the lock of the file. */
    void stepsFromNowOn() {
        if (!step) {
            step = true;
            queue().stepWanted();
        }
    }

    /** The engine had no room, or something else was missing: as if nothing had been asked; what was moved already counts. */
    int takeBack(int rc) {
        if (done > 0 || cancelWanted) {
            concludeCancelled();
            return 0;
        }
        AioRequest free = leaveFile();
        ERROR.setVolatile(this, NONE);
        if (waiters != null) {
            Suspend.wake(this);
        }
        startAll(free);
        return rc;
    }

    /** Hands the operation for what is left to the engine: 0, or an errno negated. */
    int hand() {
        prepare(transfer, number, file);
        return queue().arm(transfer);
    }

    /** After it was handed over: a cancellation that came before that found nothing to cancel. */
    void handedOver(long itsUse) {
        if (cancelWanted) {
            AioCancel.kernelsAgain(this, itsUse);
        }
    }

    /** For a batch: makes the operation ready and gives it. */
    Request prepared() {
        prepare(transfer, number, file);
        return transfer;
    }

    /** What the engine carries. */
    private final class Transfer extends Request {
        @Override
        public boolean sameFile() {
            return AioRequest.this.sameFile();
        }

        @Override
        protected int beforeArmingAgain() {
            return sameFile() ? 0 : -Errnos.ECANCELED;
        }

        @Override
        protected void finished(int answer) {
            answered(answer);
        }
    }

    /** Whether the number still means the file of this request. */
    private boolean sameFile() {
        return holds || file.stillThere();
    }

    /** The kernel's answer to one operation. */
    private void answered(int answer) {
        if (polling) {
            polling = false;
            if (answer >= 0) {
                again();
            } else {
                fails(-answer);
            }
        } else if (answer < 0) {
            fails(-answer);
        } else if (syncs() && !sameFile()) {
            fails(Errnos.ECANCELED); // the kernel looks the descriptor up late: perhaps it synchronised another file
        } else {
            done += answer;
            if (goesOn(answer)) {
                again();
            } else {
                conclude(done, 0);
            }
        }
    }

    private boolean goesOn(int moved) {
        if (moved == 0 || done >= total || syncs() || cancelWanted) {
            return false;
        }
        return writes() || file.kind == OpenFile.FILE;
    }

    private void fails(int errno) {
        boolean ended = errno == Errnos.ECANCELED
                || errno == Errnos.EINTR
                || errno == Errnos.EFAULT && transfer.submitterEnded(); // what a cold read of an ended thread says
        if (cancelWanted) {
            if (ended || errno == Errnos.EAGAIN) {
                errno = Errnos.ECANCELED;
            }
        } else if (ended && retries++ < MOST_RETRIES) {
            again(); // nobody asked for that
            return;
        } else if (errno == Errnos.EAGAIN && !file.positional()) {
            awaitReadiness();
            return;
        }
        if (done > 0) {
            conclude(done, 0);
        } else {
            conclude(-1, errno);
        }
    }

    /** A descriptor in non-blocking mode has nothing, or no room, now: asynchronous requests wait all the same. */
    private void awaitReadiness() {
        goOnInSteps();
        prepare(transfer, number, file);
        transfer.code = Op.POLL;
        transfer.flags = writes() ? POLLOUT : Linux.POLLIN;
        polling = true;
        startAll(handOn());
    }

    /** From here on it takes steps in user space, on a number that stays when the program closes its own. */
    private void goOnInSteps() {
        OpenFile open = file;
        open.lock.lock();
        boolean already = step;
        step = true;
        if (!holds && open.stillThere()) {
            int duplicate = open.hold();
            if (duplicate >= 0) {
                holds = true;
                number = duplicate;
            }
        }
        open.lock.unlock();
        if (!already) {
            queue().stepWanted();
        }
    }

    /** One more operation, for what is left. */
    private void again() {
        prepare(transfer, number, file);
        startAll(handOn());
    }

    /** Hands over what is prepared, long after the call that made the request; what is free to start if that ends it. */
    private @Nullable AioRequest handOn() {
        long myUse = use;
        int rc = sameFile() ? queue().arm(transfer) : -Errnos.EBADF;
        if (rc == 0) {
            handedOver(myUse);
            return null;
        }
        // a part of what was to be read looks like the end of the file: only who cancels it wants to know
        boolean part = done > 0 && (writes() || cancelWanted || queue().dead());
        return part ? end(done, 0) : end(-1, rc == -Errnos.EBADF ? Errnos.ECANCELED : -rc);
    }

    // ---- the end

    /** Completes the request and starts what waited for it. */
    void conclude(long value, int errno) {
        startAll(end(value, errno));
    }

    /**
     * Completes the request, in the order that is given above.
     *
     * @return what waited for it, chained; the caller starts it
     */
    private @Nullable AioRequest end(long value, int errno) {
        AioRequest free = null;
        long now = transfer.reaped() ? queue().completedAt() : Clocks.monotonic();
        giveBack(value);
        result = value;
        if (file == null) {
            ERROR.setRelease(this, errno); // nobody else has seen it: no waiter can have come
        } else {
            ERROR.setVolatile(this, errno); // before the look at the waiters; pairs with Suspend.register
            free = leaveFile();
            if (waiters != null) {
                Suspend.wake(this);
            }
        }
        pinned = null;
        heap = null;
        letGo();
        Destination to = target;
        AioList partOf = list;
        list = null;
        if (to.silent || to.queue.dead()) {
            long submitted = submittedAt;
            int descriptor = fd;
            target = unset();
            STATE.setRelease(this, IDLE);
            reportCompleted(to.queue.fd(), submitted, Kinds.KEVENT_AIO, descriptor, errno);
        } else {
            STATE.setRelease(this, UNREAD);
            RingRecord record = RingRecord.outgoing(Kinds.KEVENT_AIO, fd, to.cookie);
            record.result = value;
            record.error = errno;
            record.data0 = operation;
            record.data1 = tag;
            record.timeNanos = now;
            to.queue.post(this, record);
        }
        if (partOf != null) {
            partOf.done(errno != 0);
        }
        return free;
    }

    /** Leaves the lists; what was waiting for that, chained. */
    private @Nullable AioRequest leaveFile() {
        OpenFile from = file;
        int close = -1;
        from.lock.lock();
        AioRequest free = from.leave(this);
        file = unset();
        queued = false;
        if (holds) {
            holds = false;
            close = from.letGo();
        }
        boolean stepped = step;
        step = false;
        from.lock.unlock();
        if (close >= 0) {
            Linux.close(close);
        }
        if (stepped) {
            queue().stepDone();
        }
        return free;
    }

    /** Appends to a chain of requests. */
    static @Nullable AioRequest chain(@Nullable AioRequest first, @Nullable AioRequest more) {
        if (first == null) {
            return more;
        }
        AioRequest last = first;
        while (last.startNext != null) {
            last = last.startNext;
        }
        last.startNext = more;
        return first;
    }

    /** Starts requests whose turn has come, and what is free because they ended at once: in a loop, they may be many. */
    static void startAll(@Nullable AioRequest chain) {
        AioRequest rest = chain;
        while (rest != null) {
            AioRequest r = rest;
            rest = r.startNext;
            r.startNext = null;
            rest = chain(rest, r.startQueued());
        }
    }

    private @Nullable AioRequest startQueued() {
        if (step && !needsSteps()) {
            noStepsNow();
        }
        if (cancelWanted) {
            return done > 0 ? end(done, 0) : end(-1, Errnos.ECANCELED);
        }
        prepare(transfer, number, file);
        return handOn();
    }

    private void noStepsNow() {
        file.lock.lock();
        boolean over = step && !awaitedElsewhere();
        if (over) {
            step = false;
        }
        file.lock.unlock();
        if (over) {
            queue().stepDone();
        }
    }

    @Override
    protected long submittedAt() {
        return submittedAt;
    }

    @Override
    protected boolean taken(RingRecord record) {
        Destination to = target;
        target = unset();
        record.object = to.object;
        STATE.setRelease(this, IDLE);
        return true;
    }

    @Override
    protected void abandoned() {
        target = unset();
        STATE.setRelease(this, IDLE);
    }

    // ---- for AioCancel, under the lock of the file

    /**
     * Cancels it: if it is queued it is the caller's, who concludes it when the lock is released; if it is with the kernel, the
     * kernel is asked to give it up.
     *
     * @return whether the caller has to conclude it
     */
    boolean cancelLocked() {
        cancelWanted = true;
        if (queued) {
            queued = false;
            return true;
        }
        queue().cancel(transfer);
        return false;
    }

    /** Ends it cancelled; what was moved already counts. */
    void concludeCancelled() {
        startAll(done > 0 ? end(done, 0) : end(-1, Errnos.ECANCELED));
    }

    /** Ends it in failure; what was moved already counts. */
    void fail(int errno) {
        startAll(done > 0 ? end(done, 0) : end(-1, cancelWanted ? Errnos.ECANCELED : errno));
    }

    /** Whether it needs a step in user space. */
    boolean steps() {
        return step;
    }

    /** Has the kernel asked once more if this is still the same submission and it is not done. */
    void cancelAgainLocked(long itsUse) {
        if (use == itsUse && file != null && !queued && cancelWanted) {
            queue().cancel(transfer);
        }
    }

    @Override
    public String toString() {
        return "aio request [operation " + operation + ", fd " + fd + ", " + done + " of " + total + " bytes, error "
                + error + "]";
    }
}
