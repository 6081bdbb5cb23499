package org.sigkevent.engine;

import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.AdaptiveSpinLock;

/**
 * The operations in flight by ticket, the 64 bits that the kernel gives back with a completion: the place in a table, and how
 * often that place was used before, so that a completion that comes late finds nobody.
 *
 * <p>Submitters add operations and the reaper removes them, under one lock that is held for a few instructions. Under it nothing
 * is allocated: who finds no free place makes more of them first ({@link #grow}), and who must not fail later has places kept
 * free for it ({@link #keepFree}).
 */
final class InFlightTable {
    private static final int FIRST = 8;

    /** A place for one operation: never moves and never goes. */
    private static final class Place {
        /** The ticket of the operation that is here, or of the next one: its index, and above that how often it was used. */
        long ticket;

        @Nullable
        Op op;

        /** The next free one; what the last one has here is never looked at. */
        Place next = this;

        Place(int index) {
            ticket = index;
        }
    }

    /** Behind the last free one. */
    private static final Place NONE = new Place(-1);

    /** What one more use adds to a ticket; it never becomes negative. */
    private static final long ONE_USE = 1L << 32;

    private final AdaptiveSpinLock lock = new AdaptiveSpinLock();

    // under the lock
    private volatile Place[] places = {};
    private Place free = NONE;
    private int freeCount;
    private int kept;
    volatile int inFlight;

    /** Gives {@code op} a ticket, which is never negative. An Error that is thrown here has changed nothing. */
    void add(Op op) {
        while (!tryAdd(op)) {
            grow(1);
        }
    }

    private boolean tryAdd(Op op) {
        lock.lock();
        try {
            boolean room = freeCount > kept;
            if (room) {
                Place place = free;
                free = place.next;
                freeCount--;
                place.op = op;
                op.ticket = place.ticket;
                inFlight++;
            }
            lock.publish();
            return room;
        } finally {
            lock.held = 0;
        }
    }

    /** Keeps {@code n} places free for {@link #addKept}. An Error that is thrown here has changed nothing. */
    void keepFree(int n) {
        while (!tryKeep(n)) {
            grow(n);
        }
    }

    /** Keeps {@code n} places more; gives as many up when it is negative, for which there is always room. */
    boolean tryKeep(int n) {
        lock.lock();
        try {
            boolean room = freeCount - kept >= n;
            kept += room ? n : 0;
            lock.publish();
            return room;
        } finally {
            lock.held = 0;
        }
    }

    /** Gives {@code n} operations from {@code from} on a ticket each, in places that were kept free for them. */
    void addKept(Op[] ops, int from, int n) {
        lock.lock();
        try {
            for (int i = from; i < from + n; i++) {
                Place place = free;
                free = place.next;
                freeCount--;
                kept--;
                place.op = ops[i];
                ops[i].ticket = place.ticket;
            }
            inFlight += n;
            lock.publish();
        } finally {
            lock.held = 0;
        }
    }

    /** Makes the table, or doubles it, unless another thread has made room for {@code n} meanwhile. Allocates outside of the lock. */
    private synchronized void grow(int n) {
        if (freeCount - kept >= n) {
            // a look without the lock: whoever comes from it looks again
            return;
        }
        // changed here only
        int size = places.length;
        int more = Math.max(FIRST, size);
        Place[] larger = Arrays.copyOf(places, size + more);
        for (int index = larger.length - 1; index >= size; index--) {
            larger[index] = new Place(index);
            // its own next for the last one, which gets another below
            larger[index].next = larger[Math.min(index + 1, larger.length - 1)];
        }
        lock.lock();
        try {
            places = larger;
            larger[larger.length - 1].next = free;
            free = larger[size];
            freeCount += more;
            lock.publish();
        } finally {
            lock.held = 0;
        }
    }

    /** The operation that holds a ticket, or null. */
    @Nullable
    Op holder(long ticket) {
        lock.lock();
        try {
            // an operation of another engine may have one that is too large for this table
            Place place = (int) ticket < places.length ? places[(int) ticket] : free;
            Op op = place.ticket == ticket ? place.op : null;
            lock.publish();
            return op;
        } finally {
            lock.held = 0;
        }
    }

    /** Takes a ticket back: the operation that held it, or null when it was taken back before. */
    @Nullable
    Op remove(long ticket) {
        lock.lock();
        try {
            Op op = take(ticket, false);
            lock.publish();
            return op;
        } finally {
            lock.held = 0;
        }
    }

    private @Nullable Op take(long ticket, boolean more) {
        Place place = places[(int) ticket];
        Op op = place.ticket == ticket ? place.op : null;
        if (op != null && !more) {
            place.op = null;
            place.ticket = ticket + ONE_USE & Long.MAX_VALUE;
            place.next = free;
            free = place;
            freeCount++;
        }
        return op;
    }

    /** Takes {@code count} tickets back, those with a bit in {@code more} only looked up; each one's operation, or null. */
    void remove(long[] tickets, int more, @Nullable Op[] into, int count) {
        lock.lock();
        try {
            for (int i = 0; i < count; i++) {
                into[i] = take(tickets[i], (more >>> i & 1) != 0);
            }
            lock.publish();
        } finally {
            lock.held = 0;
        }
    }

    /**
     * Some operation in flight that fits; null when none does. A look at all of them without the lock, by the one thread that reaps:
     * who says that there is one that fits has had the lock, and says so with a volatile write.
     */
    @Nullable
    Op firstWhere(Predicate<Op> fits) {
        for (Place place : places) {
            Op op = place.op;
            if (op != null && fits.test(op)) {
                return op;
            }
        }
        return null;
    }

    /** So many operations less are in flight; said after their completions were handled. */
    void done(int n) {
        lock.lock();
        try {
            inFlight -= n;
            lock.publish();
        } finally {
            lock.held = 0;
        }
    }
}
