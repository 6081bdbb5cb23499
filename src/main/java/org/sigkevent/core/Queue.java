package org.sigkevent.core;

import java.lang.System.Logger.Level;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.Engine;
import org.sigkevent.engine.Engines;
import org.sigkevent.events.Events;
import org.sigkevent.events.WaitEvent;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.Threads;

/**
 * A kevent queue: a {@link Ring} of records, the {@link Engine} that carries its operations to the kernel, the
 * {@link Deadlines} of its timers and the {@link WaitRoom} of its waiters.
 *
 * <p><b>Who does the work.</b> No thread stands behind a queue. Whoever calls {@link #drive} reaps what is complete and fires
 * what is due; whoever waits does so while it waits; when nobody does and a request needs it, the {@link Driver}.
 *
 * <p><b>Locks</b>, from the outside in: the engine's reaping right, a source's own lock, the deadlines' lock, the engine's
 * submission lock; the wait room's lock; the ring's write lock. A thread takes them in this order only; the wait room's and
 * the ring's are held for a few instructions and nothing is called under them that could take another.
 *
 * <p><b>Complete, then notify.</b> What a record stands for (a result, an errno, a buffer's bytes) is final before
 * {@link #post} is called; the record is published before anybody is woken.
 *
 * <p><b>Destroying.</b> The queue is marked dead first: from then on nothing is reserved, armed or posted. Waiters leave with
 * EBADF, residents cancel what they have in flight, and the destroyer leads the engine until nothing is. Then descriptors
 * are closed and pages given back; mappings stay until nobody can reach them.
 */
public final class Queue implements Records {
    private final Ring ring;
    private final Engine engine;
    private final Deadlines deadlines;
    private final WaitRoom room;
    private final FileId identity = new FileId();
    private final Members members = new Members(this);
    private final Wakeups announcer = new Wakeups(this);
    private final OverflowEpisodes overflows = new OverflowEpisodes(this);
    private final AtomicInteger stepsWanted = new AtomicInteger();
    private volatile boolean attended;
    private final LongAdder overruns = new LongAdder();
    private volatile boolean dead;
    private volatile boolean driverWanted;
    private volatile boolean armByKeeper;
    private volatile @Nullable PollDescriptor pollDescriptor;
    private volatile @Nullable Object face;
    private final Destination silent = Destination.silent(this);

    private Queue(Ring ring, Engine engine, Clocks clocks) {
        this.ring = ring;
        this.engine = engine;
        this.deadlines = new Deadlines(this, clocks);
        this.room = new WaitRoom(this);
        engine.batches(announcer);
        identity.load(ring.fd());
    }

    /**
     * Makes a queue for {@code limit} outstanding events.
     *
     * @throws org.sigkevent.sys.ErrnoException EINVAL (limit), EMFILE, ENFILE, ENOMEM, ENOSYS (no engine: with the reason)
     */
    public static Queue create(int limit) {
        return create(limit, Clocks.SYSTEM);
    }

    /** A queue that asks {@code clocks} for the time. */
    public static Queue create(int limit, Clocks clocks) {
        Ring ring = Ring.create(limit);
        try {
            Driver.instance();
            Queue queue = new Queue(ring, Engines.create(), clocks);
            Events.engineChosen(queue.fd(), queue.engine.name(), Engines.why(queue.engine));
            return queue;
        } catch (RuntimeException | Error refused) {
            ring.close();
            throw refused;
        }
    }

    /** The descriptor of the ring's memory. */
    public int fd() {
        return ring.fd();
    }

    public Ring ring() {
        return ring;
    }

    public Engine engine() {
        return engine;
    }

    public Deadlines deadlines() {
        return deadlines;
    }

    /** Whether it was destroyed, or its ring is broken: then nothing can be done with it but destroying it. */
    public boolean dead() {
        return dead || ring.broken();
    }

