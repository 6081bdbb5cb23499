package org.sigkevent.core;

import org.jspecify.annotations.Nullable;
import org.sigkevent.events.Events;

/**
 * The episodes of overflow of a queue: one begins with the first refusal and ends with the next success, and is told once, by the
 * thread that was refused.
 */
final class OverflowEpisodes {
    private final Queue queue;
    private volatile Queue.@Nullable Overflowing hook;
    private volatile boolean going;

    OverflowEpisodes(Queue queue) {
        this.queue = queue;
    }

    /** Something was refused because the queue is full. */
    void refused() {
        if (queue.dying() || going) {
            return;
        }
        going = true;
        Events.overflow(queue.fd(), queue.limit());
        Queue.Overflowing told = hook;
        if (told != null) {
            told.refused();
        }
    }

    /** Something was accepted. */
    void accepted() {
        if (going) {
            going = false;
        }
    }

    /** Something was dropped, which is an episode of its own. */
    void dropped() {
        refused();
        going = false;
    }

    /** Says what is to happen from now on; null for nothing. */
    void tell(Queue.@Nullable Overflowing next) {
        Queue.Overflowing former;
        synchronized (this) {
            former = hook;
            hook = next;
        }
        if (former != null) {
            former.replaced();
        }
    }
}
