package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Whether the figures in the table are what they are said to be. The tests of the library compile and run it: it uses nothing but
 * the JDK.
 */
public final class FiguresCheck {
    private static final String OURS = Turns.NOW + " (io_uring) call";

    private FiguresCheck() {}

    /** Throws what differs; the argument is a folder for files. */
    public static void main(String[] args) throws IOException, InterruptedException {
        rangesAndRatios(Path.of(args[0]));
        severalRuns(Path.of(args[0]));
        whatFailedSaysWhy();
        groupsThatDifferInANumber();
        values();
    }

    private static void same(Object expected, Object actual) {
        if (!expected.equals(actual)) {
            throw new AssertionError("expected " + expected + ", but it is " + actual);
        }
    }

    private static void rangesAndRatios(Path folder) throws IOException {
        Table table = new Table();
        double[] ours = {10, 40, 20};
        double[] others = {30, 0, 40};
        for (int round = 0; round < ours.length; round++) {
            table.begin("case", 0.02 * round);
            table.add("case", OURS, "ns", ours[round]);
            if (round != 1) {
                table.add("case", "other", "ns", others[round]);
            }
        }
        table.missing("case", "other", "failed, status 3: no memory");
        table.missing("case", "other", "failed, status 4: a second time");
        List<List<String>> lines = table.lines("case");
        same(List.of("case", OURS, "ns", "10.00", "20.00", "40.00", "1.000", "1.000", "1.000", "3", ""), lines.get(0));
        // of medians 35 to 20; round by round 30 to 10 and 40 to 20
        same(
                List.of("case", "other", "ns", "30.00", "35.00", "40.00", "1.750", "2.000", "3.000", "2", ""),
                lines.get(1));
        same("failed, status 3: no memory", lines.get(2).get(10));
        same(3, lines.size());
        table.save(folder);
        same(true, Files.readString(folder.resolve("results.md")).contains("| failed, status 3: no memory |"));
        same(true, Files.readString(folder.resolve("results.tsv")).contains("\t30.00\t35.00\t40.00\t"));
        same("", table.disturbed(table.groups()));
        table.begin("case", 0.5);
        same(true, table.disturbed(table.groups()).startsWith("Others used up to 50 %"));
        same(true, table.machine().contains("**Others used up to 50 %"));
    }

    private static void severalRuns(Path folder) throws IOException {
        Ranges ranges = new Ranges();
        for (int run = 0; run < 3; run++) {
            Table table = new Table();
            table.begin("case", 0);
            table.add("case", OURS, "ns", 10 + run);
            table.add("case", "other", "ns", 20 + 4 * run);
            table.add("case", "other", Units.BYTES, 16);
            if (run == 1) {
                table.add("case", "seldom", "ns", 1500);
            }
            table.missing("case", "missing", "not installed");
            Path one = Files.createDirectory(folder.resolve("run" + run));
            table.save(one);
            ranges.add(one);
        }
        String text = ranges.markdown();
        same(true, text.contains("| case | ns | " + OURS + " | 10.0 ns to 12.0 ns | 1.00 | 3 |"));
        // 20 to 10, 24 to 11, 28 to 12
        same(true, text.contains("| case | ns | other | 20.0 ns to 28.0 ns | 2.00 to 2.33 | 3 |"));
        same(true, text.contains("| case | ns | seldom | 1.50 µs | 136 | 1 |"));
        same(false, text.contains(Units.BYTES) || text.contains("missing"));
    }

    private static void whatFailedSaysWhy() throws IOException, InterruptedException {
        Process fails = new ProcessBuilder("sh", "-c", "echo first >&2; echo no memory >&2; exit 3").start();
        same("failed, status 3: no memory", new LastWords(fails).why(""));
        Process says = new ProcessBuilder("sh", "-c", "echo trace >&2; exit 1").start();
        same("failed, status 1: IOException: gone", new LastWords(says).why("IOException: gone"));
        Process killed = new ProcessBuilder("sh", "-c", "kill -9 $$").start();
        same("failed, killed by signal 9", new LastWords(killed).why(""));
    }

    private static void groupsThatDifferInANumber() {
        List<Family> families = Family.of(List.of(
                "aio depth 1",
                "aio depth 8",
                "aio depth 128",
                "lio of 32",
                "late, 10,000 once",
                "p99.9 of 2",
                "1 to 1",
                "2 to 1",
                "4 to 1",
                "1 to 2",
                "two, 1",
                "two, 2",
                "1 to 2 h, 0",
                "1 to 2 h, 1000",
                "1 to 2 h, 1,000,000"));
        same(2, families.size());
        same("aio depth N", families.get(0).name);
        same(
                "{1=aio depth 1, 8=aio depth 8, 128=aio depth 128}",
                families.get(0).groups.toString());
        same("1 to 2 h, N", families.get(1).name);
        same("[0, 1000, 1000000]", families.get(1).groups.keySet().toString());
        same("C io_uring", Family.subject("C io_uring, depth 8", 8));
        same("glibc, suspend", Family.subject("glibc, suspend, depth 32", 32));
        same("lists of 32", Family.subject("lists of 32", 32));
    }

    private static void values() {
        same("1.06 M", Units.text(1_062_000, "op/s"));
        same("15.4 µs", Units.text(15_400, "cpu ns/op"));
        same("1.00 ms", Units.text(999.7, "p99 us"));
        same("98.5", Units.text(98.5, "bytes for each"));
        same("200 k", Units.tick(200_000, "op/s"));
        same("1.5 µs", Units.tick(1500, "ns"));
        same(true, Units.moreIsBetter("op/s"));
        same(false, Units.moreIsBetter("cpu ns/s"));
        same(true, Units.isLatency("p99.9 ns"));
        same(false, Units.isMeasure("queues that the machine allowed"));
    }
}