    /** SIGEV_NONE with this queue doing the work. */
    public Destination silent() {
        return silent;
    }

    /** Whether other processes take from the ring. */
    public boolean shared() {
        return ring.shared();
    }

    /** Whether the kernel itself is asynchronous: see {@link Engine#asynchronous}. */
    public boolean asynchronous() {
        return engine.asynchronous();
    }

    /** Whether the engine performs operations of this code of {@link org.sigkevent.engine.Op}. */
    public boolean supports(int code) {
        return engine.supports(code);
    }

    /** See {@link Engine#completedAt}: only from a completion. */
    public long completedAt() {
        return engine.completedAt();
    }

    /** Reaps what is complete, and nothing else. */
    public void reap() {
        engine.reap();
    }

    // ---- records

    /** Reserves slots for {@code n} events that will come; false, with nothing done, when there are not so many. */
    public boolean reserve(int n) {
        if (!dead && ring.reserve(n)) {
            overflows.accepted();
            return true;
        }
        overflows.refused();
        return false;
    }

    /** Gives slots back that were reserved and are not needed. */
    public void release(int n) {
        ring.release(n);
        room.freed();
    }

    /** Publishes a record of a source that has a slot reserved, and wakes a waiter. */
    public void post(Source source, RingRecord record) {
        long submittedAt = source.submittedAt(); // from the post on it may be in use again
        ring.post(source, record);
        announcer.published();
        Source.reportCompleted(fd(), submittedAt, record.id, record.descriptor, record.error);
    }

    /** Reserves and publishes in one step; false when the queue is full. */
    public boolean offer(@Nullable Source source, RingRecord record) {
        if (!dead && ring.offer(source, record)) {
            overflows.accepted();
            announcer.announce(1);
            return true;
        }
        overflows.refused();
        return false;
    }

    /** Reserves and publishes up to {@code count} records in one step: how many. */
    public int offerAll(int id, Cookies cookies, int count) {
        int n = dead ? 0 : ring.offerAll(id, cookies, count);
        if (n > 0) {
            overflows.accepted();
            announcer.announce(n);
        }
        if (n < count) {
            overflows.refused();
        }
        return n;
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
        boolean taken = ring.take(into);
        if (taken) {
            room.freed();
        }
        tookAway();
        return taken;
    }

    /** Takes up to {@code count} of the oldest records from the ring, without driving: how many. */
    public int take(Into into, int count) {
        int n = ring.take(into, count);
        if (n == 0 && count > 0 && ring.take(into.at(0))) {
            n = 1;
        }
        if (n > 0) {
            room.freed();
        }
        tookAway();
        return n;
    }

    /** Records may have gone, here or in another process; or the ring was found to be broken. */
    private void tookAway() {
        PollDescriptor polled = pollDescriptor;
        if (polled != null) {
            polled.taken();
        }
        if (ring.broken()) {
            room.closeDoors();
        }
    }

    /** Takes the oldest record; when there is none, drives the queue and looks again. */
    public boolean poll(RingRecord into) {
        if (take(into)) {
            return true;
        }
        drive();
        return take(into);
    }

    /** Takes back the unread record of a source: see {@link Ring#withdraw}. */
    public boolean withdraw(Source source) {
        boolean withdrawn = ring.withdraw(source);
        if (withdrawn) {
            room.freed();
        }
        tookAway();
        return withdrawn;
    }

    /** Something that came was dropped because it was not taken in time: that counts as an overflow. */
    public void heldBack() {
        overflows.dropped();
    }

    /** What is to happen when the queue refuses something because it is full. */
    public interface Overflowing {
        /** Once per episode, by the thread that was refused. */
        void refused();

        /** Something else is to happen from now on, or the queue is destroyed. */
        void replaced();
    }

    /** Says what is to happen when the queue overflows; null for nothing. */
    public void onOverflow(@Nullable Overflowing hook) {
        overflows.tell(hook);
    }

