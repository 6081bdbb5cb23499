package org.sigkevent.timer;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Clocks;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;
import org.sigkevent.sys.Threads;

/**
 * A timer of a CPU-time clock. Only the kernel can tell when a process or thread has used its time, so there is a kernel timer,
 * and its signal goes to one thread of the library that has this signal blocked and takes it with sigtimedwait: no handler
 * runs and no other thread is disturbed. The signal's value is the timer's id; the thread adds the expiries up in the timer.
 */
final class CpuTimer extends ClockTimer {
    /** SIGRTMAX-2: blocked in the library's thread only, and sent to that thread only. */
    private static final int SIGNAL = 62;

    private static final int SIGEV_NONE = 1;
    private static final int SIGEV_THREAD_ID = 4;
    private static final int TIMER_ABSTIME = 1;
    private static final long NANOS = 1_000_000_000L;

    private static int receiver;

    private final int kernelTimer;

    /** Expiries behind the one that the unread record is about. Guarded by the lock of the queue's deadlines. */
    private long accumulated;

    /** How many of them the record says, for those who take it elsewhere. */
    private long said;

    // of the present setting; guarded by the same lock

    private boolean live;
    private long period;

    /** Its first expiry is not before this time of the clock. */
    private long first;

    /** Expiries that were counted. */
    private long counted;

    /** The id of the clock for every thread: CLOCK_THREAD_CPUTIME_ID names another one in each. */
    private final int clockOfAll;

    CpuTimer(int clock, int id, Destination target) {
        super(clock, id, target);
        if (clock == Clocks.CLOCK_THREAD_CPUTIME_ID && Threads.isVirtual(Thread.currentThread())) {
            throw new ErrnoException(
                    Errnos.EINVAL, "CLOCK_THREAD_CPUTIME_ID: a virtual thread has no CPU time of its own");
        }
        int tid = target.silent ? 0 : receiver();
        Scratch s = Scratch.get();
        ByteBuffer b = s.buffer;
        for (int i = 0; i < 64; i += 8) {
            b.putLong(i, 0);
        }
        // struct sigevent: sigev_value 0, sigev_signo 8, sigev_notify 12, sigev_notify_thread_id 16; 64 bytes
        b.putLong(0, id);
        b.putInt(8, SIGNAL);
        b.putInt(12, target.silent ? SIGEV_NONE : SIGEV_THREAD_ID);
        b.putInt(16, tid);
        int rc = Linux.call(Syscalls.TIMER_CREATE, clock, s.address, s.address + 64);
        if (rc < 0) {
            throw new ErrnoException(
                    -rc,
                    "clockid " + clock + ": " + Errnos.name(-rc) + " (" + Errnos.text(-rc) + ")"
                            + (rc == -Errnos.EAGAIN ? ": too many signals are queued (ulimit -i)" : ""));
        }
        kernelTimer = b.getInt(64);
        clockOfAll = clock == Clocks.CLOCK_THREAD_CPUTIME_ID ? clockOfThread(Linux.gettid()) : clock;
    }

    @Override
    public int set(boolean absolute, long value, long interval, @Nullable Setting old) {
        deadlines().lock();
        try {
            if (deleted || queue().dead()) {
                return -Errnos.EINVAL;
            }
            long from = absolute ? value : Math.min(Long.MAX_VALUE - value, now()) + value;
            Scratch s = Scratch.get();
            ByteBuffer b = s.buffer;
            put(b, 0, value == 0 ? 0 : interval);
            put(b, 16, value);
            int rc = Linux.call(
                    Syscalls.TIMER_SETTIME, kernelTimer, absolute ? TIMER_ABSTIME : 0, s.address, s.address + 32);
            if (rc < 0) {
                return rc;
            }
            if (old != null) {
                load(b, 32, old);
            }
            withdraw();
            overrun = 0;
            live = value != 0;
            period = interval;
            first = from;
            counted = 0;
            return 0;
        } finally {
            deadlines().unlock();
        }
    }

    private static void put(ByteBuffer b, int at, long nanos) {
        b.putLong(at, nanos / NANOS);
        b.putLong(at + 8, nanos % NANOS);
    }

    private static void load(ByteBuffer b, int at, Setting into) {
        into.intervalNanos = b.getLong(at) * NANOS + b.getLong(at + 8);
        into.valueNanos = b.getLong(at + 16) * NANOS + b.getLong(at + 24);
    }

    @Override
    public int get(Setting into) {
        deadlines().lock();
        try {
            return deleted || queue().dead() ? -Errnos.EINVAL : kernelSetting(into);
        } finally {
            deadlines().unlock();
        }
    }

    private int kernelSetting(Setting into) {
        Scratch s = Scratch.get();
        int rc = Linux.call(Syscalls.TIMER_GETTIME, kernelTimer, s.address);
        load(s.buffer, 0, into);
        return rc;
    }

