package org.sigkevent.core;

import static org.sigkevent.core.RingLayout.*;

import java.lang.ref.Reference;
import java.nio.LongBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.AdaptiveSpinLock;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Stack;

/**
 * Takers of a ring in other processes: finds what they have taken, and wakes them.
 *
 * <p>They take in the same way as those of this process but settle nothing. Before each attempt they move a counter in the mapping,
 * so the owner need not look for what they took before that has moved once. Then, when no taker of this process is in transit, every
 * record that the read index has passed and that is not settled was taken by another process: {@link #settle}. A publisher that is
 * about to fill a slot whose last record is not settled waits for that ({@link #makeRoom}). Such a taker is not trusted: what it
 * writes into the mapping can make this ring broken, and the records it did not take wrong, but nothing else.
 *
 * <p><b>Two steps.</b> Under the ring's lock a record is settled (its slot is free) and stands in {@link #pending} from then on; the
 * source is told later, outside of all locks, by {@link #tell}. The table of the pending is made before the first of them is
 * settled: while it is full nothing is settled, and the slots stay in use. Those who reserve slots tell first, so it seldom fills up; it is
 * lengthened when a record is owed to a slot that cannot be settled otherwise ({@link #awaitRoom}).
 */
final class ForeignTakers {
    private static final long SOON_NANOS = 10_000_000;
    private static final long SELDOM_NANOS = 100_000_000;

    /** How often a look waits for takers of this process that are in transit. */
    private static final int LOOKS = 100;

    /** A record that was settled and whose source has not been told. */
    private static final class Taken {
        final RingRecord record = new RingRecord();

        @Nullable
        Source source;
    }

    private static final int MOST_PENDING = 1024;
    private static final long ACTIVE_NANOS = 1_000_000_000;

    private final RingSlots slots;
    final LongBuffer words;

    /** Up to where it is known which records other processes took. Written under the ring's lock. */
    private volatile long settledTo;

    /** Those that are settled and not told, in a ring of its own; null until another process has taken. Under the ring's lock. */
    private volatile Taken @Nullable [] pending;

    private int first;
    private volatile int count;

    /** Set before others see the ring. */
    private @Nullable Runnable served;

    private volatile @Nullable Runnable noticed;

    /** When it was seen last that others did something; those who see it at once may write it more than once. */
    private volatile long activeAt;

    ForeignTakers(RingSlots slots) {
        this.slots = slots;
        words = slots.words;
        settledTo = slots.start & INDEX_MASK;
    }

    /** Whether another process ever took. */
    boolean seen() {
        return pending != null;
    }

    /**
     * To be called before the ring's lock is taken: makes what {@link #settle} needs.
     *
     * @return whether there is something to settle or to tell
     */
    boolean prepare() {
        if (seen()) {
            long read = Memory.getLongAcquire(slots.bytes, READ_AT) & INDEX_MASK;
            if (read == settledTo && count == 0) {
                return false;
            }
            activeAt = System.nanoTime();
            for (int i = 0; i < LOOKS && inTransit(); i++) {
                Thread.onSpinWait();
            }
            return true;
        }
        // a taker moves the counter before it takes, so it has moved when the first one has
        if (words.get(FOREIGN_TAKES_AT >> 3) == 0 || slots.closed) {
            return false;
        }
        activeAt = System.nanoTime();
        Taken[] made = new Taken[Math.min(slots.slots, MOST_PENDING)];
        Arrays.setAll(made, i -> new Taken());
        slots.lock.lock();
        try {
            if (pending == null) {
                pending = made;
            }
            slots.lock.publish();
        } finally {
            slots.lock.held = 0;
        }
        Runnable told = noticed;
        if (told != null) {
            told.run();
        }
        return true;
    }

    /**
     * Finds what was taken since the last look. Under the ring's lock. While a taker of this process is in transit nothing is done;
     * {@link #prepare} has waited for it a while.
     */
    void settle() {
        Taken[] known = pending;
        if (known == null || slots.closed || slots.broken) {
            return;
        }
        // before transit, see RingSlots
        long read = slots.readIndex();
        if (slots.broken || inTransit()) {
            return;
        }
        long write = slots.write;
        long from = settledTo;
        if ((write - from & INDEX_MASK) > slots.slots) {
            from = write - slots.slots & INDEX_MASK;
        }
        while (from != read && (read - from & INDEX_MASK) <= slots.slots && settleSlot(known, from)) {
            from = from + 1 & INDEX_MASK;
        }
        settledTo = from;
    }

