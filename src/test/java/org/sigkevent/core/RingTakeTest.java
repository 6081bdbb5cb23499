package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/** A record is taken straight into what the caller has for it; one that has a source, or that must be skipped, through a carrier. */
@Timeout(60)
@Tag("any-engine")
class RingTakeTest {
    private static final int LIMIT = 4;

    private final Ring ring = Ring.create(LIMIT);
    private final RingRecord taken = new RingRecord();

    @AfterEach
    void close() {
        ring.close(true);
    }

    private boolean take() {
        return ring.take(taken, RecordFixture.INTO);
    }

    private boolean offer(long cookie) {
        return RecordFixture.offer(ring, null, RecordFixture.record(Kinds.KEVENT_USER, cookie));
    }

    @Test
    void everyFieldIsTaken() {
        RingRecord record = RecordFixture.record(Kinds.KEVENT_USER, -7, 8L << 40, -9, 10, 2, 11L << 50, -12, 13);
        assertTrue(RecordFixture.offer(ring, null, record));
        taken.object = "of the record before";
        assertTrue(take());
        assertEquals(Kinds.KEVENT_USER, taken.id);
        assertEquals(-7, taken.descriptor);
        assertEquals(8L << 40, taken.cookie);
        assertEquals(-9, taken.result);
        assertEquals(10, taken.error);
        assertEquals(2, taken.flags);
        assertEquals(11L << 50, taken.data0);
        assertEquals(-12, taken.data1);
        assertEquals(13, taken.timeNanos);
        assertEquals(0, taken.sequence);
        assertEquals(null, taken.object);
    }

    @Test
    void ofAnEmptyRingNothingIsTakenAndNothingWritten() {
        taken.cookie = 17;
        assertFalse(take());
        assertEquals(17, taken.cookie);
    }

    @Test
    void theSourceOfARecordIsTold() {
        RingTest.Spy source = new RingTest.Spy(true);
        assertTrue(ring.reserve(1));
        ring.post(source, RecordFixture.record(Kinds.KEVENT_TIMER, 5));
        assertTrue(offer(6));
        assertTrue(take());
        assertEquals(5, taken.cookie);
        assertFalse(ring.withdraw(source), "settled");
        assertTrue(take());
        assertEquals(6, taken.cookie);
        assertFalse(take());
    }

    @Test
    void aWithdrawnRecordIsSkipped() {
        RingTest.Spy source = new RingTest.Spy(true);
        assertTrue(offer(1));
        assertTrue(ring.reserve(1));
        ring.post(source, RecordFixture.record(Kinds.KEVENT_TIMER, 2));
        assertTrue(ring.withdraw(source));
        assertTrue(offer(3));
        assertTrue(take());
        assertEquals(1, taken.cookie);
        assertTrue(take());
        assertEquals(3, taken.cookie);
        assertFalse(take());
    }

    @Test
    void aReadWordThatNoTakerWroteBreaksTheRing() {
        assertTrue(offer(1));
        Memory.setLongRelease(ring.slots().bytes, RingLayout.READ_AT, 1000);
        assertFalse(take());
        assertTrue(ring.broken());
        assertFalse(offer(2));
    }

    @Test
    void fullIsWhatIsUnreadAlsoWhenTheReadIndexWasNotLookedAtForLong() {
        for (long round = 0; round < 100; round++) {
            for (long i = 0; i < LIMIT; i++) {
                assertTrue(offer(i));
            }
            assertFalse(offer(LIMIT));
            for (long i = 0; i < LIMIT - round % 2; i++) {
                assertTrue(take());
                assertEquals(i, taken.cookie);
            }
            while (take()) {}
        }
        Figures figures = new Figures();
        ring.describe(figures);
        assertEquals(LIMIT, figures.highWater);
        assertEquals(100, figures.refused);
    }

    @Test
    void theHighestNumberOfUnreadIsExactThoughTheReadIndexIsLookedAtSeldom() {
        for (int i = 0; i < 10; i++) {
            assertTrue(offer(i));
            assertTrue(take());
        }
        assertTrue(offer(1));
        assertTrue(offer(2));
        Figures figures = new Figures();
        ring.describe(figures);
        assertEquals(2, figures.highWater);
    }

    @Test
    void whatAnotherProcessHasTakenIsSettledBeforeItsSlotIsFilledAgain() {
        RingTest.Spy source = new RingTest.Spy(false);
        assertTrue(RecordFixture.offer(ring, source, RecordFixture.record(Kinds.KEVENT_USER, 1)));
        ring.show();
        MappedRing elsewhere = MappedRing.of(Linux.duplicate(ring.fd(), 0));
        assertTrue(elsewhere.take(new RingRecord()));
        elsewhere.detach();
        for (int i = 0; i < 4 * LIMIT; i++) {
            assertTrue(offer(i));
            assertTrue(take());
        }
        assertEquals(1, source.taken);
        assertFalse(ring.broken());
    }
}
