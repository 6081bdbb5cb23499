package org.sigkevent.core;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of one clock that are armed. Not thread-safe: its owner locks.
 *
 * <p>A few stand in a {@link DeadlineHeap}. From {@value #MANY} on only those of the current millisecond do, and the others in a
 * {@link DeadlineWheel}: a heap of a million has twenty places to look at for each that moves, which are in no cache.
 */
final class PendingDeadlines {
    private static final int MANY = 1024;
    private static final int SPARE = 64;

    private final DeadlineHeap near = new DeadlineHeap();
    private @Nullable DeadlineWheel far;

    /** How many left that will be added again, for which there is room. */
    int away;

    /** Those of so many clocks. */
    static PendingDeadlines[] several(int clocks) {
        PendingDeadlines[] all = new PendingDeadlines[clocks];
        Arrays.setAll(all, i -> new PendingDeadlines());
        return all;
    }

    int size() {
        return near.size() + (far == null ? 0 : far.size());
    }

    // ---- room

    /** Whether the next deadlines could need more room, or those that are near now do: see {@link #grow}. */
    boolean tight() {
        return far == null ? near.size() + away + SPARE > near.capacity() || near.size() >= MANY : stuck();
    }

    /** Whether there is no room for what is near now: nothing is {@link #due} before there is. */
    boolean stuck() {
        return far != null && far.arrived() != null;
    }

    /** What is needed when it is {@link #tight}: made without the lock, and given to {@link #grow} under it. It is {@code now} on the clock. */
    Room moreRoom(long now) {
        int capacity = near.capacity();
        return new Room(
                capacity + Math.max(capacity >> 1, SPARE),
                far == null && near.size() >= MANY ? new DeadlineWheel(now) : null);
    }

    /** A longer array, and a wheel if that is wanted. */
    static final class Room {
        private final Deadline[] longer;
        private final @Nullable DeadlineWheel wheel;

        Room(int capacity, @Nullable DeadlineWheel wheel) {
            longer = new Deadline[capacity];
            this.wheel = wheel;
        }
    }

    void grow(Room room) {
        near.moveTo(room.longer);
        if (far != null) {
            sortArrived(far);
            return;
        }
        DeadlineWheel wheel = room.wheel;
        if (wheel == null) {
            return;
        }
        for (int i = near.size() - 1; i >= 0; i--) {
            Deadline deadline = near.at(i);
            if (wheel.isAhead(deadline)) {
                near.remove(deadline);
                wheel.add(deadline);
            }
        }
        far = wheel;
    }

    int capacity() {
        return near.capacity();
    }

    // ---- adding and removing

    /** Adds a deadline. Allocates only where {@link #tight} was not heeded, and then before anything has changed. */
    void add(Deadline deadline) {
        if (far != null && (far.isAhead(deadline) || near.full())) {
            far.add(deadline);
        } else {
            near.add(deadline);
        }
    }

    void remove(Deadline deadline) {
        if (deadline.index >= 0) {
            near.remove(deadline);
        } else if (far != null) {
            far.remove(deadline);
        }
    }

    /** Gives one that is here another time, if that takes no more than to write it down: whether it did. */
    boolean retime(Deadline deadline, long nanos) {
        return deadline.index < 0 && far != null && far.retime(deadline, nanos);
    }

    // ---- the earliest

    /** One that is due at {@code now}, the earliest first; null when none is. */
    @Nullable
    Deadline due(long now) {
        if (far != null && far.noneBefore() <= now) {
            far.advance(now);
            if (!sortArrived(far)) {
                return null;
            }
        }
        Deadline first = near.first();
        return first != null && first.nanos <= now ? first : null;
    }

    /** Those that have arrived go to the near ones; false when there is no room for all. */
    private boolean sortArrived(DeadlineWheel wheel) {
        for (Deadline one = wheel.arrived(); one != null; one = wheel.arrived()) {
            if (near.full()) {
                return false;
            }
            wheel.remove(one);
            near.add(one);
        }
        return true;
    }

    /**
     * The time of the earliest; Long.MAX_VALUE when there is none. Where many are more than a few seconds away, it may be earlier: then nothing
     * is due, and the next answer is later.
     */
    long earliest() {
        long other = far == null ? Long.MAX_VALUE : far.earliest();
        Deadline first = near.first();
        return first == null ? other : Math.min(other, first.nanos);
    }

    /** A time that no deadline here is before; Long.MAX_VALUE when there is none. Cheaper than {@link #earliest}. */
    long noneBefore() {
        long other = far == null ? Long.MAX_VALUE : far.noneBefore();
        Deadline first = near.first();
        return first == null ? other : Math.min(other, first.nanos);
    }
}
