package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Time.CLOCK_BOOTTIME;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.CLOCK_REALTIME;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;
import static org.sigkevent.compat.TimerScene.MS;
import static org.sigkevent.compat.TimerScene.SECOND;
import static org.sigkevent.compat.TimerScene.arm;
import static org.sigkevent.compat.TimerScene.armAt;
import static org.sigkevent.compat.TimerScene.interval;
import static org.sigkevent.compat.TimerScene.left;
import static org.sigkevent.compat.TimerScene.monotonic;
import static org.sigkevent.compat.TimerScene.now;
import static org.sigkevent.compat.TimerScene.passes;
import static org.sigkevent.compat.TimerScene.spec;
import static org.sigkevent.compat.TimerScene.within;

import java.util.BitSet;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventRecord;
import org.sigkevent.Support;
import org.sigkevent.Time;

/** What timers of other event queues were tested for, or should have been. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class PriorTimerIT {
    private static final int RLIMIT_SIGPENDING = 11;

    /** The limits of the process. */
    public interface Limits {
        int getrlimit(int resource, @Out long[] softAndHard);

        int setrlimit(int resource, @In long[] softAndHard);
    }

    private TimerScene scene;

    @BeforeEach
    void open() {
        scene = new TimerScene(16);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    @Test
    @Assertion(
            id = "prior/35",
            strength = KEVENT,
            says =
                    "A timer of one millisecond that nobody looks at for fifty is one record with the count, and counts anew after it.")
    void aTimerNobodyLooksAtIsOneRecord() {
        int id = scene.create(CLOCK_MONOTONIC, 3);
        long first = monotonic() + MS;
        armAt(id, first, MS);
        long counted = 0;
        for (int i = 0; i < 4; i++) {
            passes(50 * MS);
            long before = (monotonic() - first) / MS + 1;
            KeventRecord record = scene.take();
            long after = (monotonic() - first) / MS + 1;
            assertTrue(record.result >= 49, record::toString);
            assertEquals(record.result, Time.timer_getoverrun(id));
            counted += 1 + record.result;
            within("expiries", before, counted, after);
            assertTrue(scene.ring.unread() <= 1);
        }
        ok(Time.timer_delete(id));
    }

    @Test
    @Assertion(
            id = "prior/37",
            says = "An absolute time that is past, at the epoch or before the boot expires at once and once.")
    void timesLongAgoExpireAtOnceAndOnce() {
        for (int clock : new int[] {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME}) {
            int id = scene.create(clock, clock);
            long hourBeforeBoot = now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME) - 3600 * SECOND;
            long[] times = {1, now(clock) - 1, now(clock) / 2, clock == CLOCK_REALTIME ? hourBeforeBoot : 2};
            for (long at : times) {
                armAt(id, at, 0);
                KeventRecord record = scene.take();
                assertEquals(clock, record.cookie);
                assertEquals(0, record.result);
                assertEquals(0, left(id));
            }
        }
        scene.nothing();
    }

    @Test
    @Assertion(
            id = "prior/42",
            strength = KEVENT,
            says =
                    "Ten thousand timers run where the process may have no signal pending, which the kernel's timers cannot.")
    void timersNeedNoPendingSignals() {
        Limits limits = LibraryLoader.create(Limits.class).load("c");
        long[] limit = new long[2];
        assertEquals(0, limits.getrlimit(RLIMIT_SIGPENDING, limit));
        assertEquals(0, limits.setrlimit(RLIMIT_SIGPENDING, new long[] {0, limit[1]}));
        int n = 10_000;
        try (TimerScene many = new TimerScene(n)) {
            long at = monotonic() + 20 * MS;
            for (int i = 0; i < n; i++) {
                armAt(many.create(CLOCK_MONOTONIC, i), at + i % 97 * 100_000, 0);
            }
            BitSet seen = new BitSet();
            for (int i = 0; i < n; i++) {
                seen.set((int) many.take().cookie);
            }
            assertEquals(n, seen.cardinality());
            assertEquals(0, many.ring.unread());
        } finally {
            assertEquals(0, limits.setrlimit(RLIMIT_SIGPENDING, limit));
        }
    }

    @Test
    @Assertion(
            id = "prior/44",
            says = "A running timer's time, period and old setting are told, and its period can be changed.")
    void thePeriodOfARunningTimerCanBeChanged() {
        int id = scene.create(CLOCK_MONOTONIC, 5);
        arm(id, 3 * MS, 3 * MS);
        scene.take();
        assertEquals(3 * MS, interval(id));
        within("left", 1, left(id), 3 * MS);
        ItimerSpec old = new ItimerSpec();
        long from = monotonic();
        assertEquals(0, ok(Time.timer_settime(id, Time.TIMER_ABSTIME, spec(from + 7 * MS, 7 * MS), old)));
        assertEquals(3 * MS, old.it_interval.toNanos());
        within("what was left", 1, old.it_value.toNanos(), 3 * MS);
        assertEquals(7 * MS, interval(id));
        for (long expiries = 1; expiries < 6; ) {
            KeventRecord record = scene.take();
            assertEquals(from + expiries * 7 * MS, record.time_ns, record::toString);
            expiries += 1 + record.result;
        }
        assertEquals(0, ok(Time.timer_settime(id, 0, spec(2 * MS, 0), old)));
        assertEquals(7 * MS, old.it_interval.toNanos());
        scene.takeCookie(5);
        assertEquals(0, interval(id));
        assertEquals(0, left(id));
        scene.nothing();
        Support.ok(Time.timer_delete(id));
    }
}
