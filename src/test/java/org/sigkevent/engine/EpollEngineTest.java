package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;

/** What only the epoll engine has: an eventfd that says that something is there. */
@Timeout(120)
@Tag("any-engine")
class EpollEngineTest {
    private static final class Nothing extends Op {
        volatile boolean busy;

        @Override
        protected void completed(int result, boolean more) {
            busy = false;
        }
    }

    @Test
    void itsDescriptorIsNotReadableWhenThereIsNothingToReap() throws Exception {
        EpollEngine engine = EpollEngine.create();
        for (int round = 0; round < 100; round++) {
            AtomicBoolean stop = new AtomicBoolean();
            FutureTask<Void> submitter = Support.start(() -> {
                Nothing op = new Nothing();
                op.code = Op.NOP;
                while (!stop.get()) {
                    op.busy = true;
                    assertEquals(0, engine.submit(op));
                    while (op.busy) {
                        Thread.onSpinWait();
                    }
                }
                return null;
            });
            long end = System.nanoTime() + 10_000_000;
            while (!submitter.isDone() || engine.inFlight() > 0) {
                engine.reap();
                if (System.nanoTime() > end) {
                    stop.set(true);
                }
            }
            Support.get(submitter);
            engine.reap();
            assertFalse(engine.nothingToReap() && Support.readable(engine.pollFd, 0), "in round " + round);
        }
        engine.close();
    }

    @Test
    void whatIsDoneWhileTheLeaderLooksAroundIsSignalledWhenItStops() {
        EpollEngine engine = EpollEngine.create();
        Nothing op = new Nothing();
        op.code = Op.NOP;
        assertEquals(0, engine.submit(op));
        assertTrue(Support.readable(engine.pollFd, 0));
        assertEquals(1, engine.reap());
        assertFalse(Support.readable(engine.pollFd, 0));
        engine.looksAround(true);
        assertFalse(engine.anythingToReap());
        long calls = engine.systemCalls();
        assertEquals(0, engine.submit(op));
        assertTrue(engine.anythingToReap());
        assertEquals(calls, engine.systemCalls(), "it looks, so nobody has to wake it");
        engine.looksAround(false);
        assertTrue(Support.readable(engine.pollFd, 0), "nobody looks any more");
        assertEquals(1, engine.reap());
        engine.looksAround(true);
        assertEquals(0, engine.submit(op));
        assertEquals(1, engine.reap());
        engine.looksAround(false);
        assertFalse(Support.readable(engine.pollFd, 0));
        engine.close();
    }

    @Test
    void aPollOfWhatIsNotOpenIsRefused() {
        EpollEngine engine = EpollEngine.create();
        Nothing op = new Nothing();
        op.code = Op.POLL;
        op.flags = Linux.POLLIN;
        // more than any process may have
        op.fd = 1 << 30;
        assertEquals(-Errnos.EBADF, engine.submit(op));
        assertEquals(0, engine.inFlight());
        assertEquals(0, engine.reap());
        engine.close();
    }
}
