package sharedring;

import static org.sigkevent.Errno.ETIMEDOUT;
import static org.sigkevent.Errno.errno;
import static org.sigkevent.Errno.message;
import static org.sigkevent.Kevent.KEVENT_CTL_DRIVER;
import static org.sigkevent.Kevent.kevent_ctl;
import static org.sigkevent.Kevent.kevent_destroy;
import static org.sigkevent.Kevent.kevent_init;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Time.CLOCK_MONOTONIC;
import static org.sigkevent.Time.timer_create;
import static org.sigkevent.Time.timer_delete;
import static org.sigkevent.Time.timer_settime;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventEvent;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.TimeSpec;

/**
 * Work that is shared out to other processes through one ring: each record's cookie is the number of a block of a file, and
 * whichever worker takes it adds up the block's bytes. The workers are a C program (worker.c, compiled on the way), or, where there
 * is no C compiler, other JVMs ({@link Worker}); all take from the same ring without a system call, each record exactly once. A
 * timer of the owner expires into the same ring while the owner does not wait: the library's driver sees to that.
 * shared_ring.c is the same program as C programs do it: with fork and a pipe.
 *
 * <p>Usage: {@code SharedRing [-w WORKERS] [-j] [FILE]}; -j has JVMs work also where there is a C compiler. It fails when the
 * sums of the workers are not that of the file.
 */
public final class SharedRing {
    static final int BLOCK = 64 << 10;

    /** The cookie that ends a worker. */
    static final long END = -1;

    private static final int SLOTS = 256;

