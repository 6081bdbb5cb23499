package org.sigkevent.core;

import static org.sigkevent.core.RingLayout.*;

import java.lang.ref.Reference;
import java.nio.LongBuffer;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.PerThread;

/**
 * Takes records from a {@link Ring}, for the threads of this process.
 *
 * <p><b>Takers</b> have no lock. They read the read word, copy the record and its source, and move the read word on by one with
 * a compare-and-set; who loses throws the copy away. The copy of a winner is whole: a slot is written again only after the
 * read index has passed it, and then the compare-and-set would have failed. Each record is taken exactly once, in order.
 *
 * <p><b>Settling.</b> A record of a source, and a withdrawn one, is settled by whoever won it: the counts move (under the lock), and the
 * source is told ({@link Source#taken}). From before its compare-and-set until then the taker is in {@code transit}.
 */
final class Takers {
    /** The most that are taken with one compare-and-set. */
    private static final int TOGETHER = 64;

    private static final PerThread<long[]> COPIES = new PerThread<>(() -> new long[TOGETHER * RECORD_WORDS]);

    private final RingSlots slots;
    private final LongBuffer words;

    Takers(RingSlots slots) {
        this.slots = slots;
        words = slots.words;
    }

    /**
     * Takes the oldest record; false when there is none. Any thread; no lock but what the record's source takes.
     *
     * @param settles whether a source that keeps its slot is told now; if not {@link RingRecord#settle} tells it
     */
    boolean take(RingRecord into, boolean settles) {
        RingSlots slots = this.slots;
        LongBuffer words = this.words;
        try {
            long lost = -1;
            for (int tries = 0; ; ) {
                // pairs with RingSlots.clearBusy
                long word = Memory.getLongAcquire(words, READ_AT);
                if (slots.ended()) {
                    return false;
                }
                if (word < 0) {
                    waitWhileBusy(word);
                    continue;
                }
                long read = word & INDEX_MASK;
                // pairs with RingSlots.showUpTo: the record is whole
                long end = slots.write;
                long unread = end - read & INDEX_MASK;
                if (unread == 0) {
                    return false;
                }
                if (unread > slots.slots) {
                    // the word is old by now; if it is not, it never was ours
                    if (word == Memory.getLongAcquire(words, READ_AT)) {
                        slots.broken = true;
                    }
                    continue;
                }
                int slot = (int) read & slots.mask;
                into.load(words, RingSlots.at(slot));
                Source source = slots.sources[slot];
                if (source != null) {
                    if (source.keepsSlot) {
                        // it goes on, and may publish the next record when this one is taken, where nothing may fail
                        RingRecord.prepareOutgoing();
                    }
                    RingSlots.TRANSIT.getAndAdd(slots, 1);
                    if (slots.closed) {
                        // pairs with the wait in close: either it waits for this thread, or this thread is not on its
                        // way
                        RingSlots.TRANSIT.getAndAdd(slots, -1);
                        return false;
                    }
                }
                long next = word & ~INDEX_MASK | read + 1 & INDEX_MASK;
                boolean won = Memory.compareAndSetLong(slots.bytes, READ_AT, word, next);
                boolean ours = source == null ? won : settle(won, source, read, into);
                if (ours && slots.closed) {
                    // meanwhile; what was won before that is the taker's to let go of
                    if (source != null) {
                        source.abandoned();
                    }
                } else if (ours && source != null && source.keepsSlot && !settles) {
                    into.unsettled(source);
                    return true;
                } else if (ours && (source == null || source.taken(into))) {
                    return true;
                }
                tries = read == lost ? tries + 1 : 0;
                lost = read;
                if (tries == RingSlots.MOST_TRIES) {
                    slots.broken = true;
                }
            }
        } finally {
            Reference.reachabilityFence(slots);
        }
    }

