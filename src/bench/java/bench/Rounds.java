package bench;

import static org.sigkevent.Time.CLOCK_PROCESS_CPUTIME_ID;
import static org.sigkevent.Time.clock_gettime;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.sigkevent.TimeSpec;

/** Timed rounds of one subject's work, in a JVM that does nothing else. */
final class Rounds {
    /** Takes a figure of a round. */
    interface Sink {
        void add(double value, String unit);
    }

    private static final double ROUND_SECONDS = 0.3;
    private static final int WARM_UPS = 8;
    private static final int MOST_OPERATIONS = 20_000_000;
    private static final int MOST_LATENCIES = 200_000;
    private static final int MOST_TRACED = 2000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Work work;
    private final Unit unit;
    private final Stopwatch watch = new Stopwatch();
    private int operations = 1000;

    Rounds(Work work, Unit unit) throws Exception {
        this.work = work;
        this.unit = unit;
        if (work instanceof Figures) {
            return;
        }
        work.begin();
        for (int i = 0; i < WARM_UPS; i++) {
            // with the clock too, so that its branches are compiled as they will be used
            timed(operations);
            work.prepare(operations);
            double nanos = plain();
            operations = (int) Math.max(1000, Math.min(MOST_OPERATIONS, ROUND_SECONDS * 1e9 / nanos));
        }
        work.end();
    }

    /**
     * One round: how fast, with what processor time and what heap of all threads, and (in further operations) how long single
     * ones take and, where it is asked for, how many system calls.
     */
    void round(Sink sink) throws Exception {
        if (work instanceof Figures) {
            ((Figures) work).figures(sink);
            return;
        }
        work.begin();
        measure(sink);
        work.end();
    }

    private void measure(Sink sink) throws Exception {
        work.prepare(operations);
        long bytes = allocated();
        long before = cpuNanos();
        double nanos = plain();
        long cpuNanos = cpuNanos() - before;
        sink.add(unit.of(nanos), unit.text);
        sink.add((double) cpuNanos / operations, Units.CPU);
        sink.add((double) (allocated() - bytes) / operations, Units.BYTES);
        timed(operations);
        if (watch.used()) {
            sink.add(watch.percentile(50), "p50 ns");
            sink.add(watch.percentile(99), "p99 ns");
            sink.add(watch.percentile(99.9), "p99.9 ns");
        }
        watch.reset(false);
        int traced = Math.min(operations, MOST_TRACED);
        work.prepare(traced);
        long calls = Calls.of(() -> work.run(traced, watch));
        if (calls >= 0) {
            sink.add((double) calls / traced, Units.CALLS);
        }
    }

    /** What all threads have allocated so far, those that ended aside. */
    private static long allocated() {
        long all = 0;
        for (long one : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
            all += Math.max(0, one);
        }
        return all;
    }

    private double plain() throws Exception {
        watch.reset(false);
        long begin = System.nanoTime();
        work.run(operations, watch);
        return (double) (System.nanoTime() - begin) / operations;
    }

    private void timed(int wanted) throws Exception {
        int some = Math.min(wanted, MOST_LATENCIES);
        work.prepare(some);
        watch.reset(true);
        work.run(some, watch);
    }

    /** The processor time of all threads of this process so far. */
    static long cpuNanos() {
        TimeSpec cpu = new TimeSpec();
        Check.ok(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, cpu));
        return cpu.tv_sec * 1_000_000_000L + cpu.tv_nsec;
    }
}
