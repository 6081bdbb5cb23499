package org.sigkevent.core;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.sigkevent.sys.Errnos;

/**
 * Where submitters wait for a free slot of a full queue. Whoever takes a record or gives a slot back calls {@link #freed}; a consumer
 * in another process tells nobody, so they look again every {@value #LOOK_NANOS} ns.
 */
final class FreeSlots {
    private static final long LOOK_NANOS = 10_000_000;

    private final Ring ring;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();

    /** Submitters that wait; read by takers without the lock. */
    volatile int waiting;

    FreeSlots(Ring ring) {
        this.ring = ring;
    }

    /**
     * Waits until somebody has freed a slot. The caller tries again afterwards.
     *
     * @return 0, -ETIMEDOUT, -EINTR or -EBADF
     */
    int await(long deadline) {
        lock.lock();
        try {
            // volatile: before the look at the ring; pairs with the take (a compare-and-set) before freed()
            waiting++;
            while (ring.full() && !ring.dead()) {
                long left = deadline == Long.MAX_VALUE ? LOOK_NANOS : deadline - System.nanoTime();
                if (left <= 0) {
                    return -Errnos.ETIMEDOUT;
                }
                freed.awaitNanos(Math.min(left, LOOK_NANOS));
            }
            return ring.dead() ? -Errnos.EBADF : 0;
        } catch (InterruptedException interrupted) {
            return -Errnos.EINTR;
        } finally {
            waiting--;
            lock.unlock();
        }
    }

    /** A slot became free, or the queue is closing. Needed only while some are {@link #waiting}. */
    void freed() {
        lock.lock();
        try {
            freed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
