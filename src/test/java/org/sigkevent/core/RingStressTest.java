package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;

/** Many threads on one ring. */
@Timeout(120)
@Tag("any-engine")
class RingStressTest {
    private static final long SEED = Long.getLong("sigkevent.seed", System.nanoTime());

    private static SplittableRandom random() {
        System.out.println("RingStressTest: sigkevent.seed=" + SEED);
        return new SplittableRandom(SEED);
    }

    private static long mix(long cookie, int field) {
        return (cookie + field) * 0x9e37_79b9_7f4a_7c15L;
    }

    @Test
    void everyRecordIsTakenOnceWholeAndInItsProducersOrder() throws Exception {
        int producers = 4;
        int consumers = 3;
        int each = 100_000;
        Ring ring = Ring.create(100);
        AtomicInteger left = new AtomicInteger(producers * each);
        List<FutureTask<Void>> posting = new ArrayList<>();
        for (int p = 0; p < producers; p++) {
            long producer = p;
            posting.add(Support.start(() -> {
                for (int i = 1; i <= each; i++) {
                    long c = producer << 32 | i;
                    while (!RecordFixture.offer(
                            ring,
                            null,
                            RecordFixture.record(
                                    (int) mix(c, 1),
                                    (int) mix(c, 2),
                                    c,
                                    mix(c, 3),
                                    (int) mix(c, 4),
                                    (int) mix(c, 5) & 0xff,
                                    mix(c, 6),
                                    mix(c, 7),
                                    mix(c, 8)))) {
                        Thread.yield();
                    }
                }
                return null;
            }));
        }
        List<FutureTask<BitSet[]>> taking = new ArrayList<>();
        for (int t = 0; t < consumers; t++) {
            taking.add(Support.start(() -> {
                BitSet[] seen = new BitSet[producers];
                int[] last = new int[producers];
                for (int p = 0; p < producers; p++) {
                    seen[p] = new BitSet();
                }
                RingRecord r = new RingRecord();
                long sequence = -1;
                while (left.get() > 0) {
                    if (!ring.take(r, RecordFixture.INTO)) {
                        Thread.onSpinWait();
                        continue;
                    }
                    left.decrementAndGet();
                    long c = r.cookie;
                    assertTrue(
                            r.id == (int) mix(c, 1)
                                    && r.descriptor == (int) mix(c, 2)
                                    && r.result == mix(c, 3)
                                    && r.error == (int) mix(c, 4)
                                    && r.flags == ((int) mix(c, 5) & 0xff)
                                    && r.data0 == mix(c, 6)
                                    && r.data1 == mix(c, 7)
                                    && r.timeNanos == mix(c, 8),
                            "a torn record");
                    assertTrue(r.sequence > sequence, "sequence");
                    sequence = r.sequence;
                    int p = (int) (c >>> 32);
                    assertTrue((int) c > last[p], "order");
                    last[p] = (int) c;
                    seen[p].set((int) c);
                }
                return seen;
            }));
        }
        for (FutureTask<Void> one : posting) {
            Support.get(one);
        }
        int total = 0;
        BitSet[] all = new BitSet[producers];
        for (FutureTask<BitSet[]> one : taking) {
            BitSet[] seen = Support.get(one);
            for (int p = 0; p < producers; p++) {
                total += seen[p].cardinality();
                if (all[p] == null) {
                    all[p] = seen[p];
                } else {
                    assertFalse(all[p].intersects(seen[p]), "taken twice");
                    all[p].or(seen[p]);
                }
            }
        }
        assertEquals(producers * each, total);
        ring.close(true);
    }

    /** A source whose records carry numbers; what was withdrawn must never come. */
    private static final class Numbered extends Source {
        Numbered() {
            super(true);
        }

        @Override
        protected boolean taken(RingRecord record) {
            return true;
        }
    }

