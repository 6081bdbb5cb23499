package org.sigkevent.signal;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Shutdown;
import org.sigkevent.sys.Threads;

/** The calls that wait for signals: sigtimedwait, and waits and sleeps that a handler ends. */
public final class SignalWaits {
    private SignalWaits() {}

    /**
     * {@link Queue#await} that is -EINTR also when a handler has returned meanwhile. Its mask, if it has one, stands in for that of the
     * process.
     */
    public static int await(Queue queue, int seen, int clock, long deadline, boolean masked, long mask) {
        Signals signals = Signals.existing();
        if (signals == null || signals.table.caught() == 0) {
            return queue.await(seen, clock, deadline, masked, mask);
        }
        SuspendedThread own = new SuspendedThread(masked, mask, queue);
        signals.hub.handlers.begin(own);
        boolean handled;
        int rc;
        try {
            rc = queue.await(seen, clock, deadline, masked, mask);
        } finally {
            handled = signals.hub.handlers.end(own);
        }
        return handled ? -Errnos.EINTR : rc;
    }

    /**
     * Sleeps until a time of System.nanoTime.
     *
     * @return -ETIMEDOUT; or -EINTR: a handler has returned meanwhile, or the thread was interrupted
     */
    public static int sleep(long deadline) {
        Signals signals = Signals.existing();
        if (signals != null
                && signals.table.caught() != 0
                && !Thread.currentThread().isInterrupted()) {
            int rc = signals.awaitHandler(deadline);
            if (rc < 0) {
                return rc;
            }
            if (!Shutdown.begun()) {
                return -Errnos.EINTR;
            }
        }
        return Threads.sleep(deadline);
    }

    /**
     * sigtimedwait: the signal, of which {@code into} tells, or an errno negated: -EAGAIN, -EINTR, -ESHUTDOWN.
     *
     * @param deadline of CLOCK_MONOTONIC; Long.MAX_VALUE to wait for ever, Long.MIN_VALUE not to sleep at all
     * @throws ErrnoException EINVAL (the set is empty of signals that can be had), and what the first use of a signal says
     */
    public static int take(long set, long deadline, Instance into) {
        Signals signals = Signals.instance();
        long wanted = SignalOwners.wanted(set);
        if (!signals.table.awaits(wanted)) {
            synchronized (signals.table) {
                wanted = signals.table.await(wanted);
            }
        }
        RingRecord.prepareOutgoing();
        SignalWaiter me = SignalWaiter.own();
        try {
            return take(signals, me, wanted, deadline, into);
        } finally {
            if (me.called) {
                // somebody has to drive the queue: who was called to it may have got a signal, or be out of time,
                // before
                me.called = false;
                signals.hub.rouse(false);
            }
        }
    }

    private static int take(Signals signals, SignalWaiter me, long wanted, long deadline, Instance into) {
        while (true) {
            signals.gather();
            int rc = 0;
            Instance one = signals.hub.takeOrWait(me, wanted, deadline != Long.MIN_VALUE);
            if (one == null) {
                if (deadline == Long.MIN_VALUE) {
                    return -Errnos.EAGAIN;
                }
                try {
                    rc = sleep(signals, me, deadline);
                } catch (Throwable thrown) {
                    leave(signals, me, true);
                    throw thrown;
                }
                one = leave(signals, me, false);
            }
            if (one != null) {
                if (rc == -Errnos.EINTR) {
                    // the next call that can be interrupted tells it
                    me.thread.interrupt();
                }
                boolean valid = one.settle();
                into.copy(one);
                signals.hub.recycle(one);
                if (valid) {
                    return into.signo;
                }
            } else if (rc < 0) {
                return rc == -Errnos.ETIMEDOUT ? -Errnos.EAGAIN : rc;
            } else if (Shutdown.begun()) {
                return -Errnos.ESHUTDOWN;
            }
        }
    }

    /** The thread waits no more: what it got meanwhile, which stays pending if it cannot have it; or null. */
    private static @Nullable Instance leave(Signals signals, SignalWaiter me, boolean givesBack) {
        Instance got = signals.hub.leave(me);
        if (got != null && givesBack) {
            signals.hub.giveBack(got);
            got = null;
        }
        return got;
    }

    private static int sleep(Signals signals, SignalWaiter me, long deadline) {
        while (!me.woken) {
            SignalQueue made = signals.queue;
            int rc = made == null || made.queue().dead() ? -Errnos.EBUSY : made.sleep(me, deadline);
            if (rc != -Errnos.EBUSY) {
                return rc == -Errnos.EBADF ? 0 : rc;
            }
            long left = deadline == Long.MAX_VALUE ? deadline : deadline - System.nanoTime();
            if (left <= 0) {
                return -Errnos.ETIMEDOUT;
            }
            LockSupport.parkNanos(signals, left);
            if (Thread.interrupted()) {
                return -Errnos.EINTR;
            }
        }
        return 0;
    }
}
