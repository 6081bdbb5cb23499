package org.sigkevent.core;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.LLL_Result;

/** What two threads can see of a {@link Ring}. Each state has a ring of its own, which is closed behind it. */
public final class RingStress {
    private RingStress() {}

    private static final class OneShot extends Source {
        OneShot() {
            super(false);
        }

        @Override
        protected boolean taken(RingRecord record) {
            return true;
        }
    }

    /** Records that hold themselves. */
    private static final Records.Into<RingRecord> INTO = new Records.Into<>() {
        @Override
        public RingRecord of(RingRecord holder) {
            return holder;
        }

        @Override
        public void taken(RingRecord holder) {}

        @Override
        public void copy(
                RingRecord holder,
                long kind,
                long cookie,
                long result,
                long outcome,
                long data0,
                long data1,
                long time,
                long sequence) {
            holder.id = (int) kind;
            holder.cookie = cookie;
            holder.timeNanos = time;
        }
    };

    private static int take(Ring ring) {
        RingRecord record = new RingRecord();
        return ring.take(record, INTO) ? (int) record.cookie : 0;
    }

    @JCStressTest
    @Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "not there yet")
    @Outcome(id = "1, 2, 3", expect = Expect.ACCEPTABLE, desc = "whole")
    @State
    public static class ARecordIsWhole {
        private final Ring ring = Ring.create(1);

        @Actor
        public void poster() {
            RingRecord posted = RingRecord.outgoing(1, 0, 2);
            posted.timeNanos = 3;
            ring.offer(null, posted, posted.cookie, null, 1);
        }

        @Actor
        public void taker(LLL_Result r) {
            RingRecord record = new RingRecord();
            boolean taken = ring.take(record, INTO);
            r.r1 = taken ? record.id : 0L;
            r.r2 = taken ? record.cookie : 0L;
            r.r3 = taken ? record.timeNanos : 0L;
        }

        @Arbiter
        public void end() {
            ring.close(true);
        }
    }

    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "neither")
    @Outcome(
            id = "0, 1",
            expect = Expect.ACCEPTABLE,
            desc = "a record whose state was not seen to move, which the next look finds")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "both")
    @Outcome(id = "1, 0", expect = Expect.FORBIDDEN, desc = "the state moved, and there is no record")
    @State
    public static class WhoSeesTheStateMoveSeesTheRecord {
        private final Ring ring = Ring.create(1);
        private final int before = ring.state();

        @Actor
        public void poster() {
            ring.offer(null, RingRecord.outgoing(1, 0, 1), 1, null, 1);
        }

        @Actor
        public void taker(II_Result r) {
            r.r1 = ring.state() != before ? 1 : 0;
            r.r2 = take(ring);
        }

        @Arbiter
        public void end() {
            ring.close(true);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 2", "2, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "each has one of them")
    @State
    public static class EachRecordIsTakenOnce {
        private final Ring ring = Ring.create(2);

        public EachRecordIsTakenOnce() {
            OneShot source = new OneShot();
            ring.reserve(1);
            ring.post(source, RingRecord.outgoing(1, 0, 1));
            ring.offer(null, RingRecord.outgoing(1, 0, 2), 2, null, 1);
        }

        @Actor
        public void first(II_Result r) {
            r.r1 = take(ring);
        }

        @Actor
        public void second(II_Result r) {
            r.r2 = take(ring);
        }

        @Arbiter
        public void end() {
            ring.close(true);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "taken")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "withdrawn")
    @State
    public static class ARecordIsTakenOrWithdrawn {
        private final Ring ring = Ring.create(1);
        private final OneShot source = new OneShot();

        public ARecordIsTakenOrWithdrawn() {
            ring.reserve(1);
            ring.post(source, RingRecord.outgoing(1, 0, 1));
        }

        @Actor
        public void taker(II_Result r) {
            r.r1 = take(ring);
        }

        @Actor
        public void owner(II_Result r) {
            r.r2 = ring.withdraw(source) ? 1 : 0;
        }

        @Arbiter
        public void end() {
            ring.close(true);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "one of them has the slot")
    @State
    public static class TheLastSlotIsReservedOnce {
        private final Ring ring = Ring.create(1);

        @Actor
        public void first(II_Result r) {
            r.r1 = ring.reserve(1) ? 1 : 0;
        }

        @Actor
        public void second(II_Result r) {
            r.r2 = ring.reserve(1) ? 1 : 0;
        }

        @Arbiter
        public void end() {
            ring.close(true);
        }
    }

    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "taken before the offer found the ring full or after it")
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "a taken record's slot is free at once")
    @State
    public static class ASlotIsFreeAtOnce {
        private final Ring ring = Ring.create(1);

        public ASlotIsFreeAtOnce() {
            OneShot source = new OneShot();
            ring.reserve(1);
            ring.post(source, RingRecord.outgoing(1, 0, 1));
        }

        @Actor
        public void taker(II_Result r) {
            r.r1 = take(ring);
        }

        @Actor
        public void poster(II_Result r) {
            r.r2 = ring.offer(null, RingRecord.outgoing(1, 0, 2), 2, null, 1);
        }

        @Arbiter
        public void end() {
            ring.close(true);
        }
    }
}
