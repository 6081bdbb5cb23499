package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Support.ok;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.DescriptorServer;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.ItimerSpec;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Support;
import org.sigkevent.Time;
import org.sigkevent.Unistd;
import org.sigkevent.core.RingLayout;

/** A ring that C programs and other JVMs map, take from, wait for, die in and write nonsense into. */
@Timeout(180)
class SharedRingIT {
    @TempDir
    private static Path directory;

    private static final Path SOURCES = Path.of("compat-tests", "c");

    private final List<Process> children = new ArrayList<>();
    private DescriptorServer server;
    private Path socket;
    private int kfd;

    @BeforeEach
    void makeQueue() throws IOException {
        kfd = Support.queue(256);
        socket = Files.createTempDirectory(directory, "s").resolve("socket");
        server = new DescriptorServer(socket);
    }

    @AfterEach
    void end() throws InterruptedException {
        Kevent.kevent_destroy(kfd, null, 0);
        server.close();
        for (Process child : children) {
            child.destroyForcibly().waitFor();
        }
    }

    private static String compile(Path source, Path out) throws IOException, InterruptedException {
        Process cc;
        try {
            cc = new ProcessBuilder(
                            "cc",
                            "-std=c11",
                            "-O2",
                            "-Wall",
                            "-Wextra",
                            "-Werror",
                            "-I",
                            SOURCES.toString(),
                            "-o",
                            out.toString(),
                            source.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException missing) {
            assumeTrue(false, "there is no C compiler: " + missing.getMessage());
            throw missing;
        }
        String said = new String(cc.getInputStream().readAllBytes());
        assertEquals(0, cc.waitFor(), said);
        return out.toString();
    }

    private static String reader() throws IOException, InterruptedException {
        Path out = directory.resolve("reader");
        return Files.exists(out) ? out.toString() : compile(SOURCES.resolve("reader.c"), out);
    }

    /** Starts a consumer, gives it the descriptor and waits until it has mapped the ring. */
    private Child start(String... command) throws IOException {
        Child child = run(command);
        server.serve(kfd);
        assertEquals("mapped", child.lines.readLine());
        return child;
    }

    private Child run(String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        children.add(process);
        return new Child(process);
    }

    private Child c(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(reader(), socket.toString()));
        command.addAll(List.of(arguments));
        return start(command.toArray(new String[0]));
    }

    private Child java() throws IOException {
        return start(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                RingReader.class.getName(),
                socket.toString());
    }

    private static final class Child {
        final Process process;
        final BufferedReader lines;

        Child(Process process) {
            this.process = process;
            this.lines = new BufferedReader(new InputStreamReader(process.getInputStream()));
        }

        /** Everything that it still prints: the cookies in their order. */
        FutureTask<List<Long>> cookies() {
            return Support.start(() -> {
                List<Long> all = new ArrayList<>();
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    String[] words = line.split(" ");
                    // a child that was killed may have printed half a line
                    if (words.length == 2) {
                        all.add(Long.parseUnsignedLong(words[1]));
                    }
                }
                return all;
            });
        }

