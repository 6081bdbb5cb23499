package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * What a timer takes of memory: its objects, its share of tables and of the ring, and the array with what the program has of each.
 * While it is pending, and when it has expired and the program has taken what says so but keeps the timer.
 */
final class TimerMemoryCase {
    private static final int COUNT = 1_000_000;

    /** So many are made, armed and ended before, so that the code is compiled and its classes are there. */
    private static final int WARM_UP = 20_000;

    private static final int WARM_UPS = 20;

    /** When the i-th is due that is to expire: Agrona's ticks all grow with the fullest. */
    private static final long APART = 1_000;

    /** The heap is in memory from the beginning, so that what else grows is native memory. */
    private static final String[] HEAP = {"-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"};

    private TimerMemoryCase() {}

    static List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        for (boolean expired : new boolean[] {false, true}) {
            groups.add(new Group("timer memory, " + (expired ? "expired and taken" : "pending"), Unit.NANOS)
                    .jvm(HEAP)
                    .ours("timer_create, timer_settime", () -> memory(Timers.Ours::new, expired))
                    .other(
                            "Netty HashedWheelTimer, 16,384 ticks of 10 ms",
                            () -> memory(n -> new Timers.Netty(n, 10, 1 << 14), expired))
                    .other("ScheduledThreadPoolExecutor", () -> memory(Timers.Executor::new, expired))
                    .other(
                            "Agrona DeadlineTimerWheel, 1,024 ticks of 1 ms",
                            () -> memory(n -> new Timers.Agrona(n, 1 << 10), expired)));
        }
        return groups;
    }

    /** One look says it: the timers stay. */
    private static Figures memory(IntFunction<Timers> making, boolean expired) throws Exception {
        for (int i = 0; i < WARM_UPS; i++) {
            Timers few = make(making, WARM_UP, true);
            for (int t = 0; t < WARM_UP; t++) {
                few.end(t);
            }
            few.rest();
        }
        Usage before = Usage.now();
        Timers timers = make(making, COUNT, expired);
        Usage after = Usage.now();
        double heap = (double) (after.heap - before.heap) / COUNT;
        double other = (double) (after.anonymous - before.anonymous) / COUNT;
        double shared = (double) (after.shared - before.shared) / COUNT;
        double mapped = (double) (after.mapped - before.mapped) / COUNT;
        return sink -> {
            java.lang.ref.Reference.reachabilityFence(timers);
            sink.add(heap + other + shared, "bytes for each");
            sink.add(heap, "heap bytes");
            sink.add(other, "native bytes");
            sink.add(shared, "ring bytes touched");
            sink.add(mapped, "ring bytes mapped");
        };
    }

    private static Timers make(IntFunction<Timers> making, int count, boolean expired) throws InterruptedException {
        Timers timers = making.apply(count);
        Draw draw = new Draw();
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            draw.below(count);
            timers.arm(i, expired ? Math.max(1, begin + i * APART - System.nanoTime()) : draw.limit(true));
        }
        timers.settle();
        if (expired) {
            timers.awaitAll();
        }
        return timers;
    }

    /** What this process has in memory. */
    private static final class Usage {
        /** Objects that are reachable. */
        final long heap;

        /** Pages of private memory, the whole heap among them. */
        final long anonymous;

        /** Pages of shared memory that were touched, which are those of rings. */
        final long shared;

        /** The sizes of rings. */
        final long mapped;

        private Usage(long heap, long anonymous, long shared, long mapped) {
            this.heap = heap;
            this.anonymous = anonymous;
            this.shared = shared;
            this.mapped = mapped;
        }

        static Usage now() throws IOException, InterruptedException {
            long heap = heap();
            long mapped = 0;
            for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
                if (line.contains("/memfd:")) {
                    String[] ends = line.substring(0, line.indexOf(' ')).split("-");
                    mapped += Long.parseUnsignedLong(ends[1], 16) - Long.parseUnsignedLong(ends[0], 16);
                }
            }
            return new Usage(heap, status("RssAnon:"), status("RssShmem:"), mapped);
        }

        private static long status(String name) throws IOException {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith(name)) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
            throw new IllegalStateException("/proc/self/status has no " + name);
        }

        private static long heap() throws InterruptedException {
            long least = Long.MAX_VALUE;
            for (int i = 0; i < 4; i++) {
                System.gc();
                // what is freed by cleaners is freed a little later
                Thread.sleep(50);
                Runtime runtime = Runtime.getRuntime();
                least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
            }
            return least;
        }
    }
}
