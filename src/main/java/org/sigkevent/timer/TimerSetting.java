package org.sigkevent.timer;

/** What timer_gettime and the old value of timer_settime say. */
public final class TimerSetting {
    /** Nanoseconds until the next expiry; 0 when disarmed. */
    public long valueNanos;

    /** The period in nanoseconds; 0 for a timer that expires once. */
    public long intervalNanos;
}