    /** The object by which the faces show this queue: made once, the same ever after. */
    public Object face(Function<Queue, Object> maker) {
        Object made = face;
        if (made == null) {
            synchronized (members) {
                made = face;
                if (made == null) {
                    made = maker.apply(this);
                    face = made;
                }
            }
        }
        return made;
    }

    /** Counts expiries that found their timer's record unread. */
    public void countOverruns(long n) {
        overruns.add(n);
    }

    // ---- operations

    /**
     * Hands a request to the engine in the calling thread (or, for a virtual thread, in the keeper).
     *
     * @return 0, or the errno negated with nothing done
     */
    public int arm(Request request) {
        if (dead) {
            return -Errnos.EBADF;
        }
        request.queue(this);
        if (armByKeeper || Threads.isVirtual(Thread.currentThread())) {
            Driver.instance().arm(request);
            return 0;
        }
        int rc = engine.submit(request);
        VarHandle.fullFence(); // whatever lists it before the look at dead; pairs with the write of dead in destroy
        if (rc == 0 && dead) {
            cancel(request);
        }
        return rc;
    }

    /** Hands a request to the engine in the keeper, so that it does not end with the calling thread. */
    public int armInKeeper(Request request) {
        if (dead) {
            return -Errnos.EBADF;
        }
        request.queue(this);
        Driver.instance().arm(request);
        return 0;
    }

    /**
     * Hands {@code count} requests of this queue to the engine in order, in one system call. What the kernel does not take ends
     * ({@link Request#notSubmitted}).
     *
     * @return how many were taken: all, or none when the queue is dead
     */
    public int arm(Request[] requests, int count) {
        if (dead) {
            return 0;
        }
        if (armByKeeper || Threads.isVirtual(Thread.currentThread())) {
            for (int i = 0; i < count; i++) {
                Driver.instance().arm(requests[i]);
            }
            return count;
        }
        engine.hold(count);
        try {
            for (int i = 0; i < count; i++) {
                int rc = engine.submit(requests[i]);
                if (rc < 0) {
                    requests[i].notSubmitted(-rc);
                }
            }
        } finally {
            engine.release();
        }
        VarHandle.fullFence(); // as for one
        if (dead) {
            for (int i = 0; i < count; i++) {
                cancel(requests[i]);
            }
        }
        return count;
    }

    /** Has the engine give up a request in flight; its completion comes in any case. */
    public void cancel(Request request) {
        request.markCancelled();
        engine.cancel(request);
    }

    /** Has the keeper hand every request to the kernel, so that none is tied to the thread that asked for it. */
    public void armByKeeper(boolean on) {
        armByKeeper = on;
    }

    /** Reaps what is complete and fires what is due; no system call but for what completions ask for. */
    public void drive() {
        engine.reap();
        ring.settleElsewhere();
        deadlines.fire();
        if (ring.broken()) {
            room.closeDoors();
        }
    }

    /**
     * A request of this queue needs a step in user space before it can complete (a short write's rest, a read queued behind
     * a read): when nobody leads the queue, the keeper will. To be paired with {@link #stepDone}.
     */
    public void stepWanted() {
        if (stepsWanted.getAndIncrement() == 0 && !attended) {
            attended = true;
            Driver.instance().attend(this);
        }
    }

    /**
     * The keeper turns away from a queue that has needed nothing for a while. It stays that long so that a step wanted now and
     * then does not wake it each time.
     *
     * @return false when a step was wanted meanwhile: then it stays
     */
    boolean leftByKeeper() {
        attended = false; // volatile: before the look at the steps; pairs with the increment before the look at this
        if (!needsKeeper()) {
            return true;
        }
        attended = true;
        return false;
    }

