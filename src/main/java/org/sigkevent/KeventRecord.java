package org.sigkevent;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.Records;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Errnos;

/**
 * One record of a kevent ring, as it was taken: 64 bytes in the ring, these fields here. What each kind of event puts in
 * {@link #result} and the data fields is said at the constants of {@link Kevent}.
 *
 * <p>A plain struct that can be used again and again; the library writes it during a take only.
 */
public final class KeventRecord {
    /** The kind of the event: one of the KEVENT_ ids of {@link Kevent}. */
    public int id;

    /** What it is about: a file or message-queue descriptor, a timer's id. */
    public int descriptor;

    /** The caller's sigev_value, bit for bit; 0 when it was a Java object. */
    public long cookie;

    /** The caller's sigev_value when it was a Java object, else null. */
    public @Nullable Object object;

    /** The result: bytes transferred, overruns, or -1 with {@link #error}. */
    public long result;

    /** An error number, or 0. */
    public int error;

    /** KEVENT_REQUEUED, KEVENT_REMOVED. */
    public int flags;

    /** The kind's first own word. */
    public long data0;

    /** The kind's second own word. */
    public long data1;

    /** When it happened, in nanoseconds; of which clock the kind says (CLOCK_MONOTONIC for most); 0 for KEVENT_USER. */
    public long time_ns;

    /** Its number in this ring: higher than that of the record before it, by one if no record between them was taken back. */
    public long sequence;

    private final RingRecord raw = new RingRecord();

    static final Records.Into<KeventRecord> INTO = new Records.Into<>() {
        @Override
        public RingRecord of(KeventRecord holder) {
            return holder.raw;
        }

        @Override
        public void taken(KeventRecord holder) {
            holder.load();
        }

        @Override
        public void copy(
                KeventRecord holder,
                long kind,
                long cookie,
                long result,
                long outcome,
                long data0,
                long data1,
                long time,
                long sequence) {
            holder.load(kind, cookie, result, outcome, data0, data1, time, sequence);
        }
    };

    /** An empty record. */
    public KeventRecord() {}

    /** The carrier that the lower floors fill. */
    RingRecord raw() {
        return raw;
    }

    KeventRecord load() {
        id = raw.id;
        descriptor = raw.descriptor;
        cookie = raw.cookie;
        // most have none, and the collector hears of each store of a reference: 2 ns
        if (raw.object != null || object != null) {
            object = raw.object;
            raw.object = null;
        }
        result = raw.result;
        error = raw.error;
        flags = raw.flags;
        data0 = raw.data0;
        data1 = raw.data1;
        time_ns = raw.timeNanos;
        sequence = raw.sequence;
        return this;
    }

    /** From the words of a record that has no cookie object. */
    private void load(
            long kind,
            long newCookie,
            long newResult,
            long outcome,
            long first,
            long second,
            long time,
            long newSequence) {
        id = (int) kind;
        descriptor = (int) (kind >>> 32);
        cookie = newCookie;
        result = newResult;
        error = (int) outcome;
        flags = (int) (outcome >>> 32);
        data0 = first;
        data1 = second;
        time_ns = time;
        sequence = newSequence;
        // most have none, and the collector hears of each store of a reference: 2 ns
        if (object != null) {
            object = null;
        }
    }

    @Override
    public String toString() {
        return Kinds.name(id) + " descriptor " + descriptor + " cookie " + (object != null ? object : cookie)
                + " result " + result
                + (error != 0 ? " " + Errnos.name(error) : "")
                + ((flags & Kevent.KEVENT_REQUEUED) != 0 ? " requeued" : "")
                + ((flags & Kevent.KEVENT_REMOVED) != 0 ? " removed" : "")
                + " #" + sequence;
    }
}
