package org.sigkevent.core;

import static org.sigkevent.core.RingLayout.*;

import java.lang.ref.Reference;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/**
 * What a {@link Ring} does about its consumers in other processes: finds what they have taken, and wakes them.
 *
 * <p><b>Consumers in other processes</b> take in the same way but settle nothing. Before each attempt they move a counter in the
 * mapping, so the owner need not look for what they took before that has moved once. Then, when nobody is in transit, every record
 * that the read index has passed and that is not settled was taken elsewhere: {@link #settleElsewhere}. A publisher that is about
 * to fill a slot whose last record is not settled waits for that. Such a consumer is not trusted: what it writes into the mapping
 * can make this ring broken, and the records it did not take wrong, but nothing else.
 */
abstract class RingElsewhere extends RingSlots {
    /** Up to where it is known which records were taken elsewhere. */
    volatile long settledTo;

    final ArrayDeque<Taken> elsewhere = new ArrayDeque<>();

    /** Whether anybody outside this process ever took. */
    volatile boolean shared;

    RingElsewhere(RingMemory memory, int limit, int slots, long start) {
        super(memory, limit, slots, start);
        settledTo = start & INDEX_MASK;
    }

    /** Under the lock. */
    void settleOne(Source source, long index) {
        source.unsettled--;
        if (source.keepsSlot) {
            heldUnread--;
        }
        if ((source.position & INDEX_MASK) == index) {
            source.position = -1;
        }
    }

    static final class Taken {
        final Source source;
        final RingRecord record = new RingRecord();

        Taken(Source source) {
            this.source = source;
        }
    }

    /**
     * Finds what was taken elsewhere since the last look. Under the lock. Nobody of this process may be in transit: those who are
     * need the lock to leave it, so if they do not leave for a while nothing is done until the next time.
     */
    void settleForeign() {
        if (nothingTakenElsewhere() || closed || broken) {
            return;
        }
        shared = true;
        for (int i = 0; i < 100 && (int) TRANSIT.getAcquire(this) != 0; i++) {
            lock.unlock();
            Thread.onSpinWait();
            lock.lock();
        }
        long read = readIndex((long) Memory.LONG.getAcquire(bytes, READ_AT)); // before transit; see above
        if (broken || (int) TRANSIT.getAcquire(this) != 0) {
            return;
        }
        long first = settledTo;
        if ((write - first & INDEX_MASK) > slots) {
            first = write - slots & INDEX_MASK;
        }
        for (long i = first; i != read && (read - i & INDEX_MASK) <= slots; i = i + 1 & INDEX_MASK) {
            settleSlot(i);
        }
        settledTo = read;
    }

    /** Also read without the lock: what is missed then is found the next time. */
    boolean nothingTakenElsewhere() {
        if (!shared) {
            // a consumer moves the counter before it takes, so it has moved when the first one has
            return (long) Memory.LONG.getAcquire(bytes, FOREIGN_TAKES_AT) == 0;
        }
        return ((long) Memory.LONG.getAcquire(bytes, READ_AT) & INDEX_MASK) == settledTo && elsewhere.isEmpty();
    }

    /** The read index has passed this record and nobody here has it: it was taken elsewhere if it is not settled. */
    void settleSlot(long index) {
        int slot = (int) index & mask;
        Source source = sources[slot];
        if (source == BURIED) {
            sources[slot] = null;
            tombstones--;
        } else if (source != null && source.position >= 0 && (source.position & INDEX_MASK) == index) {
            settleOne(source, index);
            Taken taken = new Taken(source);
            taken.record.load(bytes, RECORDS_AT + slot * RECORD_SIZE);
            elsewhere.add(taken);
        }
    }

    /**
     * Before a record is published, on a ring that others take from: the last record of the slot, and the last one of the source,
     * must be settled. Under the lock, which it lets go for moments.
     */
    void clearTheWay(@Nullable Source source) {
        if (!shared) {
            return;
        }
        for (; ; ) {
            long before = write - slots & INDEX_MASK;
            Source last = sources[(int) write & mask];
            long read = readIndex((long) Memory.LONG.getAcquire(bytes, READ_AT));
            boolean passed = last != null && (write - read & INDEX_MASK) < slots;
            boolean open = passed && (last == BURIED || last.position >= 0 && (last.position & INDEX_MASK) == before);
            boolean twice = source != null && source.unsettled > 0;
            if (broken || closed || !open && !twice) {
                return;
            }
            if ((int) TRANSIT.getAcquire(this) == 0) {
                if (open) {
                    settleSlot(before);
                }
                if (source != null && source.unsettled > 0) { // its owner gave that record up already
                    settleOne(source, source.position & INDEX_MASK);
                }
                continue;
            }
            lock.unlock();
            Thread.onSpinWait();
            lock.lock();
        }
    }

    /** Settles what was taken elsewhere and tells the sources. Outside all locks; cheap while nobody takes elsewhere. */
    void settleElsewhere() {
        if (nothingTakenElsewhere()) {
            return;
        }
        for (; ; ) {
            lock.lock();
            Taken taken;
            try {
                settleForeign();
                taken = closed ? null : elsewhere.poll();
            } finally {
                lock.unlock();
            }
            if (taken == null) {
                return;
            }
            taken.source.takenElsewhere(taken.record);
        }
    }

    /** Whether consumers outside this process take from this ring. */
    public boolean shared() {
        return shared;
    }

    /** Whether records of sources that keep their slot are unread: what happens to those nobody tells the owner. */
    boolean keepsUnread() {
        return heldUnread > 0;
    }

    /** Whether consumers in other processes say that they sleep on the ring state. */
    boolean foreignWaiters() {
        return !closed && (int) Memory.INT.getVolatile(bytes, FOREIGN_WAITERS_AT) != 0;
    }

    /** Wakes at most {@code n} threads of other processes that sleep on the ring state. */
    void wakeForeign(int n) {
        Linux.futexWake(memory.address() + STATE_AT, n);
        Reference.reachabilityFence(memory);
    }
}
