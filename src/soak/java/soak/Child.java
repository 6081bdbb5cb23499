package soak;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A {@link Member} in its JVM, and what it has said last. */
final class Child {
    /** A member that is so late hangs. */
    private static final long LATE_SECONDS = 300;

    final String name;
    private final Process process;
    private final Thread reader;
    private final long latest;
    private final Map<Kind, long[]> kinds = new EnumMap<>(Kind.class);
    private final CountDownLatch started = new CountDownLatch(1);
    private long[] events = new long[Ledger.Event.values().length];
    private String engine = "?";
    private String warm = "not measured";
    private String level = "not measured";
    private boolean hung;

    Child(String name, List<String> options, long seconds, long seed) throws IOException {
        this.name = name;
        List<String> command = new ArrayList<>(Setting.java(options.toArray(new String[0])));
        command.add(Member.class.getName());
        command.add(Long.toString(seconds));
        command.add(Long.toString(seed));
        latest = System.nanoTime() + (seconds + LATE_SECONDS) * 1_000_000_000;
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        reader = new Thread(this::read, "soak-child");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                said(line.split("\t"));
            }
        } catch (IOException ended) {
            // its status says why
        } finally {
            started.countDown();
        }
    }

    private synchronized void said(String[] words) {
        switch (words[0]) {
            case "engine" -> {
                engine = words[1];
                started.countDown();
            }
            case "warm" -> warm = words[1];
            case "level" -> level = words[1];
            case "kind" -> kinds.put(Kind.valueOf(words[1]), numbers(words, 2));
            case "events" -> events = numbers(words, 1);
            default -> {}
        }
    }

    private static long[] numbers(String[] words, int from) {
        long[] numbers = new long[words.length - from];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Long.parseLong(words[from + i]);
        }
        return numbers;
    }

    boolean isAlive() {
        if (process.isAlive() && System.nanoTime() > latest) {
            System.err.println("WRONG: " + name + " does not end");
            hung = true;
            process.destroyForcibly();
        }
        return process.isAlive();
    }

    /** Which engine it has, once it has said so. */
    String engine() throws InterruptedException {
        started.await(1, TimeUnit.MINUTES);
        return engine;
    }

    synchronized boolean runsOn(String which) {
        return engine.equals(which);
    }

    boolean wasRight() {
        try {
            boolean right = process.waitFor() == 0 && !hung;
            reader.join();
            return right;
        } catch (InterruptedException interrupted) {
            return false;
        }
    }

    synchronized long get(Kind kind, Ledger.Column column) {
        long[] numbers = kinds.get(kind);
        return numbers == null ? 0 : numbers[column.ordinal()];
    }

    synchronized long get(Ledger.Event event) {
        return events[event.ordinal()];
    }

    synchronized String level() {
        return level;
    }

    @Override
    public synchronized String toString() {
        String end = process.isAlive()
                ? "runs"
                : process.exitValue() == 0 ? "right" : "WRONG, status " + process.exitValue();
        return String.format("%-13s %-9s %s; warm: %s; end: %s", name, engine, end, warm, level);
    }
}
