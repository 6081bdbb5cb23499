package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.core.Kinds;

/** What the documents say exists. */
@Tag("any-engine")
class ReadmeTest {
    private static final Path README = Path.of("README.md");

    @Test
    void theDependencyIsTheOneThatThePomMakes() throws Exception {
        Matcher coordinates = Pattern.compile(
                        "<groupId>.*?</groupId>\\s*<artifactId>.*?</artifactId>\\s*<version>.*?</version>")
                .matcher(Files.readString(README));
        assertTrue(coordinates.find());
        String asked = coordinates.group().replaceAll("\\s", "");
        assertTrue(
                Files.readString(Path.of("pom.xml")).replaceAll("\\s", "").contains("</modelVersion>" + asked), asked);
    }

    @Test
    void theTenLinesCompile(@TempDir Path directory) throws Exception {
        Matcher code = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(README));
        assertTrue(code.find());
        String source =
                "import java.nio.ByteBuffer; import java.nio.file.Path; import java.time.Duration; import org.sigkevent.*;\n"
                        + "class TenLines { void run(Path path) throws Exception {\n" + code.group(1) + "} }\n";
        Path file = Files.writeString(directory.resolve("TenLines.java"), source);
        assertEquals("", Support.compile(directory, file));
    }

    @Test
    void everyPageThatIsLinkedExists() throws Exception {
        for (Path page : List.of(README, Path.of("examples", "README.md"))) {
            Matcher link = Pattern.compile("\\]\\(([^)#:]+)\\)").matcher(Files.readString(page));
            while (link.find()) {
                Path target = page.resolveSibling(link.group(1));
                assertTrue(Files.exists(target), page + " links to " + link.group(1));
            }
        }
    }

    @Test
    void theKindsPageHasEveryKindWithItsId() throws Exception {
        Matcher row = Pattern.compile("\\| (KEVENT_\\w+) \\| (\\d+) \\|")
                .matcher(Files.readString(Path.of("src", "docs", "kinds.md")));
        int rows = 0;
        while (row.find()) {
            assertEquals(row.group(1), Kinds.name(Integer.parseInt(row.group(2))));
            assertEquals(
                    Integer.parseInt(row.group(2)),
                    Kevent.class.getField(row.group(1)).getInt(null));
            rows++;
        }
        assertEquals(15, rows);
    }
}
