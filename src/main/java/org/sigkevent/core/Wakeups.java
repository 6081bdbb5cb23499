package org.sigkevent.core;

import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.Engine;

/**
 * Tells waiters of records that were published: first those of this process, then, if there are records left for them, those of
 * others.
 *
 * <p><b>Batches.</b> Records of completions that are handled together are announced together: one fence and one look at the waiters
 * for up to {@value #TOGETHER} of them. The batch is guarded by the engine's reaping right; whoever else reads {@link #thread}
 * finds that it is not its own.
 *
 * <p><b>Waiters of other processes</b> may be killed after they were woken. So while records are unread and such waiters sleep, the
 * keeper looks every 10 ms whether any was taken since, and if not wakes all of them.
 */
final class Wakeups implements Engine.Batches {
    private static final int TOGETHER = 32;

    private final Queue queue;

    // under the engine's reaping right
    private @Nullable Thread thread;
    private int records;

    private volatile boolean watching;
    private long takenUpTo;

    Wakeups(Queue queue) {
        this.queue = queue;
    }

    @Override
    public void begins() {
        thread = Thread.currentThread();
    }

    @Override
    public void ended() {
        thread = null;
        announceBatch();
    }

    private void announceBatch() {
        int n = records;
        if (n > 0) {
            records = 0;
            announce(n);
        }
    }

    /** The calling thread has published a record. */
    void published() {
        if (thread != Thread.currentThread()) {
            announce(1);
        } else if (++records == TOGETHER) {
            announceBatch();
        }
    }

    /** {@code events} records were published. */
    void announce(int events) {
        VarHandle.fullFence(); // the records and the ring state before the look at the waiters; pairs with
        // WaitRoom.enter
        int woken = queue.room().posted(events);
        Ring ring = queue.ring();
        if (ring.foreignWaiters()) {
            if (woken < events) {
                ring.wakeForeign(events - woken);
            }
            if (!watching) { // who was woken here may leave without a record
                watching = true;
                Driver.instance().attend(queue);
            }
        }
        if (ring.broken()) {
            queue.room().closeDoors();
        }
        PollDescriptor polled = queue.pollDescriptor();
        if (polled != null) {
            polled.posted();
        }
    }

    /** Whether the keeper is to look after waiters of other processes. */
    boolean watching() {
        return watching;
    }

    /** For the keeper, every 10 ms: true when it is to look again. */
    boolean watch() {
        if (!watching) {
            return false;
        }
        Ring ring = queue.ring();
        int unread = ring.unread();
        if (unread == 0 || !ring.foreignWaiters()) {
            watching = false;
            return ring.unread() > 0 && ring.foreignWaiters() && (watching = true); // one that came meanwhile
        }
        long taken = ring.posted() - unread;
        if (taken == takenUpTo) {
            ring.wakeForeign(Integer.MAX_VALUE);
        }
        takenUpTo = taken;
        return true;
    }
}
