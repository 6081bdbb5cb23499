package org.sigkevent;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** System properties that bound something, in a JVM of their own: they are read once. */
@Timeout(120)
class PropertiesTest {
    @TempDir
    Path folder;

    private void succeeds(String property, String mode) throws Exception {
        List<String> command =
                new ArrayList<>(ChildJvm.command(PropertiesMain.class.getName(), mode, folder.toString()));
        command.add(1, property);
        ChildJvm.run(folder, command).succeeded("as the property says");
    }

    @Test
    void noMoreThreadsThanTheHelpersReadAndWriteFilesOnEpoll() throws Exception {
        succeeds("-Dsigkevent.helpers=1", "helpers");
    }

    @Test
    void withoutHelpersWhatMustWaitIsRefusedAndAllElseIsServed() throws Exception {
        succeeds("-Dsigkevent.helpers.blocking=0", "blocking");
    }

    @Test
    void asManyNotificationsAsThePropertySaysAreOutstandingAndThenEagain() throws Exception {
        succeeds("-Dsigkevent.notify.capacity=4", "capacity");
    }
}
