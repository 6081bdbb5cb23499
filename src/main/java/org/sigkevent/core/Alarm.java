package org.sigkevent.core;

/** The time limit of a wait, on another clock than CLOCK_MONOTONIC. */
final class Alarm extends Deadline {
    private final Waiter waiter;

    Alarm(Waiter waiter) {
        this.waiter = waiter;
    }

    void set(Deadlines deadlines, int clock, long nanos) {
        deadlines.lock.lock();
        try {
            deadlines.arm(this, clock, nanos);
            deadlines.lock.publish();
        } finally {
            deadlines.lock.held = 0;
        }
        deadlines.wakeSleepers();
    }

    void clear(Deadlines deadlines) {
        deadlines.lock.lock();
        try {
            deadlines.disarm(this);
            deadlines.lock.publish();
        } finally {
            deadlines.lock.held = 0;
        }
    }

    @Override
    protected boolean due(long nanos) {
        waiter.expire();
        return false;
    }
}
