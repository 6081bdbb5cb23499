package bench;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.sigkevent.KeventQueue;

/**
 * Runs the benchmarks: this library on each of its engines, others in Java, and programs in C; on the same file, in the same
 * run, their rounds taking turns. Each subject in Java has a JVM of its own, each round in C a process of its own.
 *
 * <p>System properties: {@code bench} names the cases, separated by commas (all by default); {@code bench.rounds} is the
 * number of rounds (a figure is the median of its rounds, and their range); {@code bench.file} the file that is read (the JDK's lib/modules);
 * {@code bench.groups} a regular expression that is found in the names of the groups which run.
 * Results go to target/bench: TSV, Markdown, pictures, and a page in HTML that shows them all.
 *
 * <p>{@code bench.runs} names folders with the results of former runs, separated by commas: then nothing runs, and their ranges are
 * printed.
 *
 * <p>With {@code bench.former}, the jar of a former version, only our own subjects run, each beside itself with the former jar in
 * the place of this library; {@link Turns} compares them. {@code bench.restarts} says how often new JVMs are taken, with
 * so many rounds each: a JVM may compile the same code in a better or a worse way, and stays with it.
 */
public final class Main {
    private static final List<String> ENGINES = List.of("io_uring", "epoll");

    /** Agrona wants the second one; a JVM without Agrona takes no notice. */
    private static final List<String> OPTIONS = List.of(
            "-Xmx1g", "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED");

    private static final Path RESULTS = Path.of("target", "bench");

    private final Table table = new Table();
    private final Results results = new Results(RESULTS);

    /** The case of each group that ran. */
    private final Map<String, String> ran = new LinkedHashMap<>();

    private final Peers peers = new Peers(Path.of("src", "bench", "c"), Path.of("target", "bench", "c"));
    private final int rounds = Integer.getInteger("bench.rounds", 7);
    private final Pattern chosen = Pattern.compile(System.getProperty("bench.groups", ""));
    private final String former = System.getProperty("bench.former", "");
    private final int restarts = former.isBlank() ? 1 : Integer.getInteger("bench.restarts", 2);

    private Main() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        System.setProperty("java.awt.headless", "true");
        String runs = System.getProperty("bench.runs", "");
        if (!runs.isBlank()) {
            Ranges ranges = new Ranges();
            for (String folder : runs.split(",")) {
                ranges.add(Path.of(folder));
            }
            System.out.print(ranges.markdown());
            return;
        }
        String chosen = System.getProperty("bench", "");
        List<String> cases = chosen.isBlank() ? Cases.names() : List.of(chosen.split(","));
        for (String name : cases) {
            if (!Cases.names().contains(name)) {
                System.err.println("no case " + name + "; there are " + String.join(", ", Cases.names()));
                System.exit(2);
            }
        }
        Main main = new Main();
        if (!main.former.isBlank() && !Files.isRegularFile(Path.of(main.former))) {
            System.err.println("no jar " + main.former);
            System.exit(2);
        }
        main.results.clear();
        for (String name : cases) {
            List<Group> groups = Cases.groups(name);
            for (int i = 0; i < groups.size(); i++) {
                main.run(name, i, groups.get(i));
                // what is measured is not lost when something later fails
                main.table.save(RESULTS);
            }
        }
        if (main.former.isBlank()) {
            main.results.write(main.table, main.ran, command());
        } else {
            new Turns(main.table).write(RESULTS, main.table.machine());
        }
    }

    /** What repeats this run. */
    private static String command() {
        StringBuilder command = new StringBuilder("mvn -q -Pbench compile exec:exec");
        for (String property : List.of("bench", "bench.rounds", "bench.groups", "bench.file")) {
            String value = System.getProperty(property, "");
            if (!value.isBlank()) {
                command.append(" '-D")
                        .append(property)
                        .append('=')
                        .append(value)
                        .append('\'');
            }
        }
        return command.toString();
    }

    private void run(String name, int index, Group group) throws IOException, InterruptedException {
        if (!chosen.matcher(group.name).find()) {
            return;
        }
        System.err.println(name + ": " + group.name);
        ran.put(group.name, name);
        if (group.jmh != null && former.isBlank()) {
            Jmh.run(table, group, rounds, ENGINES, OPTIONS);
            return;
        }
        List<String> prefix;
        try {
            prefix = Pinned.prefix(group.processors);
        } catch (IllegalStateException impossible) {
            table.missing(group.name, "all", "not measured: " + impossible.getMessage());
            return;
        }
        for (int i = 0; i < restarts; i++) {
            List<List<Runner>> runners = new ArrayList<>();
            try {
                start(runners, prefix, name, index, group);
                rounds(runners, prefix, group);
            } finally {
                for (List<Runner> several : runners) {
                    for (Runner runner : several) {
                        runner.close();
                    }
                }
            }
        }
    }

    /** Adds the runners of a group; those in one list are compared with each other. */
    private void start(List<List<Runner>> runners, List<String> prefix, String name, int index, Group group)
            throws IOException, InterruptedException {
        String classPath = System.getProperty("java.class.path");
        for (int i = 0; i < group.subjects.size(); i++) {
            Group.Subject subject = group.subjects.get(i);
            String[] arguments = {name, Integer.toString(index), Integer.toString(i)};
            if (!subject.ours) {
                if (former.isBlank()) {
                    runners.add(new ArrayList<>(List.of(new Runner(
                            table, group.name, subject.name, prefix, classPath, options("", group), arguments))));
                }
                continue;
            }
            for (String engine : ENGINES) {
                List<Runner> several = new ArrayList<>();
                runners.add(several);
                String called = " (" + engine + ") " + subject.name;
                List<String> options = options(engine, group);
                several.add(new Runner(table, group.name, Turns.NOW + called, prefix, classPath, options, arguments));
                if (!former.isBlank()) {
                    several.add(new Runner(
                            table, group.name, Turns.FORMER + called, prefix, formerPath(), options, arguments));
                }
            }
        }
    }

    private void rounds(List<List<Runner>> runners, List<String> prefix, Group group)
            throws IOException, InterruptedException {
        for (int round = 0; round < rounds; round++) {
            table.begin(group.name, Others.share());
            for (List<Runner> several : runners) {
                for (Runner runner : several) {
                    runner.round();
                }
                // The other one begins the next round.
                Collections.reverse(several);
            }
            if (former.isBlank()) {
                for (List<String> program : group.programs) {
                    peers.run(table, group.name, prefix, program);
                }
            }
        }
    }

    /** The class path with the former jar where this library's classes are. */
    private String formerPath() {
        String ours;
        try {
            ours = Path.of(KeventQueue.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(each -> Path.of(each).toAbsolutePath().toString().equals(ours) ? former : each)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private List<String> options(String engine, Group group) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(OPTIONS);
        all.addAll(group.options);
        all.add("-Dsigkevent.engine=" + engine);
        String file = System.getProperty("bench.file");
        if (file != null) {
            all.add("-Dbench.file=" + file);
        }
        Path calls = former.isBlank() ? null : peers.compile("calls");
        if (calls != null) {
            all.add("-Dbench.calls=" + calls);
        }
        return all;
    }
}
