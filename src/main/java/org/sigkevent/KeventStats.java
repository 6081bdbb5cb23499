package org.sigkevent;

import org.sigkevent.core.Figures;
import org.sigkevent.core.Queue;

/** Figures of a queue, each since it was made; a snapshot, its fields read one after the other. A plain struct. */
public final class KeventStats {
    /** Events that can be outstanding at once: the number given to kevent_init. */
    public int capacity;

    /** Slots that armed requests and timers hold. */
    public int armed;

    /** Records that wait to be taken. */
    public int unread;

    /** The most records that ever waited at once. */
    public int highWater;

    /** Records published. */
    public long posted;

    /** Registrations and posts that were refused because no slot was free. */
    public long refused;

    /** Timer expiries that found their timer's record unread and were counted in it instead. */
    public long overruns;

    /** Waiters woken for an event. */
    public long wakeUps;

    /** System calls that the queue's engine made: submissions, sleeps, wakes. */
    public long systemCalls;

    /** Operations that are with the kernel. */
    public int inFlight;

    /** {@code io_uring} or {@code epoll}. */
    public String engine = "";

    /** All zero, to be loaded. */
    public KeventStats() {}

    KeventStats load(Queue queue) {
        Figures now = queue.figures();
        capacity = now.limit;
        armed = now.armed;
        unread = now.unread;
        highWater = now.highWater;
        posted = now.posted;
        refused = now.refused;
        overruns = now.overruns;
        wakeUps = now.wakeUps;
        systemCalls = now.systemCalls;
        inFlight = now.inFlight;
        engine = now.engine;
        return this;
    }

    @Override
    public String toString() {
        return "capacity " + capacity + ", armed " + armed + ", unread " + unread + ", high water " + highWater
                + ", posted " + posted
                + ", refused " + refused + ", overruns " + overruns + ", wake-ups " + wakeUps + ", system calls "
                + systemCalls
                + ", in flight " + inFlight + ", engine " + engine;
    }
}
