package org.sigkevent.core;

import static org.sigkevent.core.DeadlineClocks.BOOTTIME;
import static org.sigkevent.core.DeadlineClocks.MONOTONIC;
import static org.sigkevent.core.DeadlineClocks.PLACES;
import static org.sigkevent.core.DeadlineClocks.REALTIME;
import static org.sigkevent.core.DeadlineClocks.TAI;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.AdaptiveSpinLock;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Stack;

/**
 * The deadlines of one queue: those of each clock, and the agreement with those who sleep until the earliest.
 *
 * <p>Arming costs no system call. One lock guards what is pending, the deadlines' owners (a timer's fields are guarded by it too) and
 * {@link Sleeper#until}. A sleeper publishes the time until which it sleeps in the same section in which it looks at them; a
 * deadline is compared with that time in the section in which it is added. So either the sleeper sees the new deadline,
 * or the arming thread sees that the sleep would be too long, and wakes the sleeper after the lock is released
 * ({@link #wakeSleepers}). Disarming wakes nobody: a sleeper that wakes for nothing sleeps on. (A timerfd that somebody else polls
 * is an {@link Sleeper#exact} sleeper and is told of that, too.)
 *
 * <p>Sleeps are counted on CLOCK_MONOTONIC. Deadlines on the other clocks are converted at each sleep; a {@link ClockWatch} ends the
 * sleep when the clock is set or the machine was suspended, and the conversion is done anew.
 *
 * <p>The order of a call that arms, as in {@link #set}: {@link #makeRoom}, which may fail; {@link #lock}; {@link #arm}; the release;
 * {@link #wakeSleepers}.
 */
public final class Deadlines {
    /** Guards what is pending, and the fields of those that are. Not reentrant. */
    public final AdaptiveSpinLock lock = new AdaptiveSpinLock();

    /** Made for the first deadline: a queue without one has none of this. Written under the lock. */
    private volatile PendingDeadlines[] pending = {};

    private final Clocks clocks;
    private final Submitter submitter;
    private final Members members;
    private final Driver.Attendance driver;

    // made when they are needed first; guarded by this object's monitor
    private @Nullable ClockWatch setWatch;
    private @Nullable ClockWatch resumeWatch;

    /** Replaced as a whole. */
    private volatile Sleeper[] sleepers = {};

    /** Whether one of them is exact. */
    private volatile boolean exact;

    /** Nobody sleeps beyond this: perhaps too late a time, never too early a one. Under the lock. */
    private long latest = Sleeper.AWAKE;

    /** Whether some of them could need more room soon, or there are none yet. */
    private volatile boolean tight = true;

    private volatile boolean someoneLate;

    /** How many are armed; written under the lock. Not volatile: a fence for each would be half of what arming costs. */
    private int armed;

    /**
     * No deadline is due before this time of CLOCK_MONOTONIC; Long.MIN_VALUE when it must be looked up. Written under the
     * lock, read by those who drive without it: one that misses a fresh value finds it before it sleeps.
     */
    private volatile long noneBefore = Long.MAX_VALUE;

    Deadlines(Clocks clocks, Submitter submitter, Members members, Driver.Attendance driver) {
        this.clocks = clocks;
        this.submitter = submitter;
        this.members = members;
        this.driver = driver;
    }

    /** {@code nanos} after {@code now}, which is not negative, or the end of time. */
    public static long sum(long now, long nanos) {
        return nanos > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + nanos;
    }

    /** Nanoseconds of a clock that is one of {@link DeadlineClocks}. */
    public long now(int clock) {
        return clocks.now(clock);
    }

    // ---- arming

    /** Makes room for more deadlines, so that {@link #arm} cannot fail. Before the lock is taken. */
    public void makeRoom() {
        if (!tight) {
            return;
        }
        if (pending.length == 0) {
            makePending();
        }
        for (int i = 0; i < pending.length; i++) {
            PendingDeadlines all = pending[i];
            if (all.tight()) {
                PendingDeadlines.Room room = all.moreRoom(clocks.now(DeadlineClocks.at(i)));
                lock.lock();
                try {
                    all.grow(room);
                    lock.publish();
                } finally {
                    lock.held = 0;
                }
            }
        }
        tight = false;
    }

    private void makePending() {
        PendingDeadlines[] made = PendingDeadlines.several(PLACES);
        lock.lock();
        try {
            if (pending.length == 0) {
                pending = made;
            }
            lock.publish();
        } finally {
            lock.held = 0;
        }
    }

    /** Arms a deadline that is not armed, at {@code nanos} of {@code clock}. Under the lock. */
    public void arm(Deadline deadline, int clock, long nanos) {
        int place = DeadlineClocks.placeOf(clock);
        PendingDeadlines all = pending[place];
        boolean earliest = nanos < all.noneBefore();
        deadline.nanos = nanos;
        all.add(deadline);
        deadline.clock = (byte) place;
        armed++;
        if (all.tight()) {
            tight = true;
        }
        isArmed(place, nanos, earliest);
    }

