package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.ChildJvm;

/** When the machine has no thread to give, what needs a helper is EAGAIN, and works again when it has. */
@Timeout(120)
class ThreadlessTest {
    @Test
    void withoutThreadsTheFirstCallsWorkAndTheFirstQueueIsEagain(@TempDir Path dir) throws Exception {
        ChildJvm child = ChildJvm.run(dir, ChildJvm.command(ThreadlessMain.class.getName(), "first"));
        assertEquals(0, child.end(), child::output);
        assertTrue(child.output().contains("clock 0, queue -1 EAGAIN"), child.output());
        assertTrue(child.output().contains("ulimit -u"), child.output());
        assertTrue(child.output().contains("LimitNPROC="), child.output());
        assertTrue(child.output().contains("pids.max of the cgroup"), child.output());
    }

    @Test
    void withoutThreadsHelpersAreEagainAndComeBack(@TempDir Path dir) throws Exception {
        ChildJvm child = ChildJvm.run(dir, ChildJvm.command(ThreadlessMain.class.getName()));
        assertEquals(0, child.end(), child::output);
        String said = child.output();
        assertTrue(said.contains("no thread could be had"), said);
        assertTrue(said.contains("file operation: EAGAIN, in flight 0"), said);
        assertTrue(said.contains("blocking call: EAGAIN"), said);
        assertTrue(said.contains("afterwards: 0, 0"), said);
    }
}
