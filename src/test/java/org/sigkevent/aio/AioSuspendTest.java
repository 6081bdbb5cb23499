package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.sys.BlockingCall.ByHandlers;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Memory;

/** aio_suspend: what ends it and what does not. */
class AioSuspendTest extends AioFixture {
    private static int suspend(long nanos, AioRequest... requests) {
        return Suspend.any(
                ByHandlers.GOES_ON,
                requests,
                requests.length,
                nanos == Long.MAX_VALUE ? nanos : System.nanoTime() + nanos);
    }

    private AioRequest blocked() {
        return submit(reading(pipe()[0], Memory.allocate(1), 0));
    }

    @Test
    void whatIsDoneEndsItAtOnce() {
        AioRequest done = submit(writing(file(), "a", 0));
        assertEquals(0, done(done));
        assertEquals(0, suspend(Long.MAX_VALUE, blocked(), done));
        assertEquals(0, suspend(Long.MAX_VALUE, blocked(), null, new AioRequest()), "never submitted");
        assertEquals(0, suspend(Long.MAX_VALUE, null, null));
        assertEquals(0, suspend(Long.MAX_VALUE));
        assertEquals(0, Suspend.any(ByHandlers.GOES_ON, new AioRequest[] {done}, 1, Long.MIN_VALUE));
    }

    @Test
    void whatHasFailedIsDone() {
        int full = opened(org.sigkevent.sys.Linux.open("/dev/full", 1, 0));
        assertEquals(0, suspend(PATIENCE, submit(writing(full, "a", 0))));
    }

    @Test
    void theTimeIsNeverShort() {
        AioRequest r = blocked();
        for (int i = 0; i < 10; i++) {
            long start = System.nanoTime();
            assertEquals(-Errnos.EAGAIN, suspend(20_000_000, r));
            assertTrue(System.nanoTime() - start >= 20_000_000);
        }
        assertEquals(-Errnos.EAGAIN, Suspend.any(ByHandlers.GOES_ON, new AioRequest[] {r}, 1, Long.MIN_VALUE));
        pending(r);
    }

    @Test
    void aCompletionEndsIt() {
        int[] pipe = pipe();
        AioRequest forEver = blocked();
        for (int i = 0; i < 200; i++) {
            AioRequest r = submit(reading(pipe[0], Memory.allocate(1), 0));
            AtomicInteger rc = new AtomicInteger(1);
            Thread waiter = start(() -> rc.set(suspend(PATIENCE, forEver, null, r)));
            for (int spin = 0; spin < i * 50; spin++) {
                Thread.onSpinWait();
            }
            write(pipe[1], "x");
            join(waiter);
            assertEquals(0, rc.get());
            ended(r, 0, 1);
        }
    }

    @Test
    void anInterruptEndsItAndTheRequestGoesOn() {
        AioRequest r = blocked();
        AtomicInteger rc = new AtomicInteger();
        Thread waiter = start(() -> rc.set(suspend(PATIENCE, r)));
        waiter.interrupt();
        join(waiter);
        assertEquals(-Errnos.EINTR, rc.get());
        pending(r);
        Thread.currentThread().interrupt();
        assertEquals(-Errnos.EINTR, suspend(PATIENCE, r));
        assertTrue(!Thread.interrupted(), "the interruption is used up");
    }

    @Test
    void anInterruptThatComesTogetherWithTheEndIsKept() {
        int[] pipe = pipe();
        for (int i = 0; i < 500; i++) {
            AioRequest r = submit(reading(pipe[0], Memory.allocate(1), 0));
            AtomicInteger rc = new AtomicInteger(1);
            AtomicBoolean called = new AtomicBoolean();
            AtomicBoolean kept = new AtomicBoolean();
            Thread waiter = start(() -> {
                rc.set(suspend(PATIENCE, r));
                while (!called.get()) {
                    Thread.onSpinWait();
                }
                kept.set(Thread.interrupted());
            });
            write(pipe[1], "x");
            waiter.interrupt();
            called.set(true);
            join(waiter);
            assertEquals(rc.get() == 0, kept.get(), "in round " + i + " it answered " + rc);
            assertEquals(0, done(r));
            ended(r, 0, 1);
        }
    }

