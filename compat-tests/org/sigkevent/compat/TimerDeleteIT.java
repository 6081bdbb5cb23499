package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.CLOCK_PROCESS_CPUTIME_ID;
import static org.sigkevent.Time.timer_delete;
import static org.sigkevent.Time.timer_getoverrun;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;
import static org.sigkevent.compat.Assertion.Strength.MAY;
import static org.sigkevent.compat.TimerScene.MS;
import static org.sigkevent.compat.TimerScene.SECOND;
import static org.sigkevent.compat.TimerScene.arm;
import static org.sigkevent.compat.TimerScene.left;
import static org.sigkevent.compat.TimerScene.passes;
import static org.sigkevent.compat.TimerScene.within;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.Support;

/** timer_delete. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class TimerDeleteIT {
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
    @Assertion(id = "timer_delete/1-1", says = "A deleted timer never expires.")
    void aDeletedTimerNeverExpires() {
        arm(id, 30 * MS, 0);
        assertEquals(0, timer_delete(id));
        passes(30 * MS);
        scene.nothing();
    }

    @Test
    @Assertion(id = "timer_delete/2-1", says = "Deleting an armed timer disarms it, a periodic one too.")
    void deletingDisarms() {
        arm(id, 5 * MS, 5 * MS);
        scene.take();
        ok(timer_delete(id));
        scene.nothing();
    }

    @Test
    @Assertion(id = "timer_delete/3-1", says = "Success is 0.")
    void successIsZero() {
        arm(id, SECOND, 0);
        assertEquals(0, timer_delete(id));
    }

    @Test
    @Assertion(id = "timer_delete/4-1", says = "Failure is -1.")
    void failureIsMinusOne() {
        assertEquals(-1, timer_delete(-1));
    }

    @Test
    @Assertion(
            id = "timer_delete/speculative/5-1",
            says = "An id that was never given out is EINVAL.",
            strength = MAY,
            choice = "EINVAL.")
    void anIdNeverGivenOutIsEinval() {
        for (int none : new int[] {id + 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            refused(EINVAL, timer_delete(none));
        }
    }

    @Test
    @Assertion(
            id = "timer_delete/x-pending",
            says = "What becomes of a notification that nobody took is left open.",
            strength = CHOICE,
            choice = "The unread record is taken back; nothing of the timer comes after the call.")
    void anUnreadRecordIsTakenBack() {
        for (long period : new long[] {0, MS}) {
            int timer = scene.create(CLOCK_MONOTONIC, 2);
            arm(timer, MS, period);
            scene.untilUnread();
            ok(timer_delete(timer));
            assertEquals(0, scene.ring.unread());
            scene.nothing();
        }
    }

    @Test
    @Assertion(id = "timer_delete/x-disarmed", says = "A timer that was never armed can be deleted, once.")
    void aTimerNeverArmedCanBeDeletedOnce() {
        assertEquals(0, timer_delete(id));
        refused(EINVAL, timer_delete(id));
    }

    @Test
    @Assertion(
            id = "timer_delete/x-stale-id",
            says = "Records of a deleted timer and of a later one are not mixed up.",
            strength = KEVENT)
    void aLaterTimerIsNotMistakenForADeletedOne() {
        arm(id, MS, MS);
        scene.untilUnread();
        ok(timer_delete(id));
        for (int i = 0; i < 1000; i++) {
            int later = scene.create(CLOCK_MONOTONIC, 2);
            arm(later, 1, 0);
            KeventRecord record = scene.take();
            assertEquals(2, record.cookie);
            assertEquals(later, record.descriptor);
            assertEquals(0, timer_getoverrun(later));
            ok(timer_delete(later));
            if (later == id) {
                break;
            }
        }
        scene.nothing();
    }

    @Test
    @Assertion(id = "timer_delete/p-others", says = "The other timers go on.")
    void theOtherTimersGoOn() {
        int other = scene.create(CLOCK_MONOTONIC, 2);
        arm(id, 10 * MS, 10 * MS);
        arm(other, 20 * MS, 20 * MS);
        ok(timer_delete(id));
        scene.takeCookie(2);
        scene.takeCookie(2);
        within("what is left", 1, left(other), 20 * MS);
    }

    @Test
    @Assertion(id = "timer_delete/p-place", says = "What a timer held can be used by the next.", strength = KEVENT)
    void aDeletedTimersPlaceIsFree() {
        try (TimerScene one = new TimerScene(1)) {
            for (int i = 0; i < 100; i++) {
                int timer = one.create(CLOCK_MONOTONIC, i);
                arm(timer, 1, i % 2);
                if (i % 3 == 0) {
                    one.takeCookie(i);
                } else if (i % 3 == 1) {
                    one.untilUnread();
                }
                ok(timer_delete(timer));
            }
        }
    }

    @Test
    @Assertion(id = "timer_delete/p-thread", says = "Any thread may delete a timer, exactly one of two that try.")
    void anyThreadMayDelete() throws Exception {
        for (int i = 0; i < 200; i++) {
            int timer = scene.create(CLOCK_MONOTONIC, 2);
            arm(timer, 1, 1);
            var rival = Support.start(() -> timer_delete(timer));
            int mine = timer_delete(timer);
            assertEquals(-1, mine + Support.get(rival), "one 0 and one -1");
        }
        assertEquals(0, scene.ring.unread());
        scene.nothing();
    }

    @Test
    @Assertion(
            id = "timer_delete/p-kinds",
            says = "Timers of every clock and kind of notification can be deleted, once.")
    void everyKindCanBeDeletedOnce() {
        int silent = TimerScene.create(CLOCK_MONOTONIC, new SigEvent());
        int cpu = scene.create(CLOCK_PROCESS_CPUTIME_ID, 4);
        int silentCpu = TimerScene.create(CLOCK_PROCESS_CPUTIME_ID, new SigEvent());
        for (int timer : new int[] {silent, cpu, silentCpu}) {
            arm(timer, 5 * MS, 5 * MS);
            assertEquals(0, timer_delete(timer));
            refused(EINVAL, timer_delete(timer));
        }
        TimerScene.burn(30 * MS);
        scene.nothing();
    }

    @Test
    @Assertion(
            id = "timer_delete/p-queue-gone",
            says = "The timers of a queue that was destroyed notify nobody and can be deleted.",
            strength = KEVENT)
    void timersOfADestroyedQueueCanBeDeleted() {
        TimerScene other = new TimerScene(4);
        int timer = other.create(CLOCK_MONOTONIC, 1);
        int cpu = other.create(CLOCK_PROCESS_CPUTIME_ID, 2);
        arm(timer, MS, MS);
        arm(cpu, MS, MS);
        other.close();
        assertTrue(timer_getoverrun(timer) == -1 && timer_getoverrun(cpu) == -1);
        assertEquals(0, timer_delete(timer));
        assertEquals(0, timer_delete(cpu));
        refused(EINVAL, timer_delete(timer));
    }
}
