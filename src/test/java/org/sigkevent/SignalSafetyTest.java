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
    void sigusr2IsFreeWhereTheJvmSuspendsThreadsWithAnotherSignal() throws Exception {
        String caught = "12 is caught\n16 is refused: 22";
        assertTrue(withSuspendSignal("16").contains(caught));
        assertTrue(withSuspendSignal(" 16th").contains(caught), "as strtol reads it");
    }

    @Test
    void whatTheJvmDoesNotTakeAsItsSignalLeavesItSigusr2() throws Exception {
        for (String number : List.of("11", "65", "-16", "99999999999", "x", "")) {
            assertTrue(withSuspendSignal(number).contains("12 is refused: 22\n16 is caught"), number);
        }
    }

    private String withSuspendSignal(String number) throws Exception {
        List<String> command = new ArrayList<>(List.of("env", "_JAVA_SR_SIGNUM=" + number));
        command.addAll(ChildJvm.command(SuspendSignalMain.class.getName()));
        ChildJvm child = ChildJvm.run(directory, command);
        assertEquals(0, child.end(), child::output);
        return child.output();
    }

    @Test
    void theFirstProcessThatTheJdkStartsLeavesSigchldToWhoHasIt() throws Exception {
        ChildJvm child = ChildJvm.run(directory, ChildJvm.command(ChildSignalMain.class.getName()));
        assertEquals(0, child.end(), child::output);
        assertEquals("17 of true, status 7", child.output().trim(), child::output);
    }

    @Test
    void handlersOfOthersStayAndTheJvmActsOnItsSignalsWhenTheyAreUnblocked() throws Exception {
        ChildJvm child = ChildJvm.run(directory, ChildJvm.command(SignalNeighboursMain.class.getName()));
        // 128 and SIGTERM
        assertEquals(143, child.end(), child::output);
        assertTrue(child.output().contains("pending\nended in order"), child::output);
    }
}
