package org.sigkevent.core;

import static org.sigkevent.core.RingLayout.*;

import java.lang.ref.Reference;
import java.nio.LongBuffer;
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
 * <p>How records are taken is in {@link Takers}.
 *
 * <p><b>Withdrawing and moving</b> unread records. The owner sets the busy bit of the read word with a compare-and-set; from then
 * on no taker's compare-and-set succeeds. It finds the record already passed (then it was taken, and the answer is no), or
 * marks it as withdrawn, and clears the busy bit with the next epoch. A copy made before or meanwhile fails at its
 * compare-and-set, because the epoch is another. So after a withdrawal that succeeded nobody gets that record, and one that
 * did not succeed means that somebody has got it.
 *
 * <p>How slots are counted and records written is in {@link RingSlots}; what other processes take, in {@link ForeignTakers}.
 */
public final class Ring {
    /** From a section that others have to be let in between: it is to be tried again. */
    private static final int AGAIN = -2;

    private final RingSlots slots;
    private final Takers takers;
    /** What takers of other processes did and wait for. */
    final ForeignTakers foreign;

    /** Whether its queue was destroyed: what is unread can still be taken, and nothing new begins. Written by {@link Members#leave}. */
    volatile boolean closing;

    private Ring(RingSlots slots) {
        this.slots = slots;
        takers = new Takers(slots);
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
        int count = RingLayout.slots(limit);
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

    /** What it stands on, for who serves other processes and for tests. */
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
            // used() may find it broken
            boolean free = !slots.ended() && foreign.used() + n <= slots.limit && !slots.broken;
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
            boolean full = !slots.ended() && foreign.used() >= slots.limit;
            slots.lock.publish();
            return full;
        } finally {
            slots.lock.held = 0;
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
        long index;
        for (int tries = 0; (index = tryToPost(source, record)) == AGAIN; tries++) {
            foreign.awaitRoom(tries);
        }
        if (index < 0) {
            source.abandoned();
        }
        return index;
    }

