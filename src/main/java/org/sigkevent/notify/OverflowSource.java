package org.sigkevent.notify;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.OverflowEpisodes;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.core.Source;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;

/**
 * The notification that a queue refused something because it was full. It owns a slot of the queue that it reports into; an
 * episode that begins before the record of the last one was taken is not reported a second time.
 */
public final class OverflowSource extends Source implements OverflowEpisodes.Listener {
    private final int full;
    private final Destination target;
    private boolean unread;
    private boolean slotHeld = true;

    private OverflowSource(Queue full, Destination target) {
        super(true);
        this.full = full.fd();
        this.target = target;
    }

    /**
     * Has {@code queue} report its overflows to {@code target}; null for not at all.
     *
     * @throws ErrnoException EINVAL when that is the queue itself, EAGAIN when the target's queue has no free slot
     */
    public static void set(Queue queue, @Nullable Destination target) {
        if (target == null || target.silent) {
            queue.onOverflow(null);
            return;
        }
        if (target.queue == queue) {
            throw ErrnoException.invalid("a queue cannot report its overflow into itself");
        }
        OverflowSource overflow = new OverflowSource(queue, target);
        if (!target.queue.reserve(1)) {
            throw new ErrnoException(
                    Errnos.EAGAIN, "no slot is free in the queue that the overflow is to be reported to");
        }
        try {
            queue.onOverflow(overflow);
        } catch (Throwable thrown) {
            overflow.replaced();
            throw thrown;
        }
    }

    @Override
    public synchronized void refused() {
        if (!unread && slotHeld) {
            RingRecord record = RingRecord.outgoing(Kinds.KEVENT_OVERFLOW, full, target.cookie);
            unread = true;
            record.timeNanos = System.nanoTime();
            target.queue.post(this, record);
        }
    }

    @Override
    public synchronized void replaced() {
        if (slotHeld) {
            slotHeld = false;
            try {
                target.queue.withdraw(this);
            } finally {
                target.queue.release(1);
            }
        }
    }

    @Override
    protected synchronized boolean taken(RingRecord record) {
        unread = false;
        record.object = target.object;
        return true;
    }
}
