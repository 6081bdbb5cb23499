package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.ByteBuffer;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

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

    private static boolean readable(int fd) {
        ByteBuffer b = Memory.allocate(32);
        b.putInt(0, fd).putInt(4, 1);
        return Native.C.ppoll(Memory.address(b), 1, Memory.address(b) + 8, 0) == 1;
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
            assertFalse(engine.nothingToReap() && readable(engine.pollFd()), "in round " + round);
        }
        engine.close();
    }
}
