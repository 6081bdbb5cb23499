package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example wal and its C original: what was committed is recovered, whatever the end of the log looks like. */
@Timeout(120)
class WalIT {
    @TempDir
    Path folder;

    private Path log;
    private Path input;
    private List<String> lines;

    /** Runs one of the two programs to its end. */
    private interface Program {
        Examples.Run start(String... arguments) throws Exception;
    }

    @BeforeEach
    void makeInput() throws IOException {
        log = folder.resolve("log");
        input = folder.resolve("input");
        lines = IntStream.range(0, 500)
                .mapToObj(i -> "line " + i + " " + "x".repeat(i % 50))
                .collect(Collectors.toList());
        Files.write(input, lines);
    }

    private Program javaProgram() {
        return arguments -> Examples.java(folder, "wal.Wal", arguments);
    }

    private Program original() throws Exception {
        String program = Examples.compile(folder, "wal/write_ahead_log.c");
        return arguments -> Examples.run(folder, program, arguments);
    }

    private static List<String> sorted(List<String> some) {
        List<String> all = new ArrayList<>(some);
        Collections.sort(all);
        return all;
    }

    private List<String> held(Program program) throws Exception {
        return Arrays.asList(program.start("-d", log.toString()).succeeded().split("\n"));
    }

    @Test
    void everyLineIsCommittedOnceInGroups() throws Exception {
        commitsInGroups(javaProgram(), javaProgram());
    }

    @Test
    void theOriginalReadsWhatTheJavaProgramWrote() throws Exception {
        commitsInGroups(javaProgram(), original());
    }

    @Test
    void theJavaProgramReadsWhatTheOriginalWrote() throws Exception {
        commitsInGroups(original(), javaProgram());
    }

    private void commitsInGroups(Program writer, Program reader) throws Exception {
        String said = writer.start("-c", "20", log.toString(), input.toString()).succeeded();
        assertTrue(said.contains("recovered 0 records, cut off 0 bytes"), said);
        assertTrue(said.contains("committed 500 records in "), said);
        assertEquals(sorted(lines), sorted(held(reader)));
    }

    @Test
    void whatWasCommittedBeforeACrashIsRecoveredAndTheLogGoesOn() throws Exception {
        survivesACrash(javaProgram());
    }

    @Test
    @Tag("any-engine")
    void theOriginalRecoversAfterACrashToo() throws Exception {
        survivesACrash(original());
    }

    private void survivesACrash(Program program) throws Exception {
        String said = program.start("-v", "-k", "200", log.toString(), input.toString())
                .failed(9);
        List<String> told = said.lines()
                .filter(line -> line.startsWith("committed "))
                .map(line -> line.substring("committed ".length()))
                .collect(Collectors.toList());
        // the last line that it told may be cut off
        List<String> committed = told.subList(0, Math.max(0, told.size() - 1));
        String recovered = program.start(log.toString()).succeeded();
        List<String> held = held(program);
        assertTrue(held.size() >= 200, recovered);
        assertTrue(recovered.contains("recovered " + held.size() + " records"), recovered);
        assertTrue(held.containsAll(committed), () -> "of " + committed + " the log holds only " + held);
        assertTrue(lines.containsAll(held), () -> "in the log, but not in the input: " + held);
        program.start(log.toString(), input.toString()).succeeded();
        assertEquals(held.size() + 500, held(program).size());
    }

    @Test
    void aTornEndIsCutOffAndWrittenOver() throws Exception {
        cutsATornEndOff(javaProgram());
    }

    @Test
    @Tag("any-engine")
    void theOriginalCutsATornEndOff() throws Exception {
        cutsATornEndOff(original());
    }

    private void cutsATornEndOff(Program program) throws Exception {
        program.start(log.toString(), input.toString()).succeeded();
        byte[] whole = Files.readAllBytes(log);
        // within the last record's line, its header, and a hole where its beginning should be
        for (int cut : new int[] {3, 16 + 5, 0}) {
            byte[] torn = Arrays.copyOf(whole, whole.length - cut);
            if (cut == 0) {
                Arrays.fill(torn, torn.length - 60, torn.length - 20, (byte) 0);
            }
            Files.write(log, torn);
            String said = program.start(log.toString()).succeeded();
            int held = held(program).size();
            assertTrue(held < 500 && held > 490, said);
            assertTrue(said.contains("recovered " + held + " records, cut off "), said);
            assertTrue(!said.contains("cut off 0 bytes"), said);
            said = program.start(log.toString()).succeeded();
            assertTrue(said.contains("recovered " + held + " records, cut off 0 bytes"), said);
        }
    }

    @Test
    void aBitThatFlippedEndsWhatIsBelieved() throws Exception {
        javaProgram().start("-c", "1", log.toString(), input.toString()).succeeded();
        try (FileChannel file = FileChannel.open(log, StandardOpenOption.WRITE)) {
            // in the second record's line
            file.write(java.nio.ByteBuffer.wrap(new byte[] {'y'}), (16 + 6) + 16 + 2);
        }
        assertEquals(lines.subList(0, 1), held(javaProgram()));
    }

    @Test
    void withoutArgumentsItLogsATextAndRecovers() throws Exception {
        String said = Examples.java(folder, "wal.Wal").succeeded();
        assertTrue(said.contains("cut the last 7 bytes off"), said);
    }

    @Test
    void aLineThatIsTooLongIsAClearFailure() throws Exception {
        Files.writeString(input, "z".repeat(5000) + "\n");
        String said = javaProgram().start(log.toString(), input.toString()).failed(1);
        assertTrue(said.contains("Wal: a line has 5000 bytes: the most is 4096"), said);
    }
}
