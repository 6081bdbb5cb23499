package org.sigkevent.core;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.Engine;
import org.sigkevent.engine.Engines;
import org.sigkevent.events.Events;
import org.sigkevent.events.Events.WaitEvent;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Scratch;

/**
 * A kevent queue: wires a {@link Ring} of records, the {@link Engine} that carries its operations to the kernel, the
 * {@link Deadlines} of its timers, the {@link WaitRoom} of its waiters, the {@link Wakeups} that tell them and the {@link Upkeep} by
 * the driver. None of these asks the queue.
 *
 * <p><b>Who does the work.</b> Those who call in: {@link #drive} reaps what is complete and fires what is due; a waiter does so
 * while it waits; when nobody has for 10 ms and something is armed, the {@link Driver}. So the ring fills by itself.
 *
 * <p><b>Locks</b>, from the outside in: the engine's reaping right, a source's own lock, the deadlines' lock, the wait room's
 * lock, the engine's submission lock (the leader is woken through it), the ring's lock. A thread takes them in this order only. The
 * ring's is held for a few instructions, and nothing is called under it that could take another.
 *
 * <p><b>Complete, then notify.</b> What a record stands for (a result, an errno, a buffer's bytes) is final before
 * {@link #post} is called; the record is published before any waiter is woken.
 *
 * <p><b>Destroying</b>: see {@link Closing}. Mappings stay until they cannot be reached.
 */
public final class Queue implements Records {
    private static final long LOOK_NANOS = 50_000;

    final Ring ring;
    private final Engine engine;
    private final Members members;
    private final Driver.Attendance driver;
    private final Submitter submitter;
    private final Deadlines deadlines;
    private final WaitRoom room;
    private final FreeSlots space;
    private final Wakeups wakeups;
    private final Upkeep upkeep;
    private final OverflowEpisodes overflows;
    private final Closing closing;

    /** What is held back. */
    public final Holding holding;

    private final AtomicLong overruns = new AtomicLong();
    private @Nullable Object face;

    /** When the ring's reader looked at the engine last; those who read at once may look more than once. */
    private volatile long lookedAt = System.nanoTime();

    final Identity identity;

    Queue(Ring ring, Engine engine, Clocks clocks, Consumer<Queue> ended) {
        this.ring = ring;
        this.engine = engine;
        members = new Members(ring);
        identity = new Identity(ring.fd());
        driver = new Driver.Attendance(Driver.instance());
        submitter = new Submitter(engine, ring, driver);
        deadlines = new Deadlines(clocks, submitter, members, driver);
        room = new WaitRoom(ring, engine, deadlines, driver);
        space = new FreeSlots(ring);
        wakeups = new Wakeups(ring, room, driver);
        ring.foreign.serves(new ForeignAsks(ring, wakeups)::serve, driver::needed);
        overflows = new OverflowEpisodes(ring);
        closing =
                new Closing(ring, identity, engine, members, room, space, overflows, driver, () -> ended.accept(this));
        upkeep = new Upkeep(ring, engine, deadlines, room, wakeups, driver, closing::tryFinish);
        holding = new Holding(room, upkeep, submitter);
        driver.drives(upkeep);
        engine.batches(wakeups);
    }

    /**
     * Makes a queue for {@code limit} outstanding events.
     *
     * @throws org.sigkevent.sys.ErrnoException EINVAL (limit), EMFILE, ENFILE, ENOMEM, EAGAIN (no thread for the driver), ENOSYS (no
     *     engine: with the reason), ESHUTDOWN
     */
    public static Queue create(int limit) {
        return create(limit, Clocks.SYSTEM, queue -> {});
    }

    /** A queue that asks {@code clocks} for the time; {@code ended} is told when it was destroyed and its descriptor is closed. */
    public static Queue create(int limit, Clocks clocks, Consumer<Queue> ended) {
        Driver.instance();
        // so that the thread can destroy it when there is no memory any more
        Waiter.own();
        Ring ring = Ring.create(limit);
        Engine engine = null;
        try {
            engine = Engines.create();
            Queue queue = new Queue(ring, engine, clocks, ended);
            queue.closing.begin();
            Events.engineChosen(queue.fd(), engine.name, Engines.why(engine));
            return queue;
        } catch (Throwable refused) {
            try {
                if (engine != null) {
                    engine.close();
                }
            } finally {
                ring.close(true);
            }
            throw refused;
        }
    }

    /** The descriptor of the ring's memory. */
    public int fd() {
        return ring.fd();
    }

