package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A wait for a signal is interrupted while the signal comes. */
@Timeout(100)
class InterruptedSignalWaitTest {
    private static final int ROUNDS = 200;
    private static final int SIGNO = Signal.SIGRTMIN + 11;
    private static final int PID = (int) ProcessHandle.current().pid();

    private final SigSet set = new SigSet();
    private volatile boolean sent;
    private volatile boolean interrupted;

    @Test
    void neitherTheSignalNorTheInterruptIsLost() throws Exception {
        Support.ok(Signal.sigaddset(set, SIGNO));
        // takes what the wait leaves
        try (KeventQueue others = KeventQueue.open(4)) {
            for (int round = 0; round < ROUNDS; round++) {
                both(round, others);
            }
        }
    }

    private void both(int round, KeventQueue others) throws Exception {
        sent = false;
        Thread[] thread = new Thread[1];
        FutureTask<Integer> waiter = Support.start(() -> {
            thread[0] = Thread.currentThread();
            return waits();
        });
        Support.until("it waits", () -> thread[0] != null && Support.asleep(thread[0]));
        KeventEvent other = KeventEvent.signal(set, SigVal.of(1));
        others.submit(other);
        Support.ok(Signal.sigqueue(PID, SIGNO, SigVal.of(round)));
        thread[0].interrupt();
        sent = true;
        int answer = Support.get(waiter);
        if (answer == SIGNO) {
            assertTrue(interrupted, "the interrupt is lost in round " + round);
            others.cancel(other);
        } else {
            assertEquals(-Errno.EINTR, answer);
        }
        KeventRecord record = others.poll(Support.SOON);
        assertTrue(record != null && (record.error != 0) == (answer == SIGNO), "the signal is lost in round " + round);
    }

    private int waits() {
        int signo = Signal.sigwaitinfo(set, null);
        int answer = signo < 0 ? -Errno.errno() : signo;
        while (!sent) {
            Thread.onSpinWait();
        }
        interrupted = Thread.interrupted();
        return answer;
    }
}
