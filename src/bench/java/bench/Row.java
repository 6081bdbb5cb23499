package bench;

import java.util.ArrayList;
import java.util.List;

/** The figures of one subject in one unit: a value for each round that gave one. */
final class Row {
    final String group;
    final String subject;
    final String unit;
    final List<Double> values = new ArrayList<>();

    /** The round of each value. */
    private final List<Integer> rounds = new ArrayList<>();

    Row(String group, String subject, String unit) {
        this.group = group;
        this.subject = subject;
        this.unit = unit;
    }

    void add(int round, double value) {
        values.add(value);
        rounds.add(round);
    }

    /** The same figures under another name of the subject. */
    Row called(String name) {
        Row row = new Row(group, name, unit);
        row.values.addAll(values);
        row.rounds.addAll(rounds);
        return row;
    }

    boolean ours() {
        return subject.startsWith(Turns.NOW);
    }

    double min() {
        return values.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
    }

    double median() {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int half = sorted.length / 2;
        if (sorted.length == 0) {
            return Double.NaN;
        }
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    double max() {
        return values.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
    }

    /** This to another: the ratio of each round that both have a value of, as a row of its own. */
    Row to(Row other) {
        Row ratios = new Row(group, subject, unit);
        for (int i = 0; i < values.size(); i++) {
            int same = other.rounds.indexOf(rounds.get(i));
            if (same >= 0) {
                ratios.add(rounds.get(i), values.get(i) / other.values.get(same));
            }
        }
        return ratios;
    }
}
