package org.sigkevent;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a caller's executor, factory or uncaught-exception handler throws costs one notification, and stops no other. */
@Timeout(120)
class HostileCallbacksTest {
    @Test
    void whateverACallersCodeThrowsOtherNotificationsCome(@TempDir Path dir) throws Exception {
        ChildJvm.run(dir, ChildJvm.command(HostileCallbacksMain.class.getName()))
                .succeeded("all came");
    }
}
