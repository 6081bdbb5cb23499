package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        List<String> command = new ArrayList<>(ChildJvm.command(FootprintMain.class.getName()));
        // what is left of a thread's own stretch of the heap would count as used
        command.add(1, "-XX:-UseTLAB");
        ChildJvm child = ChildJvm.run(directory, command);
        assertEquals(0, child.end(), child::output);
        Matcher said = SAID.matcher(child.output());
        assertTrue(said.find(), child::output);
        assertTrue(Integer.parseInt(said.group(1)) <= 4_096, "bytes: " + said.group());
        assertTrue(Integer.parseInt(said.group(2)) <= 400, "bytes: " + said.group());
    }
}
