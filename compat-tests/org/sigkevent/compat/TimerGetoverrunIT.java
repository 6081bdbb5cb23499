package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.CLOCK_PROCESS_CPUTIME_ID;
import static org.sigkevent.Time.CLOCK_REALTIME;
import static org.sigkevent.Time.timer_delete;
import static org.sigkevent.Time.timer_getoverrun;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.MAY;
import static org.sigkevent.compat.TimerScene.MS;
import static org.sigkevent.compat.TimerScene.SECOND;
import static org.sigkevent.compat.TimerScene.arm;
import static org.sigkevent.compat.TimerScene.armAt;
import static org.sigkevent.compat.TimerScene.disarm;
import static org.sigkevent.compat.TimerScene.monotonic;
import static org.sigkevent.compat.TimerScene.now;
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
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** timer_getoverrun. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class TimerGetoverrunIT {
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

    /** Takes the record of a timer that first expired at {@code first}; its overruns are those that the clock says. */
    private KeventRecord takeCounted(long first, long period, long countedBefore) {
        long low = (monotonic() - first) / period;
        KeventRecord record = scene.take();
        long high = (monotonic() - first) / period;
        within("overruns", low - countedBefore, record.result, high - countedBefore);
        assertEquals(record.result, timer_getoverrun(record.descriptor));
        return record;
    }

    @Test
    @Assertion(
            id = "timer_getoverrun/1-1",
            says = "A timer has one notification outstanding; what expires meanwhile is counted.")
    void expiriesBehindAnUnreadRecordAreCounted() {
        long first = monotonic() + 20 * MS;
        armAt(id, first, 30 * MS);
        passes(CLOCK_MONOTONIC, first + 65 * MS);
        scene.drive();
        passes(CLOCK_MONOTONIC, first + 95 * MS);
        scene.drive();
        assertEquals(1, scene.ring.unread());
        KeventRecord record = takeCounted(first, 30 * MS, 0);
        assertTrue(record.result >= 3, "overruns: " + record.result);
    }

    @Test
    @Assertion(id = "timer_getoverrun/2-3", says = "The count is right for a period of twice the clock's resolution.")
    void countsAreRightForTheShortestPeriods() {
        TimeSpec resolution = new TimeSpec();
        ok(Time.clock_getres(CLOCK_MONOTONIC, resolution));
        long period = 2 * resolution.toNanos();
        long first = monotonic() + 10 * MS;
        armAt(id, first, period);
        passes(CLOCK_MONOTONIC, first + 200 * MS);
        long counted = 1 + takeCounted(first, period, 0).result;
        disarm(id);
        assertTrue(counted >= 200 * MS / period, "expiries: " + counted);
    }

    @Test
    @Assertion(id = "timer_getoverrun/4-1", says = "Success is the count of expiries behind the one that was notified.")
    void successIsTheCount() {
        long first = monotonic() + 5 * MS;
        armAt(id, first, 10 * MS);
        passes(CLOCK_MONOTONIC, first + 25 * MS);
        assertTrue(takeCounted(first, 10 * MS, 0).result >= 2);
        arm(id, MS, 0);
        scene.take();
        assertEquals(0, timer_getoverrun(id));
    }

    @Test
    @Assertion(id = "timer_getoverrun/5-1", says = "Failure is -1.")
    void failureIsMinusOne() {
        assertEquals(-1, timer_getoverrun(-1));
    }

    @Test
    @Assertion(
            id = "timer_getoverrun/speculative/6-1",
            says = "An id never given out is EINVAL.",
            strength = MAY,
            choice = "EINVAL.")
    void anIdNeverGivenOutIsEinval() {
        for (int none : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            refused(EINVAL, timer_getoverrun(none));
        }
    }

    @Test
    @Assertion(
            id = "timer_getoverrun/speculative/6-2",
            says = "A deleted id is EINVAL.",
            strength = MAY,
            choice = "EINVAL.")
    void aDeletedIdIsEinval() {
        ok(timer_delete(id));
        refused(EINVAL, timer_getoverrun(id));
    }

    @Test
    @Assertion(
            id = "timer_getoverrun/speculative/6-3",
            says = "The id after a live one is EINVAL.",
            strength = MAY,
            choice = "EINVAL.")
    void theIdAfterTheLastIsEinval() {
        refused(EINVAL, timer_getoverrun(id + 1));
    }

    @Test
    @Assertion(
            id = "timer_getoverrun/x-per-acceptance",
            says = "The count is that of the notification taken last, fixed when it was taken.")
    void theCountIsThatOfTheRecordTakenLast() {
        assertEquals(0, timer_getoverrun(id));
        long first = monotonic() + 20 * MS;
        armAt(id, first, 20 * MS);
        assertEquals(0, timer_getoverrun(id));
        passes(CLOCK_MONOTONIC, first + 50 * MS);
        scene.drive();
        assertEquals(0, timer_getoverrun(id), "an unread record does not count yet");
        long counted = 1 + takeCounted(first, 20 * MS, 0).result;
        assertTrue(counted >= 3, "expiries: " + counted);
        passes(25 * MS);
        scene.drive();
        assertEquals(counted - 1, timer_getoverrun(id), "later expiries do not change it");
        takeCounted(first, 20 * MS, counted);
        arm(id, 3600 * SECOND, 0);
        assertEquals(0, timer_getoverrun(id), "nothing was taken of the new setting");
    }

    @Test
    @Assertion(
            id = "timer_getoverrun/x-none",
            says = "A SIGEV_NONE timer notifies nobody: whether it has overruns is left open.",
            strength = CHOICE,
            choice = "It has none: 0.")
    void aSilentTimerHasNoOverruns() {
        int silent = TimerScene.create(CLOCK_MONOTONIC, new SigEvent());
        arm(silent, MS, MS);
        passes(10 * MS);
        assertEquals(0, timer_getoverrun(silent));
        ok(timer_delete(silent));
    }

    @Test
    @Assertion(
            id = "timer_getoverrun/x-deleted",
            says = "Overruns of a timer are gone with it.",
            strength = MAY,
            choice = "EINVAL.")
    void overrunsAreGoneWithTheirTimer() {
        long first = monotonic() - 100 * MS;
        armAt(id, first, 10 * MS);
        takeCounted(first, 10 * MS, 0);
        ok(timer_delete(id));
        refused(EINVAL, timer_getoverrun(id));
    }

    @Test
    @Assertion(
            id = "timer_getoverrun/x-disarm-pending",
            says = "What was counted for a record that nobody took is left open when its timer is disarmed.",
            strength = CHOICE,
            choice = "The record is taken back and its count forgotten: 0.")
    void countsOfARecordTakenBackAreForgotten() {
        long first = monotonic() - 100 * MS;
        armAt(id, first, 10 * MS);
        scene.untilUnread();
        disarm(id);
        assertEquals(0, timer_getoverrun(id));
        scene.nothing();
        assertEquals(0, timer_getoverrun(id));
    }

    @Test
    @Assertion(
            id = "timer_getoverrun/p-delaytimer-max",
            says = "The count stops at DELAYTIMER_MAX, which is 32 or more.")
    void theCountStopsAtItsMaximum() {
        assertTrue(Time.DELAYTIMER_MAX >= 32);
        int timer = scene.create(CLOCK_REALTIME, 2);
        // a nanosecond of 1970, every nanosecond
        armAt(timer, 1, 1);
        assertEquals(Time.DELAYTIMER_MAX, scene.take().result);
        assertEquals(Time.DELAYTIMER_MAX, timer_getoverrun(timer));
        ok(timer_delete(timer));
    }

    @Test
    @Assertion(
            id = "timer_getoverrun/p-no-loss",
            says = "Notifications and overruns together are the expiries, none lost and none twice.")
    void nothingIsLostAndNothingCountedTwice() {
        long first = monotonic() + MS;
        long period = 700_001;
        armAt(id, first, period);
        long counted = 0;
        for (int i = 0; i < 30; i++) {
            passes(i * MS / 5);
            KeventRecord record = takeCounted(first, period, counted);
            assertEquals(first + counted * period, record.time_ns, "the expiry that the record is about");
            counted += 1 + record.result;
        }
    }

    @Test
    @Assertion(id = "timer_getoverrun/p-own", says = "Each timer has a count of its own.")
    void eachTimerHasItsOwnCount() {
        int other = scene.create(CLOCK_MONOTONIC, 2);
        long first = monotonic() - 100 * MS;
        armAt(id, first, 10 * MS);
        long count = takeCounted(first, 10 * MS, 0).result;
        disarm(other);
        arm(other, 1, 0);
        KeventRecord record = scene.take();
        while (record.descriptor != other) {
            count = record.result;
            record = scene.take();
        }
        assertEquals(0, record.result);
        assertEquals(0, timer_getoverrun(other));
        assertEquals(count, timer_getoverrun(id));
    }

    @Test
    @Assertion(
            id = "timer_getoverrun/p-cpu",
            says = "A CPU-time timer counts the periods that passed while its record was unread.")
    void aCpuTimerCountsItsOverruns() {
        int cpu = scene.create(CLOCK_PROCESS_CPUTIME_ID, 3);
        long begin = now(CLOCK_PROCESS_CPUTIME_ID);
        arm(cpu, 10 * MS, 10 * MS);
        long[] told = new long[1];
        Support.until(
                "overruns",
                // the thread that counts them may be late once
                () -> {
                    TimerScene.burn(100 * MS);
                    KeventRecord record = scene.takeBusy();
                    told[0] += 1 + record.result;
                    within("expiries told", 1, told[0], (now(CLOCK_PROCESS_CPUTIME_ID) - begin) / (10 * MS));
                    assertEquals(record.result, timer_getoverrun(cpu));
                    return record.result >= 2;
                });
        arm(cpu, 3600 * SECOND, 0);
        assertEquals(0, timer_getoverrun(cpu));
        ok(timer_delete(cpu));
        refused(EINVAL, timer_getoverrun(cpu));
    }
}
