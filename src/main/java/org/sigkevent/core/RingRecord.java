package org.sigkevent.core;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One record as it was copied out of a ring: the fields of {@link RingLayout}, and the cookie object if there is one. */
@SuppressWarnings("JavaLangClash") // it is what a kevent ring holds, and java.lang.Record is not used here
public final class RingRecord {
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
    /** The Java object that travels with the cookie, or null. */
    public @Nullable Object object;

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
