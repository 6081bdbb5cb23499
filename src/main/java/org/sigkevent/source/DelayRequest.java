package org.sigkevent.source;

import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.Helpers;
import org.sigkevent.queue.Clocks;
import org.sigkevent.queue.Deadlines;
import org.sigkevent.queue.Ids;
import org.sigkevent.queue.Queue;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Os;
import org.sigkevent.sys.Syscalls;

/** KEVENT_DELAY: nanosleep and clock_nanosleep. The record says how late it is, in nanoseconds. */
public final class DelayRequest extends EventRequest {
    private static final int TIMER_ABSTIME = 1;

    private final int clock;
    private final boolean absolute;
    private final long nanos;
    private int heapClock;
    private long until;
    private Helpers.@Nullable Task sleeper;

    public DelayRequest(Queue queue, long cookie, @Nullable Object object, int clock, boolean absolute, long nanos) {
        super(queue, Ids.KEVENT_DELAY, clock, cookie, object, false);
        this.clock = clock;
        this.absolute = absolute;
        this.nanos = nanos;
    }

    @Override
    protected int begin() {
        if (!Deadlines.knows(clock)) {
            return clock == Clocks.CLOCK_PROCESS_CPUTIME_ID || clock < 0 ? sleepOnHelper() : -Errnos.EINVAL;
        }
        Deadlines deadlines = queue.deadlines();
        heapClock = absolute || clock == Clocks.CLOCK_BOOTTIME ? clock : Clocks.CLOCK_MONOTONIC;
        deadlines.lock();
        long now = absolute ? 0 : deadlines.now(heapClock);
        until = nanos > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + nanos;
        deadlines.arm(this, heapClock, until);
        deadlines.unlock();
        return 0;
    }

    @Override
    protected boolean due(long at) {
        complete(Math.max(0, queue.deadlines().now(heapClock) - at), at, 0);
        return true;
    }

    /** CPU time passes in the kernel only. */
    private int sleepOnHelper() {
        sleeper = new Helpers.Task() {
            @Override
            protected long attempt() {
                var time = Memory.allocate(16);
                time.putLong(0, nanos / 1_000_000_000L);
                time.putLong(8, nanos % 1_000_000_000L);
                long rc =
                        Os.call(Syscalls.CLOCK_NANOSLEEP, clock, absolute ? TIMER_ABSTIME : 0, Memory.address(time), 0);
                java.lang.ref.Reference.reachabilityFence(time);
                return rc;
            }

            @Override
            protected void finished(long result) {
                complete(result, 0, 0);
            }
        };
        return Helpers.start(sleeper);
    }

    @Override
    protected void stop() {
        if (sleeper != null) {
            sleeper.cancel();
            return;
        }
        queue.deadlines().lock();
        boolean waited = queue.deadlines().disarm(this);
        queue.deadlines().unlock();
        if (waited) {
            complete(-Errnos.ECANCELED, 0, 0);
        }
    }
}
