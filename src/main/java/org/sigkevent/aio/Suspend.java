package org.sigkevent.aio;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.MultiQueueWait;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Waiter;
import org.sigkevent.sys.Errnos;

/**
 * Waiting for requests to end: aio_suspend, and what aio_cancel and lio_listio need of it. Each thread has one of these.
 *
 * <p><b>No wake-up is lost</b>: the waiter enters itself into {@link AioRequest#waiters} (volatile) and then reads the
 * status; the one who completes a request stores the status (volatile) and then reads the waiters. Both lists of waiters and the
 * waking are guarded by {@link #LOCK}, so a thread that has taken itself out is not woken any more, whatever it does next.
 * The lock is taken by completions only when somebody waits; nothing but a waiter's wake is called under it.
 */
public final class Suspend {
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final ThreadLocal<Suspend> OWN = ThreadLocal.withInitial(Suspend::new);

    /** One waiter at one request; belongs to a thread and is used again. */
    static final class Place {
        private final Waiter waiter = Waiter.own();

        private @Nullable Place next;
    }

    private Place[] places = {};
    private Queue[] queues = new Queue[4];
    private int queueCount;

    private final Waiter waiter = Waiter.own();

    private Suspend() {}

    /** The calling thread's: made before it is needed where that must not fail. */
    static Suspend own() {
        return OWN.get();
    }

    /**
     * aio_suspend: waits until one of the requests is done. Null entries are skipped; with nothing else it returns immediately.
     *
     * @param deadline nanoseconds of CLOCK_MONOTONIC; Long.MAX_VALUE for none, Long.MIN_VALUE not to wait
     * @return 0, -EAGAIN at the deadline, -EINTR when the thread was interrupted
     */
    public static int any(@Nullable AioRequest[] requests, int count, long deadline) {
        Suspend own = OWN.get();
        try {
            return own.awaitAny(requests, count, deadline);
        } finally {
            own.forgetQueues();
        }
    }

    private int awaitAny(@Nullable AioRequest[] requests, int count, long deadline) {
        for (int i = 0; i < count; i++) {
            AioRequest r = requests[i];
            if (r != null) {
                if (!r.unfinished()) {
                    return 0;
                }
                addQueue(r.queue());
            }
        }
        if (queueCount == 0) {
            return 0;
        }
        drive();
        if (deadline == Long.MIN_VALUE) {
            return anyDone(requests, count) ? 0 : -Errnos.EAGAIN;
        }
        makePlaces(count);
        for (; ; ) {
            int rc = awaitOnce(requests, count, deadline);
            if (anyDone(requests, count)) {
                if (rc == -Errnos.EINTR) {
                    // it is told by the next call that can be interrupted
                    Thread.currentThread().interrupt();
                }
                return 0;
            }
            if (rc == -Errnos.EINTR) {
                return rc;
            }
            if (rc == -Errnos.ETIMEDOUT || rc == -Errnos.EMFILE || rc == -Errnos.ENFILE || rc == -Errnos.ENOMEM) {
                return -Errnos.EAGAIN;
            }
        }
    }

    private int awaitOnce(@Nullable AioRequest[] requests, int count, long deadline) {
        boolean several = severalQueues();
        waiter.renew();
        int rc = several ? waiter.openEventfd() : 0;
        if (rc < 0) {
            return rc;
        }
        try {
            register(requests, count);
            return anyDone(requests, count) ? 0 : sleep(several, deadline);
        } finally {
            try {
                deregister(requests, count);
            } finally {
                if (several) {
                    waiter.closeEventfd();
                }
            }
        }
    }

    private static boolean anyDone(@Nullable AioRequest[] requests, int count) {
        for (int i = 0; i < count; i++) {
            AioRequest r = requests[i];
            if (r != null && !r.unfinished()) {
                return true;
            }
        }
        return false;
    }

    /** Waits until a list is done: 0 or -EINTR. */
    int all(AioList list, AioRequest[] requests, int count) {
        try {
            for (int i = 0; i < count; i++) {
                if (requests[i].unfinished()) {
                    addQueue(requests[i].queue());
                }
            }
            drive();
            int rc = 0;
            while (!list.finished() && rc != -Errnos.EINTR) {
                rc = awaitOnce(list);
            }
            if (rc == -Errnos.EINTR && list.finished()) {
                // it is told by the next call that can be interrupted
                Thread.currentThread().interrupt();
                rc = 0;
            }
            return rc == -Errnos.EINTR ? rc : 0;
        } finally {
            forgetQueues();
        }
    }

