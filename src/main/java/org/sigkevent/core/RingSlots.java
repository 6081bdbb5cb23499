package org.sigkevent.core;

import static org.sigkevent.core.RingLayout.*;

import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.AdaptiveSpinLock;
import org.sigkevent.sys.Memory;

/**
 * The slots of a {@link Ring} and what its writers do with them under the lock: count them, write records into them and show them,
 * stop the takers and move records.
 *
 * <p><b>Capacity.</b> The number of slots in use, exact whenever the lock is held and no taker is on its way:
 *
 * <pre>used = held + (write - read - withdrawn) - heldUnread + transit</pre>
 *
 * {@code held} counts reservations of sources that are armed. A one-shot source gives its reservation to its record: held goes
 * down, the unread records go up. A source that keeps its slot counts in both, which {@code heldUnread} corrects. Taking a record
 * without a source thus costs nothing: its slot is free because the read index has moved. A taker of another record adds one to
 * {@code transit} before its compare-and-set and, when it has won, takes it back under the lock together with its count. A writer
 * reads the read word before {@code transit}: if it sees the compare-and-set it also sees the addition before it. So {@code used}
 * is never too small, and a slot that was promised is there. Once other processes take, who are in no transit, what was passed and is
 * not settled is counted itself instead ({@link ForeignTakers#used}).
 *
 * <p><b>Withdrawn records do not use up the ring.</b> There are more slots than the limit, by a quarter and 16 at least. When all are
 * filled the unread records are moved up over the withdrawn ones, and what was below is free again.
 *
 * <p><b>Requeued records may exceed the limit.</b> Nothing new is reserved then, but each slot can be filled: there are twice as many as
 * the limit (of the largest rings {@link RingLayout#MAX_SLOTS}).
 */
final class RingSlots {
    static final AtomicLongFieldUpdater<RingSlots> WRITE = AtomicLongFieldUpdater.newUpdater(RingSlots.class, "write");
    static final AtomicIntegerFieldUpdater<RingSlots> STATE =
            AtomicIntegerFieldUpdater.newUpdater(RingSlots.class, "state");
    static final AtomicIntegerFieldUpdater<RingSlots> TRANSIT =
            AtomicIntegerFieldUpdater.newUpdater(RingSlots.class, "transit");

    /** Stands behind a record that was withdrawn. */
    static final Source WITHDRAWN = new Source(false) {
        @Override
        protected boolean taken(RingRecord record) {
            return false;
        }
    };

    /** A read word that changes so often without its index moving on was not changed by takers. */
    static final int MOST_TRIES = 1 << 22;

    final RingMemory memory;
    final ByteBuffer bytes;

    /** The same memory as words. */
    final LongBuffer words;

    final int limit;
    final int slots;
    final int mask;

    /** Behind each slot the source of the record in it; left standing after the take, until the slot is written again. */
    final Source[] sources;

    final AdaptiveSpinLock lock = new AdaptiveSpinLock();

    /** Index of the next record; written under the lock with release, read by takers with acquire. */
    volatile long write;

    volatile int state;

    /** Takers between their compare-and-set and its settlement. */
    volatile int transit;

    // under the lock
    int held;
    int heldUnread;
    int highWater;
    // the read index as it was seen last
    long floor;

    long refused;
    final long start;

    /** Records that a wait needs. */
    volatile int required = 1;

    volatile int withdrawn;
    volatile boolean broken;
    volatile boolean closed;

    RingSlots(RingMemory memory, int limit, int slots, long start) {
        this.memory = memory;
        this.bytes = memory.bytes;
        this.words = memory.words;
        this.limit = limit;
        this.slots = slots;
        this.mask = slots - 1;
        this.sources = new Source[slots];
        this.start = start;
        write = start;
        floor = start & INDEX_MASK;
        bytes.putInt(VERSION_AT, VERSION);
        bytes.putInt(RECORD_SIZE_AT, RECORD_SIZE);
        bytes.putInt(SLOTS_AT, slots);
        bytes.putInt(LIMIT_AT, limit);
        bytes.putInt(REQUIRED_AT, 1);
        Memory.setLongRelease(bytes, WRITE_AT, write);
        Memory.setLongRelease(bytes, READ_AT, write & INDEX_MASK);
    }

    /** Whether nothing can be posted or taken any more. */
    boolean ended() {
        return closed || broken;
    }

    /** A record of this source was taken: its slot is free. Under the lock. */
    void settle(Source source, long index) {
        source.unsettled--;
        if (source.keepsSlot) {
            heldUnread--;
        }
        if (source.isAt(index)) {
            source.position = -1;
        }
    }

    /** The read index as it stands, checked. Under the lock. */
    long readIndex() {
        // pairs with the compare-and-set of takers; read before transit, see above
        return readIndex(Memory.getLongAcquire(words, READ_AT));
    }

