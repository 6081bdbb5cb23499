package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.engine.Engines;
import org.sigkevent.engine.WatchedEngine;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;

/** What a wait asks of its engine before it sleeps: it has driven the queue once, and does not do so again. */
@Timeout(60)
class OneDriveTest {
    /** By thread: the driver looks at the queue, too, when it likes. */
    private final WatchedEngine engine = new WatchedEngine(Engines.create());

    private final Queue queue = new Queue(Ring.create(8), engine, Clocks.SYSTEM, ended -> {});

    private final class Wait extends Thread {
        private final int seen = queue.state();
        private final long deadline;
        private volatile int answer;

        Wait(long deadline) {
            this.deadline = deadline;
            start();
        }

        @Override
        public void run() {
            answer = queue.await(seen, Linux.CLOCK_MONOTONIC, deadline, false, 0);
        }

        List<String> asked() {
            return engine.askedBy(this);
        }

        int answer() throws InterruptedException {
            join();
            return answer;
        }
    }

    @AfterEach
    void destroy() {
        queue.destroy();
    }

    @Test
    void aWaitThatLeadsDrivesOnceBeforeItSleeps() throws Exception {
        Wait wait = new Wait(Long.MAX_VALUE);
        Support.until("it sleeps", () -> wait.asked().contains("sleep"));
        assertEquals(List.of("reap", "sleep"), wait.asked().subList(0, 2));
        queue.wake(1);
        assertEquals(0, wait.answer());
    }

    @Test
    void aWaitThatMayNotSleepDrivesOnce() throws Exception {
        Wait wait = new Wait(Long.MIN_VALUE);
        assertEquals(-Errnos.ETIMEDOUT, wait.answer());
        assertEquals(List.of("reap"), wait.asked());
    }

    @Test
    void aWaitThatFollowsDrivesOnce() throws Exception {
        Wait leads = new Wait(Long.MAX_VALUE);
        Support.until("it sleeps", () -> leads.asked().contains("sleep"));
        Wait follows = new Wait(Long.MAX_VALUE);
        Support.untilAsleep(follows);
        assertEquals(List.of("reap"), follows.asked());
        queue.wake(2);
        assertEquals(0, leads.answer());
        assertEquals(0, follows.answer());
    }
}
