package bench;

import static bench.Check.ok;
import static org.sigkevent.Kevent.kevent_init;
import static org.sigkevent.Kevent.kevent_map_ringbuf;
import static org.sigkevent.Kevent.kevent_wait;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.timer_create;
import static org.sigkevent.Time.timer_delete;
import static org.sigkevent.Time.timer_settime;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import io.netty.util.TimerTask;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.agrona.DeadlineTimerWheel;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;

/**
 * A number of timers, of this library or of another: the time limits of as many connections. Each has what a program needs to
 * move or cancel any of them: ids or handles in an array. One thread uses them.
 */
interface Timers {
    /** Moves the i-th to so many nanoseconds from now; the first time it is made. */
    void arm(int i, long nanos);

    /** Ends the i-th, which is armed, and makes and arms another one in its place. */
    default void replace(int i, long nanos) {
        arm(i, nanos);
    }

    /** Ends the i-th. */
    void end(int i);

    /** Stops the i-th, which is armed, and keeps of it what can be armed again. */
    default void disarm(int i) {
        end(i);
    }

    /** Waits until threads of its own have done what is left of the calls. */
    default void settle() throws InterruptedException {}

    /** Ends threads that would work on while nothing is measured; whether all is forgotten with them. */
    default boolean rest() {
        return false;
    }

    /** Waits until all, which are armed once, have expired, and takes what says so. */
    void awaitAll() throws InterruptedException;

    /** Timers of this library. */
    final class Ours implements Timers {
        private static final int NONE = -1;

        private final int kfd;
        private final KeventRing ring;
        private final KeventRecord record = new KeventRecord();
        private final int[] ids;
        private final int[] id = new int[1];
        private final ItimerSpec spec = new ItimerSpec();
        private final SigEvent event;

        Ours(int count) {
            kfd = ok(kevent_init(count));
            ring = kevent_map_ringbuf(kfd, 1);
            event = SigEvent.kevent(kfd, SigVal.of(1));
            ids = new int[count];
            Arrays.fill(ids, NONE);
        }

        @Override
        public void arm(int i, long nanos) {
            if (ids[i] == NONE) {
                ok(timer_create(CLOCK_MONOTONIC, event, id));
                ids[i] = id[0];
            }
            spec.it_value.tv_sec = nanos / 1_000_000_000;
            spec.it_value.tv_nsec = nanos % 1_000_000_000;
            ok(timer_settime(ids[i], 0, spec, null));
        }

        @Override
        public void replace(int i, long nanos) {
            end(i);
            arm(i, nanos);
        }

        @Override
        public void end(int i) {
            ok(timer_delete(ids[i]));
            ids[i] = NONE;
        }

        @Override
        public void disarm(int i) {
            arm(i, 0);
        }

        @Override
        public void awaitAll() {
            for (int taken = 0; taken < ids.length; ) {
                int state = ring.state();
                if (ring.take(record)) {
                    taken++;
                } else {
                    kevent_wait(kfd, state, null, null);
                }
            }
        }
    }

    /**
     * No timers: what it takes to find one of so many objects in the memory, to see what state it is in, to read the clock, and to write the
     * first and the last word of it.
     */
    final class Objects implements Timers {
        /** Its header and these are 96 bytes. */
        private static final class One {
            long first;
            long second;
            long third;
            long fourth;
            long fifth;
            long sixth;
            long seventh;
            long eighth;
            long ninth;
            long last;
        }

        private final One[] table;
        private final int[] ids;

        Objects(int count) {
            table = new One[count];
            ids = new int[count];
            for (int i = 0; i < count; i++) {
                table[i] = new One();
                ids[i] = i;
            }
        }

        @Override
        public void arm(int i, long nanos) {
            One one = table[ids[i]];
            long before = one.first + one.last;
            one.first = System.nanoTime() + nanos;
            one.last = before;
        }

        @Override
        public void end(int i) {
            table[ids[i]].first = 0;
        }

