package org.sigkevent.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Support;
import org.sigkevent.core.Clocks;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;

/** TimerTable and waits when a clock is set, on clocks that the test steps. */
@Timeout(60)
class SteppedClockTest {
    private static final long SECOND = 1_000_000_000L;

    /** Clocks that stand still until they are stepped, or that run and can be set. */
    private static final class StepClocks implements Clocks {
        private final boolean running;
        private volatile long monotonic = 1000 * SECOND;
        private volatile long ahead = 1_000_000 * SECOND;

        StepClocks(boolean running) {
            this.running = running;
        }

        @Override
        public long now(int clock) {
            long now = running ? System.nanoTime() : monotonic;
            return clock == Linux.CLOCK_REALTIME
                    ? now + ahead
                    : clock == Linux.CLOCK_TAI ? now + ahead + 37 * SECOND : now;
        }
    }

    private Queue queue;

    @AfterEach
    void destroy() {
        queue.destroy();
    }

    private ClockTimer timer(int clock, long cookie) {
        return ClockTimer.create(clock, id -> Destination.records(queue, cookie, null));
    }

    private boolean ready() {
        queue.drive();
        return queue.unread() > 0;
    }

    @Test
    void anAbsoluteTimerFollowsTheClockThatIsSetAndARelativeOneDoesNot() throws Exception {
        StepClocks clocks = new StepClocks(true);
        queue = Queue.create(8, clocks, ended -> {});
        ClockTimer absolute = timer(Linux.CLOCK_REALTIME, 1);
        ClockTimer relative = timer(Linux.CLOCK_REALTIME, 2);
        ClockTimer tai = timer(Linux.CLOCK_TAI, 3);
        absolute.set(true, clocks.now(Linux.CLOCK_REALTIME) + 3600 * SECOND, 0, null);
        relative.set(false, 3600 * SECOND, 0, null);
        tai.set(true, clocks.now(Linux.CLOCK_TAI) + 3600 * SECOND, 0, null);
        RingRecord record = new RingRecord();
        int state = queue.state();
        FutureTask<Integer> waiter =
                new FutureTask<>(() -> queue.await(state, Linux.CLOCK_MONOTONIC, Long.MAX_VALUE, false, 0));
        Thread driver = new Thread(waiter);
        driver.start();
        Support.untilAsleep(driver);
        assertFalse(ready());
        clocks.ahead += 3601 * SECOND;
        queue.deadlines().clockWasSet();
        int rc = Support.get(waiter);
        assertTrue(rc == 0 || rc == -Errnos.EWOULDBLOCK, "the jump wakes the sleeping driver");
        Support.until("both absolute timers fire", () -> {
            queue.drive();
            return queue.unread() == 2;
        });
        assertTrue(queue.take(record) && record.cookie != 2);
        assertTrue(queue.take(record) && record.cookie != 2);
        TimerSetting left = new TimerSetting();
        relative.get(left);
        assertTrue(left.valueNanos > 3500 * SECOND);
    }

    @Test
    void aClockSetBackPutsAnAbsoluteTimerOff() {
        StepClocks clocks = new StepClocks(false);
        queue = Queue.create(8, clocks, ended -> {});
        ClockTimer timer = timer(Linux.CLOCK_REALTIME, 1);
        timer.set(true, clocks.now(Linux.CLOCK_REALTIME) + 10 * SECOND, 5 * SECOND, null);
        clocks.ahead -= 100 * SECOND;
        clocks.monotonic += 20 * SECOND;
        assertFalse(ready());
        TimerSetting left = new TimerSetting();
        timer.get(left);
        assertEquals(90 * SECOND, left.valueNanos);
        clocks.monotonic += 90 * SECOND;
        assertTrue(ready());
        clocks.monotonic += 12 * SECOND;
        RingRecord record = new RingRecord();
        assertTrue(queue.take(record));
        assertEquals(2, record.result);
        assertEquals(2, timer.overrun());
        timer.get(left);
        assertEquals(3 * SECOND, left.valueNanos);
    }

