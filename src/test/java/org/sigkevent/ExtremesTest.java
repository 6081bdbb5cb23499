package org.sigkevent;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arguments from the edges of their types, in a JVM of its own, because what is looked for is its crash. */
class ExtremesTest {
    @TempDir
    Path directory;

    @Test
    void noArgumentEndsTheJvmOrThrowsOutOfTheCFace() throws Exception {
        long seed = Long.getLong("sigkevent.seed", new Random().nextLong());
        String calls = System.getProperty("sigkevent.extremes", "5000");
        ChildJvm child =
                ChildJvm.run(directory, ChildJvm.command(ExtremesMain.class.getName(), Long.toString(seed), calls));
        child.succeeded("survived");
    }
}
