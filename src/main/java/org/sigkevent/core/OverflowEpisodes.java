package org.sigkevent.core;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.sigkevent.events.Events;

/**
 * The episodes of overflow of a queue: one begins with the first refusal and ends with the next success, and is told once, by the
 * thread that was refused.
 */
public final class OverflowEpisodes {
    /** What is to happen when the queue refuses something because it is full. */
    public interface Listener {
        /** Once per episode, by the thread that was refused. */
        void refused();

        /** Something else is to happen from now on, or the queue is destroyed. */
        void replaced();
    }

    private final Ring ring;
    private final AtomicBoolean going = new AtomicBoolean();
    private volatile @Nullable Listener listener;

    OverflowEpisodes(Ring ring) {
        this.ring = ring;
    }

    /** Something was refused because the queue is full. */
    void refused() {
        // of several that are refused at a time one begins it
        if (ring.closing || going.get() || !going.compareAndSet(false, true)) {
            return;
        }
        Events.overflow(ring.fd(), ring.limit());
        Listener told = listener;
        if (told != null) {
            told.refused();
        }
    }

    /** Something was dropped, which is an episode of its own. */
    void dropped() {
        refused();
        accepted();
    }

    /** Something was accepted: an episode is over. */
    void accepted() {
        if (going.get()) {
            going.set(false);
        }
    }

    /** Says what is to happen from now on; null for nothing. */
    void tell(@Nullable Listener next) {
        Listener former;
        synchronized (this) {
            former = listener;
            listener = next;
        }
        if (former != null) {
            former.replaced();
        }
    }
}
