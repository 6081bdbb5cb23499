package org.sigkevent.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sigkevent.ChildJvm;
import org.sigkevent.KeventCapabilities;
import org.sigkevent.sys.Errnos;

/** Which engine a queue gets, in JVMs of their own. */
@Timeout(300)
@Tag("any-engine")
class EngineChoiceTest {
    @TempDir
    private Path directory;

    private String output;

    /** Runs a main class in a child JVM: its exit status. */
    private int run(String option, String main, List<String> args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ChildJvm.QUICKLY);
        command.addAll(
                List.of("--enable-native-access=ALL-UNNAMED", "-Xmx1g", "-cp", System.getProperty("java.class.path")));
        if (option != null) {
            command.add(option);
        }
        command.add(main);
        command.addAll(args);
        Path log = directory.resolve("log");
        Process child = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!child.waitFor(250, TimeUnit.SECONDS)) {
            child.destroyForcibly().waitFor();
        }
        output = Files.readString(log);
        return child.exitValue();
    }

    private static List<String> refusing(int errno, List<String> classes) {
        List<String> args = new ArrayList<>();
        args.add(Integer.toString(errno));
        args.addAll(classes);
        return args;
    }

    /** The errno decides on the engine and nothing else. With EPERM all tests run, see {@link RefusedIoUring}. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"EPERM, 1", "ENOSYS, 38", "ENOMEM, 12", "EINVAL, 22"})
    void whereIoUringCannotBeSetUpEpollServes(String name, int errno) throws Exception {
        int status = run(null, Refusing.class.getName(), refusing(errno, List.of("org.sigkevent.PollDescriptorTest")));
        assertEquals(0, status, () -> output);
        assertTrue(output.contains("engine epoll: io_uring_setup: " + name), () -> output);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({"io_uring_enter, EPERM, 426, 1", "io_uring_enter, ENOSYS, 426, 38", "io_uring_register, EPERM, 427, 1"})
    void whereOneCallOfIoUringIsRefusedEpollServesAndTheCallIsNamed(String call, String name, int number, int errno)
            throws Exception {
        int status = run(
                "-Donly=" + number,
                Refusing.class.getName(),
                refusing(errno, List.of("org.sigkevent.PollDescriptorTest")));
        assertEquals(0, status, () -> output);
        assertTrue(output.matches("(?s).*engine epoll: " + call + "[^:]*: " + name + " .*"), () -> output);
    }

    @Test
    void operationsThatIoUringLacksAreDoneWithoutItAndTheOthersWithIt() throws Exception {
        List<String> kinds = List.of("org.sigkevent.EventKindsTest", "org.sigkevent.ProcessAndConnectTest");
        int status = run(
                "-Dsigkevent.io_uring.without=futex,waitid,accept,connect,sync_file_range",
                Refusing.class.getName(),
                refusing(0, kinds));
        assertEquals(0, status, () -> output);
        assertTrue(output.contains("engine io_uring: "), () -> output);
        assertTrue(output.lines().anyMatch(line -> line.matches("KEVENT_FUTEX +a helper thread.*")), () -> output);
    }

    @Test
    void withoutAnOperationThatEveryQueueNeedsEpollServes() throws Exception {
        int status = run("-Dsigkevent.io_uring.without=readv", Refusing.class.getName(), refusing(0, List.of()));
        assertEquals(0, status, () -> output);
        assertTrue(output.contains("engine epoll: io_uring has no operation readv here"), () -> output);
        status = run("-Dsigkevent.io_uring.without=nonsense", Refusing.class.getName(), refusing(0, List.of()));
        assertEquals(1, status, () -> output);
        assertTrue(output.contains("\"nonsense\", which is none of [nop, read,"), () -> output);
    }

    @Test
    void beforeEpollPwait2ATimerfdKeepsTheTime() throws Exception {
        List<String> timed =
                List.of("org.sigkevent.KeventWaitTest", "org.sigkevent.TimerTest", "org.sigkevent.KeventQueueTest");
        int status = run("-Dold=true", Refusing.class.getName(), refusing(Errnos.ENOSYS, timed));
        assertEquals(0, status, () -> output);
        System.out.println("without epoll_pwait2: "
                + output.substring(output.lastIndexOf("passed")).trim());
    }

    @ParameterizedTest(name = "refused: {0}")
    @CsvSource({"kcmp, 0", "all, 0", "all, 1"})
    void withoutKcmpARequestIsForTheFileThatWasOpen(String refused, int errno) throws Exception {
        List<String> tests = List.of(
                        "aReadIsOfWhatIsOpenNow",
                        "readsOfOneFileAreInTheOrderOfTheCalls",
                        "aDescriptorThatIsLookedAtAgainIsTheSameFile",
                        "aDescriptorThatIsClosedIsNotLookedAtAgain")
                .stream()
                .map(test -> "org.sigkevent.AnonymousFilesTest#" + test)
                .toList();
        int status = run("-Dcompare=" + refused, Refusing.class.getName(), refusing(errno, tests));
        assertEquals(0, status, () -> output);
        assertTrue(output.contains("passed 4 "), () -> output);
    }

    @Test
    void aForcedIoUringThatIsRefusedIsEnosysWithTheReason() throws Exception {
        int status = run("-Dsigkevent.engine=io_uring", Refusing.class.getName(), refusing(Errnos.EPERM, List.of()));
        assertEquals(1, status);
        assertTrue(
                output.contains("ENOSYS") && output.contains("io_uring_setup: EPERM") && output.contains("seccomp"),
                () -> output);
    }

    @Test
    void anEngineThatDoesNotExistIsEinvalAndNamesTheProperty() throws Exception {
        int status = run("-Dsigkevent.engine=kqueue", Refusing.class.getName(), refusing(Errnos.EPERM, List.of()));
        assertEquals(1, status);
        assertTrue(output.contains("EINVAL") && output.contains("sigkevent.engine"), () -> output);
    }

    @Test
    void theCapabilitiesNameTheEngineAndWhatServesEachKind() {
        KeventCapabilities here = KeventCapabilities.here();
        assertTrue(List.of("io_uring", "epoll").contains(here.engine()));
        assertEquals(14, here.servedBy().size());
        assertTrue(here.toString().contains("engine " + here.engine() + ": " + here.reason()));
    }
}
