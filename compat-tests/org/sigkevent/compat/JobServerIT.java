package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Mqueue;

/** The example jobs and its C original: every job runs once, the urgent ones first, and none for ever. */
@Timeout(120)
class JobServerIT {
    @TempDir
    Path folder;

    private final String queue = "/jobs-test." + ProcessHandle.current().pid();

    @AfterEach
    void removeQueue() {
        // is there only if a server failed
        Mqueue.mq_unlink(queue);
    }

    /** Starts a server, or a client, with arguments. */
    private interface Program {
        Examples.Run start(String... arguments) throws Exception;
    }

    private Program javaProgram() {
        return arguments -> Examples.java(folder, "jobs.JobServer", arguments);
    }

    private Program original() throws Exception {
        String program = Examples.compile(folder, "jobs/job_server.c");
        return arguments -> Examples.run(folder, program, arguments);
    }

    private void send(String command, int priority) {
        int mqd = Mqueue.mq_open(queue, Fcntl.O_WRONLY);
        assertTrue(mqd >= 0, Errno::message);
        assertEquals(0, Mqueue.mq_send(mqd, command.getBytes(), command.length(), priority), Errno::message);
        Mqueue.mq_close(mqd);
    }

    private Examples.Run serve(Program program, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("-q", queue));
        all.addAll(List.of(arguments));
        Examples.Run server = program.start(all.toArray(new String[0]));
        server.awaitOutput("serving " + queue);
        return server;
    }

    @Test
    void everyJobRunsOnceAndTheUrgentOnesFirst() throws Exception {
        runsTheUrgentFirst(javaProgram());
    }

    @Test
    @Tag("any-engine")
    void everyJobOfTheOriginalRunsOnceAndTheUrgentOnesFirst() throws Exception {
        runsTheUrgentFirst(original());
    }

    private void runsTheUrgentFirst(Program program) throws Exception {
        Examples.Run server = serve(program, "-w", "1");
        // the first job holds the only worker until the others are in the queue
        String gate = "until [ -e gate ]; do sleep 0.02; done";
        send("touch begun; " + gate, 9);
        server.await("the first job runs", () -> Files.exists(folder.resolve("begun")));
        for (int i = 1; i <= 4; i++) {
            send("echo low" + i + " >> order", 2);
            send("echo high" + i + " >> order", 5);
        }
        send("stop", 1);
        Files.createFile(folder.resolve("gate"));
        String said = server.succeeded();
        assertTrue(said.contains("9 jobs: 9 done, 0 failed"), said);
        assertEquals(
                List.of("high1", "high2", "high3", "high4", "low1", "low2", "low3", "low4"),
                Files.readAllLines(folder.resolve("order")));
        assertEquals(-1, Mqueue.mq_open(queue, Fcntl.O_WRONLY));
        assertEquals(Errno.ENOENT, Errno.errno(), "the queue's name is removed");
    }

    @Test
    void workersRunAtTheSameTimeAndAWaitingServerWakesForAMessage() throws Exception {
        runsAtTheSameTime(javaProgram());
    }

    @Test
    @Tag("any-engine")
    void workersOfTheOriginalRunAtTheSameTime() throws Exception {
        runsAtTheSameTime(original());
    }

    private void runsAtTheSameTime(Program program) throws Exception {
        Examples.Run server = serve(program, "-w", "3", "-t", "60");
        // each ends only when all have begun
        for (int i = 1; i <= 3; i++) {
            int own = i;
            send("touch begun" + i + "; until [ -e begun1 -a -e begun2 -a -e begun3 ]; do sleep 0.02; done", 1);
            server.await("job " + i + " runs", () -> Files.exists(folder.resolve("begun" + own)));
        }
        send("stop", 0);
        assertTrue(server.succeeded().contains("3 jobs: 3 done, 0 failed"));
    }

    @Test
    void failuresAndJobsThatTakeTooLongAreTold() throws Exception {
        tellsFailures(javaProgram());
    }

    @Test
    @Tag("any-engine")
    void failuresOfTheOriginalsJobsAreTold() throws Exception {
        tellsFailures(original());
    }

    private void tellsFailures(Program program) throws Exception {
        Examples.Run server = serve(program, "-t", "4");
        assertEquals("", program.start("-q", queue, "-c", "exit 7", "-p", "3").succeeded(), "what the client says");
        send("exec sleep 1000", 2);
        send("stop", 1);
        String said = server.failed(1);
        assertTrue(said.contains("job 1 ended with status 7: exit 7"), said);
        assertTrue(said.contains("job 2 took more than 4 s: exec sleep 1000"), said);
        assertTrue(said.contains("2 jobs: 0 done, 2 failed"), said);
    }

    @Test
    void aSecondServerOfAQueueFailsAndLeavesTheFirstAlone() throws Exception {
        Examples.Run first = serve(javaProgram());
        String said = Examples.java(folder, "jobs.JobServer", "-q", queue).failed(1);
        assertTrue(said.contains("EBUSY"), said);
        send("true", 1);
        send("stop", 0);
        assertTrue(first.succeeded().contains("1 jobs: 1 done, 0 failed"));
    }

    @Test
    void withoutArgumentsItRunsJobsOfItsOwn() throws Exception {
        String said = Examples.java(folder, "jobs.JobServer").succeeded();
        assertTrue(said.matches("(?s).*\\d+ \\d+ \\S+/lib/modules\n.*"), said);
        assertTrue(said.matches("(?s).*\\b\\d+ jobs: \\d+ done, 0 failed\\s*"), said);
    }
}
