package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The page of promises: what it quotes stands where it says, the tests that it names exist and run, and no part of the pages that make
 * promises is left out.
 *
 * <p>A part is a paragraph, an item of a list, or a row of a table; code is none. A row counts as its cells, joined by a colon, or by
 * nothing after a question mark. Links count as their words.
 */
@Tag("any-engine")
class PromisesTest {
    private static final Path DOCS = Path.of("src", "docs");

    /** The pages whose every part is quoted, or said to promise nothing. Of the guide for porting each section is quoted once. */
    private static final List<String> WHOLE = List.of("kinds.md", "choices.md", "ring.md");

    private static final String GUIDE = "porting.md";
    private static final String README = "../../README.md";

    /** What the README promises beside its figures and examples. */
    private static final Set<String> SECTIONS_OF_README =
            Set.of("How it is built", "Which engine runs, and which limits will be met", "Requirements and limits");

    private static final Pattern HEADING = Pattern.compile("## \\[([^\\]]+)\\]\\(([^)#]+)(#[^)]*)?\\)");
    private static final Pattern NAMED = Pattern.compile("`(\\w+)(?:#(\\w+))?`");

    private static final Pattern DISABLED = Pattern.compile("@[\\w.]*Disabled");

    /** A part of a page. */
    private record Part(String page, String section, String text) {}

    /** A line of the page of promises; {@code tests} says why there are none where nothing is promised. */
    private record Row(String page, String section, String quoted, String tests) {
        boolean promises() {
            return tests.startsWith("`");
        }

        @Override
        public String toString() {
            return page + ", " + section + ": " + quoted;
        }
    }

    private static List<String> cells(String line) {
        List<String> cells = new ArrayList<>();
        for (String cell : line.substring(1, line.lastIndexOf('|')).split(" \\| ", -1)) {
            cells.add(cell.strip());
        }
        return cells;
    }

    private static String plain(String text) {
        return text.replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
                .replaceAll("\\s+", " ")
                .strip();
    }

    private static String joined(String line) {
        StringBuilder all = new StringBuilder();
        for (String cell : cells(line)) {
            if (!cell.isEmpty()) {
                all.append(all.isEmpty() ? "" : all.charAt(all.length() - 1) == '?' ? " " : ": ");
                all.append(cell);
            }
        }
        return plain(all.toString());
    }

