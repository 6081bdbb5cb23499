package org.sigkevent.core;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Scratch;

/**
 * One record: on its way into a ring, or as it was copied out of one. The fields of {@link RingLayout}, and the cookie object if
 * there is one.
 */
public final class RingRecord {
    private static final ThreadLocal<RingRecord> OUTGOING = ThreadLocal.withInitial(RingRecord::new);

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

    /** The Java object that travels with the cookie, or null. */
    public @Nullable Object object;

    /**
     * The calling thread's record for what it is about to publish; all other fields are zero. It is filled in and published
     * without anything else in between: the next call gives the same object.
     */
    public static RingRecord outgoing(int id, int descriptor, long cookie) {
        return OUTGOING.get().renewed(id, descriptor, cookie);
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

    /** Copies the record to {@code at} in a ring's memory. */
    void store(ByteBuffer bytes, int at, long index) {
        bytes.putLong(at + RingLayout.ID, id & LOW | (long) descriptor << 32);
        bytes.putLong(at + RingLayout.COOKIE, cookie);
        bytes.putLong(at + RingLayout.RESULT, result);
        bytes.putLong(at + RingLayout.ERROR, error & LOW | (long) (flags & ~RingLayout.KEVENT_TOMBSTONE) << 32);
        bytes.putLong(at + RingLayout.DATA0, data0);
        bytes.putLong(at + RingLayout.DATA1, data1);
        bytes.putLong(at + RingLayout.TIME, timeNanos);
        bytes.putLong(at + RingLayout.SEQUENCE, index);
    }

    /** Copies the record that stands at {@code at} in a ring's memory. */
    void load(ByteBuffer bytes, int at) {
        long kind = bytes.getLong(at + RingLayout.ID);
        long outcome = bytes.getLong(at + RingLayout.ERROR);
        id = (int) kind;
        descriptor = (int) (kind >>> 32);
        cookie = bytes.getLong(at + RingLayout.COOKIE);
        result = bytes.getLong(at + RingLayout.RESULT);
        error = (int) outcome;
        flags = (int) (outcome >>> 32);
        data0 = bytes.getLong(at + RingLayout.DATA0);
        data1 = bytes.getLong(at + RingLayout.DATA1);
        timeNanos = bytes.getLong(at + RingLayout.TIME);
        sequence = bytes.getLong(at + RingLayout.SEQUENCE);
        object = null;
    }
}
