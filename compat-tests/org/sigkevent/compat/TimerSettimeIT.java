package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.CLOCK_PROCESS_CPUTIME_ID;
import static org.sigkevent.Time.CLOCK_REALTIME;
import static org.sigkevent.Time.TIMER_ABSTIME;
import static org.sigkevent.Time.timer_delete;
import static org.sigkevent.Time.timer_getoverrun;
import static org.sigkevent.Time.timer_settime;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
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
import org.sigkevent.KeventRecord;
import org.sigkevent.Support;
import org.sigkevent.TimeSpec;

/** timer_settime. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class TimerSettimeIT {
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
    @Assertion(id = "timer_settime/1-1", says = "An armed timer expires once it_value is over.")
    void anArmedTimerExpires() {
        int timer = scene.create(CLOCK_REALTIME, 7);
        long begin = monotonic();
        arm(timer, 100 * MS, 0);
        scene.takeCookie(7);
        within("expiry after", 100 * MS, monotonic() - begin, SOON);
    }

    @Test
    @Assertion(id = "timer_settime/2-1", says = "Arming an armed timer puts a new time in place of the old one.")
    void armingAnArmedTimerReplacesItsTime() {
        arm(id, 5 * MS, 5 * MS);
        for (long value = 20 * MS; value <= 60 * MS; value += 10 * MS) {
            long begin = monotonic();
            arm(id, value, value + 3600 * SECOND);
            scene.takeCookie(1);
            within("expiry after", value, monotonic() - begin, SOON);
            assertEquals(0, scene.ring.unread());
            within("time until the next one", 3500 * SECOND, left(id), value + 3600 * SECOND);
        }
        scene.nothing();
    }

    @Test
    @Assertion(id = "timer_settime/3-1", says = "A zero it_value leaves a timer disarmed.")
    void zeroLeavesATimerDisarmed() {
        disarm(id);
        assertEquals(0, left(id));
        scene.nothing();
    }

    @Test
    @Assertion(id = "timer_settime/3-3", says = "After disarming at most what had expired before is delivered.")
    void afterDisarmingAtMostTheEarlierExpiryIsDelivered() {
        arm(id, MS, MS);
        scene.untilUnread();
        disarm(id);
        within("unread records", 0, scene.ring.unread(), 1);
        while (Support.take(scene.kfd, TimerScene.QUIET) != null) {
            assertEquals(0, scene.ring.unread(), "a second record");
        }
        scene.nothing();
    }

    @Test
    @Assertion(id = "timer_settime/4-1", says = "Without TIMER_ABSTIME it_value counts from the call.")
    void withoutAbstimeTheValueCountsFromTheCall() {
        long begin = monotonic();
        arm(id, 50 * MS, 0);
        scene.take();
        within("expiry after", 50 * MS, monotonic() - begin, SOON);
    }

    @Test
    @Assertion(id = "timer_settime/5-1", says = "With TIMER_ABSTIME a timer expires when its clock shows it_value.")
    void withAbstimeTheTimerExpiresWhenItsClockShowsTheValue() {
        int timer = scene.create(CLOCK_REALTIME, 2);
        long at = now(CLOCK_REALTIME) + 100 * MS;
        armAt(timer, at, 0);
        scene.takeCookie(2);
        within("the clock", at, now(CLOCK_REALTIME), at + SOON);
    }

    @Test
    @Assertion(id = "timer_settime/5-2", says = "A time that is past is no error: the timer expires at once.")
    void aTimeOfThePastExpiresAtOnce() {
        int timer = scene.create(CLOCK_REALTIME, 2);
        for (TimeSpec past : new TimeSpec[] {new TimeSpec(1_037_145_600, 0), new TimeSpec(0, 1)}) {
            assertEquals(0, timer_settime(timer, TIMER_ABSTIME, spec(past, new TimeSpec()), null));
            scene.takeCookie(2);
            assertEquals(0, left(timer));
        }
        scene.nothing();
    }

    @Test
    @Assertion(
            id = "timer_settime/6-1",
            says = "With a period a timer goes on expiring, on a grid that starts with its first expiry.")
    void aPeriodicTimerStaysOnItsGrid() {
        long begin = monotonic();
        arm(id, 40 * MS, 100 * MS);
        long armed = monotonic();
        long expiries = 0;
        long first = 0;
        for (int i = 0; i < 3; i++) {
            KeventRecord record = scene.take();
            long late = monotonic();
            first = i == 0 ? record.time_ns : first;
            assertEquals(first + expiries * 100 * MS, record.time_ns);
            assertTrue(late >= record.time_ns, "early");
            expiries += 1 + record.result;
        }
        within("the first expiry", begin + 40 * MS, first, armed + 40 * MS);
    }

    @Test
    @Assertion(id = "timer_settime/8-1", says = "The old value of a timer that was never armed is zero.")
    void theOldValueOfANewTimerIsZero() {
        ItimerSpec old = spec(9, 9);
        assertEquals(0, timer_settime(id, 0, spec(SECOND, 0), old));
        assertEquals(0, old.it_value.toNanos());
        assertEquals(0, old.it_interval.toNanos());
    }

    @Test
    @Assertion(id = "timer_settime/8-3", says = "The old value is what was left of the former setting.")
    void theOldValueIsWhatWasLeft() {
        long begin = monotonic();
        arm(id, 700 * SECOND, 3 * SECOND);
        long armed = monotonic();
        passes(50 * MS);
        ItimerSpec old = new ItimerSpec();
        long asked = monotonic();
        assertEquals(0, timer_settime(id, 0, spec(7 * SECOND, 0), old));
        within(
                "what is left",
                begin + 700 * SECOND - monotonic(),
                old.it_value.toNanos(),
                armed + 700 * SECOND - asked);
        assertEquals(3 * SECOND, old.it_interval.toNanos());
        assertEquals(0, timer_settime(id, 0, new ItimerSpec(), old));
        within("what is left", 6 * SECOND - SOON, old.it_value.toNanos(), 7 * SECOND);
        assertEquals(0, old.it_interval.toNanos());
    }

    @Test
    @Assertion(id = "timer_settime/9-1", says = "A timer never expires before its time, down to the nanosecond.")
    void aTimerIsNeverEarly() {
        int real = scene.create(CLOCK_REALTIME, 2);
        for (long nanos : new long[] {1, 999, 30 * MS, 100 * MS, 103 * MS, 200 * MS, 100 * MS + 5000, 100 * MS + 5}) {
            for (int timer : new int[] {id, real}) {
                long begin = monotonic();
                arm(timer, nanos, 0);
                scene.take();
                within("expiry after", nanos, monotonic() - begin, SOON);
            }
        }
    }

    @Test
    @Assertion(id = "timer_settime/10-1", says = "Success is 0, with and without a place for the old value.")
    void successIsZero() {
        assertEquals(0, timer_settime(id, 0, spec(SECOND, 0), null));
        assertEquals(0, timer_settime(id, 0, spec(SECOND, SECOND), new ItimerSpec()));
        assertEquals(0, timer_settime(id, TIMER_ABSTIME, spec(monotonic() + SECOND, 0), null));
        assertEquals(0, timer_settime(id, 0, spec(0, 0), null));
    }

    @Test
    @Assertion(id = "timer_settime/11-1", says = "Failure is -1.")
    void failureIsMinusOne() {
        assertEquals(-1, timer_settime(-1, 0, spec(1, 0), null));
        assertEquals(-1, timer_settime(id, 0, spec(new TimeSpec(1, -1), new TimeSpec()), null));
    }

    @Test
    @Assertion(
            id = "timer_settime/13-1",
            says = "Nanoseconds outside 0 to 999,999,999 and negative seconds are EINVAL, in either part.")
    void timesOutOfRangeAreEinval() {
        for (int flags : new int[] {0, TIMER_ABSTIME}) {
            for (long[] bad : TimerScene.BAD_NANOS) {
                TimeSpec time = new TimeSpec(bad[0], bad[1]);
                refused(EINVAL, timer_settime(id, flags, spec(time, new TimeSpec()), null));
                refused(EINVAL, timer_settime(id, flags, spec(time, new TimeSpec(1, 0)), null));
                refused(EINVAL, timer_settime(id, flags, spec(new TimeSpec(1, 0), time), null));
                refused(EINVAL, timer_settime(id, flags, spec(time, time), null));
            }
            refused(EINVAL, timer_settime(id, flags, spec(new TimeSpec(-1, 0), new TimeSpec()), null));
            refused(EINVAL, timer_settime(id, flags, spec(new TimeSpec(1, 0), new TimeSpec(-1, 0)), null));
        }
        assertEquals(0, left(id));
        ok(timer_settime(id, 0, spec(new TimeSpec(1, 999_999_999), new TimeSpec(0, 999_999_999)), null));
    }

    @Test
    @Assertion(
            id = "timer_settime/speculative/12-1",
            says = "An id that was never given out is EINVAL.",
            strength = MAY,
            choice = "EINVAL.")
    void anIdNeverGivenOutIsEinval() {
        for (int none : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            refused(EINVAL, timer_settime(none, 0, new ItimerSpec(), null));
        }
    }

    @Test
    @Assertion(
            id = "timer_settime/speculative/12-2",
            says = "The id after a live one is EINVAL.",
            strength = MAY,
            choice = "EINVAL.")
    void theIdAfterTheLastIsEinval() {
        refused(EINVAL, timer_settime(id + 1, 0, new ItimerSpec(), null));
    }

    @Test
    @Assertion(
            id = "timer_settime/x-disarm-bad-interval",
            says = "POSIX asks for a good period only when it_value is not zero.",
            strength = CHOICE,
            choice = "A bad period is EINVAL always, as on Linux.")
    void aBadPeriodIsRefusedAlsoWhenDisarming() {
        for (long[] bad : TimerScene.BAD_NANOS) {
            refused(EINVAL, timer_settime(id, 0, spec(new TimeSpec(), new TimeSpec(bad[0], bad[1])), null));
        }
    }

    @Test
    @Assertion(
            id = "timer_settime/x-einval-keeps",
            says = "A setting that is refused changes nothing, not even the old value's place.")
    void aRefusedSettingChangesNothing() {
        arm(id, 5000 * SECOND, 2 * SECOND);
        ItimerSpec old = spec(9, 9);
        refused(EINVAL, timer_settime(id, 0, spec(new TimeSpec(1, 1_000_000_000), new TimeSpec()), old));
        refused(EINVAL, timer_settime(id, TIMER_ABSTIME, spec(new TimeSpec(1, 0), new TimeSpec(0, -1)), old));
        within("what is left", 5000 * SECOND - SOON, left(id), 5000 * SECOND);
        assertEquals(2 * SECOND, interval(id));
        assertEquals(9, old.it_value.toNanos());
        assertEquals(9, old.it_interval.toNanos());
    }

    @Test
    @Assertion(
            id = "timer_settime/x-rearm-pending",
            says = "What becomes of an unread record when its timer is set anew is left open.",
            strength = CHOICE,
            choice = "It is taken back, and the periods it stood for are not counted in the new setting.")
    void settingATimerTakesItsUnreadRecordBack() {
        for (long next : new long[] {0, 3600 * SECOND}) {
            arm(id, MS, MS);
            scene.untilUnread();
            arm(id, next, 0);
            assertEquals(0, scene.ring.unread());
            assertEquals(0, timer_getoverrun(id));
            scene.nothing();
            arm(id, MS, 0);
            assertEquals(0, scene.take().result);
            assertEquals(0, timer_getoverrun(id));
        }
    }

    @Test
    @Assertion(
            id = "timer_settime/x-past-interval",
            says = "A period that began in the past notifies once, with the periods missed as overruns.")
    void aPeriodThatBeganInThePastCountsWhatItMissed() {
        long start = monotonic() - SECOND;
        armAt(id, start, 100 * MS);
        long before = (monotonic() - start) / (100 * MS);
        KeventRecord record = scene.take();
        long after = (monotonic() - start) / (100 * MS);
        long next = left(id);
        assertTrue(before >= 10, "periods missed: " + before);
        within("overruns", before, record.result, after);
        assertEquals(record.result, timer_getoverrun(id));
        within("time until the next expiry", 1, next, 100 * MS);
        assertEquals(0, (scene.take().time_ns - start) % (100 * MS));
    }

    @Test
    @Assertion(id = "timer_settime/x-ovalue-abs", says = "The old value of an absolute setting is a length of time.")
    void theOldValueOfAnAbsoluteSettingIsRelative() {
        int timer = scene.create(CLOCK_REALTIME, 2);
        armAt(timer, now(CLOCK_REALTIME) + 50 * SECOND, 3 * SECOND);
        ItimerSpec old = new ItimerSpec();
        ok(timer_settime(timer, 0, new ItimerSpec(), old));
        within("what was left", 50 * SECOND - SOON, old.it_value.toNanos(), 50 * SECOND);
        assertEquals(3 * SECOND, old.it_interval.toNanos());
    }

    @Test
    @Assertion(id = "timer_settime/x-tiny", says = "One nanosecond is a time and not zero.")
    void oneNanosecondArms() {
        arm(id, 1, 0);
        scene.takeCookie(1);
        scene.nothing();
    }

    @Test
    @Assertion(
            id = "timer_settime/x-neg-sec",
            says = "Of negative seconds POSIX does not speak.",
            strength = CHOICE,
            choice = "EINVAL, as on Linux, whether absolute or not.")
    void negativeSecondsAreEinval() {
        for (long seconds : new long[] {-1, Long.MIN_VALUE}) {
            refused(EINVAL, timer_settime(id, TIMER_ABSTIME, spec(new TimeSpec(seconds, 0), new TimeSpec()), null));
            refused(EINVAL, timer_settime(id, 0, spec(new TimeSpec(seconds, 0), new TimeSpec()), null));
            refused(EINVAL, timer_settime(id, 0, spec(new TimeSpec(seconds, 999_999_999), new TimeSpec()), null));
        }
    }

    @Test
    @Assertion(id = "timer_settime/x-mono-abs", says = "An absolute time is one of the timer's own clock.")
    void anAbsoluteTimeIsOfTheTimersOwnClock() {
        long at = monotonic() + 100 * MS;
        armAt(id, at, 0);
        assertEquals(at, scene.take().time_ns);
        within("the clock", at, monotonic(), at + SOON);
    }

    @Test
    @Assertion(
            id = "timer_settime/x-flags",
            says = "Flags that POSIX does not know are left open.",
            strength = CHOICE,
            choice = "They are not looked at, as on Linux.")
    void unknownFlagsAreNotLookedAt() {
        assertEquals(0, timer_settime(id, 0x40, spec(1000 * SECOND, 0), null));
        within("what is left", 1000 * SECOND - SOON, left(id), 1000 * SECOND);
        assertEquals(0, timer_settime(id, ~TIMER_ABSTIME, spec(MS, 0), null));
        scene.take();
    }

    @Test
    @Assertion(
            id = "timer_settime/x-expired-cookie",
            says = "One expiry is one notification, however late it is taken.")
    void oneExpiryIsOneNotification() {
        arm(id, 5 * MS, 0);
        scene.untilUnread();
        passes(100 * MS);
        scene.drive();
        assertEquals(1, scene.ring.unread());
        assertEquals(0, scene.take().result);
        assertEquals(0, timer_getoverrun(id));
        scene.nothing();
    }

    @Test
    @Assertion(
            id = "timer_settime/p-deleted",
            says = "The id of a deleted timer is EINVAL.",
            strength = MAY,
            choice = "EINVAL.")
    void aDeletedIdIsEinval() {
        ok(timer_delete(id));
        refused(EINVAL, timer_settime(id, 0, spec(SECOND, 0), null));
        refused(EINVAL, timer_settime(id, 0, new ItimerSpec(), new ItimerSpec()));
    }

    @Test
    @Assertion(
            id = "timer_settime/p-zero-with-period",
            says = "A zero it_value disarms whatever the period is, also with TIMER_ABSTIME.")
    void zeroDisarmsWhateverThePeriod() {
        for (int flags : new int[] {0, TIMER_ABSTIME}) {
            arm(id, 20 * MS, 20 * MS);
            assertEquals(0, timer_settime(id, flags, spec(0, MS), null));
            assertEquals(0, left(id));
            scene.nothing();
        }
    }

    @Test
    @Assertion(id = "timer_settime/p-once", says = "With a zero period a timer expires once and can be armed again.")
    void aOneShotCanBeArmedAgain() {
        for (int i = 0; i < 5; i++) {
            arm(id, MS, 0);
            scene.take();
            assertEquals(0, left(id));
        }
        scene.nothing();
    }

    @Test
    @Assertion(id = "timer_settime/p-periods-not-early", says = "No period is over early, whatever came before it.")
    void noPeriodIsOverEarly() {
        long start = monotonic() + 5 * MS;
        long period = 7 * MS + 1;
        armAt(id, start, period);
        long expiries = 0;
        for (int i = 0; i < 20; i++) {
            expiries += 1 + scene.take().result;
            within("the clock", start + (expiries - 1) * period, monotonic(), Long.MAX_VALUE);
        }
    }

    @Test
    @Assertion(
            id = "timer_settime/p-longest",
            says = "The longest times there are do not expire and do not wrap around.")
    void theLongestTimesDoNotExpire() {
        TimeSpec longest = new TimeSpec(Long.MAX_VALUE, 999_999_999);
        int real = scene.create(CLOCK_REALTIME, 2);
        for (int timer : new int[] {id, real}) {
            for (int flags : new int[] {0, TIMER_ABSTIME}) {
                assertEquals(0, timer_settime(timer, flags, spec(longest, longest), null));
                within("what is left", 3600 * SECOND, left(timer), Long.MAX_VALUE);
            }
        }
        scene.nothing();
    }

    @Test
    @Assertion(
            id = "timer_settime/p-old-expired",
            says = "The old value of a one-shot that has expired is zero, read or unread.")
    void theOldValueOfAnExpiredOneShotIsZero() {
        ItimerSpec old = spec(9, 9);
        arm(id, MS, 0);
        scene.take();
        ok(timer_settime(id, 0, spec(MS, 0), old));
        assertEquals(0, old.it_value.toNanos());
        passes(5 * MS);
        old = spec(9, 9);
        ok(timer_settime(id, 0, new ItimerSpec(), old));
        assertEquals(0, old.it_value.toNanos());
        assertEquals(0, old.it_interval.toNanos());
    }

    @Test
    @Assertion(
            id = "timer_settime/p-cpu-range",
            says = "A timer of a CPU-time clock knows the same errors, old values and past times.")
    void aCpuTimerKnowsTheSameErrors() {
        int cpu = scene.create(CLOCK_PROCESS_CPUTIME_ID, 4);
        for (long[] bad : TimerScene.BAD_NANOS) {
            refused(EINVAL, timer_settime(cpu, 0, spec(new TimeSpec(bad[0], bad[1]), new TimeSpec()), null));
        }
        arm(cpu, 5000 * SECOND, 3 * SECOND);
        ItimerSpec old = new ItimerSpec();
        ok(timer_settime(cpu, TIMER_ABSTIME, spec(1, 0), old));
        within("what was left", 4000 * SECOND, old.it_value.toNanos(), 5000 * SECOND);
        assertEquals(3 * SECOND, old.it_interval.toNanos());
        assertEquals(4, scene.takeBusy().cookie);
        ok(timer_delete(cpu));
        refused(EINVAL, timer_settime(cpu, 0, spec(1, 0), null));
    }

    @Test
    @Assertion(
            id = "timer_settime/p-null",
            says = "A null setting is no setting.",
            strength = CHOICE,
            choice = "EINVAL, also when one of its parts is null; nothing changes.")
    void aNullSettingIsEinval() {
        arm(id, 1000 * SECOND, 0);
        refused(EINVAL, timer_settime(id, 0, null, null));
        refused(EINVAL, timer_settime(id, 0, spec(null, new TimeSpec()), null));
        refused(EINVAL, timer_settime(id, 0, spec(new TimeSpec(), null), null));
        within("what is left", 1000 * SECOND - SOON, left(id), 1000 * SECOND);
    }
}