    @Test
    void aWithdrawnRecordIsNeverTakenAndAllOthersOnce() throws Exception {
        SplittableRandom random = random();
        int rounds = 300_000;
        int sources = 8;
        Ring ring = Ring.create(sources);
        // by the owner: 1 withdrawn, 2 let go
        byte[] outcome = new byte[rounds];
        AtomicInteger finished = new AtomicInteger();
        List<FutureTask<BitSet>> taking = new ArrayList<>();
        for (int t = 0; t < 2; t++) {
            taking.add(Support.start(() -> {
                BitSet seen = new BitSet(rounds);
                RingRecord record = new RingRecord();
                for (; ; ) {
                    boolean last = finished.get() != 0;
                    while (ring.take(record, RecordFixture.INTO)) {
                        assertFalse(seen.get((int) record.cookie), "taken twice");
                        seen.set((int) record.cookie);
                    }
                    if (last) {
                        return seen;
                    }
                }
            }));
        }
        Numbered[] all = new Numbered[sources];
        int[] number = new int[sources];
        assertTrue(ring.reserve(sources));
        for (int i = 0; i < sources; i++) {
            all[i] = new Numbered();
            number[i] = -1;
        }
        for (int i = 0; i < rounds; i++) {
            int s = random.nextInt(sources);
            if (number[s] >= 0) {
                outcome[number[s]] = (byte) (ring.withdraw(all[s]) ? 1 : 2);
            }
            ring.post(all[s], RecordFixture.record(1, 0, i, 0, 0, 0, 0, 0, 0));
            number[s] = i;
            for (int spin = random.nextInt(20); spin > 0; spin--) {
                Thread.onSpinWait();
            }
        }
        for (int s = 0; s < sources; s++) {
            if (number[s] >= 0) {
                outcome[number[s]] = (byte) (ring.withdraw(all[s]) ? 1 : 2);
            }
        }
        finished.set(1);
        BitSet seen = Support.get(taking.get(0));
        BitSet more = Support.get(taking.get(1));
        assertFalse(seen.intersects(more), "taken twice");
        seen.or(more);
        int withdrawn = 0;
        for (int i = 0; i < rounds; i++) {
            if (outcome[i] == 1) {
                withdrawn++;
            }
            assertEquals(
                    outcome[i] == 2,
                    seen.get(i),
                    "record " + i + (outcome[i] == 1 ? " was withdrawn and taken" : " was lost"));
        }
        System.out.println("withdrawn " + withdrawn + " of " + rounds);
        assertTrue(withdrawn > 0 && withdrawn < rounds, "the race was not run");
        assertEquals(0, ring.unread());
        assertEquals(sources, RecordFixture.held(ring));
        assertTrue(ring.full());
        ring.release(sources);
        assertTrue(ring.reserve(sources), "no count has drifted");
        ring.close(true);
    }

    @Test
    void noMoreSlotsAreGivenThanThereAre() throws Exception {
        random();
        int limit = 10;
        Ring ring = Ring.create(limit);
        // never less than what really is
        AtomicLong outstanding = new AtomicLong();
        AtomicLong most = new AtomicLong();
        AtomicInteger finished = new AtomicInteger();
        List<FutureTask<Void>> all = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
            int seed = t;
            all.add(Support.start(() -> {
                SplittableRandom random = new SplittableRandom(SEED + seed);
                while (finished.get() == 0) {
                    int n = 1 + random.nextInt(4);
                    if (ring.reserve(n)) {
                        long now = outstanding.addAndGet(n);
                        most.accumulateAndGet(now, Math::max);
                        for (int i = 0; i < n; i++) {
                            if (random.nextBoolean()) {
                                ring.post(new Once(outstanding), RecordFixture.record(1, 0, i, 0, 0, 0, 0, 0, 0));
                            } else {
                                outstanding.decrementAndGet();
                                ring.release(1);
                            }
                        }
                    }
                }
                return null;
            }));
        }
        RingRecord record = new RingRecord();
        long end = System.nanoTime() + 1_000_000_000L;
        while (System.nanoTime() < end) {
            ring.take(record);
        }
        finished.set(1);
        for (FutureTask<Void> one : all) {
            while (!one.isDone()) {
                ring.take(record);
            }
            Support.get(one);
        }
        while (ring.take(record, RecordFixture.INTO)) {
            // the rest
        }
        // a slot is free a moment before its taker can count it: as many as there are takers
        assertTrue(most.get() <= limit + 1, most.get() + " at once of " + limit);
        assertTrue(ring.reserve(limit), "no count has drifted");
        ring.close(true);
    }

    private static final class Once extends Source {
        private final AtomicLong outstanding;

        Once(AtomicLong outstanding) {
            super(false);
            this.outstanding = outstanding;
        }

        @Override
        protected boolean taken(RingRecord record) {
            outstanding.decrementAndGet();
            return true;
        }
    }
}
