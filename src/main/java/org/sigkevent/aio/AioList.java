package org.sigkevent.aio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Clocks;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.RingRecord;
import org.sigkevent.core.Source;
import org.sigkevent.core.Waiter;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Fields;

/**
 * What the requests of one lio_listio have in common: how many are unfinished, whether one failed, and who is told at the
 * end: a thread (LIO_WAIT), a record, or nobody. One count more than there are requests is held while they are started. Objects are
 * used again: a list goes back to the pool with its record taken, or when the thread that waits has left, or (with neither) when the
 * last request is done.
 */
final class AioList extends Source {
    /** In data[0] of the record that ends a list, where the record of a request has its operation. */
    static final long LIST = -1;

    private static final VarHandle PENDING = Fields.handle(MethodHandles.lookup(), "pending", int.class);
    private static final int MOST_POOLED = 64;
    private static final AioList[] POOL = new AioList[MOST_POOLED];
    private static int pooled;

    /** Unfinished requests, and one while they are started. */
    @SuppressWarnings("UnusedVariable") // read by PENDING
    private volatile int pending;

    private volatile boolean failed;
    private int elements;
    private @Nullable Destination target;

    /** A thread waits, or has given up waiting; guarded by the waiters' lock. */
    private boolean awaited;

    private volatile boolean finished;

    /** Guarded by the waiters' lock. */
    @Nullable
    Waiter waiter;

    private AioList() {
        super(false);
    }

    /** A list of {@code elements} requests that {@code target} is told of (null for nobody), or that a thread waits for. */
    static AioList take(int elements, boolean awaited, @Nullable Destination target) {
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
        list.awaited = awaited;
        list.failed = false;
        list.finished = false;
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

    /** One of its requests is done, its own record posted; or all are started. */
    void done(boolean failure) {
        if (failure) {
            failed = true;
        }
        if ((int) PENDING.getAndAdd(this, -1) > 1) {
            return;
        }
        Destination told = target;
        if (told == null) {
            Suspend.finish(this);
        } else if (told.queue.dead()) {
            give();
        } else {
            RingRecord record = RingRecord.outgoing(Kinds.KEVENT_AIO, -1, told.cookie);
            record.result = elements;
            record.error = failed ? Errnos.EIO : 0;
            record.data0 = LIST;
            record.timeNanos = Clocks.monotonic();
            told.queue.post(this, record);
        }
    }

    /** Nothing refers to the list any more but the thread that waits; under the waiters' lock. */
    void markFinished() {
        if (awaited) {
            finished = true;
        } else {
            give();
        }
    }

    boolean finished() {
        return finished;
    }

    boolean failed() {
        return failed;
    }

    /** The thread that waited leaves before the end; false when the end has come. Under the waiters' lock. */
    boolean orphan() {
        if (finished) {
            return false;
        }
        awaited = false;
        return true;
    }

    @Override
    protected boolean taken(RingRecord record) {
        record.object = Objects.requireNonNull(target).object;
        give();
        return true;
    }

    @Override
    protected void abandoned() {
        give();
    }
}