    /** The number it was made with stands for something else: nobody can name it any more, unless another number did. */
    void lost() {
        if (!identity.known) {
            abandon();
        }
    }

    public Deadlines deadlines() {
        return deadlines;
    }

    /** Whether it was destroyed, or its ring is broken: then nothing can be done with it but destroying it. */
    public boolean dead() {
        return ring.dead();
    }

    /** Whether something that is not ours was found in the ring's memory. */
    public boolean broken() {
        return ring.broken();
    }

    /** Whether other processes take from the ring. */
    public boolean shared() {
        return ring.foreign.seen();
    }

    /** The engine, for those who ask what it can do, or hold what they arm ({@link Engine#hold}). */
    public Engine engine() {
        return engine;
    }

    // ---- records

    /** Reserves slots for {@code n} events that will come; false, with nothing done, when there are not so many. */
    public boolean reserve(int n) {
        boolean done = !ring.closing && ring.reserve(n);
        tellOverflows(done, !done);
        return done;
    }

    /** Gives slots back that were reserved and are not needed. */
    public void release(int n) {
        ring.release(n);
        if (space.waiting > 0) {
            space.freed();
        }
    }

    /** Publishes a record of a source that has a slot reserved, and wakes a waiter. */
    public void post(Source source, RingRecord record) {
        // from the post on the source may be in use again, and the record too
        long submittedAt = record.submittedAt;
        int id = record.id;
        int descriptor = record.descriptor;
        int error = record.error;
        ring.post(source, record);
        wakeups.published();
        reportCompleted(submittedAt, id, descriptor, error);
    }

    /** For a recording: a request that was {@linkplain Events#submitted submitted} then is complete. */
    public void reportCompleted(long submittedAt, int id, int descriptor, int error) {
        if (submittedAt != 0) {
            Events.completed(fd(), Kinds.name(id), descriptor, System.nanoTime() - submittedAt, error);
        }
    }

    /**
     * As {@link RingRecord#outgoing}, for a completion, with its time: when the batch that the calling thread handles was found, one
     * reading of the clock for many; in a thread that handles none, now.
     *
     * @param nanos the time, if the caller knows it; else 0
     */
    public RingRecord completion(int id, int descriptor, long cookie, long nanos) {
        return wakeups.completion(id, descriptor, cookie, nanos);
    }

    /**
     * Reserves and publishes in one step, with this cookie; false when the queue is full. Threads can share a record of which nothing
     * else changes.
     */
    public boolean offer(@Nullable Source source, RingRecord record, long cookie) {
        return offer(source, record, cookie, null, 1) == 1;
    }

    /** Reserves and publishes up to {@code count} records that differ in their cookies, in one step: how many. */
    public int offerAll(RingRecord record, long[] cookies, int count) {
        return offer(null, record, 0, cookies, count);
    }

    private int offer(@Nullable Source source, RingRecord record, long cookie, long @Nullable [] cookies, int count) {
        int n = ring.closing ? 0 : ring.offer(source, record, cookie, cookies, count);
        if (n > 0) {
            wakeups.announce(n);
        }
        tellOverflows(n > 0, n < count);
        return n;
    }

    private void tellOverflows(boolean accepted, boolean refused) {
        if (accepted) {
            overflows.accepted();
        }
        if (refused) {
            overflows.refused();
        }
    }

    @Override
    public int state() {
        return ring.state();
    }

    @Override
    public int unread() {
        return ring.unread();
    }

    @Override
    public int limit() {
        return ring.limit();
    }

    /** Takes the oldest record from the ring, without driving: no system call. */
    @Override
    public boolean take(RingRecord into) {
        return gone(ring.take(into) ? 1 : 0) == 1;
    }

    @Override
    public <T> boolean take(T holder, Into<T> into) {
        return gone(ring.take(holder, into) ? 1 : 0) == 1;
    }

    /** Takes as many of the oldest records as {@code holders} has room for behind {@code from}, without driving: how many. */
    public <T> int take(T[] holders, int from, Into<T> into) {
        int n = ring.take(holders, from, into);
        return gone(n == 0 && from < holders.length && ring.take(holders[from], into) ? 1 : n);
    }

    /** So many records are not in the ring any more. */
    private int gone(int n) {
        if (n > 0 && space.waiting > 0) {
            space.freed();
        }
        wakeups.tookAway(n);
        return n;
    }

