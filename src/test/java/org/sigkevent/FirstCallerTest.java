package org.sigkevent;

import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library's threads inherit nothing from whoever calls it first. */
class FirstCallerTest {
    @Test
    void threadsInheritNothingFromTheFirstCaller(@TempDir Path directory) throws Exception {
        ChildJvm.run(directory, ChildJvm.command(FirstCallerMain.class.getName(), "platform"))
                .succeeded("nothing is inherited");
    }

    @Test
    void threadsInheritNothingFromAVirtualThread(@TempDir Path directory) throws Exception {
        Assumptions.assumeTrue(Runtime.version().feature() >= 21, "virtual threads: JDK 21 or later");
        ChildJvm.run(directory, ChildJvm.command(FirstCallerMain.class.getName(), "virtual"))
                .succeeded("nothing is inherited");
    }
}
