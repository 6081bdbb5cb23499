package org.sigkevent;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct timespec} of {@code <time.h>}: a time, or a length of time, in seconds and nanoseconds.
 *
 * <p>Not thread-safe: a plain struct. The library reads it during a call only.
 */
public final class TimeSpec {
    private static final long NANOS = 1_000_000_000L;

    /** Whole seconds. */
    public long tv_sec;

    /** Nanoseconds on top of them, 0 to 999,999,999. */
    public long tv_nsec;

    /** Zero. */
    public TimeSpec() {}

    /**
     * A time of {@code seconds} and {@code nanos}.
     *
     * @param seconds whole seconds
     * @param nanos nanoseconds on top, 0 to 999,999,999
     */
    public TimeSpec(long seconds, long nanos) {
        tv_sec = seconds;
        tv_nsec = nanos;
    }

    /**
     * The same length of time as {@code duration}, which may not be negative for any call of this library.
     *
     * @param duration the duration
     * @return a new object
     */
    public static TimeSpec of(Duration duration) {
        Objects.requireNonNull(duration, "duration");
        return new TimeSpec(duration.getSeconds(), duration.getNano());
    }

    /**
     * As many nanoseconds as {@code nanos}.
     *
     * @param nanos nanoseconds; may be negative
     * @return a new time
     */
    public static TimeSpec ofNanos(long nanos) {
        return new TimeSpec(Math.floorDiv(nanos, NANOS), Math.floorMod(nanos, NANOS));
    }

    /**
     * All of it in nanoseconds; what does not fit a long is Long.MAX_VALUE (292 years) or Long.MIN_VALUE.
     *
     * @return the nanoseconds
     */
    public long toNanos() {
        long limit = Long.MAX_VALUE / NANOS;
        if (tv_sec >= limit) {
            return Long.MAX_VALUE;
        }
        return tv_sec <= -limit ? Long.MIN_VALUE : tv_sec * NANOS + tv_nsec;
    }

    /** Whether POSIX allows it where a length of time is expected: not negative, nanoseconds in range. */
    boolean valid() {
        return tv_sec >= 0 && tv_nsec >= 0 && tv_nsec < NANOS;
    }

    /** Why {@link #valid} does not hold for the argument of that name. */
    static String refusal(String argument, @Nullable TimeSpec time) {
        return argument
                + (time == null ? " is null" : " " + time + " is negative or has nanoseconds outside 0 to 999,999,999");
    }

    boolean zero() {
        return tv_sec == 0 && tv_nsec == 0;
    }

    void setNanos(long nanos) {
        tv_sec = nanos / NANOS;
        tv_nsec = nanos % NANOS;
    }

    @Override
    public String toString() {
        return tv_sec + " s " + tv_nsec + " ns";
    }
}
