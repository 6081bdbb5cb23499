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

/** The figures of a run: for each case, subject and unit the values of its rounds, and their median. */
final class Table {
    static final class Row {
        final String group;
        final String subject;
        final String unit;
        final List<Double> values = new ArrayList<>();

        Row(String group, String subject, String unit) {
            this.group = group;
            this.subject = subject;
            this.unit = unit;
        }

        double median() {
            double[] sorted =
                    values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
        }
    }

    /** More than that disturbs the rounds. */
    private static final double QUIET = 0.1;

    private final Map<List<String>, Row> rows = new LinkedHashMap<>();
    private double busiest;

    /** Adds one round's value. Subjects whose name begins with "sigkevent" are ours. */
    void add(String group, String subject, String unit, double value) {
        rows.computeIfAbsent(List.of(group, unit, subject), k -> new Row(group, subject, unit))
                .values
                .add(value);
    }

    /** The figures, in the order in which they came. */
    Collection<Row> rows() {
        return rows.values();
    }

    /** A line that says why a peer was not measured. */
    void missing(String group, String subject, String why) {
        rows.putIfAbsent(List.of(group, why, subject), new Row(group, subject, why));
    }

    /** The first of ours in a case, which the others are compared with. */
    private Row ours(String group, String unit) {
        for (Row row : rows.values()) {
            if (row.group.equals(group) && row.unit.equals(unit) && row.subject.startsWith("sigkevent")) {
                return row;
            }
        }
        return null;
    }

    String machine() {
        return "Linux " + System.getProperty("os.version") + ", " + System.getProperty("os.arch") + ", "
                + Runtime.getRuntime().availableProcessors() + " processors, JDK " + System.getProperty("java.version")
                + ".\n"
                + (busiest > QUIET
                        ? String.format(
                                        Locale.ROOT,
                                        "**Others used up to %.0f %% of the processors between the rounds",
                                        100 * busiest)
                                + ": rates and latencies of this run mean little, only processor times can be compared.**\n"
                        : "")
                + '\n';
    }

    /** What share of the processors others used while nothing was measured. */
    void othersUsed(double share) {
        busiest = Math.max(busiest, share);
    }

    /** Writes the table, prints it and draws it. */
    void write(Path folder) throws IOException {
        System.out.print(save(folder));
        Charts charts = new Charts();
        rows.values().forEach(charts::add);
        charts.write(folder);
    }

    /** Writes the table: its lines. */
    String save(Path folder) throws IOException {
        StringBuilder tsv = new StringBuilder("case\tsubject\tvalue\tunit\tratio to ours\n");
        StringBuilder markdown = new StringBuilder(machine())
                .append("| case | subject | median | unit | ratio to ours |\n|---|---|---:|---|---:|\n");
        for (Row row : rows.values()) {
            Row ours = ours(row.group, row.unit);
            String value = row.values.isEmpty() ? "-" : String.format(Locale.ROOT, "%.1f", row.median());
            String ratio = ours == null || row.values.isEmpty()
                    ? "-"
                    : String.format(Locale.ROOT, "%.3f", row.median() / ours.median());
            tsv.append(String.join("\t", row.group, row.subject, value, row.unit, ratio))
                    .append('\n');
            markdown.append("| ")
                    .append(String.join(" | ", row.group, row.subject, value, row.unit, ratio))
                    .append(" |\n");
        }
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("results.tsv"), tsv);
        Files.writeString(folder.resolve("results.md"), markdown);
        return tsv.toString();
    }
}
