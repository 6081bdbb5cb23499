package org.sigkevent.aio;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.PerThread;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Threads;

/**
 * lio_listio: several requests that are submitted together, in one system call for each engine that is involved.
 *
 * <p>The face claims the requests, fills them in and adds them. {@link #reserve} then checks everything, takes memory and
 * reserves all slots, the list's own too: all or nothing. {@link #start} starts each request as {@link AioSubmission#submit} does, while
 * the engines hold what they are given; then each engine submits it at once. There is no attempt in the caller: one system call for
 * all is cheaper than one for each. But an engine that is not asynchronous holds nothing, and there each request is tried first.
 * {@link #close} gives up what was not started.
 *
 * <p>Silent elements are done by the engine of the list's queue, so that one system call does for them too.
 *
 * <p>Each thread has one of these and uses it again, so a list allocates nothing.
 */
public final class ListIo implements AutoCloseable {
    private static final PerThread<ListIo> OWN = new PerThread<>(ListIo::new);

    private AioRequest[] requests = new AioRequest[64];

    /** Whose requests they are. */
    private Object[] blocks = new Object[64];

    /** The claim of each request. */
    private int[] claims = new int[64];

    /** What is wrong with each: 0 or an errno. */
    private int[] wrong = new int[64];

    /** The queues that were told to hold, by the first of the requests in a row that are theirs. */
    private @Nullable Queue[] holding = new Queue[64];

    private int count;
    private boolean wait;
    private @Nullable AioList list;
    private @Nullable Destination told;

    /** Whether {@link #told} has its slot. */
    private boolean slot;

    private boolean started;

    private ListIo() {}

    /** The calling thread's, empty, with room for so many requests. */
    public static ListIo open(int most) {
        ListIo own = OWN.get();
        if (most > own.requests.length) {
            int size = Math.max(most, 2 * own.requests.length);
            AioRequest[] more = new AioRequest[size];
            own.blocks = new Object[size];
            own.claims = new int[size];
            own.wrong = new int[size];
            own.holding = new Queue[size];
            own.requests = more;
        }
        return own;
    }

    /** Adds a request that the caller has claimed and filled in, for a block. */
    public void add(Object block, AioRequest request, int claim) {
        blocks[count] = block;
        claims[count] = claim;
        requests[count++] = request;
    }

    /** The queue of the request that was added last; null when none was. */
    public @Nullable Queue lastTarget() {
        return count == 0 ? null : requests[count - 1].destination().queue;
    }

    /** How many were added. */
    public int count() {
        return count;
    }

    /** The block that was added as the {@code i}th. */
    public Object block(int i) {
        return blocks[i];
    }

    /**
     * Prepares the list.
     *
     * @param wait whether {@link #start} is to wait until all are done; then {@code listTarget} is not used
     * @param listTarget gets one record after those of all elements (descriptor -1, data[0] -1, result the number of elements,
     *     error 0 or EIO); null or silent for none
     * @return 0; -EAGAIN: there are not slots for all, and each element's status says so; -EBADF: a target's queue is dead. Then
     *     nothing has been done
     */
    public int reserve(boolean wait, @Nullable Destination listTarget) {
        this.wait = wait;
        // the calling thread's, so that no start fails for want of it
        Scratch.get();
        told = wait || listTarget == null || listTarget.silent ? null : listTarget;
        for (int i = 0; i < count; i++) {
            Destination to = requests[i].destination();
            wrong[i] = -requests[i].prepare(told != null && to.silent ? told.queue : to.queue);
        }
        RingRecord.prepareOutgoing();
        if (wait ? count > 0 : told != null) {
            list = AioList.take(count, told);
            for (int i = 0; i < count; i++) {
                requests[i].list = list;
            }
        }
        if (wait) {
            Suspend.prepare();
        }
        int rc = reserveSlots();
        if (rc == -Errnos.EAGAIN) {
            for (int i = 0; i < count; i++) {
                requests[i].state.end(-1, Errnos.EAGAIN, true);
            }
        }
        return rc;
    }