    /** Slots in use at a {@linkplain #readIndex read index}, but for what is in transit or passed elsewhere. Under the lock. */
    long used(long read) {
        return held + (write - read & INDEX_MASK) - withdrawn - heldUnread;
    }

    /**
     * The index in a read word that was read under the lock. It never goes back and never passes the write index, and its busy
     * bit is set under this lock only: anything else was not written by a taker, and the ring is broken.
     */
    long readIndex(long word) {
        long index = word & INDEX_MASK;
        long unread = write - index & INDEX_MASK;
        if (word < 0 || unread > (write - floor & INDEX_MASK)) {
            broken = true;
            return write & INDEX_MASK;
        }
        floor = index;
        return index;
    }

    void refuse() {
        refused++;
        if (!closed) {
            Memory.setLongRelease(bytes, OVERFLOWS_AT, refused);
        }
    }

    /** Whether there is a slot behind {@code placed} records that nobody can see yet. Under the lock. */
    boolean hasRoom(int placed) {
        return room(placed) > 0;
    }

    /** How many there are. */
    long room(int placed) {
        return slots - (write + placed - floor & INDEX_MASK);
    }

    /**
     * Has a slot ready for the next record, which was promised one; if there is none the ring is broken. From here to the end of the
     * section the read index counts as it was seen here. Under the lock.
     */
    void makeRoom() {
        readIndex();
        if (!hasRoom(0)) {
            moveUp();
        }
        if (!hasRoom(0)) {
            // what was promised is not there: the read word was moved by somebody else
            broken = true;
        }
    }

    /**
     * How many of {@code count} records may come, if {@code most} slots can be in use and no other process takes. The read index, which takers
     * write all the time, is read only when it has to be: with an older one more counts as unread, and never less as in use. Under the lock.
     */
    int fitting(int most, int count) {
        long free = most - used(floor) - transit;
        if (free < count) {
            free = most - used(readIndex()) - transit;
        }
        return (int) Math.max(0, Math.min(count, free));
    }

    /** Publishes the record of a source that holds a reservation: its index. Under the lock, after {@link #makeRoom}. */
    long post(Source source, RingRecord record) {
        long index = write;
        place(index, source, record);
        show(1);
        if (source.keepsSlot) {
            heldUnread++;
        } else {
            held--;
        }
        return index;
    }

    /** Shows the next {@code n} records, which were placed. Under the lock. */
    void show(int n) {
        if (n > 0) {
            showUpTo(write + n);
        }
    }

    /** Where a slot begins, in bytes. */
    static int at(int slot) {
        // slots are fewer; so the compiler knows that what is computed from it is not negative
        return RECORDS_AT + (slot & MAX_SLOTS - 1) * RECORD_SIZE;
    }

    /** Writes a record that nobody can see yet. */
    void place(long index, @Nullable Source source, RingRecord record) {
        int slot = (int) index & mask;
        if (source != null) {
            sources[slot] = source;
            source.placedAt(index);
        } else if (sources[slot] != null) {
            sources[slot] = null;
        }
        record.store(words, at(slot), index);
    }

    /** Writes the next {@code n} records, which differ in their cookies, or not, and that nobody can see yet. */
    void place(@Nullable Source source, RingRecord record, long cookie, long @Nullable [] cookies, int n) {
        if (cookies != null) {
            place(record, cookies, n);
            return;
        }
        record.cookie = cookie;
        for (int i = 0; i < n; i++) {
            place(write + i, source, record);
        }
    }

    /** Without a source: with the look whether there is one in each round, 3 ns more a record. */
    private void place(RingRecord record, long[] cookies, int n) {
        long index = write;
        for (int i = 0; i < n; i++) {
            int slot = (int) (index + i) & mask;
            if (sources[slot] != null) {
                sources[slot] = null;
            }
            record.cookie = cookies[i];
            record.store(words, at(slot), index + i);
        }
    }

    /** Copies the words of {@code n} records, at most as many as there are slots. */
    void copy(long index, int n, long[] to) {
        int first = (int) index & mask;
        int unbroken = Math.min(n, slots - first);
        words.get(at(first) >> 3, to, 0, unbroken * RECORD_WORDS);
        if (unbroken < n) {
            words.get(at(0) >> 3, to, unbroken * RECORD_WORDS, (n - unbroken) * RECORD_WORDS);
        }
    }

    /** Shows the records before {@code end}. */
    private void showUpTo(long end) {
        LongBuffer words = this.words;
        int events = (int) (end - write);
        if (unread(end, floor) > highWater) {
            // takers have perhaps gone on since the floor was seen
            highWater = Math.max(highWater, unread(end, readIndex()));
        }
        // the records before the index; pairs with the acquire in Takers.take
        WRITE.lazySet(this, end);
        // the same for other processes, behind it: so a read index may be ahead of what they see, and is never ahead
        // here
        Memory.setLongRelease(words, WRITE_AT, end);
        moveState(words, events);
    }

