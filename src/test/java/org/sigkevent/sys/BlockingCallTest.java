package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;

/** A blocking system call is got out of at whatever moment that is wanted, and no other call is disturbed. */
@Tag("any-engine")
@Timeout(100)
class BlockingCallTest {
    private static final int RACES = 5000;
    private static final int MOST_SPINS = 4000;

    private int readEnd;
    private int writeEnd;
    private final long seed = Long.getLong("seed", System.nanoTime());

    private final AtomicReference<BlockingCall> call = new AtomicReference<>();
    private final AtomicReference<Thread> thread = new AtomicReference<>();

    /** The round that the caller is in, and the one that was cancelled last. */
    private final AtomicInteger round = new AtomicInteger();

    private final AtomicInteger cancelled = new AtomicInteger();

    /** The round whose cancel has returned: one that is still on its way may end whatever call it finds. */
    private final AtomicInteger returned = new AtomicInteger();

    @BeforeEach
    void openPipe() {
        assumeTrue(BlockingCall.available(), "somebody handles the signal with SA_RESTART");
        ByteBuffer ends = Memory.allocate(8);
        assertEquals(0, Linux.call(Native.X86_64 ? 293 : 59, Memory.address(ends), Linux.O_CLOEXEC), "pipe2");
        readEnd = ends.getInt(0);
        writeEnd = ends.getInt(4);
    }

    @AfterEach
    void closePipe() {
        Linux.close(readEnd);
        Linux.close(writeEnd);
    }

    /** A read of the pipe, which has nothing unless somebody writes: what it returned, or an errno negated. */
    private int read(ByteBuffer into) {
        long rc = Native.C.read(readEnd, Memory.address(into), 1);
        return rc < 0 ? -Native.errno() : (int) rc;
    }

    /** A sleep that any handled signal ends: 0, or -EINTR. */
    private int sleep(ByteBuffer timespec, int micros) {
        timespec.putLong(0, micros / 1_000_000).putLong(8, micros % 1_000_000 * 1000L);
        return Native.C.ppoll(0, 0, Memory.address(timespec), 0) < 0 ? -Native.errno() : 0;
    }

