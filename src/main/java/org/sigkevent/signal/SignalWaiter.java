package org.sigkevent.signal;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;
import org.sigkevent.sys.Link;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.PerThread;
import org.sigkevent.sys.Threads;

/** A thread in sigtimedwait; each thread has one of its own, used again for each wait. */
final class SignalWaiter {
    private static final PerThread<SignalWaiter> OWN = new PerThread<>(SignalWaiter::new);

    final Thread thread = Thread.currentThread();

    /** The thread as the kernel numbers it; -1 for a virtual one, which has no number. */
    final int tid = Threads.isVirtual(thread) ? -1 : Linux.gettid();

    // guarded by the monitor of the signals

    /** What it waits for. */
    long set;

    /** What it gets; it is off the list then. */
    @Nullable
    Instance got;

    final Link<SignalWaiter> place = new Link<>(this);

    /** Whether there is a reason to look. */
    volatile boolean woken;

    /** The queue that it sleeps in, and drives; null when it is parked. */
    volatile @Nullable Queue drives;

    /** Whether it has to drive the queue, and to call another when it ends; its own but while it is listed. */
    volatile boolean called;

    private SignalWaiter() {}

    static SignalWaiter own() {
        return OWN.get();
    }

    void wake() {
        // before the look at where it sleeps; pairs with SignalQueue.sleep
        woken = true;
        Queue queue = drives;
        if (queue != null) {
            // itself, and the thread of the queue
            queue.wake(2);
        } else {
            LockSupport.unpark(thread);
        }
    }
}
