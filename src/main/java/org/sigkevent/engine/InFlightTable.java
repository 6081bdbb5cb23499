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
    private static final int FIRST = 64;

    /** A place for one operation: never moves and never goes. */
    private static final class Place {
        final int index;

        /** How often it was used. */
        int uses;

        @Nullable
        Op op;

        /** The next free one; what the last one has here is never looked at. */
        Place next = this;

        Place(int index) {
            this.index = index;
        }
    }

    private final AdaptiveSpinLock lock = new AdaptiveSpinLock();

    // under the lock
    private Place[] places = {};
    private Place free = new Place(-1);
    private int freeCount;
    private int kept;
    private volatile int inFlight;

    InFlightTable() {
        grow(0);
    }

    /** Gives {@code op} a ticket, which is never negative. An Error that is thrown here has changed nothing. */
    void add(Op op) {
        for (; ; ) {
            int size;
            lock.lock();
            try {
                size = places.length;
                if (freeCount > kept) {
                    Place place = free;
                    free = place.next;
                    freeCount--;
                    place.op = op;
                    op.ticket = (long) (place.uses & Integer.MAX_VALUE) << 32 | place.index;
                    inFlight++;
                    size = -1;
                }
                lock.publish();
            } finally {
                lock.held = 0;
            }
            if (size < 0) {
                return;
            }
            grow(size);
        }
    }

    /** Keeps {@code n} places free for {@link #addKept}. An Error that is thrown here has changed nothing. */
    void keepFree(int n) {
        for (; ; ) {
            int size;
            lock.lock();
            try {
                size = places.length;
                if (freeCount - kept >= n) {
                    kept += n;
                    size = -1;
                }
                lock.publish();
            } finally {
                lock.held = 0;
            }
            if (size < 0) {
                return;
            }
            grow(size);
        }
    }

    /** Gives {@code n} places up that were kept free. */
    void giveUp(int n) {
        lock.lock();
        try {
            kept -= n;
            lock.publish();
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
                ops[i].ticket = (long) (place.uses & Integer.MAX_VALUE) << 32 | place.index;
            }
            inFlight += n;
            lock.publish();
        } finally {
            lock.held = 0;
        }
    }

    /** Doubles the table, unless it is larger than {@code seen} already. Allocates outside of the lock. */
    private synchronized void grow(int seen) {
        int size = places.length; // changed here only
        if (size != seen) {
            return;
        }
        int more = Math.max(FIRST, size);
        Place[] larger = Arrays.copyOf(places, size + more);
        Place last = new Place(size + more - 1);
        Place first = last;
        larger[first.index] = first;
        for (int index = first.index - 1; index >= size; index--) {
            Place place = new Place(index);
            place.next = first;
            first = place;
            larger[index] = place;
        }
        lock.lock();
        try {
            places = larger;
            last.next = free;
            free = first;
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
            Op op = (place.uses & Integer.MAX_VALUE) == (int) (ticket >>> 32) ? place.op : null;
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
            Place place = places[(int) ticket];
            Op op = (place.uses & Integer.MAX_VALUE) == (int) (ticket >>> 32) ? place.op : null;
            if (op != null) {
                place.op = null;
                place.uses++;
                place.next = free;
                free = place;
                freeCount++;
            }
            lock.publish();
            return op;
        } finally {
            lock.held = 0;
        }
    }

    /** Takes {@code count} tickets back, those with {@code more} only looked up; each one's operation, or null. */
    void remove(long[] tickets, boolean[] more, @Nullable Op[] into, int count) {
        lock.lock();
        try {
            for (int i = 0; i < count; i++) {
                long ticket = tickets[i];
                Place place = places[(int) ticket];
                Op op = (place.uses & Integer.MAX_VALUE) == (int) (ticket >>> 32) ? place.op : null;
                into[i] = op;
                if (op != null && !more[i]) {
                    place.op = null;
                    place.uses++;
                    place.next = free;
                    free = place;
                    freeCount++;
                }
            }
            lock.publish();
        } finally {
            lock.held = 0;
        }
    }

    /** Some operation in flight that fits; null when none does. A look at all of them, by the one thread that reaps. */
    @Nullable
    Op firstWhere(Predicate<Op> fits) {
        Place[] all;
        lock.lock();
        try {
            all = places;
            lock.publish();
        } finally {
            lock.held = 0;
        }
        for (Place place : all) {
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

    int inFlight() {
        return inFlight;
    }
}
