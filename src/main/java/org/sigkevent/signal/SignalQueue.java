package org.sigkevent.signal;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingLayout;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Settings;
import org.sigkevent.sys.Threads;

/**
 * The queue into which SIGEV_SIGNAL has its completions put. Each record becomes an instance of its signal; no system call is made for
 * that. A slot is reserved when a source is registered, so what is registered is not lost.
 *
 * <p><b>Who does it.</b> A thread in sigtimedwait drives the queue and sleeps in it, so that a timer wakes nobody else. Of
 * several one does, and the next when that leaves. Where handlers or requests are to be told, a thread of the library does.
 *
 * <p>Records are taken under a lock, so that instances of one source stay in order.
 */
final class SignalQueue {
    private final SignalHub hub;
    private final Queue queue = Queue.create(Settings.get().notifyCapacity);

    private final ReentrantLock gathering = new ReentrantLock();

    // guarded by the lock, made before a record is taken
    private @Nullable Instance next;
    private @Nullable RingRecord record;

    /** Which thread of those in sigtimedwait sleeps in the queue. */
    private @Nullable SignalWaiter driving;

    private volatile boolean attended;

    SignalQueue(SignalHub hub) {
        this.hub = hub;
    }

    Queue queue() {
        return queue;
    }

    /** Has a thread of the library drive the queue; throws ErrnoException when there can be none. */
    synchronized void attend() {
        if (!attended) {
            Threads.daemon("sigkevent-notify-signals", this::run, "no thread for SIGEV_SIGNAL: " + Limits.NO_THREAD);
            attended = true;
        }
    }

    private void run() {
        RingRecord.prepareThread();
        while (!queue.dead()) {
            try {
                int seen = queue.state();
                gather();
                queue.await(seen, Linux.CLOCK_MONOTONIC, Long.MAX_VALUE, false, 0);
            } catch (Throwable thrown) {
                // what was not taken is in the ring
                Threads.uncaught(thrown);
            }
        }
    }

    /** Makes instances of all records that are there. OutOfMemoryError leaves the rest where it is. */
    void gather() {
        gathering.lock();
        try {
            while (true) {
                Instance one = next;
                if (one == null) {
                    next = one = hub.fresh();
                }
                RingRecord into = record;
                if (into == null) {
                    RingRecord free = one.record;
                    one.record = null;
                    record = into = free == null ? new RingRecord() : free;
                }
                if (!queue.pollUnsettled(into)) {
                    return;
                }
                take(one, into);
            }
        } finally {
            gathering.unlock();
            SignalSender.report();
        }
    }

    private void take(Instance one, RingRecord taken) {
        // a registration that is gone is told by SIGEV_KEVENT only
        if ((taken.flags & RingLayout.KEVENT_REMOVED) != 0) {
            taken.settle();
            taken.object = null;
            return;
        }
        one.of(taken);
        if (one.holdsRecord()) {
            record = null;
        }
        next = null;
        if (!hub.signals.catches(one.signo)) {
            if (one.settle()) {
                SignalSender.notify(one);
            }
            hub.recycle(one);
        } else {
            // the JVM does not act on notifications
            boolean done = hub.deliver(one);
            assert done;
        }
    }

    /**
     * Sleeps in the queue until something has come, unless another thread does so already; the caller is known to the hub as one
     * who waits.
     *
     * @return 0, -ETIMEDOUT, -EINTR, -EBADF; -EBUSY when another thread is there, and nothing was done
     */
    int sleep(SignalWaiter me, long deadline) {
        synchronized (this) {
            if (driving != null || attended) {
                return -Errnos.EBUSY;
            }
            driving = me;
        }
        int rc;
        try {
            me.called = true;
            me.drives = queue;
            int seen = queue.state();
            gather();
            // pairs with SignalWaiter.wake
            rc = me.woken ? 0 : queue.await(seen, Linux.CLOCK_MONOTONIC, deadline, false, 0);
        } finally {
            me.drives = null;
            synchronized (this) {
                driving = null;
            }
        }
        return rc == -Errnos.EWOULDBLOCK ? 0 : rc;
    }
}
