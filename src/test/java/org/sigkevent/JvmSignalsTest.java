package org.sigkevent;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where no handler of ours can be had, the JVM's own serves, and says what it does not know. */
@Tag("any-engine")
class JvmSignalsTest {
    @TempDir
    Path directory;

    @Test
    void theJvmsHandlerServesWhereOursCannot() throws Exception {
        List<String> command = new ArrayList<>(ChildJvm.command(JvmSignalsMain.class.getName()));
        command.add(1, "-Dsigkevent.signals=jvm");
        ChildJvm.run(directory, command).succeeded("served by the JVM");
    }
}