    private boolean inTransit() {
        // pairs with the addition before a taker's compare-and-set
        return slots.transit != 0;
    }

    /** The read index has passed this record and nobody here has it: false when it cannot be settled now. */
    private boolean settleSlot(Taken[] known, long index) {
        int slot = (int) index & slots.mask;
        Source source = slots.sources[slot];
        if (source == RingSlots.WITHDRAWN) {
            slots.sources[slot] = null;
            slots.withdrawn--;
        } else if (source != null && isOpen(source, index)) {
            if (count == known.length) {
                return false;
            }
            Taken taken = known[(first + count) % known.length];
            taken.source = source;
            taken.record.load(slots.words, RingSlots.at(slot));
            taken.record.stamp = source.stampAt(index);
            count++;
            slots.settle(source, index);
        }
        return true;
    }

    /**
     * Before a record is placed: the last record of the slot, and the last one of the source, must be settled. Under the ring's
     * lock, after {@link RingSlots#makeRoom}: if the slot's last record was passed, then before the index was read.
     *
     * @return false when it is to be tried again in another section, after {@link #awaitRoom}
     */
    boolean makeRoom(@Nullable Source source, long index) {
        if (!took() || slots.ended()) {
            return true;
        }
        long before = index - slots.slots & INDEX_MASK;
        Source last = slots.sources[(int) index & slots.mask];
        boolean open = last != null && isOpen(last, before);
        if (!open && (source == null || source.unsettled == 0)) {
            return true;
        }
        Taken[] known = pending;
        if (known == null || inTransit() || open && !settleSlot(known, before)) {
            return false;
        }
        // its owner gave that record up already
        while (source != null && source.unsettled > 0) {
            slots.settle(source, source.position);
        }
        return true;
    }

    /** Whether a record at that index, if the read index has passed it, still counts among the withdrawn or the unread of its source. */
    private static boolean isOpen(Source source, long index) {
        return source == RingSlots.WITHDRAWN || source.isAt(index);
    }

    /**
     * What {@link #makeRoom} waits for: a taker of this process that is in transit, and needs the ring's lock to leave; or the table
     * of the pending, which is made or lengthened here. What is to be published is owed, so it waits for the memory. Outside the ring's lock.
     */
    void awaitRoom(int tries) {
        Taken[] known = pending;
        try {
            if (known == null) {
                prepare();
            } else if (count == known.length) {
                lengthen(known);
            }
        } catch (OutOfMemoryError notNow) {
            // tried again
        }
        AdaptiveSpinLock.pause(tries);
    }

    private void lengthen(Taken[] full) {
        Taken[] longer = new Taken[2 * full.length];
        for (int i = full.length; i < longer.length; i++) {
            longer[i] = new Taken();
        }
        slots.lock.lock();
        try {
            if (pending == full && !slots.closed) {
                for (int i = 0; i < full.length; i++) {
                    longer[i] = full[(first + i) % full.length];
                }
                first = 0;
                pending = longer;
            }
            slots.lock.publish();
        } finally {
            slots.lock.held = 0;
        }
    }

    /** What else is to be served when it is looked at what others did, and what is told when that is noticed first. */
    void serves(Runnable asks, Runnable noticed) {
        served = asks;
        this.noticed = noticed;
    }

    /** Whether another process took, or put back, a moment ago. */
    boolean active() {
        return seen() && System.nanoTime() - activeAt < ACTIVE_NANOS;
    }

    /**
     * Settles what was taken and tells the sources, and does what others asked for. Outside all locks; cheap while no other process
     * takes.
     */
    void tell() {
        Runnable asks = served;
        if (asks != null) {
            asks.run();
        }
        int looks = 0;
        while (looks < LOOKS && prepare()) {
            Taken spare = new Taken();
            Stack.reserve();
            RingRecord.prepareOutgoing();
            Taken told = next(spare);
            if (told != null && told.source != null) {
                told.source.takenElsewhere(told.record);
            } else {
                looks = inTransit() ? looks + 1 : LOOKS;
            }
        }
    }

