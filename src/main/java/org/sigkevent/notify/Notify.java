package org.sigkevent.notify;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Queues;

/**
 * What a sigevent does, resolved into the {@link Destination} of a source.
 *
 * <p>There is one mechanism: a completion is a record in a queue. SIGEV_KEVENT names the caller's queue. SIGEV_THREAD and
 * SIGEV_SIGNAL name the {@link Dispatcher}'s queue, and the record's cookie object is the {@link Action} to take: start a
 * callback on another thread, or raise a signal. SIGEV_NONE names a queue that nobody reads, for the engine's sake.
 */
public final class Notify {
    private static volatile @Nullable Destination silent;

    private Notify() {}

    /** SIGEV_KEVENT: records in the queue {@code kfd}; null when there is no such queue. */
    public static @Nullable Destination kevent(int kfd, long bits, Object object) {
        Queue queue = Queues.get(kfd);
        return queue == null ? null : Destination.records(queue, bits, object);
    }

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

    /**
     * SIGEV_THREAD: {@code callback} runs on another thread.
     *
     * @param attributes null for a daemon thread of the library, a ThreadFactory, or an Executor
     */
    public static Destination thread(Runnable callback, @Nullable Object attributes) {
        return Destination.records(Dispatcher.instance().queue(), 0, new CallbackAction(callback, attributes));
    }

    /**
     * SIGEV_SIGNAL, or with a thread SIGEV_THREAD_ID.
     *
     * @param thread the kernel's id of a thread of this process, or 0 for the process
     */
    public static Destination signal(int signo, long bits, int thread) {
        return Destination.records(Dispatcher.instance().queue(), bits, new SignalAction(signo, bits, thread));
    }
}
