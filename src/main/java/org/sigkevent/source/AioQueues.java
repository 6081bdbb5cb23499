package org.sigkevent.source;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;
import org.sigkevent.queue.Queue;

/**
 * The part of asynchronous I/O that lives in a queue and goes with it: when the queue is destroyed, its requests are
 * cancelled. It does not keep its queue reachable.
 */
final class AioQueues implements Queue.Resident {
    private static final Map<Queue, AioQueues> BY_QUEUE = new WeakHashMap<>();

    private final WeakReference<Queue> queue;

    private AioQueues(Queue queue) {
        this.queue = new WeakReference<>(queue);
    }

    /** The resident of this queue, moved in if it was not there; null when the queue is dead. */
    static @Nullable AioQueues of(Queue queue) {
        synchronized (BY_QUEUE) {
            AioQueues resident = BY_QUEUE.get(queue);
            if (resident == null) {
                resident = new AioQueues(queue);
                if (!queue.attach(resident)) {
                    return null;
                }
                BY_QUEUE.put(queue, resident);
            }
            return resident;
        }
    }

    boolean serves(Queue other) {
        return queue.refersTo(other);
    }

    @Override
    public void abandon() {
        Queue dying = queue.get();
        if (dying != null) {
            AioCancel.abandon(dying);
        }
    }
}