    /** Takes the oldest of the pending out, and leaves another in its place; null when there is none. */
    private @Nullable Taken next(Taken spare) {
        slots.lock.lock();
        try {
            settle();
            Taken[] known = pending;
            Taken oldest = null;
            if (known != null && count > 0 && !slots.closed) {
                oldest = known[first];
                known[first] = spare;
                first = (first + 1) % known.length;
                count--;
            }
            slots.lock.publish();
            return oldest;
        } finally {
            slots.lock.held = 0;
        }
    }

    /** The ring has ended: those that were not told will not be. */
    void abandon() {
        Taken[] known = pending;
        for (int i = 0; known != null && i < count; i++) {
            Source source = known[(first + i) % known.length].source;
            if (source != null) {
                source.abandonedElsewhere();
            }
        }
        pending = null;
    }

    /** Whether another process has taken, or is about to; after an acquire of the read word, for what that has passed. */
    boolean took() {
        boolean took = seen() || words.get(FOREIGN_TAKES_AT >> 3) != 0;
        Reference.reachabilityFence(slots);
        return took;
    }

    /** Whether no other process has ever taken or asked for anything; after an acquire of the read word, for what that has passed. */
    boolean quiet(LongBuffer words) {
        long moved = words.get(FOREIGN_TAKES_AT >> 3)
                | (int) words.get(FOREIGN_WAKES_AT >> 3)
                | words.get(FOREIGN_RETURNS_AT >> 3);
        return moved == 0 && !seen();
    }

    /** How many withdrawn records before {@code read} are not settled and so still count. Under the ring's lock. */
    int skipped(long read) {
        long behind = unsettledBehind(read);
        int n = 0;
        for (long i = behind; i > 0 && n < slots.withdrawn; i--) {
            if (slots.sources[(int) (read - i) & slots.mask] == RingSlots.WITHDRAWN) {
                n++;
            }
        }
        return n;
    }

    /** So many records before {@code read} are perhaps not settled. */
    private long unsettledBehind(long read) {
        return Math.min(read - settledTo & INDEX_MASK, slots.slots - (slots.write - read & INDEX_MASK));
    }

    /**
     * Slots in use. Under the ring's lock. A record that was passed and is not settled is not unread any more; if it was withdrawn, or its
     * source keeps its slot, it still counts where {@link RingSlots#used} subtracts. Takers of this process in transit are enough
     * for theirs; when others take as well, those records are looked for.
     */
    long used() {
        // before transit and the counter of the others, see RingSlots
        long read = slots.readIndex();
        if (!took()) {
            return slots.used(read) + slots.transit;
        }
        int most = slots.withdrawn + slots.heldUnread;
        int passed = 0;
        for (long i = unsettledBehind(read); i > 0 && passed < most; i--) {
            Source source = slots.sources[(int) (read - i) & slots.mask];
            if (source != null
                    && isOpen(source, read - i & INDEX_MASK)
                    && (source == RingSlots.WITHDRAWN || source.keepsSlot)) {
                passed++;
            }
        }
        return slots.used(read) + passed;
    }

    /** Whether threads of other processes say that they sleep on the ring state. Behind a full fence where what was written before matters. */
    boolean asleep() {
        return asleep(words);
    }

    /** The same, where {@link #words} are at hand. */
    boolean asleep(LongBuffer words) {
        return (int) words.get(FOREIGN_WAITERS_AT >> 3) != 0 && !slots.closed;
    }

    /** Wakes at most {@code n} threads of other processes, and those that are about to sleep: there may be enough records for them. */
    void wake(int n) {
        wake(n, 1);
    }

    /** Wakes them for nothing in particular. */
    void nullWake(int n) {
        wake(n, NULL_WAKE);
    }

    private void wake(int n, int step) {
        // the state moved before; pairs with the reads of this word, then of the state, in MappedRing.sleep
        Memory.getAndAddInt(slots.bytes, FOREIGN_FUTEX_AT, step);
        Linux.futexWake(slots.memory.address() + FOREIGN_FUTEX_AT, n);
        Reference.reachabilityFence(slots.memory);
    }

    /**
     * Others do not tell what they take, put back or ask for. So the look comes soon while they may take, and now and then while nobody
     * has: one that only wakes others leaves no other trace.
     */
    long lookAgain(boolean unread, long until) {
        boolean soon = unread || active();
        return Math.min(until, System.nanoTime() + (soon ? SOON_NANOS : SELDOM_NANOS));
    }
}
