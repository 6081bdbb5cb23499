package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.engine.Engines;
import org.sigkevent.engine.WatchedEngine;
import org.sigkevent.sys.Linux;

/** How a sleeping thread is woken. */
@Timeout(60)
class WakeUpTest {
    private final WatchedEngine engine = new WatchedEngine(Engines.create());
    private final Queue queue = new Queue(Ring.create(8), engine, Clocks.SYSTEM, ended -> {});

    @AfterEach
    void destroy() {
        queue.destroy();
    }

    /** What the woken thread needs first. */
    @Test
    void aThreadIsWokenWhenTheLockOfTheRoomIsReleased() throws Exception {
        int seen = queue.state();
        Thread leader = new Thread(() -> queue.await(seen, Linux.CLOCK_MONOTONIC, Long.MAX_VALUE, false, 0));
        leader.start();
        Support.until("it sleeps", () -> engine.askedBy(leader).contains("sleep"));
        AtomicBoolean free = new AtomicBoolean();
        engine.beforeWake(() -> free.set(endsSoon(new Thread(queue::dump))));
        queue.wake(1);
        leader.join();
        assertTrue(free.get(), "who wakes has the lock");
    }

    private static boolean endsSoon(Thread thread) {
        thread.start();
        try {
            thread.join(20_000);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
        return !thread.isAlive();
    }
}