    private int reserveSlots() {
        if (told != null) {
            slot = told.queue.reserve(1);
            if (!slot) {
                return refusal(told.queue);
            }
        }
        int end;
        for (int i = 0; i < count; i = end) {
            Destination to = requests[i].destination();
            end = i + 1;
            while (end < count && sameQueue(to, requests[end].destination())) {
                end++;
            }
            if (to.silent ? to.queue.dead() : !to.queue.reserve(end - i)) {
                return refusal(to.queue);
            }
            for (int k = i; k < end; k++) {
                requests[k].slot = !to.silent;
            }
        }
        return 0;
    }

    private static boolean sameQueue(Destination one, Destination other) {
        return one.queue == other.queue && one.silent == other.silent;
    }

    private static int refusal(Queue queue) {
        return queue.dead() ? -Errnos.EBADF : -Errnos.EAGAIN;
    }

    /**
     * Starts the list that was reserved.
     *
     * @return 0; -EIO: with {@code wait}, an element failed; without, an element was invalid, which has its errno as status and its
     *     record; the others run in both cases. A descriptor that is not open only shows as the element's status. -EINTR: the wait
     *     was interrupted, the requests go on
     */
    public int start() {
        started = true;
        long batch = BatchNumbers.next();
        hold();
        boolean refused = false;
        for (int i = 0; i < count; i++) {
            int errno = startElement(i, batch);
            refused |= errno > 0 && errno != Errnos.EBADF;
        }
        release();
        AioList all = list;
        if (all == null || !wait) {
            if (all != null) {
                all.done(false);
            }
            return refused ? -Errnos.EIO : 0;
        }
        boolean over;
        try {
            over = Suspend.all(all, requests, count) == 0;
        } finally {
            refused = all.failed;
            all.done(false);
        }
        return !over ? -Errnos.EINTR : refused ? -Errnos.EIO : 0;
    }

    /** Has the engines hold what they are given. What is not held, because there is no memory, is submitted one by one. */
    private void hold() {
        Queue last = null;
        for (int i = 0; i < count; i++) {
            Queue queue = requests[i].transfer.queue();
            if (queue != last) {
                last = queue;
                try {
                    queue.engine().hold(count);
                    holding[i] = queue;
                } catch (VirtualMachineError noMemory) {
                    // it is not held
                }
            }
        }
    }

    private void release() {
        for (int i = 0; i < count; i++) {
            Queue queue = holding[i];
            if (queue != null) {
                holding[i] = null;
                try {
                    queue.handOver();
                } catch (VirtualMachineError ofThisMoment) {
                    // each operation was told, and whoever drives next goes on
                } catch (RuntimeException | Error failed) {
                    // the others still count
                    Threads.uncaught(failed);
                }
            }
        }
    }

    /** Starts a request, or ends it with what is wrong with it: that errno, or 0. */
    private int startElement(int i, long batch) {
        AioRequest r = requests[i];
        int errno = wrong[i];
        try {
            errno = errno != 0
                    ? errno
                    : -AioSubmission.start(r, !r.transfer.queue().engine().asynchronous, batch);
        } catch (RuntimeException | Error failed) {
            // the others still count
            if (!(failed instanceof VirtualMachineError)) {
                Threads.uncaught(failed);
            }
            errno = Errnos.EAGAIN;
        }
        if (errno != 0) {
            r.completeClaimed(claims[i], errno);
        }
        return errno;
    }

    /** Gives up what was not started, and forgets the list. */
    @Override
    public void close() {
        AioList unused = started ? null : list;
        Queue reservedIn = slot && !started && told != null ? told.queue : null;
        for (int i = 0; i < count && !started; i++) {
            requests[i].giveUp(claims[i]);
        }
        Arrays.fill(requests, 0, count, null);
        Arrays.fill(blocks, 0, count, null);
        count = 0;
        list = null;
        told = null;
        slot = false;
        started = false;
        if (unused != null) {
            unused.give();
        }
        if (reservedIn != null) {
            reservedIn.release(1);
        }
    }
}
