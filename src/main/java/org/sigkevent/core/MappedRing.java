package org.sigkevent.core;

import static org.sigkevent.core.RingLayout.*;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.BlockingCall;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Shutdown;
import org.sigkevent.sys.Syscalls;

/**
 * The ring of a queue that another process owns (or this one, under another descriptor), mapped from the descriptor that it sent:
 * records are taken, waited for and put back, by any number of threads in any number of processes; nothing else can be done with it.
 *
 * <p>What is in the mapping is the owner's, and that of everybody whom the owner gave the descriptor. It is looked at in the
 * way of {@link Takers}; the geometry was compared with the size of the file once, and indexes are cut to it, so that nothing
 * in the mapping leads outside. A ring whose magic is gone was destroyed. One whose read word makes no sense, or stays busy for a
 * second (its owner was killed while it held it), is broken. Both are EBADF.
 *
 * <p><b>Waiting.</b> A waiter reads the futex word, counts itself in the mapping, and compares the ring state with the one it saw;
 * then the kernel compares the futex word and puts it to sleep. The owner moves the state, then, behind a full fence, looks at the
 * count, and if somebody is counted moves the futex word and wakes. If it sees no count, the waiter sees the state; if it sees the
 * count, the waiter had read the word before, and sleeps and is woken or does not sleep. Who wakes for nothing in particular moves
 * nothing but the word, in its upper half, and so reaches a waiter that is counted, too. The count may stay too high when a waiter
 * is killed: that costs the owner a system call for each event.
 */
public final class MappedRing implements Records {
    private static final int FUTEX_CLOCK_REALTIME = 256;
    private static final long SLICE_NANOS = 100_000_000;
    private static final long STUCK_NANOS = 1_000_000_000;

    /** A thread that did not run for longer between two looks has not seen that nothing changed. */
    private static final long LOOK_NANOS = 10_000_000;

    private static final long PATIENCE_NANOS = 1_000_000_000;
    private static final long NAP_NANOS = 1_000_000;

    private static final ConcurrentHashMap<Integer, MappedRing> BY_FD = new ConcurrentHashMap<>();
    private static final AtomicIntegerFieldUpdater<MappedRing> SLEEPERS =
            AtomicIntegerFieldUpdater.newUpdater(MappedRing.class, "sleepers");

    private final int fd;
    private final FileId identity;
    private final RingMemory memory;
    private final ByteBuffer bytes;
    private final int slots;
    private final int limit;
    private volatile boolean gone;

    /** Threads of this process that sleep on it, or are about to, by this object. */
    private volatile int sleepers;

    /** What the faces show; under this object's monitor. */
    private @Nullable Object face;

    private MappedRing(int fd, FileId identity, RingMemory memory, int slots, int limit) {
        this.fd = fd;
        this.identity = identity;
        this.memory = memory;
        this.bytes = memory.bytes;
        this.slots = slots;
        this.limit = limit;
    }

    /**
     * The ring behind a descriptor; the same object as long as the descriptor means the same file.
     *
     * @throws ErrnoException EBADF (not open, or not a kevent ring, or one that was destroyed), ENOMEM
     */
    public static MappedRing of(int fd) {
        FileId now = new FileId();
        int rc = now.load(fd);
        if (rc < 0) {
            BY_FD.remove(fd);
            throw ErrnoException.of(-rc, "kfd " + fd);
        }
        MappedRing known = known(fd, now);
        return known != null ? known : make(fd, now);
    }

    private static @Nullable MappedRing known(int fd, FileId now) {
        MappedRing known = BY_FD.get(fd);
        return known != null && now.same(known.identity) ? known : null;
    }

    /** Several threads that ask first get the same. */
    private static synchronized MappedRing make(int fd, FileId now) {
        MappedRing known = known(fd, now);
        if (known != null) {
            return known;
        }
        Shutdown.check();
        MappedRing made = map(fd, now);
        BY_FD.put(fd, made);
        return made;
    }