    private void withdraw() {
        accumulated = 0;
        if (unread) {
            unread = false;
            queue().withdraw(this);
        }
    }

    @Override
    public int delete() {
        deadlines().lock();
        try {
            if (deleted) {
                return -Errnos.EINVAL;
            }
            deleted = true;
            Linux.call(Syscalls.TIMER_DELETE, kernelTimer);
            withdraw();
        } finally {
            deadlines().unlock();
        }
        TimerTable.remove(this);
        release();
        return 0;
    }

    @Override
    void mute() {
        deadlines().lock();
        try {
            Scratch s = Scratch.get();
            put(s.buffer, 0, 0);
            put(s.buffer, 16, 0);
            Linux.call(Syscalls.TIMER_SETTIME, kernelTimer, 0, s.address, 0);
            withdraw();
            letGo();
        } finally {
            deadlines().unlock();
        }
    }

    @Override
    protected boolean taken(RingRecord record) {
        deadlines().lock();
        try {
            if (!unread) {
                return false;
            }
            unread = false;
            overrun = (int) Math.min(accumulated, DELAYTIMER_MAX);
            queue().countOverruns(accumulated);
            accumulated = 0;
            record.result = overrun;
            record.object = object();
            return true;
        } finally {
            deadlines().unlock();
        }
    }

    @Override
    protected void takenElsewhere(RingRecord record) {
        deadlines().lock();
        if (unread) {
            unread = false;
            overrun = (int) said;
            accumulated -= said; // the rest goes into the next record
            queue().countOverruns(said);
        }
        deadlines().unlock();
    }

    /** A signal says that the kernel timer has expired {@code times} times: in this setting, or in one before it. */
    private void expired(long times) {
        deadlines().lock();
        try {
            if (deleted || queue().dead()) {
                return;
            }
            long now = now();
            long fresh = Math.min(times, possible(now) - counted);
            if (fresh <= 0) {
                return;
            }
            counted += fresh;
            if (unread) {
                accumulated += fresh;
                return;
            }
            accumulated += fresh - 1;
            said = Math.min(accumulated, DELAYTIMER_MAX);
            unread = true;
            RingRecord record = RingRecord.outgoing(Kinds.KEVENT_TIMER, id(), cookie());
            record.result = said;
            record.data0 = now;
            record.timeNanos = now;
            queue().post(this, record);
        } finally {
            deadlines().unlock();
        }
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
        Setting setting = new Setting();
        kernelSetting(setting);
        return setting.valueNanos > 0 ? 0 : 1;
    }

    /** The time of the clock; 0 when its process or thread has ended. */
    private long now() {
        Scratch s = Scratch.get();
        if (Native.C.clock_gettime(clockOfAll, s.address) < 0) {
            return 0;
        }
        return s.buffer.getLong(0) * NANOS + s.buffer.getLong(8);
    }

    /** The kernel's number for the clock of a thread: its id, inverted, over three bits that say "a thread's, exact". */
    private static int clockOfThread(int tid) {
        return ~tid << 3 | 6;
    }

    // ---- the thread that takes the signals

    private static synchronized int receiver() {
        if (receiver == 0) {
            int[] tid = new int[1];
            java.util.concurrent.CountDownLatch ready = new java.util.concurrent.CountDownLatch(1);
            startReceiver(() -> {
                ByteBuffer set =
                        Memory.allocate(128); // a sigset_t of the C library; the kernel looks at the first eight bytes
                set.putLong(0, 1L << (SIGNAL - 1));
                Native.C.pthread_sigmask(0, Memory.address(set), 0); // SIG_BLOCK
                tid[0] = Linux.gettid();
                ready.countDown();
                receive(set);
            });
            boolean interrupted = false;
            for (; ; ) {
                try {
                    ready.await();
                    break;
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            receiver = tid[0];
        }
        return receiver;
    }

    private static void startReceiver(Runnable body) {
        try {
            Threads.daemon("sigkevent-cputime", body);
        } catch (OutOfMemoryError none) {
            throw new ErrnoException(
                    Errnos.EAGAIN,
                    "no thread can be had that takes the signals of CPU-time timers: " + none.getMessage());
        }
    }

    private static void receive(ByteBuffer set) {
        ByteBuffer info = Memory.allocate(128);
        long setAddress = Memory.address(set);
        long infoAddress = Memory.address(info);
        for (; ; ) {
            int rc = Linux.call(Syscalls.RT_SIGTIMEDWAIT, setAddress, infoAddress, 0, 8);
            if (rc != SIGNAL || info.getInt(8) != -2) { // SI_TIMER
                continue;
            }
            ClockTimer timer = TimerTable.get((int) info.getLong(24));
            if (timer instanceof CpuTimer) {
                ((CpuTimer) timer).expired(1L + info.getInt(20));
            }
        }
    }

    @Override
    public String toString() {
        return "timer " + id() + " on clock " + clockOfAll;
    }
}