    private int unread(long end, long read) {
        return (int) (end - read & INDEX_MASK) - withdrawn;
    }

    void moveState(int events) {
        moveState(words, events);
    }

    private void moveState(LongBuffer words, int events) {
        int next = state + events;
        // the index before the state; pairs with the acquire in Ring.state
        STATE.lazySet(this, next);
        // the upper half of the word is nobody's, and 0
        Memory.setLongRelease(words, STATE_AT, next & 0xffff_ffffL);
    }

    /** All slots are filled, many with withdrawn: moves the unread records up over them. Under the lock. */
    void moveUp() {
        long word = setBusy();
        long read = word & INDEX_MASK;
        if (broken) {
            return;
        }
        int count = (int) (write - read & INDEX_MASK);
        long to = write;
        for (int i = 1; i <= count; i++) {
            long from = write - i;
            if (sources[(int) from & mask] == WITHDRAWN) {
                continue;
            }
            to--;
            if (to != from) {
                move((int) from & mask, (int) to & mask);
                Source source = sources[(int) to & mask];
                if (source != null && source.isAt(from)) {
                    source.movedTo(to);
                }
            }
        }
        int buried = count - (int) (write - to);
        for (int i = 0; i < buried; i++) {
            // settled, and passed by the read index
            sources[(int) (read + i) & mask] = null;
        }
        withdrawn -= buried;
        clearBusy(word, to);
    }

    void move(int from, int to) {
        int a = RECORDS_AT + from * RECORD_SIZE;
        int b = RECORDS_AT + to * RECORD_SIZE;
        for (int i = 0; i < RECORD_SIZE; i += 8) {
            bytes.putLong(b + i, bytes.getLong(a + i));
        }
        sources[to] = sources[from];
        sources[from] = null;
    }

    /** Stops takers: the read word as it was. Under the lock. */
    long setBusy() {
        for (int tries = 0; ; tries++) {
            long word = Memory.getLongAcquire(bytes, READ_AT);
            readIndex(word);
            if (tries == MOST_TRIES) {
                broken = true;
            }
            if (broken || Memory.compareAndSetLong(bytes, READ_AT, word, word | BUSY)) {
                return word & ~BUSY;
            }
        }
    }

    /** Lets takers go on, at {@code read}, in the next epoch: what they copied before does not count. */
    void clearBusy(long word, long read) {
        floor = read & INDEX_MASK;
        long next = (word + EPOCH_ONE & EPOCH_MASK) | (read & INDEX_MASK);
        // what was written meanwhile before the word; pairs with the acquire in Takers.take
        Memory.setLongRelease(bytes, READ_AT, next);
    }

    /** As {@link Ring#withdraw}, for a source whose record may be unread. Under the lock. */
    boolean withdraw(Source source) {
        int position = source.position;
        long word = setBusy();
        long read = word & INDEX_MASK;
        if (broken) {
            return false;
        }
        if (source.behind(write) > (write - read & INDEX_MASK)) {
            // its taker settles it
            clearBusy(word, read);
            return false;
        }
        source.position = -1;
        source.unsettled--;
        int slot = position & mask;
        bytes.putInt(RECORDS_AT + slot * RECORD_SIZE + FLAGS, KEVENT_TOMBSTONE);
        sources[slot] = WITHDRAWN;
        int left = withdrawn + 1;
        while ((write - read & INDEX_MASK) != 0 && sources[(int) read & mask] == WITHDRAWN) {
            sources[(int) read & mask] = null;
            read = read + 1 & INDEX_MASK;
            left--;
        }
        withdrawn = left;
        if (source.keepsSlot) {
            heldUnread--;
        }
        clearBusy(word, read);
        return true;
    }

    /** A taker has passed a withdrawn record (or one that it should not have got). Under the lock. */
    void forgetWithdrawn(Source source, long index) {
        if (source == WITHDRAWN) {
            withdrawn--;
            if ((write - index & INDEX_MASK) <= slots) {
                sources[(int) index & mask] = null;
            }
        }
    }

    /** Takes all unread records: how many. Under the lock. */
    long takeAll() {
        long word = setBusy();
        if (broken) {
            // nobody knows who has taken what, and nobody takes any more
            Memory.setLongRelease(bytes, READ_AT, BUSY);
            return slots;
        }
        clearBusy(word, write);
        return write - word & INDEX_MASK;
    }

    /**
     * Nobody takes or settles any more: the sources of records that were not settled let go of them, from the oldest on. What stands
     * before the last {@code unread} was taken by other processes.
     */
    void abandonAll(long unread) {
        for (long index = write - slots; index != write; index++) {
            int slot = (int) index & mask;
            Source source = sources[slot];
            if (source != null && source.position >= 0 && (source.position & mask) == slot) {
                source.position = -1;
                if (write - index > unread) {
                    source.abandonedElsewhere();
                } else {
                    source.abandoned();
                }
            }
        }
    }
}
