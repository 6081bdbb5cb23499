package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.ECANCELED;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Kevent.kevent_ctl;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.KeventStats;
import org.sigkevent.Mqueue;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Support;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** What other event queues were tested for, or should have been: waiting, posting, passing on, destroying. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class PriorQueueIT extends AioScene {
    private int post(int queue, long cookie, int flags) {
        return kevent_submit(queue, KeventEvent.user(SigVal.of(cookie)), flags, null);
    }

    private int armed(int queue) {
        KeventStats stats = new KeventStats();
        done(kevent_ctl(queue, Kevent.KEVENT_CTL_STATS, stats));
        return stats.armed;
    }

    @Test
    @Assertion(
            id = "prior/6",
            strength = KEVENT,
            says = "A wait without a timeout lasts until something is submitted, and not less.")
    void aWaitWithoutATimeoutLastsUntilASubmit() throws Exception {
        int state = Support.ring(kfd).state();
        Running<Long> waiter = run(() -> {
                    new Answer(kevent_wait(kfd, state, null, null)).is(0);
                    return System.nanoTime();
                })
                .asleep();
        TimerScene.passes(30 * TimerScene.MS);
        assertFalse(waiter.ended());
        long submitted = System.nanoTime();
        done(post(kfd, 1, 0));
        assertTrue(waiter.get() >= submitted, "back before the submit");
        assertEquals(1, take().cookie);
    }

    @Test
    @Assertion(
            id = "prior/9",
            strength = CHOICE,
            says = "Asking for none, or for more records than the queue can hold.",
            choice =
                    "Taking at most none takes none; a wait can need neither none nor more than the queue holds (EINVAL).")
    void askingForNoneOrTooMany() {
        int small = queue(4);
        for (long required : new long[] {0, -1, 5, Long.MAX_VALUE, Long.MIN_VALUE}) {
            refused(EINVAL, kevent_ctl(small, Kevent.KEVENT_CTL_REQUIRED, required));
        }
        done(kevent_ctl(small, Kevent.KEVENT_CTL_REQUIRED, 4));
        try (KeventQueue other = KeventQueue.open(4)) {
            done(post(other.fd(), 1, 0));
            assertEquals(0, other.drain(record -> assertEquals(-1, record.cookie, "taken"), 0));
            List<Long> cookies = new ArrayList<>();
            assertEquals(1, other.drain(record -> cookies.add(record.cookie), 9));
            assertEquals(List.of(1L), cookies);
        }
    }

    @Test
    @Assertion(
            id = "prior/16",
            strength = KEVENT,
            says = "Four completions at once let four sleeping threads go, each with one record.")
    void fourAtOnceLetFourGo() throws Exception {
        for (int round = 0; round < 20; round++) {
            List<Running<KeventRecord>> takers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                takers.add(run(() -> take()).asleep());
            }
            int file = tmp();
            Aiocb[] list = new Aiocb[4];
            for (int i = 0; i < 4; i++) {
                list[i] = opcode(Aio.LIO_WRITE, notified(cb(file, "a"), i));
            }
            done(list(Aio.LIO_NOWAIT, null, list));
            Set<Long> cookies = new HashSet<>();
            for (Running<KeventRecord> taker : takers) {
                cookies.add(taker.get().cookie);
            }
            assertEquals(Set.of(0L, 1L, 2L, 3L), cookies);
        }
        silent();
    }

    @Test
    @Assertion(
            id = "prior/18",
            strength = KEVENT,
            says =
                    "A record that its taker puts back goes to another waiter, with the same cookie and result, and is marked.")
    void aRecordThatIsPutBackGoesToAnotherWaiter() throws Exception {
        int file = tmp("text");
        read(notified(cb(file, new byte[4]), 0xfedc_ba98_7654_3210L));
        KeventRecord first = take();
        Running<KeventRecord> other = run(() -> take()).asleep();
        done(kevent_submit(kfd, KeventEvent.requeue(first), 0, null));
        KeventRecord second = other.get();
        assertEquals(Kevent.KEVENT_AIO, second.id);
        assertEquals(0xfedc_ba98_7654_3210L, second.cookie);
        assertEquals(4, second.result);
        assertEquals(first.descriptor, second.descriptor);
        assertNotEquals(0, second.flags & Kevent.KEVENT_REQUEUED);
        assertTrue(second.sequence > first.sequence, "a new sequence");
        silent();
    }

    @Test
    @Assertion(
            id = "prior/28",
            strength = KEVENT,
            says =
                    "Destroying a queue with timers, requests and a registration ends the requests, and what is left can be given up.")
    void destroyingAQueueInUse() {
        String name = "/sigkevent-prior-" + ProcessHandle.current().pid();
        int mqd = Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, MqScene.attr(2, 8));
        assertTrue(mqd >= 0, Errno::message);
        try {
            for (int round = 0; round < 20; round++) {
                int doomed = Support.queue(16);
                KeventRing ring = Support.ring(doomed);
                SigEvent event = SigEvent.kevent(doomed, SigVal.of(1L));
                int[] timers = {
                    TimerScene.create(Time.CLOCK_MONOTONIC, event), TimerScene.create(Time.CLOCK_MONOTONIC, event)
                };
                TimerScene.arm(timers[0], 1, 1000);
                TimerScene.arm(timers[1], 3600 * TimerScene.SECOND, 0);
                Aiocb blocked = cb(pipe()[0], new byte[1]);
                blocked.aio_sigevent = event;
                read(blocked);
                done(Mqueue.mq_notify(mqd, event));
                Support.destroy(doomed);
                refused(EBADF, kevent_wait(doomed, ring.state(), new TimeSpec(), null));
                assertFalse(ring.take(new KeventRecord()), "a record of a destroyed queue");
                ends(ECANCELED, -1, blocked);
                for (int timer : timers) {
                    done(Time.timer_delete(timer));
                    refused(EINVAL, Time.timer_delete(timer));
                }
                done(Mqueue.mq_notify(mqd, kev(round)));
                done(Mqueue.mq_notify(mqd, null));
            }
        } finally {
            done(Mqueue.mq_close(mqd));
            done(Mqueue.mq_unlink(name));
        }
        silent();
    }

    @Test
    @Assertion(
            id = "prior/32",
            strength = KEVENT,
            says =
                    "Of what many threads post into a small queue each is taken once or was refused with EAGAIN; every slot comes back.")
    void manyThreadsPost() throws Exception {
        int small = queue(16);
        int threads = 4;
        int each = 5000;
        AtomicInteger refusals = new AtomicInteger();
        List<Running<Void>> posters = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int first = t * each;
            posters.add(run(() -> {
                for (int i = 0; i < each; ) {
                    if (post(small, first + i, Kevent.KEVENT_NOWAIT) == 0) {
                        i++;
                    } else {
                        assertEquals(EAGAIN, Errno.errno(), Errno::message);
                        refusals.incrementAndGet();
                        Thread.yield();
                    }
                }
                return null;
            }));
        }
        BitSet seen = new BitSet();
        int[] next = new int[threads];
        for (int i = 0; i < threads * each; i++) {
            KeventRecord record = Support.take(small);
            int cookie = (int) record.cookie;
            assertFalse(seen.get(cookie), "twice: " + record);
            seen.set(cookie);
            assertEquals(next[cookie / each]++, cookie % each, "out of its poster's order");
        }
        for (Running<Void> poster : posters) {
            poster.get();
        }
        Support.nothing(small, QUIET);
        assertEquals(0, armed(small));
        for (int i = 0; i < 16; i++) {
            done(post(small, i, Kevent.KEVENT_NOWAIT));
        }
        refused(EAGAIN, post(small, 16, Kevent.KEVENT_NOWAIT));
        System.out.println("PriorQueueIT: " + refusals + " posts were refused for want of a slot");
    }
}
