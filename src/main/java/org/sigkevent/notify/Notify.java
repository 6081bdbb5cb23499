package org.sigkevent.notify;

import org.jspecify.annotations.Nullable;
import org.sigkevent.queue.Queue;
import org.sigkevent.queue.Queues;
import org.sigkevent.queue.Target;

/**
 * What a sigevent does, resolved into the {@link Target} of a source.
 *
 * <p>There is one mechanism: a completion is a record in a queue. SIGEV_KEVENT names the caller's queue. SIGEV_THREAD and
 * SIGEV_SIGNAL name the {@link Dispatcher}'s queue, and the record's cookie object is the {@link Action} to take: start a
 * callback on another thread, or raise a signal. SIGEV_NONE names a queue that nobody reads, for the engine's sake.
 */
public final class Notify {
    private static volatile @Nullable Target silent;

    private Notify() {}

    /** SIGEV_KEVENT: records in the queue {@code kfd}; null when there is no such queue. */
    public static @Nullable Target kevent(int kfd, long bits, Object object) {
        Queue queue = Queues.get(kfd);
        return queue == null ? null : Target.records(queue, bits, object);
    }

    /** SIGEV_NONE; throws ErrnoException when the first of its kind finds no descriptors or memory. */
    public static Target none() {
        Target target = silent;
        return target != null ? target : makeSilent();
    }

    private static synchronized Target makeSilent() {
        if (silent == null) {
            silent = Target.silent(Queue.create(1));
        }
        return silent;
    }

    /**
     * SIGEV_THREAD: {@code callback} runs on another thread.
     *
     * @param attributes null for a daemon thread of the library, a ThreadFactory, or an Executor
     */
    public static Target thread(Runnable callback, @Nullable Object attributes) {
        return Target.records(Dispatcher.instance().queue(), 0, new CallbackAction(callback, attributes));
    }

    /**
     * SIGEV_SIGNAL, or with a thread SIGEV_THREAD_ID.
     *
     * @param thread the kernel's id of a thread of this process, or 0 for the process
     */
    public static Target signal(int signo, long bits, int thread) {
        return Target.records(Dispatcher.instance().queue(), bits, new SignalAction(signo, bits, thread));
    }
}
