package org.sigkevent.core;

import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.AdaptiveSpinLock;

/**
 * The deadlines of one queue: a heap for each clock, and the agreement with the thread that sleeps until the earliest.
 *
 * <p>Arming costs no system call. One lock guards the heaps, the deadlines' owners (a timer's fields are guarded by it too)
 * and {@link #sleepsUntil}: the time until which the driver has gone, or is about to go, to sleep. The keeper has a time of its
 * own: it may still sleep when a waiter leads, and step back while that one sleeps. The driver publishes it in the same critical
 * section in which it looks at the heaps; whoever arms looks at it in the section in which it adds to a heap. So either the driver sees the new deadline or the one who arms sees that it is earlier than the driver's sleep,
 * and wakes the driver (after the lock is released). Disarming never wakes anybody: a driver that wakes for nothing sleeps on.
 *
 * <p>The driver's sleep is counted on CLOCK_MONOTONIC. Deadlines on the other clocks are converted at each sleep; a
 * {@link ClockWatch} ends the sleep when the clock is set or the machine was suspended, and the conversion is done anew.
 */
public final class Deadlines {
    private static final int MONOTONIC = 0;
    private static final int REALTIME = 1;
    private static final int TAI = 2;
    private static final int BOOTTIME = 3;
    private static final int HEAPS = 4;
    private static final int[] CLOCK_OF = {
        Clocks.CLOCK_MONOTONIC, Clocks.CLOCK_REALTIME, Clocks.CLOCK_TAI, Clocks.CLOCK_BOOTTIME
    };

    /** {@link #sleepsUntil} while nobody sleeps: nobody needs to be woken. */
    private static final long AWAKE = Long.MIN_VALUE;

    /** Guards the heaps and the fields of those that are armed in them. Not reentrant. */
    public final AdaptiveSpinLock lock = new AdaptiveSpinLock();

    private final DeadlineHeap[] heaps = new DeadlineHeap[HEAPS];
    private final Queue queue;
    private final Clocks clocks;
    private @Nullable ClockWatch setWatch;
    private @Nullable ClockWatch resumeWatch;
    private long sleepsUntil = AWAKE;

    /** The same for the keeper; also read without the lock. */
    private volatile long keeperSleepsUntil = AWAKE;

    private boolean wakeDriver;

    /** Whether the keeper is to look again, and whether it was told so since it went to sleep. */
    private boolean tellKeeper;

    private boolean keeperTold;
    private @Nullable PollDescriptor polled;

    /**
     * No deadline is due before this time of CLOCK_MONOTONIC; Long.MIN_VALUE when it must be looked up. Written under the
     * lock, read by drivers without it: a driver that misses a fresh value finds it when it prepares to sleep.
     */
    private volatile long noneBefore = Long.MAX_VALUE;

    Deadlines(Queue queue, Clocks clocks) {
        this.queue = queue;
        this.clocks = clocks;
        for (int i = 0; i < HEAPS; i++) {
            heaps[i] = new DeadlineHeap();
        }
    }

    /** Whether {@link #arm} takes this clock. */
    public static boolean knows(int clock) {
        return heapOf(clock) >= 0;
    }

    private static int heapOf(int clock) {
        return switch (clock) {
            case Clocks.CLOCK_MONOTONIC -> MONOTONIC;
            case Clocks.CLOCK_REALTIME -> REALTIME;
            case Clocks.CLOCK_TAI -> TAI;
            case Clocks.CLOCK_BOOTTIME -> BOOTTIME;
            default -> -1;
        };
    }

    /** Nanoseconds of a clock that {@link #knows} it. */
    public long now(int clock) {
        return clocks.now(clock);
    }

    public void lock() {
        lock.lock();
    }

    /** Releases the lock, and wakes who sleeps too long. */
    public void unlock() {
        if (polled != null) {
            polled.deadline(earliestMonotonic(Long.MAX_VALUE));
        }
        lock.publish();
        lock.held = 0;
        wakeSleepers();
    }

    /** Wakes those that sleep beyond a deadline that was armed. After the release of the lock. */
    public void wakeSleepers() {
        if (wakeDriver || tellKeeper || polled != null) {
            lock.lock();
            if (polled != null) {
                polled.deadline(earliestMonotonic(Long.MAX_VALUE));
            }
            boolean wake = wakeDriver;
            boolean tell = tellKeeper;
            wakeDriver = false;
            tellKeeper = false;
            keeperTold |= tell;
            lock.publish();
            lock.held = 0;
            if (wake) {
                queue.engine().wake();
            }
            if (tell) {
                Driver.instance().attend(queue);
            }
        }
    }

    /** Makes room for one more deadline, so that {@link #arm} cannot fail. Before the lock is taken. */
    public void makeRoom() {}

    /** Arms a deadline that is not armed, at {@code nanos} of {@code clock}. Under the lock. */
    public void arm(Deadline deadline, int clock, long nanos) {
        int heap = heapOf(clock);
        deadline.nanos = nanos;
        deadline.clock = (byte) heap;
        boolean earliest = nanos < heaps[heap].noneBefore();
        heaps[heap].add(deadline);
        if (heap == MONOTONIC) {
            if (nanos < noneBefore) {
                noneBefore = nanos;
            }
            wakeDriver |= nanos < sleepsUntil;
            tellKeeper |= nanos < keeperSleepsUntil && !keeperTold;
        } else if (earliest) { // else the sleep was converted from an earlier one, and ends before
            noneBefore = Long.MIN_VALUE;
            wakeDriver |= sleepsUntil != AWAKE;
            tellKeeper |= keeperSleepsUntil != AWAKE && !keeperTold;
        }
    }