    @Test
    void aWaitForATimeOfTheClockEndsWhenTheClockIsSetPastIt() throws Exception {
        StepClocks clocks = new StepClocks(true);
        queue = Queue.create(8, clocks, ended -> {});
        long until = clocks.now(Linux.CLOCK_REALTIME) + 3600 * SECOND;
        FutureTask<Integer> waiter =
                Support.start(() -> queue.await(queue.state(), Linux.CLOCK_REALTIME, until, false, 0));
        Support.until("it waits", () -> queue.deadlines().size() == 1);
        clocks.ahead += 3601 * SECOND;
        queue.deadlines().clockWasSet();
        assertEquals(-Errnos.ETIMEDOUT, Support.get(waiter));
    }

    /** What a timer should do, second by second. */
    private static final class Model {
        // on the clock that it was armed on; 0 disarmed
        long next;
        long interval;
        boolean absolute;
        boolean unread;
    }

    @Test
    void timersAgreeWithASimpleModelUnderRandomSteps() {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("SteppedClockTest: sigkevent.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        StepClocks clocks = new StepClocks(false);
        queue = Queue.create(16, clocks, ended -> {});
        // nobody else looks at the clock
        queue.driver(0);
        Support.untilTheDriverHasLooked();
        int n = 12;
        List<ClockTimer> timers = new ArrayList<>();
        Model[] models = new Model[n];
        for (int i = 0; i < n; i++) {
            timers.add(timer(Linux.CLOCK_REALTIME, i));
            models[i] = new Model();
        }
        RingRecord record = new RingRecord();
        TimerSetting setting = new TimerSetting();
        for (int step = 0; step < 50_000; step++) {
            int i = random.nextInt(n);
            Model m = models[i];
            switch (random.nextInt(6)) {
                case 0:
                    m.absolute = random.nextBoolean();
                    m.interval = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(20);
                    long value = random.nextInt(40);
                    long base = now(clocks, m);
                    m.next = value == 0 ? 0 : base + value - (m.absolute ? 15 : 0);
                    m.unread = false;
                    timers.get(i).set(m.absolute, value == 0 ? 0 : m.absolute ? m.next : value, m.interval, null);
                    break;
                case 1:
                    m.next = 0;
                    m.unread = false;
                    timers.get(i).set(false, 0, 0, null);
                    break;
                case 2:
                    clocks.monotonic += random.nextInt(10);
                    break;
                case 3:
                    long jump = random.nextInt(60) - 30;
                    clocks.ahead += jump;
                    break;
                case 4:
                    queue.drive();
                    due(clocks, models);
                    if (queue.take(record)) {
                        m = models[(int) record.cookie];
                        assertTrue(m.unread, "step " + step + ": timer " + record.cookie + " had nothing to say");
                        m.unread = false;
                        long overrun = 0;
                        if (m.interval == 0) {
                            m.next = 0;
                        } else {
                            long late = Math.max(0, now(clocks, m) - m.next);
                            overrun = late / m.interval;
                            m.next += (overrun + 1) * m.interval;
                        }
                        assertEquals(overrun, record.result, "step " + step);
                    }
                    break;
                default:
                    queue.drive();
                    due(clocks, models);
                    timers.get(i).get(setting);
                    assertEquals(left(clocks, m), setting.valueNanos, "step " + step);
            }
            if (random.nextInt(3) == 0) {
                queue.drive();
                due(clocks, models);
            }
            int unread = 0;
            for (Model one : models) {
                unread += one.unread ? 1 : 0;
            }
            assertEquals(unread, queue.unread(), "step " + step);
        }
        assertEquals(n, queue.figures().armed);
    }

    private static long now(StepClocks clocks, Model m) {
        return clocks.now(m.absolute ? Linux.CLOCK_REALTIME : Linux.CLOCK_MONOTONIC);
    }

    private static void due(StepClocks clocks, Model[] models) {
        for (Model m : models) {
            if (m.next != 0 && !m.unread && now(clocks, m) >= m.next) {
                m.unread = true;
            }
        }
    }

    private static long left(StepClocks clocks, Model m) {
        if (m.next == 0 || m.unread && m.interval == 0) {
            return 0;
        }
        long left = m.next - now(clocks, m);
        return left > 0 ? left : m.interval - (-left) % m.interval;
    }
}