    private long tryToPost(Source source, RingRecord record) {
        slots.lock.lock();
        try {
            if (!slots.ended()) {
                slots.makeRoom();
            }
            boolean room = foreign.makeRoom(source, slots.write);
            long index = !room ? AGAIN : slots.ended() ? -1 : slots.post(source, record);
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
        int done = foreign.seen() ? AGAIN : offerAtOnce(source, record, cookie, cookies, count);
        if (done != AGAIN) {
            return done;
        }
        foreign.tell();
        done = 0;
        for (int tries = 0; (done = tryToOffer(source, record, cookie, cookies, done, count)) < 0; tries++) {
            done = ~done;
            foreign.awaitRoom(tries);
        }
        return done;
    }

    /**
     * As {@link #offer}, when no other process has ever taken or asked for anything, and no record has to be moved up: nothing is to be told or
     * settled then, and what was looked at holds for all records. How many, or {@link #AGAIN} with nothing done.
     */
    private int offerAtOnce(
            @Nullable Source source, RingRecord record, long cookie, long @Nullable [] cookies, int count) {
        // a field is loaded again behind a compare-and-set, and what it points at after it; locals are not
        RingSlots slots = this.slots;
        LongBuffer words = slots.words;
        AdaptiveSpinLock lock = slots.lock;
        lock.lock();
        try {
            int most = (record.flags & KEVENT_REQUEUED) == 0 ? slots.limit : slots.slots;
            int n = slots.fitting(most, count);
            // behind the read index that counts: a taker elsewhere has moved its counter before that
            if (foreign.quiet(words) && !slots.ended() && n <= slots.room(0)) {
                slots.place(source, record, cookie, cookies, n);
                slots.show(n);
                if (n < count) {
                    slots.refuse();
                }
            } else {
                n = AGAIN;
            }
            lock.publish();
            return n;
        } finally {
            lock.held = 0;
        }
    }

    /** Goes on behind the first {@code done}: how many are published now, or its complement when it is to be tried again. */
    private int tryToOffer(
            @Nullable Source source, RingRecord record, long cookie, long @Nullable [] cookies, int done, int count) {
        slots.lock.lock();
        try {
            foreign.settle();
            // who puts back what it has taken may exceed the limit: if it had to wait, takers could wait for each other
            int most = (record.flags & KEVENT_REQUEUED) == 0 ? slots.limit : slots.slots;
            long free = slots.ended() ? 0 : most - foreign.used();
            int end = done + (int) Math.max(0, Math.min(count - done, free));
            boolean again = false;
            int n = done;
            // placed and not shown: those for which no record has to be moved are shown together
            int placed = 0;
            while (n < end) {
                if (!slots.hasRoom(placed)) {
                    slots.show(placed);
                    placed = 0;
                    slots.makeRoom();
                }
                again = !foreign.makeRoom(source, slots.write + placed);
                if (again || slots.broken) {
                    break;
                }
                record.cookie = cookies == null ? cookie : cookies[n];
                slots.place(slots.write + placed, source, record);
                placed++;
                n++;
            }
            slots.show(placed);
            if (n < count && !again) {
                slots.refuse();
            }
            slots.lock.publish();
            return again ? ~n : n;
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
            boolean done = !slots.ended() && source.position >= 0 && slots.withdraw(source);
            slots.lock.publish();
            return done;
        } finally {
            slots.lock.held = 0;
        }
    }

    // ---- taking

    /** Takes the oldest record; false when there is none. Any thread; no lock but what the record's source takes. */
    public boolean take(RingRecord into) {
        return takers.take(into, true);
    }

    /** As {@link #take(RingRecord)}, into the carrier of {@code holder}. */
    <T> boolean take(T holder, Records.Into<T> into) {
        int taken = takers.takeOne(holder, into);
        return taken > 0 || taken < 0 && takeCarried(holder, into);
    }

    private <T> boolean takeCarried(T holder, Records.Into<T> into) {
        boolean taken = take(into.of(holder));
        if (taken) {
            into.taken(holder);
        }
        return taken;
    }

    /** As {@link #take(RingRecord)}; the source of a record that goes on with it is told by {@link RingRecord#settle}. */
    boolean takeUnsettled(RingRecord into) {
        return takers.take(into, false);
    }

    /**
     * Takes as many of the oldest records as {@code holders} has room for behind {@code from}, with one compare-and-set: those from the
     * oldest on that have no source. How many; 0 also when the oldest has one, which {@link #take(RingRecord)} takes.
     */
    public <T> int take(T[] holders, int from, Records.Into<T> into) {
        return takers.take(holders, from, into);
    }

    // ---- looking

    /** Records that can be taken. */
    public int unread() {
        if (slots.ended()) {
            return 0;
        }
        if (slots.withdrawn > 0 && foreign.took()) {
            return exactlyUnread();
        }
        long read = Memory.getLongAcquire(slots.bytes, READ_AT) & INDEX_MASK;
        long unread = (slots.write - read & INDEX_MASK) - slots.withdrawn;
        Reference.reachabilityFence(this);
        return (int) Math.max(0, Math.min(slots.slots, unread));
    }

    /** Withdrawn records that other processes have skipped do not count, though nobody has settled them. */
    private int exactlyUnread() {
        slots.lock.lock();
        try {
            foreign.settle();
            long read = slots.readIndex();
            long unread = (slots.write - read & INDEX_MASK) - (slots.withdrawn - foreign.skipped(read));
            slots.lock.publish();
            return slots.ended() ? 0 : (int) Math.max(0, Math.min(slots.slots, unread));
        } finally {
            slots.lock.held = 0;
        }
    }

    /** The ring state: a counter that moves with every event. */
    public int state() {
        // pairs with RingSlots.moveState; ordered with the waiter's count, see WaitRoom
        return slots.state;
    }

    /** Records that a wait needs. */
    int required() {
        return slots.required;
    }

    /** Sets what a wait needs, here and for those that wait in other processes. */
    void require(int records) {
        slots.required = records;
        Memory.setIntRelease(slots.bytes, REQUIRED_AT, records);
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

    /** The process is ending, and its other threads go on until it does: only others are told. */
    void ownerEnds() {
        Memory.setIntRelease(slots.bytes, MAGIC_AT, 0);
        tellOthers();
    }

    /** Other processes find no magic any more, and those that sleep look. */
    private void tellOthers() {
        // a waiter that saw the state and is about to sleep does not find it again
        Memory.setIntVolatile(slots.bytes, STATE_AT, ~slots.state);
        foreign.wake(Integer.MAX_VALUE);
    }

    /**
     * Ends the ring: nothing is taken or posted any more, cookies are let go and the pages are given back.
     *
     * @param closeFd whether the descriptor is still ours to close
     */
    public void close(boolean closeFd) {
        boolean ends;
        long unread = 0;
        slots.lock.lock();
        try {
            ends = !slots.closed;
            if (ends) {
                unread = slots.takeAll();
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
        slots.abandonAll(unread);
        foreign.abandon();
        Arrays.fill(slots.sources, null);
        slots.memory.clear();
        tellOthers();
        if (closeFd) {
            Linux.close(slots.memory.fd);
        }
    }
}
