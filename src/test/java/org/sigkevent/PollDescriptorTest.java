package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Kevent.kevent_ctl;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Support.ok;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.sys.Linux;
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
        return Support.readable(pollfd, millis);
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
    void aRecordThatWasTakenBackLeavesItUnreadable() {
        int[] id = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(1)), id));
        ItimerSpec soon = new ItimerSpec();
        soon.it_value.tv_nsec = 1_000_000;
        ok(Time.timer_settime(id[0], 0, soon, null));
        Support.until("it has expired", () -> ring.unread() == 1 || Support.kick(kfd));
        assertTrue(readable(0));
        ok(Time.timer_settime(id[0], 0, new ItimerSpec(), null));
        assertFalse(readable(0));
        ok(Time.timer_delete(id[0]));
    }

    @Test
    void theNumbersOfADestroyedQueueAreLeftAlone() throws Exception {
        ByteBuffer left = Memory.allocate(32);
        long later = System.currentTimeMillis() / 1000 + 3600;
        for (int round = 0; round < 20; round++) {
            KeventQueue queue = KeventQueue.open(8);
            ok(kevent_ctl(queue.fd(), Kevent.KEVENT_CTL_POLLFD, 0));
            int state = Support.ring(queue.fd()).state();
            List<FutureTask<Integer>> waiters = new ArrayList<>();
            // each leaves its time limit when the queue is destroyed
            for (int i = 0; i < 8; i++) {
                TimeSpec limit = new TimeSpec(later + i, 0);
                waiters.add(Support.start(
                        () -> kevent_wait(queue.fd(), state, Time.CLOCK_REALTIME, Time.TIMER_ABSTIME, limit, null)));
            }
            // most of them wait by then
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
            queue.close();
            int[] others = new int[8];
            for (int i = 0; i < others.length; i++) {
                others[i] = Linux.timerfd(Time.CLOCK_MONOTONIC);
                Linux.armTimerfd(others[i], System.nanoTime() + 3_600_000_000_000L, 0);
            }
            for (FutureTask<Integer> waiter : waiters) {
                Support.get(waiter);
            }
            for (int other : others) {
                // timerfd_gettime
                assertEquals(0, Linux.call(Native.X86_64 ? 287 : 87, other, Memory.address(left)));
                assertTrue(left.getLong(16) > 3000, "a stranger's timer has " + left.getLong(16) + " s left");
                Linux.close(other);
            }
        }
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