    /**
     * Takes the oldest record straight into {@code holder}, if it has no source: 1; 0 when there is none; -1 when {@link #take(RingRecord, boolean)}
     * is to take it.
     */
    <T> int takeOne(T holder, Records.Into<T> into) {
        RingSlots slots = this.slots;
        LongBuffer words = this.words;
        // pairs with RingSlots.clearBusy
        long word = Memory.getLongAcquire(words, READ_AT);
        long read = word & INDEX_MASK;
        // pairs with RingSlots.showUpTo: the record is whole
        long unread = slots.write - read & INDEX_MASK;
        if (unread == 0 && word >= 0) {
            return 0;
        }
        int slot = (int) read & slots.mask;
        if (word < 0 || unread > slots.slots || slots.ended() || slots.sources[slot] != null) {
            return -1;
        }
        // in locals: who loses has written nothing of the caller's, and who wins needs no carrier
        int first = RingSlots.at(slot) >> 3;
        long kind = words.get(first);
        long cookie = words.get(first + 1);
        long result = words.get(first + 2);
        long outcome = words.get(first + 3);
        long data0 = words.get(first + 4);
        long data1 = words.get(first + 5);
        long time = words.get(first + 6);
        long sequence = words.get(first + 7);
        long next = word & ~INDEX_MASK | read + 1 & INDEX_MASK;
        boolean won = Memory.compareAndSetLong(slots.bytes, READ_AT, word, next) && !slots.closed;
        Reference.reachabilityFence(slots);
        if (won) {
            into.copy(holder, kind, cookie, result, outcome, data0, data1, time, sequence);
        }
        return won ? 1 : -1;
    }

    /**
     * Takes as many of the oldest records as {@code holders} has room for behind {@code from}, up to {@value #TOGETHER}, with one
     * compare-and-set: those from the oldest on that have no source. How many; 0 also when the oldest has one, which {@link #take(RingRecord, boolean)} takes.
     */
    <T> int take(T[] holders, int from, Records.Into<T> into) {
        RingSlots slots = this.slots;
        LongBuffer words = this.words;
        try {
            for (; ; ) {
                // pairs with RingSlots.clearBusy
                long word = Memory.getLongAcquire(words, READ_AT);
                if (slots.ended() || word < 0) {
                    return 0;
                }
                long read = word & INDEX_MASK;
                // pairs with RingSlots.showUpTo: the records are whole
                long unread = slots.write - read & INDEX_MASK;
                // more than there can be: the word is old, or not ours, which take(RingRecord) finds out
                long most = unread > slots.slots ? 0 : Math.min(Math.min(holders.length - from, TOGETHER), unread);
                int n = 0;
                while (n < most && slots.sources[(int) (read + n) & slots.mask] == null) {
                    n++;
                }
                if (n == 0) {
                    return 0;
                }
                // as they stand, and into the holders when they are won: 5 ns a record, and 13 by a carrier for each
                long[] copies = COPIES.get();
                slots.copy(read, n, copies);
                long next = word & ~INDEX_MASK | read + n & INDEX_MASK;
                if (Memory.compareAndSetLong(slots.bytes, READ_AT, word, next)) {
                    if (slots.closed) {
                        // perhaps while they were copied
                        return 0;
                    }
                    for (int i = 0; i < n; i++) {
                        int at = i * RECORD_WORDS;
                        into.copy(
                                holders[from + i],
                                copies[at],
                                copies[at + 1],
                                copies[at + 2],
                                copies[at + 3],
                                copies[at + 4],
                                copies[at + 5],
                                copies[at + 6],
                                copies[at + 7]);
                    }
                    return n;
                }
            }
        } finally {
            Reference.reachabilityFence(slots);
        }
    }

    /** Whether the record is the caller's, who is in transit: it won, it was not withdrawn, and it is the first to get it. */
    private boolean settle(boolean won, Source source, long index, RingRecord into) {
        if (!won) {
            RingSlots.TRANSIT.getAndAdd(slots, -1);
            return false;
        }
        boolean first = source != RingSlots.WITHDRAWN && source.unsettled > 0;
        if (!first && source != RingSlots.WITHDRAWN) {
            // somebody has put the read word back
            slots.broken = true;
        }
        if (first && !source.keepsSlot) {
            // it has this record only, and nobody else touches it while its winner is in transit: no lock
            source.unsettled--;
            source.position = -1;
            RingSlots.TRANSIT.getAndAdd(slots, -1);
            return true;
        }
        slots.lock.lock();
        try {
            if (first) {
                into.stamp = source.stampAt(index);
                slots.settle(source, index);
            } else {
                slots.forgetWithdrawn(source, index);
            }
            RingSlots.TRANSIT.getAndAdd(slots, -1);
            slots.lock.publish();
        } finally {
            slots.lock.held = 0;
        }
        return first;
    }

    /** A busy bit that stays while nobody of this process holds the lock was not set by this process. */
    private void waitWhileBusy(long word) {
        if (!slots.lock.isHeld() && word == Memory.getLongAcquire(words, READ_AT) && !slots.lock.isHeld()) {
            slots.broken = true;
        }
        Thread.onSpinWait();
        Thread.yield();
    }
}
