package org.sigkevent.failure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.ChildJvm;
import org.sigkevent.Errno;
import org.sigkevent.sys.ProcessLimits;

/** Whoever meets a limit is told which one and what raises it, and the capability report knows it before. */
@Timeout(120)
class LimitsTest {
    @TempDir
    Path dir;

    /** Its class path holds in whatever folder it runs. */
    private static List<String> command(String... arguments) {
        List<String> command = ChildJvm.command(LimitsMain.class.getName(), arguments);
        int classes = command.indexOf("-cp") + 1;
        command.set(
                classes,
                Stream.of(command.get(classes).split(File.pathSeparator, -1))
                        .map(one -> new File(one).getAbsolutePath())
                        .collect(Collectors.joining(File.pathSeparator)));
        return command;
    }

    /** What a child under these limits says; {@code before} is put before the command of its JVM. */
    private String said(List<String> before, List<String> options, String... arguments) throws Exception {
        List<String> command = command(arguments);
        command.addAll(1, options);
        List<String> all = new ArrayList<>(before);
        all.addAll(command);
        ChildJvm child = ChildJvm.run(dir, all);
        assertEquals(0, child.end(), child::output);
        return child.output();
    }

    private String limited(String limit, String argument) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "prlimit (util-linux) is not installed");
        return said(List.of("/usr/bin/prlimit", "--" + limit), List.of(), argument);
    }

    private static void contains(String said, String... words) {
        for (String word : words) {
            assertTrue(said.contains(word), () -> "\"" + word + "\" is missing in:\n" + said);
        }
    }

    @Test
    void tooLittleForMessageQueuesIsCalledRlimitMsgqueue() throws Exception {
        String said = limited("msgqueue=1000:1000", "msgqueue");
        contains(said, "refused mq_open errno " + Errno.EMFILE, "may take 1000 bytes", "needs ", "RLIMIT_MSGQUEUE");
        contains(said, "ulimit -q", "LimitMSGQUEUE=", "known: RLIMIT_MSGQUEUE: 1000 bytes");
    }

    @Test
    void aQueueForWhichThereWouldBeRoomIsRefusedForTheUsersOthersAndThatIsSaid() throws Exception {
        String said = limited("msgqueue=10000:10000", "msgqueues");
        contains(said, "refused mq_open errno " + Errno.EMFILE, "may take 10000 bytes", "needs 1096;");
        contains(said, "the user's other queues count, whatever process has made them", "mq_unlink", "ulimit -q");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 38})
    void whereMqOpenIsRefusedWithEpermOrEnosysItIsSaidWhatToAllow(int errno) throws Exception {
        String said = said(List.of(), List.of(), "mqueue", Integer.toString(errno));
        contains(said, "refused mq_open errno " + errno, "seccomp", "SystemCallFilter=", "mq_timedreceive");
    }

    @ParameterizedTest
    @ValueSource(strings = {"first", "later"})
    void aDescriptorThatIsRefusedForAnotherReasonIsNotCalledALimit(String when) throws Exception {
        String said = said(List.of(), List.of(), "eventfd", when);
        contains(said, "refused kevent_init errno " + Errno.EPERM + ": eventfd for ", ": EPERM (");
        assertFalse(said.contains("ulimit") || said.contains("no descriptor"), said);
    }

    @Test
    void whereNoSignalCanBeQueuedItIsSaidBeforeThatCallsWillNotEnd() throws Exception {
        String said = limited("sigpending=0:0", "sigpending");
        contains(said, "known: RLIMIT_SIGPENDING: 0 more signals", "ulimit -i", "LimitSIGPENDING=");
        contains(said, "0 queued signals of this user", "done after all");
    }

    @Test
    void whereTheUserHasFewThreadsLeftTheyAreCounted() throws Exception {
        String said = said(ThreadLimit.command(), List.of(), "nproc");
        assumeFalse(said.contains("the limit does not bind"), "RLIMIT_NPROC does not bind here");
        contains(
                said, "known: RLIMIT_NPROC: this user may have ", "ulimit -u", "LimitNPROC=", "threads of this user, ");
        Matcher figures =
                Pattern.compile("may have (\\d+) more .* then (\\d+) threads").matcher(said);
        assertTrue(figures.find(), said);
        // the JVM starts some itself, and ends some
        int difference = Integer.parseInt(figures.group(1)) - Integer.parseInt(figures.group(2));
        assertTrue(!ThreadLimit.isAlone() || Math.abs(difference) <= 8, said);
    }

    @Test
    void rootHearsNothingOfTheLimitOnThreadsOfAUser() throws Exception {
        assumeTrue(!ProcessLimits.threadLimitBinds(), "RLIMIT_NPROC binds this process");
        assertFalse(limited("nproc=1:1", "report").contains("RLIMIT_NPROC"));
    }

    @Test
    void aRingAboveTheLargestFileIsEfbigInWordsAndNoSignal() throws Exception {
        String said = limited("fsize=1048576:1048576", "fsize");
        contains(
                said,
                "refused kevent_init errno " + Errno.EFBIG,
                "may have 1048576 bytes",
                "RLIMIT_FSIZE",
                "ulimit -f");
        contains(said, "refused timer_create errno " + Errno.EFBIG, "known: RLIMIT_FSIZE: 1048576 bytes");
        contains(said, "queues of 4096 events");
    }

    @Test
    void whenDescriptorsAreUsedUpTheirLimitIsNamed() throws Exception {
        String said = limited("nofile=120:120", "nofile");
        contains(said, "refused kevent_init errno " + Errno.EMFILE, "of 120 that the process may have", "ulimit -n");
        contains(said, "refused mq_open errno " + Errno.EMFILE, "LimitNOFILE=", "known: RLIMIT_NOFILE: 0 descriptors");
        contains(said, "where there are fewer kevent_init fails with EMFILE", "made after the warning: true");
    }

    @Test
    void whereFewDescriptorsAreAllowedALongReadIsDoneOrTheLimitNamed() throws Exception {
        String said = limited("nofile=90:90", "longread");
        contains(said, "read 3145728 bytes");
        boolean uring = said.contains("without a descriptor 0 ");
        assertTrue(uring || said.contains("without a descriptor -1 ") && said.contains("ulimit -n"), said);
    }

    @Test
    void withoutNetlinkMqNotifySaysWhatToAllowAndHoldsNothing() throws Exception {
        String said = said(List.of(), List.of(), "netlink");
        contains(said, "refused mq_notify errno " + Errno.EAFNOSUPPORT, "RestrictAddressFamilies=", "KEVENT_FD");
        contains(said, "known: AF_NETLINK: ", "the descriptor is ready: cookie 2");
    }

    @Test
    void withoutExecutableMemorySignalsComeFromTheJvmAndItIsSaidWhatIsMissing() throws Exception {
        String said = said(List.of(), List.of(), "executable");
        contains(said, "known: executable memory: ", "execmem", "taken all the same: signal 10");
        contains(said, "refused submit errno " + Errno.EINVAL, "MemoryDenyWriteExecute=");
    }

    @Test
    void whereTheTemporaryFolderHoldsNoNativeLibraryTheWorkingDirectoryDoes() throws Exception {
        List<String> command = command("library");
        command.add(1, "-Djava.io.tmpdir=/proc");
        command.addAll(0, List.of("/bin/sh", "-c", "cd " + dir + " && exec \"$@\"", "sh"));
        ChildJvm child = ChildJvm.run(dir, command);
        assertEquals(0, child.end(), child::output);
    }

    @Test
    void whereNoFolderHoldsANativeLibraryTheFolderAndTheRemedyAreNamed() throws Exception {
        List<String> command = command("library");
        command.add(1, "-Djava.io.tmpdir=/proc");
        command.addAll(0, List.of("/bin/sh", "-c", "cd /proc && exec \"$@\"", "sh"));
        ChildJvm child = ChildJvm.run(dir, command);
        assertEquals(1, child.end(), child::output);
        contains(child.output(), "UnsatisfiedLinkError: jffi's native library", "java.io.tmpdir (/proc)", "noexec");
        contains(child.output(), "-Djava.io.tmpdir=DIR", "-Djffi.extract.dir=DIR", "-Djffi.boot.library.path=DIR");
    }

    @Test
    void aPropertyWithAWrongValueIsRefusedByNameAndNotIgnored() throws Exception {
        String said = said(List.of(), List.of(), "properties");
        contains(
                said,
                "property sigkevent.helpers is \"many\", not a number from 1",
                "property sigkevent.helpers is \"0\"");
        contains(said, "property sigkevent.helpers.blocking is \"-1\", not a number from 0");
        contains(said, "property sigkevent.notify.capacity is \"0\", not a number from 1 to 10000000");
        contains(said, "property sigkevent.notify.capacity is \"10000001\"");
        contains(said, "property sigkevent.signals is \"pipes\", not jvm", "and then true");
        assertEquals(8, said.split(" errno " + Errno.EINVAL + ": ", -1).length - 1, said);
    }

    @Test
    void aPathIsOpenedByItsBytesWhateverTheLocaleCanSpell() throws Exception {
        for (String locale : new String[] {"C", "C.UTF-8"}) {
            Path folder = Files.createDirectory(dir.resolve("names-" + locale));
            List<String> there = List.of(
                    "/usr/bin/env", "LC_ALL=" + locale, "/bin/sh", "-c", "cd " + folder + " && exec \"$@\"", "sh");
            contains(said(there, List.of(), "paths", folder.toString()), "opened 8 by their bytes");
            remove(folder);
        }
    }

    /** By somebody who does not ask what the names mean. */
    private static void remove(Path folder) throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("/bin/rm", "-r", folder.toString()).start().waitFor());
    }
}
