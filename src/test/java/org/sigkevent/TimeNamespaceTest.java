package org.sigkevent;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Timers and limits are those of the process's clocks, which a time namespace (time_namespaces(7)) sets off. */
class TimeNamespaceTest {
    /** One before and one after the machine's clocks. A clock must not become negative: offsets back are small. */
    @ParameterizedTest
    @ValueSource(ints = {100_000, -500})
    void timersAndLimitsKeepTheirTimeInATimeNamespace(int offset, @TempDir Path directory) throws Exception {
        List<String> unshare =
                List.of("unshare", "--time", "--monotonic", "" + offset, "--boottime", "" + offset, "--fork");
        assumeTrue(possible(unshare, directory), "no time namespace can be made here");
        List<String> command = new ArrayList<>(unshare);
        command.addAll(ChildJvm.command(TimeNamespaceMain.class.getName()));
        ChildJvm.start(directory, command).succeeded("all is well");
    }

    private static boolean possible(List<String> unshare, Path directory) throws InterruptedException {
        List<String> command = new ArrayList<>(unshare);
        command.add("true");
        try {
            return ChildJvm.start(directory, command).end() == 0;
        } catch (IOException noSuchProgram) {
            return false;
        }
    }
}