    /** Disarms; true if it was armed. Under the lock. */
    public boolean disarm(Deadline deadline) {
        if (deadline.clock < 0) {
            return false;
        }
        heaps[deadline.clock].remove(deadline);
        deadline.clock = -1;
        return true;
    }

    /** Deadlines waiting. */
    public int size() {
        lock.lock();
        try {
            int n = 0;
            for (DeadlineHeap heap : heaps) {
                n += heap.size();
            }
            return n;
        } finally {
            lock.publish();
            lock.held = 0;
        }
    }

    /** Lets everything that is due happen. Any thread; costs a clock reading when something is armed. */
    void fire() {
        long quietUntil = noneBefore;
        if (quietUntil == Long.MAX_VALUE || quietUntil > clocks.now(Clocks.CLOCK_MONOTONIC)) {
            return;
        }
        lock();
        try {
            fireLocked();
        } finally {
            unlock();
        }
    }

    private void fireLocked() {
        for (int i = 0; i < HEAPS; i++) {
            DeadlineHeap heap = heaps[i];
            Deadline first = heap.first();
            if (first == null) {
                continue;
            }
            long now = clocks.now(CLOCK_OF[i]);
            while (first != null && first.nanos <= now) {
                heap.remove(first);
                first.clock = -1;
                first.due(first.nanos);
                first = heap.first();
            }
        }
        noneBefore = earliest();
    }

    /** The earliest deadline in terms of CLOCK_MONOTONIC; Long.MIN_VALUE when another clock has one ("look it up"). */
    private long earliest() {
        for (int i = 1; i < HEAPS; i++) {
            if (heaps[i].first() != null) {
                return Long.MIN_VALUE;
            }
        }
        Deadline first = heaps[MONOTONIC].first();
        return first == null ? Long.MAX_VALUE : first.nanos;
    }

    /**
     * The driver is about to sleep until {@code own} at the latest: fires what is due and publishes until when it may sleep.
     *
     * @return that time, on CLOCK_MONOTONIC; Long.MAX_VALUE for ever
     */
    long goToSleep(long own) {
        lock();
        try {
            fireLocked();
            sleepsUntil = earliestMonotonic(own);
            return sleepsUntil;
        } finally {
            unlock();
        }
    }

    /** The earliest deadline on CLOCK_MONOTONIC, as the clocks stand now, or {@code own} if that is earlier. */
    private long earliestMonotonic(long own) {
        long until = own;
        for (int i = 0; i < HEAPS; i++) {
            Deadline first = heaps[i].first();
            if (first != null) {
                until = Math.min(until, i == MONOTONIC ? first.nanos : toMonotonic(i, first.nanos));
            }
        }
        return until;
    }

    /** From now on the descriptor is told of the earliest deadline. */
    void pollWith(PollDescriptor descriptor) {
        lock();
        polled = descriptor;
        unlock();
    }

    /** As {@link #goToSleep}, for the keeper. */
    long keeperGoesToSleep() {
        lock();
        try {
            fireLocked();
            long until = earliestMonotonic(Long.MAX_VALUE);
            keeperSleepsUntil = until;
            keeperTold = false;
            return until;
        } finally {
            unlock();
        }
    }

    /** The keeper does not look after the queue any more. */
    void keeperStepsBack() {
        lock.lock();
        keeperSleepsUntil = AWAKE;
        lock.publish();
        lock.held = 0;
    }

    /** Whether the keeper sleeps until a deadline that may not be the earliest any more. */
    boolean keeperSleeps() {
        return keeperSleepsUntil != AWAKE;
    }

    /** The driver is awake: until it sleeps again nobody needs to wake it. */
    void awake() {
        lock.lock();
        sleepsUntil = AWAKE;
        lock.publish();
        lock.held = 0;
    }

    private long toMonotonic(int heap, long nanos) {
        if (heap == BOOTTIME) {
            if (resumeWatch == null) {
                resumeWatch = new ClockWatch(queue, Clocks.CLOCK_BOOTTIME, false);
            }
            resumeWatch.watch(nanos);
        } else {
            if (setWatch == null) {
                setWatch = new ClockWatch(queue, Clocks.CLOCK_REALTIME, true);
            }
            setWatch.watch(ClockWatch.FAR_AWAY);
        }
        long ahead = nanos - clocks.now(CLOCK_OF[heap]);
        long monotonic = Clocks.monotonic();
        return ahead > Long.MAX_VALUE - monotonic ? Long.MAX_VALUE : monotonic + ahead;
    }

    /** A clock was set: whoever sleeps looks at the deadlines again. */
    public void clockWasSet() {
        queue.engine().wake();
        watchCameIn();
    }

    /** What a clock's watch told may have been reaped by another thread than the keeper. */
    void watchCameIn() {
        if (keeperSleeps()) {
            Driver.instance().attend(queue);
        }
    }
}
