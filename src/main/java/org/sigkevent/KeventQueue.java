package org.sigkevent;

import java.lang.System.Logger.Level;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.aio.HeldRequests;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Queues;
import org.sigkevent.core.RingRecord;
import org.sigkevent.kinds.UserEvents;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Stack;
import org.sigkevent.sys.Unreachable;

/**
 * A kevent queue as an object: completions of timers, asynchronous I/O, message queues and every other call that can block
 * ({@link KeventEvent}), and records that the program posts itself, in one ring, taken by any number of threads.
 *
 * <pre>{@code
 * try (KeventQueue queue = KeventQueue.open(64);
 *         KeventTimer tick = queue.timer(Time.CLOCK_MONOTONIC, SigVal.of(1))) {
 *     tick.every(Duration.ofMillis(100));
 *     KeventRecord record = queue.take();
 * }
 * }</pre>
 *
 * <p>Errors are {@link KeventException}s with the errno; a thread that is interrupted while it waits gets an
 * {@link InterruptedException}. All methods may be called from any thread. A record that is taken was published after all
 * that it stands for: the thread that takes it sees the bytes of a read, and what another thread did before it posted.
 *
 * <p>A queue that is forgotten without {@link #close} is destroyed when it is collected.
 */
public final class KeventQueue implements AutoCloseable {
    private final Queue queue;

    /** What is offered, by all threads. */
    private final RingRecord user = new RingRecord();

    private final Cleaner.Cleanable forgotten;

    private KeventQueue(Queue queue) {
        this.queue = queue;
        user.id = Kevent.KEVENT_USER;
        this.forgotten = Unreachable.cleaner().register(this, () -> forget(queue));
    }

    private static void forget(Queue queue) {
        if (!queue.dead()) {
            System.getLogger("org.sigkevent")
                    .log(Level.WARNING, "destroying a queue that was forgotten without close: {0}", queue);
        }
        queue.abandon();
    }

    /**
     * Makes a queue.
     *
     * @param capacity the most events that can be outstanding at once, armed and unread together: 1 to 10,000,000
     * @return the queue
     * @throws KeventException EINVAL (capacity), EMFILE, ENFILE, ENOMEM, EAGAIN (the system gives no thread), ENOSYS (an engine was
     *     forced that this machine refuses: says why)
     */
    public static KeventQueue open(int capacity) {
        try {
            Stack.reserve();
        } catch (OutOfMemoryError noThread) {
            throw new KeventException(Errnos.EAGAIN, String.valueOf(noThread.getMessage()));
        }
        Queue queue = KeventException.of(() -> Queues.create(capacity));
        try {
            return new KeventQueue(queue);
        } catch (Throwable refused) {
            queue.abandon();
            throw refused;
        }
    }

    /**
     * The descriptor: what {@link SigEvent#sigev_notify_kqueue} and the calls of {@link Kevent} take.
     *
     * @return the descriptor
     */
    public int fd() {
        return queue.fd();
    }

    private static void check(SigVal cookie) {
        try {
            cookie.check();
        } catch (ErrnoException refused) {
            throw new KeventException(refused);
        }
    }

    /** Where records with this cookie go. */
    Destination target(SigVal cookie) {
        unlessClosed(false);
        check(cookie);
        return Destination.records(queue, cookie.bits(), cookie.object());
    }

    /**
     * Which engine serves this queue and why, and what serves each kind of event.
     *
     * @return what serves this queue
     */
    public KeventCapabilities capabilities() {
        return new KeventCapabilities(queue.engine());
    }

    /**
     * A sigevent that puts records with this cookie into this queue.
     *
     * @param cookie what its records carry; not null
     * @return a new sigevent
     */
    public SigEvent sigevent(SigVal cookie) {
        SigEvent event = SigEvent.kevent(fd(), Objects.requireNonNull(cookie, "cookie"));
        event.queue = queue;
        return event;
    }

    // ---- taking

    /**
     * Takes the oldest record, waiting for one. A thread that was woken and finds that others took everything goes on
     * waiting; one that leaves enough records behind wakes the next.
     *
     * @return a new record
     * @throws InterruptedException when the thread is interrupted; nothing was taken
     * @throws KeventException EBADF when the queue is closed, also while waiting
     */
    public KeventRecord take() throws InterruptedException {
        KeventRecord record = new KeventRecord();
        take(record);
        return record;
    }

