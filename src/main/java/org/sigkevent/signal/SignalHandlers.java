package org.sigkevent.signal;

import java.util.ArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.Threads;

/**
 * Calls the program's handlers, and keeps those who wait for that: sigsuspend, pause, sleep, raise.
 *
 * <p>Handlers run one after the other, those of lower signals first, on one thread of the library; where a disposition names an
 * executor, there. While one runs on the thread, its mask is blocked for all others; a handler that waits or raises a signal runs others
 * inside of it, as in C. One that throws costs itself.
 */
final class SignalHandlers {
    private final ProcessSignals signals;

    /** The threads that wait until a handler has returned or the mask is another; guarded by the monitor of the signals. */
    private final ArrayList<Thread> waiting = new ArrayList<>();

    private @Nullable Thread thread;
    private boolean over;

    // guarded by the monitor of the signals

    /** How many handlers have returned. */
    private long returned;

    /** How many run, one inside of the other. */
    private int depth;

    /** The signals whose handlers run. */
    private long current;

    SignalHandlers(ProcessSignals signals) {
        this.signals = signals;
    }

    /** Has the thread run; throws ErrnoException when there can be none. */
    void start() {
        synchronized (signals) {
            if (thread == null && !over) {
                thread = Threads.daemon(
                        "sigkevent-handlers",
                        this::run,
                        "no thread can be had that runs handlers: " + Limits.NO_THREAD);
            }
        }
    }

    /** The thread ends when the handler that it runs has returned. */
    void end() {
        synchronized (signals) {
            over = true;
            changed();
        }
    }

    /** Whether the caller is a handler, on the library's thread. */
    boolean inHandler() {
        return Thread.currentThread() == thread;
    }

    /** What can be delivered, or who waits for what, is another: all look. Under the monitor. */
    void changed() {
        signals.notifyAll();
        for (int i = 0; i < waiting.size(); i++) {
            LockSupport.unpark(waiting.get(i));
        }
    }

    private void run() {
        RingRecord.prepareThread();
        while (true) {
            try {
                synchronized (signals) {
                    while (!over && (signals.pending.bits() & signals.deliverable()) == 0) {
                        signals.wait();
                    }
                    if (over) {
                        return;
                    }
                }
                runNext();
            } catch (InterruptedException strange) {
                // a handler has interrupted the thread that it ran on
            } catch (Throwable thrown) {
                Threads.uncaught(thrown);
            }
        }
    }

    /** Calls the handler of the lowest signal that can be delivered; false when there is none. */
    private boolean runNext() {
        Instance one;
        Disposition action;
        long before;
        long opened;
        long others;
        synchronized (signals) {
            others = current;
            one = signals.pending.take(signals.deliverable(), 0);
            if (one == null) {
                return false;
            }
            action = signals.action(one.signo);
            depth++;
            current |= Instance.bit(one.signo);
            before = signals.running;
            opened = signals.opened;
            long more = action.mask | (action.nodefer ? 0 : Instance.bit(one.signo));
            signals.running = before | more;
            signals.opened = opened & ~more;
        }
        // what its timer has taken back is nothing, and an executor may refuse: then no handler returns
        boolean done = false;
        try {
            if (one.settle()) {
                done = action.executor == null;
                resetOnce(action, one.signo);
                done = call(action, one);
            }
        } catch (Throwable thrown) {
            Threads.uncaught(thrown);
        } finally {
            returned(one, before, opened, others, done ? action : null);
            if (done) {
                action.endCalls();
            }
        }
        return true;
    }

    private void resetOnce(Disposition action, int signo) {
        if (action.resethand) {
            synchronized (signals) {
                if (signals.action(signo) == action) {
                    signals.reset(signo);
                }
            }
        }
    }

    /** False when an executor has it, which tells of the end itself. */
    private boolean call(Disposition action, Instance one) {
        Executor executor = action.executor;
        if (executor == null) {
            action.call(one);
            return true;
        }
        Instance own = new Instance();
        own.copy(one);
        executor.execute(() -> {
            try {
                action.call(own);
            } finally {
                synchronized (signals) {
                    over(action);
                }
                action.endCalls();
            }
        });
        return false;
    }

