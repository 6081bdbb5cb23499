package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files of a run: the table, the pictures, and the page that shows both. There are never more than 30. */
final class Results {
    private static final int MOST_FILES = 30;

    /** results.tsv, results.md, index.html. */
    private static final int OTHERS = 3;

    private final Path folder;

    Results(Path folder) {
        this.folder = folder;
    }

    /** Removes the files of a former run; folders stay. */
    void clear() throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        List<Path> former;
        try (Stream<Path> all = Files.list(folder)) {
            former = all.filter(Files::isRegularFile).collect(Collectors.toList());
        }
        for (Path file : former) {
            Files.delete(file);
        }
    }

    /** Prints the table, draws it, and writes the page. {@code cases} has the case of each group. */
    void write(Table table, Map<String, String> cases, String command) throws IOException {
        System.out.print(table.save(folder));
        List<Pictures.Picture> pictures = Pictures.of(table, cases, MOST_FILES - OTHERS);
        try {
            Pictures.write(table, pictures, folder);
        } catch (InternalError | NoClassDefFoundError noFonts) {
            System.err.println("no pictures, since this system has no fonts: " + noFonts);
        }
        Page.write(table, pictures, command, folder);
    }
}
