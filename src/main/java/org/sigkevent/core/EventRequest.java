package org.sigkevent.core;

import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.BlockingHelpers;
import org.sigkevent.events.Events;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;

/**
 * A request that was submitted to a queue by itself, not through a sigevent, and that ends in exactly one record: with its
 * result, or cancelled. Each kind is a subclass; it says how the waiting begins and how it is ended.
 *
 * <p><b>States.</b> New, armed, done. Who brings it from armed to done by a compare-and-set owns its end: {@link #complete} posts
 * the record, a {@link #start} that fails gives the slot back. So a completion and a cancellation that meet make one record.
 *
 * <p><b>Starting.</b> What is wrong by itself is refused before anything else ({@link #check}), also when the queue is full. Then comes
 * what can fail: the queue's list, this thread's outgoing record, a slot. Then it is armed, listed
 * and begun, in this order, because its end can come before {@link #begin} has returned. Whatever {@code begin} refuses with or
 * throws, or the list that has to grow, it is off the list, without slot, and has let go of what it held.
 *
 * <p>A queue that is destroyed ends the requests in its list.
 */
public abstract class EventRequest extends Deadline implements BlockingHelpers.Call {
    /** From {@link #start}: no helper thread is free, or the kernel has no room; nothing was done. */
    public static final int NO_HELPER = Integer.MIN_VALUE;

    private static final int NEW = 0;
    private static final int ARMED = 1;
    private static final int DONE = 2;
    private static final AtomicIntegerFieldUpdater<EventRequest> STATE =
            AtomicIntegerFieldUpdater.newUpdater(EventRequest.class, "state");

    protected final Queue queue;
    protected final int id;
    protected int descriptor;

    /** A descriptor of the request's own, which is closed when the waiting is over; negative when there is none. */
    protected int own = -1;

    private final long cookie;
    private @Nullable Object object;
    private volatile int state = NEW;
    private long submittedAt;

    /** {@link #stamp} of the record that says how it ended; written before that is posted. */
    private int lastStamp;

    /** Where it is listed; set before it is armed. */
    @SuppressWarnings("NullAway.Init")
    private Live live;

    /** Its place there, or -1; guarded by the list's monitor. */
    private int place = -1;

    protected EventRequest(Destination to, int id, int descriptor, boolean repeats) {
        super(repeats);
        this.queue = to.queue;
        this.id = id;
        this.descriptor = descriptor;
        this.cookie = to.cookie;
        this.object = to.object;
    }

    /**
     * Starts it.
     *
     * @return 0: a record will come, or is there already; or an errno negated with nothing done: -EAGAIN (no free slot),
     *     -EBADF (the queue is dead), {@link #NO_HELPER}
     * @throws ErrnoException with nothing done: what the kind refuses, in words
     */
    public final int start() {
        check();
        Live list = queue.member(Live.class, Live::new);
        if (list == null) {
            return -Errnos.EBADF;
        }
        RingRecord.prepareOutgoing();
        if (!queue.reserve(1)) {
            checkWhenFull();
            return queue.dead() ? -Errnos.EBADF : -Errnos.EAGAIN;
        }
        int rc = -Errnos.EAGAIN;
        try {
            submittedAt = Events.submitted();
            live = list;
            state = ARMED;
            list.add(this);
            rc = begin();
        } finally {
            if (rc < 0) {
                notBegun(list);
            }
        }
        if (rc == -Errnos.EAGAIN) {
            return NO_HELPER;
        }
        if (rc < 0 && !queue.dead()) {
            String why = because(-rc);
            throw ErrnoException.of(-rc, why.isEmpty() ? asked() : asked() + " (" + why + ")");
        }
        if (rc >= 0 && queue.dead()) {
            stop();
        }
        return rc;
    }

    /** Nothing is done, unless it was completed before {@code begin} failed: then its record is there. */
    private void notBegun(Live list) {
        if (!STATE.compareAndSet(this, ARMED, DONE) && state == DONE) {
            return;
        }
        object = null;
        try {
            list.remove(this);
        } finally {
            try {
                queue.release(1);
            } finally {
                released();
            }
        }
    }

    /** Not for the kinds that are never armed. */
    @Override
    protected void due(long nanos) {
        throw new IllegalStateException(this + " is due and has no time");
    }

    /** A call for a helper thread of those that the queue may use. */
    protected final BlockingHelpers.Task helperTask() {
        return new BlockingHelpers.Task(this, live.helpers);
    }

    /** The same for one that comes back within milliseconds, and for which the queue needs none of its own. */
    protected final BlockingHelpers.Task briefTask() {
        return BlockingHelpers.Task.brief(this, live.helpers);
    }

    /** Refuses arguments that are wrong whatever the kernel says: an ErrnoException that names the argument and what is allowed. */
    protected void check() {}

    /** As {@link #check}, for what {@link #begin} refuses by itself, if it comes to that. */
    protected void checkWhenFull() {}

