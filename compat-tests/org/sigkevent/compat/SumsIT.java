package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example idiomatic and its C original: the sums of all files are right, whatever their sizes. */
@Timeout(120)
class SumsIT {
    private static final int BLOCK = 256 << 10;

    @TempDir
    Path folder;

    private Path files;
    private List<String> expected;

    @BeforeEach
    void makeFiles() throws IOException {
        files = Files.createDirectory(folder.resolve("files"));
        Files.createDirectory(files.resolve("no-file"));
        Random random = new Random(7);
        int[] sizes = {0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + 77};
        for (int i = 0; i < 5 * sizes.length; i++) {
            byte[] bytes = new byte[sizes[i % sizes.length]];
            random.nextBytes(bytes);
            Files.write(files.resolve("file" + i), bytes);
        }
        try (Stream<Path> all = Files.list(files)) {
            expected =
                    all.filter(Files::isRegularFile).sorted().map(SumsIT::line).collect(Collectors.toList());
        }
    }

    private static String line(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            CRC32 crc = new CRC32();
            crc.update(bytes);
            return String.format("%08x %10d %s", crc.getValue(), bytes.length, file);
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    private void checkSums(String said) {
        assertEquals(expected, said.lines().filter(line -> line.contains(" /")).collect(Collectors.toList()));
        assertTrue(said.contains("35 files, "), said);
    }

    @Test
    void theSumsAreRight() throws Exception {
        checkSums(Examples.java(folder, "idiomatic.Sums", files.toString()).succeeded());
    }

    @Test
    @Tag("any-engine")
    void theOriginalsSumsAreRight() throws Exception {
        String program = Examples.compile(folder, "idiomatic/sums.c");
        checkSums(Examples.run(folder, program, files.toString()).succeeded());
    }

    @Test
    void withoutArgumentsItSumsTheJdksFiles() throws Exception {
        String said = Examples.java(folder, "idiomatic.Sums").succeeded();
        assertTrue(said.matches("(?s).*[0-9a-f]{8} +\\d+ \\S+/lib/modules\n.*"), said);
    }

    @Test
    void aDirectoryThatIsNotThereIsAClearFailure() throws Exception {
        String said = Examples.java(
                        folder, "idiomatic.Sums", folder.resolve("none").toString())
                .failed(1);
        assertTrue(said.contains("Sums: java.nio.file.NoSuchFileException"), said);
    }
}
