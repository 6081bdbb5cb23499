package org.sigkevent.core;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.Engine;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.IntrusiveList;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Spinning;
import org.sigkevent.sys.Stack;

/**
 * Where threads wait for a queue.
 *
 * <p><b>Leader and followers.</b> One waiter, the leader, sleeps in the engine and drives the queue; the others park, each on
 * a place of its own. The list of waiters, the leader's name and what was said to whom are guarded by {@link #lock}; a
 * waiter reads what was said to it ({@link Waiter#told}) without the lock. On every way out of {@link #sleep} the same code
 * runs: the waiter takes itself off the list, hands the lead to a follower if it had it, and if it had been woken for an
 * event and leaves without success, wakes another in its place. So an event's wake-up cannot leave with a thread.
 *
 * <p><b>One event wakes one waiter.</b> Whoever posts calls {@link #posted} after the record is published: it wakes at most
 * one waiter for each event, and only as many as there are records for (the required number times the waiters already on
 * their way). A leader that posts while it drives wakes itself first.
 *
 * <p><b>No wake-up is lost.</b> A waiter first counts itself in {@link #waiting}, then compares the ring state with the one
 * that its caller saw, then sleeps. A poster first moves the ring state, then (after a full fence) reads {@code waiting}.
 * One of them sees the other: the waiter answers EWOULDBLOCK, or the poster comes and wakes it.
 *
 * <p><b>One drive on the way to sleep.</b> Who wants to wait has driven the queue and found nothing. It does not do so again when it
 * has the lead: its {@link Sleeper} fires what is due in the section in which it says until when it sleeps, and the engine does not
 * sleep while there is something to reap; what others have reaped meanwhile, they have told it. It drives when the sleep is over.
 *
 * <p><b>Virtual threads</b> never lead (they would hold their carrier in a system call): while only they wait, the
 * {@link Driver} does the work.
 */
final class WaitRoom {
    /** From a look at why to leave: no reason. */
    private static final int STAY = 1;

    private static final long LOOK_NANOS = 10_000_000;

    /** Nanoseconds: more than a sleep that is not exact may be late. */
    private static final long NEAR = 1_000_000;

    private final Ring ring;
    private final Engine engine;
    private final Deadlines deadlines;
    private final Driver.Attendance driver;
    private final ReentrantLock lock = new ReentrantLock();

    /** Waiters for records; read by posters without the lock. */
    private volatile int waiting;

    private final IntrusiveList<Waiter> waiters = new IntrusiveList<>();
    private volatile @Nullable Waiter leader;
    private volatile int followers;
    private volatile int woken;
    private volatile long wakeUps;
    private final Spinning spinning = new Spinning();

    private final Sleeper leading;

    WaitRoom(Ring ring, Engine engine, Deadlines deadlines, Driver.Attendance driver) {
        this.ring = ring;
        this.engine = engine;
        this.deadlines = deadlines;
        this.driver = driver;
        leading = new Sleeper(false, engine::wake);
        deadlines.add(leading);
    }

    /** Reaps what is complete, settles what other processes took and fires what is due; no system call but for what those ask for. */
    void drive() {
        // what completions are told with, before any of them is taken out
        RingRecord.prepareOutgoing();
        engine.reap();
        ring.foreign.tell();
        deadlines.fire();
        if (ring.broken()) {
            wakeAll();
        }
    }

    /**
     * Sleeps until the waiter is told, or an event moves the ring on from {@code seen} (only when {@code forRecords}).
     *
     * @param deadline of CLOCK_MONOTONIC in nanoseconds; Long.MAX_VALUE for none
     * @param masked whether {@code mask} is the thread's signal mask during the sleep; then a handled signal ends the wait
     * @return 0, -EWOULDBLOCK, -ETIMEDOUT, -EINTR or -EBADF
     */
    int sleep(Waiter waiter, boolean forRecords, int seen, long deadline, boolean masked, long mask) {
        Stack.reserve();
        long maskAddress = masked ? waiter.maskAddress(mask) : 0;
        int rc = enter(waiter, forRecords, seen);
        if (rc != 0) {
            return rc;
        }
        // should an Error pass through here, the wake-up does not leave with it
        rc = STAY;
        try {
            do {
                rc = waiter.told == Waiter.LEAD
                        ? lead(waiter, deadline, maskAddress)
                        : follow(waiter, deadline, maskAddress);
            } while (rc == STAY);
        } finally {
            rc = leave(waiter, rc);
        }
        return rc;
    }

