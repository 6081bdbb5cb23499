package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.sys.Linux;

/** What a ring counts between a take in another process and the owner's next look, also while a taker of its own is held up. */
@Timeout(60)
@Tag("any-engine")
class TakenElsewhereTest {
    private static final int LIMIT = 4;

    private final Ring ring = Ring.create(LIMIT);
    private final RingRecord record = new RingRecord();
    private MappedRing there;

    @BeforeEach
    void mapIt() {
        ring.show();
        there = MappedRing.of(Linux.duplicate(ring.fd(), 0));
    }

    @AfterEach
    void close() {
        there.detach();
        ring.close(true);
    }

    private static final class Told extends Source {
        volatile int elsewhere;

        Told(boolean keepsSlot) {
            super(keepsSlot);
        }

        @Override
        protected boolean taken(RingRecord record) {
            return true;
        }

        @Override
        protected void takenElsewhere(RingRecord record) {
            elsewhere++;
        }
    }

    private Told posted(boolean keepsSlot) {
        Told source = new Told(keepsSlot);
        assertTrue(ring.reserve(1));
        ring.post(source, new RingRecord());
        return source;
    }

    /** As if a thread of this process stood between its copy of a record and its compare-and-set. */
    private void takerHeldUp(int takers) {
        RingSlots.TRANSIT.getAndAdd(ring.slots(), takers);
    }

    @Test
    void aRecordIsSeenBehindAWithdrawnOneThatAnotherProcessHasPassed() {
        assertTrue(RecordFixture.offer(ring, null, record));
        Told timer = posted(true);
        assertTrue(ring.withdraw(timer));
        assertTrue(there.take(record));
        assertFalse(there.take(record));
        ring.post(timer, new RingRecord());
        assertEquals(1, ring.unread());
    }

    @Test
    void noMoreIsPromisedThanThereIsWhileWhatOthersTookIsNotSettled() {
        Told one = posted(true);
        Told two = posted(true);
        assertTrue(there.take(record));
        assertTrue(there.take(record));
        takerHeldUp(1);
        try {
            assertFalse(ring.reserve(LIMIT - 1));
            assertTrue(ring.reserve(LIMIT - 2));
            assertTrue(ring.full());
        } finally {
            takerHeldUp(-1);
        }
        assertTrue(ring.full());
        ring.foreign.tell();
        assertEquals(1, one.elsewhere);
        assertEquals(1, two.elsewhere);
    }

    @Test
    void withdrawnRecordsThatAnotherProcessHasPassedDoNotFreeSlots() {
        assertTrue(RecordFixture.offer(ring, null, record));
        Told one = posted(true);
        Told two = posted(true);
        assertTrue(ring.withdraw(one));
        assertTrue(ring.withdraw(two));
        takerHeldUp(1);
        assertTrue(there.take(record));
        assertFalse(there.take(record));
        try {
            assertFalse(ring.reserve(LIMIT - 1));
            assertTrue(ring.reserve(LIMIT - 2));
        } finally {
            takerHeldUp(-1);
        }
        assertTrue(ring.full());
    }

    /** Nobody has looked whether others take, because the first of them came just now. */
    @Test
    void aPostFindsTheFirstRecordThatAnotherProcessEverTook() {
        Told first = posted(true);
        Told other = posted(true);
        for (int i = 2; i < ring.slots().slots; i++) {
            assertTrue(ring.withdraw(other));
            ring.post(other, new RingRecord());
        }
        assertTrue(there.take(record));
        assertTrue(ring.withdraw(other));
        ring.post(other, new RingRecord());
        ring.foreign.tell();
        assertEquals(1, first.elsewhere);
        assertFalse(ring.broken());
    }

    /** More than the table holds at first, and nobody has the time to tell. */
    @Test
    void aRingOfManyTakenRecordsThatNobodyWasToldOfGoesOn() {
        int many = 1500;
        Ring large = Ring.create(many + 1);
        large.show();
        MappedRing elsewhere = MappedRing.of(Linux.duplicate(large.fd(), 0));
        Told[] taken = new Told[many];
        for (int i = 0; i < many; i++) {
            taken[i] = new Told(true);
            assertTrue(large.reserve(1));
            large.post(taken[i], new RingRecord());
        }
        for (int i = 0; i < many; i++) {
            assertTrue(elsewhere.take(record));
        }
        assertFalse(large.full());
        Told busy = new Told(true);
        large.slots().held++;
        for (int i = 0; i < large.slots().slots; i++) {
            assertTrue(large.post(busy, new RingRecord()) >= 0, "post " + i);
            assertTrue(large.take(record));
        }
        large.foreign.tell();
        for (Told each : taken) {
            assertEquals(1, each.elsewhere);
        }
        elsewhere.detach();
        large.close(true);
    }
}