        /** SIGKILL; what it had printed can still be read, which Process.destroyForcibly would prevent. */
        void kill() throws InterruptedException {
            process.toHandle().destroyForcibly();
            process.waitFor();
        }
    }

    private void post(long cookie) {
        ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(cookie)), 0, null));
    }

    private void untilEmpty() {
        Support.until("all records are taken", () -> Support.ring(kfd).unread() == 0);
    }

    @Test
    void theHeaderTheDocumentAndTheLibraryAgree() throws Exception {
        StringBuilder program = new StringBuilder("#include \"kevent_ring.h\"\n");
        Pattern row = Pattern.compile("\\| (\\w+) \\| (\\d+) \\| (\\d+) \\|.*");
        boolean header = true;
        int rows = 0;
        for (String line : Files.readAllLines(Path.of("src", "docs", "ring.md"))) {
            header &= !line.startsWith("| record field");
            Matcher m = row.matcher(line);
            if (m.matches()) {
                String of = header ? "struct kevent_header" : "struct kevent_record";
                program.append("_Static_assert(offsetof(" + of + ", " + m.group(1) + ") == " + m.group(2)
                        + ", \"offset\");\n");
                program.append("_Static_assert(sizeof(((" + of + " *) 0)->" + m.group(1) + ") == " + m.group(3)
                        + ", \"size\");\n");
                assertEquals(Integer.parseInt(m.group(2)), inTheLibrary(header, m.group(1)), line);
                rows++;
            }
        }
        assertEquals(16 + 9, rows);
        program.append("_Static_assert(offsetof(struct kevent_header, records) == 4096, \"records\");\n");
        program.append("_Static_assert(sizeof(struct kevent_record) == 64, \"record\");\n");
        program.append("_Static_assert(offsetof(struct kevent_record, cookie_word) == 8, \"word of 32 bits\");\n");
        program.append("_Static_assert(offsetof(struct kevent_record, cookie_padding) == 12, \"and its padding\");\n");
        program.append("int main(void) { return 0; }\n");
        compile(Files.writeString(directory.resolve("layout.c"), program), directory.resolve("layout"));
    }

    private static int inTheLibrary(boolean header, String name) {
        switch (name) {
            case "magic":
                return RingLayout.MAGIC_AT;
            case "version":
                return RingLayout.VERSION_AT;
            case "record_size":
                return RingLayout.RECORD_SIZE_AT;
            case "slots":
                return RingLayout.SLOTS_AT;
            case "limit":
                return RingLayout.LIMIT_AT;
            case "required":
                return RingLayout.REQUIRED_AT;
            case "foreign_wakes":
                return RingLayout.FOREIGN_WAKES_AT;
            case "foreign_futex":
                return RingLayout.FOREIGN_FUTEX_AT;
            case "foreign_returns":
                return RingLayout.FOREIGN_RETURNS_AT;
            case "returns":
                return RingLayout.RETURNS_AT;
            case "write":
                return RingLayout.WRITE_AT;
            case "read":
                return RingLayout.READ_AT;
            case "state":
                return RingLayout.STATE_AT;
            case "foreign_waiters":
                return RingLayout.FOREIGN_WAITERS_AT;
            case "foreign_takes":
                return RingLayout.FOREIGN_TAKES_AT;
            case "overflows":
                return RingLayout.OVERFLOWS_AT;
            case "id":
                return RingLayout.ID;
            case "descriptor":
                return RingLayout.DESCRIPTOR;
            case "cookie":
                return RingLayout.COOKIE;
            case "result":
                return RingLayout.RESULT;
            case "error":
                return RingLayout.ERROR;
            case "flags":
                return RingLayout.FLAGS;
            case "data":
                return RingLayout.DATA0;
            case "time_ns":
                return RingLayout.TIME;
            case "sequence":
                return RingLayout.SEQUENCE;
            default:
                throw new AssertionError(name + " is in the document only");
        }
    }

    @Test
    void aCProgramAnotherJvmAndTheOwnerTakeEachRecordOnce() throws Exception {
        List<FutureTask<List<Long>>> taken = new ArrayList<>();
        taken.add(c("take").cookies());
        taken.add(c("take").cookies());
        taken.add(java().cookies());
        int records = 100_000;
        KeventRing ring = Support.ring(kfd);
        taken.add(Support.start(() -> {
            List<Long> own = new ArrayList<>();
            KeventRecord record = new KeventRecord();
            for (int i = 0; i < 1_000; i++) {
                int state = ring.state();
                if (ring.take(record)) {
                    own.add(record.cookie);
                } else if (Kevent.kevent_wait(kfd, state, null, null) < 0 && Errno.errno() == Errno.EBADF) {
                    break;
                }
            }
            return own;
        }));
        for (int i = 0; i < records; i++) {
            post(i);
        }
        // the owner's taker may wait for one more
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_WAKE, 1));
        untilEmpty();
        for (int i = 0; i < 2_000; i++) {
            Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_WAKE, 1);
        }
        Support.destroy(kfd);
        BitSet seen = new BitSet(records);
        for (FutureTask<List<Long>> one : taken) {
            long last = -1;
            for (long cookie : Support.get(one)) {
                assertTrue(cookie > last, "the order of posting");
                last = cookie;
                assertTrue(!seen.get((int) cookie), "twice: " + cookie);
                seen.set((int) cookie);
            }
        }
        assertEquals(records, seen.cardinality());
    }

    @Test
    void aWaiterThatIsKilledAfterItsWakeLeavesTheRecordToTheOthers() throws Exception {
        reader();
        for (int i = 0; i < 20; i++) {
            Child dead = c("sleep");
            Child alive = c("take", "1");
            Support.until("both wait", () -> futexWaiters() >= 2);
            // perhaps before, perhaps after it is woken
            dead.process.toHandle().destroyForcibly();
            post(i);
            FutureTask<List<Long>> cookies = alive.cookies();
            assertEquals(List.of((long) i), Support.get(cookies));
            dead.kill();
        }
    }

    private long futexWaiters() {
        return children.stream()
                .filter(child -> {
                    try {
                        return Files.readString(Path.of("/proc/" + child.pid() + "/wchan"))
                                .contains("futex");
                    } catch (IOException gone) {
                        return false;
                    }
                })
                .count();
    }

    @Test
    void killedAtAnyMomentAConsumerTakesWithItOnlyWhatItHadClaimed() throws Exception {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("SharedRingIT: sigkevent.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        reader();
        long cookie = 0;
        int lost = 0;
        for (int round = 0; round < 100; round++) {
            Child child = c("take");
            FutureTask<List<Long>> printed = child.cookies();
            int before = 50 + random.nextInt(200);
            long first = cookie;
            for (int i = 0; i < before; i++) {
                post(cookie++);
            }
            child.kill();
            List<Long> taken = Support.get(printed);
            KeventRecord record = new KeventRecord();
            List<Long> rest = new ArrayList<>();
            while (Support.ring(kfd).take(record)) {
                rest.add(record.cookie);
            }
            // it printed a prefix, it may have claimed one more, and the rest is all there
            for (int i = 0; i < taken.size(); i++) {
                assertEquals(first + i, taken.get(i));
            }
            for (int i = 0; i < rest.size(); i++) {
                assertEquals(cookie - rest.size() + i, rest.get(i));
            }
            int missing = before - taken.size() - rest.size();
            assertTrue(missing == 0 || missing == 1, missing + " records are gone");
            lost += missing;
        }
        System.out.println("claimed and not printed: " + lost + " of " + cookie);
    }

    @Test
    void aThousandConsumersThatComeAndGoLeaveNothingBehind() throws Exception {
        reader();
        c("take", "1").process.onExit();
        post(0);
        untilEmpty();
        long descriptors = Support.openDescriptors();
        int threads = Thread.activeCount();
        // on a machine that is busy there are fewer
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        for (int i = 0; i < 1_000 && (i < 50 || System.nanoTime() < end); i++) {
            Child child = i % 2 == 0 ? c("take", "1") : c("take");
            post(i);
            if (i % 2 != 0) {
                child.process.destroyForcibly();
            }
            assertTrue(child.process.waitFor(60, TimeUnit.SECONDS));
            child.lines.close();
            child.process.getOutputStream().close();
            child.process.getErrorStream().close();
            children.remove(child.process);
            Support.ring(kfd).take(new KeventRecord());
        }
        Support.until("descriptors are closed", () -> Support.openDescriptors() <= descriptors);
        Support.until("threads end", () -> Thread.activeCount() <= threads);
        for (int i = 0; i < 256; i++) {
            post(i);
        }
    }

    @Test
    void nonsenseInEveryByteBreaksThatQueueOnly() throws Exception {
        int seconds = Integer.getInteger("sigkevent.nonsense.seconds", 2);
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("SharedRingIT: sigkevent.seed=" + seed + " for " + seconds + " s");
        reader();
        int broken = 0;
        Path file = Files.write(directory.resolve("file"), new byte[1 << 16]);
        int fd = (int) ok(Fcntl.open(file.toString(), Fcntl.O_RDONLY));
        try (KeventQueue sound = KeventQueue.open(16)) {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            for (int round = 0; System.nanoTime() < end; round++) {
                KeventRing ring = Support.ring(kfd);
                Child vandal = c("nonsense", "600", Long.toUnsignedString(seed + round));
                if (useUntilBroken(ring, end, fd)) {
                    broken++;
                }
                vandal.kill();
                sound.post(SigVal.of(round));
                assertEquals(round, sound.take().cookie);
                assertEquals(0, Kevent.kevent_destroy(kfd, null, 0), Errno::message);
                kfd = Support.queue(256);
            }
        }
        System.out.println("broken queues: " + broken);
        assertTrue(broken > 0, "the owner noticed");
    }

    /** Posts, reads, lets timers expire and takes until the queue says that it is broken; or until {@code end}. */
    private boolean useUntilBroken(KeventRing ring, long end, int fd) {
        // EBADF when it is broken already
        Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, 1);
        int[] timer = new int[1];
        if (Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(1)), timer) == 0) {
            ItimerSpec often = new ItimerSpec();
            often.it_value.tv_nsec = 1;
            often.it_interval.tv_nsec = 100_000;
            Time.timer_settime(timer[0], 0, often, null);
        }
        Aiocb[] reads = new Aiocb[8];
        for (int i = 0; i < reads.length; i++) {
            reads[i] = new Aiocb();
            reads[i].aio_fildes = fd;
            reads[i].aio_buf = ByteBuffer.allocateDirect(4096);
            reads[i].aio_nbytes = 4096;
            reads[i].aio_sigevent = SigEvent.kevent(kfd, SigVal.of(i));
        }
        KeventRecord record = new KeventRecord();
        for (long i = 0; System.nanoTime() < end; i++) {
            int rc = kevent_submit(kfd, KeventEvent.user(SigVal.of(i)), Kevent.KEVENT_NOWAIT, null);
            if (rc < 0 && Errno.errno() != Errno.EAGAIN) {
                assertEquals(Errno.EBADF, Errno.errno(), Errno::message);
                assertTrue(Errno.message().contains("broken"), Errno::message);
                return true;
            }
            Aiocb read = reads[(int) i & 7];
            if (Aio.aio_error(read) != Errno.EINPROGRESS) {
                Aio.aio_return(read);
                Aio.aio_read(read);
            }
            ring.take(record);
        }
        return false;
    }

    @Test
    void aRecordIsNotPutBackIntoAQueueThatWasDestroyed() throws Exception {
        String program = """
                #include "kevent_ring.h"
                #include <fcntl.h>
                #include <stdio.h>
                int main(int argc, char **argv)
                {
                    struct kevent_ring ring;
                    struct kevent_record record = {.id = 1};
                    int kfd = open(argv[argc - 1], O_RDWR);
                    if (kfd < 0 || kevent_ring_map(&ring, kfd) < 0)
                        return 1;
                    printf("%d\\n", kevent_ring_put_back(&ring, &record));
                    fflush(stdout);
                    getchar();
                    int rc = kevent_ring_put_back(&ring, &record);
                    printf("%d %d\\n", rc, errno == EBADF);
                    return 0;
                }
                """;
        String back = compile(Files.writeString(directory.resolve("back.c"), program), directory.resolve("back"));
        Child child = run(back, "/proc/" + ProcessHandle.current().pid() + "/fd/" + kfd);
        assertEquals("0", child.lines.readLine());
        assertEquals(1, Support.take(kfd).id);
        Support.destroy(kfd);
        child.process.getOutputStream().close();
        assertEquals("-1 1", child.lines.readLine());
    }

    @Test
    void aForkedChildIsAConsumerOfItsOwn() throws Exception {
        Child parent = c("fork");
        post(1);
        post(2);
        List<Long> taken = Support.get(parent.cookies());
        assertEquals(List.of(1L, 2L), taken.stream().sorted().toList());
        assertEquals(0, parent.process.waitFor());
    }

    @Test
    void aMappingThatWasMovedIsTheSameRing() throws Exception {
        post(42);
        assertEquals(List.of(42L), Support.get(c("remap").cookies()));
        untilEmpty();
    }

    @Test
    void whoOpensTheDescriptorUnderProcIsAConsumer() throws Exception {
        post(42);
        post(43);
        String path = "/proc/" + ProcessHandle.current().pid() + "/fd/" + kfd;
        assertEquals(List.of(42L), Support.get(run(reader(), path, "take", "1").cookies()));
        int here = (int) ok(Fcntl.open(path, Fcntl.O_RDWR));
        assertEquals(
                1, Kevent.kevent_map_ringbuf(here, 1).unread(), "in the owner's process another name of the queue");
        ok(Unistd.close(here));
        assertEquals(43, Support.take(kfd).cookie);
    }

    /** The busy bit stays: as if the owner had been killed while it moved records. */
    @Test
    void aConsumerWhoseOwnerWasKilledInTheMiddleOfAStepEnds() throws Exception {
        post(42);
        try (RandomAccessFile memory = new RandomAccessFile("/proc/self/fd/" + kfd, "rw")) {
            memory.seek(RingLayout.READ_AT + 7);
            memory.write(0x80);
        }
        for (Child child : List.of(c("take"), java())) {
            assertEquals(List.of(), Support.get(child.cookies()));
            assertEquals(0, child.process.waitFor());
        }
    }

    /** It may have been stopped, or waited for a processor. */
    @Test
    void aConsumerInCThatDidNotRunForSecondsDoesNotGiveUp() throws Exception {
        String program = """
                #include "kevent_ring.h"
                int main(void)
                {
                    struct kevent_ring_patience patience = {0, 0};
                    struct timespec pause = {2, 100000000};
                    int before = kevent_ring_stuck(&patience);
                    nanosleep(&pause, NULL);
                    return before + kevent_ring_stuck(&patience);
                }
                """;
        String compiled =
                compile(Files.writeString(directory.resolve("patience.c"), program), directory.resolve("patience"));
        assertEquals(0, new ProcessBuilder(compiled).start().waitFor());
    }
}
