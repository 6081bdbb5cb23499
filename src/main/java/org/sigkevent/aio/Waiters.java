package org.sigkevent.aio;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Waiter;

/**
 * The threads that wait for one request or one list to end.
 *
 * <p><b>No wake-up is lost</b>: who waits enters its {@link Place} ({@link #first} is volatile) and then looks whether it is over; who
 * ends it says so (volatile) and then looks at {@link #first}. Entering, leaving and waking are under {@link #LOCK}, so a thread
 * that has left is not woken any more, whatever it does next. The lock is taken by completions only when somebody waits; nothing but
 * a waiter's wake is called under it.
 */
final class Waiters {
    static final ReentrantLock LOCK = new ReentrantLock();

    /** One waiter at one request; belongs to a thread and is used again. */
    static final class Place {
        private final Waiter waiter = Waiter.own();
        private @Nullable Place next;
    }

    volatile @Nullable Place first;

    /** Under the lock. */
    void enter(Place place) {
        place.next = first;
        // volatile: before the look whether it is over
        first = place;
    }

    /** Under the lock. */
    void leave(Place gone) {
        Place p = first;
        if (p == gone) {
            first = gone.next;
        }
        for (; p != null; p = p.next) {
            if (p.next == gone) {
                p.next = gone.next;
            }
        }
        gone.next = null;
    }

    /** Wakes everybody; it was said already that it is over. */
    void wake() {
        LOCK.lock();
        try {
            for (Place p = first; p != null; p = p.next) {
                p.waiter.wake();
            }
        } finally {
            LOCK.unlock();
        }
    }
}