    public void stepDone() {
        stepsWanted.decrementAndGet();
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
        waiter.renew(); // before the alarm can go off
        if (clock == Clocks.CLOCK_MONOTONIC || deadline == Long.MAX_VALUE) {
            return sleep(waiter, true, seen, deadline, masked, mask);
        }
        Alarm alarm = new Alarm(waiter);
        deadlines.lock();
        deadlines.arm(alarm, clock, deadline);
        deadlines.unlock();
        try {
            return sleep(waiter, true, seen, Long.MAX_VALUE, masked, mask);
        } finally {
            deadlines.lock();
            deadlines.disarm(alarm);
            deadlines.unlock();
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
            Events.waited(event, fd(), forRecords ? "record" : "request", ending(rc));
        }
        return rc;
    }

    /** How a wait ended, in a word. */
    private static String ending(int rc) {
        if (rc == 0) {
            return "done";
        }
        if (rc == -Errnos.EWOULDBLOCK) {
            return "moved";
        }
        if (rc == -Errnos.ETIMEDOUT) {
            return "timeout";
        }
        return rc == -Errnos.EINTR ? "interrupt" : "closed";
    }

    private static final class Alarm extends Deadline {
        private final Waiter waiter;

        Alarm(Waiter waiter) {
            this.waiter = waiter;
        }

        @Override
        protected boolean due(long nanos) {
            waiter.expire();
            return false;
        }
    }

    /** Waits until a slot is free, or {@code deadline} of CLOCK_MONOTONIC: 0, -ETIMEDOUT, -EINTR or -EBADF. */
    public int awaitSpace(long deadline) {
        WaitEvent event = Events.waitBegins();
        int rc = room.awaitSpace(deadline);
        if (event != null) {
            Events.waited(event, fd(), "space", ending(rc));
        }
        return rc;
    }

    /** Null events: wakes up to {@code waiters} waiters. */
    public void wake(int waiters) {
        int woken = room.wake(waiters);
        if (woken < waiters && ring.foreignWaiters()) {
            ring.wakeForeign(waiters - woken);
        }
    }

    /** A taker that leaves enough records for a sleeping waiter wakes it. */
    public void leftBehind() {
        if (room.anyoneWaiting()) {
            room.leftBehind();
        }
    }

    /** Sets the number of records that a wait needs: 0, -EINVAL, or -EBUSY while somebody waits. */
    public int require(long records) {
        return room.require(records);
    }

    /** Asks for, or gives up, a thread that drives the queue while nobody waits. */
    public void driver(boolean on) {
        driverWanted = on;
        if (on) {
            Driver.instance().attend(this);
        }
    }

    /**
     * A descriptor that is readable while the queue has something; made when it is asked for first, closed with the queue.
     *
     * @throws ErrnoException EMFILE, ENFILE, EBADF (destroyed)
     */
    public int pollFd() {
        synchronized (members) {
            if (dead) { // what is made from here on nobody would close
                throw new ErrnoException(Errnos.EBADF, "the queue was destroyed");
            }
            if (pollDescriptor == null) {
                pollDescriptor = new PollDescriptor(this);
            }
        }
        pollDescriptor.posted();
        deadlines.pollWith(pollDescriptor);
        return pollDescriptor.fd();
    }

    boolean wantsDriver() {
        return driverWanted;
    }

    /** Whether it was destroyed: nothing moves in any more. */
    boolean dying() {
        return dead;
    }

    @Nullable
    PollDescriptor pollDescriptor() {
        return pollDescriptor;
    }

    /** For the keeper, every 10 ms: see {@link Wakeups#watch}. */
    boolean watchForeign() {
        return announcer.watch();
    }

    WaitRoom room() {
        return room;
    }

    /** Whether the keeper has anything to do for this queue while no waiter leads it. */
    boolean needsKeeper() {
        return driverWanted || announcer.watching() || stepsWanted.get() > 0 || room.leaderless();
    }

    /** Whether it may step in at once, not only after a while without a leader. */
    boolean needsKeeperNow() {
        return driverWanted || room.leaderless();
    }

    // ---- residents and the end

