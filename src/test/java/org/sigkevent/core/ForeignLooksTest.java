package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/** What an owner notices of the consumers in other processes, when it looks again, what it tells the sources, and whom it wakes. */
@Timeout(60)
@Tag("any-engine")
class ForeignLooksTest {
    private static final long SOON_NANOS = 10_000_000;
    private static final long SELDOM_NANOS = 100_000_000;

    private final Ring ring = Ring.create(8);
    private final RingSlots slots = ring.slots();
    private final ForeignTakers foreign = ring.foreign;
    private final List<String> heard = new ArrayList<>();
    private final RingRecord record = new RingRecord();
    private MappedRing there;

    @BeforeEach
    void map() {
        ring.show();
        there = MappedRing.of(Linux.duplicate(ring.fd(), 0));
    }

    @AfterEach
    void close() {
        // of a test that has failed: the end would wait for that taker
        RingSlots.TRANSIT.set(slots, 0);
        there.detach();
        ring.close(true);
    }

    private final class Heard extends Source {
        Heard(boolean keepsSlot) {
            super(keepsSlot);
        }

        @Override
        protected boolean taken(RingRecord taken) {
            heard.add("here " + taken.cookie);
            return true;
        }

        @Override
        protected void takenElsewhere(RingRecord taken) {
            heard.add("elsewhere " + taken.cookie);
        }

        @Override
        protected void abandoned() {
            heard.add("abandoned");
        }

        @Override
        protected void abandonedElsewhere() {
            heard.add("abandoned elsewhere");
        }
    }

    private Heard posted(boolean keepsSlot, long cookie) {
        Heard source = new Heard(keepsSlot);
        assertTrue(ring.reserve(1));
        ring.post(source, RecordFixture.record(Kinds.KEVENT_TIMER, cookie));
        return source;
    }

    private int inMapping(int at) {
        return Memory.getIntAcquire(slots.bytes, at);
    }

    @Test
    void nobodyIsSeenBeforeAnotherProcessTakes() {
        posted(false, 1);
        assertFalse(foreign.took());
        assertFalse(foreign.prepare());
        assertFalse(foreign.seen());
        assertFalse(foreign.active());
        assertTrue(ring.take(record));
        foreign.tell();
        assertFalse(foreign.seen());
        assertEquals(List.of("here 1"), heard);
    }

    @Test
    void whatWasTakenIsToldInItsOrderWithItsRecord() {
        for (int i = 0; i < 5; i++) {
            posted(i % 2 == 0, i);
        }
        assertTrue(there.take(record));
        assertTrue(there.take(record));
        assertTrue(foreign.took());
        assertTrue(foreign.prepare());
        assertTrue(foreign.seen());
        // for a second after a look that found something
        Support.until("others are active", () -> foreign.prepare() && foreign.active());
        foreign.tell();
        assertEquals(List.of("elsewhere 0", "elsewhere 1"), heard);
        assertFalse(foreign.prepare(), "there is nothing new");
        assertTrue(ring.take(record));
        assertTrue(there.take(record));
        foreign.tell();
        foreign.tell();
        assertEquals(List.of("elsewhere 0", "elsewhere 1", "here 2", "elsewhere 3"), heard);
        assertTrue(ring.take(record));
        assertEquals(4, record.cookie);
    }

    @Test
    void whatWasSettledAndNotToldIsStillTold() {
        posted(true, 1);
        posted(false, 2);
        assertTrue(there.take(record));
        assertTrue(there.take(record));
        assertFalse(ring.full());
        assertEquals(List.of(), heard);
        assertEquals(1, foreign.used());
        assertTrue(foreign.prepare(), "it is to be told");
        foreign.tell();
        assertEquals(List.of("elsewhere 1", "elsewhere 2"), heard);
    }

    @Test
    void theEndKnowsWhatWasTakenElsewhereHoweverManyWereNotTold() {
        int most = 3000;
        Ring large = Ring.create(most);
        large.show();
        MappedRing elsewhere = MappedRing.of(Linux.duplicate(large.fd(), 0));
        assertTrue(large.reserve(most));
        for (int i = 0; i < most; i++) {
            large.post(new Heard(i % 2 == 0), RecordFixture.record(Kinds.KEVENT_AIO, i));
        }
        for (int i = 1; i < most; i++) {
            assertTrue(elsewhere.take(record));
        }
        large.close(true);
        elsewhere.detach();
        assertEquals(most, heard.size());
        assertEquals(1, heard.stream().filter("abandoned"::equals).count());
    }

