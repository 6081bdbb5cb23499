package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Syscalls;

/** What the helper threads for files do around an operation. */
@Timeout(60)
class FileHelpersTest {
    /** Best effort, level 6. */
    private static final int LOW = 2 << 13 | 6;

    private final BlockingQueue<List<Long>> seen = new LinkedBlockingQueue<>();

    /** Says which thread performs it and with which I/O priority. */
    private Op op(int priority) {
        Op op = new Op() {
            @Override
            protected void performed(int result) {
                seen.add(List.of(Thread.currentThread().getId(), (long) Linux.call(Syscalls.IOPRIO_GET, 1, 0)));
            }

            @Override
            protected void completed(int result, boolean more) {}
        };
        op.code = Op.FSYNC;
        op.fd = -1;
        op.ioprio = (short) priority;
        return op;
    }

    private List<Long> performed(int priority) throws InterruptedException {
        assertEquals(0, FileHelpers.add((op, result) -> {}, op(priority)));
        List<Long> all = seen.poll(30, TimeUnit.SECONDS);
        assertEquals(2, all == null ? 0 : all.size(), "it is performed");
        return all;
    }

    @Test
    void thePriorityOfAnOperationIsItsOwnOnly() throws InterruptedException {
        long own = performed(0).get(1);
        for (int i = 0; i < 100; i++) {
            assertEquals(LOW, performed(LOW).get(1));
            // of the same thread, as a rule
            assertEquals(own, performed(0).get(1));
        }
    }

    @Test
    void aThreadThatCallsItselfKeepsItsPriority() {
        int before = Linux.call(Syscalls.IOPRIO_GET, 1, 0);
        FileHelpers.perform(op(LOW));
        assertEquals(before, Linux.call(Syscalls.IOPRIO_GET, 1, 0));
    }
}