    /** Something moves in; false when the queue is dead. */
    public boolean attach(Member member) {
        return members.add(member);
    }

    /**
     * The resident of a kind of which a queue has one, made and moved in when it is asked for first; null when the queue is
     * dead. A look-up takes no lock.
     */
    public <T extends Member> @Nullable T member(Class<T> kind, Function<Queue, T> maker) {
        return members.of(kind, maker);
    }

    public void detach(Member member) {
        members.remove(member);
    }

    /**
     * Ends the queue.
     *
     * @return 0; -EBADF when it was dead already; -EINTR when the thread was interrupted while requests were still in flight:
     *     the queue stays dead and the keeper finishes
     */
    public int destroy() {
        List<Member> leaving = die();
        if (leaving == null) {
            return -Errnos.EBADF;
        }
        if (Threads.isVirtual(Thread.currentThread())) {
            Driver.instance().finish(this, leaving); // a virtual thread would hold its carrier
            return 0;
        }
        int rc = drain(Waiter.own());
        if (rc == 0) {
            finish(leaving);
        } else {
            Driver.instance().finish(this, leaving);
        }
        return rc;
    }

    /** Ends the queue; the keeper waits for what is in flight. */
    public void abandon() {
        List<Member> leaving = die();
        if (leaving != null) {
            Driver.instance().finish(this, leaving);
        }
    }

    /** Marks the queue dead, sends everybody away and cancels what is in flight; null when it was dead already. */
    private @Nullable List<Member> die() {
        List<Member> leaving;
        synchronized (members) {
            if (dead) {
                return null;
            }
            dead = true;
            leaving = members.leave();
        }
        room.closeDoors();
        onOverflow(null);
        for (Member member : leaving) {
            member.onClosing();
        }
        engine.refuse();
        return leaving;
    }

    /** Leads the engine until nothing is in flight. */
    private int drain(Waiter waiter) {
        engine.lead();
        try {
            for (; ; ) {
                engine.reap();
                if (engine.inFlight() == 0) {
                    return 0;
                }
                if (Thread.interrupted()) {
                    return -Errnos.EINTR;
                }
                waiter.enter(engine);
                engine.sleep(Clocks.monotonic() + 10_000_000, 0);
                waiter.leave();
            }
        } finally {
            engine.unlead();
        }
    }

    /** For the keeper: finishes when nothing is in flight any more; true when it has. */
    boolean tryFinish(List<Member> leaving) {
        engine.reap();
        if (engine.inFlight() != 0) {
            return false;
        }
        finish(leaving);
        return true;
    }

    private void finish(List<Member> leaving) {
        for (Member member : leaving) {
            member.onClosed();
        }
        if (pollDescriptor != null) {
            pollDescriptor.close();
        }
        engine.close();
        FileId now = new FileId();
        boolean ours = now.load(ring.fd()) == 0 && now.same(identity);
        ring.close(ours); // a number that somebody closed and was given again is not ours to close
        if (!ours) {
            System.getLogger("org.sigkevent")
                    .log(
                            Level.WARNING,
                            "descriptor {0} of a queue was closed by something else before the queue was",
                            "" + ring.fd());
        }
        Queues.remove(this);
    }

    // ---- figures

    public long overruns() {
        return overruns.sum();
    }

    public long wakeUps() {
        return room.wakeUps();
    }

    /** What lives here: how many of each class, by its name without the package. */
    Map<String, Integer> residentKinds() {
        return members.count();
    }

    /** The state of the queue in words, several lines. */
    public String dump() {
        return Dump.of(this);
    }

    @Override
    public String toString() {
        return "kevent queue " + ring.fd() + (dead ? " (destroyed)" : "") + " [limit " + ring.limit() + ", armed "
                + ring.held() + ", unread " + ring.unread() + ", in flight " + engine.inFlight() + ", engine "
                + engine.name() + "]";
    }
}
