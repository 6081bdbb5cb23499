package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToIntBiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.engine.Engines;
import org.sigkevent.engine.Op;
import org.sigkevent.engine.WatchedEngine;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;

/** A driver does not sleep past a time that has come, nor past one that is armed while it sleeps. */
@Timeout(60)
class DriverSleepTest {
    private static final long HOUR = 3_600_000_000_000L;

    private Queue queue;

    @AfterEach
    void destroy() {
        queue.destroy();
    }

    @Test
    void aWaitWhoseTimeComesJustBeforeTheSleepDoesNotSleep() {
        // at the look for what is due, and at the last one before the sleep
        for (int due = 1; due <= 2; due++) {
            int dueAt = due;
            AtomicInteger readings = new AtomicInteger();
            AtomicLong calls = new AtomicLong();
            Clocks clocks = clock -> {
                if (clock == Linux.CLOCK_MONOTONIC) {
                    return System.nanoTime();
                }
                int n = readings.incrementAndGet();
                if (n == dueAt) {
                    calls.set(queue.figures().systemCalls);
                }
                return n < dueAt ? 0 : HOUR;
            };
            queue = Queue.create(8, clocks, ended -> {});
            assertEquals(-Errnos.ETIMEDOUT, queue.await(queue.state(), Linux.CLOCK_REALTIME, HOUR, false, 0));
            assertEquals(calls.get(), queue.figures().systemCalls, "calls after the time had come at reading " + due);
            queue.destroy();
        }
    }

    /** Two rounds of the driver: then it has seen what was so before. */
    private static void letTheDriverLook(Queue other) throws InterruptedException {
        for (int i = 0; i < 2; i++) {
            CountDownLatch done = new CountDownLatch(1);
            Request nothing = new Request() {
                @Override
                protected void finished(int result) {
                    done.countDown();
                }
            };
            nothing.code = Op.NOP;
            assertEquals(0, other.armInDriver(nothing));
            Support.until("the driver has armed it", () -> {
                other.drive();
                return done.getCount() == 0;
            });
        }
    }

    @Test
    void aDeadlineWakesALeaderThatSleepsWhenTheDriverHasSteppedBack() throws Exception {
        Queue other = Queue.create(8);
        queue = Queue.create(8);
        try {
            queue.driver(Upkeep.ON);
            letTheDriverLook(other);
            int state = queue.state();
            FutureTask<Integer> wait =
                    new FutureTask<>(() -> queue.await(state, Linux.CLOCK_MONOTONIC, Long.MAX_VALUE, false, 0));
            Thread leader = new Thread(wait);
            leader.start();
            Support.untilAsleep(leader);
            // the driver looks, and finds the queue led
            queue.driver(Upkeep.ON);
            letTheDriverLook(other);
            long before = queue.figures().systemCalls;
            Deadline deadline = new Deadline() {
                @Override
                protected void due(long nanos) {}
            };
            queue.deadlines().set(deadline, Linux.CLOCK_MONOTONIC, System.nanoTime() + HOUR);
            assertTrue(queue.figures().systemCalls > before, "the leader was not woken");
            queue.wake(1);
            assertEquals(0, Support.get(wait));
        } finally {
            other.destroy();
        }
    }

    /** Whichever of the two ends the wait, and whatever the other does meanwhile. */
    @Test
    void anInterruptThatMeetsTheEndOfTheQueueIsNotSwallowed() throws Exception {
        for (int i = 0; i < 200; i++) {
            Queue ends = Queue.create(1);
            queue = ends;
            AtomicInteger sent = new AtomicInteger();
            FutureTask<Boolean> wait = new FutureTask<>(() -> {
                int rc = ends.await(ends.state(), Linux.CLOCK_MONOTONIC, Long.MAX_VALUE, false, 0);
                while (sent.get() == 0) {
                    Thread.onSpinWait();
                }
                return Thread.interrupted() || rc == -Errnos.EINTR;
            });
            Thread waiter = new Thread(wait);
            waiter.start();
            Support.untilAsleep(waiter);
            FutureTask<Integer> end = Support.start(ends::destroy);
            waiter.interrupt();
            sent.set(1);
            assertTrue(Support.get(wait), "round " + i);
            assertEquals(0, Support.get(end));
        }
    }

