package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nothing that the library sends ends a JVM, and handlers of others are theirs. */
@Timeout(240)
class SignalSafetyTest {
    @TempDir
    Path directory;

    @Test
    void noSignalThatTheLibrarySendsEndsTheJvm() throws Exception {
        ChildJvm.run(directory, ChildJvm.command(SignalSweepMain.class.getName()))
                .succeeded("survived");
    }

    @Test
    void norWhereTheJvmSuspendsThreadsWithAnotherSignal() throws Exception {
        List<String> command = new ArrayList<>(List.of("env", "_JAVA_SR_SIGNUM=" + (Signal.SIGRTMIN + 5)));
        command.addAll(ChildJvm.command(SignalSweepMain.class.getName()));
        ChildJvm.run(directory, command).succeeded("survived");
    }

    @Test
    void handlersOfOthersStayAndTheJvmActsOnItsSignalsWhenTheyAreUnblocked() throws Exception {
        ChildJvm child = ChildJvm.run(directory, ChildJvm.command(SignalNeighboursMain.class.getName()));
        // 128 and SIGTERM
        assertEquals(143, child.end(), child::output);
        assertTrue(child.output().contains("pending\nended in order"), child::output);
    }
}
