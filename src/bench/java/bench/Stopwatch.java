package bench;

import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Times single operations. It runs in rounds of its own: when it is off, reading the clock does not slow the operations down.
 */
final class Stopwatch {
    private static final long LONGEST_NANOS = 60_000_000_000L;

    private final Histogram histogram = new ConcurrentHistogram(LONGEST_NANOS, 3);
    private boolean on;

    void reset(boolean switchedOn) {
        on = switchedOn;
        histogram.reset();
    }

    /** The time now, when it is wanted. */
    long start() {
        return on ? System.nanoTime() : 0;
    }

    void stop(long started) {
        if (on) {
            histogram.recordValue(Math.min(LONGEST_NANOS, System.nanoTime() - started));
        }
    }

    boolean used() {
        return histogram.getTotalCount() > 0;
    }

    double percentile(double which) {
        return histogram.getValueAtPercentile(which);
    }
}
