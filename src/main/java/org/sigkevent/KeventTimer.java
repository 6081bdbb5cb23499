package org.sigkevent;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.sigkevent.core.Destination;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Stack;
import org.sigkevent.timer.ClockTimer;
import org.sigkevent.timer.TimerSetting;

/**
 * A timer as an object: {@link Time#timer_create} and its calls, with the same meaning. It expires into its queue as a record
 * with {@link Kevent#KEVENT_TIMER}, the timer's {@link #id} as descriptor and the overruns as result.
 *
 * <pre>{@code
 * try (KeventQueue queue = KeventQueue.open(1);
 *         KeventTimer timer = queue.timer(Time.CLOCK_REALTIME, SigVal.of(1))) {
 *     timer.at(Instant.now().plusMillis(5)); // follows the clock when it is set
 *     KeventRecord record = queue.take();
 *     timer.once(Duration.ofMillis(1));
 *     record = queue.take();
 * }
 * }</pre>
 *
 * <p>Thread-safe. Each arming replaces the one before, and takes an unread record of it back.
 */
public final class KeventTimer implements AutoCloseable {
    private final KeventQueue queue;
    private final ClockTimer timer;
    private final int clockId;

    /** Makes the timer last: what failed after it would lose it. */
    KeventTimer(KeventQueue queue, int clockId, SigVal cookie) {
        Destination target = queue.target(cookie);
        this.queue = queue;
        this.clockId = clockId;
        try {
            timer = KeventException.of(() -> ClockTimer.create(clockId, id -> target));
        } catch (KeventException refused) {
            queue.unlessClosed(false);
            throw refused;
        }
    }

    /**
     * The id: the descriptor of its records.
     *
     * @return the id, 0 or more
     */
    public int id() {
        return timer.id;
    }

    /**
     * The queue that it expires into.
     *
     * @return the queue
     */
    public KeventQueue queue() {
        return queue;
    }

    /**
     * Expires once, {@code delay} from now; a zero delay at once.
     *
     * @param delay how long from now, not negative
     * @throws KeventException EINVAL when the delay is negative or the timer closed
     */
    public void once(Duration delay) {
        set(false, notZero(delay), 0);
    }

    /**
     * Expires every {@code period} from now on.
     *
     * @param period the period
     * @throws KeventException EINVAL when the period is not positive or the timer closed
     */
    public void every(Duration period) {
        Objects.requireNonNull(period, "period");
        every(period, period);
    }

    /**
     * Expires {@code delay} from now and every {@code period} after that.
     *
     * @param delay how long from now, not negative
     * @param period the period
     * @throws KeventException EINVAL when the delay is negative, the period not positive or the timer closed
     */
    public void every(Duration delay, Duration period) {
        Objects.requireNonNull(delay, "delay");
        long nanos = KeventQueue.saturated(Objects.requireNonNull(period, "period"));
        if (nanos <= 0) {
            throw new KeventException(Errnos.EINVAL, "period " + period + " is not positive");
        }
        set(false, notZero(delay), nanos);
    }

    /**
     * Expires when CLOCK_REALTIME, which the timer must be of, shows {@code time}, and follows the clock when it is set.
     *
     * @param time a time of day, not before 1970
     * @throws KeventException EINVAL when the timer is of another clock, the time is before 1970 or the timer closed
     */
    public void at(Instant time) {
        Objects.requireNonNull(time, "time");
        if (clockId != Time.CLOCK_REALTIME) {
            throw new KeventException(
                    Errnos.EINVAL,
                    "time " + time + " is a time of day, which CLOCK_REALTIME follows; this timer is of clockId "
                            + clockId + ": give a TimeSpec of that clock, or a delay");
        }
        at(new TimeSpec(time.getEpochSecond(), time.getNano()), new TimeSpec());
    }

    /**
     * Expires when the timer's clock shows {@code time}, and every {@code period} after that unless it is zero.
     *
     * @param time a time of the clock, not negative
     * @param period the period
     * @throws KeventException EINVAL when a part is negative or out of range or the timer closed
     */
    public void at(TimeSpec time, TimeSpec period) {
        Objects.requireNonNull(time, "time");
        Objects.requireNonNull(period, "period");
        if (!time.valid() || !period.valid()) {
            throw new KeventException(
                    Errnos.EINVAL, time.valid() ? TimeSpec.refusal("period", period) : TimeSpec.refusal("time", time));
        }
        set(true, Math.max(1, time.toNanos()), period.toNanos());
    }

    /** Does not expire any more until it is armed again; an unread record is taken back. */
    public void disarm() {
        set(false, 0, 0);
    }

    private static long notZero(Duration delay) {
        long nanos = KeventQueue.saturated(Objects.requireNonNull(delay, "delay"));
        if (nanos < 0) {
            throw new KeventException(Errnos.EINVAL, "delay " + delay + " is negative");
        }
        return Math.max(1, nanos);
    }

    private void set(boolean absolute, long value, long interval) {
        Stack.reserve();
        check(timer.set(absolute, value, interval, null), "arm");
    }

    private void check(int rc, String what) {
        queue.unlessClosed(rc >= 0);
        KeventException.check(rc, what + " timer " + id() + ", which is closed");
    }

    /**
     * The time until the next expiry; zero when disarmed.
     *
     * @return the time left; never negative
     */
    public Duration remaining() {
        TimerSetting setting = new TimerSetting();
        check(timer.get(setting), "read");
        return Duration.ofNanos(setting.valueNanos);
    }

    /**
     * The overruns of the record taken last, 0 to {@link Time#DELAYTIMER_MAX}.
     *
     * @return the count
     */
    public int overrun() {
        int count = timer.overrun();
        check(count, "overruns of");
        return count;
    }

    /** Deletes the timer; an unread record is taken back. Closing twice does nothing. */
    @Override
    public void close() {
        Stack.reserve();
        timer.delete();
    }

    @Override
    public String toString() {
        return "timer " + id() + " of queue " + queue.fd();
    }
}
