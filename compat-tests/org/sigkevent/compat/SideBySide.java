package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Support;
import org.sigkevent.Unistd;

/**
 * The same scenarios, made at random, done by the C library (compat-tests/c/side.c) and by this library; the answers are
 * compared line by line. What may differ is in {@link Deviation}, and all of that must be seen.
 *
 * <p>An operation that was answered differently leaves its mark on what it worked on (an aiocb, say): later operations on it are looked up
 * as "... after NAME", until the next that renews it and is answered alike.
 */
@Timeout(180)
abstract class SideBySide {
    static final int SLOTS = 8;
    /** Descriptors get numbers that nothing else in the process gets, so that a closed one stays closed. */
    static final int FIRST_FD = 600;

    private static final int SCENARIOS = 300;
    private static final int OPERATIONS = 30;
    private static final int O_CLOEXEC = 02000000;
    private static final Pattern APPROXIMATE = Pattern.compile("~(-?\\d+)");

    /** What jnr needs. */
    public interface C {
        int dup3(int from, int to, int flags);
    }

    private static final C LIBC = LibraryLoader.create(C.class).load("c");

    @TempDir
    Path directory;

    int kfd;
    SplittableRandom random;
    private Iterator<String> words;
    private final Deque<Long> cookies = new ArrayDeque<>();
    private int serial;

    // ---- what a family says

    abstract Deviation.Family family();

    /** One operation. */
    abstract String operation();

    /** What this library answers; {@code theirs} is what the C library answered, to know whether to wait. */
    abstract String perform(String operation, String theirs) throws Exception;

    /** The operations that every scenario begins with. */
    List<String> prologue() {
        return List.of();
    }

    /** Before each scenario. */
    abstract void forget();

    /** What the operation works on. */
    List<String> subjects(String operation) {
        return List.of();
    }

    /** What else the table may want to know about the operation that was just done. */
    String note() {
        return "";
    }

    /** Whether nothing of the time before the operation matters to what it works on. */
    boolean renews(String operation) {
        return false;
    }

    /** The mark that an operation leaves although it was answered alike; or null. */
    Deviation markOf(String operation, String theirs) {
        return null;
    }

    /** How much two numbers that depend on the time may differ. */
    abstract long tolerance(String operation);

    // ---- the comparison

    @Test
    void nothingButTheKnownDeviationsDiffers() throws Exception {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println(getClass().getSimpleName() + ": sigkevent.seed=" + seed);
        random = new SplittableRandom(seed);
        List<String> all = new ArrayList<>();
        all.add("prefix sigkevent-c-" + ProcessHandle.current().pid());
        for (int i = 0; i < SCENARIOS; i++) {
            all.add("begin");
            all.addAll(prologue());
            for (int j = 0; j < OPERATIONS; j++) {
                all.add(operation());
            }
            all.add("rest");
        }
        // leaves nothing behind
        all.add("begin");
        List<String> theirs = theirs(all);
        kfd = Support.queue(1024);
        Map<Deviation, Integer> seen = new EnumMap<>(Deviation.class);
        Map<String, Deviation> marks = new java.util.HashMap<>();
        int begin = 0;
        for (int i = 0; i < all.size(); i++) {
            String line = all.get(i);
            if (line.equals("begin")) {
                begin = i;
                marks.clear();
                reset();
            }
            String ours = ours(line, theirs.get(i));
            boolean alike = alike(line, theirs.get(i), ours);
            List<String> subjects = subjects(line);
            Deviation why = null;
            if (!alike) {
                Deviation mark = renews(line)
                        ? null
                        : subjects.stream()
                                .map(marks::get)
                                .filter(m -> m != null)
                                .findFirst()
                                .orElse(null);
                why = Deviation.of(
                        family(), line + note() + (mark == null ? "" : " after " + mark), theirs.get(i), ours);
                if (why == null) {
                    fail(difference(all, theirs, begin, i, ours, mark, seed));
                }
                seen.merge(why, 1, Integer::sum);
            }
            Deviation leaves = why != null && why.lasts() ? why : markOf(line, theirs.get(i));
            for (String subject : subjects) {
                if (renews(line)) {
                    marks.remove(subject);
                }
                if (leaves != null && leaves.lasts()) {
                    marks.put(subject, leaves);
                }
            }
        }
        reset();
        System.out.println(all.size() + " operations; differences: " + seen);
        Set<Deviation> missing = EnumSet.allOf(Deviation.class);
        missing.removeIf(deviation -> deviation.family != family());
        missing.removeAll(seen.keySet());
        assertEquals(Set.of(), missing, "deviations that are not seen any more");
    }

    private void reset() {
        forget();
        for (int slot = 0; slot < SLOTS; slot++) {
            Unistd.close(FIRST_FD + slot);
        }
        cookies.clear();
        while (Support.ring(kfd).take(new KeventRecord())) {
            // what the last scenario did not ask for
        }
    }

    private boolean alike(String line, String theirs, String ours) {
        if (theirs.equals(ours)) {
            return true;
        }
        if (!theirs.contains("~")
                || !APPROXIMATE
                        .matcher(theirs)
                        .replaceAll("~")
                        .equals(APPROXIMATE.matcher(ours).replaceAll("~"))) {
            return false;
        }
        Matcher a = APPROXIMATE.matcher(theirs);
        Matcher b = APPROXIMATE.matcher(ours);
        while (a.find() && b.find()) {
            if (Math.abs(Long.parseLong(a.group(1)) - Long.parseLong(b.group(1))) > tolerance(line)) {
                return false;
            }
        }
        return true;
    }

