package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own for what cannot be tested in this one, with this one's class path and engine. */
public final class ChildJvm {
    /** Options for a JVM that lives for a second or two: it would spend most of that on compiling what it then does not use. */
    public static final List<String> QUICKLY = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private static final long PATIENCE_SECONDS = 100;
    private final Process process;
    private final Path output;

    private ChildJvm(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** The command that runs a main class with these arguments, for {@link #start}; others may be put before it. */
    public static List<String> command(String main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(QUICKLY);
        command.add("-Xmx256m");
        command.add("-XX:+IgnoreUnrecognizedVMOptions");
        command.add("--enable-native-access=ALL-UNNAMED");
        String engine = System.getProperty("sigkevent.engine");
        if (engine != null) {
            command.add("-Dsigkevent.engine=" + engine);
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main);
        command.addAll(List.of(arguments));
        return command;
    }

    /** Starts a command whose output, both streams of it, goes to a file in the directory. */
    public static ChildJvm start(Path directory, List<String> command) throws IOException {
        Path output = Files.createTempFile(directory, "child", ".output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        return new ChildJvm(process, output);
    }

    /** Starts a command and waits until it has ended. */
    public static ChildJvm run(Path directory, List<String> command) throws IOException, InterruptedException {
        ChildJvm child = start(directory, command);
        child.end();
        return child;
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** Its exit status, which must come in time. */
    public int end() throws InterruptedException {
        boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        assertTrue(ended, () -> "the child did not end: " + output());
        return process.exitValue();
    }

    /** What it has written so far. */
    public String output() {
        try {
            // a child may write any bytes: readString would refuse some
            return new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    /** That it ended with status 0 after it had said this. */
    public void succeeded(String words) throws InterruptedException {
        assertEquals(0, end(), this::output);
        assertTrue(output().contains(words), this::output);
    }
}