    /** Takes the oldest record; when there is none, drives the queue and looks again. */
    public boolean poll(RingRecord into) {
        return take(into) || driven() && take(into);
    }

    private boolean driven() {
        drive();
        return true;
    }

    /**
     * As {@link #poll}; but a source that goes on (a timer) is not told of it, and makes no other record, until the taker says so by
     * {@link RingRecord#settle}, once and at any time.
     */
    public boolean pollUnsettled(RingRecord into) {
        return gone(ring.takeUnsettled(into) || driven() && ring.takeUnsettled(into) ? 1 : 0) == 1;
    }

    /** As {@link #drive}, for those who read the ring again and again: costs at most one system call in 50 µs. */
    @Override
    public boolean look() {
        if (!engine.asynchronous) {
            long now = System.nanoTime();
            if (now - lookedAt < LOOK_NANOS) {
                return false;
            }
            lookedAt = now;
        }
        int before = ring.state();
        drive();
        return ring.state() != before;
    }

    /** Takes back the unread record of a source: see {@link Ring#withdraw}. */
    public boolean withdraw(Source source) {
        return gone(ring.withdraw(source) ? 1 : 0) == 1;
    }

    /** Something that came was dropped because it was not taken in time: that counts as an overflow. */
    public void droppedForFull() {
        overflows.dropped();
    }

    /** Says what is to happen when the queue overflows; null for nothing. */
    public void onOverflow(OverflowEpisodes.@Nullable Listener listener) {
        overflows.tell(listener);
    }

    /** Counts expiries that found their timer's record unread. */
    public void countOverruns(long n) {
        overruns.addAndGet(n);
    }

    /** The object by which the faces show this queue: made once, the same ever after. */
    public synchronized Object face(Function<Queue, Object> maker) {
        if (face == null) {
            face = maker.apply(this);
        }
        return face;
    }

    // ---- operations

    /** Hands a request to the engine in the calling thread (or, for a virtual thread, in the driver): 0, or -errno. */
    public int arm(Request request) {
        return submitter.arm(request);
    }

    /** Hands a request to the engine in the driver, so that it does not end with the calling thread: 0, or -errno. */
    public int armInDriver(Request request) {
        return submitter.armInDriver(request);
    }

    /** Hands over what the calling thread has submitted since {@link Engine#hold}, and drives. */
    public void handOver() {
        submitter.handOver();
        drive();
    }

    /** Has the engine give up a request in flight; its completion comes in any case. */
    public void cancel(Request request) {
        submitter.cancel(request);
    }

    /** Reaps what is complete and fires what is due; no system call but for what completions ask for. */
    public void drive() {
        upkeep.calledIn();
        holding.handOver();
        room.drive();
    }

    // ---- waiting

    /**
     * Sleeps until the ring state has moved on from {@code seen} and the required number of records is there.
     *
     * @param clock the clock of {@code deadline}: REALTIME, MONOTONIC, BOOTTIME or TAI
     * @param deadline nanoseconds of that clock; Long.MAX_VALUE to wait for ever, Long.MIN_VALUE not to sleep at all
     * @param masked whether {@code mask} (the kernel's 64 bits) is the signal mask of the thread while it sleeps
     * @return 0, -EWOULDBLOCK, -ETIMEDOUT, -EINTR or -EBADF
     */
    public int await(int seen, int clock, long deadline, boolean masked, long mask) {
        if (dead()) {
            return -Errnos.EBADF;
        }
        drive();
        if (ring.state() != seen) {
            return dead() ? -Errnos.EBADF : -Errnos.EWOULDBLOCK;
        }
        if (deadline == Long.MIN_VALUE) {
            return -Errnos.ETIMEDOUT;
        }
        Waiter waiter = Waiter.own();
        // before the alarm can go off
        waiter.renew();
        if (clock == Linux.CLOCK_MONOTONIC || deadline == Long.MAX_VALUE) {
            return sleep(waiter, true, seen, deadline, masked, mask);
        }
        Deadline alarm = waiter.alarm();
        try {
            deadlines.set(alarm, clock, deadline);
            return sleep(waiter, true, seen, Long.MAX_VALUE, masked, mask);
        } finally {
            deadlines.clear(alarm);
        }
    }

    /**
     * Sleeps, and drives meanwhile, until the thread's {@link Waiter} is woken by something that is not a record. The caller
     * renews its waiter, makes it known to what it waits for, looks once more, and calls this.
     *
     * @return 0, -ETIMEDOUT, -EINTR or -EBADF
     */
    public int awaitWake(Waiter waiter, long deadline) {
        return sleep(waiter, false, 0, deadline, false, 0);
    }

