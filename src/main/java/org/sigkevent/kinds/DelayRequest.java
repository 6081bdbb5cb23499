package org.sigkevent.kinds;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.DeadlineClocks;
import org.sigkevent.core.Deadlines;
import org.sigkevent.core.Destination;
import org.sigkevent.core.EventRequest;
import org.sigkevent.core.Kinds;
import org.sigkevent.engine.BlockingHelpers;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;

/** KEVENT_DELAY: nanosleep and clock_nanosleep. The record says how late it is, in nanoseconds. */
public final class DelayRequest extends EventRequest {
    private final int clock;
    private final boolean absolute;
    private long nanos;
    private int heapClock;
    private BlockingHelpers.@Nullable Task sleeper;

    public DelayRequest(Destination to, int clock, boolean absolute, long nanos) {
        super(to, Kinds.KEVENT_DELAY, clock, false);
        this.clock = clock;
        this.absolute = absolute;
        this.nanos = nanos;
    }

    @Override
    protected void check() {
        if (!DeadlineClocks.has(clock) && clock != Linux.CLOCK_PROCESS_CPUTIME_ID && clock >= 0) {
            throw ErrnoException.invalid(
                    "clockid " + clock + " is not a clock that a delay can follow: CLOCK_REALTIME (0), CLOCK_MONOTONIC"
                            + " (1), CLOCK_PROCESS_CPUTIME_ID (2), CLOCK_BOOTTIME (7), CLOCK_TAI (11), or the CPU clock of"
                            + " another process");
        }
    }

    @Override
    protected String asked() {
        return "delay on clockid " + clock + ", time " + nanos + " ns";
    }

    @Override
    protected int begin() {
        if (!DeadlineClocks.has(clock)) {
            return sleepOnHelper();
        }
        Deadlines deadlines = queue.deadlines();
        heapClock = absolute || clock == Linux.CLOCK_BOOTTIME ? clock : Linux.CLOCK_MONOTONIC;
        deadlines.set(this, heapClock, absolute ? nanos : Deadlines.sum(deadlines.now(heapClock), nanos));
        return 0;
    }

    @Override
    protected void due(long at) {
        complete(Math.max(0, queue.deadlines().now(heapClock) - at), at, 0);
    }

    /** When a delay from now is over, on its clock; 0 for a clock that says nothing any more: the kernel will say what is wrong. */
    private long end() {
        Scratch s = Scratch.get();
        return Native.C.clock_gettime(clock, s.address) < 0 ? 0 : Deadlines.sum(Memory.getTime(s.buffer, 0), nanos);
    }

    /** CPU time passes in the kernel only. */
    private int sleepOnHelper() {
        // once: a disturbance does not begin it anew
        nanos = absolute ? nanos : end();
        BlockingHelpers.Task task = helperTask();
        sleeper = task;
        return BlockingHelpers.start(task);
    }

    @Override
    public long blocking() {
        Scratch s = Scratch.get();
        Memory.putTime(s.buffer, 0, nanos);
        return Linux.call(Syscalls.CLOCK_NANOSLEEP, clock, Linux.TIMER_ABSTIME, s.address, 0);
    }

    @Override
    protected void stop() {
        if (sleeper != null) {
            sleeper.cancel();
        } else if (queue.deadlines().clear(this)) {
            complete(-Errnos.ECANCELED, 0, 0);
        }
    }
}
