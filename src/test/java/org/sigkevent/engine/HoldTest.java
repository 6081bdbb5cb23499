package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.sys.Errnos;

/** Batches: what a thread submits between hold and release goes to the kernel together, and nobody else notices. */
@Timeout(60)
class HoldTest {
    private final Engine engine = Engines.create();
    private final List<Integer> completed = Collections.synchronizedList(new ArrayList<>());
    private final List<Integer> refused = Collections.synchronizedList(new ArrayList<>());

    private final class Nop extends Op {
        final int number;

        Nop(int number) {
            this.number = number;
            code = NOP;
        }

        @Override
        protected void completed(int result, boolean more) {
            assertEquals(0, result);
            completed.add(number);
        }

        @Override
        protected void notSubmitted(int errno) {
            refused.add(errno);
        }
    }

    @AfterEach
    void close() {
        engine.refuse();
        Support.until("nothing is in flight", () -> {
            engine.reap();
            return engine.inFlight() == 0;
        });
        engine.close();
    }

    private void holds() {
        assumeTrue(engine.asynchronous, "the epoll engine holds nothing");
    }

    private void submit(int from, int to) {
        for (int i = from; i < to; i++) {
            assertEquals(0, engine.submit(new Nop(i)));
        }
    }

    private void untilCompleted(int n) {
        Support.until(n + " completions", () -> {
            engine.reap();
            return completed.size() >= n;
        });
    }

    private static List<Integer> upTo(int n) {
        return IntStream.range(0, n).boxed().toList();
    }

    @Test
    void whatIsHeldStartsInOrderAndCompletes() {
        engine.hold(3);
        submit(0, 3);
        engine.release();
        untilCompleted(3);
        assertEquals(upTo(3), completed);
    }

    @Test
    void whatIsHeldStartsWithTheReleaseInOneSystemCall() {
        holds();
        long before = engine.systemCalls();
        engine.hold(0);
        submit(0, 100);
        assertEquals(before, engine.systemCalls());
        assertEquals(0, engine.inFlight());
        engine.release();
        assertEquals(before + 1, engine.systemCalls());
        untilCompleted(100);
        assertEquals(upTo(100), completed);
    }

    @Test
    void whatAnotherThreadSubmitsIsNotHeld() throws Exception {
        holds();
        assertFalse(engine.holds());
        engine.hold(1);
        assertTrue(engine.holds());
        assertFalse(Support.get(Support.start(engine::holds)));
        engine.hold(1);
        engine.release();
        assertTrue(engine.holds());
        engine.release();
        assertFalse(engine.holds());
    }

    @Test
    void moreThanTheSubmissionRingHoldsTakesMoreCalls() {
        holds();
        long before = engine.systemCalls();
        engine.hold(1000);
        submit(0, 1000);
        engine.release();
        assertEquals(before + 4, engine.systemCalls());
        untilCompleted(1000);
        assertEquals(upTo(1000), completed);
    }

    @Test
    void aHoldInAHoldIsOneBatch() {
        holds();
        engine.hold(1);
        submit(0, 1);
        engine.hold(1);
        submit(1, 2);
        engine.release();
        assertEquals(0, engine.inFlight());
        engine.release();
        untilCompleted(2);
        engine.release();
        submit(2, 3);
        untilCompleted(3);
        assertEquals(upTo(3), completed);
    }

    @Test
    void twoEnginesAreHeldAtTheSameTime() {
        holds();
        Engine other = Engines.create();
        long before = engine.systemCalls() + other.systemCalls();
        engine.hold(2);
        other.hold(1);
        submit(0, 1);
        Nop elsewhere = new Nop(7);
        assertEquals(0, other.submit(elsewhere));
        submit(1, 2);
        other.release();
        engine.release();
        assertEquals(before + 2, engine.systemCalls() + other.systemCalls());
        untilCompleted(2);
        assertEquals(upTo(2), completed);
        Support.until("the other's completion", () -> {
            other.reap();
            return other.inFlight() == 0;
        });
        other.close();
        assertEquals(3, completed.size());
    }

    @Test
    void anotherThreadIsNotHeldUp() throws Exception {
        holds();
        engine.hold(1);
        submit(0, 1);
        Support.get(Support.start(() -> {
            submit(1, 2);
            engine.hold(1);
            submit(2, 3);
            engine.release();
            untilCompleted(2);
            return null;
        }));
        assertEquals(List.of(1, 2), completed);
        engine.release();
        untilCompleted(3);
        assertEquals(List.of(1, 2, 0), completed);
    }

