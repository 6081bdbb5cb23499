package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ENOTSUP;
import static org.sigkevent.Support.nothing;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.start;
import static org.sigkevent.Time.CLOCK_BOOTTIME;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.CLOCK_PROCESS_CPUTIME_ID;
import static org.sigkevent.Time.CLOCK_REALTIME;
import static org.sigkevent.Time.CLOCK_TAI;
import static org.sigkevent.Time.CLOCK_THREAD_CPUTIME_ID;
import static org.sigkevent.Time.TIMER_ABSTIME;
import static org.sigkevent.Time.clock_gettime;
import static org.sigkevent.Time.timer_create;
import static org.sigkevent.Time.timer_delete;
import static org.sigkevent.Time.timer_getoverrun;
import static org.sigkevent.Time.timer_gettime;
import static org.sigkevent.Time.timer_settime;

import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Queues;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** Timers that expire into a ring. */
@Timeout(60)
class TimerTest {
    private static final Duration QUIET = Duration.ofMillis(30);
    private static final long MS = 1_000_000;

    private int kfd;

    @BeforeEach
    void makeQueue() {
        kfd = Support.queue(32);
    }

    @AfterEach
    void destroyQueue() {
        Kevent.kevent_destroy(kfd, null, 0);
    }

    private int create(int clock, long cookie) {
        int[] id = new int[1];
        ok(timer_create(clock, SigEvent.kevent(kfd, SigVal.of(cookie)), id));
        return id[0];
    }

    private static ItimerSpec spec(long valueNanos, long intervalNanos) {
        ItimerSpec spec = new ItimerSpec();
        spec.it_value = TimeSpec.ofNanos(valueNanos);
        spec.it_interval = TimeSpec.ofNanos(intervalNanos);
        return spec;
    }

    private static void arm(int id, long valueNanos, long intervalNanos) {
        ok(timer_settime(id, 0, spec(valueNanos, intervalNanos), null));
    }

    private static void armAt(int id, long valueNanos, long intervalNanos) {
        ok(timer_settime(id, TIMER_ABSTIME, spec(valueNanos, intervalNanos), null));
    }

    private static long now(int clock) {
        TimeSpec now = new TimeSpec();
        ok(clock_gettime(clock, now));
        return now.toNanos();
    }

    private static ItimerSpec gettime(int id) {
        ItimerSpec spec = new ItimerSpec();
        ok(timer_gettime(id, spec));
        return spec;
    }

