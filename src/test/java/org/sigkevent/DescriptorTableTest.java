package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The table of descriptors in the README is counted on the engine at hand. */
@Timeout(120)
class DescriptorTableTest {
    private static final int O_CLOEXEC = 02000000;
    private static final Pattern ROW = Pattern.compile("\\| (\\d+) \\| (\\d+) \\| (.*) \\|");

    @Test
    void aFileThatIsOpenedIsClosedOnExecWhateverTheFlagsSay() throws Exception {
        int fd = (int) Support.ok(Fcntl.open("README.md", Fcntl.O_RDONLY));
        String flags = Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd)).get(1);
        assertEquals(O_CLOEXEC, Integer.parseInt(flags.split("\\s+")[1], 8) & O_CLOEXEC, flags);
        Support.ok(Unistd.close(fd));
    }

    @Test
    void eachThingTakesAsManyDescriptorsAsTheTableSays(@TempDir Path folder) throws Exception {
        boolean uring = KeventCapabilities.here().engine().equals("io_uring");
        List<String> arguments = new ArrayList<>(List.of(folder.toString()));
        for (String line : Files.readAllLines(Path.of("README.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                arguments.add(row.group(uring ? 1 : 2));
                arguments.add(row.group(3));
            }
        }
        assertTrue(arguments.size() > 10, () -> "not the table: " + arguments);
        ChildJvm.run(folder, ChildJvm.command(DescriptorTableMain.class.getName(), arguments.toArray(String[]::new)))
                .succeeded("as the table says");
    }
}