    private static List<Part> parts(String page) throws IOException {
        List<Part> parts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        String section = "";
        boolean code = false;
        boolean table = false;
        List<String> lines = new ArrayList<>(Files.readAllLines(DOCS.resolve(page)));
        lines.add("");
        for (String line : lines) {
            boolean row = line.startsWith("|");
            boolean item = line.matches("(- |\\d+\\. ).*");
            boolean indented = line.startsWith("    ") && text.isEmpty();
            if (line.isBlank() || row || item || line.startsWith("#") || line.startsWith("```")) {
                if (!text.isEmpty()) {
                    parts.add(new Part(page, section, plain(text.toString())));
                    text.setLength(0);
                }
            }
            if (line.startsWith("```")) {
                code = !code;
            } else if (!code && line.startsWith("#")) {
                section = line.replaceFirst("#+ ", "");
            } else if (!code && row && table && !line.startsWith("|---")) {
                parts.add(new Part(page, section, joined(line)));
            } else if (!code && !row && !indented && !line.isBlank()) {
                text.append(text.isEmpty() ? "" : " ").append(item ? line.replaceFirst("(- |\\d+\\. )", "") : line);
            }
            table = row;
        }
        return parts;
    }

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        String page = "";
        String section = "";
        boolean table = false;
        for (String line : Files.readAllLines(DOCS.resolve("promises.md"))) {
            Matcher heading = HEADING.matcher(line);
            if (heading.matches()) {
                section = heading.group(1);
                page = heading.group(2);
            } else if (line.startsWith("|") && table && !line.startsWith("|---")) {
                int last = line.lastIndexOf(" | ");
                rows.add(new Row(
                        page,
                        section,
                        line.substring(2, last).strip(),
                        line.substring(last + 3, line.lastIndexOf('|')).strip()));
            }
            table = line.startsWith("|");
        }
        return rows;
    }

    @Test
    void whatIsQuotedStandsInTheSectionThatIsNamed() throws IOException {
        Map<String, List<Part>> pages = new HashMap<>();
        for (Row row : rows()) {
            if (!pages.containsKey(row.page)) {
                pages.put(row.page, parts(row.page));
            }
            assertTrue(
                    pages.get(row.page).stream()
                            .anyMatch(part -> part.section.equals(row.section) && part.text.contains(row.quoted)),
                    () -> "is not there any more, in these words: " + row);
        }
    }

    @Test
    void everyTestThatIsNamedIsThereAndRuns() throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (String root : new String[] {"src/test/java", "compat-tests"}) {
            try (Stream<Path> files = Files.walk(Path.of(root))) {
                for (Path file :
                        (Iterable<Path>) files.filter(path -> path.toString().endsWith(".java"))::iterator) {
                    sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
                }
            }
        }
        int named = 0;
        for (Row row : rows()) {
            if (!row.promises()) {
                assertTrue(row.tests.length() > 10, () -> "neither a test nor a reason: " + row);
                continue;
            }
            assertEquals("", row.tests.replaceAll("`\\w+(#\\w+)?`(, )?", ""), () -> "not the name of a test: " + row);
            Matcher test = NAMED.matcher(row.tests);
            while (test.find()) {
                String source = sources.get(test.group(1));
                assertTrue(source != null, () -> "no class " + test.group(1) + ": " + row);
                String wrong = test.group(2) == null ? wrongClass(source) : wrongTest(source, test.group(2));
                assertTrue(wrong.isEmpty(), () -> test.group() + " " + wrong + ": " + row);
                named++;
            }
        }
        assertTrue(named > 300, "tests named: " + named);
    }

    private static String head(String source) {
        Matcher type = Pattern.compile("(?m)^(public |abstract |final )*class ").matcher(source);
        return type.find() ? source.substring(0, type.start()) : "";
    }

    private static String wrongClass(String source) {
        return DISABLED.matcher(head(source)).find() ? "is disabled" : source.contains("@Test") ? "" : "has no test";
    }

    /** Empty for a test that runs: an annotation says so between the method and the one before it, and none disables it. */
    private static String wrongTest(String source, String method) {
        int at = source.indexOf(" void " + method + "(");
        if (at < 0) {
            return "is no method";
        }
        String before = source.substring(0, at);
        int end = Math.max(before.lastIndexOf("\n    }\n"), before.lastIndexOf(";\n\n"));
        String annotations = before.substring(Math.max(0, end));
        boolean test = Pattern.compile("@(Test|ParameterizedTest|RepeatedTest|TestFactory)\\b")
                .matcher(annotations)
                .find();
        return DISABLED.matcher(head(source) + annotations).find() ? "is disabled" : test ? "" : "is no test";
    }

    @Test
    void everyPartOfThePagesIsQuotedOrSaidToPromiseNothing() throws IOException {
        List<Row> rows = rows();
        List<Part> parts = new ArrayList<>();
        for (String page : WHOLE) {
            parts.addAll(parts(page));
        }
        parts(README).stream()
                .filter(part -> SECTIONS_OF_README.contains(part.section))
                .forEach(parts::add);
        List<String> left = new ArrayList<>();
        for (Part part : parts) {
            if (rows.stream()
                    .noneMatch(row -> row.page.equals(part.page)
                            && row.section.equals(part.section)
                            && part.text.contains(row.quoted))) {
                left.add(part.toString());
            }
        }
        assertEquals(List.of(), left);
    }

    @Test
    void everySectionOfTheGuideIsThere() throws IOException {
        Map<String, Boolean> sections = new LinkedHashMap<>();
        for (Part part : parts(GUIDE)) {
            sections.put(part.section, false);
        }
        for (Row row : rows()) {
            if (row.page.equals(GUIDE)) {
                sections.put(row.section, true);
            }
        }
        Set<String> left = new LinkedHashSet<>(sections.keySet());
        left.removeIf(sections::get);
        assertEquals(Set.of(), left);
    }
}
