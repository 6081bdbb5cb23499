package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The page of what others tested: each number once, and every test that it names is there. */
@Tag("any-engine")
class PriorArtTest {
    private static final Pattern ROW = Pattern.compile("\\| (\\d+) \\| ([^|]+) \\| ([^|]+) \\|");
    private static final Pattern NAMED = Pattern.compile("`(\\w+)\\.(\\w+)`");

    private static List<Matcher> rows() throws IOException {
        List<Matcher> rows = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("src", "docs", "prior-art.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                rows.add(row);
            }
        }
        return rows;
    }

    /** The text of each class of the tests, by its simple name. */
    private static Map<String, String> sources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (String root : new String[] {"src/test/java", "compat-tests"}) {
            try (Stream<Path> files = Files.walk(Path.of(root))) {
                for (Path file :
                        (Iterable<Path>) files.filter(path -> path.toString().endsWith(".java"))::iterator) {
                    sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
                }
            }
        }
        return sources;
    }

    @Test
    void everyNumberIsThereOnce() throws IOException {
        List<Integer> numbers =
                rows().stream().map(row -> Integer.valueOf(row.group(1))).toList();
        assertEquals(IntStream.rangeClosed(1, 73).boxed().toList(), numbers);
    }

    @Test
    void everyTestThatIsNamedExists() throws IOException {
        Map<String, String> sources = sources();
        for (Matcher row : rows()) {
            Matcher named = NAMED.matcher(row.group(3));
            int tests = 0;
            while (named.find()) {
                String source = sources.get(named.group(1));
                assertTrue(source != null, () -> "no class " + named.group(1) + ": " + row.group());
                assertTrue(isTest(source, named.group(2)), () -> "no test " + named.group() + ": " + row.group());
                tests++;
            }
            boolean reason = row.group(3).startsWith("not applicable: ");
            assertTrue(tests > 0 != reason, () -> "neither a test nor a reason: " + row.group());
        }
    }

    /** Whether there is a test annotation between the method and the one before it. */
    private static boolean isTest(String source, String method) {
        int at = source.indexOf(" void " + method + "(");
        int annotation = Math.max(source.lastIndexOf("@Test", at), source.lastIndexOf("@ParameterizedTest", at));
        return at >= 0 && annotation >= 0 && !source.substring(annotation, at).contains(" void ");
    }
}
