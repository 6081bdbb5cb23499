package org.sigkevent.notify;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.notify.Dispatcher.Action;
import org.sigkevent.signal.Signals;

/**
 * What a sigevent does, resolved into the {@link Destination} of a source.
 *
 * <p>There is one mechanism: a completion is a record in a queue. SIGEV_KEVENT names the caller's queue. SIGEV_THREAD names the
 * {@link Dispatcher}'s queue, and the record's cookie object is the {@link Action} to take: start a callback on another thread.
 * SIGEV_SIGNAL names the queue of {@link Signals}. SIGEV_NONE names a queue that nobody reads, for the engine's sake.
 */
public final class Notify {
    private static volatile @Nullable Destination silent;

    private Notify() {}

    /** SIGEV_NONE; throws ErrnoException when the first of its kind finds no descriptors or memory. */
    public static Destination none() {
        Destination target = silent;
        return target != null ? target : makeSilent();
    }

    private static synchronized Destination makeSilent() {
        if (silent == null) {
            silent = Destination.silent(Queue.create(1));
        }
        return silent;
    }

    /** The end of the library, when all queues have ended. */
    public static void end() {
        forget();
        Dispatcher.end();
        ExecutorLane.end();
    }

    private static synchronized void forget() {
        silent = null;
    }

    /**
     * SIGEV_THREAD: {@code callback} runs on another thread, each run on one of its own or on the caller's executor, so that a
     * callback that blocks delays no other. What it throws goes to its thread's uncaught-exception handler. Nothing of the
     * caller's runs on the dispatcher's thread.
     *
     * @param attributes null for a daemon thread of the library, a ThreadFactory, or an Executor
     */
    public static Destination thread(Runnable callback, @Nullable Object attributes) {
        Action action;
        if (attributes instanceof Executor executor) {
            ExecutorLane lane = ExecutorLane.to(executor);
            action = record -> lane.add(callback);
        } else {
            // the thread of the caller's factory is made on one of the library's
            Runnable run = !(attributes instanceof ThreadFactory factory)
                    ? callback
                    : () -> Objects.requireNonNull(
                                    factory.newThread(callback), "the ThreadFactory of a SIGEV_THREAD made no thread")
                            .start();
            action = record -> ExecutorLane.THREADS.execute(run);
        }
        return Destination.records(Dispatcher.instance().queue(), 0, action);
    }

    /**
     * SIGEV_SIGNAL, or with a thread SIGEV_THREAD_ID.
     *
     * @param object comes back with {@code bits}, if it is not null
     * @param thread the kernel's id of a thread of this process, or 0 for the process
     */
    public static Destination signal(int signo, long bits, @Nullable Object object, int thread) {
        return Signals.instance().destination(signo, bits, object, thread);
    }
}
