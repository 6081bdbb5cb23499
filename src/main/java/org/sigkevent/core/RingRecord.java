package org.sigkevent.core;

import java.nio.LongBuffer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.PerThread;
import org.sigkevent.sys.Scratch;

/**
 * One record: on its way into a ring, or as it was copied out of one. The fields of {@link RingLayout}, and the cookie object if
 * there is one.
 */
public final class RingRecord {
    private static final PerThread<RingRecord> OUTGOING = new PerThread<>(RingRecord::new);

    private static final PerThread<RingRecord> OFFERED = new PerThread<>(RingRecord::new);

    private static final long NAP_NANOS = 1_000_000;

    /** The lower half of what is read and written as a whole word: two fields of four bytes, little-endian. */
    private static final long LOW = 0xffff_ffffL;

    public int id;
    public int descriptor;
    public long cookie;
    public long result;
    public int error;
    public int flags;
    public long data0;
    public long data1;
    public long timeNanos;
    public long sequence;
    private long[] cookies = {};

    /** For a recording, and not in the ring: when the request was submitted (Events.submitted); 0 if nobody wants to know. */
    public long submittedAt;

    /** Not in the ring: which of its source's records it is ({@link Source#stamp}), when its source keeps its slot. */
    public int stamp;

    /** The Java object that travels with the cookie, or null. */
    public @Nullable Object object;

    /** What it was taken of without being settled ({@link Queue#pollUnsettled}); null for most. */
    private @Nullable Settles unsettled;

    /** The source of a record. */
    interface Settles {
        /** The record was taken, and is settled now: false when it is stale. */
        boolean settle(RingRecord record);
    }

    /**
     * The calling thread's record for what it is about to publish; all other fields are zero. It is filled in and published
     * without anything else in between: the next call gives the same object.
     */
    public static RingRecord outgoing(int id, int descriptor, long cookie) {
        return OUTGOING.get().renewed(id, descriptor, cookie);
    }

    /**
     * As {@link #outgoing}, for {@link Ring#offer}. That first tells sources what other processes took, and those publish what is
     * outgoing: so this is another object.
     */
    public static RingRecord offered(int id, int descriptor, long cookie) {
        return OFFERED.get().renewed(id, descriptor, cookie);
    }

    RingRecord renewed(int newId, int newDescriptor, long newCookie) {
        id = newId;
        descriptor = newDescriptor;
        cookie = newCookie;
        result = 0;
        error = 0;
        flags = 0;
        data0 = 0;
        data1 = 0;
        timeNanos = 0;
        submittedAt = 0;
        return this;
    }

    /** The calling thread's table for the cookies of {@code n} records that are published together. */
    public long[] cookies(int n) {
        if (cookies.length < n) {
            cookies = new long[Math.max(n, 2 * cookies.length)];
        }
        return cookies;
    }

    /** The calling thread's record, made now if it was not, so that {@link #outgoing} does not fail later. */
    public static RingRecord prepareOutgoing() {
        return OUTGOING.get();
    }

    /** What a thread of the library needs. It serves what was accepted: while there is no memory it waits for some. */
    public static void prepareThread() {
        while (true) {
            try {
                Scratch.get();
                OUTGOING.get();
                return;
            } catch (OutOfMemoryError noMemory) {
                LockSupport.parkNanos(NAP_NANOS);
            }
        }
    }

    /** It is not settled yet. */
    void unsettled(Settles source) {
        unsettled = source;
    }

    /** Whether {@link #settle} is still to be called. */
    public boolean unsettled() {
        return unsettled != null;
    }

    /**
     * Settles a record of {@link Queue#pollUnsettled}, if that has not been done: see {@code Source.taken}. False when it is stale by now, and
     * nobody is to see it. The calling thread has its record for what is outgoing ({@link #prepareOutgoing}).
     */
    public boolean settle() {
        Settles source = unsettled;
        unsettled = null;
        return source == null || source.settle(this);
    }

    /** Copies the record to the bytes from {@code at} on of a ring's memory, which the caller keeps reachable. */
    void store(LongBuffer words, int at, long index) {
        int first = at >> 3;
        words.put(first + (RingLayout.ID >> 3), id & LOW | (long) descriptor << 32);
        words.put(first + (RingLayout.COOKIE >> 3), cookie);
        words.put(first + (RingLayout.RESULT >> 3), result);
        words.put(first + (RingLayout.ERROR >> 3), error & LOW | (long) (flags & ~RingLayout.KEVENT_TOMBSTONE) << 32);
        words.put(first + (RingLayout.DATA0 >> 3), data0);
        words.put(first + (RingLayout.DATA1 >> 3), data1);
        words.put(first + (RingLayout.TIME >> 3), timeNanos);
        words.put(first + (RingLayout.SEQUENCE >> 3), index);
    }

    /** Copies the record from the bytes from {@code at} on of a ring's memory, which the caller keeps reachable. */
    void load(LongBuffer words, int at) {
        int first = at >> 3;
        long kind = words.get(first + (RingLayout.ID >> 3));
        long outcome = words.get(first + (RingLayout.ERROR >> 3));
        id = (int) kind;
        descriptor = (int) (kind >>> 32);
        cookie = words.get(first + (RingLayout.COOKIE >> 3));
        result = words.get(first + (RingLayout.RESULT >> 3));
        error = (int) outcome;
        flags = (int) (outcome >>> 32);
        data0 = words.get(first + (RingLayout.DATA0 >> 3));
        data1 = words.get(first + (RingLayout.DATA1 >> 3));
        timeNanos = words.get(first + (RingLayout.TIME >> 3));
        sequence = words.get(first + (RingLayout.SEQUENCE >> 3));
        // most have none, and the collector hears of each store of a reference
        if (object != null) {
            object = null;
        }
    }
}
