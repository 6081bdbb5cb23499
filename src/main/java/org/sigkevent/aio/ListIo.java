package org.sigkevent.aio;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Errnos;

/**
 * lio_listio: several requests that are submitted together, in one system call for each engine that is involved.
 *
 * <p>The face claims the requests, fills them in and adds them. {@link #reserve} then checks everything, takes memory and
 * reserves all slots, the list's own too: all or nothing. {@link #start} starts each request as {@link AioRequest#submit} does, while
 * the engines hold what they are given; then each engine submits it at once. There is no attempt in the caller: one system call for
 * all is cheaper than one for each. But an engine that is not asynchronous holds nothing, and there each request is tried first.
 * {@link #close} gives up what was not started.
 *
 * <p>Silent elements are done by the engine of the list's queue, so that one system call does for them too.
 *
 * <p>Each thread has one of these and uses it again, so a list allocates nothing.
 */
public final class ListIo implements AutoCloseable {
    private static final ThreadLocal<ListIo> OWN = ThreadLocal.withInitial(ListIo::new);
    private static final AtomicLong NUMBERS = new AtomicLong();

    private AioRequest[] requests = new AioRequest[64];

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
            own.claims = new int[size];
            own.wrong = new int[size];
            own.holding = new Queue[size];
            own.requests = more;
        }
        return own;
    }

    /** Adds a request that the caller has claimed and filled in. */
    public void add(AioRequest request, int claim) {
        claims[count] = claim;
        requests[count++] = request;
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
        told = wait || listTarget == null || listTarget.silent ? null : listTarget;
        for (int i = 0; i < count; i++) {
            Destination to = requests[i].destination();
            wrong[i] = -requests[i].prepare(told != null && to.silent ? told.queue : to.queue);
        }
        RingRecord.prepareOutgoing();
        if (wait ? count > 0 : told != null) {
            list = AioList.take(count, wait, told);
            for (int i = 0; i < count; i++) {
                requests[i].list = list;
            }
        }
        if (wait) {
            Suspend.own();
        }
        int rc = reserveSlots();
        if (rc == -Errnos.EAGAIN) {
            for (int i = 0; i < count; i++) {
                requests[i].refused(Errnos.EAGAIN);
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
        Throwable failed = null;
        started = true;
        try {
            startElements();
        } catch (RuntimeException | Error e) {
            failed = e;
        }
        AioList all = list;
        if (all != null) {
            if (wait && failed != null) {
                Suspend.giveUp(all);
            }
            all.done(false);
        }
        AioRequest.rethrow(failed);
        if (all != null && wait) {
            return await(all);
        }
        boolean refused = false;
        for (int i = 0; i < count; i++) {
            refused |= wrong[i] > 0 && wrong[i] != Errnos.EBADF;
        }
        return refused ? -Errnos.EIO : 0;
    }

    private int await(AioList all) {
        boolean over = false;
        try {
            over = Suspend.own().all(all, requests, count) == 0;
        } finally {
            if (!over) {
                over = !Suspend.giveUp(all);
            }
        }
        if (!over) {
            return -Errnos.EINTR;
        }
        boolean failed = all.failed();
        all.give();
        return failed ? -Errnos.EIO : 0;
    }

    private void startElements() {
        long batch = NUMBERS.incrementAndGet();
        Throwable failed = null;
        try {
            hold();
        } catch (OutOfMemoryError refused) {
            // what is not held is submitted one by one
        } catch (RuntimeException | Error e) {
            failed = e;
        }
        for (int i = 0; i < count; i++) {
            try {
                startElement(i, batch);
            } catch (OutOfMemoryError refused) {
                // that one has EAGAIN as its status and its record; the others go on
                wrong[i] = Errnos.EAGAIN;
            } catch (RuntimeException | Error e) {
                failed = e;
            }
        }
        for (int i = 0; i < count; i++) {
            Queue queue = holding[i];
            if (queue != null) {
                holding[i] = null;
                try {
                    queue.submitHeld();
                    queue.reap();
                } catch (RuntimeException | Error e) {
                    failed = e;
                }
            }
        }
        AioRequest.rethrow(failed);
    }

    private void hold() {
        Queue last = null;
        for (int i = 0; i < count; i++) {
            Queue queue = requests[i].queue();
            if (queue != last) {
                queue.hold(count);
                holding[i] = queue;
                last = queue;
            }
        }
    }

    private void startElement(int i, long batch) {
        AioRequest r = requests[i];
        int claim = claims[i];
        boolean begun = false;
        try {
            if (wrong[i] == 0) {
                wrong[i] = -r.start(!r.queue().asynchronous(), batch);
            }
            if (wrong[i] > 0) {
                r.completeClaimed(claim, wrong[i]);
            }
            begun = true;
        } finally {
            if (!begun) {
                r.completeClaimed(claim, Errnos.EAGAIN);
            }
        }
    }

    /** Gives up what was not started, and forgets the list. */
    @Override
    public void close() {
        Throwable failed = null;
        AioList unused = started ? null : list;
        Queue reservedIn = slot && !started && told != null ? told.queue : null;
        for (int i = 0; i < count; i++) {
            try {
                if (!started) {
                    requests[i].giveUp(claims[i]);
                }
            } catch (RuntimeException | Error e) {
                failed = e;
            }
        }
        Arrays.fill(requests, 0, count, null);
        count = 0;
        list = null;
        told = null;
        slot = false;
        started = false;
        try {
            if (unused != null) {
                unused.give();
            }
        } finally {
            if (reservedIn != null) {
                reservedIn.release(1);
            }
        }
        AioRequest.rethrow(failed);
    }
}
