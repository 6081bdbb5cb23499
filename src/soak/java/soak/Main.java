package soak;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * The campaign. One JVM runs all the time, beside it others with other settings, one after the other; each is a {@link Member}. A line
 * each minute, a table at the end; ends with 0 when all was right.
 */
public final class Main {
    private static final long MOST_SECONDS_OF_A_GUEST = 300;
    private static final long LEAST_SECONDS_OF_A_GUEST = 5;

    /** What guests are started with: a name, then options. */
    private static final List<List<String>> GUESTS = List.of(
            List.of("small heap", "-Xmx64m", "-XX:+UseSerialGC"),
            List.of("ZGC", "-Xmx256m", "-XX:+UseZGC"),
            List.of("G1", "-Xmx256m", "-XX:+UseG1GC"),
            List.of("other engine", "-Xmx256m", "-XX:+UseSerialGC"));

    private final long began = System.nanoTime();
    private final long seconds = Setting.seconds();
    private final long seed = Setting.seed();
    private final Random random = new Random(seed);
    private final List<Child> all = new ArrayList<>();

    private Main() {}

    public static void main(String[] args) throws Exception {
        System.exit(new Main().run() ? 0 : 1);
    }

    private long passed() {
        return (System.nanoTime() - began) / 1_000_000_000;
    }

    private boolean run() throws Exception {
        System.out.println("soak: " + seconds + " s, seed " + seed + ", engine "
                + (Setting.engine() == null ? "of the library's choice" : Setting.engine()));
        Files.createDirectories(Setting.directory());
        clear();
        compile("consumer");
        compile("producer");
        long guestSeconds =
                Math.max(LEAST_SECONDS_OF_A_GUEST, Math.min(MOST_SECONDS_OF_A_GUEST, seconds / (GUESTS.size() + 1)));
        Child whole = start(List.of("whole time", "-Xmx512m", "-XX:+UseParallelGC"), seconds, Setting.engine());
        List<List<String>> guests = new ArrayList<>();
        Child guest = null;
        for (long line = 60; whole.isAlive() || guest != null && guest.isAlive(); Thread.sleep(100)) {
            if ((guest == null || !guest.isAlive()) && seconds - passed() >= guestSeconds) {
                if (guests.isEmpty()) {
                    guests.addAll(GUESTS);
                    Collections.shuffle(guests, random);
                }
                List<String> options = guests.remove(0);
                guest = start(
                        options,
                        guestSeconds,
                        options.get(0).startsWith("other") ? otherEngine(whole) : Setting.engine());
            }
            if (passed() >= line) {
                System.out.println(Tables.line(passed(), all));
                line += 60;
            }
        }
        System.out.println(Tables.table(all));
        boolean right = all.stream().allMatch(Child::wasRight);
        String again = "mvn -q -Psoak compile exec:exec -Dsoak.minutes=" + seconds / 60.0 + " -Dsoak.seed=" + seed
                + (Setting.engine() == null ? "" : " -Dsigkevent.engine=" + Setting.engine());
        System.out.println(right ? "all is right, seed " + seed : "SOMETHING IS WRONG, see above; again: " + again);
        return right;
    }

    private static String otherEngine(Child whole) throws InterruptedException {
        return "epoll".equals(whole.engine()) ? "io_uring" : "epoll";
    }

    private Child start(List<String> nameAndOptions, long life, String engine) throws IOException {
        List<String> options = new ArrayList<>(nameAndOptions.subList(1, nameAndOptions.size()));
        if (engine != null) {
            options.add("-Dsigkevent.engine=" + engine);
        }
        // so that it is level from the start
        options.add("-XX:+AlwaysPreTouch");
        options.add("-Xms" + options.get(0).substring("-Xmx".length()));
        options.add("-Dsoak.directory=" + Setting.directory());
        options.add("-XX:ErrorFile=" + Setting.directory() + "/hs_err_%p.log");
        Child child = new Child(nameAndOptions.get(0), options, life, random.nextLong());
        all.add(child);
        return child;
    }

    /** What a former run has left. */
    private static void clear() throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(Setting.directory(), "*.bin")) {
            for (Path path : left) {
                Files.delete(path);
            }
        }
    }

    private static void compile(String program) throws IOException, InterruptedException {
        Process cc = new ProcessBuilder(
                        "cc",
                        "-O2",
                        "-Wall",
                        "-Wextra",
                        "-I",
                        Setting.sources().resolve("../../../compat-tests/c").toString(),
                        "-o",
                        Setting.binary(program),
                        Setting.sources().resolve(program + ".c").toString(),
                        "-lrt")
                .inheritIO()
                .start();
        if (cc.waitFor() != 0) {
            throw new IOException("cc cannot compile " + program + ".c");
        }
    }
}
