package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.FutureTask;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Support;
import org.sigkevent.Unistd;

/** A ring, descriptors that are closed afterwards, and short words for what the assertions about asynchronous I/O do. */
abstract class AioScene {
    static final Duration QUIET = Duration.ofMillis(30);
    static final int MIB = 1 << 20;
    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUF = 7;
    private static final int SEEK_SET = 0;
    private static final int SEEK_END = 2;

    /** The synchronous calls that the results are compared with. */
    public interface C {
        int pipe2(@Out int[] fds, int flags);

        int socketpair(int domain, int type, int protocol, @Out int[] fds);

        int getsockopt(int fd, int level, int name, @Out int[] value, @In @Out int[] size);

        int dup(int fd);

        long read(int fd, @Out byte[] buffer, long length);

        long write(int fd, @In byte[] buffer, long length);

        long pread(int fd, @Out byte[] buffer, long length, long offset);

        long pwrite(int fd, @In byte[] buffer, long length, long offset);

        long lseek(int fd, long offset, int whence);
    }

    static final C LIBC = LibraryLoader.create(C.class).load("c");

    /** A queue with room for 1024 events. */
    int kfd;

    private final Deque<Integer> queues = new ConcurrentLinkedDeque<>();
    private final Deque<Integer> open = new ConcurrentLinkedDeque<>();

    @BeforeEach
    void openQueue() {
        kfd = queue(1024);
    }

    @AfterEach
    void closeAll() {
        queues.forEach(queue -> Kevent.kevent_destroy(queue, null, 0));
        open.forEach(Unistd::close);
    }

    int queue(int size) {
        int queue = Support.queue(size);
        queues.push(queue);
        return queue;
    }

    // ---- descriptors

    int opened(int fd) {
        assertTrue(fd >= 0, Errno::message);
        open.push(fd);
        return fd;
    }

    void close(int fd) {
        assertTrue(open.remove((Integer) fd));
        assertEquals(0, Unistd.close(fd), Errno::message);
    }

    /** A number that is not open. */
    int closed() {
        int fd = tmp();
        close(fd);
        return fd;
    }