    private static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        Failure(String what) {
            super(what);
        }
    }

    private SharedRing() {}

    public static void main(String[] args) throws Exception {
        int workers = 3;
        boolean jvms = false;
        Path file = Path.of(System.getProperty("java.home"), "lib", "modules");
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("-w") && i + 1 < args.length && args[i + 1].matches("[1-9][0-9]?")) {
                workers = Integer.parseInt(args[++i]);
            } else if (args[i].equals("-j")) {
                jvms = true;
            } else if (!args[i].startsWith("-") && i == args.length - 1) {
                file = Path.of(args[i]);
            } else {
                System.err.println("usage: SharedRing [-w WORKERS (1 to 99)] [-j] [FILE]");
                System.exit(2);
            }
        }
        try {
            share(file, workers, jvms);
        } catch (Failure | IOException failed) {
            System.err.println("SharedRing: " + failed.getMessage());
            System.exit(1);
        }
    }

    private static void share(Path file, int workers, boolean jvms) throws Failure, IOException, InterruptedException {
        if (!Files.isRegularFile(file)) {
            throw new Failure(file + " is not a regular file");
        }
        if (!Files.isReadable(file)) {
            throw new Failure(file + " may not be read");
        }
        Path folder = Files.createTempDirectory("sharedring");
        Path socket = folder.resolve("socket");
        List<String> worker = jvms ? null : compiled(folder);
        List<Process> processes = new ArrayList<>();
        int kfd = check(kevent_init(SLOTS), "kevent_init");
        try (DescriptorServer server = new DescriptorServer(socket)) {
            check(kevent_ctl(kfd, KEVENT_CTL_DRIVER, 1), "KEVENT_CTL_DRIVER");
            for (int i = 0; i < workers; i++) {
                List<String> command = new ArrayList<>(worker != null ? worker : jvm());
                command.add(socket.toString());
                command.add(file.toString());
                processes.add(new ProcessBuilder(command)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
                server.send(kfd);
            }
            long begin = System.nanoTime();
            int[] timer = new int[1];
            check(timer_create(CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(0L)), timer), "timer_create");
            ItimerSpec every = new ItimerSpec();
            every.it_value.tv_nsec = 10_000_000;
            every.it_interval.tv_nsec = 10_000_000;
            check(timer_settime(timer[0], 0, every, null), "timer_settime");
            long blocks = (Files.size(file) + BLOCK - 1) / BLOCK;
            for (long block = 0; block < blocks; block++) {
                post(kfd, block, processes); // waits while the workers are behind: a full ring holds its owner up
            }
            check(timer_delete(timer[0]), "timer_delete");
            for (int i = 0; i < workers; i++) {
                post(kfd, END, processes);
            }
            compare(file, blocks, processes, begin);
        } finally {
            processes.forEach(Process::destroy);
            kevent_destroy(kfd, null, 0);
            Files.deleteIfExists(folder.resolve("worker"));
            Files.deleteIfExists(socket);
            Files.deleteIfExists(folder);
        }
    }

    /** Waits while the ring is full, as long as there is somebody who may empty it. */
    private static void post(int kfd, long cookie, List<Process> workers) throws Failure {
        KeventEvent event = KeventEvent.user(SigVal.of(cookie));
        while (kevent_submit(kfd, event, 0, new TimeSpec(1, 0)) < 0) {
            if (errno() != ETIMEDOUT) {
                throw new Failure("kevent_submit: " + message());
            }
            if (workers.stream().noneMatch(Process::isAlive)) {
                throw new Failure("all workers have ended");
            }
        }
    }

    private static int check(int answer, String call) throws Failure {
        if (answer < 0) {
            throw new Failure(call + ": " + message());
        }
        return answer;
    }

    /** The worker in C, compiled; null where that cannot be done. */
    private static List<String> compiled(Path folder) throws IOException, InterruptedException {
        Path program = folder.resolve("worker");
        List<String> cc = List.of(
                "cc",
                "-O2",
                "-Wall",
                "-Wextra",
                "-I",
                "compat-tests/c",
                "-o",
                program.toString(),
                "examples/sharedring/worker.c");
        try {
            File root = new File(System.getProperty("sharedring.root", "."));
            if (new ProcessBuilder(cc).directory(root).inheritIO().start().waitFor() == 0) {
                return List.of(program.toString());
            }
        } catch (IOException noCompiler) {
            System.out.println("no C compiler (cc): the workers are JVMs");
        }
        return null;
    }

    private static List<String> jvm() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Worker.class.getName());
    }

    /** Each worker ends with a line "blocks sum ticks". */
    private static void compare(Path file, long blocks, List<Process> processes, long begin)
            throws Failure, IOException, InterruptedException {
        long taken = 0;
        long sum = 0;
        long ticks = 0;
        for (Process process : processes) {
            try (BufferedReader said =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                String line = said.readLine();
                if (process.waitFor() != 0 || line == null) {
                    throw new Failure("worker " + process.pid() + " failed with status " + process.waitFor());
                }
                String[] words = line.split(" ");
                System.out.println("worker " + process.pid() + ": " + words[0] + " blocks, " + words[2] + " ticks");
                taken += Long.parseLong(words[0]);
                sum += Long.parseLong(words[1]);
                ticks += Long.parseLong(words[2]);
            }
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        long expected = sum(file);
        if (taken != blocks || sum != expected) {
            throw new Failure(taken + " of " + blocks + " blocks, sum " + sum + ", which should be " + expected);
        }
        System.out.printf(
                "%d blocks by %d processes in %.2f s, %d ticks between them; the sum is right: %d%n",
                blocks, processes.size(), seconds, ticks, sum);
    }

    private static long sum(Path file) throws IOException {
        long sum = 0;
        ByteBuffer buffer = ByteBuffer.allocate(BLOCK);
        try (FileChannel channel = FileChannel.open(file)) {
            while (channel.read(buffer.clear()) > 0) {
                sum += sum(buffer.array(), buffer.position());
            }
        }
        return sum;
    }

    static long sum(byte[] bytes, int count) {
        long sum = 0;
        for (int i = 0; i < count; i++) {
            sum += bytes[i] & 0xff;
        }
        return sum;
    }
}
