package org.sigkevent.timer;

import static org.sigkevent.core.Deadlines.sum;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.DeadlineClocks;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Threads;

/** Clocks and sleeps. Results are 0 or an errno negated. */
public final class Sleeps {
    /** The largest number that Linux gives to a process. */
    private static final int PID_MAX = 1 << 22;

    /** How a thread sleeps, and what else than its deadline ends that. */
    public interface Waiting {
        /** Until a time of System.nanoTime: -ETIMEDOUT, -EINTR. */
        int sleep(long deadline);

        /** As {@link Queue#await} without a mask. */
        int await(Queue queue, int seen, int clock, long deadline);
    }

    private static @Nullable Queue sleepers;

    private Sleeps() {}

    /** clock_gettime: 0 or -EINVAL; the time is at the beginning of the thread's {@link Scratch}, as a struct timespec. */
    public static int getTime(int clock) {
        if (clock == Linux.CLOCK_THREAD_CPUTIME_ID && Threads.isVirtual(Thread.currentThread())) {
            return -Errnos.EINVAL;
        }
        return (int) Linux.result(Native.C.clock_gettime(clock, Scratch.get().address));
    }

    /** clock_getres, as {@link #getTime}. */
    public static int getResolution(int clock) {
        return (int) Linux.result(Native.C.clock_getres(clock, Scratch.get().address));
    }

    /** clock_settime: -EPERM, -EINVAL. */
    public static int setTime(int clock, long seconds, long nanos) {
        Scratch s = Scratch.get();
        s.buffer.putLong(0, seconds);
        s.buffer.putLong(8, nanos);
        return Native.C.clock_settime(clock, s.address) < 0 ? -Native.errno() : 0;
    }

    /** clock_getcpuclockid: {@code into[0]} gets the id; or -ESRCH. */
    public static int getCpuClockId(int pid, int[] into) {
        if (pid < 0 || pid > PID_MAX) {
            // its bits would not fit the clock's id
            return -Errnos.ESRCH;
        }
        Scratch s = Scratch.get();
        int error = Native.C.clock_getcpuclockid(pid, s.address);
        if (error == 0) {
            into[0] = s.buffer.getInt(0);
        }
        // the C library says EINVAL for a number that cannot be a process
        return error == Errnos.EINVAL ? -Errnos.ESRCH : -error;
    }

    /**
     * clock_nanosleep.
     *
     * @param how also until a handler has returned, perhaps
     * @param nanos a length of time, or with {@code absolute} a time of the clock
     * @param left {@code left[0]} gets what remains of a length of time that was interrupted; or null
     * @return 0, -EINTR (the interrupt status is cleared), -EINVAL, -ENOTSUP, -ESHUTDOWN
     */
    public static int sleep(Waiting how, int clock, boolean absolute, long nanos, long @Nullable [] left) {
        if (clock == Linux.CLOCK_THREAD_CPUTIME_ID) {
            return -Errnos.EINVAL;
        }
        try {
            if (!DeadlineClocks.has(clock)) {
                return onTimer(how, clock, absolute, nanos, left);
            }
            return sleep(how, steady(clock, absolute) ? null : sleepers(), clock, absolute, nanos, left);
        } catch (ErrnoException refused) {
            return -refused.errno();
        }
    }

    /**
     * {@link #sleep(Waiting, int, boolean, long, long[])} for the clocks that deadlines know.
     *
     * @param queue whose clocks, and news of their being set, count; not used for CLOCK_MONOTONIC and for lengths of time
     */
    public static int sleep(
            Waiting how, @Nullable Queue queue, int clock, boolean absolute, long nanos, long @Nullable [] left) {
        if (queue == null || steady(clock, absolute)) {
            return onSteadyClock(how, absolute ? nanos : sum(System.nanoTime(), nanos), left);
        }
        return onQueue(
                how, queue, clock, absolute ? nanos : sum(queue.deadlines().now(clock), nanos), left);
    }

    /** Whether the sleep is one on CLOCK_MONOTONIC: lengths of time of clocks that can be set are. */
    private static boolean steady(int clock, boolean absolute) {
        return clock == Linux.CLOCK_MONOTONIC || !absolute && clock != Linux.CLOCK_BOOTTIME;
    }

    private static synchronized Queue sleepers() {
        if (sleepers == null) {
            sleepers = Queue.create(1);
        }
        return sleepers;
    }

    /** The end of the library, when all queues have ended. */
    public static synchronized void end() {
        sleepers = null;
    }

    private static int onSteadyClock(Waiting how, long until, long @Nullable [] left) {
        int rc = how.sleep(until);
        if (rc == -Errnos.EINTR) {
            remaining(left, until - System.nanoTime());
        }
        return rc == -Errnos.ETIMEDOUT ? 0 : rc;
    }

    private static void remaining(long @Nullable [] left, long nanos) {
        if (left != null) {
            left[0] = Math.max(0, nanos);
        }
    }

    /** A clock that can be set, or that counts while the machine is suspended: the deadlines of a queue follow it. */
    private static int onQueue(Waiting how, Queue queue, int clock, long until, long @Nullable [] left) {
        int rc;
        do {
            rc = how.await(queue, queue.state(), clock, until);
            // woken for others, whom a handler has interrupted
        } while (rc == 0 || rc == -Errnos.EWOULDBLOCK);
        if (rc == -Errnos.EINTR) {
            remaining(left, until - queue.deadlines().now(clock));
        }
        // the queue is the library's: only its end ends it
        int ended = rc == -Errnos.EBADF ? -Errnos.ESHUTDOWN : rc;
        return rc == -Errnos.ETIMEDOUT ? 0 : ended;
    }

    /** A CPU-time clock: a timer on it ends the sleep. */
    private static int onTimer(Waiting how, int clock, boolean absolute, long nanos, long @Nullable [] left) {
        RingRecord record = new RingRecord();
        TimerSetting setting = new TimerSetting();
        Queue queue = Queue.create(1);
        ClockTimer timer = null;
        try {
            timer = ClockTimer.create(clock, id -> Destination.records(queue, 0, null));
            if (nanos == 0) {
                return 0;
            }
            timer.set(absolute, nanos, 0, null);
            int rc = 0;
            while (rc == 0 || rc == -Errnos.EWOULDBLOCK) {
                int seen = queue.state();
                if (queue.poll(record)) {
                    return 0;
                }
                rc = how.await(queue, seen, Linux.CLOCK_MONOTONIC, Long.MAX_VALUE);
            }
            timer.get(setting);
            if (rc == -Errnos.EINTR) {
                remaining(left, setting.valueNanos);
            }
            return rc;
        } finally {
            try {
                if (timer != null) {
                    timer.delete();
                }
            } finally {
                queue.destroy();
            }
        }
    }
}