    private static String difference(
            List<String> all, List<String> theirs, int begin, int i, String ours, Deviation mark, long seed) {
        StringBuilder text =
                new StringBuilder("-Dsigkevent.seed=" + seed + ", line " + i + (mark == null ? "" : " after " + mark));
        for (int k = begin; k <= i; k++) {
            text.append("\n    ").append(all.get(k)).append("   => ").append(theirs.get(k));
        }
        return text.append("\n    this library: ").append(ours).toString();
    }

    private List<String> theirs(List<String> all) throws IOException, InterruptedException {
        Path program = directory.resolve("side");
        Process cc;
        try {
            List<String> command = new ArrayList<>(
                    List.of("cc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program.toString()));
            for (String source : new String[] {"side.c", "side_aio.c", "side_timer.c", "side_mq.c"}) {
                command.add(Path.of("compat-tests", "c", source).toString());
            }
            command.add("-lrt");
            cc = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException missing) {
            assumeTrue(false, "there is no C compiler: " + missing.getMessage());
            throw missing;
        }
        String said = new String(cc.getInputStream().readAllBytes());
        assertEquals(0, cc.waitFor(), said);
        Path input = Files.write(directory.resolve("scenario"), all);
        Path output = directory.resolve("answers");
        Path errors = directory.resolve("errors");
        Path work =
                Files.createDirectories(directory.resolve("c").resolve("dir")).getParent();
        Process side = new ProcessBuilder(program.toString())
                .directory(work.toFile())
                .redirectInput(input.toFile())
                .redirectOutput(output.toFile())
                .redirectError(errors.toFile())
                .start();
        assertEquals(0, side.waitFor(), () -> "the C side" + read(errors) + read(output));
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(output)) {
            lines.add(line.trim());
        }
        assertEquals(all.size(), lines.size(), () -> "answers" + read(errors));
        return lines;
    }

    private static String read(Path file) {
        try {
            return ": " + Files.readString(file);
        } catch (IOException unreadable) {
            return ": " + unreadable;
        }
    }

    private String ours(String line, String theirs) throws Exception {
        words = Arrays.asList(line.split(" ")).iterator();
        String operation = words.next();
        switch (operation) {
            case "begin":
            case "prefix":
                return "";
            case "take":
                return taken(theirs);
            case "rest":
                StringBuilder rest = new StringBuilder();
                for (int i = 0; i < theirs.split(" ").length; i++) {
                    rest.append(taken(theirs)).append(' ');
                }
                return rest.toString().trim();
            default:
                return perform(operation, theirs).trim();
        }
    }

    // ---- the words of an operation

    String word() {
        return words.next();
    }

    long number() {
        return Long.parseLong(word());
    }

    int integer() {
        return (int) number();
    }

    /** A number, or -1 for "-". */
    int optional() {
        String word = word();
        return word.equals("-") ? -1 : Integer.parseInt(word);
    }

    int descriptor() {
        return FIRST_FD + integer();
    }

    static String answer(long value) {
        return value == -1 ? "-1 " + Errno.errno() + " " : value + " ";
    }

    static String moved(int fd, int slot) {
        if (fd < 0) {
            return answer(-1);
        }
        assertTrue(LIBC.dup3(fd, FIRST_FD + slot, O_CLOEXEC) >= 0, "dup3");
        Unistd.close(fd);
        return "0 ";
    }

    static int hash(byte[] bytes, int n) {
        int h = 0x811c9dc5;
        for (int i = 0; i < n; i++) {
            h = (h ^ (bytes[i] & 0xff)) * 16777619;
        }
        return h;
    }

    // ---- notifications: SIGEV_SIGNAL of the C side is SIGEV_KEVENT here

    SigEvent event(int notify, long cookie) {
        if (notify == Signal.SIGEV_SIGNAL) {
            return SigEvent.kevent(kfd, SigVal.of(cookie));
        }
        SigEvent event = new SigEvent();
        event.sigev_notify = notify;
        event.sigev_signo = Signal.SIGRTMIN + 2;
        event.sigev_value = SigVal.of(cookie);
        return event;
    }

    /** The next record, which must come. */
    KeventRecord record() {
        return Support.take(kfd);
    }

    void keep(long cookie) {
        cookies.add(cookie);
    }

    private String taken(String theirs) {
        KeventRecord record = new KeventRecord();
        while (Support.ring(kfd).take(record)) {
            keep(record);
        }
        while (cookies.isEmpty() && !theirs.equals("none")) {
            keep(record());
        }
        return cookies.isEmpty() ? "none" : cookies.remove().toString();
    }

    void keep(KeventRecord record) {
        if ((record.flags & Kevent.KEVENT_REMOVED) == 0) {
            keep(record.cookie);
        }
    }

    // ---- chance

    long serial() {
        return ++serial;
    }

    int slot() {
        return random.nextInt(4);
    }

    boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    long any(long... values) {
        return values[random.nextInt(values.length)];
    }

    String anyOf(String... values) {
        return values[random.nextInt(values.length)];
    }

    @AfterEach
    void destroy() {
        forget();
        Kevent.kevent_destroy(kfd, null, 0);
    }
}
