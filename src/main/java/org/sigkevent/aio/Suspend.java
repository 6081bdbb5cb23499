package org.sigkevent.aio;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.MultiQueueWait;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Waiter;
import org.sigkevent.sys.BlockingCall;
import org.sigkevent.sys.BlockingCall.ByHandlers;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.PerThread;

/**
 * Waiting for requests to end: aio_suspend, and what aio_cancel and lio_listio need of it. Each thread has one of these. How no
 * wake-up is lost is said at {@link Awaited}.
 */
public final class Suspend {
    private static final PerThread<Suspend> OWN = new PerThread<>(Suspend::new);

    private Awaited.Place[] places = {new Awaited.Place()};
    private Queue[] queues = new Queue[4];
    private int queueCount;
    private final Waiter waiter = Waiter.own();
    private final Runnable wake = waiter::wake;
    private final BlockingCall own = BlockingCall.own();

    /** What the return of a handler does to this wait, and its number before. */
    private ByHandlers how = ByHandlers.GOES_ON;

    private int before;

    private Suspend() {}

    /** Makes the calling thread's before it is needed where that must not fail. */
    static void prepare() {
        OWN.get();
    }

    /**
     * aio_suspend: waits until one of the requests is done. Null entries are skipped; with nothing else it returns immediately.
     *
     * @param how what the return of a handler does to the wait
     * @param deadline nanoseconds of CLOCK_MONOTONIC; Long.MAX_VALUE for none, Long.MIN_VALUE not to wait
     * @return 0, -EAGAIN at the deadline, -EINTR when the thread was interrupted, or a handler has ended it
     */
    public static int any(ByHandlers how, @Nullable AioRequest[] requests, int count, long deadline) {
        return OWN.get().await(how, requests, count, null, deadline);
    }

    /** Waits until a list of these requests is done: 0, or -EINTR (also for a handler, or when there is no descriptor to wait on). */
    static int all(AioList list, AioRequest[] requests, int count) {
        return OWN.get().await(ByHandlers.RESTARTS, requests, count, list, Long.MAX_VALUE) == 0 ? 0 : -Errnos.EINTR;
    }

    /**
     * Waits until one use of a request is over.
     *
     * @return whether it is; false at the deadline. An interruption is kept for later
     */
    static boolean end(AioRequest request, int use, long deadline) {
        AioRequest[] one = {request};
        boolean interrupted = false;
        while (request.state.unfinished() && request.state.use() == use) {
            int rc = any(ByHandlers.GOES_ON, one, 1, deadline);
            if (rc == -Errnos.EINTR) {
                // the time is short: wait on
                interrupted = true;
            } else if (rc < 0) {
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !(request.state.unfinished() && request.state.use() == use);
    }

    /** Waits for the list if there is one, else for any of the requests. */
    private int await(
            ByHandlers ends, @Nullable AioRequest[] requests, int count, @Nullable AioList list, long deadline) {
        how = ends;
        before = own.handled(ends);
        try {
            for (int i = 0; i < count; i++) {
                AioRequest r = requests[i];
                if (r != null && r.state.unfinished()) {
                    addQueue(r.transfer.queue());
                } else if (r != null && list == null) {
                    return 0;
                }
            }
            if (queueCount == 0 && list == null) {
                return 0;
            }
            for (int i = 0; i < queueCount; i++) {
                queues[i].drive();
            }
            if (over(requests, count, list)) {
                return 0;
            }
            if (deadline == Long.MIN_VALUE) {
                return -Errnos.EAGAIN;
            }
            makePlaces(count);
            for (; ; ) {
                int rc = awaitOnce(requests, count, list, deadline);
                if (over(requests, count, list)) {
                    if (rc == -Errnos.EINTR) {
                        // it is told by the next call that can be interrupted
                        Thread.currentThread().interrupt();
                    }
                    return 0;
                }
                if (rc == -Errnos.EINTR || handled()) {
                    return -Errnos.EINTR;
                }
                if (rc == -Errnos.ETIMEDOUT || rc == -Errnos.EMFILE || rc == -Errnos.ENFILE || rc == -Errnos.ENOMEM) {
                    return -Errnos.EAGAIN;
                }
            }
        } finally {
            Arrays.fill(queues, 0, queueCount, null);
            queueCount = 0;
        }
    }

    private boolean handled() {
        return own.handled(how) != before;
    }

    private static boolean over(@Nullable AioRequest[] requests, int count, @Nullable AioList list) {
        if (list != null) {
            return list.finished();
        }
        for (int i = 0; i < count; i++) {
            AioRequest r = requests[i];
            if (r != null && !r.state.unfinished()) {
                return true;
            }
        }
        return false;
    }

    private int awaitOnce(@Nullable AioRequest[] requests, int count, @Nullable AioList list, long deadline) {
        boolean several = queueCount != 1 || queues[0].dead();
        waiter.renew();
        int rc = several ? waiter.openEventfd() : 0;
        if (rc < 0) {
            return rc;
        }
        try {
            place(true, requests, count, list);
            own.waits(wake);
            if (over(requests, count, list) || handled()) {
                return 0;
            }
            return several
                    ? MultiQueueWait.await(queues, queueCount, waiter, deadline)
                    : queues[0].awaitWake(waiter, deadline);
        } finally {
            own.waits(null);
            try {
                place(false, requests, count, list);
            } finally {
                if (several) {
                    waiter.closeEventfd();
                }
            }
        }
    }

    /** Enters this thread where it waits, or has it leave. */
    private void place(boolean enter, @Nullable AioRequest[] requests, int count, @Nullable AioList list) {
        Awaited.LOCK.lock();
        try {
            for (int i = 0; i < (list == null ? count : 1); i++) {
                Awaited awaited = list != null ? list : requests[i];
                if (awaited != null && enter) {
                    awaited.enter(places[i]);
                } else if (awaited != null) {
                    awaited.leave(places[i]);
                }
            }
        } finally {
            Awaited.LOCK.unlock();
        }
    }

    private void addQueue(Queue queue) {
        for (int i = 0; i < queueCount; i++) {
            if (queues[i] == queue) {
                return;
            }
        }
        if (queueCount == queues.length) {
            queues = Arrays.copyOf(queues, 2 * queueCount);
        }
        queues[queueCount++] = queue;
    }

    private void makePlaces(int count) {
        int have = places.length;
        if (have < count) {
            Awaited.Place[] more = Arrays.copyOf(places, Math.max(count, 2 * have));
            for (int i = have; i < more.length; i++) {
                more[i] = new Awaited.Place();
            }
            places = more;
        }
    }
}
