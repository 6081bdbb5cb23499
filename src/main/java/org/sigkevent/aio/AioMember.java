package org.sigkevent.aio;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Member;
import org.sigkevent.core.Queue;

/**
 * The part of asynchronous I/O that lives in a queue and goes with it: when the queue is destroyed, its requests are
 * cancelled. It does not keep its queue reachable.
 */
final class AioMember implements Member {
    private static final Map<Queue, AioMember> BY_QUEUE = new WeakHashMap<>();

    private final WeakReference<Queue> queue;

    private AioMember(Queue queue) {
        this.queue = new WeakReference<>(queue);
    }

    /** The resident of this queue, moved in if it was not there; null when the queue is dead. */
    static @Nullable AioMember of(Queue queue) {
        synchronized (BY_QUEUE) {
            AioMember resident = BY_QUEUE.get(queue);
            if (resident == null) {
                resident = new AioMember(queue);
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
    public void onClosing() {
        Queue dying = queue.get();
        if (dying != null) {
            AioCancel.abandon(dying);
        }
    }
}