    private static void spin(int times) {
        for (int i = 0; i < times; i++) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aCancelEndsTheCallAtWhateverMomentItComes() throws Exception {
        System.out.println("BlockingCallTest: seed " + seed);
        FutureTask<Integer> caller = Support.start(this::callAndBeCancelled);
        Random random = new Random(seed);
        int written = 0;
        for (int i = 1; i <= RACES; i++) {
            int mine = i;
            Support.until("round " + i + ", seed " + seed, () -> round.get() == mine || caller.isDone());
            if (caller.isDone()) {
                break;
            }
            spin(random.nextInt(MOST_SPINS));
            // the call may also be done
            if (random.nextInt(4) == 0) {
                assertEquals(1, Native.C.write(writeEnd, Scratch.get().address, 1));
                written++;
            }
            cancelled.set(i);
            call.get().wakeup();
            returned.set(i);
        }
        int read = Support.get(caller);
        Native.C.fcntl(readEnd, 4, Linux.O_NONBLOCK);
        ByteBuffer one = Memory.allocate(1);
        while (read(one) == 1) {
            read++;
        }
        assertEquals(written, read, "no byte is lost in a call that was cancelled");
    }

    @Test
    void aCallThatIsToEndSoonEndsAndNoOtherOne() throws Exception {
        FutureTask<Void> caller = Support.start(() -> {
            BlockingCall own = BlockingCall.own();
            ByteBuffer into = Memory.allocate(8);
            ByteBuffer timespec = Memory.allocate(16);
            for (int i = 0; i < 50; i++) {
                boolean lasts = i % 2 == 0;
                if (!lasts) {
                    assertEquals(1, Native.C.write(writeEnd, Scratch.get().address, 1));
                }
                own.enter();
                int rc;
                try {
                    own.endSoon();
                    rc = read(into);
                } finally {
                    own.leave();
                }
                // where the machine is slow it may be over before there was a read
                assertTrue(rc == -Errnos.EINTR || rc == 1 && !lasts, "read: " + rc);
                own.enter();
                try {
                    assertEquals(0, sleep(timespec, 3000), "the call after it");
                } finally {
                    own.leave();
                }
                if (rc < 0 && !lasts) {
                    assertEquals(1, read(into));
                }
            }
            return null;
        });
        Support.get(caller);
    }

    /** Answers how many bytes it has read. */
    private Integer callAndBeCancelled() {
        BlockingCall own = BlockingCall.own();
        call.set(own);
        Random random = new Random(~seed);
        ByteBuffer into = Memory.allocate(8);
        ByteBuffer timespec = Memory.allocate(16);
        int bytes = 0;
        for (int i = 1; i <= RACES; i++) {
            round.set(i);
            spin(random.nextInt(MOST_SPINS));
            while (cancelled.get() != i) {
                own.enter();
                int rc = 0;
                try {
                    if (cancelled.get() != i) {
                        spin(random.nextInt(100));
                        rc = read(into);
                    }
                } finally {
                    own.leave();
                }
                if (rc == 1) {
                    bytes++;
                } else {
                    assertTrue(rc == -Errnos.EINTR || rc == 0, () -> "read, seed " + seed);
                    assertEquals(i, cancelled.get(), "nobody wanted the call to end; seed " + seed);
                }
            }
            int mine = i;
            Support.until("the cancel has returned, seed " + seed, () -> returned.get() == mine);
            boolean guarded = random.nextBoolean();
            // a call of its own, that nobody cancels
            if (guarded) {
                own.enter();
            }
            try {
                assertEquals(
                        0,
                        sleep(timespec, random.nextInt(100)),
                        "a later call is disturbed; round " + i + ", seed " + seed);
            } finally {
                if (guarded) {
                    own.leave();
                }
            }
        }
        return bytes;
    }

    @Test
    void anInterruptEndsTheCallAtWhateverMomentItComes() throws Exception {
        System.out.println("BlockingCallTest: seed " + seed);
        FutureTask<Void> caller = Support.start(this::callAndBeInterrupted);
        Random random = new Random(seed);
        for (int i = 1; i <= RACES; i++) {
            int mine = i;
            Support.until("round " + i + ", seed " + seed, () -> round.get() == mine || caller.isDone());
            if (caller.isDone()) {
                break;
            }
            spin(random.nextInt(MOST_SPINS));
            thread.get().interrupt();
        }
        Support.get(caller);
    }

    private Void callAndBeInterrupted() {
        thread.set(Thread.currentThread());
        BlockingCall own = BlockingCall.own();
        Random random = new Random(~seed);
        ByteBuffer into = Memory.allocate(8);
        ByteBuffer timespec = Memory.allocate(16);
        for (int i = 1; i <= RACES; i++) {
            round.set(i);
            spin(random.nextInt(MOST_SPINS));
            own.enter();
            int rc;
            try {
                spin(random.nextInt(100));
                rc = read(into);
            } finally {
                own.leave();
            }
            assertEquals(-Errnos.EINTR, rc, "seed " + seed);
            assertTrue(Thread.interrupted(), "the interrupt status tells why");
            assertEquals(
                    0,
                    sleep(timespec, random.nextInt(100)),
                    "a later call is disturbed; round " + i + ", seed " + seed);
        }
        return null;
    }

    @Test
    void theNextCallOfAThreadIsNotEndedByTheCancelOfTheLast() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        FutureTask<Integer> caller = Support.start(() -> {
            BlockingCall own = BlockingCall.own();
            ByteBuffer timespec = Memory.allocate(16);
            call.set(own);
            own.enter();
            inside.countDown();
            int first = sleep(timespec, 20_000_000);
            own.leave();
            // at once, while whatever repeats the signal may still be at it
            own.enter();
            int second = sleep(timespec, 20_000);
            own.leave();
            assertEquals(-Errnos.EINTR, first);
            return second;
        });
        inside.await();
        call.get().wakeup();
        assertEquals(0, Support.get(caller));
    }

    @Test
    void aCallThatDoesNotEndDelaysNoOther() throws Exception {
        CountDownLatch let = new CountDownLatch(1);
        AtomicReference<BlockingCall> stuck = new AtomicReference<>();
        FutureTask<Void> first = Support.start(() -> {
            BlockingCall own = BlockingCall.own();
            own.enter();
            stuck.set(own);
            // stands for a call that no signal gets out of the kernel
            let.await();
            own.leave();
            return null;
        });
        Support.until("the first is inside", () -> stuck.get() != null);
        stuck.get().wakeup();
        AtomicInteger step = new AtomicInteger();
        FutureTask<Integer> second = Support.start(() -> {
            BlockingCall own = BlockingCall.own();
            own.enter();
            call.set(own);
            Support.until("cancelled before it blocks", () -> step.get() == 1);
            int rc = read(Memory.allocate(8));
            own.leave();
            return rc;
        });
        Support.until("the second is inside", () -> call.get() != null);
        call.get().wakeup();
        step.set(1);
        assertEquals(-Errnos.EINTR, Support.get(second));
        assertFalse(first.isDone());
        let.countDown();
        Support.get(first);
    }

    /** Whoever interrupts its thread stays in there, and holds the lock that a call needs to begin. */
    private static final class SlowHook extends InterruptHook {
        final CountDownLatch interrupted = new CountDownLatch(1);
        final CountDownLatch let = new CountDownLatch(1);

        void start() {
            begin();
        }

        @Override
        public Selector wakeup() {
            interrupted.countDown();
            try {
                let.await();
            } catch (InterruptedException strange) {
                throw new AssertionError(strange);
            }
            return this;
        }
    }

