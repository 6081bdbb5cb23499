package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** What a thread allocates that waits, and that submits each kind of event; the figures stand in the documentation. */
@Timeout(120)
class AllocationTest {
    private static final int WARM = 3000;
    private static final int TIMES = 1000;
    private static final Path KINDS = Path.of("src/docs/kinds.md");

    /** A line of the table there: what is submitted, and at most how many bytes that allocates. */
    private static final Pattern LINE = Pattern.compile("\\| (`\\w+`[\\w ]*) \\| (\\d+) \\|");

    @TempDir
    Path folder;

    private int kfd;
    private KeventRing ring;
    private final KeventRecord record = new KeventRecord();

    @BeforeEach
    void makeQueue() {
        kfd = Support.queue(16);
        ring = Support.ring(kfd);
    }

    @AfterEach
    void destroyQueue() {
        Support.destroy(kfd);
    }

    private static long bytesOf(Runnable action) {
        for (int i = 0; i < WARM; i++) {
            action.run();
        }
        long before = Support.allocatedBytes();
        for (int i = 0; i < TIMES; i++) {
            action.run();
        }
        return (Support.allocatedBytes() - before) / TIMES;
    }

    @Test
    void aWaitThatSleepsAllocatesNothing() {
        TimeSpec shortly = new TimeSpec(0, 1000);
        long bytes = bytesOf(() -> Kevent.kevent_wait(kfd, ring.state(), shortly, null));
        assertTrue(bytes <= 8, bytes + " bytes");
    }

    @Test
    void takingInTheCFaceAllocatesNothing() {
        TimeSpec zero = new TimeSpec();
        TimeSpec shortly = new TimeSpec(0, 1000);
        KeventEvent event = KeventEvent.user(SigVal.of(1));
        long bytes = bytesOf(() -> {
            ok(Kevent.kevent_submit(kfd, event, 0, null));
            assertEquals(1, Kevent.kevent_take(kfd, record, null));
            assertEquals(0, Kevent.kevent_take(kfd, record, zero));
            assertEquals(0, Kevent.kevent_take(kfd, record, shortly));
        });
        assertTrue(bytes <= 8, bytes + " bytes");
    }

    @Test
    void recordsThatAreOfferedAndTakenTogetherAllocateNothing() {
        SigVal[] cookies = new SigVal[8];
        KeventRecord[] records = new KeventRecord[cookies.length];
        for (int i = 0; i < cookies.length; i++) {
            cookies[i] = SigVal.of(i);
            records[i] = new KeventRecord();
        }
        try (KeventQueue queue = KeventQueue.open(16)) {
            long bytes = bytesOf(() -> {
                queue.offer(cookies, cookies.length);
                queue.poll(records);
            });
            assertTrue(bytes <= 8, bytes + " bytes");
            assertEquals(7, records[7].cookie);
        }
    }

    private void submitAndTake(KeventEvent event) {
        ok(Kevent.kevent_submit(kfd, event, 0, null));
        take();
    }

    private void take() {
        for (int state = ring.state(); !ring.take(record); state = ring.state()) {
            Kevent.kevent_wait(kfd, state, null, null);
        }
    }

