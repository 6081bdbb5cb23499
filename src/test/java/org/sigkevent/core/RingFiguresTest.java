package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.sys.Memory;

/** What a ring says of itself, here and in the mapping. */
@Timeout(60)
@Tag("any-engine")
class RingFiguresTest {
    private static final int LIMIT = 8;
    private static final long START = 1000;

    private final Ring ring = Ring.create(LIMIT, START);
    private final RingSlots slots = ring.slots();
    private final RingRecord record = new RingRecord();

    @AfterEach
    void close() {
        ring.close(true);
    }

    private void offer(int n) {
        for (int i = 0; i < n; i++) {
            assertTrue(RecordFixture.offer(ring, null, RecordFixture.record(Kinds.KEVENT_USER, i)));
        }
    }

    private RingTest.Spy posted(boolean keepsSlot) {
        RingTest.Spy spy = new RingTest.Spy(keepsSlot);
        assertTrue(ring.reserve(1));
        ring.post(spy, RecordFixture.record(Kinds.KEVENT_TIMER, 1));
        return spy;
    }

    private Figures figures() {
        Figures figures = new Figures();
        ring.describe(figures);
        return figures;
    }

    @Test
    void itsFiguresAreThoseOfWhatHappened() {
        offer(3);
        assertTrue(ring.take(record));
        RingTest.Spy spy = posted(true);
        assertTrue(ring.withdraw(spy));
        assertTrue(ring.reserve(5));
        assertFalse(ring.reserve(1));
        Figures figures = figures();
        assertEquals(LIMIT, figures.limit);
        assertEquals(2, figures.unread);
        assertEquals(4, figures.posted);
        assertEquals(6, figures.armed);
        assertEquals(3, figures.highWater);
        assertEquals(1, figures.refused);
        assertEquals(4, ring.posted());
        assertEquals(LIMIT, ring.limit());
    }

    @Test
    void aPostTellsTheSequenceOfItsRecord() {
        assertTrue(ring.reserve(2));
        offer(1);
        RingTest.Spy spy = new RingTest.Spy(true);
        assertEquals(START + 1, ring.post(spy, RecordFixture.record(Kinds.KEVENT_TIMER, 1)));
        assertTrue(ring.withdraw(spy));
        assertEquals(START + 2, ring.post(spy, RecordFixture.record(Kinds.KEVENT_TIMER, 2)));
        ring.close(true);
        assertEquals(-1, ring.post(spy, RecordFixture.record(Kinds.KEVENT_TIMER, 3)));
    }

    @Test
    void theHighestMarkDoesNotCountWhatIsWithdrawn() {
        offer(1);
        RingTest.Spy spy = posted(true);
        assertTrue(ring.withdraw(spy));
        offer(1);
        assertEquals(2, figures().highWater);
        assertTrue(ring.take(record));
        assertTrue(ring.take(record));
        offer(1);
        assertEquals(2, figures().highWater, "it does not go down");
        offer(2);
        assertEquals(3, figures().highWater);
    }

    @Test
    void theStateMovesWithEachRecordAndWithATouchHereAndInTheMapping() {
        int before = ring.state();
        RecordFixture.offer(ring, null, RecordFixture.record(Kinds.KEVENT_USER, 1));
        assertEquals(before + 1, ring.state());
        ring.offer(null, RecordFixture.record(Kinds.KEVENT_USER, 1), 0, null, 3);
        assertEquals(before + 4, ring.state());
        ring.touch();
        assertEquals(before + 5, ring.state());
        assertEquals(before + 5, Memory.getIntAcquire(slots.bytes, RingLayout.STATE_AT));
        assertEquals(START + 4, Memory.getLongAcquire(slots.bytes, RingLayout.WRITE_AT));
        ring.close(true);
        ring.touch();
        assertEquals(before + 5, ring.state(), "an ended ring has no events");
    }

    @Test
    void whatAWaitNeedsIsSaidToOthersToo() {
        assertEquals(1, ring.required());
        ring.require(5);
        assertEquals(5, ring.required());
        assertEquals(5, slots.bytes.getInt(RingLayout.REQUIRED_AT));
    }

    @Test
    void othersSeeThatTheProcessEnds() {
        ring.show();
        assertEquals(RingLayout.MAGIC, slots.bytes.getInt(RingLayout.MAGIC_AT));
        int state = slots.bytes.getInt(RingLayout.STATE_AT);
        int futex = slots.bytes.getInt(RingLayout.FOREIGN_FUTEX_AT);
        ring.ownerEnds();
        assertEquals(0, slots.bytes.getInt(RingLayout.MAGIC_AT));
        assertNotEquals(state, slots.bytes.getInt(RingLayout.STATE_AT));
        assertEquals(futex + 1, slots.bytes.getInt(RingLayout.FOREIGN_FUTEX_AT));
        offer(1);
        assertTrue(ring.take(record), "the process itself goes on");
    }

