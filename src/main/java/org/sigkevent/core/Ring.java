package org.sigkevent.core;

import static org.sigkevent.core.RingLayout.*;

import java.lang.ref.Reference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.AdaptiveSpinLock;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/**
 * A ring of fixed-size records in shared memory, laid out as {@link RingLayout} says.
 *
 * <p><b>Objects.</b> The mapping holds what everybody may see. What this process relies on stands on the Java heap: the
 * geometry, the write index, the ring state, the sources and the counts; the mapping gets copies. The one word that is
 * read back from the mapping is the read word, and what it says is checked ({@link RingSlots#readIndex}).
 *
 * <p><b>Writers</b> of this process are serialised by one short lock. A post writes the record, then the write index, then the
 * ring state, each a release: who sees the index sees the record, who sees the state sees the index.
 *
 * <p><b>Takers</b> have no lock. They read the read word, copy the record and its source, and move the read word on by one with
 * a compare-and-set; who loses throws the copy away. The copy of a winner is whole: a slot is written again only after the
 * read index has passed it, and then the compare-and-set would have failed. Each record is taken exactly once, in order.
 *
 * <p><b>Withdrawing and moving</b> unread records. The owner sets the busy bit of the read word with a compare-and-set; from then
 * on no taker's compare-and-set succeeds. It finds the record already passed (then it was taken, and the answer is no), or
 * marks it as withdrawn, and clears the busy bit with the next epoch. A copy made before or meanwhile fails at its
 * compare-and-set, because the epoch is another. So after a withdrawal that succeeded nobody gets that record, and one that
 * did not succeed means that somebody has got it.
 *
 * <p><b>Settling.</b> A record of a source, and a withdrawn one, is settled by whoever won it: the counts move (under the lock), and the
 * source is told ({@link Source#taken}). From before its compare-and-set until then the taker is in {@code transit}.
 *
 * <p>How slots are counted and records written is in {@link RingSlots}; what other processes take, in {@link ForeignTakers}.
 */
public final class Ring {
    /** From a section that others have to be let in between: it is to be tried again. */
    private static final int AGAIN = -2;

    private final RingSlots slots;
    /** What takers of other processes did and wait for. */
    final ForeignTakers foreign;

    /** Whether its queue was destroyed: what is unread can still be taken, and nothing new begins. Written by {@link Members#leave}. */
    volatile boolean closing;

    private Ring(RingSlots slots) {
        this.slots = slots;
        foreign = new ForeignTakers(slots);
    }

    /**
     * A ring for {@code limit} outstanding events.
     *
     * @throws ErrnoException EINVAL (not in 1 to {@link RingLayout#MAX_LIMIT}), EMFILE, ENFILE, ENOMEM
     */
    public static Ring create(int limit) {
        return create(limit, 0);
    }

