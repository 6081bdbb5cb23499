package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Compares the figures of this library with those of a former version, which were taken in turns: the values of one round stand
 * beside each other and are compared with each other, so that what disturbs the machine for a while disturbs both. Ratios are
 * of costs: above 1 is worse, also where the figure is a rate.
 */
final class Turns {
    static final String NOW = "sigkevent";
    static final String FORMER = "former";

    /** What one figure became. */
    private static final class Change {
        final Row before;
        final Row after;
        final double[] ratios;

        Change(Row before, Row after) {
            this.before = before;
            this.after = after;
            ratios = new double[Math.min(before.values.size(), after.values.size())];
            for (int i = 0; i < ratios.length; i++) {
                ratios[i] = ratio(before.values.get(i), after.values.get(i));
            }
            Arrays.sort(ratios);
        }

        private double ratio(double old, double now) {
            if (after.unit.equals(Unit.PER_SECOND.text)) {
                return old / now;
            }
            return old == now ? 1 : now / old;
        }

        double before() {
            return counted() ? before.min() : before.median();
        }

        double after() {
            return counted() ? after.min() : after.median();
        }

        /** What a count was at the least, since the JVM's own only adds to it; else the median of the rounds. */
        double cost() {
            int half = ratios.length / 2;
            return counted()
                    ? ratio(before(), after())
                    : ratios.length % 2 == 1 ? ratios[half] : (ratios[half - 1] + ratios[half]) / 2;
        }

        private boolean counted() {
            return Units.isCount(after.unit);
        }

        /** A byte or a twentieth of a system call for each operation is the JVM's own. */
        boolean worse() {
            double least = after.unit.equals(Units.BYTES) ? 1 : LEAST_CALLS;
            return cost() > WORSE && !tail() && !(counted() && after() - before() < least);
        }

        /** Single late operations say more of the machine than of the code. */
        private boolean tail() {
            return after.unit.startsWith("p99") || after.unit.startsWith("max");
        }

        String verdict() {
            return !worse() ? "" : ratios[0] > 1 || counted() ? "worse" : "worse, not in every round";
        }
    }

    private static final double WORSE = 1.03;
    private static final double LEAST_CALLS = 0.05;

    private final List<Change> changes = new ArrayList<>();
    private final List<String> missing = new ArrayList<>();

    Turns(Table table) {
        for (Row after : table.rows()) {
            if (after.ours()) {
                add(table, after);
            }
        }
        for (Table.Failure failure : table.failures()) {
            missing.add(failure.group + ": " + failure.subject + " " + failure.why);
        }
    }

    private void add(Table table, Row after) {
        String subject = FORMER + after.subject.substring(NOW.length());
        for (Row before : table.rows()) {
            if (before.group.equals(after.group) && before.unit.equals(after.unit) && before.subject.equals(subject)) {
                changes.add(new Change(before, after));
                return;
            }
        }
    }

    /** Writes the comparison to turns.md and prints it. */
    void write(Path folder, String machine) throws IOException {
        StringBuilder text = new StringBuilder(machine)
                .append("| case | subject | unit | before | after | cost, after : before | min..max | |\n")
                .append("|---|---|---|---:|---:|---:|---|---|\n");
        for (Change change : changes) {
            Row after = change.after;
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %.2f | %.2f | %.3f | %.3f..%.3f | %s |%n",
                    after.group,
                    after.subject,
                    after.unit,
                    change.before(),
                    change.after(),
                    change.cost(),
                    change.ratios[0],
                    change.ratios[change.ratios.length - 1],
                    change.verdict()));
        }
        text.append('\n');
        for (String line : missing) {
            text.append("not compared: ").append(line).append('\n');
        }
        long worse = changes.stream().filter(Change::worse).count();
        text.append(String.format(Locale.ROOT, "%d of %d figures are more than 3 %% worse.%n", worse, changes.size()));
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("turns.md"), text);
        System.out.print(text);
    }
}
