package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Mappings;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** The end of a ring against those who take from it: each source is told once, by its taker or by the end. */
@Timeout(60)
@Tag("any-engine")
class RingEndTest {
    private static final int MLOCK = Native.X86_64 ? 149 : 228;

    /** Counts what it hears, from whatever thread. */
    private static final class Spy extends Source {
        final AtomicInteger told = new AtomicInteger();
        final AtomicInteger elsewhere = new AtomicInteger();

        Spy(boolean keepsSlot) {
            super(keepsSlot);
        }

        @Override
        protected boolean taken(RingRecord record) {
            told.incrementAndGet();
            return true;
        }

        @Override
        protected void abandoned() {
            told.incrementAndGet();
        }

        @Override
        protected void abandonedElsewhere() {
            elsewhere.incrementAndGet();
            abandoned();
        }
    }

    private static Spy posted(Ring ring, boolean keepsSlot) {
        Spy spy = new Spy(keepsSlot);
        assertTrue(ring.reserve(1));
        assertTrue(ring.post(spy, RecordFixture.record(Kinds.KEVENT_TIMER, 1)) >= 0);
        return spy;
    }

    /** The read word of a new ring is zero, as the pages are that were given back. */
    @Test
    @Tag("long")
    void theFirstTakeAndTheEndTellASourceOnce() throws Exception {
        Ring[] now = new Ring[1];
        AtomicInteger round = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        FutureTask<Void> taker = Support.start(() -> {
            RingRecord record = new RingRecord();
            for (int mine = 0; mine >= 0; ) {
                int next = round.get();
                if (next != mine) {
                    mine = next;
                    if (mine > 0) {
                        now[0].take(record);
                    }
                    done.set(mine);
                }
            }
            return null;
        });
        long until = System.nanoTime() + 2_000_000_000L;
        for (int i = 1; System.nanoTime() < until; i++) {
            Ring ring = Ring.create(1);
            Spy spy = posted(ring, i % 3 == 0);
            now[0] = ring;
            round.set(i);
            for (int nap = i % 50; nap > 0 && (i & 1) == 0; nap--) {
                Thread.onSpinWait();
            }
            ring.close(true);
            while (done.get() != i) {
                Thread.onSpinWait();
            }
            assertEquals(1, spy.told.get(), "ring " + i);
        }
        round.set(-1);
        Support.get(taker);
    }

    @Test
    void theEndWaitsForTakersThatAreOnTheirWay() throws Exception {
        Ring ring = Ring.create(4);
        ring.show();
        Spy spy = posted(ring, false);
        ByteBuffer mapped =
                Memory.view(Mappings.mapShared(ring.fd(), RingLayout.RECORDS_AT, 0, 0), RingLayout.RECORDS_AT);
        // as a taker does before its compare-and-set
        RingSlots slots = ring.slots();
        RingSlots.TRANSIT.getAndAdd(slots, 1);
        FutureTask<Void> end = Support.start(() -> {
            ring.close(true);
            return null;
        });
        Support.until("the ring is closed", () -> slots.closed);
        // none may set out any more: with nothing but the one of this test on its way there is nothing to take
        assertFalse(ring.take(new RingRecord()));
        LockSupport.parkNanos(50_000_000);
        assertFalse(end.isDone());
        assertEquals(0, spy.told.get());
        assertEquals(RingLayout.MAGIC, mapped.getInt(RingLayout.MAGIC_AT), "the pages are still there");
        RingSlots.TRANSIT.getAndAdd(slots, -1);
        Support.get(end);
        assertEquals(1, spy.told.get());
        assertEquals(0, mapped.getInt(RingLayout.MAGIC_AT));
        Native.C.munmap(Memory.address(mapped), RingLayout.RECORDS_AT);
    }

    @Test
    void whatAnotherProcessTookAndNobodyHasSettledIsLetGoOfOnce() {
        Ring ring = Ring.create(4);
        Spy once = posted(ring, false);
        Spy again = posted(ring, true);
        ByteBuffer mapped =
                Memory.view(Mappings.mapShared(ring.fd(), RingLayout.RECORDS_AT, 0, 0), RingLayout.RECORDS_AT);
        mapped.putLong(RingLayout.FOREIGN_TAKES_AT, 1);
        mapped.putLong(RingLayout.READ_AT, 1);
        ring.close(true);
        assertEquals(1, once.told.get());
        assertEquals(1, again.told.get());
        Native.C.munmap(Memory.address(mapped), RingLayout.RECORDS_AT);
    }