    private static void passes(int clock, long until) {
        while (now(clock) < until) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI})
    void aOneShotExpiresOnceNotEarlyAndIsThenDisarmed(int clock) {
        int id = create(clock, 0x1122_3344_5566_7788L);
        long begin = now(CLOCK_MONOTONIC);
        arm(id, 10 * MS, 0);
        KeventRecord record = Support.take(kfd);
        assertTrue(now(CLOCK_MONOTONIC) - begin >= 10 * MS);
        assertEquals(Kevent.KEVENT_TIMER, record.id);
        assertEquals(id, record.descriptor);
        assertEquals(0x1122_3344_5566_7788L, record.cookie);
        assertEquals(0, record.result);
        assertEquals(0, gettime(id).it_value.toNanos());
        nothing(kfd, QUIET);
        ok(timer_delete(id));
    }

    @ParameterizedTest
    @ValueSource(ints = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI})
    void anAbsoluteTimeIsOneOfTheTimersClock(int clock) {
        int id = create(clock, 1);
        long at = now(clock) + 15 * MS;
        armAt(id, at, 0);
        KeventRecord record = Support.take(kfd);
        assertTrue(now(clock) >= at);
        assertEquals(at, record.time_ns);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 1_000_000_000L})
    void aTimeOfThePastExpiresAtOnceAndOnce(long at) {
        int id = create(CLOCK_REALTIME, 1);
        armAt(id, at, 0);
        assertEquals(0, Support.take(kfd).result);
        nothing(kfd, QUIET);
    }

    @Test
    void aOneNanosecondPeriodThatBeganIn1970IsCountedAtOnceAndSaturates() {
        int id = create(CLOCK_REALTIME, 1);
        armAt(id, 1, 1);
        KeventRecord record = Support.take(kfd);
        assertEquals(Time.DELAYTIMER_MAX, record.result);
        assertEquals(Time.DELAYTIMER_MAX, timer_getoverrun(id));
        ok(timer_delete(id));
    }

    @Test
    void anUnreadPeriodicTimerHasOneRecordAndItsOverrunsAreExact() {
        int id = create(CLOCK_MONOTONIC, 1);
        long first = now(CLOCK_MONOTONIC) + 5 * MS;
        long period = 2 * MS;
        armAt(id, first, period);
        long taken = 0;
        long end = first + 200 * MS;
        while (now(CLOCK_MONOTONIC) < end) {
            passes(CLOCK_MONOTONIC, now(CLOCK_MONOTONIC) + 17 * MS);
            long before = (now(CLOCK_MONOTONIC) - first) / period + 1;
            KeventRecord record = Support.take(kfd);
            long after = (now(CLOCK_MONOTONIC) - first) / period + 1;
            taken += 1 + record.result;
            assertEquals(record.result, timer_getoverrun(id));
            assertTrue(
                    taken >= before && taken <= after,
                    taken + " expiries counted, " + before + " to " + after + " passed");
            assertTrue(Support.ring(kfd).unread() <= 1, "more than one record of one timer");
        }
        ok(timer_delete(id));
    }

    @Test
    void aPastStartWithAPeriodStaysOnItsGrid() {
        int id = create(CLOCK_MONOTONIC, 1);
        long period = 50 * MS;
        long start = now(CLOCK_MONOTONIC) - 510 * MS;
        armAt(id, start, period);
        KeventRecord record = Support.take(kfd);
        assertTrue(record.result >= 10, "periods missed: " + record.result);
        KeventRecord next = Support.take(kfd);
        assertEquals(0, (next.time_ns - start) % period);
    }

    @Test
    void theOverrunIsThatOfTheRecordTakenLastAndResetByArming() {
        int id = create(CLOCK_MONOTONIC, 1);
        assertEquals(0, timer_getoverrun(id));
        arm(id, 1, MS);
        passes(CLOCK_MONOTONIC, now(CLOCK_MONOTONIC) + 10 * MS);
        assertEquals(0, timer_getoverrun(id));
        KeventRecord record = Support.take(kfd);
        assertTrue(record.result > 0);
        assertEquals(record.result, timer_getoverrun(id));
        arm(id, 3600_000 * MS, 0);
        assertEquals(0, timer_getoverrun(id));
    }

    @Test
    void gettimeCountsDownToTheNextExpiryAlsoWhileARecordIsUnread() {
        int id = create(CLOCK_MONOTONIC, 1);
        assertEquals(0, gettime(id).it_value.toNanos());
        arm(id, 3600_000 * MS, 7000 * MS);
        ItimerSpec left = gettime(id);
        assertTrue(left.it_value.toNanos() <= 3600_000 * MS && left.it_value.toNanos() > 3590_000 * MS);
        assertEquals(7000 * MS, left.it_interval.toNanos());
        arm(id, 1, 100 * MS);
        passes(CLOCK_MONOTONIC, now(CLOCK_MONOTONIC) + 5 * MS);
        kickDriver();
        assertEquals(1, Support.ring(kfd).unread());
        long more = gettime(id).it_value.toNanos();
        assertTrue(more > 0 && more <= 100 * MS, "next in " + more);
        arm(id, 1, 0);
        passes(CLOCK_MONOTONIC, now(CLOCK_MONOTONIC) + MS);
        kickDriver();
        assertEquals(0, gettime(id).it_value.toNanos(), "an expired one-shot says zero though nobody took its record");
    }

    /** Any call that touches the queue fires what is due. */
    private void kickDriver() {
        Kevent.kevent_wait(kfd, Support.ring(kfd).state(), new TimeSpec(), null);
    }

    @Test
    void theOldSettingIsWhatGettimeWouldHaveSaid() {
        int id = create(CLOCK_MONOTONIC, 1);
        ItimerSpec old = spec(5, 5);
        ok(timer_settime(id, 0, spec(3600_000 * MS, 3 * MS), old));
        assertEquals(0, old.it_value.toNanos());
        assertEquals(0, old.it_interval.toNanos());
        ok(timer_settime(id, TIMER_ABSTIME, spec(now(CLOCK_MONOTONIC) + 50_000 * MS, 3000 * MS), old));
        assertTrue(old.it_value.toNanos() <= 3600_000 * MS && old.it_value.toNanos() > 0);
        assertEquals(3 * MS, old.it_interval.toNanos());
        ok(timer_settime(id, 0, new ItimerSpec(), old));
        assertTrue(
                old.it_value.toNanos() > 40_000 * MS && old.it_value.toNanos() <= 50_000 * MS,
                "relative, though set absolute");
        assertEquals(3000 * MS, old.it_interval.toNanos());
    }

    @Test
    void rearmingTakesTheUnreadRecordBack() {
        int id = create(CLOCK_MONOTONIC, 1);
        // far more often than the ring has slots
        for (int i = 0; i < 100; i++) {
            arm(id, 1, 0);
            passes(CLOCK_MONOTONIC, now(CLOCK_MONOTONIC) + 1);
            kickDriver();
            assertEquals(1, Support.ring(kfd).unread());
            arm(id, 3600_000 * MS, 0);
            assertEquals(0, Support.ring(kfd).unread());
        }
        nothing(kfd, QUIET);
        arm(id, 1, 0);
        kickDriver();
        ok(timer_delete(id));
        nothing(kfd, QUIET);
    }

    @ParameterizedTest
    @ValueSource(longs = {500, 700, 900, 1000, 1100, 1300, 1500})
    void rearmingAroundTheExpiryDeliversOnlyTheNewSetting(long micros) {
        int id = create(CLOCK_MONOTONIC, 1);
        for (int i = 0; i < 20; i++) {
            arm(id, MS, 0);
            passes(CLOCK_MONOTONIC, now(CLOCK_MONOTONIC) + micros * 1000);
            long at = now(CLOCK_MONOTONIC) + 2 * MS;
            armAt(id, at, 0);
            assertEquals(at, Support.take(kfd).time_ns);
        }
        assertEquals(0, Support.ring(kfd).unread());
        ok(timer_delete(id));
    }

    @Test
    void aTimerDeletedFromWithinTheHandlingOfItsOwnRecordIsGone() {
        int id = create(CLOCK_MONOTONIC, 1);
        arm(id, 1, MS);
        Support.take(kfd);
        ok(timer_delete(id));
        refused(EINVAL, timer_delete(id));
        refused(EINVAL, timer_settime(id, 0, spec(1, 0), null));
        refused(EINVAL, timer_gettime(id, new ItimerSpec()));
        refused(EINVAL, timer_getoverrun(id));
        nothing(kfd, QUIET);
    }

    @Test
    void idsAreDistinctAndAStaleOneFindsNobody() {
        Set<Integer> ids = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            int id = create(CLOCK_MONOTONIC, i);
            assertTrue(ids.add(id), "id " + id + " was used again");
            ok(timer_delete(id));
        }
        for (int id : new int[] {
            -1, Integer.MIN_VALUE, Integer.MAX_VALUE, ids.iterator().next()
        }) {
            refused(EINVAL, timer_gettime(id, new ItimerSpec()));
        }
    }

    @Test
    void twoTimersWithOneCookieAreToldApartByTheirIds() {
        int a = create(CLOCK_MONOTONIC, 77);
        int b = create(CLOCK_MONOTONIC, 77);
        arm(a, MS, 0);
        arm(b, 2 * MS, 0);
        assertEquals(a, Support.take(kfd).descriptor);
        assertEquals(b, Support.take(kfd).descriptor);
        assertNotEquals(a, b);
    }

    @Test
    void aTimerHoldsASlotFromCreateToDelete() {
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            ids.add(create(CLOCK_MONOTONIC, i));
        }
        refused(EAGAIN, timer_create(CLOCK_MONOTONIC, SigEvent.kevent(kfd, new SigVal()), new int[1]));
        ok(timer_delete(ids.get(7)));
        create(CLOCK_MONOTONIC, 7);
        refused(EAGAIN, timer_create(CLOCK_MONOTONIC, SigEvent.kevent(kfd, new SigVal()), new int[1]));
        // all of them can be unread at once
        for (int id : ids) {
            if (id != ids.get(7)) {
                arm(id, 1, 0);
            }
        }
        kickDriver();
        assertEquals(31, Support.ring(kfd).unread());
        refused(EAGAIN, timer_create(CLOCK_MONOTONIC, SigEvent.kevent(kfd, new SigVal()), new int[1]));
    }

    @Test
    void badArgumentsAreEinvalAndChangeNothing() {
        int[] id = new int[1];
        SigEvent event = SigEvent.kevent(kfd, new SigVal());
        for (int clock : new int[] {12, 99, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            refused(EINVAL, timer_create(clock, event, id));
        }
        for (int clock : new int[] {4, 5, 6, 8, 9}) {
            refused(ENOTSUP, timer_create(clock, event, id));
        }
        refused(EINVAL, timer_create(CLOCK_MONOTONIC, event, null));
        refused(EINVAL, timer_create(CLOCK_MONOTONIC, event, new int[0]));
        refused(EINVAL, timer_create(CLOCK_MONOTONIC, SigEvent.kevent(-1, new SigVal()), id));
        int timer = create(CLOCK_MONOTONIC, 1);
        arm(timer, 5000 * MS, 2000 * MS);
        ItimerSpec old = spec(7, 7);
        for (long[] bad : new long[][] {{0, -1}, {0, 1_000_000_000}, {-1, 0}, {Long.MIN_VALUE, 0}}) {
            ItimerSpec value = spec(1, 0);
            value.it_value = new TimeSpec(bad[0], bad[1]);
            refused(EINVAL, timer_settime(timer, 0, value, old));
            refused(EINVAL, timer_settime(timer, TIMER_ABSTIME, value, old));
            ItimerSpec interval = spec(0, 0);
            interval.it_interval = new TimeSpec(bad[0], bad[1]);
            refused(EINVAL, timer_settime(timer, 0, interval, old));
        }
        refused(EINVAL, timer_settime(timer, 0, null, old));
        refused(EINVAL, timer_gettime(timer, null));
        assertEquals(7, old.it_value.toNanos());
        assertTrue(gettime(timer).it_value.toNanos() > 4000 * MS);
        assertEquals(2000 * MS, gettime(timer).it_interval.toNanos());
    }

    @Test
    void aTimeFarAwayNeverExpiresByOverflow() {
        int id = create(CLOCK_REALTIME, 1);
        ItimerSpec far = new ItimerSpec();
        far.it_value = new TimeSpec(Long.MAX_VALUE, 999_999_999);
        far.it_interval = new TimeSpec(Long.MAX_VALUE, 999_999_999);
        ok(timer_settime(id, 0, far, null));
        nothing(kfd, QUIET);
        ok(timer_settime(id, TIMER_ABSTIME, far, null));
        nothing(kfd, QUIET);
        assertTrue(gettime(id).it_value.tv_sec > 1_000_000_000L);
        far.it_value = new TimeSpec(0, 1);
        ok(timer_settime(id, 0, far, null));
        assertEquals(0, Support.take(kfd).result);
        nothing(kfd, QUIET);
    }

    @Test
    void anEarlierTimerWakesTheSleepingDriver() throws Exception {
        int late = create(CLOCK_MONOTONIC, 1);
        int early = create(CLOCK_MONOTONIC, 2);
        arm(late, 3600_000 * MS, 0);
        KeventRing ring = Support.ring(kfd);
        int seen = ring.state();
        AtomicReference<Thread> running = new AtomicReference<>();
        FutureTask<Integer> waiter = start(() -> {
            running.set(Thread.currentThread());
            return Kevent.kevent_wait(kfd, seen, null, null);
        });
        Support.until("the waiter runs", () -> running.get() != null);
        Support.untilAsleep(running.get());
        arm(early, 5 * MS, 0);
        assertEquals(0, Support.get(waiter));
        assertEquals(2, Support.take(kfd).cookie);
    }

    @Test
    void aDriverFiresTimersThoughNobodyCallsIn() {
        int id = create(CLOCK_MONOTONIC, 1);
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, 1));
        KeventRing ring = Support.ring(kfd);
        KeventStats stats = new KeventStats();
        for (int i = 1; i <= 5; i++) {
            int posted = i;
            arm(id, 2 * MS, 0);
            // the figures, unlike a look at the ring, do not drive the queue
            Support.until("the ring fills by itself", () -> {
                ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
                return stats.posted == posted;
            });
            assertTrue(ring.take(new KeventRecord()));
        }
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, 0));
    }

    @Test
    void withTheDriverOffTimersFireAtTheNextCall() {
        int id = create(CLOCK_MONOTONIC, 1);
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, Kevent.KEVENT_DRIVER_OFF));
        Support.untilTheDriverHasLooked();
        arm(id, MS, 0);
        passes(CLOCK_MONOTONIC, now(CLOCK_MONOTONIC) + 50 * MS);
        KeventStats stats = new KeventStats();
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
        assertEquals(0, stats.posted);
        assertEquals(1, Support.ring(kfd).unread());
    }

    @Test
    void withTheDriverOffTimersAreLeftAloneAlsoWhereOtherThingsComplete() {
        Queue queue = Queues.own(kfd);
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, Kevent.KEVENT_DRIVER_OFF));
        int[] pipe = EventSource.pipe();
        ok(Kevent.kevent_submit(kfd, KeventEvent.fd(pipe[0], Poll.POLLIN, SigVal.of(2)), 0, null));
        arm(create(CLOCK_MONOTONIC, 1), MS, 0);
        passes(CLOCK_MONOTONIC, now(CLOCK_MONOTONIC) + 2 * MS);
        ByteBuffer one = Memory.allocate(1);
        assertEquals(1, Native.C.write(pipe[1], Memory.address(one), 1));
        Reference.reachabilityFence(one);
        Support.until("the driver has reaped", () -> queue.unread() > 0);
        Support.untilTheDriverHasLooked();
        assertEquals(1, queue.unread());
        // the record of this timer keeps the driver looking, which leaves the next one alone
        assertEquals(2, Support.take(kfd).cookie);
        assertEquals(1, Support.take(kfd).cookie);
        Unistd.close(pipe[0]);
        Unistd.close(pipe[1]);
    }

    @Test
    void timersOfADestroyedQueueAreMuteAndCanBeDeleted() {
        int other = Support.queue(4);
        int[] id = new int[1];
        ok(timer_create(CLOCK_MONOTONIC, SigEvent.kevent(other, new SigVal()), id));
        arm(id[0], MS, MS);
        Support.destroy(other);
        refused(EINVAL, timer_settime(id[0], 0, spec(1, 0), null));
        ok(timer_delete(id[0]));
        refused(EINVAL, timer_delete(id[0]));
    }

    @Test
    void aDestroyedQueueIsCollectedThoughItsTimersAreNotDeleted() {
        int[] ids = new int[3];
        WeakReference<?> queue = destroyedWithTimers(ids);
        Support.until("the queue and its ring are collected", () -> {
            System.gc();
            return queue.get() == null;
        });
        for (int id : ids) {
            refused(EINVAL, timer_gettime(id, new ItimerSpec()));
            refused(EINVAL, timer_getoverrun(id));
            ok(timer_delete(id));
            refused(EINVAL, timer_delete(id));
        }
    }

    /** In a frame of its own, so that nothing on the stack holds the queue. */
    private static WeakReference<?> destroyedWithTimers(int[] ids) {
        int[] clocks = {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_PROCESS_CPUTIME_ID};
        int other = Support.queue(4);
        WeakReference<?> queue = new WeakReference<>(Queues.own(other));
        int[] id = new int[1];
        for (int i = 0; i < ids.length; i++) {
            ok(timer_create(clocks[i], SigEvent.kevent(other, new SigVal()), id));
            ids[i] = id[0];
            arm(id[0], MS, MS);
        }
        Support.destroy(other);
        return queue;
    }

    @Test
    void aTimerIsDeletedOnceWhileItsQueueIsDestroyed() throws Exception {
        int rounds = 300;
        for (int i = 0; i < rounds; i++) {
            int other = Support.queue(4);
            int[] id = new int[1];
            int clock = i % 4 == 0 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
            ok(timer_create(clock, SigEvent.kevent(other, new SigVal()), id));
            arm(id[0], 1000 * MS, MS);
            CyclicBarrier start = new CyclicBarrier(3);
            Callable<Integer> delete = () -> {
                start.await();
                return timer_delete(id[0]);
            };
            FutureTask<Integer> one = start(delete);
            FutureTask<Integer> two = start(delete);
            start.await();
            Support.destroy(other);
            assertEquals(-1, Support.get(one) + Support.get(two), "one of them deletes it, round " + i);
            refused(EINVAL, timer_delete(id[0]));
        }
    }

    @Test
    void aSilentTimerTellsItsTimeAndNothingElse() {
        int[] id = new int[1];
        ok(timer_create(CLOCK_MONOTONIC, new SigEvent(), id));
        arm(id[0], 3600_000 * MS, 0);
        assertTrue(gettime(id[0]).it_value.toNanos() > 0);
        arm(id[0], MS, 0);
        passes(CLOCK_MONOTONIC, now(CLOCK_MONOTONIC) + 2 * MS);
        assertEquals(0, gettime(id[0]).it_value.toNanos());
        arm(id[0], MS, 50 * MS);
        passes(CLOCK_MONOTONIC, now(CLOCK_MONOTONIC) + 3 * MS);
        long left = gettime(id[0]).it_value.toNanos();
        assertTrue(left > 0 && left <= 50 * MS);
        assertEquals(0, timer_getoverrun(id[0]));
        ok(timer_delete(id[0]));
    }

    @Test
    void cpuTimeOfTheProcessDrivesATimer() {
        int id = create(CLOCK_PROCESS_CPUTIME_ID, 9);
        long begin = now(CLOCK_PROCESS_CPUTIME_ID);
        arm(id, 30 * MS, 0);
        long left = gettime(id).it_value.toNanos();
        assertTrue(left > 0 || now(CLOCK_PROCESS_CPUTIME_ID) - begin >= 30 * MS);
        KeventRecord record = burnUntilTaken();
        assertEquals(9, record.cookie);
        assertTrue(now(CLOCK_PROCESS_CPUTIME_ID) - begin >= 30 * MS);
        long armed = now(CLOCK_PROCESS_CPUTIME_ID);
        arm(id, 10 * MS, 10 * MS);
        long[] told = new long[1];
        Support.until(
                "overruns",
                // the thread that counts them may be late once
                () -> {
                    passes(CLOCK_PROCESS_CPUTIME_ID, now(CLOCK_PROCESS_CPUTIME_ID) + 60 * MS);
                    KeventRecord one = burnUntilTaken();
                    told[0] += 1 + one.result;
                    assertTrue(told[0] <= (now(CLOCK_PROCESS_CPUTIME_ID) - armed) / (10 * MS), "told: " + told[0]);
                    assertEquals(one.result, timer_getoverrun(id));
                    return one.result >= 2;
                });
        ok(timer_delete(id));
        nothing(kfd, QUIET);
    }

    @Test
    void cpuTimeOfAThreadDrivesATimer() {
        int id = create(CLOCK_THREAD_CPUTIME_ID, 4);
        arm(id, 20 * MS, 0);
        assertEquals(4, burnUntilTaken().cookie);
        ok(timer_delete(id));
    }

    @Test
    void theCpuClockOfThisProcessByItsIdDrivesATimer() {
        int[] clock = new int[1];
        assertEquals(0, Time.clock_getcpuclockid((int) ProcessHandle.current().pid(), clock));
        int id = create(clock[0], 6);
        arm(id, 10 * MS, 0);
        assertEquals(6, burnUntilTaken().cookie);
        ok(timer_delete(id));
    }

    private KeventRecord burnUntilTaken() {
        KeventRing ring = Support.ring(kfd);
        KeventRecord record = new KeventRecord();
        Support.until("the CPU timer expires", () -> {
            passes(CLOCK_THREAD_CPUTIME_ID, now(CLOCK_THREAD_CPUTIME_ID) + MS);
            return ring.take(record);
        });
        return record;
    }

    @Test
    void deletingAndRearmingAgainstATakingThreadDeliversNothingAfterTheCall() throws Exception {
        int rounds = 300_000;
        long seed = System.nanoTime();
        System.out.println("deletingAndRearmingAgainstATakingThreadDeliversNothingAfterTheCall seed " + seed);
        java.util.SplittableRandom random = new java.util.SplittableRandom(seed);
        AtomicInteger finished = new AtomicInteger();
        AtomicInteger round = new AtomicInteger();
        KeventRing ring = Support.ring(kfd);
        FutureTask<Integer> taker = start(() -> {
            KeventRecord record = new KeventRecord();
            int taken = 0;
            while (finished.get() == 0) {
                // every call of an earlier round has returned
                int before = round.get();
                if (ring.take(record)) {
                    taken++;
                    assertTrue(record.cookie >= before, "round " + record.cookie + " delivered in round " + before);
                }
            }
            return taken;
        });
        ItimerSpec now = spec(1, 0);
        ItimerSpec off = new ItimerSpec();
        int[] id = new int[1];
        for (int i = 0; i < rounds; i++) {
            ok(timer_create(CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of((long) i)), id));
            ok(timer_settime(id[0], 0, now, null));
            kickDriver();
            for (int spin = random.nextInt(30); spin > 0; spin--) {
                Thread.onSpinWait();
            }
            if ((i & 1) == 0) {
                ok(timer_settime(id[0], 0, off, null));
            }
            ok(timer_delete(id[0]));
            round.set(i + 1);
        }
        finished.set(1);
        int taken = Support.get(taker);
        assertTrue(taken > 0 && taken < rounds, taken + " of " + rounds + " taken: the race was not run");
        assertEquals(0, ring.unread());
        KeventStats stats = new KeventStats();
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
        assertEquals(0, stats.armed);
    }

    @Test
    void armingAndDisarmingAllocatesNothingAndMakesNoSystemCall() {
        int id = create(CLOCK_MONOTONIC, 1);
        ItimerSpec on = spec(3600_000 * MS, 0);
        ItimerSpec off = new ItimerSpec();
        KeventStats stats = new KeventStats();
        long bytes = 0;
        long calls = 0;
        for (int i = 0; i < 120_000; i++) {
            if (i == 20_000) {
                ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
                calls = stats.systemCalls;
                bytes = Support.allocatedBytes();
            }
            timer_settime(id, 0, on, null);
            timer_settime(id, 0, off, null);
        }
        bytes = Support.allocatedBytes() - bytes;
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
        assertTrue(bytes <= 100_000, bytes + " bytes for 100,000 pairs");
        assertEquals(calls, stats.systemCalls);
    }

    @Test
    void tenThousandTimersOfOneQueueEachExpire() {
        int n = 10_000;
        int many = Support.queue(n);
        int[] id = new int[1];
        java.util.SplittableRandom random = new java.util.SplittableRandom(7);
        Set<Integer> open = new HashSet<>();
        for (int i = 0; i < n; i++) {
            ok(timer_create(CLOCK_MONOTONIC, SigEvent.kevent(many, SigVal.of(i)), id));
            open.add(id[0]);
            arm(id[0], 1 + random.nextLong(100 * MS), 0);
        }
        for (int i = 0; i < n; i++) {
            assertTrue(open.remove(Support.take(many).descriptor));
        }
        assertTrue(open.isEmpty());
        Support.destroy(many);
    }

    @Test
    void theObjectFaceArmsAndReadsTimers() throws Exception {
        try (KeventQueue queue = KeventQueue.open(4);
                KeventTimer timer = queue.timer(CLOCK_MONOTONIC, SigVal.of("tick"))) {
            timer.every(Duration.ofMillis(1));
            for (int i = 0; i < 5; i++) {
                KeventRecord record = queue.take();
                assertEquals("tick", record.object);
                assertEquals(timer.id(), record.descriptor);
            }
            timer.once(Duration.ofHours(1));
            assertTrue(timer.remaining().toMinutes() >= 59);
            timer.disarm();
            assertTrue(timer.remaining().isZero());
            assertFalse(queue.poll(new KeventRecord(), QUIET));
        }
        try (KeventQueue queue = KeventQueue.open(4);
                KeventTimer timer = queue.timer(CLOCK_REALTIME, SigVal.of("noon"))) {
            timer.at(java.time.Instant.EPOCH.plusNanos(1));
            assertEquals(0, queue.take().result);
        }
    }
}
