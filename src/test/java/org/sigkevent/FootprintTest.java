package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How much of the heap a queue and a request in flight hold. */
@Timeout(120)
class FootprintTest {
    private static final Pattern SAID = Pattern.compile("queue (\\d+), request (\\d+)");

    @TempDir
    Path directory;

    @Test
    void aQueueHoldsFourKilobytesAtMostAndARequestInFlightFourHundredBytes() throws Exception {
        ChildJvm child = ChildJvm.run(directory, ChildJvm.command(FootprintMain.class.getName()));
        assertEquals(0, child.end(), child::output);
        Matcher said = SAID.matcher(child.output());
        assertTrue(said.find(), child::output);
        assertTrue(Integer.parseInt(said.group(1)) <= 4_096, "bytes: " + said.group());
        assertTrue(Integer.parseInt(said.group(2)) <= 400, "bytes: " + said.group());
    }
}
