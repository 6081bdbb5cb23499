package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.sigkevent.ItimerSpec;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Support;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** What the tests of timers and clocks share: a queue that timers expire into, and short forms of the calls. */
final class TimerScene implements AutoCloseable {
    static final long MS = 1_000_000;
    static final long SECOND = 1000 * MS;

    /** How long a test looks for a record that must not come. */
    static final Duration QUIET = Duration.ofMillis(40);

    /** Clock ids that name nothing on Linux. */
    static final int[] NO_CLOCKS = {12, 99, 99_999, Integer.MAX_VALUE, Integer.MIN_VALUE, Integer.MIN_VALUE + 1};

    /** Seconds and nanoseconds that no length of time may have. */
    static final long[][] BAD_NANOS = {
        {0, -1},
        {0, Integer.MIN_VALUE},
        {0, 1_000_000_000},
        {0, 1_000_000_001},
        {0, Integer.MAX_VALUE},
        {1, -1},
        {1, 1_000_000_000},
        {0, Long.MIN_VALUE},
        {0, Long.MAX_VALUE}
    };

    final int kfd;
    final KeventRing ring;

    TimerScene(int slots) {
        kfd = Support.queue(slots);
        ring = Support.ring(kfd);
    }

    @Override
    public void close() {
        Support.destroy(kfd);
    }

    SigEvent event(long cookie) {
        return SigEvent.kevent(kfd, SigVal.of(cookie));
    }

    int create(int clock, long cookie) {
        return create(clock, event(cookie));
    }

    static int create(int clock, SigEvent event) {
        int[] id = {-1};
        assertEquals(0, ok(Time.timer_create(clock, event, id)));
        return id[0];
    }

    static ItimerSpec spec(long valueNanos, long intervalNanos) {
        return spec(TimeSpec.ofNanos(valueNanos), TimeSpec.ofNanos(intervalNanos));
    }

    static ItimerSpec spec(TimeSpec value, TimeSpec interval) {
        ItimerSpec spec = new ItimerSpec();
        spec.it_value = value;
        spec.it_interval = interval;
        return spec;
    }

    static void arm(int id, long valueNanos, long intervalNanos) {
        assertEquals(0, ok(Time.timer_settime(id, 0, spec(valueNanos, intervalNanos), null)));
    }

    static void armAt(int id, long valueNanos, long intervalNanos) {
        assertEquals(0, ok(Time.timer_settime(id, Time.TIMER_ABSTIME, spec(valueNanos, intervalNanos), null)));
    }

    static void disarm(int id) {
        arm(id, 0, 0);
    }

    static ItimerSpec gettime(int id) {
        ItimerSpec spec = new ItimerSpec();
        assertEquals(0, ok(Time.timer_gettime(id, spec)));
        return spec;
    }

    /** Nanoseconds until the next expiry, as timer_gettime has it. */
    static long left(int id) {
        return gettime(id).it_value.toNanos();
    }

    static long interval(int id) {
        return gettime(id).it_interval.toNanos();
    }

    static long now(int clock) {
        TimeSpec now = new TimeSpec();
        ok(Time.clock_gettime(clock, now));
        return now.toNanos();
    }

    static long monotonic() {
        return now(Time.CLOCK_MONOTONIC);
    }

    /** Lets the clock reach {@code until}; an interrupt does not end it. */
    static void passes(int clock, long until) {
        long left;
        while ((left = until - now(clock)) > 0) {
            LockSupport.parkNanos(left);
        }
    }

    /** Lets a length of time pass. */
    static void passes(long nanos) {
        passes(Time.CLOCK_MONOTONIC, monotonic() + nanos);
    }

    /** Uses CPU time of the calling thread. */
    static void burn(long nanos) {
        long until = now(Time.CLOCK_THREAD_CPUTIME_ID) + nanos;
        while (now(Time.CLOCK_THREAD_CPUTIME_ID) < until) {
            Thread.onSpinWait();
        }
    }

    /** A call that touches the queue: what is due fires. */
    void drive() {
        Kevent.kevent_wait(kfd, ring.state(), new TimeSpec(), null);
    }

    /** Lets a timer that is armed expire, and leaves its record in the ring. */
    void untilUnread() {
        Support.until("a record is in the ring", () -> {
            drive();
            return ring.unread() > 0;
        });
    }

    KeventRecord take() {
        KeventRecord record = Support.take(kfd);
        assertEquals(Kevent.KEVENT_TIMER, record.id);
        assertEquals(0, record.error);
        return record;
    }

    void takeCookie(long cookie) {
        assertEquals(cookie, take().cookie);
    }

    /** Takes the next record while this thread uses CPU time. */
    KeventRecord takeBusy() {
        KeventRecord record = new KeventRecord();
        Support.until("the CPU timer expires", () -> {
            burn(MS);
            return ring.take(record);
        });
        return record;
    }

    /** That nothing is in the ring and nothing comes for a while. */
    void nothing() {
        Support.nothing(kfd, QUIET);
    }

    /** {@code low <= value <= high}. */
    static void within(String what, long low, long value, long high) {
        assertTrue(low <= value && value <= high, () -> what + " is " + value + ", not in " + low + " to " + high);
    }

    /** Reads a clock, does something, and reads it again; nothing may end before its time. */
    static void lastsAtLeast(long nanos, Runnable body) {
        long begin = monotonic();
        body.run();
        within("elapsed", nanos, monotonic() - begin, nanos + Support.SOON.toNanos());
    }

    /** Starts {@code sleep} on a thread, interrupts it when it sleeps, and gives its answer; no interrupt may be left behind. */
    static int interrupted(long afterNanos, IntSupplier sleep) throws Exception {
        AtomicReference<Thread> thread = new AtomicReference<>();
        FutureTask<Integer> sleeper = Support.start(() -> {
            thread.set(Thread.currentThread());
            int answer = sleep.getAsInt();
            assertFalse(Thread.currentThread().isInterrupted(), "the interrupt was not taken");
            return answer;
        });
        Support.until("it runs", () -> thread.get() != null);
        Support.untilAsleep(thread.get());
        passes(afterNanos);
        thread.get().interrupt();
        return Support.get(sleeper);
    }
}
