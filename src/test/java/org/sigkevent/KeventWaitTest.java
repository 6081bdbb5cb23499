package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EBUSY;
import static org.sigkevent.Errno.EINTR;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ETIMEDOUT;
import static org.sigkevent.Errno.EWOULDBLOCK;
import static org.sigkevent.Kevent.kevent_ctl;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.start;
import static org.sigkevent.Support.untilAsleep;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waiting: who is woken by what, and with which answer. */
@Timeout(60)
class KeventWaitTest {
    private int kfd;
    private KeventRing ring;

    @BeforeEach
    void makeQueue() {
        kfd = Support.queue(64);
        ring = Support.ring(kfd);
    }

    @AfterEach
    void destroyQueue() {
        if (kfd >= 0) {
            Support.destroy(kfd);
        }
    }

    private void post(long cookie) {
        ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(cookie)), 0, null));
    }

    /** A thread that waits once, and what it answered. */
    private final class Sleeper {
        final AtomicReference<Thread> thread = new AtomicReference<>();
        final FutureTask<Integer> answer;
        volatile boolean interruptedAfterwards;

        Sleeper(TimeSpec timeout) {
            int seen = ring.state();
            answer = start(() -> {
                thread.set(Thread.currentThread());
                int rc = kevent_wait(kfd, seen, timeout, null);
                interruptedAfterwards = Thread.currentThread().isInterrupted();
                return rc == 0 ? 0 : Errno.errno();
            });
            Support.until("thread runs", () -> thread.get() != null);
            Support.until("it sleeps", () -> done() || Support.asleep(thread.get()));
        }

        boolean done() {
            return answer.isDone();
        }

        int get() throws Exception {
            return Support.get(answer);
        }
    }

    private List<Sleeper> sleepers(int n) {
        List<Sleeper> all = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            all.add(new Sleeper(null));
        }
        return all;
    }

    private static long back(List<Sleeper> all) {
        return all.stream().filter(Sleeper::done).count();
    }

    private KeventStats stats() {
        KeventStats stats = new KeventStats();
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
        return stats;
    }

    @Test
    void oneEventWakesOneOfFourWaitersAndThreeMoreReleaseTheOthers() throws Exception {
        List<Sleeper> all = sleepers(4);
        post(1);
        Support.until("one is back", () -> back(all) == 1);
        assertEquals(1, stats().wakeUps);
        // the others stay asleep: they would be back long before a fifth thread has waited in vain
        refused(ETIMEDOUT, kevent_wait(kfd, ring.state(), new TimeSpec(0, 200_000_000), null));
        assertEquals(1, back(all));
        for (int i = 2; i <= 4; i++) {
            post(i);
        }
        for (Sleeper one : all) {
            assertEquals(0, one.get());
        }
        assertEquals(4, stats().wakeUps);
        assertEquals(4, ring.unread());
    }

    @Test
    void theLongestWaitingIsWokenFirstAndTheOneThatLeadsLast() throws Exception {
        List<Sleeper> all = sleepers(4);
        for (int next : new int[] {1, 2, 3, 0}) {
            post(next);
            assertEquals(0, all.get(next).get());
            Support.until("one by one", () -> back(all) == (next == 0 ? 4 : next));
        }
    }

    @Test
    void aStaleRingStateIsEwouldblockAtOnce() {
        int before = ring.state();
        post(1);
        refused(EWOULDBLOCK, kevent_wait(kfd, before, null, null));
    }

    @Test
    void aWaitWithTheCurrentStateSleepsThoughTheRingIsNotEmpty() {
        post(1);
        refused(ETIMEDOUT, kevent_wait(kfd, ring.state(), new TimeSpec(0, 20_000_000), null));
        assertEquals(1, ring.unread());
    }

    @Test
    void aZeroTimeoutDoesNotSleep() {
        refused(ETIMEDOUT, kevent_wait(kfd, ring.state(), new TimeSpec(0, 0), null));
    }

    @Test
    void aRelativeTimeoutIsNeverShort() {
        for (int i = 0; i < 10; i++) {
            long begin = System.nanoTime();
            refused(ETIMEDOUT, kevent_wait(kfd, ring.state(), new TimeSpec(0, 5_000_000), null));
            assertTrue(System.nanoTime() - begin >= 5_000_000);
        }
    }

    @Test
    void anAbsoluteTimeoutEndsAtItsTimeOnEachClock() {
        for (int clock : new int[] {Time.CLOCK_MONOTONIC, Time.CLOCK_REALTIME, Time.CLOCK_BOOTTIME, Time.CLOCK_TAI}) {
            TimeSpec end = new TimeSpec();
            ok(Time.clock_gettime(clock, end));
            long nanos = end.toNanos() + 20_000_000;
            refused(
                    ETIMEDOUT,
                    kevent_wait(kfd, ring.state(), clock, Time.TIMER_ABSTIME, TimeSpec.ofNanos(nanos), null));
            ok(Time.clock_gettime(clock, end));
            assertTrue(end.toNanos() >= nanos, "clock " + clock);
        }
    }

    @Test
    void anAbsoluteTimeInThePastReturnsAtOnce() {
        refused(
                ETIMEDOUT,
                kevent_wait(kfd, ring.state(), Time.CLOCK_MONOTONIC, Time.TIMER_ABSTIME, new TimeSpec(0, 1), null));
        refused(
                ETIMEDOUT,
                kevent_wait(kfd, ring.state(), Time.CLOCK_REALTIME, Time.TIMER_ABSTIME, new TimeSpec(1, 0), null));
    }

    @Test
    void eachOfThreeWaitersLeavesAtItsOwnTime() throws Exception {
        List<FutureTask<Long>> all = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            long nanos = i * 50_000_000L;
            all.add(start(() -> {
                long begin = System.nanoTime();
                refused(ETIMEDOUT, kevent_wait(kfd, ring.state(), TimeSpec.ofNanos(nanos), null));
                return System.nanoTime() - begin;
            }));
        }
        for (int i = 1; i <= 3; i++) {
            assertTrue(get(all.get(i - 1)) >= i * 50_000_000L);
        }
    }

    @Test
    void badArgumentsAreEinvalAndTakeNothing() {
        post(1);
        int state = ring.state();
        refused(EINVAL, kevent_wait(kfd, state, new TimeSpec(0, -1), null));
        refused(EINVAL, kevent_wait(kfd, state, new TimeSpec(0, 1_000_000_000), null));
        refused(EINVAL, kevent_wait(kfd, state, new TimeSpec(-1, 0), null));
        refused(EINVAL, kevent_wait(kfd, state, 99, 0, null, null));
        refused(EINVAL, kevent_wait(kfd, state, Time.CLOCK_PROCESS_CPUTIME_ID, 0, null, null));
        refused(EINVAL, kevent_wait(kfd, state, Time.CLOCK_MONOTONIC, 8, null, null));
        assertEquals(1, ring.unread());
    }

    @Test
    void aDescriptorThatIsNoQueueIsEbadf() {
        for (int fd : new int[] {-1, 0, 1, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            refused(EBADF, kevent_wait(fd, 0, null, null));
        }
    }

    @Test
    void anInterruptEndsTheWaitWithEintrAndClearsTheStatus() throws Exception {
        Sleeper leader = new Sleeper(null);
        Sleeper follower = new Sleeper(null);
        follower.thread.get().interrupt();
        assertEquals(EINTR, follower.get());
        assertFalse(follower.interruptedAfterwards);
        leader.thread.get().interrupt();
        assertEquals(EINTR, leader.get());
        assertFalse(leader.interruptedAfterwards);
    }

    @Test
    void anInterruptBeforeTheWaitEndsItAtOnce() {
        Thread.currentThread().interrupt();
        refused(EINTR, kevent_wait(kfd, ring.state(), null, null));
        assertFalse(Thread.interrupted());
    }

    @Test
    void aWaiterThatIsInterruptedAfterItsWakePassesItOn() throws Exception {
        for (int round = 0; round < 300; round++) {
            List<Sleeper> all = sleepers(2);
            Sleeper hit = all.get(round & 1);
            FutureTask<Void> interrupter = start(() -> {
                hit.thread.get().interrupt();
                return null;
            });
            post(round);
            get(interrupter);
            // whoever was woken and left with EINTR must have woken the other
            Support.until("somebody takes the event", () -> all.stream().anyMatch(s -> s.done() && zero(s)));
            KeventRecord record = new KeventRecord();
            assertTrue(ring.take(record));
            assertEquals(round, record.cookie);
            ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_WAKE, 2));
            for (Sleeper one : all) {
                one.get();
            }
        }
    }

    private static boolean zero(Sleeper sleeper) {
        try {
            return sleeper.get() == 0;
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void aTimeLimitThatIsOverIsNotForgottenWhileAnotherLeads() throws Exception {
        Sleeper leader = new Sleeper(null);
        List<FutureTask<Integer>> waiters = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            waiters.add(start(() -> {
                int state = ring.state();
                TimeSpec now = new TimeSpec();
                int rounds = 0;
                for (long end = System.nanoTime() + 500_000_000; System.nanoTime() < end; rounds++) {
                    ok(Time.clock_gettime(Time.CLOCK_REALTIME, now));
                    refused(ETIMEDOUT, kevent_wait(kfd, state, Time.CLOCK_REALTIME, Time.TIMER_ABSTIME, now, null));
                }
                return rounds;
            }));
        }
        for (FutureTask<Integer> waiter : waiters) {
            assertTrue(get(waiter) > 0);
        }
        post(1);
        assertEquals(0, leader.get());
    }

    @Test
    void theLeadIsHandedOnWhenTheLeaderLeaves() throws Exception {
        Sleeper leader = new Sleeper(null);
        Sleeper follower = new Sleeper(null);
        leader.thread.get().interrupt();
        assertEquals(Errno.EINTR, leader.get());
        // only a leader can see a timer expire
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(5)), timer));
        ItimerSpec soon = new ItimerSpec();
        soon.it_value.tv_nsec = 1_000_000;
        ok(Time.timer_settime(timer[0], 0, soon, null));
        assertEquals(0, follower.get());
        assertEquals(5, Support.take(kfd).cookie);
        ok(Time.timer_delete(timer[0]));
    }

    @Test
    void aNullEventWakesOneWaiterAndMovesTheState() throws Exception {
        int before = ring.state();
        List<Sleeper> all = sleepers(3);
        ok(kevent_submit(kfd, null, 0, null));
        Support.until("one is back", () -> back(all) == 1);
        refused(EWOULDBLOCK, kevent_wait(kfd, before, null, null));
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_WAKE, 2));
        for (Sleeper one : all) {
            assertEquals(0, one.get());
        }
        assertEquals(0, ring.unread());
    }

    @Test
    void aWaitNeedsTheRequiredNumberOfRecords() throws Exception {
        ok(kevent_ctl(kfd, Kevent.KEVENT_CTL_REQUIRED, 3));
        Sleeper one = new Sleeper(null);
        post(1);
        post(2);
        refused(EBUSY, kevent_ctl(kfd, Kevent.KEVENT_CTL_REQUIRED, 1));
        assertFalse(one.done());
        post(3);
        assertEquals(0, one.get());
        assertEquals(3, ring.unread());
        post(4);
        refused(ETIMEDOUT, kevent_wait(kfd, ring.state(), new TimeSpec(0, 1_000_000), null));
        assertEquals(4, ring.unread(), "fewer than required stay readable");
        refused(EINVAL, kevent_ctl(kfd, Kevent.KEVENT_CTL_REQUIRED, 0));
        refused(EINVAL, kevent_ctl(kfd, Kevent.KEVENT_CTL_REQUIRED, 65));
    }

    @Test
    void destroyingTheQueueSendsEveryWaiterAwayWithEbadf() throws Exception {
        List<Sleeper> all = sleepers(5);
        Support.destroy(kfd);
        kfd = -1;
        for (Sleeper one : all) {
            assertEquals(EBADF, one.get());
        }
    }

    @Test
    void aWaitWithASignalMaskSleepsAsLeaderAndAsFollower() throws Exception {
        SigSet mask = new SigSet();
        Signal.sigfillset(mask);
        int seen = ring.state();
        AtomicInteger in = new AtomicInteger();
        List<FutureTask<Integer>> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            AtomicReference<Thread> thread = new AtomicReference<>();
            all.add(start(() -> {
                thread.set(Thread.currentThread());
                in.incrementAndGet();
                return kevent_wait(kfd, seen, null, mask);
            }));
            Support.until("runs", () -> thread.get() != null);
            untilAsleep(thread.get());
        }
        for (int i = 0; i < 3; i++) {
            post(i);
        }
        for (FutureTask<Integer> one : all) {
            assertEquals(0, get(one));
        }
    }

    @Test
    void anInterruptEndsAMaskedFollowersWait() throws Exception {
        Sleeper leader = new Sleeper(null);
        SigSet mask = new SigSet();
        int seen = ring.state();
        AtomicReference<Thread> thread = new AtomicReference<>();
        FutureTask<Integer> masked = start(() -> {
            thread.set(Thread.currentThread());
            return kevent_wait(kfd, seen, null, mask) == 0 ? 0 : Errno.errno();
        });
        Support.until("runs", () -> thread.get() != null);
        untilAsleep(thread.get());
        thread.get().interrupt();
        assertEquals(EINTR, get(masked));
        post(1);
        assertEquals(0, leader.get());
    }

    @Test
    void aStateChangeBetweenLookAndWaitIsNeverLost() throws Exception {
        int rounds = 250_000;
        int back = Support.queue(4);
        KeventRing answers = Support.ring(back);
        FutureTask<Integer> consumer = start(() -> {
            KeventRecord record = new KeventRecord();
            for (int i = 0; ; ) {
                int state = ring.state();
                if (ring.take(record)) {
                    if (record.cookie < 0) {
                        return i;
                    }
                    assertEquals(i++, record.cookie);
                    ok(kevent_submit(back, KeventEvent.user(SigVal.of((long) i)), 0, null));
                } else if (kevent_wait(kfd, state, new TimeSpec(20, 0), null) < 0) {
                    assertEquals(EWOULDBLOCK, Errno.errno(), "a wake-up was lost");
                }
            }
        });
        long seed = System.nanoTime();
        System.out.println("aStateChangeBetweenLookAndWaitIsNeverLost seed " + seed);
        java.util.SplittableRandom random = new java.util.SplittableRandom(seed);
        KeventRecord record = new KeventRecord();
        KeventEvent event = new KeventEvent();
        long end = System.nanoTime() + 20_000_000_000L;
        int done = 0;
        int sent = 0;
        for (int i = 0; i < rounds && System.nanoTime() < end; i++) {
            sent++;
            event.value.sival_long = i;
            ok(kevent_submit(kfd, event, 0, null));
            // so that the consumer is caught at every point of its way to sleep
            for (int spin = random.nextInt(64); spin > 0; spin--) {
                Thread.onSpinWait();
            }
            while (answers.take(record)) {
                done++;
            }
            // now and then for the last one: a wake-up that is lost before it is not made up for by the next event
            int ahead = random.nextInt(4) == 0 ? 0 : 32;
            while (sent - done > ahead) {
                if (answers.take(record)) {
                    done++;
                } else {
                    assertFalse(consumer.isDone(), "the consumer has failed");
                    int state = answers.state();
                    if (answers.take(record)) {
                        done++;
                    } else {
                        kevent_wait(back, state, new TimeSpec(20, 0), null);
                    }
                }
            }
        }
        for (; done < sent; done++) {
            Support.take(back);
        }
        event.value.sival_long = -1;
        ok(kevent_submit(kfd, event, 0, null));
        assertEquals(sent, get(consumer));
        assertTrue(sent > 1000, "rounds: " + sent);
        Support.destroy(back);
    }

    @Test
    void everyEventIsTakenOnceAndEachProducersEventsInOrder() throws Exception {
        int producers = 4;
        int consumers = 4;
        int each = 50_000;
        AtomicInteger left = new AtomicInteger(producers * each);
        List<FutureTask<Void>> posting = new ArrayList<>();
        for (int p = 0; p < producers; p++) {
            long producer = p;
            posting.add(start(() -> {
                KeventEvent event = new KeventEvent();
                for (int i = 0; i < each; i++) {
                    event.value.sival_long = producer << 32 | i + 1;
                    ok(kevent_submit(kfd, event, 0, null));
                }
                return null;
            }));
        }
        List<FutureTask<long[]>> taking = new ArrayList<>();
        for (int c = 0; c < consumers; c++) {
            taking.add(start(() -> {
                long[] seen = new long[producers * each];
                int n = 0;
                int[] last = new int[producers];
                KeventRecord record = new KeventRecord();
                while (left.get() > 0) {
                    int state = ring.state();
                    if (ring.take(record)) {
                        int producer = (int) (record.cookie >>> 32);
                        int number = (int) record.cookie;
                        assertTrue(number > last[producer], "a producer's events are out of order");
                        last[producer] = number;
                        seen[n++] = record.cookie;
                        if (left.decrementAndGet() == 0) {
                            kevent_ctl(kfd, Kevent.KEVENT_CTL_WAKE, consumers);
                        }
                    } else {
                        kevent_wait(kfd, state, new TimeSpec(20, 0), null);
                    }
                }
                return java.util.Arrays.copyOf(seen, n);
            }));
        }
        for (FutureTask<Void> one : posting) {
            get(one);
        }
        java.util.Set<Long> all = new java.util.HashSet<>();
        for (FutureTask<long[]> one : taking) {
            for (long cookie : get(one)) {
                assertTrue(all.add(cookie), "taken twice");
            }
        }
        assertEquals(producers * each, all.size());
    }

    @Test
    void takeOfTheObjectFaceGoesOnWaitingWhenOthersTookTheEvent() throws Exception {
        try (KeventQueue queue = KeventQueue.open(1000)) {
            int threads = 4;
            int each = 20_000;
            AtomicInteger sum = new AtomicInteger();
            List<FutureTask<Integer>> taking = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                taking.add(start(() -> {
                    KeventRecord record = new KeventRecord();
                    int n = 0;
                    for (; ; n++) {
                        queue.take(record);
                        if (record.cookie < 0) {
                            return n;
                        }
                        sum.addAndGet((int) record.cookie);
                    }
                }));
            }
            for (int i = 0; i < threads * each; i++) {
                queue.post(SigVal.of(1));
            }
            for (int t = 0; t < threads; t++) {
                queue.post(SigVal.of(-1));
            }
            int taken = 0;
            for (FutureTask<Integer> one : taking) {
                taken += get(one);
            }
            assertEquals(threads * each, taken);
            assertEquals(threads * each, sum.get());
            assertNotNull(queue.toString());
        }
    }
}
