package org.sigkevent.failure;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.ChildJvm;

/** Memory runs out, in JVMs that have little of it: a call is refused or works, and leaves nothing half done. */
class OutOfMemoryTest {
    @TempDir
    Path directory;

    private void holds(String option, String mode) throws Exception {
        List<String> command = new ArrayList<>(ChildJvm.command(OutOfMemoryMain.class.getName(), mode));
        // behind ChildJvm's own -Xmx
        command.add(4, option);
        ChildJvm.run(directory, command).succeeded("all in order");
    }

    @Test
    void theFirstCallOfAThreadWithoutDirectMemoryIsRefusedWhole() throws Exception {
        holds("-XX:MaxDirectMemorySize=8m", "first-calls");
    }

    @Test
    void aPostWithoutDirectMemoryLeavesTheQueueAlive() throws Exception {
        holds("-XX:MaxDirectMemorySize=16m", "post");
    }

    @Test
    void readsWithoutDirectMemoryEndOrAreRefused() throws Exception {
        holds("-XX:MaxDirectMemorySize=16m", "read");
    }

    @Test
    void tablesThatCannotGrowLoseNothing() throws Exception {
        holds("-Xmx24m", "heap");
    }

    /** What was accepted comes to its end while there is no heap: nothing is lost. No call of the C library needs any. */
    @ParameterizedTest
    @ValueSource(strings = {"native", "timers", "helpers", "signals", "signal-stream", "overflow", "driver"})
    void whatEndsWithoutHeapIsTold(String scene) throws Exception {
        List<String> command = new ArrayList<>(ChildJvm.command(FullHeapMain.class.getName(), scene));
        command.add(4, "-Xmx24m");
        ChildJvm.run(directory, command).succeeded("all in order");
    }
}
