package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example eventloop and its C original: each kind of event comes, in the order in which each brings about the next. */
@Timeout(120)
class EventLoopIT {
    private static final List<String> KINDS = List.of(
            "delay", "user", "timer", "aio", "fd", "signal", "futex", "sysvmsg", "sysvsem", "socket", "socket", "mq",
            "process", "flock", "sync");

    @TempDir
    Path folder;

    @Test
    void allKindsComeOutOfOneRing() throws Exception {
        comesInOrder(Examples.java(folder, "eventloop.EventLoop").succeeded(), "15 events in one thread");
    }

    @Test
    @Tag("any-engine")
    void allKindsComeInTheOriginal() throws Exception {
        String program = Examples.compile(folder, "eventloop/event_loop.c");
        comesInOrder(Examples.run(folder, program).succeeded(), "15 events in one loop and five threads");
    }

    private static void comesInOrder(String said, String end) {
        List<String> lines = said.lines().collect(Collectors.toList());
        assertTrue(said.contains(end), said);
        assertEquals(
                KINDS,
                lines.stream()
                        .map(line -> line.replaceAll(" .*", ""))
                        .limit(KINDS.size())
                        .collect(Collectors.toList()),
                said);
        for (String what : List.of(
                "\"to aio_read\"",
                "with value 42",
                "of type 7: \"to msgrcv\"",
                "connected",
                "accepted",
                "\"to mq_receive\"")) {
            assertTrue(said.contains(what), () -> what + " is not in " + said);
        }
    }
}
