package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sigkevent.Support;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/** A ring near the end of its index (2^48), its epoch (2^15) and its state (2^32): all that is done with one, across each wrap. */
@Timeout(60)
@Tag("any-engine")
class RingWrapTest {
    private static final int LIMIT = 8;
    private static final long SEED = Long.getLong("sigkevent.seed", System.nanoTime());

    /** What is near its end. */
    enum Near {
        INDEX(true, false, false),
        EPOCH(false, true, false),
        STATE(false, false, true),
        ALL(true, true, true);

        private static final int BEFORE = 60;

        final boolean index;
        final boolean epoch;
        final boolean state;

        Near(boolean index, boolean epoch, boolean state) {
            this.index = index;
            this.epoch = epoch;
            this.state = state;
        }

        Ring ring() {
            long start = index ? (1L << RingLayout.INDEX_BITS) - BEFORE : 0;
            Ring ring = Ring.create(LIMIT, start);
            ring.show();
            if (epoch) {
                Memory.setLongRelease(
                        ring.slots().bytes,
                        RingLayout.READ_AT,
                        (RingLayout.EPOCH_MASK - BEFORE * RingLayout.EPOCH_ONE) | start & RingLayout.INDEX_MASK);
            }
            if (state) {
                RingSlots.STATE.set(ring.slots(), -BEFORE);
                Memory.setIntRelease(ring.slots().bytes, RingLayout.STATE_AT, -BEFORE);
            }
            return ring;
        }

        /** Whether everything that was near its end is past it now. */
        boolean passed(Ring ring) {
            long word = Memory.getLongAcquire(ring.slots().bytes, RingLayout.READ_AT);
            long half = RingLayout.EPOCH_MASK >>> 1 & RingLayout.EPOCH_MASK;
            return (!index || (word & RingLayout.INDEX_MASK) < 1L << RingLayout.INDEX_BITS - 1)
                    && (!epoch || (word & RingLayout.EPOCH_MASK) <= half)
                    && (!state || ring.state() >= 0);
        }
    }

    private Ring ring;

    /** Expects the record that it knows. */
    private static final class Known extends Source {
        final AtomicInteger told = new AtomicInteger();

        Known(boolean keepsSlot) {
            super(keepsSlot);
        }

        @Override
        protected boolean taken(RingRecord record) {
            told.incrementAndGet();
            return true;
        }
    }

    @AfterEach
    void close() {
        assertFalse(ring.broken());
        ring.close(true);
    }

    private RingRecord record(long cookie) {
        return RecordFixture.record(Kinds.KEVENT_TIMER, cookie);
    }

    @ParameterizedTest
    @EnumSource(Near.class)
    void recordsComeInOrderAndWithdrawnOnesDoNot(Near near) {
        ring = near.ring();
        MappedRing elsewhere = MappedRing.of(Linux.duplicate(ring.fd(), 0));
        System.out.println("RingWrapTest: sigkevent.seed=" + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        Known repeating = new Known(true);
        assertTrue(ring.reserve(1));
        boolean repeatingUnread = false;
        Deque<Long> expected = new ArrayDeque<>();
        RingRecord taken = new RingRecord();
        for (long i = 1; i < 3_000; i++) {
            int before = ring.state();
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    if (RecordFixture.offer(ring, null, record(i))) {
                        expected.add(i);
                        assertNotEquals(before, ring.state());
                    } else {
                        assertEquals(LIMIT - 1, expected.size() - (repeatingUnread ? 1 : 0), "full");
                    }
                }
                case 2 -> {
                    Known once = new Known(false);
                    if (ring.reserve(1)) {
                        ring.post(once, record(i));
                        expected.add(i);
                    }
                }
                case 3 -> {
                    if (repeatingUnread) {
                        assertTrue(ring.withdraw(repeating));
                        expected.remove(-1L);
                    } else {
                        ring.post(repeating, record(-1));
                        expected.add(-1L);
                    }
                    repeatingUnread = !repeatingUnread;
                }
                default -> {
                    boolean here = random.nextBoolean();
                    assertEquals(
                            !expected.isEmpty(), here ? ring.take(taken, RecordFixture.INTO) : elsewhere.take(taken));
                    if (!expected.isEmpty()) {
                        assertEquals(expected.remove(), taken.cookie);
                        repeatingUnread &= taken.cookie != -1;
                    }
                    ring.foreign.tell();
                }
            }
            assertEquals(expected.size(), ring.unread());
        }
        assertTrue(near.passed(ring));
        elsewhere.detach();
    }

    @ParameterizedTest
    @EnumSource(Near.class)
    void everyRecordIsTakenOnceOrWithdrawn(Near near) throws Exception {
        ring = near.ring();
        MappedRing elsewhere = MappedRing.of(Linux.duplicate(ring.fd(), 0));
        int records = 3_000;
        AtomicIntegerArray got = new AtomicIntegerArray(records);
        AtomicLong gone = new AtomicLong();
        AtomicInteger withdrawn = new AtomicInteger();
        List<FutureTask<Void>> takers = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
            boolean here = t < 2;
            takers.add(Support.start(() -> {
                RingRecord taken = new RingRecord();
                while (gone.get() < records) {
                    if (here ? ring.take(taken, RecordFixture.INTO) : elsewhere.take(taken)) {
                        got.incrementAndGet((int) taken.cookie);
                        gone.incrementAndGet();
                    } else {
                        Thread.yield();
                    }
                }
                return null;
            }));
        }
        for (int i = 0; i < records; i++) {
            Known source = new Known(false);
            while (!ring.reserve(1)) {
                ring.foreign.tell();
                Thread.yield();
            }
            ring.post(source, record(i));
            if (i % 3 == 0 && ring.withdraw(source)) {
                withdrawn.incrementAndGet();
                got.incrementAndGet(i);
                gone.incrementAndGet();
            }
        }
        for (FutureTask<Void> taker : takers) {
            Support.get(taker);
        }
        for (int i = 0; i < records; i++) {
            assertEquals(1, got.get(i), "record " + i);
        }
        ring.foreign.tell();
        assertEquals(0, ring.unread());
        assertEquals(0, RecordFixture.held(ring));
        // each withdrawal moves the epoch on
        assertTrue(near.passed(ring) || withdrawn.get() < 100, near + ", withdrawn " + withdrawn);
        elsewhere.detach();
    }
}
