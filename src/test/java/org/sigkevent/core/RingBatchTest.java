package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.sys.Memory;

/** Several records published in one step, and several taken with one compare-and-set. */
@Timeout(60)
@Tag("any-engine")
class RingBatchTest {
    private static final int LIMIT = 8;

    private Ring ring;
    private final RingRecord[] taken = new RingRecord[64];

    @BeforeEach
    void open() {
        Arrays.setAll(taken, i -> new RingRecord());
        ring = Ring.create(LIMIT);
    }

    @AfterEach
    void close() {
        ring.close(true);
    }

    private void startingAt(long start) {
        ring.close(true);
        ring = Ring.create(LIMIT, start);
    }

    /** Offers records with the cookies {@code first}, {@code first + 1} and so on: how many were published. */
    private int offer(int flags, long first, int count) {
        long[] cookies = new long[count];
        Arrays.setAll(cookies, i -> first + i);
        RingRecord record = RecordFixture.record(Kinds.KEVENT_USER, 0);
        record.flags = flags;
        return ring.offer(null, record, -1, cookies, count);
    }

    private List<Long> take(int count) {
        int n = ring.take(Arrays.copyOf(taken, count), 0, RecordFixture.INTO);
        List<Long> cookies = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            cookies.add(taken[i].cookie);
        }
        return cookies;
    }

    private long overflows() {
        return Memory.getLongAcquire(ring.slots().bytes, RingLayout.OVERFLOWS_AT);
    }

    private Figures figures() {
        Figures figures = new Figures();
        ring.describe(figures);
        return figures;
    }

    @Test
    void aBatchIsPublishedAsFarAsThereIsRoomAndCountsAsOneOverflow() {
        assertEquals(3, offer(0, 0, 3));
        assertEquals(0, overflows());
        assertEquals(LIMIT - 3, offer(0, 3, LIMIT));
        assertEquals(1, overflows());
        assertEquals(1, figures().refused);
        assertEquals(0, offer(0, 9, 1));
        assertEquals(2, overflows());
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L), take(LIMIT));
        assertEquals(LIMIT, offer(0, 0, LIMIT));
        assertEquals(2, overflows());
    }

    @Test
    void withoutATableEachRecordHasTheCookieThatWasGiven() {
        assertEquals(2, ring.offer(null, RecordFixture.record(Kinds.KEVENT_USER, 0), 17, null, 2));
        assertEquals(List.of(17L, 17L), take(2));
    }

    @Test
    void whatIsPutBackFillsEachSlotThoughNothingNewIsAccepted() {
        int slots = ring.slots().slots;
        assertEquals(LIMIT, offer(0, 0, LIMIT));
        assertEquals(slots - LIMIT, offer(RingLayout.KEVENT_REQUEUED, LIMIT, slots));
        assertEquals(slots, ring.unread());
        assertEquals(0, offer(RingLayout.KEVENT_REQUEUED, 0, 1));
        assertFalse(ring.reserve(1));
        assertTrue(ring.take(taken[0]), "of a ring in which each slot is unread");
        assertEquals(0, taken[0].cookie);
        for (long i = 1; i < slots; i++) {
            assertEquals(List.of(i), take(1));
        }
        assertFalse(ring.broken());
    }

    @Test
    void aBatchThatGoesOverWithdrawnRecordsMovesTheOthersUp() {
        RingTest.Spy head = new RingTest.Spy(true);
        RingTest.Spy moving = new RingTest.Spy(true);
        assertTrue(ring.reserve(2));
        ring.post(head, RecordFixture.record(Kinds.KEVENT_TIMER, 100));
        while (ring.slots().write < ring.slots().slots - 3) {
            ring.post(moving, RecordFixture.record(Kinds.KEVENT_TIMER, 101));
            assertTrue(ring.withdraw(moving));
        }
        // three go where there is room, three behind what is moved
        assertEquals(6, offer(0, 0, 6));
        assertEquals(7, ring.unread());
        assertTrue(ring.full());
        assertTrue(ring.take(taken[0]));
        assertEquals(100, taken[0].cookie);
        assertEquals(List.of(0L, 1L, 2L, 3L, 4L, 5L), take(LIMIT));
        assertEquals(0, ring.slots().withdrawn);
        assertFalse(ring.keepsUnread());
        assertFalse(ring.broken());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, (1L << 48) - 3})
    void noMoreAreTakenTogetherThanWereAskedForAndAreThere(long start) {
        startingAt(start);
        assertEquals(List.of(), take(4));
        offer(0, 0, 6);
        assertEquals(List.of(0L, 1L, 2L, 3L), take(4));
        assertEquals(start + 3 & RingLayout.INDEX_MASK, taken[3].sequence & RingLayout.INDEX_MASK);
        assertEquals(2, ring.unread());
        assertEquals(List.of(4L, 5L), take(4));
        assertEquals(List.of(), take(4));
        assertFalse(ring.broken());
    }

    @Test
    void thoseFromTheOldestOnThatHaveNoSourceAreTakenTogether() {
        RingTest.Spy spy = new RingTest.Spy(false);
        assertTrue(ring.reserve(1));
        offer(0, 0, 2);
        ring.post(spy, RecordFixture.record(Kinds.KEVENT_TIMER, 100));
        offer(0, 2, 2);
        assertEquals(List.of(0L, 1L), take(8));
        assertEquals(List.of(), take(8), "the oldest has a source");
        assertEquals(0, spy.taken);
        assertTrue(ring.take(taken[0]));
        assertEquals(List.of(2L, 3L), take(8));
    }

    @Test
    void takingSeveralKeepsTheEpoch() {
        RingTest.Spy spy = new RingTest.Spy(true);
        assertTrue(ring.reserve(1));
        ring.post(spy, RecordFixture.record(Kinds.KEVENT_TIMER, 0));
        assertTrue(ring.withdraw(spy));
        offer(0, 0, 2);
        long before = Memory.getLongAcquire(ring.slots().bytes, RingLayout.READ_AT);
        assertEquals(List.of(0L, 1L), take(2));
        assertEquals(before + 2, Memory.getLongAcquire(ring.slots().bytes, RingLayout.READ_AT));
    }

    @Test
    void nothingIsTakenWhileTheOwnerWithdrawsAndNothingAfterTheEnd() {
        offer(0, 0, 2);
        RingSlots slots = ring.slots();
        long word = slots.setBusy();
        assertEquals(List.of(), take(2));
        slots.clearBusy(word, word);
        assertEquals(List.of(0L), take(1));
        ring.close(true);
        assertEquals(List.of(), take(1));
    }

    @Test
    void aReadWordThatCannotBeGivesNothing() {
        offer(0, 0, 2);
        Memory.setLongRelease(ring.slots().bytes, RingLayout.READ_AT, 2 + 1000);
        assertEquals(List.of(), take(2));
        assertEquals(2 + 1000, Memory.getLongAcquire(ring.slots().bytes, RingLayout.READ_AT), "untouched");
        Memory.setLongRelease(ring.slots().bytes, RingLayout.READ_AT, 0);
        assertEquals(List.of(0L, 1L), take(2));
    }

    @Test
    void aBatchGoesBehindWhatTheHoldersHaveAndEndsWithThem() {
        assertEquals(LIMIT, offer(0, 1, LIMIT));
        RingRecord[] holders = Arrays.copyOf(taken, 5);
        assertEquals(2, ring.take(holders, 3, RecordFixture.INTO));
        assertEquals(0, holders[2].cookie);
        assertEquals(1, holders[3].cookie);
        assertEquals(2, holders[4].cookie);
        assertEquals(0, ring.take(holders, 5, RecordFixture.INTO));
        assertEquals(LIMIT - 2, ring.unread());
    }
}