    private int enter(Waiter waiter, boolean forRecords, int seen) {
        lock.lock();
        try {
            int counted = forRecords ? 1 : 0;
            waiter.forRecords = forRecords;
            // volatile: before the look at the ring state; pairs with the fence in Wakeups.announce
            waiting += counted;
            boolean moved = forRecords && ring.state() != seen;
            if (moved || ring.dead()) {
                waiting -= counted;
                return moved ? -Errnos.EWOULDBLOCK : -Errnos.EBADF;
            }
            waiters.addLast(waiter.place);
            if (leader == null && !waiter.virtual) {
                makeLeader(waiter);
            } else {
                followers++;
                if (leader == null) {
                    driver.call();
                }
            }
            return 0;
        } finally {
            lock.unlock();
        }
    }

    private int leave(Waiter waiter, int outcome) {
        boolean nobodyLeads = false;
        int rc = outcome;
        Waiter next = null;
        lock.lock();
        try {
            waiters.remove(waiter.place);
            if (leader == waiter) {
                leader = null;
                nobodyLeads = !handOver();
            } else {
                followers--;
            }
            boolean wasWoken = waiter.told == Waiter.WOKEN;
            rc = wasWoken && outcome == -Errnos.ETIMEDOUT ? 0 : outcome;
            if (waiter.forRecords) {
                waiting--;
                woken -= wasWoken ? 1 : 0;
                if (wasWoken && rc != 0 && oneMore(waiter.nullWake)) {
                    next = tellOne(waiter.nullWake);
                }
            }
        } finally {
            lock.unlock();
        }
        Waiter.nudgeIfAny(next);
        // not under the lock, which is taken inside of the deadlines'; without theirs what is being armed would be
        // missed
        boolean others = ring.keepsUnread() || ring.foreign.took();
        if (nobodyLeads && (engine.inFlight() > 0 || deadlines.any() || others)) {
            driver.needed();
        }
        // an interrupt whose status was cleared is told, whatever happened since
        return ring.dead() && rc != -Errnos.EINTR ? -Errnos.EBADF : rc;
    }

    private void makeLeader(Waiter waiter) {
        leader = waiter;
        waiter.lead();
    }

    /** Gives the lead to the first follower that can have it, or has the driver lead for followers: false when nobody is left. Under the lock. */
    private boolean handOver() {
        boolean virtualWaits = false;
        for (Waiter w = waiters.first(); w != null; w = w.place.following()) {
            if (w.told == Waiter.NOTHING) {
                if (!w.virtual) {
                    followers--;
                    makeLeader(w);
                    return true;
                }
                virtualWaits = true;
            }
        }
        if (virtualWaits) {
            driver.call();
        }
        return virtualWaits;
    }

    private int lead(Waiter waiter, long deadline, long maskAddress) {
        int rc = STAY;
        // who destroys the queue has the reaping right until nothing is in flight any more
        while (!engine.tryLead(LOOK_NANOS)) {
            rc = reasonToLeave(waiter, deadline);
            if (rc <= 0) {
                return rc;
            }
        }
        try {
            lookAround(waiter, deadline);
            for (int slept = 0; ; ) {
                long due = deadlines.goToSleep(leading, deadline);
                long until = Waiter.within(ring.foreign.lookAgain(ring.keepsUnread(), due));
                rc = reasonToLeave(waiter, deadline);
                if (rc <= 0) {
                    return rc;
                }
                if (slept == -Errnos.EINTR && maskAddress != 0) {
                    return slept;
                }
                waiter.enter(engine);
                try {
                    // between the look above and enter() it may have been told something
                    boolean stays = waiter.told == Waiter.LEAD && !waiter.expired && !ring.dead();
                    stays = stays && until > System.nanoTime();
                    // a look around need not be on the microsecond, unless a deadline comes just behind it
                    slept = stays ? engine.sleep(until, due - until < NEAR, maskAddress) : 0;
                } finally {
                    waiter.leave();
                }
                leading.until = Sleeper.AWAKE;
                engine.reap();
                ring.foreign.tell();
            }
        } finally {
            engine.unlead();
            leading.until = Sleeper.AWAKE;
        }
    }

    /** For a moment: what it has just missed may be about to come. It is awake, so nobody makes a system call to wake it. */
    private void lookAround(Waiter waiter, long deadline) {
        if (!spinning.begins()) {
            return;
        }
        long end = Math.min(deadline, System.nanoTime() + Spinning.NANOS);
        boolean spared;
        engine.looksAround(true);
        try {
            do {
                Thread.onSpinWait();
                if (engine.anythingToReap()) {
                    drive();
                } else {
                    deadlines.fire();
                }
                spared = waiter.told != Waiter.LEAD || waiter.expired;
            } while (!spared && !ring.dead() && !waiter.thread.isInterrupted() && System.nanoTime() < end);
        } finally {
            engine.looksAround(false);
        }
        spinning.ends(spared);
    }

