package org.sigkevent.compat;

import static org.sigkevent.Support.ok;
import static org.sigkevent.compat.TimerScene.arm;
import static org.sigkevent.compat.TimerScene.armAt;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sigkevent.ChildJvm;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.SigEvent;
import org.sigkevent.Support;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** A JVM of its own for what cannot be done to the one that runs the tests, and {@link #main}, which it runs. */
final class TimerChild implements AutoCloseable {
    /** In the ring as soon as the child has said its descriptor. */
    static final long EARLY_COOKIE = 0x6561_726c_7963_6f6fL;

    /** Of a timer that is due some seconds later. */
    static final long LATE_COOKIE = 0x6c61_7465_636f_6f6bL;

    private static final int CAP_SYS_TIME = 25;

    private final Process process;
    private final BufferedReader output;

    private TimerChild(Process process) {
        this.process = process;
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Starts a child that does {@code task}. It leaves no core file, whatever ends it. */
    static TimerChild start(String... task) throws IOException {
        return startUnder(List.of(), task);
    }

    /** As {@link #start}, by way of another command. */
    static TimerChild startUnder(List<String> command, String... task) throws IOException {
        List<String> words = new ArrayList<>(List.of("sh", "-c", "ulimit -c 0; exec \"$@\"", "sh"));
        words.addAll(command);
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(ChildJvm.QUICKLY);
        words.add("--enable-native-access=ALL-UNNAMED");
        String engine = System.getProperty("sigkevent.engine");
        if (engine != null) {
            words.add("-Dsigkevent.engine=" + engine);
        }
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), TimerChild.class.getName()));
        words.addAll(List.of(task));
        return new TimerChild(new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    int pid() {
        return (int) process.pid();
    }

    /** The next line that it says; null at its end. */
    String line() throws Exception {
        return Support.get(Support.start(output::readLine));
    }

    /** Kills it and waits for its end. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Its exit status, when it has ended: 128 and the signal if one ended it. */
    int status() throws Exception {
        return Support.get(Support.start(process::waitFor));
    }

    boolean alive() {
        return process.isAlive();
    }

    /** The kernel's letter for what the process does: T while it is stopped. */
    char state() {
        try {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2);
        } catch (IOException gone) {
            throw new AssertionError(gone);
        }
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }

    // ---- in the child

    /** Does what it is told, says what came of it, and stays until its input ends. */
    public static void main(String[] args) throws Exception {
        PrintStream out = System.out;
        switch (args[0]) {
            case "ids" -> ids(out);
            case "ring" -> ring(out);
            case "burn" -> startDaemon(() -> TimerScene.burn(Long.MAX_VALUE / 2));
            case "sleep" -> sleep(out, args[1], Long.parseLong(args[2]));
            case "settime" -> setTime(out);
            default -> throw new IllegalArgumentException(args[0]);
        }
        while (System.in.read() >= 0) {
            Thread.onSpinWait();
        }
    }

    private static void ids(PrintStream out) {
        int first = TimerScene.create(Time.CLOCK_MONOTONIC, new SigEvent());
        int second = TimerScene.create(Time.CLOCK_MONOTONIC, new SigEvent());
        ok(Time.timer_delete(first));
        out.println(first + " " + second + " " + TimerScene.create(Time.CLOCK_MONOTONIC, new SigEvent()));
    }

    private static void ring(PrintStream out) {
        TimerScene scene = new TimerScene(8);
        ok(Kevent.kevent_ctl(scene.kfd, Kevent.KEVENT_CTL_DRIVER, 1));
        arm(scene.create(Time.CLOCK_MONOTONIC, EARLY_COOKIE), 1, 0);
        Support.until("the driver wrote a record", () -> scene.ring.unread() == 1);
        out.println(scene.kfd);
        long due = TimerScene.monotonic() + 3000 * TimerScene.MS;
        armAt(scene.create(Time.CLOCK_MONOTONIC, LATE_COOKIE), due, TimerScene.MS);
        out.println(due);
    }

    /** Sleeps; says "asleep" when it does, then the answer and the time that passed. */
    private static void sleep(PrintStream out, String call, long nanos) {
        // what is loaded once is loaded now
        Time.clock_nanosleep(Time.CLOCK_REALTIME, 0, TimeSpec.ofNanos(1), null);
        Support.until("loaded", () -> !Support.asleep(Thread.currentThread()));
        TimeSpec length = TimeSpec.ofNanos(nanos);
        TimeSpec until = TimeSpec.ofNanos(TimerScene.now(Time.CLOCK_REALTIME) + nanos);
        long begin = TimerScene.monotonic();
        Thread sleeper = Thread.currentThread();
        startDaemon(() -> {
            Support.untilAsleep(sleeper);
            out.println("asleep");
        });
        int rc = switch (call) {
            case "nanosleep" -> Time.nanosleep(length, null);
            case "relative" -> Time.clock_nanosleep(Time.CLOCK_REALTIME, 0, length, null);
            case "absolute" -> Time.clock_nanosleep(Time.CLOCK_REALTIME, Time.TIMER_ABSTIME, until, null);
            default -> throw new IllegalArgumentException(call);
        };
        out.println(rc + " " + (TimerScene.monotonic() - begin));
    }

    /** Tries to set CLOCK_REALTIME to what it shows, if it is sure that it may not. */
    private static void setTime(PrintStream out) throws IOException {
        if (maySetTheClock()) {
            out.println("allowed");
            return;
        }
        TimeSpec now = new TimeSpec();
        ok(Time.clock_gettime(Time.CLOCK_REALTIME, now));
        int rc = Time.clock_settime(Time.CLOCK_REALTIME, now);
        out.println(rc + " " + Errno.strerror(Errno.errno()));
    }

    /** Whether this process has CAP_SYS_TIME. */
    static boolean maySetTheClock() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("CapEff:")) {
                return (Long.parseUnsignedLong(line.substring(7).trim(), 16) >>> CAP_SYS_TIME & 1) != 0;
            }
        }
        return true;
    }

    private static void startDaemon(Runnable body) {
        Thread thread = new Thread(body, "child");
        thread.setDaemon(true);
        thread.start();
    }
}
