package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.sys.Arenas;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** Buffers over memory that is freed when its arena is closed: before a request, while it runs, by another thread. */
@Timeout(120)
class ArenaTest {
    private static final int LENGTH = 70_000;

    private int kfd;
    private int[] pipe;
    private int fd;

    @BeforeEach
    void open(@TempDir Path directory) throws Exception {
        kfd = Support.queue(64);
        pipe = EventSource.pipe();
        Path file = directory.resolve("data");
        byte[] data = new byte[LENGTH];
        java.util.Arrays.fill(data, (byte) 'd');
        Files.write(file, data);
        fd = (int) Support.ok(Fcntl.open(file.toString(), Fcntl.O_RDWR));
    }

    @AfterEach
    void close() {
        Support.destroy(kfd);
        Linux.close(pipe[0]);
        Linux.close(pipe[1]);
        Linux.close(fd);
    }

    private Aiocb block(int fildes, Object buffer, long bytes) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fildes;
        cb.aio_buf = buffer;
        cb.aio_nbytes = bytes;
        cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(7));
        return cb;
    }

    private KeventRecord taken() {
        return Support.take(kfd);
    }

    private static void refused(int errno, String words, Supplier<Number> call) {
        Errno.errno(0);
        assertEquals(-1, call.get().intValue());
        assertEquals(Errnos.name(errno), Errnos.name(Errno.errno()), Errno::message);
        assertTrue(Errno.message().contains(words), Errno::message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ofShared", "ofConfined"})
    void memoryOfAClosedArenaIsRefused(String kind) {
        Foreign arena = Foreign.arena(kind);
        ByteBuffer gone = arena.allocate(4096);
        ByteBuffer part = gone.duplicate().position(8).slice();
        arena.close();
        for (ByteBuffer b : new ByteBuffer[] {gone, part}) {
            refused(Errno.EFAULT, "closed", () -> Aio.aio_read(block(fd, b, 100)));
            refused(Errno.EFAULT, "closed", () -> Aio.aio_write(block(fd, b, 100)));
            Aiocb vectored = block(fd, null, 0);
            vectored.aio_iov = new ByteBuffer[] {ByteBuffer.allocateDirect(8), b};
            vectored.aio_iovcnt = 2;
            refused(Errno.EFAULT, "aio_iov[1]", () -> Aio.aio_readv(vectored));
            refused(Errno.EFAULT, "aio_iov[1]", () -> Aio.aio_writev(vectored));
            refused(
                    Errno.EFAULT,
                    "word",
                    () -> Kevent.kevent_submit(kfd, KeventEvent.futex(b, 0, -1, false, null), 0, null));
            refused(Errno.EFAULT, "mapped", () -> Kevent.kevent_submit(kfd, KeventEvent.msync(b, null), 0, null));
            refused(
                    Errno.EFAULT,
                    "into",
                    () -> Kevent.kevent_submit(kfd, KeventEvent.msgrcv(1, b, 0, 0, null), 0, null));
            refused(Errno.EFAULT, "from", () -> Kevent.kevent_submit(kfd, KeventEvent.msgsnd(1, b, 1, null), 0, null));
        }
        assertEquals(0, Kevent.kevent_map_ringbuf(kfd, 1).unread());
    }

    /** Short ones are done in the call, long ones by the engine, those of a pipe when there is something. */
    @ParameterizedTest
    @ValueSource(ints = {100, LENGTH})
    void memoryOfAnArenaIsReadIntoAndWrittenFrom(int length) {
        try (Foreign arena = Foreign.arena("ofShared")) {
            ByteBuffer b = arena.allocate(LENGTH + 10);
            b.position(10);
            assertEquals(0, Aio.aio_read(block(fd, b, length)), Errno::message);
            assertEquals(length, taken().result);
            assertEquals(0, b.get(9));
            assertEquals('d', b.get(10));
            assertEquals('d', b.get(9 + length));
            b.put(10, (byte) 'n');
            assertEquals(0, Aio.aio_write(block(fd, b, length)), Errno::message);
            assertEquals(length, taken().result);
            ByteBuffer check = ByteBuffer.allocate(2);
            assertEquals(0, Aio.aio_read(block(fd, check, 2)));
            assertEquals(2, taken().result);
            assertEquals("nd", new String(check.array(), StandardCharsets.US_ASCII));
            assertEquals(10, b.position());
            Aiocb vectored = block(fd, null, 0);
            vectored.aio_iov = new ByteBuffer[] {ByteBuffer.allocateDirect(3), arena.allocate(5)};
            vectored.aio_iovcnt = 2;
            assertEquals(0, Aio.aio_readv(vectored), Errno::message);
            assertEquals(8, taken().result);
            assertEquals('n', vectored.aio_iov[0].get(0));
            assertEquals('d', vectored.aio_iov[1].get(4));
        }
    }

    /** Only its thread can write to it, and who completes a read may be another. */
    @Test
    void aReadIntoMemoryThatBelongsToAThreadIsRefused() {
        try (Foreign arena = Foreign.arena("ofConfined")) {
            ByteBuffer b = arena.allocate(64);
            refused(Errno.EFAULT, "ofShared", () -> Aio.aio_read(block(fd, b, 64)));
            b.put(0, (byte) 'c');
            assertEquals(0, Aio.aio_write(block(fd, b, 64)), Errno::message);
            assertEquals(64, taken().result);
            Thread other = new Thread(() -> refused(Errno.EFAULT, "ofShared", () -> Aio.aio_write(block(fd, b, 64))));
            Throwable[] wrong = new Throwable[1];
            other.setUncaughtExceptionHandler((t, thrown) -> wrong[0] = thrown);
            other.start();
            Support.until("the other thread ends", () -> !other.isAlive());
            assertEquals(null, wrong[0]);
        }
    }

    /** The close does not wait for the request, and what arrives then goes nowhere. */
    @Test
    void anArenaThatIsClosedWhileARequestRunsTakesNothing() {
        for (int round = 0; round < 50; round++) {
            Foreign arena = Foreign.arena("ofShared");
            Aiocb read = block(pipe[0], arena.allocate(4096), 4096);
            assertEquals(0, Aio.aio_read(read), Errno::message);
            arena.close();
            // whoever gets the memory next
            ByteBuffer next = ByteBuffer.allocateDirect(4096);
            ByteBuffer text = Memory.cString("into freed memory");
            assertEquals(17, Native.C.write(pipe[1], Memory.address(text), 17));
            KeventRecord record = taken();
            assertEquals(-1, record.result);
            assertEquals(Errnos.name(Errno.EFAULT), Errnos.name(record.error));
            assertEquals(Errno.EFAULT, Aio.aio_error(read));
            for (int i = 0; i < 4096; i++) {
                assertEquals(0, next.get(i));
            }
        }
    }

    /** Memory that is freed when nobody has the buffer any more, or never, needs no copy. */
    @ParameterizedTest
    @ValueSource(strings = {"global", "ofAuto"})
    void memoryThatIsNotFreedIsUsedAsItIs(String kind) {
        ByteBuffer b = Foreign.arena(kind).allocate(64);
        assertTrue(!Arenas.canBeClosed(b));
        assertTrue(!Arenas.canBeClosed(ByteBuffer.allocateDirect(8)));
        assertEquals(0, Aio.aio_read(block(fd, b, 64)), Errno::message);
        assertEquals(64, taken().result);
        assertEquals('d', b.get(63));
    }

    @Test
    void messagesGoThroughMemoryOfAnArena() {
        String name = "/sigkevent-arena-" + ProcessHandle.current().pid();
        MqAttr attributes = new MqAttr();
        attributes.mq_maxmsg = 2;
        attributes.mq_msgsize = 64;
        int mqd = (int) Support.ok(Mqueue.mq_open(name, Fcntl.O_RDWR | Fcntl.O_CREAT, 0600, attributes));
        Mqueue.mq_unlink(name);
        try {
            Foreign arena = Foreign.arena("ofConfined");
            ByteBuffer b = arena.allocate(64).position(4);
            b.put(4, (byte) 'm');
            assertEquals(0, Mqueue.mq_send(mqd, b, 8, 1), Errno::message);
            b.put(4, (byte) 0);
            b.position(0);
            assertEquals(8, Mqueue.mq_receive(mqd, b, 64, null), Errno::message);
            assertEquals('m', b.get(0));
            arena.close();
            refused(Errno.EFAULT, "closed", () -> Mqueue.mq_send(mqd, b, 8, 1));
            refused(Errno.EFAULT, "closed", () -> Mqueue.mq_receive(mqd, b, 64, null));
        } finally {
            Mqueue.mq_close(mqd);
        }
    }
}
