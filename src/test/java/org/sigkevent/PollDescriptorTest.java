package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Kevent.kevent_ctl;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Support.ok;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** A queue in somebody else's loop, and a queue in a queue. */
@Timeout(60)
class PollDescriptorTest {
    private int kfd;
    private int pollfd;
    private KeventRing ring;

    @BeforeEach
    void makeQueue() {
        kfd = Support.queue(8);
        ring = Support.ring(kfd);
        pollfd = (int) ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_POLLFD, 0));
    }

    @AfterEach
    void destroy() {
        Kevent.kevent_destroy(kfd, null, 0);
    }

    private boolean readable(int millis) {
        ByteBuffer b = Memory.allocate(32);
        b.putInt(0, pollfd);
        b.putInt(4, 1);
        b.putLong(8, millis / 1000);
        b.putLong(16, millis % 1000 * 1_000_000L);
        return Native.C.ppoll(Memory.address(b), 1, Memory.address(b) + 8, 0) == 1;
    }

    @Test
    void itIsReadableWhileTheRingHasRecords() {
        assertFalse(readable(0));
        for (int round = 0; round < 3; round++) {
            ok(kevent_submit(kfd, new KeventEvent(), 0, null));
            ok(kevent_submit(kfd, new KeventEvent(), 0, null));
            assertTrue(readable(0));
            Support.take(kfd);
            assertTrue(readable(0));
            Support.take(kfd);
            assertFalse(readable(0));
        }
    }

    @Test
    void itIsReadableWhenATimerIsDueThoughNobodyDrives() {
        int[] id = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(1)), id));
        ItimerSpec soon = new ItimerSpec();
        soon.it_value.tv_nsec = 5_000_000;
        ok(Time.timer_settime(id[0], 0, soon, null));
        assertTrue(readable(10_000));
        kevent_wait(kfd, ring.state(), new TimeSpec(), null);
        assertTrue(ring.take(new KeventRecord()));
        assertFalse(readable(0));
        ok(Time.timer_settime(id[0], 0, soon, null));
        ok(Time.timer_settime(id[0], 0, new ItimerSpec(), null));
        assertFalse(readable(20));
        ok(Time.timer_delete(id[0]));
    }

    @Test
    void aQueueSitsInAnotherQueue() {
        int outer = Support.queue(4);
        KeventEvent inner = KeventEvent.fdLevel(pollfd, 1, SigVal.of("inner"));
        ok(kevent_submit(outer, inner, 0, null));
        for (int i = 0; i < 5; i++) {
            ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(i)), 0, null));
            assertEquals("inner", Support.take(outer).object);
            assertEquals(i, Support.take(kfd).cookie);
            // the look after the take may still have seen the record
            while (Support.take(outer, java.time.Duration.ofMillis(5)) != null) {
                assertEquals(0, ring.unread());
            }
        }
        Support.destroy(outer);
    }

    @Test
    void anOverflowGoesToAnotherQueue() {
        int other = Support.queue(2);
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_OVERFLOW, SigEvent.kevent(other, SigVal.of(3))));
        while (kevent_submit(kfd, new KeventEvent(), Kevent.KEVENT_NOWAIT, null) == 0) {
            // until it is full
        }
        assertEquals(kfd, Support.take(other).descriptor);
        Support.destroy(other);
    }
}
