package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What several runs have in common, on other days or machines: the lowest and the highest of their medians, and of their ratios to ours. */
final class Ranges {
    private static final class Line {
        final List<Double> medians = new ArrayList<>();
        final List<Double> ratios = new ArrayList<>();
    }

    /** By case, unit and subject. */
    private final Map<List<String>, Line> lines = new LinkedHashMap<>();

    private final List<String> machines = new ArrayList<>();

    /** Reads the results of a run from the folder in which they are. */
    void add(Path folder) throws IOException {
        Path table = folder.resolve("results.tsv");
        List<String> all = Files.readAllLines(table);
        List<String> columns = Arrays.asList(all.get(0).split("\t", -1));
        for (String line : all.subList(1, all.size())) {
            String[] cells = line.split("\t", -1);
            String median = cells[columns.indexOf("median")];
            if (median.isEmpty()) {
                continue;
            }
            Line one = lines.computeIfAbsent(
                    List.of(
                            cells[columns.indexOf("case")],
                            cells[columns.indexOf("unit")],
                            cells[columns.indexOf("subject")]),
                    k -> new Line());
            one.medians.add(Double.parseDouble(median));
            String ratio = cells[columns.indexOf("ratio to ours")];
            if (!ratio.isEmpty()) {
                one.ratios.add(Double.parseDouble(ratio));
            }
        }
        machines.add(Files.readAllLines(folder.resolve("results.md")).get(0));
    }

    /** A table of all figures but counts. */
    String markdown() {
        StringBuilder text = new StringBuilder();
        machines.forEach(machine -> text.append("- ").append(machine).append('\n'));
        text.append("\n| case | unit | subject | median | ratio to ours | runs |\n|---|---|---|---:|---:|---:|\n");
        lines.forEach((name, line) -> {
            if (!Units.isCount(name.get(1))) {
                text.append("| ")
                        .append(name.stream()
                                .map(cell -> cell.replace("|", "\\|"))
                                .collect(Collectors.joining(" | ")))
                        .append(" | ")
                        .append(range(line.medians, name.get(1)))
                        .append(" | ")
                        .append(range(line.ratios, "ratio"))
                        .append(" | ")
                        .append(line.medians.size())
                        .append(" |\n");
            }
        });
        return text.toString();
    }

    private static String range(List<Double> values, String unit) {
        if (values.isEmpty()) {
            return "";
        }
        String least = Units.text(Collections.min(values), unit);
        String most = Units.text(Collections.max(values), unit);
        return least.equals(most) ? least : least + " to " + most;
    }
}
