package org.sigkevent;

/** {@code struct itimerspec} of {@code <time.h>}: when a timer expires and how often after that. A plain struct. */
public final class ItimerSpec {
    /** The period after the first expiry; zero for a timer that expires once. */
    public TimeSpec it_interval = new TimeSpec();

    /** The first expiry: from now, or with TIMER_ABSTIME a time of the timer's clock; zero disarms. */
    public TimeSpec it_value = new TimeSpec();

    /** Disarmed: all zero. */
    public ItimerSpec() {}
}
