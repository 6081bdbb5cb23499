package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The figures of a run: for each group, subject and unit the values of its rounds; and why there are none of some. */
final class Table {
    /** A subject without figures, or with some missing. */
    static final class Failure {
        final String group;
        final String subject;
        final String why;

        Failure(String group, String subject, String why) {
            this.group = group;
            this.subject = subject;
            this.why = why;
        }
    }

    /** More than that disturbs the rounds. */
    private static final double QUIET = 0.1;

    private static final List<String> COLUMNS = List.of(
            "case",
            "subject",
            "unit",
            "min",
            "median",
            "max",
            "ratio to ours",
            "lowest ratio",
            "highest ratio",
            "rounds",
            "not measured");

    private final Map<List<String>, Row> rows = new LinkedHashMap<>();
    private final Map<List<String>, Failure> failures = new LinkedHashMap<>();

    /** The groups in the order in which they ran, with what share of the processors others used at the most. */
    private final Map<String, Double> groups = new LinkedHashMap<>();

    private int round;

    /** Begins a round of a group, before which others used a share of the processors: what is added from now on is of this round. */
    void begin(String group, double othersUsed) {
        round++;
        groups.merge(group, othersUsed, Math::max);
    }

    /** Adds one round's value. Subjects whose name begins with "sigkevent" are ours. */
    void add(String group, String subject, String unit, double value) {
        rows.computeIfAbsent(List.of(group, unit, subject), k -> new Row(group, subject, unit))
                .add(round, value);
    }

    /** Says why a subject was not measured, or not in every round. The first reason stays. */
    void missing(String group, String subject, String why) {
        groups.putIfAbsent(group, 0.0);
        failures.putIfAbsent(List.of(group, subject), new Failure(group, subject, why));
    }

    /** The figures, in the order in which they came. */
    Collection<Row> rows() {
        return rows.values();
    }

    List<Row> rows(String group) {
        return rows.values().stream().filter(row -> row.group.equals(group)).collect(Collectors.toList());
    }

    Collection<Failure> failures() {
        return failures.values();
    }

    Collection<String> groups() {
        return groups.keySet();
    }

    /** The first of ours in a group, which the others are compared with. */
    private Row ours(String group, String unit) {
        for (Row row : rows.values()) {
            if (row.group.equals(group) && row.unit.equals(unit) && row.ours()) {
                return row;
            }
        }
        return null;
    }

    /** What to think of these groups' figures when the machine was not quiet; else empty. */
    String disturbed(Collection<String> some) {
        double busiest = some.stream()
                .mapToDouble(group -> groups.getOrDefault(group, 0.0))
                .max()
                .orElse(0);
        return busiest <= QUIET
                ? ""
                : String.format(
                        Locale.ROOT,
                        "Others used up to %.0f %% of the processors between the rounds:"
                                + " rates and latencies mean little, only processor times can be compared.",
                        100 * busiest);
    }

    /** The machine, and whether others used it. */
    String machine() throws IOException {
        String disturbed = disturbed(groups());
        return Machine.text() + ".\n" + (disturbed.isEmpty() ? "" : "**" + disturbed + "**\n") + '\n';
    }

    /** The cells of a group's lines: figures first, then what is missing. */
    List<List<String>> lines(String group) {
        List<List<String>> lines = new ArrayList<>();
        for (Row row : rows(group)) {
            Row ours = Units.isCount(row.unit) ? null : ours(group, row.unit);
            Row ratios = ours == null ? new Row(group, row.subject, row.unit) : row.to(ours);
            lines.add(List.of(
                    group,
                    row.subject,
                    row.unit,
                    number(row.min()),
                    number(row.median()),
                    number(row.max()),
                    ours == null ? "" : ratio(row.median() / ours.median()),
                    ratio(ratios.min()),
                    ratio(ratios.max()),
                    Integer.toString(row.values.size()),
                    ""));
        }
        for (Failure failure : failures.values()) {
            if (failure.group.equals(group)) {
                lines.add(List.of(group, failure.subject, "", "", "", "", "", "", "", "", failure.why));
            }
        }
        return lines;
    }

    List<String> columns() {
        return COLUMNS;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, Math.abs(value) < 100 ? "%.2f" : "%.1f", value);
    }

    private static String ratio(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.3f", value) : "";
    }

    /** Writes the table: its lines. */
    String save(Path folder) throws IOException {
        StringBuilder tsv = new StringBuilder(String.join("\t", COLUMNS)).append('\n');
        StringBuilder markdown = new StringBuilder(machine())
                .append("| ")
                .append(String.join(" | ", COLUMNS))
                .append(" |\n|---|---|---|---:|---:|---:|---:|---:|---:|---:|---|\n");
        for (String group : groups()) {
            for (List<String> line : lines(group)) {
                tsv.append(String.join("\t", line)).append('\n');
                markdown.append("| ")
                        .append(line.stream()
                                .map(cell -> cell.replace("|", "\\|"))
                                .collect(Collectors.joining(" | ")))
                        .append(" |\n");
            }
        }
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("results.tsv"), tsv);
        Files.writeString(folder.resolve("results.md"), markdown);
        return tsv.toString();
    }
}
