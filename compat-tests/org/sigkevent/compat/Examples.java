package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.sigkevent.ChildJvm;

/** What the tests of the examples share: an example in a JVM of its own, and its C original, compiled and started. */
final class Examples {
    private static final long LIMIT_SECONDS = 90;

    private Examples() {}

    /** A program that was started; what it writes goes to a file. */
    static final class Run {
        final Process process;
        private final Path output;

        private Run(Process process, Path output) {
            this.process = process;
            this.output = output;
        }

        /** What it has written until now, on both streams. */
        String output() {
            try {
                return Files.readString(output, StandardCharsets.ISO_8859_1);
            } catch (IOException unreadable) {
                throw new AssertionError(unreadable);
            }
        }

        /** Waits until it has written this, which it must before it ends. */
        void awaitOutput(String text) throws InterruptedException {
            await("\"" + text + "\" in its output", () -> output().contains(text));
        }

        /** Waits for what the program brings about while it runs. */
        void await(String what, BooleanSupplier condition) throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (!condition.getAsBoolean()) {
                boolean ended = process.waitFor(5, TimeUnit.MILLISECONDS);
                assertTrue(
                        System.nanoTime() < end && (!ended || condition.getAsBoolean()),
                        () -> "never: " + what + "\n" + output());
            }
        }

        /** Waits for its end. */
        int status() throws InterruptedException {
            boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                process.destroyForcibly().waitFor();
            }
            assertTrue(ended, () -> "it did not end: " + output());
            return process.exitValue();
        }

        /** Its output, when it has ended well. */
        String succeeded() throws InterruptedException {
            assertEquals(0, status(), this::output);
            return output();
        }

        /** Its output, when it has ended with this status. */
        String failed(int expected) throws InterruptedException {
            assertEquals(expected, status(), this::output);
            return output();
        }
    }

    /** Starts an example as a user would, on the engine that this test runs on. */
    static Run java(Path folder, String main, String... arguments) throws IOException {
        return start(folder, command(main, arguments));
    }

    /** The command that does that. */
    static List<String> command(String main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ChildJvm.QUICKLY);
        command.add("--enable-native-access=ALL-UNNAMED");
        String engine = System.getProperty("sigkevent.engine");
        if (engine != null) {
            command.add("-Dsigkevent.engine=" + engine);
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(List.of(arguments));
        return command;
    }

    static Run start(Path folder, List<String> command) throws IOException {
        Path output = Files.createTempFile(folder, "output", ".txt");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(new File("/dev/null"))
                .start();
        return new Run(process, output);
    }

    /** Compiles an example's C original, which must go without a warning; the test is skipped where there is no cc. */
    static String compile(Path folder, String source) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc")), "no C compiler, /usr/bin/cc, is installed here");
        Path file = Path.of("examples", source).toAbsolutePath();
        Path program = folder.resolve(file.getFileName().toString().replace(".c", ""));
        Run cc = start(
                folder,
                List.of(
                        "/usr/bin/cc",
                        "-O2",
                        "-Wall",
                        "-Wextra",
                        "-o",
                        program.toString(),
                        file.toString(),
                        "-lrt",
                        "-lpthread"));
        assertEquals("", cc.succeeded(), "what the compiler says");
        return program.toString();
    }

    /** Starts a program that {@link #compile} made. */
    static Run run(Path folder, String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        return start(folder, command);
    }
}
