package org.sigkevent.aio;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.sigkevent.sys.Errnos;

/**
 * Where a request is: its phase, and what everybody reads of it, the status and the result. {@link #move} changes the phase and
 * asserts that the move is in this table.
 *
 * <table>
 * <caption>Legal moves</caption>
 * <tr><th>from</th><th>to</th><th>when, and by whom</th></tr>
 * <tr><td>IDLE</td><td>CLAIMED</td><td>a thread is about to submit it ({@link #claim}, a compare-and-set)</td></tr>
 * <tr><td>CLAIMED</td><td>IDLE</td><td>it was refused ({@link AioRequest#giveUp})</td></tr>
 * <tr><td>CLAIMED</td><td>QUEUED</td><td>it waits for others of its file (under the file's lock)</td></tr>
 * <tr><td>CLAIMED</td><td>IN_KERNEL</td><td>it goes to the engine (under the file's lock)</td></tr>
 * <tr><td>CLAIMED</td><td>ENDING</td><td>the attempt in the caller has done it</td></tr>
 * <tr><td>CLAIMED</td><td>HELD</td><td>the queue holds it back (under the file's lock)</td></tr>
 * <tr><td>HELD</td><td>IN_KERNEL</td><td>it is handed over (under the file's lock)</td></tr>
 * <tr><td>HELD</td><td>ENDING</td><td>it was cancelled, or its number is another file's (under the file's lock)</td></tr>
 * <tr><td>QUEUED</td><td>IN_KERNEL</td><td>its turn has come (by whoever leaves the file, under its lock)</td></tr>
 * <tr><td>QUEUED</td><td>ENDING</td><td>it was cancelled (by the canceller, under the file's lock)</td></tr>
 * <tr><td>IN_KERNEL</td><td>CLAIMED</td><td>the engine has no room: as if it had not been submitted (under the file's lock)</td></tr>
 * <tr><td>IN_KERNEL</td><td>AWAITING_READY</td><td>a stream in non-blocking mode is not ready (by the reaper)</td></tr>
 * <tr><td>AWAITING_READY</td><td>IN_KERNEL</td><td>it is ready (by the reaper)</td></tr>
 * <tr><td>IN_KERNEL, AWAITING_READY</td><td>ENDING</td><td>the kernel's answer is final (by the reaper)</td></tr>
 * <tr><td>ENDING</td><td>UNREAD</td><td>its record is about to be published</td></tr>
 * <tr><td>ENDING</td><td>IDLE</td><td>it has no record</td></tr>
 * <tr><td>UNREAD</td><td>IDLE</td><td>the record was taken, or went with its queue</td></tr>
 * <tr><td>ENDING</td><td>RETURNED</td><td>the result was taken before there is a record ({@link #returned}, a compare-and-set)</td></tr>
 * <tr><td>UNREAD</td><td>RETURNED</td><td>the result was taken before the record ({@link #returned}, a compare-and-set)</td></tr>
 * <tr><td>RETURNED</td><td>IDLE</td><td>no record was made, or it was withdrawn, or dropped by who had taken it</td></tr>
 * </table>
 *
 * <p>The word that has the phase also counts the claims. It tells one submission from the next to those who come late.
 *
 * <p>The status keeps the outcome of the last submission until this one is in flight or done: so a refusal leaves it as it was.
 */
final class AioState {
    static final int IDLE = 0;
    static final int CLAIMED = 1;
    static final int QUEUED = 2;
    static final int IN_KERNEL = 3;
    static final int AWAITING_READY = 4;
    static final int ENDING = 5;
    static final int UNREAD = 6;
    static final int RETURNED = 7;
    static final int HELD = 8;

    /** For each phase the ones that may follow, as bits. */
    private static final int[] FOLLOWING = {
        1 << CLAIMED,
        1 << IDLE | 1 << QUEUED | 1 << HELD | 1 << IN_KERNEL | 1 << ENDING,
        1 << IN_KERNEL | 1 << ENDING,
        1 << CLAIMED | 1 << AWAITING_READY | 1 << ENDING,
        1 << IN_KERNEL | 1 << ENDING,
        1 << UNREAD | 1 << IDLE | 1 << RETURNED,
        1 << IDLE | 1 << RETURNED,
        1 << IDLE,
        1 << IN_KERNEL | 1 << ENDING
    };

    /** The bits of {@link #word} that have the phase; those above count the claims. */
    private static final int PHASE = 15;

    private static final int ONE_CLAIM = 16;

    /** {@link #status} before the first submission and after the result was taken. */
    private static final int NONE = -1;

