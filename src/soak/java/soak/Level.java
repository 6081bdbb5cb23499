package soak;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** What a JVM holds at a quiet moment: descriptors, threads, memory. */
final class Level {
    /** Helper threads and their descriptors come and go. */
    private static final int MORE_DESCRIPTORS = 12;

    private static final int COLLECTIONS = 3;
    private static final int MORE_THREADS = 24;
    private static final int MORE_MAPPINGS = 256;
    private static final double MORE_MEMORY = 1.2;
    private static final long MORE_MEGABYTES = 64;

    final long descriptors;
    final long threads;
    final long mappings;

    /** Without what is shared, as ZGC's heap is, which the kernel counts once for each of its views. */
    final long resident;

    final long direct;

    /** Measures, once the collector has run. */
    Level() throws IOException {
        // cleaners run behind the collector
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            LockSupport.parkNanos(50_000_000);
        }
        descriptors = entries("/proc/self/fd");
        threads = entries("/proc/self/task");
        try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"), StandardCharsets.ISO_8859_1)) {
            mappings = maps.count();
        }
        resident = megabytes("RssAnon:");
        direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .filter(pool -> pool.getName().equals("direct"))
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum()
                >> 20;
    }

    private static long entries(String directory) throws IOException {
        try (Stream<Path> entries = Files.list(Path.of(directory))) {
            return entries.count();
        }
    }

    private static long megabytes(String key) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(key)) {
                return Long.parseLong(line.substring(key.length()).replaceAll("[^0-9]", "")) >> 10;
            }
        }
        throw new IOException("no " + key + " in /proc/self/status");
    }

    /** Whether this, at the end, is what that was after the warm-up. */
    boolean isLevelWith(Level before) {
        return descriptors <= before.descriptors + MORE_DESCRIPTORS
                && threads <= before.threads + MORE_THREADS
                && mappings <= before.mappings * MORE_MEMORY + MORE_MAPPINGS
                && resident <= before.resident * MORE_MEMORY + MORE_MEGABYTES
                && direct <= before.direct * MORE_MEMORY + MORE_MEGABYTES;
    }

    @Override
    public String toString() {
        return descriptors + " descriptors, " + threads + " threads, " + mappings + " mappings, " + resident
                + " MiB resident, " + direct + " MiB direct";
    }
}