    /** What was asked, with the names and values of its arguments. */
    protected abstract String asked();

    /** What an errno means here, where that is more than its text; "" where not. */
    protected String because(int errno) {
        return "";
    }

    /** Begins to wait, or completes at once: 0, or an errno negated (or an ErrnoException) with nothing done. */
    protected abstract int begin();

    /** Has the waiting end: what waited then completes with -ECANCELED or with its result. */
    protected abstract void stop();

    /** Whether it was made for this queue. */
    public final boolean isOf(Queue which) {
        return queue == which;
    }

    /** Ends it: 0 when its record comes now, -ENOENT when it is done. */
    public final int cancel() {
        if (state != ARMED) {
            return -Errnos.ENOENT;
        }
        RingRecord.prepareOutgoing();
        stop();
        return 0;
    }

    /** It is done: posts the record, unless it was done before. {@code result} is an errno negated when it is negative. */
    protected final void complete(long result, long data0, long data1) {
        complete(Math.max(-1, result), data0, data1, (int) Math.max(0, -result));
    }

    /** As above, for a result that may be negative by itself. */
    protected final void complete(long result, long data0, long data1, int error) {
        if (STATE.compareAndSet(this, ARMED, DONE)) {
            try {
                live.remove(this);
                released();
            } finally {
                // nobody else posts for it
                lastStamp = stamp() + 1;
                post(result, data0, data1, error);
            }
        }
    }

    /** Posts a record without being done: a source that repeats. A negative result is an errno negated. */
    protected final void post(long result, long data0, long data1) {
        post(Math.max(-1, result), data0, data1, (int) Math.max(0, -result));
    }

    /** As above, for a result that may be negative by itself. */
    protected final void post(long result, long data0, long data1, int error) {
        RingRecord record = RingRecord.outgoing(id, descriptor, cookie);
        record.result = result;
        record.error = error;
        record.data0 = data0;
        record.data1 = data1;
        record.timeNanos = System.nanoTime();
        record.submittedAt = submittedAt;
        queue.post(this, record);
    }

    /** Lets go of what it held for the waiting: before the record is posted, and when it could not begin. */
    protected void released() {
        int closed = own;
        if (closed >= 0) {
            own = -1;
            closeOwn(closed);
        }
    }

    /** Says that something was taken from the kernel as the queue was destroyed, that nobody was told of it, and why it is not put back. */
    protected final void lost(String what, int errno) {
        System.getLogger("org.sigkevent")
                .log(
                        Level.WARNING,
                        "queue {0} was destroyed before anybody was told of {1}, which cannot be put back: {2}",
                        "" + queue.fd(),
                        what,
                        Errnos.name(errno));
    }

    /** Closes the descriptor of its own. */
    protected void closeOwn(int fd) {
        Linux.close(fd);
    }

    @Override
    protected boolean taken(RingRecord record) {
        record.object = object;
        object = null;
        return true;
    }

    /** Whether a record of one that repeats says how it ended. Its bytes do not tell: other processes may have written to them. */
    protected final boolean isLast(RingRecord record) {
        return record.stamp == lastStamp;
    }

    /** The object stays with a source that repeats. */
    protected final void giveObject(RingRecord record) {
        record.object = object;
    }

    @Override
    public final void prepare() {
        RingRecord.prepareThread();
    }

    @Override
    public long blocking() {
        return -Errnos.ENOSYS;
    }

    /** The waiting is over, with this result; the default makes the record of it alone. */
    @Override
    public void ended(long result) {
        complete(result, 0, 0);
    }

    /** The live requests of a queue, in no order. No other lock is taken under its monitor. */
    private static final class Live implements Member {
        final BlockingHelpers.Share helpers = new BlockingHelpers.Share();
        private @Nullable EventRequest[] requests = new EventRequest[16];
        private int count;

        Live(Queue queue) {}

        /** May need memory; throws with nothing changed. */
        synchronized void add(EventRequest request) {
            if (count == requests.length) {
                requests = Arrays.copyOf(requests, 2 * count);
            }
            request.place = count;
            requests[count++] = request;
        }

        /** The last one comes to its place. */
        synchronized void remove(EventRequest request) {
            int free = request.place;
            if (free >= 0) {
                EventRequest last = requests[--count];
                requests[free] = last;
                last.place = free;
                requests[count] = null;
                request.place = -1;
            }
        }

        private synchronized @Nullable EventRequest next() {
            EventRequest last = count == 0 ? null : requests[count - 1];
            if (last != null) {
                remove(last);
            }
            return last;
        }

        @Override
        public void onClosing() {
            for (EventRequest request = next(); request != null; request = next()) {
                try {
                    request.stop();
                } catch (OutOfMemoryError | StackOverflowError ofThisMoment) {
                    // once more: one that nobody ends is waited for without end
                    request.stop();
                }
            }
        }

        @Override
        public boolean isIdle() {
            return helpers.isIdle();
        }
    }
}
