package org.sigkevent.notify;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.RingRecord;

/**
 * SIGEV_THREAD: starts the callback on another thread, each run on one of its own or on the caller's executor, so that a
 * callback that blocks delays no other. What a callback throws goes to its thread's uncaught-exception handler.
 */
final class CallbackAction implements Action {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** Threads that are kept for a minute after a callback, and used again for the next. */
    private static final Executor OWN = Executors.newCachedThreadPool(run -> {
        Thread thread = new Thread(run, "sigkevent-callback-" + NUMBER.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    });

    private final Runnable callback;
    private final @Nullable Object attributes;

    CallbackAction(Runnable callback, @Nullable Object attributes) {
        this.callback = callback;
        this.attributes = attributes;
    }

    @Override
    public void act(RingRecord record) {
        if (attributes instanceof Executor) {
            ((Executor) attributes).execute(callback);
        } else if (attributes instanceof ThreadFactory) {
            ((ThreadFactory) attributes).newThread(callback).start();
        } else {
            OWN.execute(callback);
        }
    }
}