    /** Parks; with a signal mask it polls an eventfd, because a parked thread can neither have a mask nor see EINTR. */
    private int follow(Waiter waiter, long deadline, long maskAddress) {
        int polled = maskAddress == 0 ? 0 : waiter.openEventfd();
        if (polled < 0) {
            return polled;
        }
        try {
            for (; ; ) {
                int rc = reasonToLeave(waiter, deadline);
                if (rc <= 0 || waiter.told == Waiter.LEAD) {
                    return rc;
                }
                if (polled == -Errnos.EINTR) {
                    return polled;
                }
                if (maskAddress != 0) {
                    Scratch s = Scratch.get();
                    polled = waiter.poll(s.buffer, s.address, 0, deadline, maskAddress);
                } else if (deadline == Long.MAX_VALUE) {
                    LockSupport.park(this);
                } else {
                    LockSupport.parkNanos(this, deadline - System.nanoTime());
                }
            }
        } finally {
            if (maskAddress != 0) {
                waiter.closeEventfd();
            }
        }
    }

    /** 0 or an errno negated when the wait is over; 1 when it is not. */
    private int reasonToLeave(Waiter waiter, long deadline) {
        if (ring.dead()) {
            return -Errnos.EBADF;
        }
        if (Thread.interrupted()) {
            return -Errnos.EINTR;
        }
        if (waiter.told == Waiter.WOKEN) {
            return 0;
        }
        boolean late = waiter.expired || deadline != Long.MAX_VALUE && System.nanoTime() >= deadline;
        return late ? -Errnos.ETIMEDOUT : STAY;
    }

    /** {@code events} records were published: wakes as many waiters as they are enough for, at most one for each: how many. */
    int posted(int events) {
        if (waiting == 0) {
            return 0;
        }
        return wake(events, false);
    }

    /**
     * Null events: moves the ring state, so that a thread between its look and its sleep looks again, and wakes sleepers: how
     * many.
     */
    int wake(int waiters) {
        ring.touch();
        return wake(waiters, true);
    }

    private int wake(int waiters, boolean nullWake) {
        Waiter last = null;
        int n = 0;
        lock.lock();
        try {
            for (; n < waiters && oneMore(nullWake); n++) {
                Waiter.nudgeIfAny(last);
                last = tellOne(nullWake);
            }
        } finally {
            lock.unlock();
        }
        Waiter.nudgeIfAny(last);
        return n;
    }

    /** Whether one more can be woken: for a record only if there are enough for it as well. Under the lock. */
    private boolean oneMore(boolean nullWake) {
        return waiting > woken && (nullWake || ring.unread() >= (long) ring.required() * (woken + 1));
    }

    /**
     * Tells the leader, if it is the one who posts; else the longest waiting follower; else the leader. It is to be nudged then. Under
     * the lock.
     */
    private @Nullable Waiter tellOne(boolean nullWake) {
        Waiter chosen = null;
        Waiter leading = leader;
        if (leading != null && leading.thread == Thread.currentThread() && leading.sleepsForRecords()) {
            chosen = leading;
        } else {
            for (Waiter w = waiters.first(); w != null; w = w.place.following()) {
                if (w.sleepsForRecords()) {
                    chosen = w;
                    if (w != leading) {
                        break;
                    }
                }
            }
        }
        if (chosen != null) {
            woken++;
            wakeUps++;
            chosen.nullWake = nullWake;
            chosen.tell();
        }
        return chosen;
    }

    /** The queue is closing or its ring broken: everybody leaves. */
    void wakeAll() {
        lock.lock();
        try {
            for (Waiter w = waiters.first(); w != null; w = w.place.following()) {
                if (w.told != Waiter.WOKEN) {
                    if (w.forRecords) {
                        woken++;
                    }
                    w.wake();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** The number of records that a wait for records needs: 0, -EINVAL, or -EBUSY while anybody waits. */
    int require(long records) {
        if (records < 1 || records > ring.limit()) {
            return -Errnos.EINVAL;
        }
        lock.lock();
        try {
            if (waiting > 0) {
                return -Errnos.EBUSY;
            }
            ring.require((int) records);
            return 0;
        } finally {
            lock.unlock();
        }
    }

    /** Who is here and who leads, in words; {@code forSpace} others wait elsewhere. */
    String describe(int forSpace) {
        lock.lock();
        try {
            int others = followers + (leader == null ? 0 : 1) - waiting;
            return waiting + " for records (" + ring.required() + " needed), " + others + " for requests, " + forSpace
                    + " for space, led by "
                    + (leader == null ? "nobody" : "thread \"" + leader.thread.getName() + '"');
        } finally {
            lock.unlock();
        }
    }

    /** For how many more waiters than those on their way there are records. */
    int enoughFor() {
        return Math.max(0, ring.unread() / ring.required() - woken);
    }

    boolean anyoneWaiting() {
        return waiting != 0;
    }

    boolean led() {
        return leader != null;
    }

    /** Whether threads wait that nobody leads. */
    boolean leaderless() {
        return leader == null && followers > 0;
    }

    long wakeUps() {
        return wakeUps;
    }
}