    /**
     * {@link #take()} into a record of the caller's, without allocating.
     *
     * @param into where the record is copied to; not null
     * @throws InterruptedException when the thread is interrupted while it waits
     */
    public void take(KeventRecord into) throws InterruptedException {
        Objects.requireNonNull(into, "into");
        await(into, Long.MAX_VALUE);
    }

    /**
     * Takes the oldest record if there is one, also one that is complete but was not moved into the ring yet.
     *
     * @param into where the record is copied to; not null
     * @return whether there was one
     * @throws KeventException EBADF when the queue is closed
     */
    public boolean poll(KeventRecord into) {
        Stack.reserve();
        Objects.requireNonNull(into, "into");
        return unlessClosed(taken(into));
    }

    /**
     * The oldest record, or null when there is none.
     *
     * @return a new record, or null
     */
    public @Nullable KeventRecord poll() {
        KeventRecord record = new KeventRecord();
        return poll(record) ? record : null;
    }

    /**
     * Takes the oldest record, waiting for one at most {@code timeout} (on CLOCK_MONOTONIC, never less).
     *
     * @param into where the record is copied to; not null
     * @param timeout how long at most, on CLOCK_MONOTONIC; not above zero: do not wait
     * @return whether there was one
     * @throws InterruptedException when the thread is interrupted; nothing was taken
     * @throws KeventException EBADF when the queue is closed, also while waiting
     */
    public boolean poll(KeventRecord into, Duration timeout) throws InterruptedException {
        Objects.requireNonNull(into, "into");
        long nanos = saturated(Objects.requireNonNull(timeout, "timeout"));
        if (nanos <= 0) {
            return poll(into);
        }
        return await(into, Kevent.after(nanos));
    }

    /**
     * The oldest record within {@code timeout}, or null.
     *
     * @param timeout how long at most, on CLOCK_MONOTONIC; not above zero: do not wait
     * @return a new record, or null
     * @throws InterruptedException when the thread is interrupted while it waits
     */
    public @Nullable KeventRecord poll(Duration timeout) throws InterruptedException {
        KeventRecord record = new KeventRecord();
        return poll(record, timeout) ? record : null;
    }

    private boolean await(KeventRecord into, long deadline) throws InterruptedException {
        Stack.reserve();
        for (; ; ) {
            int seen = queue.state();
            if (taken(into)) {
                queue.leftBehind();
                return true;
            }
            int rc = queue.await(seen, Linux.CLOCK_MONOTONIC, deadline, false, 0);
            checkWait(rc, "queue ");
            if (rc == -Errnos.ETIMEDOUT) {
                return taken(into);
            }
        }
    }

    private boolean taken(KeventRecord into) {
        if (queue.take(into, KeventRecord.INTO)) {
            return true;
        }
        queue.drive();
        return queue.take(into, KeventRecord.INTO);
    }

    private void checkWait(int rc, String what) throws InterruptedException {
        if (rc == -Errnos.EINTR) {
            throw new InterruptedException("interrupted while waiting for " + what + fd());
        }
        if (rc == -Errnos.EBADF) {
            throw closed();
        }
    }

    /** Whether something was done; when not, the queue may be closed. */
    boolean unlessClosed(boolean done) {
        if (!done && queue.dead()) {
            throw closed();
        }
        return done;
    }

    /**
     * Takes as many of the oldest records as are there and as {@code into} has room for; several at once cost little more than
     * one.
     *
     * @param into where the records are copied to, from the front; no element null
     * @return how many, 0 to the length of {@code into}
     * @throws KeventException EBADF when the queue is closed
     */
    public int poll(KeventRecord[] into) {
        Stack.reserve();
        for (KeventRecord one : Objects.requireNonNull(into, "into")) {
            Objects.requireNonNull(one, "into[]");
        }
        int n = takeMore(into, 0);
        if (n < into.length) {
            queue.drive();
            n = takeMore(into, n);
        }
        queue.leftBehind();
        unlessClosed(n > 0);
        return n;
    }

    private int takeMore(KeventRecord[] into, int taken) {
        int n = taken;
        for (int more = 1; more > 0 && n < into.length; n += more) {
            more = queue.take(into, n, KeventRecord.INTO);
        }
        return n;
    }

