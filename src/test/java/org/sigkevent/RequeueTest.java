package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Kevent.KEVENT_NOWAIT;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A record that is put back is never refused by a full queue, and never waits. */
@Timeout(60)
class RequeueTest {
    private int kfd;
    private KeventRing ring;

    private void open(int num) {
        kfd = Support.queue(num);
        ring = Support.ring(kfd);
    }

    @AfterEach
    void destroy() {
        Support.destroy(kfd);
    }

    private void post(long cookie) {
        ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(cookie)), KEVENT_NOWAIT, null));
    }

    private void refusedPost() {
        refused(Errno.EAGAIN, kevent_submit(kfd, KeventEvent.user(new SigVal()), KEVENT_NOWAIT, null));
    }

    private KeventRecord taken(long cookie) {
        KeventRecord record = new KeventRecord();
        assertTrue(ring.take(record));
        assertEquals(cookie, record.cookie);
        return record;
    }

    @Test
    void itsTakerPutsARecordBackIntoAQueueThatIsFullByThen() {
        open(1);
        post(1);
        KeventEvent back = KeventEvent.requeue(taken(1));
        post(2);
        refusedPost();
        ok(kevent_submit(kfd, back, 0, null));
        refusedPost();
        assertEquals(2, ring.unread());
        taken(2);
        refusedPost();
        assertEquals(Kevent.KEVENT_REQUEUED, taken(1).flags);
        post(3);
        taken(3);
    }

    @Test
    void asManyAsTheQueueHasFitBeyondIt() {
        open(64);
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(-1)), timer));
        List<KeventEvent> taken = new ArrayList<>();
        for (int i = 0; i < 63; i++) {
            post(i);
            taken.add(KeventEvent.requeue(taken(i)));
        }
        for (int i = 0; i < 63; i++) {
            post(100 + i);
        }
        refusedPost();
        for (KeventEvent back : taken) {
            ok(kevent_submit(kfd, back, 0, null));
        }
        // 63 posted, 63 put back, and the timer's: one slot is left
        ok(kevent_submit(kfd, taken.get(0), KEVENT_NOWAIT, null));
        // more than can have been taken: refused at once, though the call may wait
        refused(Errno.EAGAIN, kevent_submit(kfd, taken.get(1), 0, null));
        // what was registered has its slot
        ok(Time.timer_settime(timer[0], 0, once(), null));
        Support.until("the timer's record comes", () -> {
            kevent_wait(kfd, ring.state(), new TimeSpec(), null);
            return ring.unread() == 128;
        });
        for (int i = 0; i < 63; i++) {
            taken(100 + i);
        }
        for (int i = 0; i < 63; i++) {
            taken(i);
        }
        taken(0);
        taken(-1);
        assertEquals(0, ring.unread());
        ok(Time.timer_delete(timer[0]));
        for (int i = 0; i < 64; i++) {
            post(i);
        }
        refusedPost();
    }

    private static ItimerSpec once() {
        ItimerSpec spec = new ItimerSpec();
        spec.it_value.tv_nsec = 1;
        return spec;
    }

    @Test
    void consumersThatPutBackAndAProducerThatFillsTheQueueGoOn() throws Exception {
        open(4);
        int records = 20_000;
        AtomicInteger done = new AtomicInteger();
        List<FutureTask<Void>> consumers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            consumers.add(Support.start(() -> {
                KeventRecord record = new KeventRecord();
                while (done.get() < records) {
                    int state = ring.state();
                    if (!ring.take(record)) {
                        kevent_wait(kfd, state, new TimeSpec(0, 10_000_000), null);
                    } else if ((record.cookie & 3) == 0 && (record.flags & Kevent.KEVENT_REQUEUED) == 0) {
                        ok(kevent_submit(kfd, KeventEvent.requeue(record), 0, null));
                    } else {
                        done.incrementAndGet();
                    }
                }
                return null;
            }));
        }
        for (int i = 0; i < records; i++) {
            ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(i)), 0, null));
        }
        for (FutureTask<Void> each : consumers) {
            Support.get(each);
        }
        assertEquals(records, done.get());
        assertEquals(0, ring.unread());
    }

    @Test
    void theQueueAsAnObjectTakesItBackToo() {
        open(1);
        try (KeventQueue queue = KeventQueue.open(1)) {
            assertTrue(queue.offer(SigVal.of(1)));
            KeventRecord record = new KeventRecord();
            assertTrue(queue.poll(record));
            assertTrue(queue.offer(SigVal.of(2)));
            assertFalse(queue.offer(SigVal.of(3)));
            assertTrue(queue.requeue(record));
        }
    }
}
