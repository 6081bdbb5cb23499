package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.CLOCK_PROCESS_CPUTIME_ID;
import static org.sigkevent.Time.CLOCK_REALTIME;
import static org.sigkevent.Time.timer_delete;
import static org.sigkevent.Time.timer_gettime;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;
import static org.sigkevent.compat.Assertion.Strength.MAY;
import static org.sigkevent.compat.TimerScene.MS;
import static org.sigkevent.compat.TimerScene.SECOND;
import static org.sigkevent.compat.TimerScene.arm;
import static org.sigkevent.compat.TimerScene.armAt;
import static org.sigkevent.compat.TimerScene.disarm;
import static org.sigkevent.compat.TimerScene.interval;
import static org.sigkevent.compat.TimerScene.left;
import static org.sigkevent.compat.TimerScene.monotonic;
import static org.sigkevent.compat.TimerScene.now;
import static org.sigkevent.compat.TimerScene.passes;
import static org.sigkevent.compat.TimerScene.spec;
import static org.sigkevent.compat.TimerScene.within;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.ItimerSpec;
import org.sigkevent.SigEvent;
import org.sigkevent.Support;

/** timer_gettime. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class TimerGettimeIT {
    private static final long SOON = Support.SOON.toNanos();

    private TimerScene scene;
    private int id;

    @BeforeEach
    void open() {
        scene = new TimerScene(8);
        id = scene.create(CLOCK_MONOTONIC, 1);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    @Assertion(id = "timer_gettime/1-1", says = "Just armed, a timer has all of its time left and never more.")
    void aTimerJustArmedHasAllItsTimeLeft() {
        arm(id, 500 * SECOND, 0);
        within("what is left", 500 * SECOND - SOON, left(id), 500 * SECOND);
    }

    @Test
    @Assertion(id = "timer_gettime/1-2", says = "What is left shrinks as the clock goes on.")
    void whatIsLeftShrinksWithTheClock() {
        long begin = monotonic();
        arm(id, 800 * SECOND, 0);
        long armed = monotonic();
        for (int i = 0; i < 5; i++) {
            passes(10 * MS);
            long asked = monotonic();
            long left = left(id);
            within("what is left", begin + 800 * SECOND - monotonic(), left, armed + 800 * SECOND - asked);
        }
    }

    @Test
    @Assertion(id = "timer_gettime/1-4", says = "After the first expiry the period counts down, and is told unchanged.")
    void afterTheFirstExpiryThePeriodCountsDown() {
        long period = 802 * SECOND + 2 * MS;
        arm(id, MS, period);
        scene.take();
        within("what is left", period - SOON, left(id), period);
        assertEquals(period, interval(id));
    }

    @Test
    @Assertion(id = "timer_gettime/2-1", says = "A timer that was never armed has no time left.")
    void aTimerNeverArmedSaysZero() {
        ItimerSpec spec = spec(9, 9);
        assertEquals(0, timer_gettime(id, spec));
        assertEquals(0, spec.it_value.toNanos());
        assertEquals(0, spec.it_interval.toNanos());
    }

    @Test
    @Assertion(
            id = "timer_gettime/3-1",
            says = "The time is one from now, though the timer was armed with an absolute one.")
    void theTimeIsRelativeThoughSetAbsolute() {
        int timer = scene.create(CLOCK_REALTIME, 2);
        armAt(timer, now(CLOCK_REALTIME) + 200 * SECOND, 0);
        within("what is left", 200 * SECOND - SOON, left(timer), 200 * SECOND);
    }

    @Test
    @Assertion(id = "timer_gettime/4-1", says = "Success is 0.")
    void successIsZero() {
        assertEquals(0, timer_gettime(id, new ItimerSpec()));
        arm(id, SECOND, SECOND);
        assertEquals(0, timer_gettime(id, new ItimerSpec()));
    }

    @Test
    @Assertion(id = "timer_gettime/5-1", says = "Failure is -1.")
    void failureIsMinusOne() {
        assertEquals(-1, timer_gettime(-1, new ItimerSpec()));
    }

    @Test
    @Assertion(
            id = "timer_gettime/speculative/6-1",
            says = "An id that was never given out is EINVAL.",
            strength = MAY,
            choice = "EINVAL.")
    void anIdNeverGivenOutIsEinval() {
        for (int none : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            refused(EINVAL, timer_gettime(none, new ItimerSpec()));
        }
    }

    @Test
    @Assertion(
            id = "timer_gettime/speculative/6-2",
            says = "The id after a live one is EINVAL.",
            strength = MAY,
            choice = "EINVAL.")
    void theIdAfterTheLastIsEinval() {
        refused(EINVAL, timer_gettime(id + 1, new ItimerSpec()));
    }

    @Test
    @Assertion(
            id = "timer_gettime/x-periodic-pending",
            says = "A periodic timer whose record is unread tells the time to its next expiry.")
    void aPeriodicTimerWithAnUnreadRecordTellsItsNextExpiry() {
        long start = monotonic() + 5 * MS;
        long period = 20 * MS;
        armAt(id, start, period);
        passes(CLOCK_MONOTONIC, start + 5 * period);
        for (int i = 0; i < 3; i++) {
            long before = monotonic();
            long left = left(id);
            long after = monotonic();
            within("what is left", 1, left, period);
            // the expiry it speaks of is on the grid: some time from before to after is as far from it
            long distance = Math.floorMod(before + left - start, period);
            within("distance from the grid", 0, Math.min(distance, period - distance), after - before);
            scene.drive();
            assertEquals(1, scene.ring.unread());
        }
    }

    @Test
    @Assertion(
            id = "timer_gettime/x-oneshot-unaccepted",
            says = "A one-shot that has expired says zero though nobody took its record.")
    void anExpiredOneShotSaysZeroThoughUnread() {
        arm(id, 5 * MS, 0);
        passes(10 * MS);
        assertEquals(0, left(id));
        assertEquals(0, interval(id));
        scene.take();
        arm(id, 5 * MS, 0);
        scene.untilUnread();
        assertEquals(0, left(id));
        assertEquals(1, scene.ring.unread());
    }

    @Test
    @Assertion(
            id = "timer_gettime/p-expired-record",
            says = "When a one-shot says that it has expired its record can be taken.",
            strength = KEVENT)
    void aTimerThatSaysItExpiredHasItsRecord() {
        int real = scene.create(CLOCK_REALTIME, 2);
        for (int timer : new int[] {id, real}) {
            arm(timer, 2 * MS, 0);
            Support.until("it has expired", () -> left(timer) == 0);
            assertEquals(1, scene.ring.unread());
            assertEquals(timer, scene.take().descriptor);
        }
    }

    @Test
    @Assertion(id = "timer_gettime/p-disarmed", says = "A timer that was disarmed has no time left.")
    void aDisarmedTimerSaysZero() {
        arm(id, 500 * SECOND, 500 * SECOND);
        disarm(id);
        assertEquals(0, left(id));
    }

    @Test
    @Assertion(
            id = "timer_gettime/p-disarmed-period",
            says = "Which period a disarmed timer tells is left open.",
            strength = CHOICE,
            choice = "Zero after a disarm, whatever period came with it.")
    void aDisarmedTimerTellsNoPeriod() {
        arm(id, 500 * SECOND, 500 * SECOND);
        ok(org.sigkevent.Time.timer_settime(id, 0, spec(0, 500 * SECOND), null));
        assertEquals(0, interval(id));
    }

    @Test
    @Assertion(id = "timer_gettime/p-changes-nothing", says = "Asking does not change when a timer expires.")
    void askingChangesNothing() {
        long at = monotonic() + 30 * MS;
        armAt(id, at, 0);
        while (left(id) > 0) {
            Thread.onSpinWait();
        }
        within("the clock", at, monotonic(), at + SOON);
        assertEquals(at, scene.take().time_ns);
    }

    @Test
    @Assertion(
            id = "timer_gettime/p-silent",
            says = "A SIGEV_NONE timer is there to be asked: it counts down, and says zero when it is over.")
    void aSilentTimerCanBeAsked() {
        int silent = TimerScene.create(CLOCK_MONOTONIC, new SigEvent());
        arm(silent, 500 * SECOND, 0);
        within("what is left", 500 * SECOND - SOON, left(silent), 500 * SECOND);
        arm(silent, 2 * MS, 0);
        passes(3 * MS);
        assertEquals(0, left(silent));
        arm(silent, MS, 50 * MS);
        passes(60 * MS);
        within("what is left of the period", 1, left(silent), 50 * MS);
        ok(timer_delete(silent));
    }

    @Test
    @Assertion(
            id = "timer_gettime/p-cpu",
            says = "What is left of a CPU-time timer shrinks by the CPU time used, not by time.")
    void aCpuTimerCountsCpuTime() {
        int cpu = scene.create(CLOCK_PROCESS_CPUTIME_ID, 3);
        long begin = now(CLOCK_PROCESS_CPUTIME_ID);
        arm(cpu, 500 * SECOND, 7 * SECOND);
        long armed = now(CLOCK_PROCESS_CPUTIME_ID);
        TimerScene.burn(20 * MS);
        long asked = now(CLOCK_PROCESS_CPUTIME_ID);
        long left = left(cpu);
        // the kernel may look at a process's time a tick late
        long tick = 20 * MS;
        within(
                "left",
                begin + 500 * SECOND - now(CLOCK_PROCESS_CPUTIME_ID) - tick,
                left,
                armed + 500 * SECOND - asked + tick);
        assertEquals(7 * SECOND, interval(cpu));
        ok(timer_delete(cpu));
        refused(EINVAL, timer_gettime(cpu, new ItimerSpec()));
    }

    @Test
    @Assertion(
            id = "timer_gettime/p-deleted",
            says = "The id of a deleted timer is EINVAL.",
            strength = MAY,
            choice = "EINVAL.")
    void aDeletedIdIsEinval() {
        ok(timer_delete(id));
        ItimerSpec spec = spec(9, 9);
        refused(EINVAL, timer_gettime(id, spec));
        assertEquals(9, spec.it_value.toNanos());
    }

    @Test
    @Assertion(
            id = "timer_gettime/p-null",
            says = "Without a place for the answer there is none.",
            strength = CHOICE,
            choice = "EINVAL.")
    void aNullPlaceIsEinval() {
        refused(EINVAL, timer_gettime(id, null));
    }
}
