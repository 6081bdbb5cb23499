package bench;

import java.util.Arrays;

/**
 * How late each expiry of some timers is told. Every expiry that is due counts, and with its own time: also one that is merged into a later
 * one, or that comes late because the one before it did. One thread at a time uses it.
 */
final class Lateness {
    final int timers;
    final long apart;

    /** 0 for timers that expire once. */
    final long period;

    /** When the first is due, by System.nanoTime. */
    long begin;

    private final int expiries;
    private final int[] told;
    private final long[] late;
    private int count;
    private long cpu;

    /** For timers that are due one every {@code apart} nanoseconds, and {@code expiries} times each. */
    Lateness(int timers, long apart, long period, int expiries) {
        this.timers = timers;
        this.apart = apart;
        this.period = period;
        this.expiries = expiries;
        told = new int[timers];
        late = new long[timers * expiries];
    }

    /** When a timer's next expiry is due that was not told. */
    long due(int timer) {
        return begin + timer * apart + told[timer] * period;
    }

    /** All timers are armed: from here on processor time counts. */
    void armed() {
        cpu = Rounds.cpuNanos();
    }

    /** Some expiries of a timer, one or more, are told now. What comes after the last that counts is left out. */
    void expired(int timer, long number) {
        long now = System.nanoTime();
        for (long i = 0; i < number && told[timer] < expiries; i++) {
            late[count++] = now - due(timer);
            told[timer]++;
        }
    }

    /** Whether all expiries were told. */
    boolean complete() {
        return count == late.length;
    }

    void report(Rounds.Sink sink) {
        double each = (double) (Rounds.cpuNanos() - cpu) / count;
        Arrays.sort(late, 0, count);
        sink.add(micros(500), "p50 us");
        sink.add(micros(990), "p99 us");
        sink.add(micros(999), "p99.9 us");
        sink.add(late[count - 1] / 1e3, "max us");
        sink.add(each, "cpu ns/op");
    }

    private double micros(int thousandths) {
        return late[(int) ((long) count * thousandths / 1000)] / 1e3;
    }
}