    /** Whether somebody sleeps beyond a time at which a deadline is armed, the earliest of its clock or not. */
    private void isArmed(int place, long nanos, boolean earliest) {
        if (place == MONOTONIC) {
            if (nanos < noneBefore) {
                noneBefore = nanos;
            }
            lateBeyond(nanos);
        } else if (earliest) {
            // else the sleeps were converted from an earlier one, and end before
            noneBefore = Long.MIN_VALUE;
            lateBeyond(Sleeper.AWAKE);
        }
    }

    /** Moves a deadline that is armed on the clock {@code from}, or for which room is kept there. Under the lock. */
    public void move(Deadline deadline, int from, int clock, long nanos) {
        int place = deadline.clock;
        long before = deadline.nanos;
        boolean earliest = place >= 0 && nanos < pending[place].noneBefore();
        if (place < 0 || from != clock || !pending[place].retime(deadline, nanos)) {
            disarmOrGiveUp(deadline, from);
            arm(deadline, clock, nanos);
        } else if (nanos < before) {
            isArmed(place, nanos, earliest);
        } else if (exact) {
            tellExact();
        }
    }

    /** Arms a deadline that is not armed, all in one; for those who change nothing else under the lock. */
    public void set(Deadline deadline, int clock, long nanos) {
        makeRoom();
        lock.lock();
        try {
            arm(deadline, clock, nanos);
            lock.publish();
        } finally {
            lock.held = 0;
        }
        wakeSleepers();
    }

    /** Who sleeps beyond {@code nanos} is late; {@link Sleeper#AWAKE}, the earliest of all times, for whoever sleeps. */
    private void lateBeyond(long nanos) {
        if (nanos >= latest) {
            return;
        }
        long left = Sleeper.AWAKE;
        for (Sleeper sleeper : sleepers) {
            if (nanos < sleeper.until) {
                isLate(sleeper);
            }
            left = Math.max(left, sleeper.until);
        }
        latest = left;
    }

    /** It is told once: from then on it counts as awake. */
    private void isLate(Sleeper sleeper) {
        sleeper.until = Sleeper.AWAKE;
        sleeper.late = true;
        someoneLate = true;
    }

    /** Disarms; true if it was armed. Under the lock. */
    public boolean disarm(Deadline deadline) {
        if (deadline.clock < 0) {
            return false;
        }
        pending[deadline.clock].remove(deadline);
        deadline.clock = (byte) ~deadline.clock;
        armed--;
        if (exact) {
            tellExact();
        }
        return true;
    }

    /** One that is due will be armed again on this clock, with nothing that may fail: its room stays. Under the lock. */
    public void keepRoom(int clock) {
        pending[DeadlineClocks.placeOf(clock)].away++;
    }

    /** Disarms one that is armed, or for which room is kept. Under the lock. */
    public void disarmOrGiveUp(Deadline deadline, int clock) {
        if (!disarm(deadline)) {
            pending[DeadlineClocks.placeOf(clock)].away--;
        }
    }

    /** Disarms what {@link #set} has armed; true if it was armed. */
    public boolean clear(Deadline deadline) {
        lock.lock();
        try {
            boolean armed = disarm(deadline);
            lock.publish();
            return armed;
        } finally {
            lock.held = 0;
        }
    }

    /** A deadline went away that the exact sleepers may be waiting for. */
    private void tellExact() {
        for (Sleeper sleeper : sleepers) {
            if (sleeper.exact && sleeper.until != Sleeper.AWAKE && sleeper.until != Long.MAX_VALUE) {
                isLate(sleeper);
            }
        }
    }

    /** Wakes those that would sleep beyond a deadline that was armed, and sees to it that somebody looks after the queue. */
    public void wakeSleepers() {
        driver.needed();
        wakeLate(null);
    }

    /** Wakes those that are late, but not {@code self}, which is awake: whether that is late as well. */
    private boolean wakeLate(@Nullable Sleeper self) {
        boolean selfLate = false;
        if (someoneLate) {
            Sleeper[] all = sleepers;
            someoneLate = false;
            for (Sleeper sleeper : all) {
                if (sleeper.late) {
                    // before the wake: what makes it late from here on, it finds when it is awake
                    sleeper.late = false;
                    if (sleeper == self) {
                        selfLate = true;
                    } else {
                        sleeper.wake.run();
                    }
                }
            }
        }
        return selfLate;
    }

    /** Deadlines waiting; a hint. */
    public int size() {
        return armed;
    }

    /**
     * Whether any is armed. Who arms one afterwards sees what the caller wrote before: both take the lock, which is what
     * {@link Driver.Attendance#needed} relies on.
     */
    boolean any() {
        lock.lock();
        try {
            boolean any = armed > 0;
            lock.publish();
            return any;
        } finally {
            lock.held = 0;
        }
    }