    /** The thread is done with an instance; {@code action} is null when its handler has not returned. */
    private void returned(Instance one, long before, long opened, long others, @Nullable Disposition action) {
        synchronized (signals) {
            depth--;
            current = others;
            signals.running = before;
            signals.opened = opened;
            signals.pending.recycle(one);
            if (action != null) {
                over(action);
            } else {
                // nobody waits for the executor
                changed();
            }
        }
    }

    /** A handler has returned. Under the monitor. */
    private void over(Disposition action) {
        action.returned();
        returned++;
        signals.resumeAll();
        changed();
    }

    /** Waits until a handler has returned, or a time of System.nanoTime: 0, -ETIMEDOUT or -EINTR (the thread was interrupted). */
    int awaitAny(long deadline) {
        long before;
        synchronized (signals) {
            before = returned;
        }
        return await(() -> returned != before, deadline);
    }

    /** As {@link #awaitAny}, since the thread {@link #begin began} to wait; that is over then. */
    int suspend(SuspendedThread suspended, long deadline) {
        try {
            return await(() -> returned != suspended.returned, deadline);
        } finally {
            end(suspended);
        }
    }

    /** A thread begins to wait, perhaps with a mask of its own. */
    void begin(SuspendedThread suspended) {
        synchronized (signals) {
            suspended.returned = returned;
            signals.suspend(suspended);
            maskChanged(suspended);
        }
    }

    /** It waits no more: whether a handler has returned meanwhile. */
    boolean end(SuspendedThread suspended) {
        synchronized (signals) {
            signals.resume(suspended);
            maskChanged(suspended);
            return returned != suspended.returned;
        }
    }

    /** Without a mask of its own a thread changes nothing for others: sleeps are many. */
    private void maskChanged(SuspendedThread suspended) {
        if (suspended.standsIn) {
            changed();
        }
    }

    /** Waits until all that could be delivered a moment ago was, as far as it still can be. */
    void deliverPending() {
        long goal;
        synchronized (signals) {
            int n = signals.pending.count(awaited());
            if (n == 0) {
                return;
            }
            goal = returned + n;
        }
        // a handler that calls this does not wait for itself
        awaitWithout(
                () -> returned >= goal || (signals.pending.bits() & awaited()) == 0 && (depth == 0 || inHandler()));
    }

    /** Waits until no handler of the signals of {@code set} runs: they were just blocked. */
    void awaitReturn(long set) {
        awaitWithout(() -> (current & set) == 0 || inHandler());
    }

    /** Waits until the handler of an instance that was just generated has returned, unless it is not called now. */
    void awaitHandler(Instance one) {
        awaitWithout(() -> one.finished || one.queued && !SignalOwners.in(awaited(), one.signo));
    }

    /** The signals whose handlers the caller can wait for: one that is a handler blocks some itself. Under the monitor. */
    long awaited() {
        return inHandler() ? signals.deliverable() : signals.deliverableSoon();
    }

    /** For those whom an interrupt does not end: the status is set again. */
    private void awaitWithout(BooleanSupplier done) {
        boolean interrupted = false;
        while (await(done, Long.MAX_VALUE) == -Errnos.EINTR) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for a change after which {@code done} holds: 0, -ETIMEDOUT or -EINTR. A handler runs others meanwhile. */
    private int await(BooleanSupplier done, long deadline) {
        Thread me = Thread.currentThread();
        synchronized (signals) {
            waiting.add(me);
        }
        try {
            while (true) {
                synchronized (signals) {
                    if (done.getAsBoolean() || over) {
                        return 0;
                    }
                }
                if (inHandler() && runNext()) {
                    continue;
                }
                long left = deadline == Long.MAX_VALUE ? deadline : deadline - System.nanoTime();
                if (left <= 0) {
                    return -Errnos.ETIMEDOUT;
                }
                LockSupport.parkNanos(this, left);
                if (Thread.interrupted()) {
                    return -Errnos.EINTR;
                }
            }
        } finally {
            synchronized (signals) {
                waiting.remove(me);
            }
        }
    }
}
