package org.sigkevent.failure;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.ChildJvm;

/** A call that meets the end of its thread's stack leaves no lock held and no slot reserved. */
class StackOverflowTest {
    private static final String ROUNDS = System.getProperty("sigkevent.rounds", "40");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"0", "3", "4", "6", "all"})
    void aCallThatMeetsTheEndOfTheStackLeavesNothingHalfDone(String call) throws Exception {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("StackOverflowTest: sigkevent.seed=" + seed);
        ChildJvm.run(directory, ChildJvm.command(StackOverflowMain.class.getName(), call, "" + seed, ROUNDS))
                .succeeded("all in order");
    }

    /** A class whose initialiser is interrupted cannot be used any more. */
    @ParameterizedTest
    @ValueSource(strings = {"open", "open-after-a-call", "sleep", "command"})
    void theFirstCallThatMeetsTheEndOfTheStackLeavesTheLibraryUsable(String call) throws Exception {
        ChildJvm.run(directory, ChildJvm.command(FirstCallMain.class.getName(), call))
                .succeeded("all in order");
    }
}