    /** The object by which the faces show this ring: made once, the same ever after. */
    public synchronized Object face(Function<MappedRing, Object> maker) {
        Object made = face;
        if (made == null) {
            made = maker.apply(this);
            face = made;
        }
        return made;
    }

    /** Whether the descriptor is that of a kevent ring, whoever owns it. */
    public static boolean isOne(int fd) {
        Scratch s = Scratch.get();
        boolean read = sealed(fd) && Native.C.pread(fd, s.address, 8, 0) == 8;
        return read && s.buffer.getInt(0) == MAGIC && s.buffer.getInt(4) == VERSION;
    }

    /** Only what cannot shrink may be mapped: a page that is cut off would end the JVM. */
    private static boolean sealed(int fd) {
        int seals = Linux.seals(fd);
        return seals > 0 && (seals & Linux.F_SEAL_SHRINK) != 0;
    }

    private static MappedRing map(int fd, FileId identity) {
        long size = Linux.size(fd);
        if (!isOne(fd) || size < RECORDS_AT + RECORD_SIZE || size > Integer.MAX_VALUE) {
            throw new ErrnoException(
                    Errnos.EBADF, "kfd " + fd + " is not the descriptor of a kevent queue, or the queue was destroyed");
        }
        RingMemory memory = new RingMemory(fd, size);
        int slots = memory.bytes.getInt(SLOTS_AT);
        int limit = memory.bytes.getInt(LIMIT_AT);
        boolean fits = slots > 0 && Integer.bitCount(slots) == 1 && RECORDS_AT + (long) slots * RECORD_SIZE == size;
        if (!fits || limit < 1 || limit > slots || memory.bytes.getInt(RECORD_SIZE_AT) != RECORD_SIZE) {
            throw new ErrnoException(Errnos.EBADF, "kfd " + fd + ": the header of the ring does not fit its size");
        }
        return new MappedRing(fd, identity, memory, slots, limit);
    }

    @Override
    public int state() {
        int state = Memory.getIntVolatile(bytes, STATE_AT);
        Reference.reachabilityFence(this);
        return state;
    }

    /** Only the owner's process can fill the ring. */
    @Override
    public boolean look() {
        return false;
    }

    @Override
    public int limit() {
        return limit;
    }

    @Override
    public int unread() {
        long read = Memory.getLongAcquire(bytes, READ_AT) & INDEX_MASK;
        long unread = Memory.getLongAcquire(bytes, WRITE_AT) - read & INDEX_MASK;
        Reference.reachabilityFence(this);
        // more than there can be: the owner's threads are ahead of what it has shown here
        return gone() || unread > slots ? 0 : (int) unread;
    }

    /** Whether nothing will come any more: destroyed, broken or detached. */
    public boolean gone() {
        return gone || bytes.getInt(MAGIC_AT) != MAGIC;
    }

