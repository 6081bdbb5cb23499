package org.sigkevent.signal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What another thread does with a disposition in the middle of a call: step by step, by one thread. */
@Timeout(60)
class SignalRacesTest {
    private static final int A = 37;
    private static final int SIGPIPE = 13;

    private final Signals signals = Signals.instance();

    @AfterEach
    void giveBack() {
        signals.act(A, Disposition.DEFAULT);
        signals.act(SIGPIPE, Disposition.DEFAULT);
    }

    @Test
    void whoBeginsToWaitHasCaughtWhatWasGivenItsDefaultMeanwhile() {
        long set = Instance.bit(A);
        synchronized (signals.table) {
            // as sigtimedwait begins
            signals.table.keep(set, true);
        }
        signals.act(A, Disposition.DEFAULT);
        SignalWaiter me = SignalWaiter.own();
        assertNull(signals.hub.takeOrWait(me, set, true));
        try {
            assertTrue(signals.table.catches(A), "an instance would end the JVM, or would not come");
        } finally {
            signals.hub.leave(me);
        }
    }

    @Test
    void whatTheJvmWasToActOnStaysCaughtForAHandlerThatWasInstalledMeanwhile() {
        signals.act(SIGPIPE, new Disposition(one -> {}, 0, false, false, false, null, null));
        synchronized (signals.table) {
            signals.table.giveToJvm(SIGPIPE);
        }
        assertTrue(signals.table.catches(SIGPIPE), "the handler is never called");
    }

    @Test
    void theSignalsOfARequestStayCaughtUntilItHasItsInstance() {
        AtomicBoolean caught = new AtomicBoolean();
        AtomicBoolean over = new AtomicBoolean();
        SignalHub.Taker request = new SignalHub.Taker() {
            @Override
            public boolean takes(int signo) {
                return signo == A;
            }

            @Override
            public boolean arrived(Instance one) {
                // another thread, in the middle of it
                signals.act(A, Disposition.DEFAULT);
                caught.set(signals.table.catches(A));
                over.set(true);
                return true;
            }

            @Override
            public boolean over() {
                return over.get();
            }

            @Override
            public void lost(long instances) {}
        };
        signals.hub.add(request, Instance.bit(A), false);
        assertEquals(0, signals.generate(A, 0, 0, null));
        assertTrue(caught.get(), "the next one from outside would end the JVM");
        signals.act(A, Disposition.DEFAULT);
        assertFalse(signals.table.catches(A));
    }
}
