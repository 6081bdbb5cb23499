package org.sigkevent.aio;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Source;
import org.sigkevent.core.Waiter;

/**
 * A request or a list, as something for whose end threads wait.
 *
 * <p><b>No wake-up is lost</b>: who waits enters its {@link Place} ({@link #waiting} is volatile) and then looks whether it is over; who
 * ends it says so (volatile) and then looks at {@link #waiting}. Entering, leaving and waking are under {@link #LOCK}, so a thread
 * that has left is not woken any more, whatever it does next. The lock is taken by completions only when somebody waits; nothing but
 * a waiter's wake is called under it.
 */
abstract class Awaited extends Source {
    static final ReentrantLock LOCK = new ReentrantLock();

    /** One waiter at one request; belongs to a thread and is used again. */
    static final class Place {
        private final Waiter waiter = Waiter.own();
        private @Nullable Place next;
    }

    /** The waiters, the last one first. */
    volatile @Nullable Place waiting;

    Awaited() {
        super(false);
    }

    /** Under the lock. */
    final void enter(Place place) {
        place.next = waiting;
        // volatile: before the look whether it is over
        waiting = place;
    }

    /** Under the lock. */
    final void leave(Place gone) {
        Place p = waiting;
        if (p == gone) {
            waiting = gone.next;
        }
        for (; p != null; p = p.next) {
            if (p.next == gone) {
                p.next = gone.next;
            }
        }
        gone.next = null;
    }

    /** Wakes everybody; it was said already that it is over. */
    final void wake() {
        LOCK.lock();
        try {
            for (Place p = waiting; p != null; p = p.next) {
                p.waiter.wake();
            }
        } finally {
            LOCK.unlock();
        }
    }
}
