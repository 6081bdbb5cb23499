package org.sigkevent.aio;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.MultiQueueWait;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Waiter;
import org.sigkevent.sys.Errnos;

/**
 * Waiting for requests to end: aio_suspend, and what aio_cancel and lio_listio need of it.
 *
 * <p><b>No wake-up is lost</b>: the waiter enters itself into {@link AioRequest#waiters} (volatile) and then looks at the
 * status; whoever completes a request stores the status (volatile) and then looks at the waiters. Both lists of waiters and the
 * waking are guarded by {@link #LOCK}, so a thread that has taken itself out is not woken any more, whatever it does next.
 * The lock is taken by completions only when somebody waits; nothing but a waiter's wake is called under it.
 */
final class Suspend {
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

    private Suspend() {}

    /** aio_suspend: 0 when one of the requests is done, -EAGAIN at the deadline, -EINTR. */
    static int any(AioRequest[] requests, int count, long deadline) {
        Suspend own = OWN.get();
        try {
            return own.awaitAny(requests, count, deadline);
        } finally {
            own.forgetQueues();
        }
    }

    private int awaitAny(AioRequest[] requests, int count, long deadline) {
        boolean nobody = true;
        for (int i = 0; i < count; i++) {
            AioRequest r = requests[i];
            if (r != null) {
                nobody = false;
                if (!r.unfinished()) {
                    return 0;
                }
                addQueue(r.queue());
            }
        }
        if (nobody) {
            return 0;
        }
        drive();
        if (deadline == Long.MIN_VALUE) {
            return anyDone(requests, count) ? 0 : -Errnos.EAGAIN;
        }
        for (; ; ) {
            int rc = 0;
            Waiter waiter = Waiter.own();
            waiter.renew();
            boolean across = needsAcross();
            if (across && (rc = MultiQueueWait.open(waiter)) < 0) {
                return -Errnos.EAGAIN;
            }
            register(requests, count);
            try {
                if (!anyDone(requests, count)) {
                    rc = sleep(waiter, across, deadline);
                }
            } finally {
                deregister(requests, count);
                if (across) {
                    MultiQueueWait.close(waiter);
                }
            }
            if (anyDone(requests, count)) {
                return 0;
            }
            if (rc == -Errnos.EINTR) {
                return rc;
            }
            if (rc == -Errnos.ETIMEDOUT) {
                return -Errnos.EAGAIN;
            }
        }
    }

    private static boolean anyDone(AioRequest[] requests, int count) {
        for (int i = 0; i < count; i++) {
            if (requests[i] != null && !requests[i].unfinished()) {
                return true;
            }
        }
        return false;
    }

    /** Waits until a list is done: 0 or -EINTR. */
    static int all(AioList list, AioRequest[] requests, int count) {
        Suspend own = OWN.get();
        try {
            for (int i = 0; i < count; i++) {
                if (requests[i] != null && requests[i].unfinished()) {
                    own.addQueue(requests[i].queue());
                }
            }
            return own.awaitAll(list);
        } finally {
            own.forgetQueues();
        }
    }

    private int awaitAll(AioList list) {
        drive();
        while (!list.finished()) {
            int rc = 0;
            Waiter waiter = Waiter.own();
            waiter.renew();
            boolean across = needsAcross();
            if (across && MultiQueueWait.open(waiter) < 0) {
                return -Errnos.EINTR; // no descriptor to wait on: the requests go on, as after an interruption
            }
            LOCK.lock();
            list.waiter = waiter;
            LOCK.unlock();
            try {
                if (!list.finished()) {
                    rc = sleep(waiter, across, Long.MAX_VALUE);
                }
            } finally {
                LOCK.lock();
                list.waiter = null;
                LOCK.unlock();
                if (across) {
                    MultiQueueWait.close(waiter);
                }
            }
            if (rc == -Errnos.EINTR && !list.finished()) {
                return rc;
            }
        }
        return 0;
    }

    /**
     * Waits until one use of a request is over.
     *
     * @return whether it is; false at the deadline. An interruption is kept for later
     */
    static boolean end(AioRequest request, long use, long deadline) {
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

    private boolean needsAcross() {
        return queueCount != 1 || queues[0].dead();
    }

    private int sleep(Waiter waiter, boolean across, long deadline) {
        return across
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

    private void register(AioRequest[] requests, int count) {
        int have = places.length;
        if (have < count) {
            places = java.util.Arrays.copyOf(places, Math.max(count, 2 * have));
            for (int i = have; i < places.length; i++) {
                places[i] = new Place();
            }
        }
        LOCK.lock();
        try {
            for (int i = 0; i < count; i++) {
                if (requests[i] != null) {
                    places[i].next = requests[i].waiters;
                    requests[i].waiters = places[i]; // volatile: before the look at the status
                }
            }
        } finally {
            LOCK.unlock();
        }
    }

    private void deregister(AioRequest[] requests, int count) {
        LOCK.lock();
        try {
            for (int i = 0; i < count; i++) {
                if (requests[i] != null) {
                    requests[i].waiters = without(requests[i].waiters, places[i]);
                    places[i].next = null;
                }
            }
        } finally {
            LOCK.unlock();
        }
    }

    private static @Nullable Place without(@Nullable Place first, Place gone) {
        if (first == gone) {
            return first.next;
        }
        for (Place p = first; p != null; p = p.next) {
            if (p.next == gone) {
                p.next = gone.next;
            }
        }
        return first;
    }
}