    @Test
    void whatIsCancelledWhileItIsHeldIsNotHandedOver() {
        holds();
        engine.hold(3);
        submit(0, 1);
        Nop op = new Nop(100);
        assertEquals(0, engine.submit(op));
        submit(1, 2);
        engine.cancel(op);
        assertTrue(refused.isEmpty());
        engine.release();
        assertEquals(List.of(Errnos.ECANCELED), refused);
        untilCompleted(2);
        assertEquals(0, engine.submit(op));
        untilCompleted(3);
        assertEquals(List.of(0, 1, 100), completed);
    }

    @Test
    void whatIsHeldWhenTheEngineRefusesIsToldSo() {
        holds();
        engine.hold(2);
        submit(0, 2);
        engine.refuse();
        assertEquals(-Errnos.EBADF, engine.submit(new Nop(2)));
        engine.release();
        assertEquals(List.of(Errnos.EBADF, Errnos.EBADF), refused);
        assertEquals(0, engine.inFlight());
    }

    @Test
    void whoIsToldMayHoldAgain() {
        holds();
        Nop[] more = {new Nop(0), new Nop(1)};
        Op withdrawn = new Op() {
            @Override
            protected void completed(int result, boolean more) {}

            @Override
            protected void notSubmitted(int errno) {
                engine.submit(more[0]);
                engine.hold(1);
                engine.submit(more[1]);
                engine.release();
                throw new IllegalStateException("of one operation");
            }
        };
        Nop second = new Nop(2);
        Thread.currentThread().setUncaughtExceptionHandler((thread, thrown) -> refused.add(0));
        try {
            engine.hold(2);
            engine.submit(withdrawn);
            engine.submit(second);
            engine.cancel(withdrawn);
            engine.cancel(second);
            engine.release();
        } finally {
            Thread.currentThread().setUncaughtExceptionHandler(null);
        }
        assertEquals(List.of(0, Errnos.ECANCELED), refused);
        untilCompleted(2);
        assertEquals(upTo(2), completed);
    }

    /** A thread of its own: holds stay with theirs. */
    @Test
    void aHoldIsUsedAgainAndFoundWhateverIsGuessed() throws Exception {
        Engine other = Engines.create();
        try {
            Hold elsewhere = Hold.unused();
            elsewhere.engine = engine;
            try {
                Support.get(Support.start(() -> {
                    assertGuesses(elsewhere, other);
                    return null;
                }));
            } finally {
                elsewhere.engine = null;
            }
        } finally {
            other.close();
        }
    }

    private void assertGuesses(Hold elsewhere, Engine other) {
        Hold first = Hold.unused();
        assertSame(first, Hold.unused());
        assertNull(Hold.of(engine, elsewhere));
        first.engine = engine;
        Hold second = Hold.unused();
        assertSame(second, Hold.unused());
        second.engine = other;
        assertSame(first, Hold.of(engine, first));
        assertSame(first, Hold.of(engine, second));
        assertSame(second, Hold.of(other, first));
        assertSame(first, Hold.of(engine, elsewhere));
        Hold[] whileTold = {first};
        first.ops[0] = new Op() {
            @Override
            protected void completed(int result, boolean more) {}

            @Override
            protected void notSubmitted(int errno) {
                whileTold[0] = Hold.of(engine, first);
            }
        };
        first.refuse(0, Errnos.ECANCELED);
        first.tell();
        assertNull(whileTold[0]);
        assertSame(first, Hold.unused());
    }

    @Test
    void itsRoomIsAtLeastDoubledWhenItIsNotEnough() throws Exception {
        Support.get(Support.start(() -> {
            Hold hold = Hold.unused();
            Op[] ops = hold.ops;
            hold.ensure(ops.length);
            assertSame(ops, hold.ops);
            hold.ensure(ops.length + 1);
            assertEquals(2 * ops.length, hold.ops.length);
            hold.ensure(5 * ops.length);
            assertEquals(5 * ops.length, hold.ops.length);
            return null;
        }));
    }

    @Test
    void manyThreadsHoldIndependently() throws Exception {
        int threads = 4;
        int rounds = 300;
        List<FutureTask<Void>> tasks = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            tasks.add(Support.start(() -> {
                for (int round = 0; round < rounds; round++) {
                    engine.hold(round % 40);
                    submit(0, 20);
                    engine.release();
                    engine.reap();
                }
                return null;
            }));
        }
        for (FutureTask<Void> task : tasks) {
            Support.get(task);
        }
        untilCompleted(threads * rounds * 20);
        assertEquals(threads * rounds * 20, completed.size());
        assertEquals(List.of(), refused);
    }
}
