package org.sigkevent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Errno;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRing;
import org.sigkevent.SigVal;
import org.sigkevent.Support;
import org.sigkevent.TimeSpec;

/** The ring state has 32 bits: what waits, and what was seen, across its wrap. */
@Timeout(60)
class RingStateWrapTest {
    private int kfd;
    private KeventRing ring;

    @BeforeEach
    void makeAnOldQueue() throws ReflectiveOperationException {
        kfd = Support.queue(64);
        ring = Support.ring(kfd);
        Ring old = (Ring) field(Queue.class, "ring", Ring.class).get(Queues.get(kfd));
        RingSlots.STATE.set(old.slots(), -20);
        assertEquals(-20, ring.state());
    }

    private static VarHandle field(Class<?> of, String name, Class<?> type) throws ReflectiveOperationException {
        return MethodHandles.privateLookupIn(of, MethodHandles.lookup()).findVarHandle(of, name, type);
    }

    @AfterEach
    void destroy() {
        Support.destroy(kfd);
    }

    private void post(long cookie) {
        ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(cookie)), 0, null));
    }

    @Test
    void aSeenStateIsStaleOrCurrentOnBothSidesOfTheWrap() {
        for (int i = 0; i < 40; i++) {
            int seen = ring.state();
            refused(Errno.ETIMEDOUT, kevent_wait(kfd, seen, new TimeSpec(0, 1000), null));
            post(i);
            refused(Errno.EWOULDBLOCK, kevent_wait(kfd, seen, null, null));
            assertEquals(i, Support.take(kfd).cookie);
        }
        int after = ring.state();
        assertTrue(after >= 0 && after < 1000, "the state did not wrap: " + after);
    }

    @Test
    void noWakeIsMissedAcrossTheWrap() throws Exception {
        FutureTask<Void> taker = Support.start(() -> {
            for (int i = 0; i < 1000; i++) {
                assertEquals(i, Support.take(kfd).cookie);
            }
            return null;
        });
        for (int i = 0; i < 1000; i++) {
            // where the wrap is: let the taker fall asleep
            if (i < 40) {
                Support.until("the record before is taken", () -> ring.unread() == 0);
            }
            post(i);
        }
        Support.get(taker);
    }
}
