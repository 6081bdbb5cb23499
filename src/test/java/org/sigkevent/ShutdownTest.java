package org.sigkevent;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library can be ended: then nothing of it is left in the process, and its class loader is collected. */
class ShutdownTest {
    @Test
    void aClassLoaderWithTheLibraryIsCollectedTenTimes(@TempDir Path directory) throws Exception {
        ChildJvm.run(directory, ChildJvm.command(ShutdownMain.class.getName(), "library"))
                .succeeded("ten loads leave nothing");
    }

    @Test
    void noThreadOrDescriptorStaysWhereTheDependenciesAreLoadedAgain(@TempDir Path directory) throws Exception {
        ChildJvm.run(directory, ChildJvm.command(ShutdownMain.class.getName(), "own"))
                .succeeded("ten loads leave nothing");
    }

    @Test
    void shutdownEndsWhatIsUnderWay(@TempDir Path directory) throws Exception {
        ChildJvm.run(directory, ChildJvm.command(ShutdownCallsMain.class.getName()))
                .succeeded("all has ended");
    }

    @Test
    void twoCopiesInOneProcessDoEachOtherNoHarm(@TempDir Path directory) throws Exception {
        ChildJvm.run(directory, ChildJvm.command(TwoCopiesMain.class.getName())).succeeded("both copies work");
    }

    @Test
    void aChildGetsNoDescriptorOfTheLibrary(@TempDir Path directory) throws Exception {
        ChildJvm.run(directory, ChildJvm.command(ChildDescriptorsMain.class.getName()))
                .succeeded("the child has none");
    }
}
