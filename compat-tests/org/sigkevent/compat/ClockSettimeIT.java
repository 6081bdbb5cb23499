package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EPERM;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Time.CLOCK_BOOTTIME;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.CLOCK_PROCESS_CPUTIME_ID;
import static org.sigkevent.Time.CLOCK_REALTIME;
import static org.sigkevent.Time.CLOCK_TAI;
import static org.sigkevent.Time.CLOCK_THREAD_CPUTIME_ID;
import static org.sigkevent.Time.clock_settime;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.MAY;
import static org.sigkevent.compat.TimerScene.MS;
import static org.sigkevent.compat.TimerScene.SECOND;
import static org.sigkevent.compat.TimerScene.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Errno;
import org.sigkevent.Support;
import org.sigkevent.TimeSpec;
import org.sigkevent.core.Clocks;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Threads;
import org.sigkevent.timer.ClockTimer;
import org.sigkevent.timer.Sleeps;
import org.sigkevent.timer.TimerSetting;

/**
 * clock_settime, and what it does to timers and sleeps. The machine's clock is not touched: what follows a setting is tested
 * with a queue that has clocks of its own, and that is told when they are set, as the kernel tells it of the machine's.
 */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class ClockSettimeIT {
    private static final Sleeps.Waiting UNTIL_INTERRUPTED = new Sleeps.Waiting() {
        @Override
        public int sleep(long deadline) {
            return Threads.sleep(deadline);
        }

        @Override
        public int await(Queue queue, int seen, int clock, long deadline) {
            return queue.await(seen, clock, deadline, false, 0);
        }
    };

    /** Has the tests that set CLOCK_REALTIME (to the time that it shows) do so. */
    private static final String ALLOWED = "sigkevent.test.settime";

    /** Clocks that can be set: CLOCK_REALTIME is ahead of CLOCK_MONOTONIC, which goes on by itself or stands. */
    private static final class SetClocks implements Clocks {
        private volatile long stoppedAt;
        private volatile long ahead = 1_000_000 * SECOND;

        @Override
        public long now(int clock) {
            long now = stoppedAt != 0 ? stoppedAt : System.nanoTime();
            return clock == CLOCK_REALTIME ? now + ahead : clock == CLOCK_TAI ? now + ahead + 37 * SECOND : now;
        }

        void stop() {
            stoppedAt = System.nanoTime();
        }
    }

    private final SetClocks clocks = new SetClocks();
    private final RingRecord record = new RingRecord();
    private Queue queue;

    @BeforeEach
    void open() {
        queue = Queue.create(8, clocks, ended -> {});
    }

    @AfterEach
    void close() {
        queue.destroy();
    }

    private ClockTimer timer(int clock, long cookie) {
        return ClockTimer.create(clock, id -> Destination.records(queue, cookie, null));
    }

    /** Sets CLOCK_REALTIME so much ahead, or back. */
    private void set(long nanos) {
        clocks.ahead += nanos;
        queue.deadlines().clockWasSet();
    }

    private boolean fired() {
        queue.drive();
        return queue.unread() > 0;
    }

    private long left(ClockTimer timer) {
        TimerSetting setting = new TimerSetting();
        assertEquals(0, timer.get(setting));
        return setting.valueNanos;
    }

    private long real() {
        return clocks.now(CLOCK_REALTIME);
    }

    private static void assumeSettable() throws Exception {
        assumeTrue(
                Boolean.getBoolean(ALLOWED) && TimerChild.maySetTheClock(),
                "sets the machine's clock: only with -D" + ALLOWED + "=true and CAP_SYS_TIME");
    }

    @Test
    @Assertion(id = "clock_settime/1-1", says = "CLOCK_REALTIME can be set by whoever may.")
    void realtimeCanBeSet() throws Exception {
        assumeSettable();
        TimeSpec now = TimeSpec.ofNanos(TimerScene.now(CLOCK_REALTIME));
        assertEquals(0, clock_settime(CLOCK_REALTIME, now));
        within("the clock", now.toNanos(), TimerScene.now(CLOCK_REALTIME), now.toNanos() + Support.SOON.toNanos());
    }

    @Test
    @Assertion(
            id = "clock_settime/4-1",
            says = "An absolute CLOCK_REALTIME timer fires when the clock is set past its time.")
    void anAbsoluteTimerFiresWhenTheClockIsSetPastIt() {
        ClockTimer timer = timer(CLOCK_REALTIME, 1);
        timer.set(true, real() + 3600 * SECOND, 0, null);
        assertFalse(fired());
        set(3601 * SECOND);
        assertTrue(fired());
        assertTrue(queue.take(record));
        assertEquals(0, record.result);
        assertEquals(0, left(timer));
    }

    @Test
    @Assertion(
            id = "clock_settime/4-2",
            says = "Set back, the clock has to reach an absolute timer's time all the same.")
    void anAbsoluteTimerWaitsForAClockThatWasSetBack() {
        clocks.stop();
        ClockTimer timer = timer(CLOCK_REALTIME, 1);
        timer.set(true, real() + 10 * SECOND, 0, null);
        set(-100 * SECOND);
        clocks.stoppedAt += 109 * SECOND;
        assertFalse(fired());
        assertEquals(SECOND, left(timer));
        clocks.stoppedAt += SECOND;
        assertTrue(fired());
    }

    @Test
    @Assertion(id = "clock_settime/5-1", says = "A relative CLOCK_REALTIME timer does not mind the clock being set.")
    void aRelativeTimerDoesNotMind() {
        clocks.stop();
        ClockTimer timer = timer(CLOCK_REALTIME, 1);
        timer.set(false, 10 * SECOND, 0, null);
        set(3600 * SECOND);
        assertFalse(fired());
        assertEquals(10 * SECOND, left(timer));
        set(-7200 * SECOND);
        clocks.stoppedAt += 10 * SECOND - 1;
        assertFalse(fired());
        assertEquals(1, left(timer));
        clocks.stoppedAt += 1;
        assertTrue(fired());
    }

    @Test
    @Assertion(id = "clock_settime/5-2", says = "Neither do the periods of a relative timer.")
    void periodsOfARelativeTimerDoNotMind() {
        clocks.stop();
        ClockTimer timer = timer(CLOCK_REALTIME, 1);
        timer.set(false, 10 * SECOND, 5 * SECOND, null);
        for (long step : new long[] {3600 * SECOND, -7200 * SECOND, 1, -SECOND}) {
            clocks.stoppedAt += left(timer);
            assertTrue(fired());
            assertTrue(queue.take(record));
            assertEquals(0, record.result);
            set(step);
            assertFalse(fired());
            assertEquals(5 * SECOND, left(timer));
        }
        clocks.stoppedAt += 17 * SECOND;
        assertTrue(fired());
        assertTrue(queue.take(record));
        assertEquals(2, record.result);
    }

    @Test
    @Assertion(
            id = "clock_settime/6-1",
            says = "A sleep until a time of CLOCK_REALTIME ends when the clock is set past it.")
    void anAbsoluteSleepFollowsTheClock() throws Exception {
        long until = real() + 3600 * SECOND;
        FutureTask<Integer> sleeper =
                Support.start(() -> Sleeps.sleep(UNTIL_INTERRUPTED, queue, CLOCK_REALTIME, true, until, null));
        Support.until("it sleeps", () -> queue.deadlines().size() == 1);
        set(-60 * SECOND);
        set(1800 * SECOND);
        assertFalse(sleeper.isDone());
        set(1861 * SECOND);
        assertEquals(0, Support.get(sleeper));
    }

    private void aRelativeSleepLasts(long step) throws Exception {
        long begin = System.nanoTime();
        FutureTask<Integer> sleeper =
                Support.start(() -> Sleeps.sleep(UNTIL_INTERRUPTED, queue, CLOCK_REALTIME, false, 200 * MS, null));
        while (!sleeper.isDone()) {
            set(step);
            TimerScene.passes(10 * MS);
        }
        assertEquals(0, Support.get(sleeper));
        within("elapsed", 200 * MS, System.nanoTime() - begin, Support.SOON.toNanos());
    }

    @Test
    @Assertion(id = "clock_settime/7-1", says = "A sleep of a length does not mind the clock being set ahead.")
    void aRelativeSleepDoesNotMindAClockSetAhead() throws Exception {
        aRelativeSleepLasts(3600 * SECOND);
    }

    @Test
    @Assertion(id = "clock_settime/7-2", says = "Nor its being set back.")
    void aRelativeSleepDoesNotMindAClockSetBack() throws Exception {
        aRelativeSleepLasts(-3600 * SECOND);
    }

    @Test
    @Assertion(id = "clock_settime/8-1", says = "Success is 0.")
    void successIsZero() throws Exception {
        assumeSettable();
        assertEquals(0, clock_settime(CLOCK_REALTIME, TimeSpec.ofNanos(TimerScene.now(CLOCK_REALTIME))));
    }

    @Test
    @Assertion(id = "clock_settime/17-1", says = "CLOCK_MONOTONIC cannot be set: EINVAL.")
    void monotonicCannotBeSet() {
        long before = TimerScene.monotonic();
        refused(EINVAL, clock_settime(CLOCK_MONOTONIC, new TimeSpec(1, 0)));
        refused(EINVAL, clock_settime(CLOCK_BOOTTIME, new TimeSpec(1, 0)));
        assertTrue(TimerScene.monotonic() >= before);
    }

    @Test
    @Assertion(
            id = "clock_settime/17-2",
            says = "Setting a CPU clock is an option.",
            strength = MAY,
            choice = "It is refused, as on Linux: EPERM or EINVAL.")
    void cpuClocksCannotBeSet() {
        for (int clock : new int[] {CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID}) {
            long before = TimerScene.now(clock);
            assertEquals(-1, clock_settime(clock, new TimeSpec(0, 0)));
            assertTrue(Errno.errno() == EPERM || Errno.errno() == EINVAL, Errno.message());
            assertTrue(TimerScene.now(clock) >= before);
        }
    }

    @Test
    @Assertion(id = "clock_settime/19-1", says = "Nanoseconds outside 0 to 999,999,999 are EINVAL, whoever asks.")
    void badNanosecondsAreEinval() {
        for (long[] bad : TimerScene.BAD_NANOS) {
            refused(EINVAL, clock_settime(CLOCK_REALTIME, new TimeSpec(bad[0], bad[1])));
            refused(EINVAL, clock_settime(CLOCK_MONOTONIC, new TimeSpec(bad[0], bad[1])));
        }
    }

    @Test
    @Assertion(id = "clock_settime/20-1", says = "Who may not set CLOCK_REALTIME gets EPERM.")
    void withoutThePrivilegeItIsEperm() throws Exception {
        List<String> without = List.of();
        if (TimerChild.maySetTheClock()) {
            assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "no setpriv to give the privilege up with");
            without = List.of("/usr/bin/setpriv", "--bounding-set", "-sys_time", "--inh-caps", "-sys_time");
        }
        try (TimerChild child = TimerChild.startUnder(without, "settime")) {
            String answer = child.line();
            assumeTrue(answer != null && !answer.equals("allowed"), "the privilege could not be given up");
            assertEquals("-1 " + Errno.strerror(EPERM), answer);
        }
    }

    @Test
    @Assertion(id = "clock_settime/p-unknown", says = "A number that is no clock is EINVAL.")
    void anUnknownClockIsEinval() {
        for (int clock : TimerScene.NO_CLOCKS) {
            refused(EINVAL, clock_settime(clock, new TimeSpec(1, 0)));
        }
    }

    @Test
    @Assertion(
            id = "clock_settime/p-range",
            says = "A time before 1970 and a null one are left open.",
            strength = CHOICE,
            choice = "EINVAL.")
    void aTimeBeforeTheEpochIsEinval() {
        refused(EINVAL, clock_settime(CLOCK_REALTIME, new TimeSpec(-1, 0)));
        refused(EINVAL, clock_settime(CLOCK_REALTIME, new TimeSpec(Long.MIN_VALUE, 0)));
        refused(EINVAL, clock_settime(CLOCK_REALTIME, null));
    }

    @Test
    @Assertion(
            id = "clock_settime/p-driver",
            says = "Somebody who sleeps for an absolute timer's record is woken when the clock is set past it.")
    void aSleepingConsumerIsWokenByASetClock() throws Exception {
        timer(CLOCK_REALTIME, 6).set(true, real() + 3600 * SECOND, 0, null);
        int seen = queue.state();
        FutureTask<Integer> consumer =
                new FutureTask<>(() -> queue.await(seen, CLOCK_MONOTONIC, Long.MAX_VALUE, false, 0));
        Thread thread = new Thread(consumer, "consumer");
        thread.setDaemon(true);
        thread.start();
        Support.untilAsleep(thread);
        set(3601 * SECOND);
        assertEquals(0, Support.get(consumer));
        assertTrue(queue.take(record));
        assertEquals(6, record.cookie);
    }

    @Test
    @Assertion(
            id = "clock_settime/p-periods",
            says = "An absolute periodic timer counts the periods that a setting jumps over as overruns.")
    void periodsJumpedOverAreOverruns() {
        clocks.stop();
        ClockTimer timer = timer(CLOCK_REALTIME, 1);
        timer.set(true, real() + 10 * SECOND, 10 * SECOND, null);
        set(45 * SECOND);
        assertTrue(fired());
        assertTrue(queue.take(record));
        assertEquals(3, record.result);
        assertEquals(3, timer.overrun());
        assertEquals(5 * SECOND, left(timer));
        set(-45 * SECOND);
        assertFalse(fired());
        assertEquals(50 * SECOND, left(timer));
    }

    @Test
    @Assertion(
            id = "clock_settime/p-monotonic",
            says = "Timers on CLOCK_MONOTONIC do not mind CLOCK_REALTIME being set; those on CLOCK_TAI go with it.")
    void onlyTheClocksThatAreSetMatter() {
        clocks.stop();
        ClockTimer monotonic = timer(CLOCK_MONOTONIC, 1);
        ClockTimer tai = timer(CLOCK_TAI, 2);
        monotonic.set(true, clocks.now(CLOCK_MONOTONIC) + 10 * SECOND, 0, null);
        tai.set(true, clocks.now(CLOCK_TAI) + 10 * SECOND, 0, null);
        set(20 * SECOND);
        assertTrue(fired());
        assertTrue(queue.take(record));
        assertEquals(2, record.cookie);
        assertEquals(10 * SECOND, left(monotonic));
        assertFalse(fired());
    }
}
