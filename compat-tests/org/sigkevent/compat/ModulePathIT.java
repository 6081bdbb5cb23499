package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged jar works as a named module. */
class ModulePathIT {
    @Test
    @Timeout(120)
    void theJarWorksOnTheModulePath(@TempDir Path directory) throws Exception {
        String jar = System.getProperty("sigkevent.jar");
        assertTrue(jar != null && Files.isRegularFile(Path.of(jar)), "no jar: " + jar);
        String modules =
                Stream.concat(Stream.of(jar), dependencies().stream()).collect(Collectors.joining(File.pathSeparator));
        Result result = java(
                directory,
                "--enable-native-access=org.jnrproject.jffi",
                "--module-path",
                modules,
                "--add-modules",
                "org.sigkevent",
                "-cp",
                Path.of(ModulePathMain.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI())
                        .toString(),
                ModulePathMain.class.getName());
        assertEquals(0, result.status, result.output);
        assertTrue(result.output.contains("module org.sigkevent works"), result.output);
    }

    /** The jars a user of the library has: those of jnr and ASM on our own class path. */
    private static List<String> dependencies() {
        List<String> jars = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(path -> Path.of(path).getFileName().toString().matches("(jnr-|jffi-|asm-).*\\.jar"))
                .collect(Collectors.toList());
        assertTrue(jars.stream().anyMatch(path -> path.contains("jnr-ffi")), System.getProperty("java.class.path"));
        return jars;
    }

    private static Result java(Path directory, String... arguments) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(Stream.concat(
                                Stream.of(Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString()),
                                Arrays.stream(arguments))
                        .collect(Collectors.toList()))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(60, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        String text = Files.readString(output, StandardCharsets.UTF_8);
        assertTrue(ended, () -> "the child did not end: " + text);
        return new Result(process.exitValue(), text);
    }

    private static final class Result {
        final int status;
        final String output;

        Result(int status, String output) {
            this.status = status;
            this.output = output;
        }
    }
}
