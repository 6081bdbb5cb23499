package org.sigkevent.timer;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;
import org.sigkevent.sys.Threads;

/**
 * A clock of CPU time. Only the kernel can tell when a process or thread has used its time, so each timer has a kernel timer,
 * whose signal the {@link CpuTimeReceiver} takes and hands to {@link #expired}.
 */
final class CpuClockwork extends Clockwork {
    private final int kernelTimer;

    /** The id of the clock for every thread: CLOCK_THREAD_CPUTIME_ID names another one in each. */
    private final int clockOfAll;

    // guarded by the lock of the queue's deadlines

    /** Expiries behind the one that the unread record is about. */
    private long accumulated;

    // of the present setting

    private boolean live;
    private long period;

    /** Its first expiry is not before this time of the clock. */
    private long first;

    /** Expiries that were counted. */
    private long counted;

    /** Makes the kernel timer, which lives until {@link #close}. */
    CpuClockwork(int clock, int id, Destination target) {
        super(target.queue);
        boolean ofThread = clock == Linux.CLOCK_THREAD_CPUTIME_ID;
        if (ofThread && Threads.isVirtual(Thread.currentThread())) {
            throw new ErrnoException(
                    Errnos.EINVAL, "CLOCK_THREAD_CPUTIME_ID: a virtual thread has no CPU time of its own");
        }
        // the kernel's number for the clock of a thread: its id, inverted, over three bits that say "a thread's, exact"
        clockOfAll = ofThread ? ~Linux.gettid() << 3 | 6 : clock;
        int tid = target.silent ? 0 : CpuTimeReceiver.tid();
        Scratch s = Scratch.get();
        ByteBuffer b = s.buffer;
        Memory.clear(b, 0, 64);
        // struct sigevent: sigev_value 0, sigev_signo 8, sigev_notify 12, sigev_notify_thread_id 16; 64 bytes
        b.putLong(0, id);
        b.putInt(8, CpuTimeReceiver.SIGNAL);
        b.putInt(12, target.silent ? Linux.SIGEV_NONE : Linux.SIGEV_THREAD_ID);
        b.putInt(16, tid);
        int rc = Linux.call(Syscalls.TIMER_CREATE, clock, s.address, s.address + 64);
        if (rc < 0) {
            String remedy = rc == -Errnos.EAGAIN ? ", too many signals are queued (ulimit -i)" : "";
            throw ErrnoException.of(-rc, "clockid " + clock + remedy);
        }
        kernelTimer = b.getInt(64);
    }

    @Override
    void prepare() {
        Scratch.get();
    }

    @Override
    int set(TimerSource timer, boolean absolute, long value, long interval, @Nullable TimerSetting old) {
        long from = absolute ? value : Math.min(Long.MAX_VALUE - value, now()) + value;
        Scratch s = Scratch.get();
        Memory.putTime(s.buffer, 0, value == 0 ? 0 : interval);
        Memory.putTime(s.buffer, 16, value);
        int rc = Linux.call(
                Syscalls.TIMER_SETTIME, kernelTimer, absolute ? Linux.TIMER_ABSTIME : 0, s.address, s.address + 32);
        if (rc < 0) {
            return rc;
        }
        if (old != null) {
            load(s.buffer, 32, old);
        }
        live = value != 0;
        period = interval;
        first = from;
        counted = 0;
        accumulated = 0;
        return 0;
    }

    private static void load(ByteBuffer b, int at, TimerSetting into) {
        into.intervalNanos = Memory.getTime(b, at);
        into.valueNanos = Memory.getTime(b, at + 16);
    }

    @Override
    void get(TimerSource timer, TimerSetting into) {
        Scratch s = Scratch.get();
        Linux.call(Syscalls.TIMER_GETTIME, kernelTimer, s.address);
        load(s.buffer, 0, into);
    }

    @Override
    void stop(TimerSource timer) {
        set(timer, false, 0, 0, null);
    }

    @Override
    void close(TimerSource timer) {
        close();
    }

    /** Deletes the kernel timer. */
    void close() {
        Linux.call(Syscalls.TIMER_DELETE, kernelTimer);
        live = false;
    }

    @Override
    long settle(TimerSource timer) {
        long overruns = accumulated;
        accumulated = 0;
        return overruns;
    }

    /** What the record did not say goes into the next one. */
    @Override
    void settleElsewhere(TimerSource timer) {
        accumulated -= timer.said;
    }

    @Override
    void expired(TimerSource timer, long times) {
        long now = now();
        long fresh = Math.min(times, possible(now) - counted);
        if (fresh <= 0) {
            return;
        }
        counted += fresh;
        if (timer.unread) {
            accumulated += fresh;
            return;
        }
        accumulated += fresh - 1;
        timer.expire(accumulated, now);
    }

    /**
     * How often the timer can have expired in its present setting. A signal that was under way when the timer was set anew
     * says more than that: no part of a signal tells of which setting it is.
     */
    private long possible(long now) {
        if (!live) {
            return 0;
        }
        if (period > 0) {
            return now < first ? 0 : (now - first) / period + 1;
        }
        Scratch s = Scratch.get();
        Linux.call(Syscalls.TIMER_GETTIME, kernelTimer, s.address);
        return s.buffer.getLong(16) != 0 || s.buffer.getLong(24) != 0 ? 0 : 1;
    }

    /** The time of the clock; 0 when its process or thread has ended. */
    private long now() {
        Scratch s = Scratch.get();
        if (Native.C.clock_gettime(clockOfAll, s.address) < 0) {
            return 0;
        }
        return Memory.getTime(s.buffer, 0);
    }
}
