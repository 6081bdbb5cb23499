package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;

import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sigkevent.Support;
import org.sigkevent.sys.Linux;

/** What a sleeper is told of deadlines that come at the moment in which it goes to sleep. */
class SleeperTest {
    private static final long HOUR = 3_600_000_000_000L;

    private static final class Node extends Deadline {
        @Override
        protected void due(long nanos) {}
    }

    private final AtomicInteger wakes = new AtomicInteger();
    private volatile Thread wokenBy;
    private final Sleeper sleeper = new Sleeper(true, () -> {
        wokenBy = Thread.currentThread();
        wakes.incrementAndGet();
    });
    private Queue queue;
    private Deadlines deadlines;

    @BeforeEach
    void open() {
        queue = Queue.create(8);
        deadlines = queue.deadlines();
        deadlines.add(sleeper);
    }

    @AfterEach
    void close() {
        queue.destroy();
    }

    private void armWithoutWaking(long nanos) {
        deadlines.makeRoom();
        Node node = new Node();
        deadlines.lock.lock();
        try {
            deadlines.arm(node, Linux.CLOCK_MONOTONIC, nanos);
            deadlines.lock.publish();
        } finally {
            deadlines.lock.held = 0;
        }
    }

    /** It has said until when it sleeps, and has not returned: it gets the earlier time, or somebody else wakes it. */
    @Test
    void anEarlierDeadlineThatComesOnTheWayToSleepIsTheOneThatItSleepsUntil() throws Exception {
        long now = System.nanoTime();
        armWithoutWaking(now + 2 * HOUR);
        // has the sleeper look after the clock on its way, for which it needs the monitor
        deadlines.set(new Node(), Linux.CLOCK_REALTIME, System.currentTimeMillis() * 1_000_000 + 3 * HOUR);
        deadlines.wakeSleepers();
        wokenBy = null;
        Thread[] going = new Thread[1];
        FutureTask<Long> until = new FutureTask<>(() -> deadlines.goToSleep(sleeper, Long.MAX_VALUE));
        synchronized (deadlines) {
            going[0] = new Thread(until);
            going[0].start();
            Support.until("it has said until when it sleeps", () -> sleeper.until == now + 2 * HOUR);
            Support.until("it waits for the monitor", () -> going[0].getState() == Thread.State.BLOCKED);
            armWithoutWaking(now + HOUR);
        }
        if (Support.get(until) != now + HOUR) {
            // the driver was there first
            Support.until("somebody else wakes it", () -> wokenBy != null);
        }
        assertNotSame(going[0], wokenBy, "it wakes itself");
    }

    @Test
    void anEarlierDeadlineThatComesDuringTheSleepWakesItOnce() {
        long now = System.nanoTime();
        deadlines.set(new Node(), Linux.CLOCK_MONOTONIC, now + 2 * HOUR);
        deadlines.goToSleep(sleeper, Long.MAX_VALUE);
        int before = wakes.get();
        deadlines.set(new Node(), Linux.CLOCK_MONOTONIC, now + 3 * HOUR);
        assertEquals(before, wakes.get());
        deadlines.set(new Node(), Linux.CLOCK_MONOTONIC, now + HOUR);
        deadlines.set(new Node(), Linux.CLOCK_MONOTONIC, now + HOUR / 2);
        // by this thread, or by the driver, which may have found it late before
        Support.until("it is woken", () -> wakes.get() > before);
        assertEquals(before + 1, wakes.get());
        assertEquals(now + HOUR / 2, deadlines.goToSleep(sleeper, Long.MAX_VALUE));
    }
}
