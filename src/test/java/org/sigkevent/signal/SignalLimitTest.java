package org.sigkevent.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What other processes send to one that accepts nothing does not use up its memory. */
@Timeout(120)
class SignalLimitTest {
    private static final int A = 37;
    private static final int SIGUSR1 = 10;

    private final Signals signals = Signals.instance();

    @AfterEach
    void giveBack() {
        signals.mask(0, -1);
        signals.act(A, Disposition.DEFAULT);
        signals.act(SIGUSR1, Disposition.DEFAULT);
    }

    private int pending() {
        synchronized (signals.table) {
            return signals.table.pending.count();
        }
    }

    /** As the reader does it. */
    private void arrives(int signo) {
        Instance one = signals.hub.fresh().set(signo, -1, 0, 0, null);
        one.ofKernel = true;
        assertTrue(signals.hub.deliver(one));
    }

    @Test
    void whatTheKernelBringsIsDroppedWhenAMillionArePending() {
        signals.mask(Instance.bit(A) | Instance.bit(SIGUSR1), 0);
        for (int i = pending(); i < ProcessSignals.MOST_PENDING; i++) {
            arrives(A);
        }
        assertEquals(ProcessSignals.MOST_PENDING, pending());
        arrives(A);
        assertEquals(ProcessSignals.MOST_PENDING, pending());
        // of these one at most is pending
        arrives(SIGUSR1);
        arrives(SIGUSR1);
        assertEquals(ProcessSignals.MOST_PENDING + 1, pending());
    }
}
