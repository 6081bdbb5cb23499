package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example taillog and its C original: all lines arrive, in files that are cut at lines and not too large. */
@Timeout(120)
class TailLogIT {
    private static final int LIMIT = 1000;

    @TempDir
    Path folder;

    private Path log;
    private Path copies;

    @BeforeEach
    void makeFolders() throws IOException {
        log = Files.createFile(folder.resolve("a.log"));
        copies = Files.createDirectory(folder.resolve("copies"));
    }

    /** Starts the follower for a log that grows until this process ends. */
    private interface Follower {
        Examples.Run follow(String... arguments) throws Exception;
    }

    private Follower javaProgram() {
        return arguments -> Examples.java(folder, "taillog.TailLog", arguments);
    }

    private Follower original() throws Exception {
        String program = Examples.compile(folder, "taillog/tail_log.c");
        return arguments -> Examples.run(folder, program, arguments);
    }

    @Test
    void aGrowingLogIsCopiedUntilItsWriterEnds() throws Exception {
        copiesAGrowingLog(javaProgram());
    }

    @Test
    @Tag("any-engine")
    void theOriginalCopiesAGrowingLogUntilItsWriterEnds() throws Exception {
        copiesAGrowingLog(original());
    }

    private void copiesAGrowingLog(Follower follower) throws Exception {
        Process writer = new ProcessBuilder("cat")
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        Examples.Run run;
        try (OutputStream out = writer.getOutputStream()) {
            run = follower.follow("-s", "" + LIMIT, "-p", "" + writer.pid(), log.toString(), copies.toString());
            for (int part = 0; part < 5; part++) {
                for (int line = 0; line < 40; line++) {
                    out.write(("part " + part + " line " + line + " of a log\n").getBytes(StandardCharsets.US_ASCII));
                }
                // no whole line: stays until the rest comes
                out.write("half a".getBytes(StandardCharsets.US_ASCII));
                out.flush();
                int least = (part + 1) * 40 * 20;
                run.await("part " + part + " is copied", () -> copied().length >= least);
                out.write(" line\n".getBytes(StandardCharsets.US_ASCII));
            }
            out.write("no end".getBytes(StandardCharsets.US_ASCII));
        }
        writer.waitFor();
        String said = run.succeeded();
        assertArrayEquals(Files.readAllBytes(log), copied(), said);
        assertTrue(said.contains("copied 205 lines, " + Files.size(log) + " bytes"), said);
        for (Path file : files().subList(0, files().size() - 1)) {
            byte[] bytes = Files.readAllBytes(file);
            assertTrue(
                    bytes.length <= LIMIT && bytes[bytes.length - 1] == '\n', file + " has " + bytes.length + " bytes");
        }
    }

    @Test
    void theOldestFilesGo() throws Exception {
        removesTheOldest(javaProgram());
    }

    @Test
    @Tag("any-engine")
    void theOldestFilesOfTheOriginalGo() throws Exception {
        removesTheOldest(original());
    }

    private void removesTheOldest(Follower follower) throws Exception {
        String line = "0123456789".repeat(9) + "abcdefghi\n";
        Files.writeString(log, line.repeat(65));
        String said = follower.follow("-s", "" + LIMIT, "-k", "3", log.toString(), copies.toString())
                .succeeded();
        assertTrue(said.contains("copied 65 lines, 6500 bytes"), said);
        assertTrue(said.contains("into 7 files"), said);
        assertEquals(
                List.of("a.log.00005", "a.log.00006", "a.log.00007"),
                files().stream().map(path -> path.getFileName().toString()).collect(Collectors.toList()));
        assertArrayEquals(line.repeat(25).getBytes(StandardCharsets.US_ASCII), copied());
    }

    @Test
    void withoutArgumentsItFollowsTheLogOfAJvm() throws Exception {
        String said = Examples.java(folder, "taillog.TailLog").succeeded();
        assertTrue(said.matches("(?s).*copied \\d{3,} lines, \\d{4,} bytes of .* into \\d+ files\\s*"), said);
    }

    @Test
    void aLogThatIsNotThereIsAClearFailure() throws Exception {
        String said = Examples.java(
                        folder, "taillog.TailLog", folder.resolve("none").toString(), copies.toString())
                .failed(1);
        assertTrue(said.contains("TailLog: open ") && said.contains("ENOENT"), said);
    }

    private List<Path> files() {
        try (Stream<Path> all = Files.list(copies)) {
            return all.sorted().collect(Collectors.toList());
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    private byte[] copied() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            for (Path file : files()) {
                all.write(Files.readAllBytes(file));
            }
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
        return all.toByteArray();
    }
}