    /** It leads, and waits for the reaping right, which who ends the queue has until nothing is in flight. */
    @Test
    void aWaitEndsWithItsQueueThoughTheEndWaitsForRequests() throws Exception {
        queue = Queue.create(1);
        Queue ends = queue;
        ends.engine().lead();
        try {
            FutureTask<Integer> wait =
                    new FutureTask<>(() -> ends.await(ends.state(), Linux.CLOCK_MONOTONIC, Long.MAX_VALUE, false, 0));
            Thread leader = new Thread(wait);
            leader.start();
            Support.untilAsleep(leader);
            Support.start(ends::destroy);
            assertEquals(-Errnos.EBADF, Support.get(wait));
        } finally {
            ends.engine().unlead();
        }
    }

    @Test
    void aRequestIsLookedAfterThatIsSubmittedWhileTheDriverTurnsAway() throws Exception {
        isLookedAfterIfTheDriverTurnsAway(Submitter::arm);
    }

    @Test
    void soIsOneThatTheDriverHandsOverOnceMore() throws Exception {
        isLookedAfterIfTheDriverTurnsAway((submitter, request) -> {
            request.byWayOf(submitter.engine(), submitter.driver());
            request.armInDriver();
            return 0;
        });
    }

    private void isLookedAfterIfTheDriverTurnsAway(ToIntBiFunction<Submitter, Request> arm) throws Exception {
        queue = Queue.create(8);
        AtomicInteger looks = new AtomicInteger();
        Driver.Attendance attendance = new Driver.Attendance(Driver.instance());
        attendance.drives(now -> {
            looks.incrementAndGet();
            return Driven.DONE;
        });
        attendance.needed();
        Support.until("the driver has looked", () -> looks.get() == 1);
        Ring ring = Ring.create(8);
        WatchedEngine engine = new WatchedEngine(Engines.create());
        CountDownLatch ended = new CountDownLatch(1);
        Request nothing = new Request() {
            @Override
            protected void finished(int result) {
                ended.countDown();
            }
        };
        nothing.code = Op.NOP;
        // it has found nothing in flight
        engine.beforeSubmit(attendance::left);
        assertEquals(0, arm.applyAsInt(new Submitter(engine, ring, attendance), nothing));
        Support.until("the driver is called", () -> looks.get() == 2);
        Support.until("it has ended", () -> {
            engine.reap();
            return ended.getCount() == 0;
        });
        engine.close();
        ring.close(true);
    }

    /** A thread that sleeps looks after the queue itself: the driver is called when that ends. */
    @Test
    void whoGoesToSleepDoesNotCallTheDriver() throws Exception {
        queue = Queue.create(8);
        AtomicInteger looks = new AtomicInteger();
        Driver.Attendance attendance = new Driver.Attendance(Driver.instance());
        attendance.drives(now -> {
            looks.incrementAndGet();
            return Driven.DONE;
        });
        Ring ring = Ring.create(8);
        Deadlines deadlines = new Deadlines(
                Clocks.SYSTEM, new Submitter(queue.engine(), ring, attendance), new Members(ring), attendance);
        Sleeper sleeper = new Sleeper(false, () -> {});
        deadlines.add(sleeper);
        deadlines.goToSleep(sleeper, System.nanoTime() + HOUR);
        letTheDriverLook(queue);
        assertEquals(0, looks.get());
        deadlines.set(
                new Deadline() {
                    @Override
                    protected void due(long nanos) {}
                },
                Linux.CLOCK_MONOTONIC,
                System.nanoTime() + 2 * HOUR);
        Support.until("the driver is called", () -> looks.get() == 1);
        ring.close(true);
    }
}
