package org.sigkevent.failure;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.ChildJvm;

/** No thread can be started: what needs one of the library's is refused with EAGAIN and leaves nothing, and works again later. */
class NoThreadTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "futex",
                "fsync",
                "flock",
                "write",
                "pipe",
                "signal",
                "CPU timer",
                "SIGEV_THREAD",
                "driver",
                "waiter"
            })
    void aCallThatNeedsAThreadThatCannotBeStartedLeavesNothing(String call) throws Exception {
        List<String> command = new ArrayList<>(ChildJvm.command(NoThreadMain.class.getName(), call));
        command.add(1, "-javaagent:" + FailingPointsAgent.jar(directory));
        ChildJvm.run(directory, command).succeeded("all in order");
    }
}
