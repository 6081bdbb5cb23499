package org.sigkevent.core;

import java.nio.LongBuffer;
import org.jspecify.annotations.Nullable;

/** Records for the tests of the ring. */
final class RecordFixture {
    /** Records that hold themselves. */
    static final Records.Into<RingRecord> INTO = new Records.Into<>() {
        @Override
        public RingRecord of(RingRecord holder) {
            return holder;
        }

        @Override
        public void taken(RingRecord holder) {}

        @Override
        public void copy(
                RingRecord holder,
                long kind,
                long cookie,
                long result,
                long outcome,
                long data0,
                long data1,
                long time,
                long sequence) {
            long[] words = {kind, cookie, result, outcome, data0, data1, time, sequence};
            holder.load(LongBuffer.wrap(words), 0);
        }
    };

    private RecordFixture() {}

    static RingRecord record(int id, long cookie) {
        return RingRecord.outgoing(id, 0, cookie);
    }

    static RingRecord record(
            int id,
            int descriptor,
            long cookie,
            long result,
            int error,
            int flags,
            long data0,
            long data1,
            long nanos) {
        RingRecord record = RingRecord.outgoing(id, descriptor, cookie);
        record.result = result;
        record.error = error;
        record.flags = flags;
        record.data0 = data0;
        record.data1 = data1;
        record.timeNanos = nanos;
        return record;
    }

    /** Reserves a slot and publishes in one step; false when none is free. */
    static boolean offer(Ring ring, @Nullable Source source, RingRecord record) {
        return ring.offer(source, record, record.cookie, null, 1) == 1;
    }

    /** Slots that sources hold which are armed. */
    static int held(Ring ring) {
        Figures figures = new Figures();
        ring.describe(figures);
        return figures.armed;
    }
}