    private static final AtomicIntegerFieldUpdater<AioState> WORD =
            AtomicIntegerFieldUpdater.newUpdater(AioState.class, "word");
    private static final AtomicIntegerFieldUpdater<AioState> STATUS =
            AtomicIntegerFieldUpdater.newUpdater(AioState.class, "status");

    private volatile int word;
    volatile int status = NONE;
    private long result;

    /** What the status was before this submission. */
    private int former;

    int phase() {
        return word & PHASE;
    }

    /** Whether an operation of it is with the engine, or is about to be. */
    boolean atKernel() {
        return phase() == IN_KERNEL || phase() == AWAITING_READY;
    }

    /** Every change of the phase but the claim. By the owner, or under the lock of the file. */
    void move(int from, int to) {
        int now = word;
        assert (now & PHASE) == from && (FOLLOWING[from] >>> to & 1) != 0
                : "from " + from + " to " + to + " in phase " + (now & PHASE);
        // pairs with the compare-and-set in claim()
        WORD.lazySet(this, now - from + to);
    }

    /** Moves if it is in phase {@code from}: whether it was. */
    boolean leaves(int from, int to) {
        boolean is = phase() == from;
        if (is) {
            move(from, to);
        }
        return is;
    }

    /** Which submission this is. */
    int use() {
        return word & ~PHASE;
    }

    /** Takes the request for a submission: which one; 0 when it is in flight or its record is unread. */
    int claim() {
        int now = word;
        int claimed = now + ONE_CLAIM + CLAIMED;
        return (now & PHASE) == IDLE && WORD.compareAndSet(this, now, claimed) ? claimed : 0;
    }

    /** Whether it is still what {@link #claim} gave. */
    boolean is(int claimed) {
        return word == claimed;
    }

    /** It is in the lines of its file now, in phase IN_KERNEL, QUEUED or HELD. */
    void begin(int phase) {
        former = status;
        if (phase == IN_KERNEL) {
            // Queue.arm has a fence before it looks whether the queue is dead
            STATUS.lazySet(this, Errnos.EINPROGRESS);
        } else {
            // the entry before the look whether the queue is dead; pairs with the write of dead in Queue.destroy
            status = Errnos.EINPROGRESS;
        }
        move(CLAIMED, phase);
    }

    /** The engine has no room for it. */
    void takeBack() {
        status = former;
        move(IN_KERNEL, CLAIMED);
    }

    /** It begins to end, if it has not begun. */
    void ends() {
        int now = phase();
        if (now != ENDING && now != RETURNED) {
            move(now, ENDING);
        }
    }

    /** Its record is about to be published; false when the result was taken meanwhile. */
    boolean becomesUnread() {
        int now = word;
        // pairs with returned
        return (now & PHASE) == ENDING && WORD.compareAndSet(this, now, now - ENDING + UNREAD);
    }

    /** The end of a submission: false when its result was taken before its record. */
    boolean becomesIdle() {
        for (; ; ) {
            int now = word;
            // pairs with returned
            if (WORD.compareAndSet(this, now, now & ~PHASE)) {
                return (now & PHASE) != RETURNED;
            }
        }
    }

    /**
     * The result of a submission was taken: nobody is to get its record any more.
     *
     * @param use which submission
     * @return the phase that it was in: ENDING, and no record will be made; UNREAD, and it is to be withdrawn; IDLE for anything else
     */
    int returned(int use) {
        for (; ; ) {
            int now = word;
            int phase = now & PHASE;
            if ((now & ~PHASE) != use || phase != ENDING && phase != UNREAD || status != NONE) {
                return IDLE;
            }
            if (WORD.compareAndSet(this, now, now - phase + RETURNED)) {
                return phase;
            }
        }
    }

    /** Says how it ended; {@code seen}: others may have seen it in flight. */
    void end(long value, int errno, boolean seen) {
        result = value;
        if (seen) {
            // before the look at the waiters; pairs with Awaited.enter
            status = errno;
        } else {
            STATUS.lazySet(this, errno);
        }
    }

    boolean unfinished() {
        return status == Errnos.EINPROGRESS;
    }

    /** The result, once; Long.MIN_VALUE when there is none to take. */
    long takeResult() {
        int now = status;
        if (now == Errnos.EINPROGRESS || now == NONE) {
            return Long.MIN_VALUE;
        }
        long taken = result;
        return STATUS.compareAndSet(this, now, NONE) ? taken : Long.MIN_VALUE;
    }

    @Override
    public String toString() {
        return "phase " + phase() + ", status " + status;
    }
}
