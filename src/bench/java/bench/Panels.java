package bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What is shown of some figures: the main one, the processor time, latencies; beside each other, of the same subjects. */
final class Panels {
    private static final int MOST = 3;

    /** One or more units on one axis. */
    static final class Panel {
        final List<String> units;
        private final Map<List<String>, Row> rows = new LinkedHashMap<>();
        private List<String> subjects = List.of();

        private Panel(List<String> units, Collection<Row> all) {
            this.units = units;
            for (Row row : all) {
                if (units.contains(row.unit)) {
                    rows.put(List.of(row.subject, row.unit), row);
                }
            }
        }

        /** Null when there is none. */
        Row row(String subject, String unit) {
            return rows.get(List.of(subject, unit));
        }

        List<String> subjects() {
            return subjects;
        }

        double least() {
            return rows.values().stream().mapToDouble(Row::min).min().orElse(0);
        }

        double most() {
            return rows.values().stream().mapToDouble(Row::max).max().orElse(1);
        }

        /** What is written on a bar. */
        String label(Row row) {
            String value = Units.text(row.median(), row.unit);
            return units.size() > 1 ? Units.title(row.unit) + "  " + value : value;
        }

        String title() {
            return Units.isLatency(units.get(0)) ? "latency" : Units.title(units.get(0));
        }
    }

    final List<Panel> list = new ArrayList<>();

    /** The best first, by the main figure. */
    final List<String> subjects;

    Panels(Collection<Row> rows) {
        Set<String> units = new LinkedHashSet<>();
        rows.forEach(row -> units.add(row.unit));
        List<String> latencies = units.stream().filter(Units::isLatency).collect(Collectors.toList());
        units.removeAll(latencies);
        boolean cpu = units.remove(Units.CPU);
        units.removeIf(unit -> !Units.isMeasure(unit));
        int others = MOST - (cpu ? 1 : 0) - (latencies.isEmpty() ? 0 : 1);
        units.stream().limit(others).forEach(unit -> list.add(new Panel(List.of(unit), rows)));
        if (cpu) {
            list.add(new Panel(List.of(Units.CPU), rows));
        }
        if (!latencies.isEmpty()) {
            list.add(new Panel(latencies, rows));
        }
        subjects = rows.stream().map(row -> row.subject).distinct().collect(Collectors.toList());
        if (!list.isEmpty()) {
            Panel main = list.get(0);
            String unit = main.units.get(0);
            Comparator<String> order = Comparator.comparingDouble(subject -> {
                Row row = main.row(subject, unit);
                return row == null ? Double.POSITIVE_INFINITY : Units.moreIsBetter(unit) ? -row.median() : row.median();
            });
            subjects.sort(order);
        }
        list.forEach(panel -> panel.subjects = subjects);
    }

    /** How many bars stand below each other for each subject. */
    int bars() {
        return list.stream().mapToInt(panel -> panel.units.size()).max().orElse(0);
    }
}