    /** Its source was let go of: a message was sent again, a lock given back. */
    @Test
    void aTakerOfAnotherProcessThatIsOnItsWayAtTheEndDoesNotGetTheRecord() {
        Ring ring = Ring.create(4);
        ring.show();
        Spy spy = posted(ring, false);
        long address = Mappings.mapShared(ring.fd(), RingLayout.RECORDS_AT, 0, 0);
        ByteBuffer mapped = Memory.view(address, RingLayout.RECORDS_AT);
        long seen = Memory.getLongAcquire(mapped, RingLayout.READ_AT);
        Memory.getAndAddLong(mapped, RingLayout.FOREIGN_TAKES_AT, 1L);
        ring.close(true);
        assertEquals(1, spy.told.get());
        assertFalse(Memory.compareAndSetLong(mapped, RingLayout.READ_AT, seen, seen + 1));
        Native.C.munmap(address, RingLayout.RECORDS_AT);
    }

    @Test
    void aRingWhoseBrokenMemorySaysNothingLetsGoOfItsSourcesAtTheEnd() {
        Ring ring = Ring.create(4);
        Spy spy = posted(ring, false);
        long address = Mappings.mapShared(ring.fd(), RingLayout.RECORDS_AT, 0, 0);
        ByteBuffer mapped = Memory.view(address, RingLayout.RECORDS_AT);
        mapped.putLong(RingLayout.READ_AT, 6);
        assertFalse(ring.take(new RingRecord()));
        ring.reserve(1);
        assertTrue(ring.broken());
        ring.close(true);
        assertEquals(1, spy.told.get());
        assertEquals(0, spy.elsewhere.get(), "nobody knows what others took");
        assertTrue(mapped.getLong(RingLayout.READ_AT) < 0, "and nobody takes any more");
        Native.C.munmap(address, RingLayout.RECORDS_AT);
    }

    @Test
    void aClosedRingLeavesItsDescriptorOnlyWhenItIsNotItsOwnAnyMore() {
        int many = 100;
        long before = Support.openDescriptors();
        for (int i = 0; i < many; i++) {
            Ring.create(4).close(true);
        }
        assertTrue(Support.openDescriptors() < before + many / 2);
        Ring ring = Ring.create(4);
        ring.close(false);
        assertEquals(0, Linux.close(ring.fd()));
    }

    @Test
    void theEndLetsGoOfTheSources() {
        Ring ring = Ring.create(4);
        posted(ring, false);
        assertTrue(ring.take(new RingRecord()));
        posted(ring, true);
        ring.close(true);
        for (Source source : ring.slots().sources) {
            assertEquals(null, source);
        }
    }

    @Test
    void othersLearnOfTheEndWhereTheKernelKeepsThePages() {
        Ring ring = Ring.create(4);
        ring.show();
        posted(ring, false);
        long address = Mappings.mapShared(ring.fd(), RingLayout.RECORDS_AT, 0, 0);
        ByteBuffer mapped = Memory.view(address, RingLayout.RECORDS_AT);
        // madvise(MADV_REMOVE) of locked memory is EINVAL
        Assumptions.assumeTrue(Linux.call(MLOCK, ring.slots().memory.address(), RingLayout.RECORDS_AT) == 0);
        int state = ring.state();
        ring.close(true);
        assertEquals(0, mapped.getInt(RingLayout.MAGIC_AT));
        assertEquals(~state, mapped.getInt(RingLayout.STATE_AT), "who saw the state does not find it again");
        long read = mapped.getLong(RingLayout.READ_AT) & RingLayout.INDEX_MASK;
        assertEquals(mapped.getLong(RingLayout.WRITE_AT), read, "nothing to take");
        Native.C.munmap(address, RingLayout.RECORDS_AT);
    }
}