    private int sleep(Waiter waiter, boolean forRecords, int seen, long deadline, boolean masked, long mask) {
        WaitEvent event = Events.waitBegins();
        int rc = room.sleep(waiter, forRecords, seen, deadline, masked, mask);
        if (event != null) {
            Events.waited(event, fd(), forRecords ? "record" : "request", rc);
        }
        return rc;
    }

    /** Waits until a slot is free, or {@code deadline} of CLOCK_MONOTONIC: 0, -ETIMEDOUT, -EINTR or -EBADF. */
    public int awaitSpace(long deadline) {
        WaitEvent event = Events.waitBegins();
        int rc = space.await(deadline);
        if (event != null) {
            Events.waited(event, fd(), "space", rc);
        }
        return rc;
    }

    /** Null events: wakes up to {@code waiters} waiters. */
    public void wake(int waiters) {
        wakeups.wake(waiters);
    }

    /** A taker that leaves enough records for a sleeping waiter wakes it. */
    public void leftBehind() {
        if (room.anyoneWaiting()) {
            room.posted(1);
        }
    }

    /** Sets the number of records that a wait needs: 0, -EINVAL, or -EBUSY while somebody waits. */
    public int require(long records) {
        return room.require(records);
    }

    /** How far the driver looks after the queue: 0 only requests in flight, 1 always, 2 when nobody else does. */
    public void driver(int setting) {
        upkeep.mode(setting);
    }

    /**
     * A descriptor that is readable while the queue has something; made when it is asked for first, closed with the queue.
     *
     * @throws ErrnoException EMFILE, ENFILE, EBADF (destroyed)
     */
    public int pollFd() {
        Scratch.get();
        PollDescriptor made = member(PollDescriptor.class, queue -> new PollDescriptor(ring, engine, deadlines));
        if (made == null) {
            throw new ErrnoException(Errnos.EBADF, "the queue was destroyed");
        }
        int fd = made.open();
        wakeups.tell(made);
        return fd;
    }

    // ---- members and the end

    /**
     * The member of a kind of which a queue has one, made and moved in when it is asked for first; null when the queue is
     * closing. A look-up takes no lock.
     */
    public <T extends Member> @Nullable T member(Class<T> kind, Function<Queue, T> maker) {
        return members.of(kind, this, maker);
    }

    /**
     * Ends the queue.
     *
     * @return 0; -EBADF when it was closing already; -EINTR when the thread was interrupted while requests were still in flight:
     *     the queue stays dead and the driver finishes
     */
    public int destroy() {
        return closing.destroy();
    }

    /** Ends the queue; the driver waits for what is in flight. */
    public void abandon() {
        closing.abandon();
    }

    // ---- figures

    /** What the queue has and has done. */
    public Figures figures() {
        Figures figures = new Figures();
        ring.describe(figures);
        figures.fd = fd();
        figures.overruns = overruns.get();
        figures.wakeUps = room.wakeUps();
        figures.systemCalls = engine.systemCalls();
        figures.inFlight = engine.inFlight();
        figures.engine = engine.name;
        return figures;
    }

    /** The state of the queue in words, several lines. */
    public String dump() {
        Figures now = figures();
        return "kevent queue " + now.fd + (ring.broken() ? " (its ring is broken)" : dead() ? " (destroyed)" : "")
                + "\n  engine       " + now.engine + ": " + Engines.why(engine)
                + "\n  capacity     " + now.limit
                + "\n  armed        " + now.armed
                + "\n  unread       " + now.unread + ", at most " + now.highWater
                + "\n  posted       " + now.posted + ", refused " + now.refused + ", overruns " + now.overruns
                + "\n  waiters      " + room.describe(space.waiting) + ", woken " + now.wakeUps
                + "\n  deadlines    " + deadlines.size()
                + "\n  in flight    " + now.inFlight
                + "\n  members      " + members.describe()
                + "\n  driver       " + upkeep.describe()
                + "\n  system calls " + now.systemCalls;
    }

    @Override
    public String toString() {
        Figures now = figures();
        return "kevent queue " + now.fd + (ring.closing ? " (destroyed)" : "") + " [limit " + now.limit
                + ", armed " + now.armed + ", unread " + now.unread + ", in flight " + now.inFlight + ", engine "
                + now.engine + "]";
    }
}
