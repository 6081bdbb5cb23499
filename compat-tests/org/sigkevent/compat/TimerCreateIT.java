package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ENOTSUP;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Time.CLOCK_BOOTTIME;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.CLOCK_PROCESS_CPUTIME_ID;
import static org.sigkevent.Time.CLOCK_REALTIME;
import static org.sigkevent.Time.CLOCK_TAI;
import static org.sigkevent.Time.CLOCK_THREAD_CPUTIME_ID;
import static org.sigkevent.Time.timer_create;
import static org.sigkevent.Time.timer_delete;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;
import static org.sigkevent.compat.Assertion.Strength.MAY;
import static org.sigkevent.compat.TimerScene.MS;
import static org.sigkevent.compat.TimerScene.arm;
import static org.sigkevent.compat.TimerScene.left;
import static org.sigkevent.compat.TimerScene.now;
import static org.sigkevent.compat.TimerScene.passes;
import static org.sigkevent.compat.TimerScene.within;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Support;
import org.sigkevent.Time;

/** timer_create. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class TimerCreateIT {
    private TimerScene scene;

    @BeforeEach
    void open() {
        scene = new TimerScene(300);
    }

    @AfterEach
    void close() {
        scene.close();
    }

    private void notifiesAtExpiry(int clock) {
        int id = scene.create(clock, 41);
        long begin = TimerScene.monotonic();
        arm(id, 100 * MS, 0);
        KeventRecord record = scene.take();
        within("expiry after", 100 * MS, TimerScene.monotonic() - begin, Support.SOON.toNanos());
        assertEquals(41, record.cookie);
        assertEquals(id, record.descriptor);
        scene.nothing();
        ok(timer_delete(id));
    }

    @Test
    @Assertion(
            id = "timer_create/1-1",
            says = "A timer on CLOCK_REALTIME notifies once its time is over, with the caller's value.")
    void aTimerOnRealtimeNotifies() {
        notifiesAtExpiry(CLOCK_REALTIME);
    }

    @Test
    @Assertion(id = "timer_create/3-1", says = "A timer that was just made is not armed.")
    void aNewTimerIsDisarmed() {
        int id = scene.create(CLOCK_REALTIME, 1);
        assertEquals(0, left(id));
        scene.nothing();
    }

    @Test
    @Assertion(id = "timer_create/4-1", says = "The sigevent says how, and whether, an expiry is announced.")
    void theSigeventSaysHow() {
        int silent = TimerScene.create(CLOCK_MONOTONIC, new SigEvent());
        int first = scene.create(CLOCK_MONOTONIC, 1);
        int second = scene.create(CLOCK_MONOTONIC, 2);
        arm(silent, 20 * MS, 0);
        arm(first, 25 * MS, 0);
        arm(second, 30 * MS, 0);
        scene.takeCookie(1);
        scene.takeCookie(2);
        scene.nothing();
        ok(timer_delete(silent));
    }

    @Test
    @Assertion(id = "timer_create/7-1", says = "CLOCK_MONOTONIC drives timers.")
    void aTimerOnMonotonicNotifies() {
        notifiesAtExpiry(CLOCK_MONOTONIC);
    }

    @Test
    @Assertion(
            id = "timer_create/9-1",
            says = "Timers end with the process: nothing is written into a ring that another process holds.")
    void timersEndWithTheProcess() throws Exception {
        try (TimerChild child = TimerChild.start("ring")) {
            RingFile ring = RingFile.open(child.pid(), Integer.parseInt(child.line()));
            assertTrue(ring.contains(TimerChild.EARLY_COOKIE), "the first timer's record can be seen from here");
            long due = Long.parseLong(child.line());
            child.kill();
            assertTrue(TimerScene.monotonic() < due, "the child was still alive when its timer was due");
            long written = ring.written();
            passes(CLOCK_MONOTONIC, due + 100 * MS);
            assertEquals(written, ring.written());
            assertFalse(ring.contains(TimerChild.LATE_COOKIE));
        }
    }

    @Test
    @Assertion(
            id = "timer_create/11-1",
            says = "CLOCK_THREAD_CPUTIME_ID drives a timer by the CPU time of the thread that made it.",
            strength = MAY,
            choice = "The option is there.")
    void aThreadsCpuTimeDrivesATimer() {
        int id = scene.create(CLOCK_THREAD_CPUTIME_ID, 11);
        long begin = now(CLOCK_THREAD_CPUTIME_ID);
        arm(id, 100 * MS, 0);
        assertEquals(11, scene.takeBusy().cookie);
        within("CPU time used", 100 * MS, now(CLOCK_THREAD_CPUTIME_ID) - begin, Support.SOON.toNanos());
        ok(timer_delete(id));
    }

    @Test
    @Assertion(id = "timer_create/13-1", says = "Success is 0, with an id that the other calls take.")
    void successIsZeroWithAUsableId() {
        int[] id = {-1};
        assertEquals(0, timer_create(CLOCK_REALTIME, scene.event(1), id));
        assertEquals(0, left(id[0]));
        assertEquals(0, timer_delete(id[0]));
    }

    @Test
    @Assertion(id = "timer_create/14-1", says = "Failure is -1, for a clock that is none with EINVAL.")
    void failureIsMinusOne() {
        for (int clock : TimerScene.NO_CLOCKS) {
            refused(EINVAL, timer_create(clock, scene.event(1), new int[1]));
        }
    }

    @Test
    @Assertion(id = "timer_create/speculative/2-1", says = "Timers that live at the same time have different ids.")
    void idsOfLiveTimersDiffer() {
        Set<Integer> ids = new HashSet<>();
        for (int i = 0; i < 256; i++) {
            assertTrue(ids.add(scene.create(CLOCK_REALTIME, i)));
        }
    }

    @Test
    @Assertion(
            id = "timer_create/speculative/5-1",
            says = "A null sigevent means SIGALRM.",
            strength = MAY,
            choice = "EINVAL while SIGALRM would end the JVM: nothing handles it and some thread does not block it.")
    void aNullSigeventIsRefusedWhileSigalrmWouldEndTheJvm() {
        refused(EINVAL, timer_create(CLOCK_REALTIME, null, new int[1]));
    }

    @Test
    @Assertion(
            id = "timer_create/x-null-evp-value",
            says = "The SIGALRM of a timer with a null sigevent carries the timer's id, and comes from a timer.")
    void theValueOfANullSigeventIsTheId() {
        SigSet alarm = new SigSet();
        ok(Signal.sigaddset(alarm, Signal.SIGALRM));
        KeventEvent request = KeventEvent.signal(alarm, SigVal.of(5));
        ok(Kevent.kevent_submit(scene.kfd, request, Kevent.KEVENT_NOWAIT, null));
        // two, so that one id is not 0
        for (int i = 0; i < 2; i++) {
            int id = TimerScene.create(CLOCK_MONOTONIC, (SigEvent) null);
            arm(id, 20 * MS, 0);
            KeventRecord record = Support.take(scene.kfd);
            assertEquals(Kevent.KEVENT_SIGNAL, record.id);
            assertEquals(Signal.SIGALRM, record.descriptor);
            assertEquals(Signal.SI_TIMER, record.result);
            assertEquals(id, record.data0);
            if (i == 0) {
                ok(Kevent.kevent_submit(scene.kfd, request, Kevent.KEVENT_NOWAIT, null));
            }
            ok(timer_delete(id));
        }
    }

    @Test
    @Assertion(
            id = "timer_create/x-bad-notify",
            says = "A sigevent that cannot notify is refused at once.",
            strength = MAY,
            choice =
                    "EINVAL: an unknown kind, a number that is no signal, no queue, a queue that was destroyed, no function.")
    void aSigeventThatCannotNotifyIsRefused() {
        int[] id = new int[1];
        SigEvent event = new SigEvent();
        for (int notify : new int[] {99, -1, 5}) {
            event.sigev_notify = notify;
            refused(EINVAL, timer_create(CLOCK_MONOTONIC, event, id));
        }
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        for (int signo : new int[] {0, 65, -1}) {
            event.sigev_signo = signo;
            refused(EINVAL, timer_create(CLOCK_MONOTONIC, event, id));
        }
        event.sigev_notify = Signal.SIGEV_THREAD;
        refused(EINVAL, timer_create(CLOCK_MONOTONIC, event, id));
        event.sigev_notify = Signal.SIGEV_KEVENT;
        refused(EINVAL, timer_create(CLOCK_MONOTONIC, event, id));
        event.sigev_notify_kqueue = Support.queue(2);
        Support.destroy(event.sigev_notify_kqueue);
        refused(EINVAL, timer_create(CLOCK_MONOTONIC, event, id));
    }

    @Test
    @Assertion(
            id = "timer_create/x-id-zero",
            says = "Ids start at 0, and the id of a deleted timer need not come back.",
            strength = CHOICE,
            choice = "0 is the first id of a process; ids count up and come back only after all others.")
    void zeroIsAnId() throws Exception {
        try (TimerChild child = TimerChild.start("ids")) {
            assertEquals("0 1 2", child.line());
        }
        int first = scene.create(CLOCK_MONOTONIC, 1);
        int second = scene.create(CLOCK_MONOTONIC, 2);
        ok(timer_delete(first));
        int third = scene.create(CLOCK_MONOTONIC, 3);
        assertEquals(3, Set.of(first, second, third).size());
    }

    @Test
    @Assertion(
            id = "timer_create/x-clocks",
            says = "A number that is no clock is EINVAL; clocks that exist drive timers or are ENOTSUP.",
            strength = CHOICE,
            choice = "BOOTTIME, TAI and CPU-time clocks drive timers; raw, coarse and alarm clocks are ENOTSUP.")
    void otherClocksDriveTimersOrAreRefused() {
        for (int clock : new int[] {CLOCK_BOOTTIME, CLOCK_TAI}) {
            notifiesAtExpiry(clock);
        }
        for (int clock : new int[] {4, 5, 6, 8, 9}) {
            refused(ENOTSUP, timer_create(clock, scene.event(1), new int[1]));
        }
        for (int clock : new int[] {10, 12, 15, 16, -1, 99_999}) {
            refused(EINVAL, timer_create(clock, scene.event(1), new int[1]));
        }
    }

    @Test
    @Assertion(
            id = "timer_create/x-same-cookie",
            says = "Timers with one value notify each for itself; the id tells them apart.")
    void timersMayShareAValue() {
        int a = scene.create(CLOCK_MONOTONIC, 77);
        int b = scene.create(CLOCK_MONOTONIC, 77);
        arm(a, 20 * MS, 0);
        arm(b, 20 * MS, 0);
        KeventRecord record = scene.take();
        assertEquals(77, record.cookie);
        int seen = record.descriptor;
        scene.takeCookie(77);
        assertTrue(seen == a || seen == b);
        assertNotEquals(a, b);
        scene.nothing();
    }

    @Test
    @Assertion(id = "timer_create/x-fail-no-slot", says = "A create that fails keeps nothing of what a timer needs.")
    void aFailedCreateLeavesNothingBehind() {
        try (TimerScene one = new TimerScene(1)) {
            for (int i = 0; i < 20; i++) {
                refused(EINVAL, timer_create(99_999, one.event(1), new int[1]));
                refused(ENOTSUP, timer_create(4, one.event(1), new int[1]));
                refused(EINVAL, timer_create(-1, one.event(1), new int[1]));
                refused(EINVAL, timer_create(CLOCK_MONOTONIC, one.event(1), null));
            }
            ok(timer_delete(one.create(CLOCK_MONOTONIC, 1)));
        }
    }

    @Test
    @Assertion(
            id = "timer_create/x-sigev-thread",
            says = "SIGEV_THREAD calls the function with the value on another thread, next to SIGEV_KEVENT timers.",
            strength = MAY)
    void sigevThreadCallsTheFunction() throws Exception {
        SynchronousQueue<Object[]> calls = new SynchronousQueue<>();
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_THREAD;
        event.sigev_value = SigVal.of(31);
        event.sigev_notify_function = value -> {
            try {
                calls.put(new Object[] {value.sival_int, Thread.currentThread()});
            } catch (InterruptedException unexpected) {
                throw new AssertionError(unexpected);
            }
        };
        int calling = TimerScene.create(CLOCK_MONOTONIC, event);
        int recording = scene.create(CLOCK_MONOTONIC, 32);
        arm(calling, 20 * MS, 0);
        arm(recording, 20 * MS, 0);
        Object[] call = calls.take();
        assertEquals(31, call[0]);
        assertNotEquals(Thread.currentThread(), call[1]);
        scene.takeCookie(32);
        ok(timer_delete(calling));
    }

    @Test
    @Assertion(
            id = "timer_create/x-other-cpu",
            says = "The CPU-time clock of another process drives a timer or is ENOTSUP.",
            strength = CHOICE,
            choice = "It drives timers, as on Linux.")
    void theCpuClockOfAnotherProcessDrivesATimer() throws Exception {
        try (TimerChild child = TimerChild.start("burn")) {
            int[] clock = new int[1];
            assertEquals(0, Time.clock_getcpuclockid(child.pid(), clock));
            int silent = TimerScene.create(clock[0], new SigEvent());
            ok(timer_delete(silent));
            int id = scene.create(clock[0], 9);
            arm(id, 20 * MS, 0);
            scene.takeCookie(9);
            ok(timer_delete(id));
        }
    }

    @Test
    @Assertion(
            id = "timer_create/p-eagain",
            says = "EAGAIN when what an expiry would need cannot be set aside; a timer deleted makes room.",
            choice = "A SIGEV_KEVENT timer owns one of its queue's places for its whole life.")
    void aFullQueueIsEagain() {
        try (TimerScene small = new TimerScene(2)) {
            int first = small.create(CLOCK_MONOTONIC, 1);
            small.create(CLOCK_MONOTONIC, 2);
            for (int clock : new int[] {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_PROCESS_CPUTIME_ID}) {
                refused(EAGAIN, timer_create(clock, small.event(3), new int[1]));
            }
            ok(timer_delete(first));
            small.create(CLOCK_MONOTONIC, 4);
        }
    }

    @Test
    @Assertion(
            id = "timer_create/p-minimum",
            says = "A process has at least the 32 timers of _POSIX_TIMER_MAX, all armed at once.")
    void thirtyTwoTimersRunAtOnce() {
        Set<Long> open = new HashSet<>();
        for (long i = 1; i <= 32; i++) {
            arm(scene.create(CLOCK_MONOTONIC, i), 10 * MS, 0);
            open.add(i);
        }
        while (!open.isEmpty()) {
            assertTrue(open.remove(scene.take().cookie));
        }
    }

    @Test
    @Assertion(
            id = "timer_create/p-read-once",
            says = "The sigevent is read by the call; what becomes of it afterwards changes nothing.",
            strength = KEVENT)
    void theSigeventIsReadDuringTheCall() {
        SigEvent event = scene.event(5);
        int id = TimerScene.create(CLOCK_MONOTONIC, event);
        event.sigev_value.sival_long = 6;
        event.sigev_notify = Signal.SIGEV_NONE;
        event.sigev_notify_kqueue = -1;
        arm(id, MS, 0);
        scene.takeCookie(5);
    }

    @Test
    @Assertion(
            id = "timer_create/p-value",
            says = "The value comes back bit for bit, an object as the same object.",
            strength = KEVENT)
    void theValueComesBackUnchanged() {
        for (long bits : new long[] {0, -1, Long.MIN_VALUE, 0x0123_4567_89ab_cdefL}) {
            int id = scene.create(CLOCK_MONOTONIC, bits);
            arm(id, 1, 0);
            scene.takeCookie(bits);
            ok(timer_delete(id));
        }
        Object tag = new Object();
        arm(TimerScene.create(CLOCK_MONOTONIC, SigEvent.kevent(scene.kfd, SigVal.of(tag))), 1, 0);
        assertSame(tag, scene.take().object);
    }

    @Test
    @Assertion(
            id = "timer_create/p-failed-id",
            says = "A create that fails does not touch the place for the id.",
            strength = CHOICE,
            choice = "It is left alone.")
    void aFailureLeavesTheIdAlone() {
        int[] id = {-7};
        refused(EINVAL, timer_create(99_999, scene.event(1), id));
        assertEquals(-7, id[0]);
        refused(EINVAL, timer_create(CLOCK_MONOTONIC, scene.event(1), null));
        refused(EINVAL, timer_create(CLOCK_MONOTONIC, scene.event(1), new int[0]));
    }

    @Test
    @Assertion(
            id = "timer_create/p-process-cpu",
            says = "CLOCK_PROCESS_CPUTIME_ID drives a timer by the CPU time of the process.")
    void theCpuTimeOfTheProcessDrivesATimer() {
        int id = scene.create(CLOCK_PROCESS_CPUTIME_ID, 8);
        long begin = now(CLOCK_PROCESS_CPUTIME_ID);
        arm(id, 30 * MS, 0);
        assertEquals(8, scene.takeBusy().cookie);
        within("CPU time used", 30 * MS, now(CLOCK_PROCESS_CPUTIME_ID) - begin, 10 * Support.SOON.toNanos());
        ok(timer_delete(id));
    }

    @Test
    @Assertion(
            id = "timer_create/p-thread-cpu-caller",
            says = "CLOCK_THREAD_CPUTIME_ID is the clock of the thread that made the timer.")
    void theThreadClockIsTheMakersOwn() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        SynchronousQueue<Integer> made = new SynchronousQueue<>();
        FutureTask<Void> maker = Support.start(() -> {
            int id = scene.create(CLOCK_THREAD_CPUTIME_ID, 3);
            arm(id, 60_000 * MS, 0);
            made.put(id);
            goOn.await();
            return null;
        });
        int id = made.take();
        long before = left(id);
        TimerScene.burn(100 * MS);
        within("time left while another thread worked", before - 50 * MS, left(id), before);
        ok(timer_delete(id));
        goOn.countDown();
        Support.get(maker);
    }
}