    /**
     * Takes up to {@code limit} records that are there and hands them to {@code consumer}, the same object each time. A
     * consumer that throws has taken its record; the rest stays.
     *
     * @param consumer gets each record, the same object each time
     * @param limit how many at most
     * @return how many
     * @throws KeventException EBADF when the queue is closed
     */
    public int drain(Consumer<? super KeventRecord> consumer, int limit) {
        Stack.reserve();
        Objects.requireNonNull(consumer, "consumer");
        KeventRecord record = new KeventRecord();
        queue.drive();
        int n = 0;
        try {
            while (n < limit && queue.take(record.raw())) {
                n++;
                consumer.accept(record.load());
            }
        } finally {
            queue.leftBehind();
        }
        unlessClosed(n > 0);
        return n;
    }

    // ---- posting

    /**
     * Posts a user record.
     *
     * @param cookie what its records carry; not null
     * @return false when the queue is full
     * @throws KeventException EBADF when the queue is closed, EINVAL (two members of the cookie are set)
     */
    public boolean offer(SigVal cookie) {
        Stack.reserve();
        check(Objects.requireNonNull(cookie, "cookie"));
        return unlessClosed(UserEvents.post(queue, user, cookie.bits(), cookie.object()));
    }

    /**
     * Posts a user record for each of the first {@code count} cookies, in one step.
     *
     * @param cookies what the records carry; no Java objects
     * @param count how many, 0 to the number of cookies
     * @return how many were posted, from the front; fewer when the queue is full
     * @throws KeventException EBADF when the queue is closed, EINVAL (count, or a cookie is a Java object) with nothing posted
     */
    public int offer(SigVal[] cookies, int count) {
        Stack.reserve();
        Objects.requireNonNull(cookies, "cookies");
        if (count < 0 || count > cookies.length) {
            throw new KeventException(Errnos.EINVAL, "count " + count + " is not in 0 to " + cookies.length);
        }
        for (int i = 0; i < count; i++) {
            check(Objects.requireNonNull(cookies[i], "cookies[]"));
            if (cookies[i].object() != null) {
                throw new KeventException(Errnos.EINVAL, "cookies[" + i + "] is a Java object: offer it by itself");
            }
        }
        RingRecord record = RingRecord.offered(Kevent.KEVENT_USER, 0, 0);
        long[] bits = record.cookies(count);
        for (int i = 0; i < count; i++) {
            bits[i] = cookies[i].bits();
        }
        int posted = queue.offerAll(record, bits, count);
        unlessClosed(posted > 0 || count == 0);
        return posted;
    }

    /**
     * Posts a user record, waiting for a free slot. The queue's only consumer that posts so waits for itself.
     *
     * @param cookie what its records carry; not null
     * @throws InterruptedException when the thread is interrupted; nothing was posted
     * @throws KeventException EBADF when the queue is closed, also while waiting
     */
    public void post(SigVal cookie) throws InterruptedException {
        Stack.reserve();
        while (!offer(cookie)) {
            checkWait(queue.awaitSpace(Long.MAX_VALUE), "a free slot of queue ");
        }
    }

    /**
     * Puts a record back that was taken, as the newest. It may exceed the queue's size, up to twice as many, and never waits.
     *
     * @param record the record; it is copied
     * @return false when the ring has no slot at all ({@link Kevent#kevent_submit})
     * @throws KeventException EBADF when the queue is closed
     */
    public boolean requeue(KeventRecord record) {
        Stack.reserve();
        return unlessClosed(KeventEvent.requeue(record).post(queue) == 0);
    }

    /**
     * Wakes up to {@code waiters} threads that wait in the C face; those in {@link #take} look and go on waiting.
     *
     * @param waiters how many at most; a negative number is 0
     */
    public void wake(int waiters) {
        Stack.reserve();
        queue.wake(Math.max(0, waiters));
    }

    /**
     * Starts a request that a factory method of {@link KeventEvent} made.
     *
     * @param request what a factory method of {@link KeventEvent} made
     * @throws KeventException EAGAIN (no free slot, or no helper thread), EBADF, and what the kind says
     */
    public void submit(KeventEvent request) {
        Stack.reserve();
        Objects.requireNonNull(request, "request");
        int rc = Submission.submit(queue, request, Kevent.KEVENT_NOWAIT, null);
        unlessClosed(rc == 0);
        KeventException.checked(rc);
    }