    /** Before JDK 25 an interrupt could fall between the look at the status and the sleep; the wait then lasted for ever. */
    @Test
    void noInterruptIsMissedAtWhateverMomentItComes() {
        AioRequest r = blocked();
        for (int i = 0; i < 2000; i++) {
            AtomicInteger rc = new AtomicInteger();
            Thread waiter = start(() -> rc.set(suspend(PATIENCE, r)));
            for (int spin = 0; spin < i; spin++) {
                Thread.onSpinWait();
            }
            waiter.interrupt();
            join(waiter);
            assertEquals(-Errnos.EINTR, rc.get());
        }
    }

    @Test
    void allWhoWaitForARequestAreReleased() {
        int[] pipe = pipe();
        AioRequest r = submit(reading(pipe[0], Memory.allocate(1), 0));
        Thread[] waiters = new Thread[4];
        AtomicInteger released = new AtomicInteger();
        for (int i = 0; i < waiters.length; i++) {
            waiters[i] = start(() -> {
                if (suspend(PATIENCE, r) == 0) {
                    released.incrementAndGet();
                }
            });
        }
        write(pipe[1], "x");
        for (Thread t : waiters) {
            join(t);
        }
        assertEquals(4, released.get());
    }

    @Test
    void recordsNeitherWakeItNorAreTheyDelayedByIt() {
        AioRequest r = blocked();
        AtomicInteger rc = new AtomicInteger(1);
        Thread waiter = start(() -> rc.set(suspend(PATIENCE, r)));
        int fd = fileWith(pattern(100, 1));
        int[] pipe = pipe();
        for (int i = 0; i < 500; i++) {
            submit(recorded(reading(fd, Memory.allocate(100), 0), i));
            assertEquals(i, take().cookie);
            AioRequest p = submit(recorded(reading(pipe[0], Memory.allocate(1), 0), i));
            write(pipe[1], "x");
            assertEquals(i, take().cookie);
            ended(p, 0, 1);
        }
        assertEquals(1, rc.get());
        assertTrue(waiter.isAlive());
        AioCancel.cancel(r.transfer.fildes, r);
        join(waiter);
        assertEquals(0, rc.get());
    }

    @Test
    void severalQueues() {
        Queue[] queues = {queue, newQueue(10), newQueue(10)};
        int[][] pipes = {pipe(), pipe(), pipe()};
        for (int round = 0; round < 60; round++) {
            AioRequest[] r = new AioRequest[3];
            for (int i = 0; i < 3; i++) {
                r[i] = reading(pipes[i][0], Memory.allocate(1), 0);
                r[i].target = Destination.silent(queues[i]);
                submit(r[i]);
            }
            if (round % 20 == 0) {
                assertEquals(-Errnos.EAGAIN, suspend(3_000_000, r));
            }
            int hit = round % 3;
            Thread writer = start(() -> write(pipes[hit][1], "x"));
            assertEquals(0, suspend(PATIENCE, r));
            ended(r[hit], 0, 1);
            join(writer);
            for (int i = 0; i < 3; i++) {
                if (i != hit) {
                    assertEquals(AioCancel.CANCELED, AioCancel.cancel(r[i].transfer.fildes, r[i]));
                }
            }
        }
    }

    @Test
    void anInterruptEndsItOverSeveralQueues() {
        AioRequest a = blocked();
        AioRequest b = reading(pipe()[0], Memory.allocate(1), 0);
        b.target = Destination.silent(newQueue(10));
        submit(b);
        AtomicInteger rc = new AtomicInteger();
        Thread waiter = start(() -> rc.set(suspend(PATIENCE, a, b)));
        waiter.interrupt();
        join(waiter);
        assertEquals(-Errnos.EINTR, rc.get());
    }

    @Test
    void aQueueThatIsDestroyedEndsIt() {
        for (int queues = 1; queues <= 2; queues++) {
            Queue dying = newQueue(10);
            AioRequest a = reading(pipe()[0], Memory.allocate(1), 0);
            a.target = Destination.silent(dying);
            submit(a);
            AioRequest b = blocked();
            AioRequest[] both = queues == 1 ? new AioRequest[] {a} : new AioRequest[] {a, b};
            AtomicInteger rc = new AtomicInteger(1);
            Thread waiter = start(() -> rc.set(suspend(PATIENCE, both)));
            dying.destroy();
            join(waiter);
            assertEquals(0, rc.get());
            assertEquals(Errnos.ECANCELED, a.state.status);
        }
    }
}
