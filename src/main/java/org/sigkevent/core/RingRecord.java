package org.sigkevent.core;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One record: on its way into a ring, or as it was copied out of one. The fields of {@link RingLayout}, and the cookie object if
 * there is one.
 */
public final class RingRecord {
    private static final ThreadLocal<RingRecord> OUTGOING = ThreadLocal.withInitial(RingRecord::new);

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
        RingRecord own = OUTGOING.get();
        own.id = id;
        own.descriptor = descriptor;
        own.cookie = cookie;
        own.result = 0;
        own.error = 0;
        own.flags = 0;
        own.data0 = 0;
        own.data1 = 0;
        own.timeNanos = 0;
        own.submittedAt = 0;
        return own;
    }

    /** The calling thread's table for the cookies of {@code n} records that are published together. */
    public long[] cookies(int n) {
        if (cookies.length < n) {
            cookies = new long[Math.max(n, 2 * cookies.length)];
        }
        return cookies;
    }

    /** Makes the calling thread's record now, so that {@link #outgoing} does not fail later. */
    public static void prepareOutgoing() {
        OUTGOING.get();
    }

    /** Copies the record to {@code at} in a ring's memory. */
    void store(ByteBuffer bytes, int at, long index) {
        bytes.putInt(at + RingLayout.ID, id);
        bytes.putInt(at + RingLayout.DESCRIPTOR, descriptor);
        bytes.putLong(at + RingLayout.COOKIE, cookie);
        bytes.putLong(at + RingLayout.RESULT, result);
        bytes.putInt(at + RingLayout.ERROR, error);
        bytes.putInt(at + RingLayout.FLAGS, flags & ~RingLayout.KEVENT_TOMBSTONE);
        bytes.putLong(at + RingLayout.DATA0, data0);
        bytes.putLong(at + RingLayout.DATA1, data1);
        bytes.putLong(at + RingLayout.TIME, timeNanos);
        bytes.putLong(at + RingLayout.SEQUENCE, index);
    }

    /** Copies the record that stands at {@code at} in a ring's memory. */
    void load(ByteBuffer bytes, int at) {
        id = bytes.getInt(at + RingLayout.ID);
        descriptor = bytes.getInt(at + RingLayout.DESCRIPTOR);
        cookie = bytes.getLong(at + RingLayout.COOKIE);
        result = bytes.getLong(at + RingLayout.RESULT);
        error = bytes.getInt(at + RingLayout.ERROR);
        flags = bytes.getInt(at + RingLayout.FLAGS);
        data0 = bytes.getLong(at + RingLayout.DATA0);
        data1 = bytes.getLong(at + RingLayout.DATA1);
        timeNanos = bytes.getLong(at + RingLayout.TIME);
        sequence = bytes.getLong(at + RingLayout.SEQUENCE);
        object = null;
    }
}
