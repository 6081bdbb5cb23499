package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * No file of the library has more code than a reader can keep in mind (comments and blank lines do not count), and its comments stand
 * above the lines that they explain.
 */
@Tag("any-engine")
class CodeSizeTest {
    private static final Path SOURCES = Path.of("src", "main", "java");
    private static final int MOST = 350;

    /** A literal, which may hold what looks like a comment, or a comment. */
    private static final Pattern LITERAL_OR_COMMENT = Pattern.compile(
            "\"\"\"(?:\\\\.|(?!\"\"\").)*+\"\"\""
                    + "|\"(?:\\\\.|[^\"\\\\\\n])*+\"|'(?:\\\\.|[^'\\\\\\n])++'"
                    + "|(//[^\\n]*+|/\\*(?:(?!\\*/).)*+\\*/)",
            Pattern.DOTALL);

    private static Map<Path, String> sources() throws IOException {
        Map<Path, String> sources = new TreeMap<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file :
                    (Iterable<Path>) files.filter(path -> path.toString().endsWith(".java"))::iterator) {
                sources.put(SOURCES.relativize(file), Files.readString(file));
            }
        }
        assertFalse(sources.isEmpty(), "found no files to read");
        return sources;
    }

    @Test
    void noFileOfTheLibraryIsTooLong() throws IOException {
        Map<Path, Long> lines = new TreeMap<>();
        sources().forEach((file, source) -> lines.put(file, linesOfCode(source)));
        System.out.println("lines of code in " + SOURCES + ": "
                + lines.values().stream().mapToLong(Long::longValue).sum() + " in " + lines.size() + " files");
        Map<String, Long> tooLong = new TreeMap<>();
        lines.forEach((file, count) -> {
            if (count > MOST) {
                tooLong.put(file.toString(), count);
            }
        });
        assertEquals(Map.of(), tooLong, () -> "files with more than " + MOST + " lines of code");
    }

    @Test
    void noCommentStandsBehindCode() throws IOException {
        assertEquals(
                List.of("int a; // one"), behindCode("// zero\nint a; // one\n  // two\nString s = \"b; // c\";\n"));
        Map<Path, List<String>> behind = new TreeMap<>();
        sources().forEach((file, source) -> behind.put(file, behindCode(source)));
        behind.values().removeIf(List::isEmpty);
        assertEquals(Map.of(), behind);
    }

    private static List<String> behindCode(String source) {
        return LITERAL_OR_COMMENT
                .matcher(source)
                .results()
                .filter(found -> found.group(1) != null && found.group().startsWith("//"))
                .map(found -> source.substring(source.lastIndexOf('\n', found.start()) + 1, found.end()))
                .filter(line -> !line.trim().startsWith("//"))
                .toList();
    }

    @Test
    void commentsAndBlankLinesDoNotCount() {
        assertEquals(0, linesOfCode("\n  // one\n/* two\n */  \n\t\n"));
        assertEquals(1, linesOfCode("int a; // one\n"));
        assertEquals(2, linesOfCode("String s = \"/* no comment\";\nchar c = '\"'; /* one\n two */\n"));
        assertEquals(3, linesOfCode("String s = \"\"\"\n  // no comment \\\"\"\"\n\"\"\";\n"));
    }

    private static long linesOfCode(String source) {
        Matcher matcher = LITERAL_OR_COMMENT.matcher(source);
        String code =
                matcher.replaceAll(found -> Matcher.quoteReplacement(found.group(1) == null ? found.group() : ""));
        return code.lines().filter(line -> !line.isBlank()).count();
    }
}
