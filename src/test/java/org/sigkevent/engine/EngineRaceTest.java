package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Fcntl;
import org.sigkevent.Support;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;

/** What meets in an engine: submissions and its end, submissions and cancellations. Each operation completes once or was refused. */
@Timeout(120)
class EngineRaceTest {
    private static final long SEED = Long.getLong("sigkevent.seed", System.nanoTime());
    private static final long NANOS = Long.getLong("sigkevent.race.millis", 2000) * 1_000_000;

    private static final class Counting extends Op {
        final AtomicInteger completions = new AtomicInteger();

        @Override
        protected void completed(int result, boolean more) {
            completions.incrementAndGet();
        }
    }

    private static void spin(int turns) {
        for (int i = 0; i < turns; i++) {
            Thread.onSpinWait();
        }
    }

    @Test
    void anOperationThatMeetsTheEndIsRefusedOrCompletes() throws Exception {
        System.out.println("EngineRaceTest: sigkevent.seed=" + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        long end = System.nanoTime() + NANOS;
        int taken = 0;
        int rounds = 0;
        while (System.nanoTime() < end) {
            Engine engine = Engines.create();
            Counting op = new Counting();
            op.code = Op.NOP;
            AtomicInteger ready = new AtomicInteger();
            int delay = random.nextInt(200);
            FutureTask<Integer> submission = Support.start(() -> {
                ready.incrementAndGet();
                while (ready.get() < 2) {
                    Thread.onSpinWait();
                }
                return engine.submit(op);
            });
            while (ready.get() < 1) {
                Thread.onSpinWait();
            }
            ready.incrementAndGet();
            spin(delay);
            engine.refuse();
            do {
                engine.reap();
            } while (engine.inFlight() != 0);
            engine.close();
            int rc = Support.get(submission);
            assertTrue(rc == 0 || rc == -Errnos.EBADF, "answer " + rc);
            assertEquals(rc == 0 ? 1 : 0, op.completions.get(), "completions in round " + rounds);
            taken += rc == 0 ? 1 : 0;
            rounds++;
        }
        System.out.println("EngineRaceTest: " + taken + " of " + rounds + " were taken");
    }

    @Test
    void aCancellationThatMeetsAWatchThatFailsClosesNoOtherDescriptor() throws Exception {
        int file = Linux.open("/dev/null", Fcntl.O_RDONLY | Linux.O_CLOEXEC, 0);
        int spare = Linux.eventfd();
        Engine engine = Engines.create();
        Counting op = new Counting();
        long end = System.nanoTime() + NANOS;
        AtomicBoolean over = new AtomicBoolean();
        FutureTask<Integer> canceller = Support.start(() -> {
            int n = 0;
            while (!over.get()) {
                engine.cancel(op);
                engine.reap();
                n++;
            }
            return n;
        });
        FutureTask<Integer> opener = Support.start(() -> {
            int lost = 0;
            while (System.nanoTime() < end) {
                int mine = Linux.duplicate(spare, 0);
                spin(50);
                if (Linux.close(mine) < 0) {
                    lost++;
                }
            }
            return lost;
        });
        int submitted = 0;
        op.fd = file;
        op.flags = Linux.POLLIN;
        while (System.nanoTime() < end) {
            // a file that epoll does not take
            op.code = Op.POLL;
            assertEquals(0, engine.submit(op));
            submitted++;
            int expected = submitted;
            Support.until("completion " + expected, () -> op.completions.get() >= expected);
            assertEquals(submitted, op.completions.get());
            while (engine.inFlight() > 0) {
                Thread.onSpinWait();
            }
        }
        over.set(true);
        Support.get(canceller);
        assertEquals(0, Support.get(opener), "descriptors that somebody else closed, of " + submitted + " rounds");
        engine.refuse();
        engine.close();
        Linux.close(file);
        Linux.close(spare);
    }
}
