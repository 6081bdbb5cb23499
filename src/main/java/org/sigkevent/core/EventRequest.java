package org.sigkevent.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.BlockingHelpers;
import org.sigkevent.events.Events;
import org.sigkevent.sys.AdaptiveSpinLock;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Fields;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.IntrusiveList;
import org.sigkevent.sys.Link;

/**
 * A request that was submitted to a queue by itself, not through a sigevent, and that ends in exactly one record: with its
 * result, or cancelled. Each kind is a subclass; it says how the waiting begins and how it is ended.
 *
 * <p><b>States.</b> New, armed, done. Who brings it from armed to done by a compare-and-set owns its end: {@link #complete} posts
 * the record, a {@link #start} that fails gives the slot back. So a completion and a cancellation that meet make one record.
 *
 * <p><b>Starting.</b> What can fail comes first: the queue's list, this thread's outgoing record, a slot. Then it is armed, listed
 * and begun, in this order, because its end can come before {@link #begin} has returned. Whatever {@code begin} refuses with or
 * throws, it is off the list, without slot, and has let go of what it held.
 *
 * <p>A queue that is destroyed ends its requests: they stand in a list that neither adding nor removing allocates for.
 */
public abstract class EventRequest extends Source {
    private static final int NEW = 0;
    private static final int ARMED = 1;
    private static final int DONE = 2;
    private static final VarHandle STATE = Fields.handle(MethodHandles.lookup(), "state", int.class);

    protected final Queue queue;
    protected final int id;
    protected int descriptor;
    private final long cookie;
    private @Nullable Object object;
    private volatile int state = NEW;
    private long submittedAt;
    private final Link<EventRequest> place = new Link<>(this);

    /** Where it is listed; set before it is armed. */
    @SuppressWarnings("NullAway.Init")
    private Live live;

    protected EventRequest(Queue queue, int id, int descriptor, long cookie, @Nullable Object object, boolean repeats) {
        super(repeats);
        this.queue = queue;
        this.id = id;
        this.descriptor = descriptor;
        this.cookie = cookie;
        this.object = object;
    }

    /**
     * Starts it.
     *
     * @return 0: a record will come, or is there already; or an errno negated with nothing done: -EAGAIN (no free slot),
     *     -EBADF, -EINVAL and what the kind says
     * @throws ErrnoException the same where there are words for it; EAGAIN when no helper thread is free
     */
    public final int start() {
        Live list = queue.member(Live.class, Live::new);
        if (list == null) {
            return -Errnos.EBADF;
        }
        RingRecord.prepareOutgoing();
        if (!queue.reserve(1)) {
            return queue.dead() ? -Errnos.EBADF : -Errnos.EAGAIN;
        }
        int rc = -Errnos.EAGAIN;
        try {
            submittedAt = Events.submitted();
            live = list;
            state = ARMED;
            list.add(place);
            rc = begin();
        } finally {
            if (rc < 0) {
                notBegun(list);
            }
        }
        if (rc == -Errnos.EAGAIN) {
            // said in words, so that who waits for a slot does not wait for this
            throw new ErrnoException(
                    Errnos.EAGAIN,
                    "no helper thread is free for the request (sigkevent.helpers.blocking), or the kernel has no room for"
                            + " it");
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
            list.remove(place);
        } finally {
            try {
                queue.release(1);
            } finally {
                released();
            }
        }
    }

    @Override
    protected final long submittedAt() {
        return submittedAt;
    }

    /** Begins to wait, or completes at once: 0, or an errno negated (or an ErrnoException) with nothing done. */
    protected abstract int begin();

    /** Has the waiting end: what waited then completes with -ECANCELED or with its result. */
    protected abstract void stop();

    /** Ends it: 0 when its record comes now or is there, -ENOENT when it was done before. */
    public final int cancel() {
        if (state != ARMED) {
            return -Errnos.ENOENT;
        }
        stop();
        return 0;
    }

    /** It is done: posts the record, unless it was done before. {@code result} is an errno negated when it is negative. */
    protected final void complete(long result, long data0, long data1) {
        int error = result < 0 ? (int) -result : 0;
        complete(error != 0 ? -1 : result, data0, data1, error);
    }

    /** As above, for a result that may be negative by itself. */
    protected final void complete(long result, long data0, long data1, int error) {
        if (STATE.compareAndSet(this, ARMED, DONE)) {
            try {
                live.remove(place);
                released();
            } finally {
                post(result, data0, data1, error);
            }
        }
    }

    /** Posts a record without being done: a source that repeats. A negative result is an errno negated. */
    protected final void post(long result, long data0, long data1) {
        int error = result < 0 ? (int) -result : 0;
        post(error != 0 ? -1 : result, data0, data1, error);
    }

