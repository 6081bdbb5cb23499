package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.ChildJvm;

/** The stack that is reserved is there in the interpreter and under each compiler. */
@Tag("any-engine")
class StackTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"-Xint", "-XX:TieredStopAtLevel=1", "-XX:TieredStopAtLevel=4"})
    void reserveFailsWhenThereIsLessStackThanItSays(String mode) throws Exception {
        List<String> command = ChildJvm.command(StackMain.class.getName());
        command.addAll(command.indexOf("-cp"), List.of(mode, StackMain.QUIET, StackMain.SEPARATE));
        ChildJvm child = ChildJvm.run(directory, command);
        int reserved = Integer.parseInt(child.output().strip());
        // measured in frames of the caller, whose size is only nearly known
        assertTrue(reserved > 7 << 10, () -> mode + ": reserved " + reserved + " bytes");
    }
}
