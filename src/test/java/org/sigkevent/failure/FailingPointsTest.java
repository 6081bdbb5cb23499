package org.sigkevent.failure;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever the machine refuses in the middle of a public call, nothing is half done. As SQLite's tests do with memory, point 1 of a call
 * is made to fail, then point 2, 3, and so on, until the call gets through; {@link FailingPoints} says what a point is and {@link Trial}
 * what must hold afterwards.
 *
 * <p>A sample is tried in each build. {@code -Dfailing-points=all} tries all points of all calls (with
 * {@code -Dfailing-points.step=10} every tenth), {@code -Dfailing-points="Aio.aio_read"}
 * those of the calls whose name begins so, and {@code -Dfailing-points.point=17} only that one.
 */
class FailingPointsTest {
    private static final String CHOICE = "failing-points";

    @TempDir
    Path directory;

    @Test
    @DisabledIfSystemProperty(named = CHOICE, matches = ".+")
    void aCallWhosePointFailsLeavesNothingHalfDone() throws Exception {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("FailingPointsTest: sigkevent.seed=" + seed);
        FailingPointsRun run = new FailingPointsRun(directory);
        run.sample(seed, Long.getLong("failing-points.seconds", 12));
        ends(run);
    }

    @Test
    @EnabledIfSystemProperty(named = CHOICE, matches = ".+")
    void theseCallsLeaveNothingHalfDoneWhicheverPointFails() throws Exception {
        String choice = System.getProperty(CHOICE);
        FailingPointsRun run = new FailingPointsRun(directory);
        if (choice.equals("all")) {
            run.all(Long.getLong("failing-points.step", 1));
        } else {
            run.one(choice, Long.getLong("failing-points.point", 0));
        }
        ends(run);
    }

    private static void ends(FailingPointsRun run) {
        System.out.println(run.report());
        assertTrue(run.points > 0, "no point was tried");
        assertTrue(run.failures.isEmpty(), run::report);
    }
}