    /** As above, for a result that may be negative by itself. */
    protected final void post(long result, long data0, long data1, int error) {
        RingRecord record = RingRecord.outgoing(id, descriptor, cookie);
        record.result = result;
        record.error = error;
        record.data0 = data0;
        record.data1 = data1;
        record.timeNanos = Clocks.monotonic();
        queue.post(this, record);
    }

    protected final boolean armed() {
        return state == ARMED;
    }

    /** Lets go of what it held for the waiting: before the record is posted, and when it could not begin. */
    protected void released() {}

    @Override
    protected boolean taken(RingRecord record) {
        record.object = object;
        object = null;
        return true;
    }

    /** The object stays with a source that repeats. */
    protected final void giveObject(RingRecord record) {
        record.object = object;
    }

    /**
     * An operation of the engine behind a request. Where the engine cannot do it, a helper thread makes the system call; if a
     * descriptor tells when it would not block ({@link #awaitFirst}), only then, so that what waits holds no thread.
     */
    protected abstract static class Operation extends Request {
        private final EventRequest owner;
        private int readiness;
        private int readyFd;
        private volatile BlockingHelpers.@Nullable Task helper;
        private volatile boolean stopped;
        private @Nullable FileId meant;
        private @Nullable FileId seen;
        private int number;

        /** Made before the poll that it waits for, because in the reaping thread nothing may fail. */
        private BlockingHelpers.@Nullable Task afterPoll;

        protected Operation(EventRequest owner, int code) {
            this.owner = owner;
            this.code = code;
        }

        /** Whether the engine does it. */
        public final boolean supported() {
            return owner.queue.supports(code);
        }

        /** It is for what is open under {@code descriptor} now, whatever the number means later: 0, or -EBADF. */
        public final int means(int descriptor) {
            FileId file = new FileId();
            int rc = file.load(descriptor);
            if (rc == 0) {
                seen = new FileId();
                meant = file;
                number = descriptor;
            }
            return rc;
        }

        @Override
        public final boolean sameFile() {
            FileId now = seen;
            FileId then = meant;
            return now == null || then == null || now.load(number) == 0 && now.same(then);
        }

        @Override
        protected final int beforeArmingAgain() {
            return sameFile() ? 0 : -Errnos.ECANCELED;
        }

        /** The poll(2) events of a descriptor to wait for before a helper is asked. */
        public final void awaitFirst(int fd, int events) {
            readyFd = fd;
            readiness = events;
        }

        /** Hands it over: 0 or an errno negated. */
        public final int begin(boolean inKeeper) {
            if (supported()) {
                readiness = 0;
                return inKeeper ? owner.queue.armInDriver(this) : owner.queue.arm(this);
            }
            if (readiness == 0) {
                return help(new Help());
            }
            afterPoll = new Help();
            code = POLL;
            fd = readyFd;
            flags = readiness;
            return owner.queue.arm(this);
        }

        /** Hands it over once more, after it has ended: 0 or an errno negated. */
        public final int beginAgain() {
            renew();
            int rc = begin(false);
            if (rc == 0 && stopped) { // it was stopped while it was nowhere; pairs with stop()
                owner.queue.cancel(this);
            }
            return rc;
        }

        private final class Help extends BlockingHelpers.Task {
            @Override
            protected long attempt() {
                return blocking();
            }

            @Override
            protected void finished(long result) {
                ended((int) result);
            }
        }

        private int help(BlockingHelpers.Task task) {
            helper = task; // before the look at stopped; pairs with stop()
            if (stopped) {
                task.cancel();
            }
            return BlockingHelpers.start(task);
        }

        public final void stop() {
            stopped = true;
            BlockingHelpers.Task running = helper;
            if (running != null) {
                running.cancel();
            } else {
                owner.queue.cancel(this);
            }
        }

        @Override
        protected final void finished(int result) {
            BlockingHelpers.Task task = afterPoll;
            if (task == null || result < 0) {
                ended(result);
                return;
            }
            int rc = help(task);
            if (rc < 0) {
                ended(rc);
            }
        }

        /** The same as a blocking system call: its result, or the errno negated. */
        protected long blocking() {
            return -Errnos.ENOSYS;
        }

        /** It is over, with this result. */
        protected abstract void ended(int result);
    }

    /** The live requests of a queue. */
    private static final class Live implements Member {
        private final AdaptiveSpinLock lock = new AdaptiveSpinLock();
        private final IntrusiveList<EventRequest> requests = new IntrusiveList<>();

        Live(Queue queue) {}

        void add(Link<EventRequest> place) {
            lock.lock();
            try {
                requests.addLast(place);
                lock.publish();
            } finally {
                lock.held = 0;
            }
        }

        void remove(Link<EventRequest> place) {
            lock.lock();
            try {
                requests.remove(place);
                lock.publish();
            } finally {
                lock.held = 0;
            }
        }

        private @Nullable EventRequest next() {
            lock.lock();
            try {
                EventRequest first = requests.pollFirst();
                lock.publish();
                return first;
            } finally {
                lock.held = 0;
            }
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
    }
}
