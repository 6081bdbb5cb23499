package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.start;
import static org.sigkevent.Support.take;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The calls of unistd.h do what they do in C, and leave the library's own descriptors and requests right. */
@Timeout(120)
class UnistdTest {
    private static final byte[] TEXT = "some text".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path dir;

    private int open(String name) {
        return (int) ok(Fcntl.open(dir.resolve(name).toString(), Fcntl.O_CREAT | Fcntl.O_RDWR, 0600));
    }

    private static int[] pipe() {
        int[] ends = new int[2];
        assertEquals(0, Unistd.pipe(ends), Errno::message);
        return ends;
    }

    private static void close(int... fds) {
        for (int fd : fds) {
            assertEquals(0, Unistd.close(fd), Errno::message);
        }
    }

    @Test
    void whatIsWrittenToAPipeIsReadFromEveryKindOfBuffer() {
        int[] ends = pipe();
        ByteBuffer direct = ByteBuffer.allocateDirect(20).put(5, TEXT).position(5);
        ByteBuffer heap = ByteBuffer.allocate(20).put(5, TEXT).position(5);
        Pointer pointer = Runtime.getSystemRuntime().getMemoryManager().allocateDirect(20);
        pointer.put(0, TEXT, 0, TEXT.length);
        for (Object from : new Object[] {TEXT, direct, heap, pointer}) {
            assertEquals(TEXT.length, Unistd.write(ends[1], from, TEXT.length), Errno::message);
            byte[] into = new byte[100];
            assertEquals(TEXT.length, Unistd.read(ends[0], into, into.length), Errno::message);
            assertArrayEquals(TEXT, Arrays.copyOf(into, TEXT.length));
        }
        ByteBuffer directInto = ByteBuffer.allocateDirect(20).position(3);
        ByteBuffer heapInto = ByteBuffer.allocate(20).position(3);
        Pointer pointerInto = Runtime.getSystemRuntime().getMemoryManager().allocateDirect(20);
        byte[] got = new byte[TEXT.length];
        for (Object into : new Object[] {directInto, heapInto, pointerInto}) {
            ok(Unistd.write(ends[1], TEXT, TEXT.length));
            assertEquals(TEXT.length, Unistd.read(ends[0], into, 17), Errno::message);
            if (into instanceof ByteBuffer buffer) {
                assertEquals(3, buffer.position());
                assertEquals(20, buffer.limit());
                buffer.get(3, got);
            } else {
                ((Pointer) into).get(0, got, 0, got.length);
            }
            assertArrayEquals(TEXT, got);
        }
        close(ends[1]);
        assertEquals(0, Unistd.read(ends[0], got, got.length), "the end");
        close(ends[0]);
    }

    @Test
    void aPlaceInAFileIsReadAndWrittenAndTheOffsetStays() throws Exception {
        int fd = open("placed");
        assertEquals(TEXT.length, Unistd.pwrite(fd, TEXT, TEXT.length, 100));
        assertEquals(0, Unistd.lseek(fd, 0, Fcntl.SEEK_CUR));
        byte[] into = new byte[4];
        assertEquals(4, Unistd.pread(fd, into, 4, 105));
        assertEquals("text", new String(into, StandardCharsets.US_ASCII));
        assertEquals(100 + TEXT.length, Unistd.lseek(fd, 0, Fcntl.SEEK_END));
        long beyondInts = 1L << 33;
        assertEquals(beyondInts, Unistd.lseek(fd, beyondInts, Fcntl.SEEK_SET));
        assertEquals(1, Unistd.pwrite(fd, TEXT, 1, beyondInts));
        assertEquals(beyondInts + 1, Files.size(dir.resolve("placed")));
        assertEquals(0, Unistd.ftruncate(fd, 3));
        assertEquals(3, Files.size(dir.resolve("placed")));
        assertEquals(0, Unistd.fsync(fd));
        assertEquals(0, Unistd.fdatasync(fd));
        close(fd);
    }

    @Test
    void aNonBlockingPipeSaysEagain() {
        int[] ends = new int[2];
        assertEquals(0, Unistd.pipe2(ends, Fcntl.O_NONBLOCK));
        refused(Errno.EAGAIN, Unistd.read(ends[0], new byte[1], 1));
        byte[] much = new byte[4096];
        long written;
        do {
            written = Unistd.write(ends[1], much, much.length);
        } while (written > 0);
        refused(Errno.EAGAIN, written);
        close(ends[0]);
        refused(Errno.EPIPE, Unistd.write(ends[1], much, 1));
        close(ends[1]);
    }

    @Test
    void anInterruptEndsAReadThatWaits() throws Exception {
        int[] ends = pipe();
        AtomicReference<Thread> reader = new AtomicReference<>();
        FutureTask<Boolean> waits = start(() -> {
            reader.set(Thread.currentThread());
            refused(Errno.EINTR, Unistd.read(ends[0], new byte[1], 1));
            return Thread.currentThread().isInterrupted();
        });
        Support.until("the reader runs", () -> reader.get() != null);
        // before, in or behind the call's first step: it ends in any case
        reader.get().interrupt();
        assertFalse(get(waits), "the interrupt status is cleared");
        ok(Unistd.write(ends[1], TEXT, 1));
        assertEquals(1, Unistd.read(ends[0], new byte[1], 1), "nothing was lost");
        close(ends);
    }

    @Test
    void aReadThatNeedNotWaitLeavesTheInterruptStatus() {
        int[] ends = pipe();
        ok(Unistd.write(ends[1], TEXT, 1));
        Thread.currentThread().interrupt();
        long read = Unistd.read(ends[0], new byte[1], 1);
        assertTrue(Thread.interrupted());
        assertEquals(1, read);
        close(ends);
    }

