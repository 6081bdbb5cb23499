package org.sigkevent.notify;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Threads;

/**
 * The way to one executor of a caller: callbacks reach it in the order of their events, and never on the dispatcher's thread,
 * because an executor may run what it is given before it returns ({@code Runnable::run}), or block. One that does delays its own
 * callbacks and nobody else's. There is one lane for each executor, for as long as something notifies through it.
 */
final class ExecutorLane implements Runnable {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    /**
     * The library's threads for what callers want called: each is kept for a minute after a call, and used again for the next.
     * OutOfMemoryError when there is none.
     */
    static final ExecutorService THREADS =
            Executors.newCachedThreadPool(run -> Threads.make("sigkevent-callback-" + NUMBER.incrementAndGet(), run));

    private static final List<WeakReference<ExecutorLane>> ALL = new ArrayList<>();

    private final Executor executor;

    // guarded by this

    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private boolean running;

    private ExecutorLane(Executor executor) {
        this.executor = executor;
    }

    static ExecutorLane to(Executor executor) {
        synchronized (ALL) {
            ALL.removeIf(one -> one.get() == null);
            for (WeakReference<ExecutorLane> one : ALL) {
                ExecutorLane lane = one.get();
                if (lane != null && lane.executor == executor) {
                    return lane;
                }
            }
            ExecutorLane made = new ExecutorLane(executor);
            ALL.add(new WeakReference<>(made));
            return made;
        }
    }

    /** Threads end with the callback that they run. */
    static void end() {
        THREADS.shutdown();
    }

    void add(Runnable callback) {
        boolean start;
        synchronized (this) {
            waiting.add(callback);
            start = !running;
            running = true;
        }
        if (start) {
            try {
                THREADS.execute(this);
            } catch (OutOfMemoryError noThread) {
                run();
            }
        }
    }

    @Override
    public void run() {
        for (Runnable next = next(); next != null; next = next()) {
            try {
                executor.execute(next);
            } catch (Throwable thrown) {
                Threads.uncaught(thrown);
            }
        }
    }

    private synchronized @Nullable Runnable next() {
        Runnable next = waiting.poll();
        running = next != null;
        return next;
    }
}