    @Test
    void aRecordOfASourceThatKeepsItsSlotIsUnreadUntilItIsTakenOrWithdrawn() {
        posted(false);
        assertFalse(ring.keepsUnread());
        RingTest.Spy spy = posted(true);
        assertTrue(ring.keepsUnread());
        assertTrue(ring.withdraw(spy));
        assertFalse(ring.keepsUnread());
        ring.post(spy, RecordFixture.record(Kinds.KEVENT_TIMER, 2));
        assertTrue(ring.keepsUnread());
        assertTrue(ring.take(record));
        assertTrue(ring.take(record));
        assertFalse(ring.keepsUnread());
    }

    @Test
    void aQueueThatIsDestroyedOrWhoseRingIsBrokenIsDead() {
        assertFalse(ring.dead());
        ring.closing = true;
        assertTrue(ring.dead());
        ring.closing = false;
        assertFalse(ring.dead());
        Memory.setLongRelease(slots.bytes, RingLayout.READ_AT, -1);
        ring.reserve(1);
        assertTrue(ring.dead());
    }

    /** Its taker has passed it, and has the lock only now. */
    @Test
    void aWithdrawnRecordThatIsForgottenLateLeavesTheNextOneOfItsSlot() {
        offer(1);
        RingTest.Spy withdrawn = posted(true);
        assertTrue(ring.withdraw(withdrawn));
        assertTrue(ring.take(record));
        assertFalse(ring.take(record), "it passes the withdrawn one");
        assertEquals(0, slots.withdrawn);
        long passed = START + 1;
        assertNull(slots.sources[(int) passed & slots.mask]);
        while (slots.write < passed + slots.slots) {
            offer(1);
            assertTrue(ring.take(record));
        }
        // the next record is that of the slot: until it is there, what stands behind the slot is the old one's
        slots.sources[(int) passed & slots.mask] = RingSlots.WITHDRAWN;
        slots.withdrawn++;
        slots.forgetWithdrawn(RingSlots.WITHDRAWN, passed & RingLayout.INDEX_MASK);
        assertNull(slots.sources[(int) passed & slots.mask]);
        posted(false);
        slots.withdrawn++;
        slots.forgetWithdrawn(RingSlots.WITHDRAWN, passed & RingLayout.INDEX_MASK);
        assertNotNull(slots.sources[(int) passed & slots.mask]);
        assertEquals(0, slots.withdrawn);
        assertTrue(ring.take(record));
    }

    @Test
    void whatWasMovedUpLeavesNothingBehind() {
        RingTest.Spy head = posted(true);
        RingTest.Spy moving = new RingTest.Spy(true);
        assertTrue(ring.reserve(1));
        while (slots.write < START + slots.slots) {
            ring.post(moving, RecordFixture.record(Kinds.KEVENT_TIMER, 101));
            assertTrue(ring.withdraw(moving));
        }
        ring.post(moving, RecordFixture.record(Kinds.KEVENT_TIMER, 101));
        assertEquals(0, slots.withdrawn);
        int sources = 0;
        for (Source source : slots.sources) {
            sources += source == null ? 0 : 1;
        }
        assertEquals(2, sources);
        assertEquals(START + slots.slots - 1, head.position);
        assertEquals(2, ring.unread());
        assertTrue(ring.withdraw(head));
        assertTrue(ring.take(record));
        assertEquals(101, record.cookie);
        assertEquals(0, head.taken);
    }

    @Test
    void aTakenRecordIsForgottenAndAnotherOneOfItsSourceIsNot() {
        RingTest.Spy spy = posted(true);
        assertEquals(START, spy.position);
        assertEquals(1, spy.unsettled);
        assertTrue(ring.take(record));
        assertEquals(-1, spy.position);
        assertEquals(0, spy.unsettled);
        // the next one is published before the first is settled
        ring.post(spy, RecordFixture.record(Kinds.KEVENT_TIMER, 2));
        ring.post(spy, RecordFixture.record(Kinds.KEVENT_TIMER, 3));
        assertEquals(2, spy.unsettled);
        assertTrue(ring.take(record));
        assertEquals(START + 2, spy.position);
        assertTrue(ring.withdraw(spy));
        assertEquals(0, spy.unsettled);
        assertFalse(ring.take(record));
    }
}