    @Test
    void duplicatesStandForTheSameOpenFile() {
        int fd = open("duplicated");
        int dup = Unistd.dup(fd);
        assertEquals(5, Unistd.lseek(fd, 5, Fcntl.SEEK_SET));
        assertEquals(5, Unistd.lseek(dup, 0, Fcntl.SEEK_CUR));
        int other = open("other");
        assertEquals(other, Unistd.dup2(fd, other));
        assertEquals(5, Unistd.lseek(other, 0, Fcntl.SEEK_CUR));
        assertEquals(fd, Unistd.dup2(fd, fd));
        refused(Errno.EBADF, Unistd.dup2(fd, Integer.MAX_VALUE));
        close(fd, dup, other);
    }

    @Test
    void aChildInheritsWhatDup2MadeTheStandardInput() throws Exception {
        ChildJvm.run(dir, ChildJvm.command(InheritedDescriptorMain.class.getName()))
                .succeeded("through the pipe");
    }

    @Test
    void dup2OverAQueueDestroysItAndAReadInFlightGoesOn() {
        int fd = open("over");
        int kfd = Support.queue(4);
        assertEquals(kfd, Unistd.dup2(fd, kfd));
        refused(Errno.EBADF, Kevent.kevent_submit(kfd, KeventEvent.user(null), 0, null));
        refused(Errno.EBADF, Kevent.kevent_destroy(kfd, null, 0));
        close(kfd);
        int queue = Support.queue(4);
        int[] ends = pipe();
        Aiocb cb = new Aiocb();
        cb.aio_fildes = ends[0];
        cb.aio_buf = new byte[TEXT.length];
        cb.aio_nbytes = TEXT.length;
        cb.aio_sigevent = SigEvent.kevent(queue, SigVal.of(1));
        ok(Aio.aio_read(cb));
        assertEquals(ends[0], Unistd.dup2(fd, ends[0]));
        ok(Unistd.write(ends[1], TEXT, TEXT.length));
        assertEquals(TEXT.length, take(queue).result);
        Support.destroy(queue);
        close(fd, ends[0], ends[1]);
    }

    @Test
    void closingADuplicateOfAMessageQueueEndsTheRegistration() {
        String name = "/unistd-" + ProcessHandle.current().pid();
        int mqd = (int) ok(Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null));
        ok(Mqueue.mq_unlink(name));
        int kfd = Support.queue(4);
        int file = open("file");
        for (int turn = 0; turn < 2; turn++) {
            int other = Unistd.dup(mqd);
            ok(Mqueue.mq_notify(mqd, SigEvent.kevent(kfd, SigVal.of(turn))));
            ok(turn == 0 ? Unistd.close(other) : Unistd.dup2(file, other));
            KeventRecord record = take(kfd);
            assertEquals(turn, record.cookie);
            assertEquals(Kevent.KEVENT_REMOVED, record.flags);
            if (turn == 1) {
                close(other);
            }
        }
        Support.destroy(kfd);
        close(file, mqd);
    }

    @Test
    void aDuplicateOfAQueueIsTheQueueUntilTheLastIsClosed() {
        int kfd = Support.queue(4);
        int other = Unistd.dup(kfd);
        ok(Kevent.kevent_submit(other, KeventEvent.user(SigVal.of(3)), 0, null));
        assertEquals(3, take(kfd).cookie);
        Support.destroy(kfd);
        close(other);
    }

    @Test
    void namesAreRemovedAndAskedFor() throws Exception {
        String path = Files.createFile(dir.resolve("näme")).toString();
        assertEquals(0, Unistd.access(path, Unistd.F_OK));
        assertEquals(0, Unistd.access(path, Unistd.R_OK | Unistd.W_OK));
        assertEquals(0, Unistd.unlink(path));
        refused(Errno.ENOENT, Unistd.access(path, Unistd.F_OK));
        refused(Errno.ENOENT, Unistd.unlink(path));
    }

    @Test
    void aPipeIsNoTerminal() {
        int[] ends = pipe();
        assertEquals(0, Unistd.isatty(ends[0]));
        assertEquals(Errno.ENOTTY, Errno.errno());
        close(ends);
        assertEquals(0, Unistd.isatty(ends[0]));
        assertEquals(Errno.EBADF, Errno.errno());
    }

    @Test
    void theProcessAndItsUserAreNamed() throws Exception {
        assertEquals(ProcessHandle.current().pid(), Unistd.getpid());
        String status = Files.readString(Path.of("/proc/self/status"));
        assertTrue(status.contains("\nPPid:\t" + Unistd.getppid() + "\n"), status);
        assertTrue(status.contains("\nUid:\t" + Unistd.getuid() + "\t" + Unistd.geteuid() + "\t"), status);
        assertTrue(status.contains("\nGid:\t" + Unistd.getgid() + "\t" + Unistd.getegid() + "\t"), status);
        assertTrue(Files.exists(Path.of("/proc/self/task/" + Unistd.gettid())));
    }

    @Test
    void whatIsMadeIsCloseOnExec() throws Exception {
        int[] ends = pipe();
        int dup = Unistd.dup(ends[0]);
        for (int fd : new int[] {ends[0], ends[1], dup}) {
            String info = Files.readString(Path.of("/proc/self/fdinfo/" + fd));
            assertTrue(info.matches("(?s).*flags:\\s+0*2\\d{6}\\n.*"), info);
        }
        assertEquals(dup, Unistd.dup2(ends[1], dup));
        String info = Files.readString(Path.of("/proc/self/fdinfo/" + dup));
        assertTrue(info.matches("(?s).*flags:\\s+0*1\\n.*"), info);
        close(ends[0], ends[1], dup);
    }
}