    private int awaitOnce(AioList list) {
        boolean several = severalQueues();
        waiter.renew();
        if (several && waiter.openEventfd() < 0) {
            return -Errnos.EINTR; // no descriptor to wait on: the requests go on, as after an interruption
        }
        try {
            setWaiter(list, waiter);
            return list.finished() ? 0 : sleep(several, Long.MAX_VALUE);
        } finally {
            try {
                setWaiter(list, null);
            } finally {
                if (several) {
                    waiter.closeEventfd();
                }
            }
        }
    }

    private static void setWaiter(AioList list, @Nullable Waiter waiter) {
        LOCK.lock();
        try {
            list.waiter = waiter;
        } finally {
            LOCK.unlock();
        }
    }

    /**
     * Waits until one use of a request is over.
     *
     * @return whether it is; false at the deadline. An interruption is kept for later
     */
    static boolean end(AioRequest request, int use, long deadline) {
        AioRequest[] one = {request};
        boolean interrupted = false;
        while (request.unfinished() && request.use() == use) {
            int rc = any(one, 1, deadline);
            if (rc == -Errnos.EINTR) {
                interrupted = true; // the time is short: wait on
            } else if (rc < 0) {
                break;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !(request.unfinished() && request.use() == use);
    }

    /** Wakes everybody who waits for a request; the request's status is stored already. */
    static void wake(AioRequest request) {
        LOCK.lock();
        try {
            for (Place p = request.waiters; p != null; p = p.next) {
                p.waiter.wake();
            }
        } finally {
            LOCK.unlock();
        }
    }

    /** A list is done. */
    static void finish(AioList list) {
        LOCK.lock();
        try {
            Waiter waiter = list.waiter;
            if (waiter != null) {
                waiter.wake();
            }
            list.markFinished();
        } finally {
            LOCK.unlock();
        }
    }

    /** Runs under the lock of the waiters: for what must not cross {@link #finish}. */
    static boolean giveUp(AioList list) {
        LOCK.lock();
        try {
            return list.orphan();
        } finally {
            LOCK.unlock();
        }
    }

    private boolean severalQueues() {
        return queueCount != 1 || queues[0].dead();
    }

    private int sleep(boolean several, long deadline) {
        return several
                ? MultiQueueWait.await(queues, queueCount, waiter, deadline)
                : queues[0].awaitWake(waiter, deadline);
    }

    private void drive() {
        for (int i = 0; i < queueCount; i++) {
            queues[i].drive();
        }
    }

    private void addQueue(Queue queue) {
        for (int i = 0; i < queueCount; i++) {
            if (queues[i] == queue) {
                return;
            }
        }
        if (queueCount == queues.length) {
            queues = java.util.Arrays.copyOf(queues, 2 * queueCount);
        }
        queues[queueCount++] = queue;
    }

    private void forgetQueues() {
        for (int i = 0; i < queueCount; i++) {
            queues[i] = null;
        }
        queueCount = 0;
    }

    private void makePlaces(int count) {
        int have = places.length;
        if (have < count) {
            Place[] more = java.util.Arrays.copyOf(places, Math.max(count, 2 * have));
            for (int i = have; i < more.length; i++) {
                more[i] = new Place();
            }
            places = more;
        }
    }

    private void register(@Nullable AioRequest[] requests, int count) {
        LOCK.lock();
        try {
            for (int i = 0; i < count; i++) {
                AioRequest r = requests[i];
                if (r != null) {
                    places[i].next = r.waiters;
                    r.waiters = places[i]; // volatile: before the look at the status
                }
            }
        } finally {
            LOCK.unlock();
        }
    }

    private void deregister(@Nullable AioRequest[] requests, int count) {
        LOCK.lock();
        try {
            for (int i = 0; i < count; i++) {
                AioRequest r = requests[i];
                if (r != null) {
                    Place gone = places[i];
                    Place p = r.waiters;
                    if (p == gone) {
                        r.waiters = gone.next;
                    }
                    for (; p != null; p = p.next) {
                        if (p.next == gone) {
                            p.next = gone.next;
                        }
                    }
                    gone.next = null;
                }
            }
        } finally {
            LOCK.unlock();
        }
    }
}
