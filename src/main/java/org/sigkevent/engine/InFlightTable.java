package org.sigkevent.engine;

import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.SpinLock;

/**
 * The operations in flight by ticket, the 64 bits that the kernel gives back with a completion: the place in a table, and how
 * often that place was used before, so that a completion that comes late finds nobody.
 *
 * <p>Submitters draw tickets, the reaper takes them back; both do so under one lock that is held for a few instructions.
 */
final class InFlightTable {
    private final SpinLock lock = new SpinLock();
    private Op[] table = new Op[64];
    private int[] uses = new int[64];
    private int[] free = new int[64];
    private int freeCount;
    private int drawn;
    private volatile int inFlight;

    /** Gives {@code op} a ticket; never negative. */
    void draw(Op op) {
        lock.lock();
        try {
            drawLocked(op);
            inFlight++;
        } finally {
            lock.unlock();
        }
    }

    /** Gives each of {@code count} operations from {@code first} on a ticket. */
    void draw(Op[] ops, int first, int count) {
        lock.lock();
        try {
            for (int i = first; i < first + count; i++) {
                drawLocked(ops[i]);
            }
            inFlight += count;
        } finally {
            lock.unlock();
        }
    }

    private void drawLocked(Op op) {
        int place = freeCount > 0 ? free[--freeCount] : drawn++;
        if (place == table.length) {
            table = Arrays.copyOf(table, 2 * place);
            uses = Arrays.copyOf(uses, 2 * place);
            free = Arrays.copyOf(free, 2 * place);
        }
        table[place] = op;
        op.ticket = (long) (uses[place] & Integer.MAX_VALUE) << 32 | place;
    }

    /** The operation that holds a ticket, or null. */
    @Nullable
    Op holder(long ticket) {
        lock.lock();
        try {
            return holderLocked(ticket);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Op holderLocked(long ticket) {
        int place = (int) ticket;
        return place < drawn && (uses[place] & Integer.MAX_VALUE) == (int) (ticket >>> 32) ? table[place] : null;
    }

    /** Takes a ticket back: the operation that held it, or null when it was taken back before. */
    @Nullable
    Op redeem(long ticket) {
        lock.lock();
        try {
            return redeemLocked(ticket);
        } finally {
            lock.unlock();
        }
    }

    /** Takes {@code count} tickets back, those with {@code kept} only looked up; each one's operation, or null. */
    void redeem(long[] held, boolean[] kept, Op[] into, int count) {
        lock.lock();
        try {
            for (int i = 0; i < count; i++) {
                into[i] = kept[i] ? holderLocked(held[i]) : redeemLocked(held[i]);
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Op redeemLocked(long ticket) {
        Op op = holderLocked(ticket);
        if (op != null) {
            int place = (int) ticket;
            table[place] = null;
            uses[place]++;
            free[freeCount++] = place;
        }
        return op;
    }

    /** Some operation in flight that fits; null when none does. A look at all of them. */
    @Nullable
    Op firstWhere(Predicate<Op> fits) {
        lock.lock();
        try {
            for (int place = 0; place < drawn; place++) {
                if (table[place] != null && fits.test(table[place])) {
                    return table[place];
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** So many operations less are in flight; said after their completions were handled. */
    void done(int n) {
        lock.lock();
        inFlight -= n;
        lock.unlock();
    }

    int inFlight() {
        return inFlight;
    }
}
