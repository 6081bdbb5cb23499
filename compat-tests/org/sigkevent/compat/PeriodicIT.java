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

/** The example periodic and its C original: each period is counted once, run or missed, and none begins early. */
@Timeout(120)
class PeriodicIT {
    private static final Pattern SUMMARY = Pattern.compile(
            "(?m)^(\\d+) periods: (\\d+) run, (\\d+) missed\nlate by \\d+ us on average, \\d+ us at most$");
    private static final Pattern MISSED = Pattern.compile("(?m)^period \\d+: (\\d+) missed$");
    private static final String[] ARGUMENTS = {"-p", "5", "-n", "60", "-w", "22", "-e", "10"};

    @TempDir
    Path folder;

    @Test
    void whatIsMissedIsCounted() throws Exception {
        checkFigures(Examples.java(folder, "periodic.Periodic", ARGUMENTS).succeeded());
    }

    @Test
    @Tag("any-engine")
    void theOriginalCountsAlike() throws Exception {
        String program = Examples.compile(folder, "periodic/periodic.c");
        checkFigures(Examples.run(folder, program, ARGUMENTS).succeeded());
    }

    /** The work of 22 ms begins within a period of 5 ms, so that three expiries at the least come while it goes on. */
    private static void checkFigures(String said) {
        Matcher summary = SUMMARY.matcher(said);
        assertTrue(summary.find(), said);
        long run = Long.parseLong(summary.group(2));
        long missed = Long.parseLong(summary.group(3));
        assertEquals(Long.parseLong(summary.group(1)), run + missed, said);
        assertTrue(run + missed >= 60, said);
        long told = 0;
        for (Matcher miss = MISSED.matcher(said); miss.find(); ) {
            told += Long.parseLong(miss.group(1));
        }
        assertEquals(missed, told, said);
        // the work of the last period may not have been followed by another
        assertTrue(missed >= 3 * (run / 10 - 1), said);
    }

    @Test
    void sigtermEndsItInOrder() throws Exception {
        checkEnd(Examples.java(folder, "periodic.Periodic", "-n", "1000000"));
    }

    @Test
    @Tag("any-engine")
    void sigtermEndsTheOriginalInOrder() throws Exception {
        checkEnd(Examples.run(folder, Examples.compile(folder, "periodic/periodic.c"), "-n", "1000000"));
    }

    private static void checkEnd(Examples.Run run) throws Exception {
        run.awaitOutput("begun");
        run.process.destroy();
        String said = run.succeeded();
        assertTrue(said.contains("ended by SIGTERM\n") && said.contains(" periods: "), said);
    }

    @Test
    void anArgumentThatIsNoNumberIsRefused() throws Exception {
        String said = Examples.java(folder, "periodic.Periodic", "-p", "soon").failed(2);
        assertTrue(said.contains("usage: Periodic "), said);
    }
}
