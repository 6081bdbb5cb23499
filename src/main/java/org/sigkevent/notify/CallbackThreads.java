package org.sigkevent.notify;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.sigkevent.sys.Threads;

/** The library's threads for what callers want called: each is kept for a minute after a call, and used again for the next. */
final class CallbackThreads {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private static final Executor POOL =
            Executors.newCachedThreadPool(run -> Threads.make("sigkevent-callback-" + NUMBER.incrementAndGet(), run));

    private CallbackThreads() {}

    /** Runs it on a thread of its own; OutOfMemoryError when there is none. */
    static void run(Runnable callback) {
        POOL.execute(callback);
    }
}
