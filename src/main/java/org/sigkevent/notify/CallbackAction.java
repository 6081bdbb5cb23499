package org.sigkevent.notify;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.RingRecord;

/**
 * SIGEV_THREAD: starts the callback on another thread, each run on one of its own or on the caller's executor, so that a
 * callback that blocks delays no other. What a callback throws goes to its thread's uncaught-exception handler. Nothing of the
 * caller's runs on the dispatcher's thread.
 */
final class CallbackAction implements Action, Runnable {
    private final Runnable callback;
    private final @Nullable ThreadFactory factory;
    private final @Nullable ExecutorLane lane;

    CallbackAction(Runnable callback, @Nullable Object attributes) {
        this.callback = callback;
        this.factory = attributes instanceof ThreadFactory ? (ThreadFactory) attributes : null;
        this.lane = attributes instanceof Executor ? ExecutorLane.to((Executor) attributes) : null;
    }

    @Override
    public void act(RingRecord record) {
        if (lane != null) {
            lane.add(callback);
        } else {
            CallbackThreads.run(factory == null ? callback : this);
        }
    }

    /** Has the caller's factory make the thread. */
    @Override
    public void run() {
        Thread thread = Objects.requireNonNull(factory).newThread(callback);
        Objects.requireNonNull(thread, "the ThreadFactory of a SIGEV_THREAD made no thread")
                .start();
    }
}