    /** A ring whose first record has the index {@code start}. */
    static Ring create(int limit, long start) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new ErrnoException(Errnos.EINVAL, "num " + limit + " is not in 1 to " + MAX_LIMIT);
        }
        int count = Integer.highestOneBit(limit + limit / 4 + 15) << 1;
        RingMemory memory = RingMemory.create(count);
        try {
            return new Ring(new RingSlots(memory, limit, count, start));
        } catch (Throwable refused) {
            Linux.close(memory.fd);
            throw refused;
        }
    }

    /** Makes it known as a ring to those that map it: when its owner can be found by its number, not earlier. */
    void show() {
        Memory.setIntRelease(slots.bytes, MAGIC_AT, MAGIC);
    }

    /** The descriptor of the memory. */
    public int fd() {
        return slots.memory.fd;
    }

    /** For its tests. */
    RingSlots slots() {
        return slots;
    }

    /** Events that can be outstanding at once. */
    public int limit() {
        return slots.limit;
    }

    // ---- capacity

    /** Reserves {@code n} slots for sources that will post; false, with nothing done, when there are not so many. */
    public boolean reserve(int n) {
        foreign.tell();
        slots.lock.lock();
        try {
            foreign.settle();
            boolean free = !ended() && slots.used() + n <= slots.limit;
            if (free) {
                slots.held += n;
            } else {
                slots.refuse();
            }
            slots.lock.publish();
            return free;
        } finally {
            slots.lock.held = 0;
        }
    }

    /** Gives back {@code n} reserved slots for which no record will come. */
    public void release(int n) {
        slots.lock.lock();
        try {
            slots.held -= n;
            slots.lock.publish();
        } finally {
            slots.lock.held = 0;
        }
    }

    /** Whether no slot is free. */
    public boolean full() {
        foreign.prepare();
        slots.lock.lock();
        try {
            foreign.settle();
            boolean full = !ended() && slots.used() >= slots.limit;
            slots.lock.publish();
            return full;
        } finally {
            slots.lock.held = 0;
        }
    }

    private boolean ended() {
        return slots.closed || slots.broken;
    }

    // ---- posting

    /**
     * Publishes a record of a source that holds a reservation. What the caller wrote before is visible to the taker. The caller
     * then looks for waiters, behind a full fence: the stores here are releases.
     *
     * @return the record's sequence; -1 when the ring has ended, and the source is {@linkplain Source#abandoned abandoned}
     */
    public long post(Source source, RingRecord record) {
        long index;
        while ((index = tryToPost(source, record)) == AGAIN) {
            Thread.onSpinWait();
        }
        if (index < 0) {
            source.abandoned();
        }
        return index;
    }

    private long tryToPost(Source source, RingRecord record) {
        slots.lock.lock();
        try {
            int room = foreign.makeRoom(source);
            if (room == ForeignTakers.NONE) {
                // a source that owns a slot gets it, however long its sources' owners take to be told
                slots.broken = true;
            }
            long index = room == ForeignTakers.LATER ? AGAIN : ended() ? -1 : slots.post(source, record);
            slots.lock.publish();
            return index;
        } finally {
            slots.lock.held = 0;
        }
    }

    /**
     * Reserves slots for up to {@code count} records that differ in their cookies, or for one, and publishes them in one step: how
     * many, fewer when not so many are free. The cookie is written into the record under the lock, so that threads can share one that
     * else stays as it is.
     *
     * @param source a one-shot source, of one record; or null when nothing but the record's own bytes is needed
     */
    int offer(@Nullable Source source, RingRecord record, long cookie, long @Nullable [] cookies, int count) {
        foreign.tell();
        int done;
        while ((done = tryToOffer(source, record, cookie, cookies, count)) == AGAIN) {
            Thread.onSpinWait();
        }
        return done;
    }

    private int tryToOffer(
            @Nullable Source source, RingRecord record, long cookie, long @Nullable [] cookies, int count) {
        slots.lock.lock();
        try {
            foreign.settle();
            int room = foreign.makeRoom(source);
            int done = AGAIN;
            if (room != ForeignTakers.LATER) {
                long free = ended() || room == ForeignTakers.NONE ? 0 : slots.limit - slots.used();
                int n = (int) Math.max(0, Math.min(count, free));
                if (n < count) {
                    slots.refuse();
                }
                record.cookie = cookie;
                done = slots.publishAll(source, record, cookies, n);
            }
            slots.lock.publish();
            return done;
        } finally {
            slots.lock.held = 0;
        }
    }

    // ---- withdrawing

    /**
     * Takes back the unread record of a source.
     *
     * @return true if it was unread and nobody will get it any more; false if there is none, or it was taken
     */
    public boolean withdraw(Source source) {
        slots.lock.lock();
        try {
            boolean done = !ended() && source.position >= 0 && slots.withdraw(source);
            slots.lock.publish();
            return done;
        } finally {
            slots.lock.held = 0;
        }
    }

    // ---- taking

    /** Takes the oldest record; false when there is none. Any thread; no lock but what the record's source takes. */
    public boolean take(RingRecord into) {
        try {
            long lost = -1;
            for (int tries = 0; ; ) {
                // pairs with RingSlots.clearBusy
                long word = Memory.getLongAcquire(slots.bytes, READ_AT);
                if (ended()) {
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
                    if (word == Memory.getLongAcquire(slots.bytes, READ_AT)) {
                        slots.broken = true;
                    }
                    continue;
                }
                int slot = (int) read & slots.mask;
                into.load(slots.at(slot));
                Source source = slots.sources[slot];
                if (source != null) {
                    if (source.keepsSlot) {
                        // it goes on, and may publish the next record when this one is taken, where nothing may fail
                        RingRecord.prepareOutgoing();
                    }
                    RingSlots.TRANSIT.getAndAdd(slots, 1);
                    if (slots.closed) {
                        // pairs with the wait in close: either it waits for this thread, or this thread is not on its way
                        RingSlots.TRANSIT.getAndAdd(slots, -1);
                        return false;
                    }
                }
                long next = word & ~INDEX_MASK | read + 1 & INDEX_MASK;
                boolean won = Memory.compareAndSetLong(slots.bytes, READ_AT, word, next);
                boolean ours = source == null ? won : settle(won, source, read);
                if (ours && slots.closed) {
                    // meanwhile; what was won before that is the taker's to let go of
                    if (source != null) {
                        source.abandoned();
                    }
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
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Takes up to {@code count} of the oldest records with one compare-and-set: those from the oldest on that have no source. How
     * many; 0 also when the oldest has one, which {@link #take(RingRecord)} takes.
     */
    public int take(Records.Into into, int count) {
        try {
            for (; ; ) {
                // pairs with RingSlots.clearBusy
                long word = Memory.getLongAcquire(slots.bytes, READ_AT);
                if (ended() || word < 0) {
                    return 0;
                }
                long read = word & INDEX_MASK;
                // pairs with RingSlots.showUpTo: the records are whole
                long unread = slots.write - read & INDEX_MASK;
                // more than there can be: the word is old, or not ours, which take(RingRecord) finds out
                long most = unread > slots.slots ? 0 : Math.min(count, unread);
                int n = 0;
                while (n < most) {
                    int slot = (int) (read + n) & slots.mask;
                    if (slots.sources[slot] != null) {
                        break;
                    }
                    into.at(n++).load(slots.at(slot));
                }
                if (n == 0) {
                    return 0;
                }
                long next = word & ~INDEX_MASK | read + n & INDEX_MASK;
                if (Memory.compareAndSetLong(slots.bytes, READ_AT, word, next)) {
                    // closed perhaps while they were copied
                    return slots.closed ? 0 : n;
                }
            }
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Whether the record is the caller's, who is in transit: it won, it was not withdrawn, and it is the first to get it. */
    private boolean settle(boolean won, Source source, long index) {
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
        if (!slots.lock.isHeld() && word == Memory.getLongAcquire(slots.bytes, READ_AT) && !slots.lock.isHeld()) {
            slots.broken = true;
        }
        Thread.onSpinWait();
        Thread.yield();
    }

    // ---- looking

    /** Records that can be taken. */
    public int unread() {
        if (ended()) {
            return 0;
        }
        long read = Memory.getLongAcquire(slots.bytes, READ_AT) & INDEX_MASK;
        long unread = (slots.write - read & INDEX_MASK) - slots.withdrawn;
        Reference.reachabilityFence(this);
        return (int) Math.max(0, Math.min(slots.limit, unread));
    }

    /** The ring state: a counter that moves with every event. */
    public int state() {
        // pairs with RingSlots.moveState; ordered with the waiter's count, see WaitRoom
        return slots.state;
    }

    /** Moves the ring state without a record. */
    public void touch() {
        slots.lock.lock();
        try {
            if (!slots.closed) {
                slots.moveState(1);
            }
            slots.lock.publish();
        } finally {
            slots.lock.held = 0;
        }
    }

    /** Fills in what the ring knows; the counts without the lock, as they happen to be. */
    void describe(Figures figures) {
        figures.limit = slots.limit;
        figures.unread = unread();
        figures.posted = posted();
        figures.armed = slots.held;
        figures.highWater = slots.highWater;
        figures.refused = slots.refused;
    }

    /** Records published. */
    public long posted() {
        return slots.write - slots.start;
    }

    /** Whether something that is not ours was found in the read word: nothing is taken or posted any more. */
    public boolean broken() {
        return slots.broken;
    }

    /** Whether nothing can be done with its queue but destroying it. */
    boolean dead() {
        return closing || slots.broken;
    }

    /** Whether records of sources that keep their slot are unread: what happens to those nobody tells the owner. */
    boolean keepsUnread() {
        return slots.heldUnread > 0;
    }

    // ---- the end

    /**
     * Ends the ring: nothing is taken or posted any more, cookies are let go and the pages are given back.
     *
     * @param closeFd whether the descriptor is still ours to close
     */
    public void close(boolean closeFd) {
        foreign.prepare();
        boolean ends;
        slots.lock.lock();
        try {
            ends = !slots.closed;
            if (ends) {
                foreign.settle();
                slots.takeAll();
                slots.closed = true;
            }
            slots.lock.publish();
        } finally {
            slots.lock.held = 0;
        }
        if (!ends) {
            return;
        }
        // takers on their way settle what they have won; none sets out any more
        for (int tries = 0; slots.transit != 0; tries++) {
            AdaptiveSpinLock.pause(tries);
        }
        // from here on what is not settled is this thread's alone, and so is the read word
        slots.abandonAll();
        foreign.abandon();
        Arrays.fill(slots.sources, null);
        slots.memory.clear();
        // a waiter that saw 0 and is about to sleep does not find it again
        Memory.setIntVolatile(slots.bytes, STATE_AT, ~slots.state);
        // they find no magic any more
        foreign.wake(Integer.MAX_VALUE);
        if (closeFd) {
            Linux.close(slots.memory.fd);
        }
    }
}
