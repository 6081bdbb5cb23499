package bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a unit in the table means, and how its values are written where there is little room. */
final class Units {
    static final String CPU = "cpu ns/op";
    static final String BYTES = "bytes/op";
    static final String CALLS = "calls/op";

    private static final List<String> TIMES = List.of("ns", "us", "ms", "s");
    private static final String[] THOUSANDS = {"", " k", " M", " G", " T"};
    private static final String[] SECONDS = {" ns", " µs", " ms", " s"};

    private Units() {}

    static boolean moreIsBetter(String unit) {
        return unit.endsWith("/s") && !isTime(unit);
    }

    /** A percentile, or the longest of all. */
    static boolean isLatency(String unit) {
        return unit.matches("(p[0-9.]+|max) .*");
    }

    /** Counts are 0, or nearly so, as often as not: ratios say nothing. */
    static boolean isCount(String unit) {
        return unit.equals(BYTES) || unit.equals(CALLS);
    }

    /** Time, memory or a rate: what can be drawn. Bytes allocated and system calls are in the table alone. */
    static boolean isMeasure(String unit) {
        return !unit.equals(BYTES)
                && (isTime(unit) || unit.endsWith("/s") || unit.startsWith("bytes") || unit.startsWith("%"));
    }

    private static boolean isTime(String unit) {
        return scale(unit) > 0;
    }

    /** How many nanoseconds a time is in; 0 for what is no time. */
    private static double scale(String unit) {
        return Arrays.stream(unit.split("[ /]"))
                .filter(TIMES::contains)
                .findFirst()
                .filter(time -> !time.equals("s"))
                .map(time -> Math.pow(1000, TIMES.indexOf(time)))
                .orElse(0.0);
    }

    /** A value with three digits: "1.06 M", "15.4 µs". */
    static String text(double value, String unit) {
        double scale = scale(unit);
        String[] names = scale > 0 ? SECONDS : THOUSANDS;
        double rest = scale > 0 ? value * scale : value;
        int name = 0;
        while (Math.abs(rest) >= 999.5 && name < names.length - 1) {
            rest /= 1000;
            name++;
        }
        return digits(rest) + names[name];
    }

    /** A tick of an axis: "200 k", "1 µs". */
    static String tick(double value, String unit) {
        return text(value, unit).replaceFirst("\\.0*(?=\\D|$)", "").replaceFirst("(\\.\\d*?)0+(?=\\D|$)", "$1");
    }

    private static String digits(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 99.95 ? "%.0f" : size >= 9.995 ? "%.1f" : "%.2f", value);
    }

    /** What an axis shows. */
    static String title(String unit) {
        if (isLatency(unit)) {
            return unit.substring(0, unit.indexOf(' '));
        }
        switch (unit) {
            case "op/s":
                return "operations a second";
            case "ns":
                return "time per operation";
            case CPU:
                return "CPU time per operation";
            default:
                // "ns for each", and others in nanoseconds
                return unit.replaceFirst("^ns ", "time ");
        }
    }

    static String better(String unit) {
        return moreIsBetter(unit) ? "more is better →" : "← less is better";
    }
}
