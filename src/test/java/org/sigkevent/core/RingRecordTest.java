package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.LongBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sigkevent.sys.Memory;

/** A record keeps what is written into it on its way through the memory, and the thread's own one forgets it. */
@Tag("any-engine")
class RingRecordTest {
    private static RingRecord filled(RingRecord record) {
        record.result = -2;
        record.error = -3;
        record.flags = RingLayout.KEVENT_REQUEUED | RingLayout.KEVENT_TOMBSTONE;
        record.data0 = -4;
        record.data1 = -5;
        record.timeNanos = -6;
        record.submittedAt = 7;
        return record;
    }

    @Test
    void eachFieldComesBackAsItWasButThatItIsWithdrawn() {
        LongBuffer words = Memory.allocate(3 * RingLayout.RECORD_SIZE).asLongBuffer();
        int at = RingLayout.RECORD_SIZE;
        RingRecord out = filled(RingRecord.outgoing(-10, -11, -12));
        out.store(words, at, 1L << 47);
        RingRecord in = new RingRecord();
        in.object = "of a former one";
        in.load(words, at);
        assertEquals(-10, in.id);
        assertEquals(-11, in.descriptor);
        assertEquals(-12, in.cookie);
        assertEquals(-2, in.result);
        assertEquals(-3, in.error);
        assertEquals(RingLayout.KEVENT_REQUEUED, in.flags);
        assertEquals(-4, in.data0);
        assertEquals(-5, in.data1);
        assertEquals(-6, in.timeNanos);
        assertEquals(1L << 47, in.sequence);
        assertNull(in.object);
        assertEquals(-10 & 0xffff_ffffL | -11L << 32, words.get(8));
        assertEquals(1L << 47, words.get(15));
        assertEquals(0, words.get(7));
        assertEquals(0, words.get(16));
        out = RingRecord.outgoing(10, 11, 12);
        out.error = 3;
        out.store(words, at, 5);
        in.load(words, at);
        assertEquals(10, in.id);
        assertEquals(11, in.descriptor);
        assertEquals(12, in.cookie);
        assertEquals(3, in.error);
        assertEquals(0, in.flags);
        assertEquals(5, in.sequence);
    }

    @Test
    void whatGoesOutNextHasNothingOfTheFormerOne() {
        RingRecord former = filled(RingRecord.outgoing(1, 2, 3));
        RingRecord next = RingRecord.outgoing(4, 5, 6);
        assertSame(former, next);
        assertSame(former, RingRecord.prepareOutgoing());
        assertEquals(4, next.id);
        assertEquals(5, next.descriptor);
        assertEquals(6, next.cookie);
        assertEquals(0, next.result);
        assertEquals(0, next.error);
        assertEquals(0, next.flags);
        assertEquals(0, next.data0);
        assertEquals(0, next.data1);
        assertEquals(0, next.timeNanos);
        assertEquals(0, next.submittedAt);
        RingRecord offered = RingRecord.offered(7, 8, 9);
        assertNotSame(next, offered);
        assertEquals(7, offered.id);
        assertEquals(4, next.id);
    }

    @Test
    void itsTableOfCookiesIsLongEnoughAndUsedAgain() {
        RingRecord record = new RingRecord();
        long[] three = record.cookies(3);
        assertEquals(3, three.length);
        assertSame(three, record.cookies(2));
        assertSame(three, record.cookies(3));
        assertEquals(6, record.cookies(4).length, "twice, so that it seldom grows");
        assertEquals(20, record.cookies(20).length);
        assertTrue(record.cookies(0).length == 20);
    }
}
