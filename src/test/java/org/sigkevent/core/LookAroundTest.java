package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.engine.Engines;
import org.sigkevent.engine.WatchedEngine;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;

/** What happens to a leader that looks around before it sleeps. */
@Timeout(60)
class LookAroundTest {
    private final WatchedEngine engine = new WatchedEngine(Engines.create());

    private final Queue queue = new Queue(Ring.create(8), engine, Clocks.SYSTEM, ended -> {});

    @BeforeEach
    void someoneElseCanRun() {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1);
    }

    @AfterEach
    void destroy() {
        queue.destroy();
    }

    private int waits(Runnable meanwhile) {
        int seen = queue.state();
        engine.meanwhile(meanwhile);
        return queue.await(seen, Linux.CLOCK_MONOTONIC, Long.MAX_VALUE, false, 0);
    }

    private static void inAnotherThread(Runnable what) {
        FutureTask<Object> other = new FutureTask<>(what, null);
        new Thread(other).start();
        try {
            Support.get(other);
        } catch (Exception strange) {
            throw new AssertionError(strange);
        }
    }

    private List<String> asked() {
        return engine.askedBy(Thread.currentThread());
    }

    @Test
    void aRecordThatIsPostedMeanwhileSparesTheSleepAndTheWakeUp() {
        RingRecord record = new RingRecord();
        Thread[] poster = new Thread[1];
        int rc = waits(() -> inAnotherThread(() -> {
            poster[0] = Thread.currentThread();
            queue.offer(null, record, 7);
        }));
        assertEquals(0, rc);
        assertFalse(asked().contains("sleep"), () -> asked().toString());
        assertFalse(engine.askedBy(poster[0]).contains("wake"));
        assertEquals(1, queue.unread());
    }

    @Test
    void aNullWakeMeanwhileEndsTheWait() {
        assertEquals(0, waits(() -> inAnotherThread(() -> queue.wake(1))));
        assertFalse(asked().contains("sleep"), () -> asked().toString());
    }

    @Test
    void anInterruptMeanwhileEndsTheWait() {
        assertEquals(-Errnos.EINTR, waits(() -> Thread.currentThread().interrupt()));
        assertFalse(Thread.interrupted());
        assertFalse(asked().contains("sleep"), () -> asked().toString());
    }

    @Test
    void aDeadlineThatComesMeanwhileIsTold() {
        RingRecord record = new RingRecord();
        Deadline due = new Deadline() {
            @Override
            protected void due(long nanos) {
                queue.offer(null, record, 8);
            }
        };
        assertEquals(0, waits(() -> queue.deadlines().set(due, Linux.CLOCK_MONOTONIC, System.nanoTime())));
        assertFalse(asked().contains("sleep"), () -> asked().toString());
        assertEquals(1, queue.unread());
    }

    @Test
    void theEndOfTheQueueMeanwhileEndsTheWait() {
        int rc = waits(() -> {
            new Thread(queue::destroy).start();
            Support.until("it is being destroyed", queue::dead);
        });
        assertEquals(-Errnos.EBADF, rc);
        assertFalse(asked().contains("sleep"), () -> asked().toString());
    }
}
