package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.MqAttr;
import org.sigkevent.Mqueue;

/** The example onering and its C original: the copy is whole, and commands are obeyed while it runs. */
@Timeout(120)
class OneRingIT {
    @TempDir
    Path folder;

    private final String queue = "/onering-test." + ProcessHandle.current().pid();
    private Path source;
    private Path copy;

    /** Starts one of the two programs. */
    private interface Program {
        Examples.Run start(String... arguments) throws Exception;
    }

    private Program javaProgram() {
        return arguments -> Examples.java(folder, "onering.OneRing", arguments);
    }

    private Program original() throws Exception {
        String program = Examples.compile(folder, "onering/one_ring.c");
        return arguments -> Examples.run(folder, program, arguments);
    }

    @BeforeEach
    void makeSource() throws IOException {
        source = folder.resolve("source");
        copy = folder.resolve("copy");
        byte[] bytes = new byte[(9 << 20) + 4321];
        new Random(3).nextBytes(bytes);
        Files.write(source, bytes);
        // the queue is there first, with a command that keeps the copier from beginning
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 8;
        attr.mq_msgsize = 64;
        int mqd = Mqueue.mq_open(queue, Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_EXCL, 0600, attr);
        assertTrue(mqd >= 0, Errno::message);
        Mqueue.mq_close(mqd);
        send("pause");
    }

    @AfterEach
    void removeQueue() {
        // is there only if a program failed
        Mqueue.mq_unlink(queue);
    }

    private void send(String command) {
        int mqd = Mqueue.mq_open(queue, Fcntl.O_WRONLY);
        assertTrue(mqd >= 0, Errno::message);
        assertEquals(0, Mqueue.mq_send(mqd, command.getBytes(), command.length(), 0), Errno::message);
        Mqueue.mq_close(mqd);
    }

    private Examples.Run paused(Program program) throws Exception {
        Examples.Run run = program.start("-q", queue, source.toString(), copy.toString());
        // a tick says so
        run.awaitOutput(", paused");
        return run;
    }

    @Test
    void aPausedCopyGoesOnWhenItIsTold() throws Exception {
        goesOn(javaProgram());
    }

    @Test
    @Tag("any-engine")
    void aPausedCopyOfTheOriginalGoesOnWhenItIsTold() throws Exception {
        goesOn(original());
    }

    private void goesOn(Program program) throws Exception {
        Examples.Run run = paused(program);
        assertEquals(0, Files.size(copy));
        send("resume");
        String said = run.succeeded();
        assertTrue(said.contains("copied " + Files.size(source) + " bytes"), said);
        assertEquals(-1L, Files.mismatch(source, copy));
    }

    @Test
    void aCancelledCopyIsRemoved() throws Exception {
        cancels(javaProgram());
    }

    @Test
    @Tag("any-engine")
    void aCancelledCopyOfTheOriginalIsRemoved() throws Exception {
        cancels(original());
    }

    private void cancels(Program program) throws Exception {
        Examples.Run run = paused(program);
        send("cancel");
        String said = run.failed(1);
        assertTrue(said.contains("cancelled after 0 of " + Files.size(source) + " bytes"), said);
        assertFalse(Files.exists(copy));
    }

    @Test
    void aSecondCopierWithTheSameQueueFailsAndLeavesItAlone() throws Exception {
        leavesTheQueueAlone(javaProgram());
    }

    @Test
    @Tag("any-engine")
    void aSecondOriginalWithTheSameQueueFailsAndLeavesItAlone() throws Exception {
        leavesTheQueueAlone(original());
    }

    private void leavesTheQueueAlone(Program program) throws Exception {
        Examples.Run first = paused(program);
        Path other = folder.resolve("other");
        String said =
                program.start("-q", queue, source.toString(), other.toString()).failed(1);
        assertTrue(said.contains("EBUSY") || said.contains("busy"), said);
        send("resume");
        first.succeeded();
        assertEquals(-1L, Files.mismatch(source, copy));
    }

    @Test
    void withoutArgumentsItCopiesAFileOfTheJdk() throws Exception {
        String said = Examples.java(folder, "onering.OneRing").succeeded();
        assertTrue(said.matches("(?s).*copied \\d+ bytes of .*/lib/modules in .*"), said);
    }
}
