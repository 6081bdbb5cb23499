package org.sigkevent.compat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The conformance table as a document: interface, assertion, result on each engine, and what was chosen where POSIX is open. */
final class ConformanceTable {
    private ConformanceTable() {}

    /** One assertion and how it came out on one engine. */
    static final class Row {
        final String id;
        final String says;
        final String strength;
        final String choice;
        final String result;

        Row(Assertion assertion, String result) {
            this(
                    assertion.id(),
                    assertion.says(),
                    assertion.strength().name().toLowerCase(Locale.ROOT),
                    assertion.choice(),
                    result);
        }

        private Row(String id, String says, String strength, String choice, String result) {
            this.id = id;
            this.says = says;
            this.strength = strength;
            this.choice = choice;
            this.result = result.replaceAll("\\s+", " ");
        }

        String toTsv() {
            return String.join("\t", id, says, strength, choice, result);
        }

        static Row ofTsv(String line) {
            String[] f = line.split("\t", -1);
            return new Row(f[0], f[1], f[2], f[3], f[4]);
        }

        String interfaceName() {
            return id.substring(0, id.indexOf('/'));
        }
    }

    /** The rows of each engine, by id. */
    static Map<String, Map<String, Row>> read(Path directory) throws IOException {
        Map<String, Map<String, Row>> byEngine = new LinkedHashMap<>();
        for (String engine : List.of("io_uring", "epoll")) {
            Map<String, Row> rows = new TreeMap<>();
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, engine + "-*.tsv")) {
                for (Path file : files) {
                    for (String line : Files.readAllLines(file)) {
                        Row row = Row.ofTsv(line);
                        rows.put(row.id, row);
                    }
                    // the next build's are others
                    Files.delete(file);
                }
            }
            if (!rows.isEmpty()) {
                byEngine.put(engine, rows);
            }
        }
        return byEngine;
    }

    /** The document. */
    static String document(Map<String, Map<String, Row>> byEngine) {
        Map<String, Row> all = new TreeMap<>();
        byEngine.values().forEach(all::putAll);
        StringBuilder text = new StringBuilder(
                "# Conformance\n\n"
                        + "Made by the tests (`mvn verify` writes `target/conformance/conformance.md` and compares it with this page). An id\n"
                        + "with `x-` or `p-` or a word is ours; the others number assertions as the open POSIX test suite does. Strength: must\n"
                        + "(POSIX requires it), may (POSIX allows it), choice (POSIX leaves it open), kevent (it follows from SIGEV_KEVENT).\n\n");
        text.append("| interface | assertions | passed on io_uring | passed on epoll |\n|---|---|---|---|\n");
        for (String name :
                new TreeSet<>(all.values().stream().map(Row::interfaceName).toList())) {
            List<Row> of = all.values().stream()
                    .filter(row -> row.interfaceName().equals(name))
                    .toList();
            text.append("| ").append(name).append(" | ").append(of.size());
            for (String engine : List.of("io_uring", "epoll")) {
                text.append(" | ")
                        .append(of.stream()
                                .filter(row -> result(byEngine, engine, row.id).equals("passed"))
                                .count());
            }
            text.append(" |\n");
        }
        String last = "";
        for (Row row : all.values()) {
            if (!row.interfaceName().equals(last)) {
                last = row.interfaceName();
                text.append("\n## ")
                        .append(last)
                        .append("\n\n| id | assertion | strength | io_uring | epoll |\n|---|---|---|---|---|\n");
            }
            text.append(line(row, result(byEngine, "io_uring", row.id), result(byEngine, "epoll", row.id)));
        }
        return text.toString();
    }

    private static String result(Map<String, Map<String, Row>> byEngine, String engine, String id) {
        Row row = byEngine.getOrDefault(engine, Map.of()).get(id);
        return row == null ? "not run" : row.result;
    }

    private static String line(Row row, String uring, String epoll) {
        String says = row.choice.isEmpty() ? row.says : row.says + " *Here: " + row.choice + "*";
        return "| " + cell(row.id) + " | " + cell(says) + " | " + row.strength + " | " + cell(uring) + " | "
                + cell(epoll) + " |\n";
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }

    /** What differs between a document and the one that was made now; a test that is skipped here may have passed there. */
    static List<String> differences(String kept, String made) {
        List<String> differ = new ArrayList<>();
        Map<String, String> before = lines(kept);
        Map<String, String> now = lines(made);
        for (String id : new TreeSet<>(union(before, now))) {
            String a = before.getOrDefault(id, "(not in the page)");
            String b = now.getOrDefault(id, "(not among the tests)");
            if (!a.equals(b) && !b.contains("| skipped") && !b.contains("| not run")) {
                differ.add(id + "\n  page:  " + a + "\n  tests: " + b);
            }
        }
        return differ;
    }

    private static TreeSet<String> union(Map<String, String> a, Map<String, String> b) {
        TreeSet<String> all = new TreeSet<>(a.keySet());
        all.addAll(b.keySet());
        return all;
    }

    private static Map<String, String> lines(String document) {
        Map<String, String> byId = new TreeMap<>();
        for (String line : document.split("\n")) {
            if (line.startsWith("| ") && line.contains("/")) {
                byId.put(line.substring(2, line.indexOf(" |", 2)), line);
            }
        }
        return byId;
    }
}
