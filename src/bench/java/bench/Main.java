package bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the benchmarks: this library on each of its engines, others in Java, and programs in C; on the same file, in the same
 * run, their rounds taking turns. Each subject in Java has a JVM of its own, each round in C a process of its own.
 *
 * <p>System properties: {@code bench} names the cases, separated by commas (all by default); {@code bench.rounds} is the
 * number of rounds (a figure is the median of its rounds); {@code bench.file} the file that is read (the JDK's lib/modules).
 * Results go to target/bench as TSV, Markdown and pictures.
 */
public final class Main {
    private static final List<String> ENGINES = List.of("io_uring", "epoll");

    /** Agrona wants the second one; a JVM without Agrona takes no notice. */
    private static final List<String> OPTIONS = List.of(
            "-Xmx1g", "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED");

    private static final Path RESULTS = Path.of("target", "bench");

    private final Table table = new Table();
    private final Peers peers = new Peers(Path.of("src", "bench", "c"), Path.of("target", "bench", "c"));
    private final int rounds;

    private Main(int rounds) {
        this.rounds = rounds;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        System.setProperty("java.awt.headless", "true");
        String chosen = System.getProperty("bench", "");
        List<String> cases = chosen.isBlank() ? Cases.names() : List.of(chosen.split(","));
        for (String name : cases) {
            if (!Cases.names().contains(name)) {
                System.err.println("no case " + name + "; there are " + String.join(", ", Cases.names()));
                System.exit(2);
            }
        }
        Main main = new Main(Integer.getInteger("bench.rounds", 7));
        for (String name : cases) {
            List<Group> groups = Cases.groups(name);
            for (int i = 0; i < groups.size(); i++) {
                main.run(name, i, groups.get(i));
                main.table.save(RESULTS); // what is measured is not lost when something later fails
            }
        }
        main.table.write(RESULTS);
    }

    private void run(String name, int index, Group group) throws IOException, InterruptedException {
        System.err.println(name + ": " + group.name);
        if (group.jmh != null) {
            Jmh.run(table, group, rounds, ENGINES, OPTIONS);
            return;
        }
        List<Runner> runners = new ArrayList<>();
        try {
            for (int i = 0; i < group.subjects.size(); i++) {
                Group.Subject subject = group.subjects.get(i);
                String[] arguments = {name, Integer.toString(index), Integer.toString(i)};
                if (!subject.ours) {
                    runners.add(new Runner(table, group.name, subject.name, options(""), arguments));
                    continue;
                }
                for (String engine : ENGINES) {
                    String called = "sigkevent (" + engine + ") " + subject.name;
                    runners.add(new Runner(table, group.name, called, options(engine), arguments));
                }
            }
            for (int round = 0; round < rounds; round++) {
                table.othersUsed(Others.share());
                for (Runner runner : runners) {
                    runner.round();
                }
                for (List<String> program : group.programs) {
                    peers.run(table, group.name, program);
                }
            }
        } finally {
            for (Runner runner : runners) {
                runner.close();
            }
        }
    }

    private static List<String> options(String engine) {
        List<String> all = new ArrayList<>(OPTIONS);
        all.add("-Dsigkevent.engine=" + engine);
        String file = System.getProperty("bench.file");
        if (file != null) {
            all.add("-Dbench.file=" + file);
        }
        return all;
    }
}
