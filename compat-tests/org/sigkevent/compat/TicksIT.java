package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example ticks and its C original: no tick is lost uncounted, and the CPU time is limited. */
@Timeout(120)
class TicksIT {
    private static final Pattern SUMMARY = Pattern.compile("(?m)^(\\d+) ticks, (\\d+) of them overrun$");
    private static final Pattern TASK = Pattern.compile("(?m)^(\\w+) +every +(\\d+): (\\d+) runs, (\\d+) skipped$");

    @TempDir
    Path folder;

    @Test
    void overrunsAreCountedAndTasksThatAreDueTwiceRunOnce() throws Exception {
        checkFigures(
                Examples.java(folder, "ticks.Ticks", "-p", "10", "-n", "50", "-b", "35")
                        .succeeded(),
                2);
    }

    @Test
    @Tag("any-engine")
    void theOriginalCountsAlike() throws Exception {
        String program = Examples.compile(folder, "ticks/ticks.c");
        checkFigures(
                Examples.run(folder, program, "-p", "10", "-n", "50", "-b", "35")
                        .succeeded(),
                2);
    }

    /**
     * Checks the sums.
     *
     * @param lost the ticks that a run of the slow task costs at the least: the periods that fit into it, less the one that ends
     *     with the next tick
     */
    private static void checkFigures(String said, long lost) {
        Matcher summary = SUMMARY.matcher(said);
        assertTrue(summary.find(), said);
        long ticks = Long.parseLong(summary.group(1));
        long overrun = Long.parseLong(summary.group(2));
        assertTrue(ticks >= 50, said);
        Matcher task = TASK.matcher(said);
        int tasks = 0;
        long slowRuns = 0;
        for (; task.find(); tasks++) {
            long every = Long.parseLong(task.group(2));
            long runs = Long.parseLong(task.group(3));
            assertEquals(ticks / every, runs + Long.parseLong(task.group(4)), said);
            if (every == 1) {
                assertEquals(ticks - overrun, runs, said);
            }
            if (task.group(1).equals("slow")) {
                slowRuns = runs;
            }
        }
        assertEquals(3, tasks, said);
        assertTrue(slowRuns >= 1, said);
        // what the last run of all cost is not counted any more
        assertTrue(overrun >= lost * (slowRuns - 1), said);
    }

    @Test
    void theLimitOfCpuTimeEndsIt() throws Exception {
        String said = Examples.java(folder, "ticks.Ticks", "-p", "5", "-n", "1000000", "-c", "150")
                .failed(1);
        assertTrue(said.contains("Ticks: the limit of 150 ms CPU time is used up, at tick "), said);
    }

    @Test
    @Tag("any-engine")
    void theLimitOfCpuTimeEndsTheOriginal() throws Exception {
        String program = Examples.compile(folder, "ticks/ticks.c");
        String said = Examples.run(folder, program, "-p", "5", "-n", "1000000", "-c", "150")
                .failed(1);
        assertTrue(said.contains("ticks: the limit of 150 ms CPU time is used up, at tick "), said);
    }

    @Test
    void withoutArgumentsItRunsItsTasks() throws Exception {
        checkFigures(Examples.java(folder, "ticks.Ticks").succeeded(), 1);
    }
}
