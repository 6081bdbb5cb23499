package org.sigkevent.core;

import static org.sigkevent.core.RingLayout.*;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/**
 * A ring of fixed-size records in shared memory, laid out as {@link RingLayout} says.
 *
 * <p><b>Objects.</b> The mapping holds what everybody may see. What this process relies on stands on the Java heap: the
 * geometry, the write index, the ring state, the sources and the counts; the mapping gets copies. The one word that is
 * read back from the mapping is the read word, and what it says is checked ({@link #readIndex}).
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
 * writes a tombstone, and clears the busy bit with the next epoch. A copy made before or meanwhile fails at its
 * compare-and-set, because the epoch is another. So after a withdrawal that succeeded nobody gets that record, and one that
 * did not succeed means that somebody has got it.
 *
 * <p><b>Settling.</b> A record of a source, and a tombstone, is settled by whoever won it: the counts move (under the lock), and the
 * source is told ({@link Source#taken}). From before its compare-and-set until then the taker is in {@code transit}.
 *
 * <p>How slots are counted and records written is in {@link RingSlots}; what other processes take, in {@link RingElsewhere}.
 */
public final class Ring extends RingElsewhere {
    private Ring(RingMemory memory, int limit, int slots, long start) {
        super(memory, limit, slots, start);
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
        int slots = Integer.highestOneBit(limit + limit / 4 + 15) << 1;
        return new Ring(RingMemory.create(slots), limit, slots, start);
    }

    /** Makes it known as a ring to whoever maps it: when its owner can be found by its number, not earlier. */
    void show() {
        Memory.INT.setRelease(bytes, MAGIC_AT, MAGIC);
    }

    /** The descriptor of the memory. */
    public int fd() {
        return memory.fd;
    }

    /** Events that can be outstanding at once. */
    public int limit() {
        return limit;
    }

    /** Records that there is room for; more than the limit. */
    public int slots() {
        return slots;
    }

    // ---- capacity

