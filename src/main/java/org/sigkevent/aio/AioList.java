package org.sigkevent.aio;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Errnos;

/**
 * What the requests of one lio_listio have in common: how many are unfinished, whether one failed, and who is told at the
 * end: a thread (LIO_WAIT) or a record. One count more than there are requests belongs to the thread that starts them, which keeps it
 * while it waits. Objects are used again: a list goes back to the pool with the last count, or with its record if it has one.
 */
final class AioList extends Awaited {
    /** In data[0] of the record that ends a list, where the record of a request has its operation. */
    static final long LIST = -1;

    private static final AtomicIntegerFieldUpdater<AioList> PENDING =
            AtomicIntegerFieldUpdater.newUpdater(AioList.class, "pending");
    private static final int MOST_POOLED = 64;
    private static final AioList[] POOL = new AioList[MOST_POOLED];
    private static int pooled;

    /** Unfinished requests, and one for the thread that started them. */
    private volatile int pending;

    /** Whether a request has failed. */
    volatile boolean failed;

    private int elements;

    /** Who gets the record; null for a thread that waits. */
    private @Nullable Destination target;

    private AioList() {}

    /** A list of {@code elements} requests that {@code target} is told of (null: that the calling thread waits for). */
    static AioList take(int elements, @Nullable Destination target) {
        AioList list = null;
        synchronized (POOL) {
            if (pooled > 0) {
                list = POOL[--pooled];
            }
        }
        if (list == null) {
            list = new AioList();
        }
        list.elements = elements;
        list.target = target;
        list.failed = false;
        list.pending = elements + 1;
        return list;
    }

    void give() {
        target = null;
        synchronized (POOL) {
            if (pooled < MOST_POOLED) {
                POOL[pooled++] = this;
            }
        }
    }

    /** One of its requests is done, its own record posted; or the thread that started them does not wait (any more). */
    void done(boolean failure) {
        if (failure) {
            failed = true;
        }
        int left = PENDING.getAndAdd(this, -1) - 1;
        if (left == 1 && waiting != null) {
            // whoever waits may have seen the end already and let the list go: then others are woken for nothing
            wake();
        } else if (left == 0) {
            end();
        }
    }

    private void end() {
        Destination told = target;
        if (told == null || told.queue.dead()) {
            give();
            return;
        }
        RingRecord record = RingRecord.outgoing(Kinds.KEVENT_AIO, -1, told.cookie);
        record.result = elements;
        record.error = failed ? Errnos.EIO : 0;
        record.data0 = LIST;
        record.timeNanos = System.nanoTime();
        told.queue.post(this, record);
    }

    /** For the thread that started them: whether all requests are done. */
    boolean finished() {
        return pending == 1;
    }

    @Override
    protected boolean taken(RingRecord record) {
        Destination told = target;
        record.object = told == null ? null : told.object;
        give();
        return true;
    }

    @Override
    protected void abandoned() {
        give();
    }
}
