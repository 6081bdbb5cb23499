package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The table of the benchmarks, src/bench/java: its ranges and ratios, and what it says of what failed. */
@Tag("any-engine")
class BenchFiguresTest {
    private static final Path SOURCES = Path.of("src", "bench", "java");

    @TempDir
    Path directory;

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void theTableHasRangesRatiosAndReasons() throws Exception {
        Path check = SOURCES.resolve(Path.of("bench", "FiguresCheck.java"));
        assertEquals("", Support.compile(directory, check, "-sourcepath", SOURCES.toString()));
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {directory.toUri().toURL()})) {
            loader.loadClass("bench.FiguresCheck")
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) new String[] {directory.toString()});
        }
    }
}