    private static <T> FutureTask<T> startVirtual(AtomicReference<Thread> thread, Callable<T> body) throws Exception {
        FutureTask<T> task = new FutureTask<>(body);
        thread.set((Thread)
                Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task));
        return task;
    }

    @Test
    void aVirtualThreadThatMovesOnItsWayIntoACallIsEndedWhereItIs() throws Exception {
        assumeTrue(Runtime.version().feature() >= 24, "before, it holds its carrier while it waits for a monitor");
        SlowHook hook = new SlowHook();
        CountDownLatch hooked = new CountDownLatch(1);
        FutureTask<Integer> moves = startVirtual(thread, () -> {
            BlockingCall own = BlockingCall.own();
            ByteBuffer into = Memory.allocate(8);
            hook.start();
            hooked.countDown();
            while (hook.interrupted.getCount() != 0) {
                Thread.onSpinWait();
            }
            own.enter();
            try {
                return read(into);
            } finally {
                own.leave();
            }
        });
        hooked.await();
        FutureTask<Void> interrupter = Support.start(() -> {
            thread.get().interrupt();
            return null;
        });
        // the last of them comes to the carrier that the other has left, and is there longest
        int carriers = Runtime.getRuntime().availableProcessors();
        AtomicInteger begun = new AtomicInteger();
        List<FutureTask<Integer>> sleepers = new ArrayList<>();
        for (int i = 0; i < carriers; i++) {
            sleepers.add(startVirtual(new AtomicReference<>(), () -> {
                ByteBuffer timespec = Memory.allocate(16);
                begun.incrementAndGet();
                return sleep(timespec, 500_000);
            }));
        }
        Support.until("all sleep", () -> begun.get() == carriers);
        hook.let.countDown();
        Support.get(interrupter);
        assertEquals(-Errnos.EINTR, Support.get(moves));
        for (FutureTask<Integer> sleeper : sleepers) {
            assertEquals(0, Support.get(sleeper), "another thread's call is disturbed");
        }
    }

    @Test
    void aCancelOutsideACallDoesNothing() {
        BlockingCall own = BlockingCall.own();
        own.wakeup();
        own.enter();
        assertEquals(0, sleep(Memory.allocate(16), 3000));
        own.leave();
        own.wakeup();
        assertEquals(0, sleep(Memory.allocate(16), 3000));
    }

    @Test
    void everyThreadHasItsOwn() throws Exception {
        BlockingCall own = BlockingCall.own();
        assertSame(own, BlockingCall.own());
        assertNotSame(own, Support.get(Support.start(BlockingCall::own)));
    }

    @Test
    void aHandlerThatReturnsBeforeACallHasBegunToWaitEndsIt() {
        BlockingCall own = BlockingCall.own();
        long rc = WaitingCalls.call(
                BlockingCall.ByHandlers.ENDS,
                () -> {
                    own.handlerReturned(true);
                    own.endHandled(true);
                    return -Errnos.EAGAIN;
                },
                now -> now == -Errnos.EAGAIN,
                () -> {
                    throw new AssertionError("it waits");
                });
        assertEquals(-Errnos.EINTR, rc);
        AtomicBoolean waited = new AtomicBoolean();
        rc = WaitingCalls.call(
                BlockingCall.ByHandlers.RESTARTS,
                () -> {
                    own.handlerReturned(true);
                    own.endHandled(true);
                    return -Errnos.EAGAIN;
                },
                now -> now == -Errnos.EAGAIN,
                () -> {
                    waited.set(true);
                    return 7;
                });
        assertEquals(7, rc);
        assertTrue(waited.get());
    }

    @Test
    void oneReturnOfAHandlerEndsACallThatHasBegunWhereverItIs() throws Exception {
        System.out.println("BlockingCallTest: seed " + seed);
        Random random = new Random(seed);
        AtomicInteger begun = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        FutureTask<Void> caller = Support.start(() -> {
            call.set(BlockingCall.own());
            ByteBuffer into = Memory.allocate(1);
            for (int i = 1; i <= RACES; i++) {
                int now = i;
                long rc = WaitingCalls.call(
                        BlockingCall.ByHandlers.RESTARTS,
                        () -> {
                            begun.set(now);
                            spin(now % 50);
                            return -Errnos.EAGAIN;
                        },
                        asked -> asked == -Errnos.EAGAIN,
                        () -> read(into));
                assertEquals(-Errnos.EINTR, rc);
                ended.set(i);
            }
            return null;
        });
        for (int i = 1; i <= RACES; i++) {
            int now = i;
            while (begun.get() != now && !caller.isDone()) {
                Thread.onSpinWait();
            }
            spin(random.nextInt(1 + random.nextInt(MOST_SPINS)));
            call.get().handlerReturned(false);
            call.get().endHandled(false);
            Support.until("round " + i + " ends", () -> ended.get() == now || caller.isDone());
        }
        Support.get(caller);
    }
}