    /**
     * Ends a request; its record comes in any case. False when it was done already.
     *
     * @param request what a factory method of {@link KeventEvent} made
     * @return whether it was still going on
     */
    public boolean cancel(KeventEvent request) {
        Stack.reserve();
        Objects.requireNonNull(request, "request");
        int rc = Kevent.cancel(queue, request);
        if (rc < 0 && Errno.errno() != Errnos.ENOENT) {
            throw KeventException.ofErrno();
        }
        return rc == 0;
    }

    // ---- settings

    /**
     * Sets the number of records that a wait needs; for {@link #take} and {@link #poll} that wait it is how many must be there
     * before they are woken.
     *
     * @param records 1 to the capacity
     * @throws KeventException EINVAL (not in 1 to the capacity), EBUSY (somebody waits), EBADF
     */
    public void required(int records) {
        unlessClosed(false);
        KeventException.checked(Kevent.set(queue.require(records), queue, records, "records"));
    }

    /**
     * Sets how many reads and writes of files the queue may hold back, to submit them in one system call: see
     * {@link Kevent#KEVENT_CTL_BATCH}.
     *
     * @param requests 1 (none, as without this call) to the capacity
     * @throws KeventException EINVAL (not in 1 to the capacity), EBADF
     */
    public void batching(int requests) {
        unlessClosed(false);
        KeventException.checked(Kevent.set(HeldRequests.most(queue, requests), queue, requests, "requests"));
    }

    /**
     * Says whether a thread of the library drives the queue while no other thread does. Without this call it does so when something
     * is armed and the queue was not driven for 10 ms: see {@link Kevent#KEVENT_DRIVER_AUTO}.
     *
     * @param on true: whenever no thread waits for the queue; false: only as far as submitted requests need it to make progress
     */
    public void driver(boolean on) {
        unlessClosed(false);
        queue.driver(on ? Kevent.KEVENT_DRIVER_ON : Kevent.KEVENT_DRIVER_OFF);
    }

    /**
     * Says what happens when the queue refuses something because it is full; null for nothing.
     *
     * @param notification how; null for nothing
     * @throws KeventException EINVAL (the sigevent, or it names this queue), EAGAIN (its queue has no slot)
     */
    public void onOverflow(@Nullable SigEvent notification) {
        Stack.reserve();
        KeventException.checked(Kevent.onOverflow(queue, notification));
    }

    /**
     * The queue's figures, now.
     *
     * @return a new snapshot
     */
    public KeventStats stats() {
        return new KeventStats().load(queue);
    }

    /**
     * The state of the queue in several lines of text, for a log or a bug report: its engine and why that one, slots, records,
     * waiters and who of them leads, deadlines, what is in flight and what lives in it. Takes nothing and changes nothing; also
     * works on a closed queue. The lines are for people and may change.
     *
     * @return several lines of text
     */
    public String dump() {
        return queue.dump();
    }

    // ---- sources

    /**
     * Makes a timer that expires into this queue.
     *
     * @param clockId one of the CLOCK_ constants of {@link Time}
     * @param cookie what its records carry; not null
     * @return the timer, disarmed
     * @throws KeventException EINVAL, ENOTSUP (clockId), EAGAIN (no free slot), EBADF (the queue is closed)
     */
    public KeventTimer timer(int clockId, SigVal cookie) {
        Stack.reserve();
        return new KeventTimer(this, clockId, Objects.requireNonNull(cookie, "cookie"));
    }

    /**
     * Ends the queue: threads that wait get EBADF, requests in flight are cancelled and waited for as {@link Kevent#kevent_destroy}
     * says. If the thread is interrupted meanwhile, the library finishes by itself and the interrupt status stays set. Closing twice does nothing.
     */
    @Override
    public void close() {
        Stack.reserve();
        if (queue.destroy() == -Errnos.EINTR) {
            Thread.currentThread().interrupt();
        }
        forgotten.clean();
    }

    private KeventException closed() {
        return new KeventException(Errnos.EBADF, "queue " + fd() + " is closed");
    }

    static long saturated(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException tooLong) {
            return duration.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    @Override
    public String toString() {
        return queue.toString();
    }
}
