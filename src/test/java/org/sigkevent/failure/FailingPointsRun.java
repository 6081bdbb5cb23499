package org.sigkevent.failure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.sigkevent.ChildJvm;

/**
 * Runs {@link FailingPointsMain} and {@link ShutdownPointsMain} in child JVMs, one after the other: a point that poisons or hangs its
 * process costs only that one.
 */
final class FailingPointsRun {
    /** What broke a rule: call, point, way, what failed, what the call said, which rule; separated by tabs. */
    final List<String> failures = new ArrayList<>();
    /** Points at which an Error broke the queue of the call, which is allowed, and no other. */
    final List<String> broken = new ArrayList<>();

    long points;
    long calls;
    private final Path directory;
    private final Path agent;

    FailingPointsRun(Path directory) throws IOException {
        this.directory = directory;
        agent = FailingPointsAgent.jar(directory);
    }

    /** All points of all calls, or every {@code step}-th. */
    void all(long step) throws Exception {
        String[] next = {"0", "1", "0"};
        while (next != null) {
            next = read(child(TimeUnit.HOURS.toSeconds(2), "all", next[0], next[1], next[2], "" + step));
        }
        end(step);
    }

    /** All points of the end of the library, or every {@code step}-th. */
    private void end(long step) throws Exception {
        String[] next = {"0", "1", "0"};
        while (next != null) {
            next = read(child(
                    ShutdownPointsMain.class,
                    TimeUnit.HOURS.toSeconds(1),
                    "all",
                    next[0],
                    next[1],
                    next[2],
                    "" + step));
        }
    }

    /** All points, or one, of the calls whose name begins so. */
    void one(String call, long point) throws Exception {
        if (call.equals(ShutdownPointsMain.NAMES[0])) {
            end(1);
            return;
        }
        read(child(600, "one", call, "" + point));
    }

    void sample(long seed, long seconds) throws Exception {
        read(child(120 + 4 * seconds, "sample", "" + seed, "" + seconds));
        read(child(ShutdownPointsMain.class, 120 + 4 * seconds, "sample", "" + seed, "" + (1 + seconds / 4)));
    }

    private String child(long limitSeconds, String... arguments) throws Exception {
        return child(FailingPointsMain.class, limitSeconds, arguments);
    }

    private String child(Class<?> main, long limitSeconds, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(ChildJvm.command(main.getName(), arguments));
        command.add(1, "-javaagent:" + agent);
        ChildJvm child = ChildJvm.start(directory, command);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(limitSeconds);
        while (child.alive() && System.nanoTime() < end) {
            LockSupport.parkNanos(50_000_000);
        }
        child.end();
        return child.output();
    }

    /** Where to go on, or null when all is done. */
    private String[] read(String output) {
        boolean done = false;
        boolean began = false;
        String[] at = {"0", "0", "0"};
        for (String line : output.split("\n")) {
            String[] words = line.split("\t");
            switch (words[0]) {
                case "AT":
                    at = new String[] {words[1], words[2], words[3]};
                    began = true;
                    points++;
                    break;
                case "FAIL":
                    failures.add(line.substring(5));
                    break;
                case "BROKEN":
                    broken.add(line.substring(7));
                    break;
                case "CALL":
                    calls++;
                    break;
                case "DONE":
                    done = true;
                    break;
                default:
                    break;
            }
        }
        if (done) {
            return null;
        }
        if (!output.contains("\nFAIL\t") && !output.startsWith("FAIL\t") || !began) {
            failures.add("?\t" + String.join("\t", at) + "\t?\tthe process ended\t"
                    + output.substring(Math.max(0, output.length() - 3000)));
        }
        return began ? new String[] {at[0], at[1], "" + (Long.parseLong(at[2]) + 1)} : null;
    }

    /** The failures, a line each. */
    String report() {
        return points + " points of " + calls + " calls tried, " + broken.size()
                + " of them broke the queue of the call, " + failures.size() + " broke a rule\n"
                + String.join("\n", failures);
    }

    /** Without a build: all points on one engine, those of the calls whose name begins so, or one point. */
    public static void main(String[] args) throws Exception {
        FailingPointsRun run = new FailingPointsRun(Files.createTempDirectory("failing-points"));
        if (args.length == 0) {
            run.all(Long.getLong("failing-points.step", 1));
        } else {
            run.one(args[0], args.length > 1 ? Long.parseLong(args[1]) : 0);
        }
        System.out.println(run.report());
    }
}
