package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.sys.Mappings;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** What another process takes, seen by the ring's owner: the other process is this test, which moves the read word. */
@Timeout(60)
@Tag("any-engine")
class ForeignTakersTest {
    private static final int LIMIT = 8;

    private final Ring ring = Ring.create(LIMIT);
    private final int slots = ring.slots().slots;
    private ByteBuffer mapped;

    /** Counts what it hears. */
    private static final class Spy extends Source {
        volatile int elsewhere;

        Spy(boolean keepsSlot) {
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

    @BeforeEach
    void map() {
        mapped = Memory.view(Mappings.mapShared(ring.fd(), RingLayout.RECORDS_AT, 0, 0), RingLayout.RECORDS_AT);
    }

    @AfterEach
    void close() {
        // of a test that has failed: the end would wait for that taker
        RingSlots.TRANSIT.set(ring.slots(), 0);
        ring.close(true);
        Native.C.munmap(Memory.address(mapped), RingLayout.RECORDS_AT);
    }

    private void takeElsewhere(int n) {
        mapped.putLong(RingLayout.FOREIGN_TAKES_AT, mapped.getLong(RingLayout.FOREIGN_TAKES_AT) + n);
        mapped.putLong(RingLayout.READ_AT, mapped.getLong(RingLayout.READ_AT) + n);
    }

    private void offer(long cookie) {
        assertTrue(RecordFixture.offer(ring, null, RecordFixture.record(Kinds.KEVENT_USER, cookie)));
    }

    private Spy posted(boolean keepsSlot) {
        Spy spy = new Spy(keepsSlot);
        assertTrue(ring.reserve(1));
        post(spy);
        return spy;
    }

    private void post(Spy spy) {
        assertTrue(ring.post(spy, RecordFixture.record(Kinds.KEVENT_TIMER, 1)) >= 0);
    }

    /** As a taker of this process that was preempted before its compare-and-set. */
    private void onTheWay(int change) {
        RingSlots.TRANSIT.getAndAdd(ring.slots(), change);
    }

    @Test
    void aWithdrawnRecordThatWasSkippedElsewhereDoesNotHideTheNextOne() {
        Spy other = posted(false);
        offer(1);
        Spy spy = posted(true);
        assertTrue(ring.withdraw(spy));
        takeElsewhere(3);
        post(spy);
        assertEquals(1, ring.unread());
        assertEquals(0, other.elsewhere, "a look tells nobody");
    }

    @Test
    void neitherDoesItWhileATakerOfThisProcessKeepsItFromBeingSettled() {
        offer(1);
        Spy spy = posted(true);
        assertTrue(ring.withdraw(spy));
        onTheWay(1);
        takeElsewhere(2);
        post(spy);
        assertEquals(1, ring.unread());
        onTheWay(-1);
        assertEquals(1, ring.unread());
        assertTrue(ring.take(new RingRecord()));
        assertEquals(0, ring.unread());
    }

    @Test
    void aBatchOverwritesNoRecordThatIsNotSettled() throws Exception {
        offer(0);
        Spy spy = posted(true);
        onTheWay(1);
        takeElsewhere(2);
        for (int i = 2; i < slots - 1; i++) {
            offer(i);
            takeElsewhere(1);
        }
        // the third goes where the spy's was
        FutureTask<Integer> batch = Support.start(
                () -> ring.offer(null, RecordFixture.record(Kinds.KEVENT_USER, 0), 0, new long[] {1, 2, 3}, 3));
        Support.until("two are there", () -> ring.posted() == slots + 1);
        assertFalse(batch.isDone());
        assertEquals(0, spy.elsewhere);
        onTheWay(-1);
        assertEquals(3, Support.get(batch));
        assertFalse(ring.full());
        ring.foreign.tell();
        assertEquals(1, spy.elsewhere);
        RingRecord record = new RingRecord();
        for (long cookie = 1; cookie <= 3; cookie++) {
            assertTrue(ring.take(record));
            assertEquals(cookie, record.cookie);
        }
        assertFalse(ring.take(record));
        assertFalse(ring.broken());
    }

    @Test
    void whoPostsBehindATakerOnItsWayLetsItHaveTheProcessor() throws Exception {
        Spy spy = posted(true);
        onTheWay(1);
        takeElsewhere(1);
        ring.foreign.prepare();
        Thread[] poster = new Thread[1];
        FutureTask<Void> post = Support.start(() -> {
            poster[0] = Thread.currentThread();
            post(spy);
            return null;
        });
        Support.until("it naps", () -> poster[0] != null && poster[0].getState() == Thread.State.TIMED_WAITING);
        assertFalse(post.isDone());
        onTheWay(-1);
        Support.get(post);
    }
}
