package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example sharedring and its C original: other processes take every block once. */
@Timeout(120)
class SharedRingExampleIT {
    private static final int LENGTH = 20_000_001;

    @TempDir
    Path folder;

    private Path file() throws IOException {
        byte[] bytes = new byte[LENGTH];
        new Random(1).nextBytes(bytes);
        return Files.write(folder.resolve("file"), bytes);
    }

    private static void check(String said, int workers) {
        Matcher end = Pattern.compile("(\\d+) blocks by (\\d+) processes.*the sum is right")
                .matcher(said);
        assertTrue(end.find(), said);
        assertTrue(Long.parseLong(end.group(1)) == (LENGTH + 65_535) / 65_536, said);
        assertTrue(Integer.parseInt(end.group(2)) == workers, said);
    }

    private Examples.Run example(String... arguments) throws IOException {
        List<String> command = Examples.command("sharedring.SharedRing", arguments);
        command.add(1, "-Dsharedring.root=" + Path.of("").toAbsolutePath());
        return Examples.start(folder, command);
    }

    @Test
    void programsInCTakeFromTheRingOfAJvm() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc")), "no C compiler, /usr/bin/cc, is installed here");
        check(example(file().toString()).succeeded(), 3);
    }

    @Test
    void otherJvmsTakeFromTheRing() throws Exception {
        check(example("-w", "2", "-j", file().toString()).succeeded(), 2);
    }

    @Test
    @Tag("any-engine")
    void theOriginalDoesTheSame() throws Exception {
        String program = Examples.compile(folder, "sharedring/shared_ring.c");
        check(Examples.run(folder, program, file().toString()).succeeded(), 3);
    }

    @Test
    void whatIsWrongIsSaid() throws Exception {
        assertTrue(example("-w", "0").failed(2).contains("usage"));
        List<String> none = new ArrayList<>(List.of(folder.resolve("none").toString()));
        assertTrue(example(none.toArray(new String[0])).failed(1).contains("is not a regular file"));
    }
}