    /** Reserves {@code n} slots for sources that will post; false, with nothing done, when there are not so many. */
    public boolean reserve(int n) {
        lock.lock();
        try {
            settleForeign();
            if (closed || broken || used() + n > limit) {
                refuse();
                return false;
            }
            held += n;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Gives back {@code n} reserved slots for which no record will come. */
    public void release(int n) {
        lock.lock();
        held -= n;
        lock.unlock();
    }

    /** Whether no slot is free. */
    public boolean full() {
        lock.lock();
        try {
            settleForeign();
            return !closed && !broken && used() >= limit;
        } finally {
            lock.unlock();
        }
    }

    // ---- posting

    /**
     * Publishes a record of a source that holds a reservation. What the caller wrote before is visible to the taker. The caller
     * then looks for waiters, behind a full fence: the stores here are releases.
     *
     * @return the record's sequence; -1 when the ring has ended, and the source is {@linkplain Source#abandoned abandoned}
     */
    public long post(Source source, RingRecord record) {
        lock.lock();
        try {
            clearTheWay(source);
            if (!closed && !broken) {
                if (source.keepsSlot) {
                    heldUnread++;
                } else {
                    held--;
                }
                long index = publish(source, record);
                if (index >= 0) {
                    return index;
                }
            }
        } finally {
            lock.unlock();
        }
        source.abandoned();
        return -1;
    }

    /**
     * Reserves a slot and publishes in one step; false when none is free.
     *
     * @param source a one-shot source, or null when nothing but the record's own bytes is needed
     */
    public boolean offer(@Nullable Source source, RingRecord record) {
        lock.lock();
        try {
            settleForeign();
            clearTheWay(source);
            if (closed || broken || used() >= limit) {
                refuse();
                return false;
            }
            return publish(source, record) >= 0;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Reserves slots for up to {@code count} records that need no source, and publishes them in one step: how many, fewer when
     * not so many are free.
     */
    public int offerAll(int id, Records.Cookies cookies, int count) {
        lock.lock();
        try {
            settleForeign();
            long free = closed || broken ? 0 : limit - used();
            int n = (int) Math.max(0, Math.min(count, free));
            if (n < count) {
                refuse();
            }
            for (int i = 0; i < n; i++) {
                clearTheWay(null);
            }
            return publishAll(id, cookies, n);
        } finally {
            lock.unlock();
        }
    }

    // ---- withdrawing

    /**
     * Takes back the unread record of a source.
     *
     * @return true if it was unread and nobody will get it any more; false if there is none, or somebody has taken it
     */
    public boolean withdraw(Source source) {
        lock.lock();
        try {
            long position = source.position;
            if (position < 0 || closed || broken) {
                return false;
            }
            long word = setBusy();
            long read = word & INDEX_MASK;
            if (broken) {
                return false;
            }
            if (write - position > (write - read & INDEX_MASK)) {
                clearBusy(word, read);
                return false; // whoever took it settles it
            }
            source.position = -1;
            source.unsettled--;
            int slot = (int) position & mask;
            bytes.putInt(RECORDS_AT + slot * RECORD_SIZE + FLAGS, KEVENT_TOMBSTONE);
            sources[slot] = BURIED;
            int buried = tombstones + 1;
            while ((write - read & INDEX_MASK) != 0 && sources[(int) read & mask] == BURIED) {
                sources[(int) read & mask] = null;
                read = read + 1 & INDEX_MASK;
                buried--;
            }
            tombstones = buried;
            if (source.keepsSlot) {
                heldUnread--;
            }
            clearBusy(word, read);
            return true;
        } finally {
            lock.unlock();
        }
    }

    // ---- taking

    /** Takes the oldest record; false when there is none. Any thread; no lock but what the record's source takes. */
    public boolean take(RingRecord into) {
        try {
            long lost = -1;
            for (int tries = 0; ; ) {
                long word = (long) Memory.LONG.getAcquire(bytes, READ_AT); // pairs with clearBusy()
                if (closed || broken) {
                    return false;
                }
                if (word < 0) {
                    waitWhileBusy(word);
                    continue;
                }
                long read = word & INDEX_MASK;
                long end = (long) WRITE.getAcquire(this); // pairs with publish(): the record is whole
                long unread = end - read & INDEX_MASK;
                if (unread == 0) {
                    return false;
                }
                if (unread > slots) {
                    // the word is old by now; if it is not, it never was ours
                    if (word == (long) Memory.LONG.getAcquire(bytes, READ_AT)) {
                        broken = true;
                    }
                    continue;
                }
                int slot = (int) read & mask;
                into.load(bytes, RECORDS_AT + slot * RECORD_SIZE);
                Source source = sources[slot];
                if (source != null) {
                    TRANSIT.getAndAdd(this, 1);
                }
                long next = word & ~INDEX_MASK | read + 1 & INDEX_MASK;
                boolean won = Memory.LONG.compareAndSet(bytes, READ_AT, word, next);
                boolean ours = source == null ? won : settle(won, source, read);
                if (ours && closed) { // perhaps while the record was copied
                    if (source != null) {
                        source.abandoned();
                    }
                } else if (ours && (source == null || source.taken(into))) {
                    return true;
                }
                tries = read == lost ? tries + 1 : 0;
                lost = read;
                if (tries == MOST_TRIES) {
                    broken = true;
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
                long word = (long) Memory.LONG.getAcquire(bytes, READ_AT); // pairs with clearBusy()
                if (closed || broken || word < 0) {
                    return 0;
                }
                long read = word & INDEX_MASK;
                long unread = (long) WRITE.getAcquire(this) - read & INDEX_MASK; // pairs with show(): they are whole
                if (unread > slots) {
                    return 0; // the word is old, or not ours: take(RingRecord) finds out
                }
                int n = 0;
                while (n < count && n < unread) {
                    int slot = (int) (read + n) & mask;
                    if (sources[slot] != null) {
                        break;
                    }
                    into.at(n++).load(bytes, RECORDS_AT + slot * RECORD_SIZE);
                }
                if (n == 0) {
                    return 0;
                }
                long next = word & ~INDEX_MASK | read + n & INDEX_MASK;
                if (Memory.LONG.compareAndSet(bytes, READ_AT, word, next)) {
                    return closed ? 0 : n; // closed perhaps while they were copied
                }
            }
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Whether the record is the caller's, who is in transit: it won, it is no tombstone, and it is the first to get it. */
    private boolean settle(boolean won, Source source, long index) {
        if (!won) {
            TRANSIT.getAndAdd(this, -1);
            return false;
        }
        boolean first = false;
        if (!source.keepsSlot && source != BURIED) {
            // it has this record only, and nobody else touches it while its winner is in transit: no lock
            if (source.unsettled > 0) {
                first = true;
                source.unsettled--;
                source.position = -1;
            } else {
                broken = true;
            }
            TRANSIT.getAndAdd(this, -1);
            return first;
        }
        lock.lock();
        if (source == BURIED) {
            tombstones--;
            if ((write - index & INDEX_MASK) <= slots) {
                sources[(int) index & mask] = null;
            }
        } else if (source.unsettled > 0) {
            first = true;
            settleOne(source, index);
        } else {
            broken = true; // somebody has put the read word back
        }
        TRANSIT.getAndAdd(this, -1);
        lock.unlock();
        return first;
    }

    /** A busy bit that stays while nobody of this process holds the lock was not set by this process. */
    private void waitWhileBusy(long word) {
        if (!lock.held() && word == (long) Memory.LONG.getAcquire(bytes, READ_AT) && !lock.held()) {
            broken = true;
        }
        Thread.onSpinWait();
        Thread.yield();
    }

    // ---- looking

    /** Records that can be taken. */
    public int unread() {
        if (closed || broken) {
            return 0;
        }
        long read = (long) Memory.LONG.getAcquire(bytes, READ_AT) & INDEX_MASK;
        long unread = ((long) WRITE.getAcquire(this) - read & INDEX_MASK) - tombstones;
        Reference.reachabilityFence(this);
        return (int) Math.max(0, Math.min(limit, unread));
    }

    /** The ring state: a counter that moves with every event. */
    public int state() {
        return (int) STATE.getVolatile(this); // pairs with moveState; ordered with the waiter's count, see WaitRoom
    }

    /** Moves the ring state without a record. */
    public void touch() {
        lock.lock();
        if (!closed) {
            moveState(1);
        }
        lock.unlock();
    }

    /** Slots that sources hold which are armed. */
    public int held() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    /** The most records that were ever unread at once. */
    public int highWater() {
        lock.lock();
        try {
            return highWater;
        } finally {
            lock.unlock();
        }
    }

    /** Records published. */
    public long posted() {
        return (long) WRITE.getAcquire(this) - start;
    }

    /** Reservations and offers that were refused. */
    public long refused() {
        lock.lock();
        try {
            return refused;
        } finally {
            lock.unlock();
        }
    }

    /** Whether something that is not ours was found in the read word: nothing is taken or posted any more. */
    public boolean broken() {
        return broken;
    }

    // ---- the end

    /** As {@link #close(boolean)}, with the descriptor. */
    public void close() {
        close(true);
    }

    /**
     * Ends the ring: nothing is taken or posted any more, cookies are let go and the pages are given back.
     *
     * @param closeFd whether the descriptor is still ours to close
     */
    public void close(boolean closeFd) {
        lock.lock();
        settleForeign();
        boolean first = !closed;
        List<Source> left = first ? takeAll() : List.of();
        closed = true;
        lock.unlock();
        if (first) {
            Arrays.fill(sources, null);
            memory.clear(); // takers on their way see zeros and then, because the flag was set before, that it is
            // closed
            Memory.INT.setVolatile(bytes, STATE_AT, ~state); // who saw 0 and is about to sleep does not find it again
            wakeForeign(Integer.MAX_VALUE); // they find no magic any more
            if (closeFd) {
                Linux.close(memory.fd);
            }
        }
        left.forEach(Source::abandoned);
    }

    /** The sources of all records that nobody of this process has taken, nor will. Under the lock. */
    private List<Source> takeAll() {
        List<Source> all = new ArrayList<>();
        elsewhere.forEach(taken -> all.add(taken.source));
        elsewhere.clear();
        long word = setBusy();
        if (broken) { // then it is not known which were taken
            return all;
        }
        for (long index = word & INDEX_MASK; (write - index & INDEX_MASK) != 0; index++) {
            Source source = sources[(int) index & mask];
            if (source != null && source.position >= 0 && (source.position - index & INDEX_MASK) == 0) {
                all.add(source);
            }
        }
        clearBusy(word, write);
        return all;
    }
}
