package org.sigkevent.core;

/**
 * Somebody who sleeps until the earliest deadline of a queue at the latest: the leader of the waiters, the driver, or the timerfd of
 * the poll descriptor. {@link Deadlines} holds those of its queue and wakes each that would sleep too long.
 */
final class Sleeper {
    /** {@link #until} of one that need not be woken. */
    static final long AWAKE = Long.MIN_VALUE;

    /**
     * The time of CLOCK_MONOTONIC until which it sleeps. Written under the deadlines' lock, but for {@link #AWAKE}, which the sleeper
     * says when its sleep is over: who has read just before until when it slept wakes it for nothing.
     */
    volatile long until = AWAKE;

    /** Whether it is to be woken. Set under the deadlines' lock; who wakes it unsets it first. */
    volatile boolean late;

    /** Whether it wants to know of a deadline that goes away, too. */
    final boolean exact;

    /** Has it ask {@link Deadlines#goToSleep} again. Run outside of the deadlines' lock. */
    final Runnable wake;

    Sleeper(boolean exact, Runnable wake) {
        this.exact = exact;
        this.wake = wake;
    }
}
