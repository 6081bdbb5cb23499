package org.sigkevent.timer;

import static org.sigkevent.core.Deadlines.sum;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Member;
import org.sigkevent.core.Queue;
import org.sigkevent.sys.Linux;

/**
 * The clocks that {@link org.sigkevent.core.Deadlines} know. A queue has one clockwork for all its timers: each is its own deadline
 * and keeps its own state, so that there is no second object.
 *
 * <p>A periodic timer whose record is unread is in no heap and costs nothing. When the record is taken, the periods that have
 * passed since the expiry are the overruns, and the next expiry is armed on the same grid: one division, however many they are.
 *
 * <p>It is also what silences all timers of the queue when that is destroyed. It knows between which ids they are, so that a
 * timer costs nothing here; those of other queues among them are passed over.
 */
final class HeapClockwork extends Clockwork implements Member {
    private volatile int least = Integer.MAX_VALUE;
    private volatile int most = -1;

    HeapClockwork(Queue queue) {
        super(queue);
    }

    /** A timer with this id is one of the queue's. */
    synchronized void include(int id) {
        least = Math.min(least, id);
        most = Math.max(most, id);
    }

    @Override
    public void onClosing() {
        TimerTable.mute(queue, least, most);
    }

    @Override
    void prepare() {
        deadlines.makeRoom();
    }

    @Override
    int set(TimerSource timer, boolean absolute, long value, long period, @Nullable TimerSetting old) {
        if (old != null) {
            read(timer, old);
        }
        if (value == 0) {
            stop(timer);
            timer.interval = 0;
            return 0;
        }
        boolean armed = timer.armed;
        int from = timer.clockid();
        timer.interval = period;
        int clock = absolute || timer.clock == Linux.CLOCK_BOOTTIME ? timer.clock : Linux.CLOCK_MONOTONIC;
        timer.next = absolute ? value : sum(deadlines.now(clock), value);
        timer.armed = true;
        if (timer.silent) {
            timer.choose(clock);
        } else if (armed) {
            deadlines.move(timer, from, clock, timer.next);
        } else {
            deadlines.arm(timer, clock, timer.next);
        }
        return 0;
    }

    @Override
    void stop(TimerSource timer) {
        if (timer.armed && !timer.silent) {
            leave(timer);
        }
        timer.armed = false;
    }

    private void leave(TimerSource timer) {
        deadlines.disarmOrGiveUp(timer, timer.clockid());
    }

    @Override
    void due(TimerSource timer, long nanos) {
        // others take from this ring, and nobody has
        if (timer.unread) {
            long periods = Math.max(0, deadlines.now(timer.clockid()) - nanos) / Math.max(1, timer.interval);
            deadlines.arm(timer, timer.clockid(), sum(nanos + periods * timer.interval, timer.interval));
            return;
        }
        long told = 0;
        timer.armed = timer.interval != 0;
        if (timer.armed && queue.shared()) {
            // a taker elsewhere does not tell: the record says what was missed, and at the next expiry it is looked for
            told = missedPeriods(timer);
            timer.next = nanos + told * timer.interval;
            deadlines.arm(timer, timer.clockid(), sum(timer.next, timer.interval));
        } else if (timer.armed) {
            deadlines.keepRoom(timer.clockid());
        }
        try {
            timer.expire(told, timer.next);
        } finally {
            if (!timer.unread) {
                // an Error: it is due once more
                if (timer.armed) {
                    leave(timer);
                }
                timer.armed = true;
                deadlines.arm(timer, timer.clockid(), timer.next);
            }
        }
    }

    @Override
    void get(TimerSource timer, TimerSetting into) {
        // now, so that a timer that says zero has its record
        if (read(timer, into)) {
            deadlines.disarm(timer);
            due(timer, timer.next);
        }
    }

    /** Fills {@code into}; true when the timer's only expiry is due and was not driven yet. */
    private boolean read(TimerSource timer, TimerSetting into) {
        into.intervalNanos = timer.interval;
        into.valueNanos = 0;
        if (!timer.armed) {
            return false;
        }
        // both are times since 1970 or since the machine started
        long left = timer.next - deadlines.now(timer.clockid());
        if (left > 0) {
            into.valueNanos = left;
        } else if (timer.interval > 0) {
            into.valueNanos = timer.interval - -left % timer.interval;
        } else {
            return !timer.silent;
        }
        return false;
    }

    /** The whole periods between {@link TimerSource#next} and now. */
    private long missedPeriods(TimerSource timer) {
        return Math.max(0, deadlines.now(timer.clockid()) - timer.next) / timer.interval;
    }

    @Override
    long settle(TimerSource timer) {
        if (!timer.armed) {
            return 0;
        }
        leave(timer);
        long periods = missedPeriods(timer);
        // next + (periods + 1) * interval, which lies at most one period after now
        timer.next = sum(timer.next + periods * timer.interval, timer.interval);
        deadlines.arm(timer, timer.clockid(), timer.next);
        return timer.said + periods;
    }

    /** The expiries behind the one that the record was about are not told yet: the next record comes at once if there are any. */
    @Override
    void settleElsewhere(TimerSource timer) {
        if (timer.armed) {
            leave(timer);
            timer.next = sum(timer.next, timer.interval);
            deadlines.arm(timer, timer.clockid(), timer.next);
        }
    }
}