        @Override
        public void awaitAll() {
            throw new UnsupportedOperationException();
        }
    }

    /** Netty's wheel; its own thread moves what is new or cancelled into the wheel and out of it, and looks at a bucket each tick. */
    final class Netty implements Timers, TimerTask {
        private static final int MOST_IN_A_TICK = 100_000;

        private final int tickMillis;
        private final int ticks;
        private final Timeout[] handles;
        private final CountDownLatch left;

        /** Null at rest. */
        private HashedWheelTimer timer;

        Netty(int count, int tickMillis, int ticks) {
            this.tickMillis = tickMillis;
            this.ticks = ticks;
            handles = new Timeout[count];
            left = new CountDownLatch(count);
        }

        @Override
        public void run(Timeout timeout) {
            left.countDown();
        }

        @Override
        public void arm(int i, long nanos) {
            if (timer == null) {
                timer = new HashedWheelTimer(tickMillis, TimeUnit.MILLISECONDS, ticks);
            }
            if (handles[i] != null) {
                handles[i].cancel();
            }
            handles[i] = timer.newTimeout(this, nanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public void end(int i) {
            handles[i].cancel();
            handles[i] = null;
        }

        @Override
        public void settle() throws InterruptedException {
            // it moves so many into the wheel in each tick; twice the time, and some
            Thread.sleep((2L * handles.length / MOST_IN_A_TICK + 2) * tickMillis);
        }

        @Override
        public boolean rest() {
            timer.stop();
            timer = null;
            Arrays.fill(handles, null);
            return true;
        }

        @Override
        public void awaitAll() throws InterruptedException {
            left.await();
        }
    }

    /** The JDK's. */
    final class Executor implements Timers, Runnable {
        private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
        private final ScheduledFuture<?>[] handles;
        private final CountDownLatch left;

        Executor(int count) {
            timer.setRemoveOnCancelPolicy(true);
            handles = new ScheduledFuture<?>[count];
            left = new CountDownLatch(count);
        }

        @Override
        public void run() {
            left.countDown();
        }

        @Override
        public void arm(int i, long nanos) {
            if (handles[i] != null) {
                handles[i].cancel(false);
            }
            handles[i] = timer.schedule(this, nanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public void end(int i) {
            handles[i].cancel(false);
            handles[i] = null;
        }

        @Override
        public void awaitAll() throws InterruptedException {
            left.await();
        }
    }

    /** Agrona's wheel, for one thread, which polls it once in a while as its users do. */
    final class Agrona implements Timers {
        private static final long TICK = 1 << 20;
        private static final int POLLED_EACH = 1024;

        private final DeadlineTimerWheel timer;
        private final long[] ids;
        private int untilPolled = POLLED_EACH;
        private int expired;

        Agrona(int count, int ticks) {
            timer = new DeadlineTimerWheel(TimeUnit.NANOSECONDS, System.nanoTime(), TICK, ticks);
            ids = new long[count];
            Arrays.fill(ids, DeadlineTimerWheel.NULL_DEADLINE);
        }

        @Override
        public void arm(int i, long nanos) {
            long now = System.nanoTime();
            if (--untilPolled == 0) {
                untilPolled = POLLED_EACH;
                poll(now);
            }
            if (ids[i] != DeadlineTimerWheel.NULL_DEADLINE) {
                timer.cancelTimer(ids[i]);
            }
            ids[i] = timer.scheduleTimer(now + nanos);
        }

        /** A call looks at one tick, at most; this one goes on until the present one. */
        private void poll(long now) {
            while (timer.currentTickTime() < now) {
                timer.poll(now, (unit, time, id) -> ++expired > 0, Integer.MAX_VALUE);
            }
        }

        @Override
        public void end(int i) {
            timer.cancelTimer(ids[i]);
            ids[i] = DeadlineTimerWheel.NULL_DEADLINE;
        }

        @Override
        public void awaitAll() {
            while (expired < ids.length) {
                poll(System.nanoTime());
                Thread.onSpinWait();
            }
        }
    }
}
