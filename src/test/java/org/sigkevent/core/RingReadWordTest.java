package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.sys.Memory;

/** What the owner of a ring makes of its read word, which others can write, and what it writes there itself. */
@Timeout(60)
@Tag("any-engine")
class RingReadWordTest {
    private static final long START = 1000;

    private final Ring ring = Ring.create(8, START);
    private final RingSlots slots = ring.slots();
    private final RingRecord record = new RingRecord();

    @AfterEach
    void close() {
        ring.close(true);
    }

    private RingTest.Spy posted(boolean keepsSlot) {
        RingTest.Spy spy = new RingTest.Spy(keepsSlot);
        assertTrue(ring.reserve(1));
        assertTrue(ring.post(spy, RecordFixture.record(Kinds.KEVENT_TIMER, 1)) >= 0);
        return spy;
    }

    private void offer() {
        assertTrue(RecordFixture.offer(ring, null, RecordFixture.record(Kinds.KEVENT_USER, 2)));
    }

    private long word() {
        return Memory.getLongAcquire(slots.bytes, RingLayout.READ_AT);
    }

    private void scribble(long word) {
        Memory.setLongRelease(slots.bytes, RingLayout.READ_AT, word);
    }

    @Test
    void aNewRingsIndexesStandInTheMapping() {
        assertEquals(START, word());
        assertEquals(START, Memory.getLongAcquire(slots.bytes, RingLayout.WRITE_AT));
        RingTest.Spy spy = new RingTest.Spy(false);
        assertTrue(ring.reserve(1));
        assertEquals(START, ring.post(spy, RecordFixture.record(Kinds.KEVENT_TIMER, 1)));
    }

    @Test
    void anIndexBeforeTheFirstRecordIsNotOurs() {
        scribble(START - 1);
        assertFalse(ring.reserve(1), "a broken ring promises nothing");
        assertTrue(ring.broken());
        assertEquals(0, RecordFixture.held(ring));
    }

    @Test
    void anIndexThatGoesBackIsNotOurs() {
        offer();
        offer();
        assertTrue(ring.take(record));
        offer();
        scribble(START);
        assertFalse(ring.reserve(1));
        assertTrue(ring.broken());
    }

    @Test
    void anIndexBeyondTheLastRecordIsNotOurs() {
        offer();
        scribble(START + 2);
        assertFalse(ring.reserve(1));
        assertTrue(ring.broken());
    }

    @Test
    void nothingIsWithdrawnFromARingThatIsFoundBroken() {
        RingTest.Spy spy = posted(false);
        scribble(-1);
        assertFalse(ring.withdraw(spy));
        assertTrue(ring.broken());
        assertEquals(-1, word(), "untouched");
    }

    /** It has won the record, and settles it next. */
    @Test
    void whatATakerHasWonIsNotWithdrawn() {
        RingTest.Spy spy = posted(true);
        offer();
        RingSlots.TRANSIT.getAndAdd(slots, 1);
        scribble(START + 1);
        assertFalse(ring.withdraw(spy));
        assertEquals(RingLayout.EPOCH_ONE | START + 1, word(), "not busy, in the next epoch");
        assertEquals(START, spy.position);
        assertEquals(1, spy.unsettled);
        RingSlots.TRANSIT.getAndAdd(slots, -1);
        assertTrue(ring.take(record));
        assertEquals(2, record.cookie);
    }

    @Test
    void theIndexPassesWithdrawnRecordsThatNobodyIsBefore() {
        RingTest.Spy first = posted(true);
        RingTest.Spy second = posted(true);
        RingTest.Spy third = posted(true);
        assertTrue(ring.withdraw(second));
        assertEquals(RingLayout.EPOCH_ONE | START, word());
        assertEquals(1, slots.withdrawn);
        assertTrue(ring.withdraw(first));
        assertEquals(2 * RingLayout.EPOCH_ONE | START + 2, word());
        assertEquals(0, slots.withdrawn);
        assertTrue(ring.withdraw(third));
        assertEquals(3 * RingLayout.EPOCH_ONE | START + 3, word());
        for (Source source : slots.sources) {
            assertEquals(null, source);
        }
    }

    /** A withdrawn record of the round before, which another process has passed, and which is not settled yet. */
    @Test
    void theIndexDoesNotPassTheLastRecord() {
        RingTest.Spy spy = posted(true);
        slots.sources[(int) slots.write & slots.mask] = RingSlots.WITHDRAWN;
        assertTrue(ring.withdraw(spy));
        assertEquals(RingLayout.EPOCH_ONE | START + 1, word());
        assertEquals(0, slots.withdrawn);
        assertFalse(ring.broken());
    }

    @Test
    void aTakerMovesTheIndexByOneAndKeepsTheEpoch() {
        RingTest.Spy spy = posted(true);
        offer();
        assertTrue(ring.withdraw(spy));
        assertTrue(ring.take(record));
        assertEquals(RingLayout.EPOCH_ONE | START + 2, word());
    }

    @Test
    void aTakerWaitsWhileTheOwnerMovesRecords() throws Exception {
        offer();
        slots.lock.lock();
        long word = slots.setBusy();
        FutureTask<Boolean> taker = Support.start(() -> ring.take(record));
        // so that it has most likely found the bit
        LockSupport.parkNanos(20_000_000);
        assertFalse(taker.isDone());
        slots.clearBusy(word, word);
        slots.lock.held = 0;
        assertTrue(Support.get(taker));
        assertFalse(ring.broken());
        assertEquals(0, slots.transit);
    }

    @Test
    void aBusyBitThatNobodyOfThisProcessSetBreaksTheRing() {
        offer();
        scribble(word() | RingLayout.BUSY);
        assertFalse(ring.take(record));
        assertTrue(ring.broken());
    }

    @Test
    void whoTakesARecordOfARingThatWasPutBackDoesNotGetItTwice() {
        RingTest.Spy spy = posted(false);
        offer();
        assertTrue(ring.take(record));
        assertEquals(1, spy.taken);
        scribble(START);
        assertFalse(ring.take(record));
        assertEquals(1, spy.taken);
        assertTrue(ring.broken());
    }
}