    @Override
    public boolean take(RingRecord into) {
        try {
            long lookedAt = 0;
            long stuck = 0;
            while (!gone()) {
                // pairs with the owner's releases of it
                long word = Memory.getLongAcquire(bytes, READ_AT);
                long read = word & INDEX_MASK;
                // then the record is whole
                long unread = Memory.getLongAcquire(bytes, WRITE_AT) - read & INDEX_MASK;
                if (word < 0 || unread > slots) {
                    // busy, or old, or ahead: the owner's threads take what it has not shown here yet, see
                    // RingSlots.showUpTo
                    long now = System.nanoTime();
                    stuck += lookedAt == 0 ? 0 : Math.min(now - lookedAt, LOOK_NANOS);
                    lookedAt = now;
                    if (stuck > STUCK_NANOS) {
                        gone = true;
                    }
                    Thread.onSpinWait();
                    Thread.yield();
                    continue;
                }
                lookedAt = 0;
                stuck = 0;
                if (unread == 0) {
                    return false;
                }
                // before the compare-and-set: the owner looks at it afterwards
                Memory.getAndAddLong(bytes, FOREIGN_TAKES_AT, 1L);
                into.load(memory.words, RingSlots.at((int) read & slots - 1));
                long next = word & ~INDEX_MASK | read + 1 & INDEX_MASK;
                boolean won = Memory.compareAndSetLong(bytes, READ_AT, word, next);
                // also when the ring has ended since: it was won before that, and its owner has let go of it
                if (won && (into.flags & KEVENT_TOMBSTONE) == 0) {
                    return true;
                }
            }
            return false;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Sleeps until the ring state has moved on from {@code seen}.
     *
     * @param clock of {@code deadline}: CLOCK_MONOTONIC or CLOCK_REALTIME
     * @param deadline nanoseconds of that clock; Long.MAX_VALUE to wait for ever, Long.MIN_VALUE not to sleep at all
     * @return 0 (with the required number of records, or woken for nothing), -EWOULDBLOCK, -ETIMEDOUT, -EINTR, -EBADF (destroyed, broken), -EINVAL (clock)
     */
    public int await(int seen, int clock, long deadline) {
        if (gone()) {
            return -Errnos.EBADF;
        }
        if (clock != Linux.CLOCK_MONOTONIC && clock != Linux.CLOCK_REALTIME) {
            return -Errnos.EINVAL;
        }
        if (state() != seen) {
            return -Errnos.EWOULDBLOCK;
        }
        if (deadline == Long.MIN_VALUE) {
            return -Errnos.ETIMEDOUT;
        }
        // before the count: who sees that moves the word
        int word = Memory.getIntVolatile(bytes, FOREIGN_FUTEX_AT);
        // before the look at the state; pairs with the fences in Wakeups
        Memory.getAndAddInt(bytes, FOREIGN_WAITERS_AT, 1);
        // before the look whether it was let go of; pairs with letGo
        SLEEPERS.getAndIncrement(this);
        try {
            if (gone) {
                return -Errnos.EBADF;
            }
            return state() != seen ? -Errnos.EWOULDBLOCK : sleep(seen, word, clock, deadline);
        } finally {
            SLEEPERS.getAndDecrement(this);
            Memory.getAndAddInt(bytes, FOREIGN_WAITERS_AT, -1);
            Reference.reachabilityFence(this);
        }
    }

    /** {@code word}: the futex word, read before the waiter was counted and the state found to be {@code seen}. */
    private int sleep(int seen, int word, int clock, long deadline) {
        int operation = Linux.FUTEX_WAIT_BITSET | (clock == Linux.CLOCK_REALTIME ? FUTEX_CLOCK_REALTIME : 0);
        int expected = word;
        for (; ; ) {
            if (Thread.interrupted()) {
                return -Errnos.EINTR;
            }
            long time = Clocks.SYSTEM.now(clock);
            if (time >= deadline) {
                return gone() ? -Errnos.EBADF : state() != seen && enough() ? 0 : -Errnos.ETIMEDOUT;
            }
            long until = BlockingCall.available() ? deadline : Math.min(deadline, time + SLICE_NANOS);
            int rc = futex(operation, expected, until);
            if (gone()) {
                return -Errnos.EBADF;
            }
            // before the look at the state; pairs with ForeignTakers.wake
            int now = Memory.getIntVolatile(bytes, FOREIGN_FUTEX_AT);
            boolean nullWake = rc == -Errnos.EAGAIN && nullWakes(now) != nullWakes(expected);
            // the owner wakes when the required number is there
            if (rc == 0 || nullWake || state() != seen && enough()) {
                return 0;
            }
            // after a sleep it stays: a null wake may have come before the next one
            expected = rc == -Errnos.EAGAIN ? now : expected;
        }
    }

    private static int nullWakes(int word) {
        return Integer.divideUnsigned(word, NULL_WAKE);
    }

    private boolean enough() {
        return unread() >= bytes.getInt(REQUIRED_AT);
    }

    // ---- what is asked of the owner

    /** Null wakes: wakes up to {@code waiters} that sleep outside the owner's process, and has the owner wake the others: 0 or -EBADF. */
    public int wake(int waiters) {
        if (gone()) {
            return -Errnos.EBADF;
        }
        int woken = 0;
        if (Memory.getIntVolatile(bytes, FOREIGN_WAITERS_AT) != 0) {
            woken = wakeSleepers(waiters);
        }
        if (woken < waiters) {
            Memory.getAndAddInt(bytes, FOREIGN_WAKES_AT, waiters - woken);
        }
        Reference.reachabilityFence(this);
        return 0;
    }

    /** How many slept. */
    private int wakeSleepers(int most) {
        // for those that are counted and do not sleep yet
        Memory.getAndAddInt(bytes, FOREIGN_FUTEX_AT, NULL_WAKE);
        return Math.max(0, Linux.futexWake(memory.address() + FOREIGN_FUTEX_AT, most));
    }

    /**
     * Has the owner put a record back. When all places are taken it waits a moment for the owner.
     *
     * @param nanos how long at most; not above zero: not at all
     * @return 0, -EAGAIN (the owner has not looked for so long, or for a second, or its ring has no slot), -EBADF, -EINTR
     */
    public int putBack(RingRecord record, long nanos) {
        long end = System.nanoTime() + Math.min(nanos, PATIENCE_NANOS);
        try {
            for (; ; ) {
                if (gone()) {
                    return -Errnos.EBADF;
                }
                for (int place = 0; place < RETURNS; place++) {
                    if (place(RETURNS_AT + place * RECORD_SIZE, record)) {
                        return 0;
                    }
                }
                if (nanos <= 0 || System.nanoTime() - end >= 0) {
                    return -Errnos.EAGAIN;
                }
                if (Thread.interrupted()) {
                    return -Errnos.EINTR;
                }
                LockSupport.parkNanos(NAP_NANOS);
            }
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private boolean place(int at, RingRecord record) {
        if (Memory.getLongAcquire(bytes, at + SEQUENCE) != RETURN_FREE
                || !Memory.compareAndSetLong(bytes, at + SEQUENCE, RETURN_FREE, RETURN_CLAIMED)) {
            return false;
        }
        record.store(memory.words, at, RETURN_CLAIMED);
        // the record before the mark; pairs with the acquire in ForeignAsks
        Memory.setLongRelease(bytes, at + SEQUENCE, RETURN_FILLED);
        Memory.getAndAddLong(bytes, FOREIGN_RETURNS_AT, 1L);
        return true;
    }

    private int futex(int operation, int word, long until) {
        Scratch s = Scratch.get();
        long timeout = 0;
        if (until != Long.MAX_VALUE) {
            Memory.putTime(s.buffer, 0, until);
            timeout = s.address;
        }
        BlockingCall call = BlockingCall.own();
        call.enter();
        try {
            return (int) Linux.call(
                    Syscalls.FUTEX, memory.address() + FOREIGN_FUTEX_AT, operation, word, timeout, 0, 0xffffffffL);
        } finally {
            call.leave();
        }
    }

    /** Lets go of it and closes the descriptor; the mapping goes when nobody can reach it. 0 or -EBADF. */
    public int detach() {
        if (!letGo()) {
            return -Errnos.EBADF;
        }
        if (identity.isBehind(fd)) {
            Linux.close(fd);
        }
        return 0;
    }

    /** Lets go of all. The descriptors stay: they are the program's, or queues of another copy of the library in this process. */
    static void letGoOfAll() {
        BY_FD.values().forEach(MappedRing::letGo);
    }

    /** Whether this call has done it. */
    private boolean letGo() {
        if (!BY_FD.remove(fd, this)) {
            return false;
        }
        gone = true;
        // after the store; pairs with await. Those of other processes that sleep on the same word wake, too, for
        // nothing
        if (sleepers != 0) {
            wakeSleepers(Integer.MAX_VALUE);
        }
        return true;
    }

    @Override
    public String toString() {
        return "kevent ring " + fd + " of another owner" + (gone() ? " (gone)" : "") + " [limit " + limit + ", unread "
                + unread() + "]";
    }
}