    /** A file without a name that holds these bytes, open for both directions. */
    int tmp(byte... bytes) {
        try {
            Path path = Files.createTempFile("sigkevent", null);
            Files.write(path, bytes);
            int fd = opened(Fcntl.open(path.toString(), Fcntl.O_RDWR));
            Files.delete(path);
            return fd;
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    int tmp(String text) {
        return tmp(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Another open file description of what is open as {@code fd}. */
    int again(int fd, int flags) {
        return opened(Fcntl.open("/proc/self/fd/" + fd, flags));
    }

    int append() {
        return again(tmp(), Fcntl.O_RDWR | Fcntl.O_APPEND);
    }

    /** The read end and the write end. */
    int[] pipe() {
        return pipe(0);
    }

    int[] pipe(int flags) {
        int[] ends = new int[2];
        assertEquals(0, LIBC.pipe2(ends, flags | Fcntl.O_CLOEXEC));
        return new int[] {opened(ends[0]), opened(ends[1])};
    }

    /** A FIFO as one descriptor for both directions. */
    int fifo() {
        return again(pipe()[0], Fcntl.O_RDWR);
    }

    /** A pair of connected datagram sockets. */
    int[] datagrams() {
        int[] ends = new int[2];
        assertEquals(0, LIBC.socketpair(1, 2 | Fcntl.O_CLOEXEC, 0, ends));
        return new int[] {opened(ends[0]), opened(ends[1])};
    }

    static int sendBuffer(int fd) {
        int[] value = new int[1];
        assertEquals(0, LIBC.getsockopt(fd, SOL_SOCKET, SO_SNDBUF, value, new int[] {4}));
        return value[0];
    }

    static void feed(int fd, String text) {
        feed(fd, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    static void feed(int fd, byte[] bytes) {
        assertEquals(bytes.length, LIBC.write(fd, bytes, bytes.length));
    }

    static String text(byte[] bytes, int length) {
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    }

    /** What one synchronous read gives. */
    static String received(int fd, int most) {
        byte[] bytes = new byte[most];
        long n = LIBC.read(fd, bytes, most);
        assertTrue(n >= 0, "read failed");
        return text(bytes, (int) n);
    }

    static void seek(int fd, long offset) {
        assertEquals(offset, LIBC.lseek(fd, offset, SEEK_SET));
    }

    static long size(int fd) {
        return LIBC.lseek(fd, 0, SEEK_END);
    }

    static byte[] contents(int fd) {
        byte[] bytes = new byte[(int) size(fd)];
        assertEquals(bytes.length, LIBC.pread(fd, bytes, bytes.length, 0));
        return bytes;
    }

    static void holds(int fd, byte[] expected) {
        assertArrayEquals(expected, contents(fd));
    }

    static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    /** The errno of a call of {@link #LIBC}, when it gave -1. */
    static int errnoOf(long answer) {
        return answer >= 0 ? 0 : jnr.ffi.Runtime.getRuntime(LIBC).getLastError();
    }

    // ---- requests

    static Aiocb cb(int fd, byte[] buffer, long length, long offset) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd;
        cb.aio_buf = buffer;
        cb.aio_nbytes = length;
        cb.aio_offset = offset;
        return cb;
    }

    static Aiocb cb(int fd, byte[] buffer) {
        return cb(fd, buffer, buffer.length, 0);
    }

    static Aiocb cb(int fd, String text) {
        return cb(fd, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A block with nothing but a descriptor. */
    static Aiocb cb(int fd) {
        return cb(fd, null, 0, 0);
    }

    SigEvent kev(long cookie) {
        return SigEvent.kevent(kfd, SigVal.of(cookie));
    }

    static SigEvent event(int notify, long cookie) {
        SigEvent event = new SigEvent();
        event.sigev_notify = notify;
        event.sigev_value = SigVal.of(cookie);
        return event;
    }

    Aiocb notified(Aiocb cb, long cookie) {
        cb.aio_sigevent = kev(cookie);
        return cb;
    }

    static Aiocb opcode(int opcode, Aiocb cb) {
        cb.aio_lio_opcode = opcode;
        return cb;
    }

    static Aiocb read(Aiocb cb) {
        done(Aio.aio_read(cb));
        return cb;
    }

    static Aiocb write(Aiocb cb) {
        done(Aio.aio_write(cb));
        return cb;
    }

    /** A read of one byte of something that has none. */
    static Aiocb blocked(int fd) {
        return read(cb(fd, new byte[1]));
    }

    static int list(int mode, SigEvent sig, Aiocb... list) {
        return Aio.lio_listio(mode, list, list.length, sig);
    }

    static void done(long answer) {
        assertEquals(0, answer, Errno::message);
    }

    static void refused(int errno, long answer) {
        Support.refused(errno, answer);
    }

    /** Looks at the status until it is final; the status. */
    static int await(Aiocb cb) {
        Support.until("the request ends", () -> {
            Thread.yield();
            return Aio.aio_error(cb) != Errno.EINPROGRESS;
        });
        return Aio.aio_error(cb);
    }

    static void status(int errno, Aiocb cb) {
        assertEquals(Errno.strerror(errno), Errno.strerror(Aio.aio_error(cb)));
    }

    static void inProgress(Aiocb cb) {
        status(Errno.EINPROGRESS, cb);
    }

    /** That it ends with this status and this result. */
    static void ends(int errno, long result, Aiocb cb) {
        int status = await(cb);
        assertEquals(Errno.strerror(errno), Errno.strerror(status));
        assertEquals(result, Aio.aio_return(cb));
    }

    static void ends(long result, Aiocb cb) {
        ends(0, result, cb);
    }

    static void fails(int errno, Aiocb cb) {
        ends(errno, -1, cb);
    }

    // ---- records

    KeventRecord take() {
        return Support.take(kfd);
    }

    /** The next record, which must be that of a request with this cookie. */
    KeventRecord take(long cookie) {
        KeventRecord record = take();
        assertEquals(Kevent.KEVENT_AIO, record.id, record::toString);
        assertEquals(cookie, record.cookie, record::toString);
        return record;
    }

    /** That nothing comes any more. */
    void silent() {
        Support.nothing(kfd, QUIET);
    }

    // ---- threads

    /** A thread that does something, and what came of it. */
    static final class Running<T> {
        final Thread thread;
        private final FutureTask<T> task;

        Running(Callable<T> body) {
            task = new FutureTask<>(body);
            thread = new Thread(task, "compat");
            thread.setDaemon(true);
            thread.start();
        }

        /** Returns when the thread sleeps in what it does. */
        Running<T> asleep() {
            Support.untilAsleep(thread);
            return this;
        }

        boolean ended() {
            return task.isDone();
        }

        T get() throws Exception {
            return Support.get(task);
        }
    }

    static <T> Running<T> run(Callable<T> body) {
        return new Running<>(body);
    }

    /** The answer of a call, and the errno that it left on its thread. */
    static final class Answer {
        final long value;
        final int errno;

        Answer(long value) {
            this.value = value;
            this.errno = value < 0 ? Errno.errno() : 0;
        }

        void is(long expected) {
            assertEquals(expected, value, Errno.strerror(errno));
        }

        void failed(int expected) {
            assertEquals(-1, value);
            assertEquals(Errno.strerror(expected), Errno.strerror(errno));
        }
    }
}