    @Test
    void theEndKnowsWhatWasTakenElsewhereWhileATakerIsOnItsWay() throws Exception {
        posted(false, 1);
        posted(false, 2);
        posted(false, 3);
        assertTrue(there.take(record));
        RingSlots.TRANSIT.getAndAdd(slots, 1);
        FutureTask<Void> end = Support.start(() -> {
            ring.close(true);
            return null;
        });
        Support.until("it waits for the taker", () -> slots.closed);
        RingSlots.TRANSIT.getAndAdd(slots, -1);
        Support.get(end);
        assertEquals(List.of("abandoned elsewhere", "abandoned", "abandoned"), heard);
    }

    @Test
    void whoReservesOrOffersTellsFirst() {
        posted(true, 1);
        assertTrue(there.take(record));
        assertTrue(ring.reserve(1));
        assertEquals(List.of("elsewhere 1"), heard);
        posted(true, 2);
        assertTrue(there.take(record));
        assertTrue(RecordFixture.offer(ring, null, RecordFixture.record(Kinds.KEVENT_USER, 3)));
        assertEquals(List.of("elsewhere 1", "elsewhere 2"), heard);
    }

    @Test
    void theEndAbandonsWhatWasSettledAndNotTold() {
        posted(true, 1);
        posted(false, 2);
        posted(false, 3);
        assertTrue(there.take(record));
        assertTrue(there.take(record));
        assertFalse(ring.full());
        ring.close(true);
        assertEquals(3, heard.size());
        assertEquals(2, heard.stream().filter("abandoned elsewhere"::equals).count());
        assertEquals(1, heard.stream().filter("abandoned"::equals).count());
        foreign.tell();
        assertEquals(3, heard.size());
    }

    @Test
    void whoIsToNoticeTheFirstTakeDoesSoOnceAndWhoServesIsAskedEachTime() {
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger noticed = new AtomicInteger();
        foreign.serves(asked::incrementAndGet, noticed::incrementAndGet);
        foreign.tell();
        assertEquals(1, asked.get());
        assertEquals(0, noticed.get());
        posted(false, 1);
        posted(false, 2);
        assertTrue(there.take(record));
        foreign.tell();
        assertTrue(there.take(record));
        foreign.tell();
        assertEquals(1, noticed.get());
        assertTrue(asked.get() >= 3);
    }

    @Test
    void whileOthersMayTakeTheLookComesSoon() {
        // one that never takes may ask for a null wake
        assertTrue(looksIn(SELDOM_NANOS, false));
        assertTrue(looksIn(SOON_NANOS, true));
        assertEquals(5, foreign.lookAgain(true, 5), "it does not come later than it would");
        posted(false, 1);
        assertTrue(there.take(record));
        // for a second after a look that found something
        Support.until("the look comes soon", () -> foreign.prepare() && looksIn(SOON_NANOS, false));
    }

    private boolean looksIn(long nanos, boolean unread) {
        long before = System.nanoTime();
        long look = foreign.lookAgain(unread, Long.MAX_VALUE);
        long after = System.nanoTime();
        return look >= before + nanos && look <= after + nanos;
    }

    @Test
    void aSleeperElsewhereIsWoken() throws Exception {
        int seen = there.state();
        FutureTask<Integer> sleeper = Support.start(() -> there.await(seen, Linux.CLOCK_MONOTONIC, Long.MAX_VALUE));
        Support.until("it is woken", () -> {
            foreign.wake(1);
            return sleeper.isDone();
        });
        assertEquals(0, Support.get(sleeper));
    }

    @Test
    void aSleeperElsewhereLearnsOfTheEnd() throws Exception {
        int seen = there.state();
        FutureTask<Integer> sleeper = Support.start(() -> there.await(seen, Linux.CLOCK_MONOTONIC, Long.MAX_VALUE));
        Support.until("it is counted", foreign::asleep);
        ring.close(true);
        assertEquals(-Errnos.EBADF, Support.get(sleeper));
    }

    @Test
    void aTakerOnItsWayUsesASlotUntilOthersTake() {
        posted(false, 1);
        assertEquals(1, foreign.used());
        RingSlots.TRANSIT.getAndAdd(slots, 1);
        assertEquals(2, foreign.used());
    }

    @Test
    void whatIsUnreadIsNotAmongWhatWasPassedElsewhere() {
        posted(false, 1);
        Heard source = posted(true, 2);
        posted(false, 3);
        assertTrue(there.take(record));
        foreign.tell();
        assertEquals(2, foreign.used());
        assertTrue(ring.withdraw(source));
        assertEquals(1, ring.unread());
    }

    @Test
    void whatWasPassedElsewhereIsFoundInLaterRoundsToo() {
        Heard source = posted(true, 1);
        assertTrue(there.take(record));
        foreign.tell();
        postAndTake(source, slots.slots);
        RingSlots.TRANSIT.getAndAdd(slots, 1);
        posted(false, 2);
        Heard withdrawn = posted(true, 3);
        assertTrue(ring.withdraw(withdrawn));
        assertTrue(there.take(record));
        assertFalse(there.take(record), "it passes the withdrawn one");
        ring.post(withdrawn, RecordFixture.record(Kinds.KEVENT_TIMER, 4));
        assertEquals(1, ring.unread());
        RingSlots.TRANSIT.getAndAdd(slots, -1);
        assertEquals(1, ring.unread());
    }