    @Test
    void submittingAllocatesWhatTheDocumentationSays() throws Exception {
        Map<String, Integer> stated = new LinkedHashMap<>();
        for (String line : Files.readAllLines(KINDS)) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.lookingAt()) {
                stated.put(matcher.group(1).replace("`", ""), Integer.parseInt(matcher.group(2)));
            }
        }
        Map<String, Long> seen = new LinkedHashMap<>();
        Map<String, Runnable> actions = actions();
        actions.forEach((kind, action) -> seen.put(kind, bytesOf(action)));
        System.out.println("bytes allocated by a submission: " + seen);
        assertEquals(stated.keySet(), seen.keySet());
        seen.forEach((kind, bytes) -> assertTrue(bytes <= stated.get(kind), kind + ": " + bytes + " bytes"));
    }

    private Map<String, Runnable> actions() {
        int file = (int) ok(Fcntl.open(folder.resolve("file").toString(), Fcntl.O_RDWR | Fcntl.O_CREAT, 0600));
        int eventfd = (int) ok(Linux.eventfd());
        Linux.signalEventfd(eventfd);
        int msqid = (int) ok(Linux.call(Native.X86_64 ? 68 : 186, 0, 0600));
        int semid = (int) ok(Linux.call(Native.X86_64 ? 64 : 190, 0, 1, 0600));
        int socket = (int) ok(Native.C.socket(1, 1, 0));
        ByteBuffer text = ByteBuffer.allocateDirect(8);
        ByteBuffer got = Memory.allocate(16);
        ByteBuffer word = Memory.allocate(4).putInt(0, 1);
        Aiocb read = new Aiocb();
        read.aio_fildes = file;
        read.aio_buf = ByteBuffer.allocateDirect(512);
        read.aio_nbytes = 512;
        read.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(1));
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, SigEvent.kevent(kfd, SigVal.of(2)), timer));
        ItimerSpec soon = new ItimerSpec();
        soon.it_value.tv_nsec = 1;
        Map<String, Runnable> actions = new LinkedHashMap<>();
        actions.put("timer_settime", () -> {
            ok(Time.timer_settime(timer[0], 0, soon, null));
            take();
        });
        actions.put("aio_read", () -> {
            ok(Aio.aio_read(read));
            take();
        });
        Aiocb pieces = new Aiocb();
        pieces.aio_fildes = file;
        pieces.aio_iov = new ByteBuffer[] {ByteBuffer.allocateDirect(64), ByteBuffer.allocateDirect(64)};
        pieces.aio_iovcnt = 2;
        pieces.aio_sigevent = read.aio_sigevent;
        actions.put("aio_readv", () -> {
            ok(Aio.aio_readv(pieces));
            take();
        });
        Aiocb silent = new Aiocb();
        silent.aio_fildes = file;
        silent.aio_buf = read.aio_buf;
        silent.aio_nbytes = 512;
        Aiocb[] list = {silent};
        actions.put("aio_suspend", () -> {
            ok(Aio.aio_read(silent));
            ok(Aio.aio_suspend(list, 1, null));
        });
        put(actions, "user", KeventEvent.user(SigVal.of(1)));
        KeventRecord again = new KeventRecord();
        again.id = Kevent.KEVENT_USER;
        actions.put("requeue", () -> submitAndTake(KeventEvent.requeue(again)));
        put(actions, "fd", KeventEvent.fd(eventfd, Poll.POLLIN, SigVal.of(1)));
        put(actions, "futex", KeventEvent.futex(word, 0, -1, false, SigVal.of(1)));
        put(actions, "msgsnd", KeventEvent.msgsnd(msqid, text, 1, SigVal.of(1)), () -> {
            Linux.call(Native.X86_64 ? 70 : 188, msqid, Memory.address(got), 8, 0, Linux.IPC_NOWAIT);
        });
        put(actions, "semop", KeventEvent.semop(semid, new short[] {0, 1, 0, 0, -1, 0}, SigVal.of(1)));
        put(actions, "listen", KeventEvent.listen(socket, 1, SigVal.of(1)));
        put(actions, "delay", KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(0, 0), SigVal.of(1)));
        put(actions, "waitid", KeventEvent.waitid(Wait.P_PID, 1, Wait.WEXITED, SigVal.of(1)));
        put(actions, "flock", KeventEvent.flock(file, Fcntl.LOCK_EX, SigVal.of(1)));
        put(actions, "lock", KeventEvent.lock(file, Fcntl.F_WRLCK, Fcntl.SEEK_SET, 0, 1, SigVal.of(1)));
        put(actions, "fdatasync", KeventEvent.fdatasync(file, SigVal.of(1)));
        put(actions, "user with an object as cookie", KeventEvent.user(SigVal.of(new Object())));
        return actions;
    }

    private void put(Map<String, Runnable> actions, String kind, KeventEvent event) {
        put(actions, kind, event, () -> {});
    }

    private void put(Map<String, Runnable> actions, String kind, KeventEvent event, Runnable after) {
        actions.put(kind, () -> {
            submitAndTake(event);
            after.run();
        });
    }
}