    // ---- firing

    /** Lets everything that is due happen. Any thread; costs a clock reading when something is armed. */
    void fire() {
        long quietUntil = noneBefore;
        if (quietUntil == Long.MAX_VALUE || quietUntil > clocks.now(Linux.CLOCK_MONOTONIC)) {
            return;
        }
        prepare();
        do {
            makeRoom();
            lock.lock();
            try {
                fireLocked();
                lock.publish();
            } finally {
                lock.held = 0;
            }
        } while (tight);
        wakeSleepers();
    }

    /** What the thread needs under the lock is made before. */
    private static void prepare() {
        Scratch.get();
        RingRecord.prepareOutgoing();
        Stack.reserve();
    }

    private void fireLocked() {
        for (int i = 0; i < PLACES; i++) {
            PendingDeadlines all = pending[i];
            if (all.size() == 0) {
                continue;
            }
            long now = clocks.now(DeadlineClocks.at(i));
            for (Deadline first = all.due(now); first != null; first = all.due(now)) {
                all.remove(first);
                first.clock = (byte) ~first.clock;
                armed--;
                if (exact) {
                    tellExact();
                }
                first.due(first.nanos);
            }
        }
        for (PendingDeadlines all : pending) {
            if (all.stuck()) {
                tight = true;
            }
        }
        noneBefore = earliest();
    }

    /** The earliest deadline in terms of CLOCK_MONOTONIC; Long.MIN_VALUE when another clock has one ("look it up"). */
    private long earliest() {
        for (int i = 1; i < PLACES; i++) {
            if (pending[i].size() > 0) {
                return Long.MIN_VALUE;
            }
        }
        return pending[MONOTONIC].earliest();
    }

    // ---- sleeping

    /** One more sleeps until the earliest deadline now and then; one that is known stays. */
    synchronized void add(Sleeper sleeper) {
        if (!Arrays.asList(sleepers).contains(sleeper)) {
            Sleeper[] more = Arrays.copyOf(sleepers, sleepers.length + 1);
            more[sleepers.length] = sleeper;
            sleepers = more;
            if (sleeper.exact) {
                exact = true;
            }
        }
    }

    /**
     * Somebody is about to sleep until {@code own} at the latest: fires what is due and publishes until when they may sleep.
     *
     * @return that time, on CLOCK_MONOTONIC; Long.MAX_VALUE for ever
     */
    long goToSleep(Sleeper sleeper, long own) {
        prepare();
        long until;
        do {
            makeRoom();
            until = publish(sleeper, own);
            // not the driver as well: the caller looks after the queue now
        } while (wakeLate(sleeper) || tight);
        return until;
    }

    private long publish(Sleeper sleeper, long own) {
        long until = own;
        long resume = Long.MAX_VALUE;
        boolean setting = false;
        lock.lock();
        try {
            if (armed > 0) {
                fireLocked();
                until = earliestMonotonic(own);
                setting = pending[REALTIME].size() + pending[TAI].size() > 0;
                resume = pending[BOOTTIME].noneBefore();
            }
            sleeper.until = until;
            // what was armed so far is in that time
            sleeper.late = false;
            latest = Math.max(latest, until);
            lock.publish();
        } finally {
            lock.held = 0;
        }
        if ((setting || resume != Long.MAX_VALUE) && until > System.nanoTime()) {
            watch(setting, resume);
        }
        return until;
    }

    /** The earliest deadline on CLOCK_MONOTONIC, as the clocks stand now, or {@code own} if that is earlier. */
    private long earliestMonotonic(long own) {
        long until = own;
        for (int i = 0; i < PLACES; i++) {
            if (pending[i].size() > 0) {
                long earliest = pending[i].earliest();
                until = Math.min(until, i == MONOTONIC ? earliest : toMonotonic(i, earliest));
            }
        }
        return until;
    }

    private long toMonotonic(int place, long nanos) {
        long ahead = nanos - clocks.now(DeadlineClocks.at(place));
        long monotonic = System.nanoTime();
        return sum(monotonic, ahead);
    }

    private synchronized void watch(boolean setting, long resume) {
        if (resume != Long.MAX_VALUE) {
            if (resumeWatch == null) {
                resumeWatch = new ClockWatch(submitter, members, Linux.CLOCK_BOOTTIME, false, this::clockWasSet);
            }
            resumeWatch.watch(resume);
        }
        if (setting) {
            if (setWatch == null) {
                setWatch = new ClockWatch(submitter, members, Linux.CLOCK_REALTIME, true, this::clockWasSet);
            }
            setWatch.watch(ClockWatch.FAR_AWAY);
        }
    }

    /** A clock was set: everybody who sleeps looks at the deadlines again. */
    public void clockWasSet() {
        lock.lock();
        try {
            lateBeyond(Sleeper.AWAKE);
            lock.publish();
        } finally {
            lock.held = 0;
        }
        wakeSleepers();
    }
}