    @Test
    void whoSleepsElsewhereIsSeenAndWokenForRecordsOrForNothing() {
        assertFalse(foreign.asleep());
        Memory.setIntRelease(slots.bytes, RingLayout.FOREIGN_WAITERS_AT, 1);
        assertTrue(foreign.asleep());
        int before = inMapping(RingLayout.FOREIGN_FUTEX_AT);
        foreign.wake(1);
        assertEquals(before + 1, inMapping(RingLayout.FOREIGN_FUTEX_AT));
        foreign.nullWake(1);
        assertEquals(before + 1 + (1 << 16), inMapping(RingLayout.FOREIGN_FUTEX_AT));
        ring.close(true);
        assertFalse(foreign.asleep());
    }

    @Test
    void withdrawnRecordsThatWerePassedElsewhereAreSettled() {
        posted(false, 1);
        Heard withdrawn = posted(true, 2);
        posted(false, 3);
        assertTrue(ring.withdraw(withdrawn));
        assertEquals(1, slots.withdrawn);
        assertTrue(there.take(record));
        assertEquals(1, record.cookie);
        assertEquals(1, ring.unread(), "nobody has passed the withdrawn one");
        assertTrue(there.take(record));
        assertEquals(3, record.cookie);
        foreign.tell();
        assertEquals(0, slots.withdrawn);
        assertEquals(List.of("elsewhere 1", "elsewhere 3"), heard);
        assertEquals(0, withdrawn.unsettled);
        assertEquals(1, foreign.used());
        ring.release(1);
        assertEquals(0, foreign.used());
        assertTrue(ring.reserve(8));
    }

    @Test
    void nothingIsSettledWhileATakerOfThisProcessIsOnItsWay() {
        Heard source = posted(true, 1);
        RingSlots.TRANSIT.getAndAdd(slots, 1);
        assertTrue(there.take(record));
        foreign.tell();
        assertEquals(List.of(), heard);
        assertEquals(1, source.unsettled);
        RingSlots.TRANSIT.getAndAdd(slots, -1);
        foreign.tell();
        assertEquals(List.of("elsewhere 1"), heard);
        assertEquals(0, source.unsettled);
    }

    private void postAndTake(Source source, int rounds) {
        for (int i = 0; i < rounds; i++) {
            assertTrue(ring.post(source, RecordFixture.record(Kinds.KEVENT_TIMER, 5)) >= 0);
            assertTrue(ring.take(record));
        }
    }

    @Test
    void aLookFindsWhatWasTakenThoughTheLastOneIsMoreThanARoundAgo() {
        Heard source = posted(true, 1);
        assertTrue(there.take(record));
        foreign.tell();
        postAndTake(source, 2 * slots.slots);
        heard.clear();
        posted(false, 9);
        assertTrue(there.take(record));
        foreign.tell();
        assertEquals(List.of("elsewhere 9"), heard);
    }

    /** While nothing can be settled, what was passed and is not settled is looked for. */
    @Test
    void anUnreadRecordIsNotTakenForTheOneOfItsSlotARoundAgo() {
        Heard source = posted(true, 1);
        assertTrue(there.take(record));
        foreign.tell();
        RingSlots.TRANSIT.getAndAdd(slots, 1);
        postAndTake(source, slots.slots + 8);
        assertTrue(RecordFixture.offer(ring, null, RecordFixture.record(Kinds.KEVENT_USER, 3)));
        assertTrue(ring.post(source, RecordFixture.record(Kinds.KEVENT_TIMER, 4)) >= 0);
        assertTrue(ring.withdraw(source));
        assertEquals(1, ring.unread());
        assertEquals(2, foreign.used(), "the source's slot, and the other record");
        RingSlots.TRANSIT.getAndAdd(slots, -1);
        assertEquals(1, ring.unread());
        assertEquals(2, foreign.used());
    }

    @Test
    void aRecordThatWasTakenElsewhereIsGivenUpWhenItsSourceHasTheNext() {
        Heard source = posted(true, 1);
        assertTrue(there.take(record));
        assertTrue(ring.post(source, RecordFixture.record(Kinds.KEVENT_TIMER, 2)) >= 0);
        assertEquals(1, source.unsettled);
        assertTrue(there.take(record));
        foreign.tell();
        assertEquals(List.of("elsewhere 2"), heard);
        assertEquals(0, source.unsettled);
        assertEquals(1, foreign.used());
    }
}
