package org.sigkevent.failure;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.ChildJvm;

/** A user's code that fails in a notification costs that one: later callbacks and signals come. */
class CallbackFailureTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rejecting",
                "error",
                "checked",
                "interrupted",
                "handler",
                "handler of the dispatcher",
                "no thread",
                "started thread",
                "overflow",
                "blocking",
                "interrupting"
            })
    void aNotificationThatFailsCostsOnlyItself(String how) throws Exception {
        ChildJvm.run(directory, ChildJvm.command(CallbackFailureMain.class.getName(), how))
                .succeeded("all in order");
    }
}
