package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Fcntl;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.BlockingCall.ByHandlers;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** A queue, descriptors that are closed afterwards, and short words for what the tests of asynchronous I/O do. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class AioFixture {
    static final int EINPROGRESS = Errnos.EINPROGRESS;
    static final int CREATE = 0100;
    static final int O_NOCTTY = 0400;
    static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

    /** What the tests need of the C library beyond what the library binds. */
    public interface More {
        int pipe2(long fds, int flags);

        int socketpair(int domain, int type, int protocol, long fds);

        int posix_fadvise(int fd, long offset, long length, int advice);

        int fsync(int fd);

        int dup2(int from, int to);

        int posix_openpt(int flags);

        int unlockpt(int fd);

        int ptsname_r(int fd, long name, long size);

        int shutdown(int fd, int how);

        long lseek(int fd, long offset, int whence);

        int unlink(long path);
    }

    static final More MORE = LibraryLoader.create(More.class).load("c");

    Queue queue;
    private final List<Queue> queues = new java.util.concurrent.CopyOnWriteArrayList<>();
    private final Deque<Integer> open = new java.util.concurrent.ConcurrentLinkedDeque<>();
    private final Deque<String> named = new java.util.concurrent.ConcurrentLinkedDeque<>();

    @BeforeEach
    void openQueue() {
        queue = newQueue(1024);
    }

    @AfterEach
    void closeAll() {
        Thread.interrupted();
        for (Queue q : queues) {
            if (!q.dead()) {
                q.destroy();
            }
        }
        open.forEach(Linux::close);
        for (String name : named) {
            ByteBuffer path = Memory.cString(name);
            MORE.unlink(Memory.address(path));
        }
    }

    Queue newQueue(int limit) {
        Queue q = Queue.create(limit);
        queues.add(q);
        return q;
    }

    // ---- descriptors

    int opened(int fd) {
        assertTrue(fd >= 0, () -> "no descriptor: " + Errnos.name(-fd));
        open.push(fd);
        return fd;
    }

    void close(int fd) {
        open.remove((Integer) fd);
        Linux.close(fd);
    }

    /** A name for a file; it is removed at the end of the test. */
    String name() {
        return name(System.getProperty("java.io.tmpdir"));
    }

    String name(String directory) {
        String name = directory + "/sigkevent-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        named.push(name);
        return name;
    }

    int file(int flags) {
        return opened(Linux.open(name(), Fcntl.O_RDWR | Linux.O_CLOEXEC | CREATE | flags, 0600));
    }

    int file() {
        return file(0);
    }

    int fileWith(byte[] bytes) {
        int fd = file();
        write(fd, bytes);
        return fd;
    }

    int[] pipe() {
        ByteBuffer b = Memory.allocate(8);
        assertEquals(0, MORE.pipe2(Memory.address(b), Linux.O_CLOEXEC));
        return new int[] {opened(b.getInt(0)), opened(b.getInt(4))};
    }

    /** type: 1 a stream, 2 datagrams, 5 packets. */
    int[] sockets(int type) {
        ByteBuffer b = Memory.allocate(8);
        assertEquals(0, MORE.socketpair(1, type | Linux.O_CLOEXEC, 0, Memory.address(b)));
        return new int[] {opened(b.getInt(0)), opened(b.getInt(4))};
    }

    /** The two ends of a terminal: the master's, and what programs read and write. */
    int[] terminal() {
        int master = opened(MORE.posix_openpt(Fcntl.O_RDWR | O_NOCTTY | Linux.O_CLOEXEC));
        assertEquals(0, MORE.unlockpt(master));
        return new int[] {master, openTerminal(master)};
    }

    /** One more descriptor of the terminal. */
    int openTerminal(int master) {
        ByteBuffer name = Memory.allocate(64);
        assertEquals(0, MORE.ptsname_r(master, Memory.address(name), 64));
        return opened(Linux.open(text(name, 64).trim(), Fcntl.O_RDWR | O_NOCTTY | Linux.O_CLOEXEC, 0));
    }

    void write(int fd, byte... bytes) {
        ByteBuffer b = direct(bytes);
        int at = 0;
        while (at < bytes.length) {
            long n = Native.C.write(fd, Memory.address(b) + at, bytes.length - at);
            assertTrue(n > 0, () -> "write: " + Errnos.name(Native.errno()));
            at += n;
        }
    }

    void write(int fd, String text) {
        write(fd, text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    }

    /** Reads until there are so many bytes, or the end. */
    byte[] read(int fd, int length) {
        ByteBuffer b = Memory.allocate(Math.max(1, length));
        int at = 0;
        while (at < length) {
            long n = Native.C.read(fd, Memory.address(b) + at, length - at);
            assertTrue(n >= 0, () -> "read: " + Errnos.name(Native.errno()));
            if (n == 0) {
                break;
            }
            at += n;
        }
        byte[] bytes = new byte[at];
        b.get(0, bytes);
        return bytes;
    }

    byte[] contents(int fd) {
        long size = MORE.lseek(fd, 0, 2);
        MORE.lseek(fd, 0, 0);
        return read(fd, (int) size);
    }

    /** Has the kernel forget the cached pages of a file. */
    static void cool(int fd) {
        MORE.fsync(fd);
        MORE.posix_fadvise(fd, 0, 0, 4);
    }

    static ByteBuffer direct(byte... bytes) {
        ByteBuffer b = Memory.allocate(Math.max(1, bytes.length));
        b.put(0, bytes);
        return b;
    }

    static byte[] bytes(ByteBuffer b, int length) {
        byte[] bytes = new byte[length];
        b.get(0, bytes);
        return bytes;
    }

    static String text(ByteBuffer b, long length) {
        return new String(bytes(b, (int) length), java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** Bytes that differ from their neighbours and from those of another seed. */
    static byte[] pattern(int length, int seed) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8) * 7 + seed);
        }
        return bytes;
    }

    // ---- requests

    AioRequest request(int operation, int fd, ByteBuffer buffer, long length, long offset) {
        AioRequest r = new AioRequest();
        r.transfer.operation = (byte) operation;
        r.transfer.fildes = fd;
        r.transfer.memory = buffer == null ? 0 : Memory.address(buffer);
        r.transfer.total = length;
        r.transfer.position = offset;
        r.transfer.pinned = buffer;
        r.target = Destination.silent(queue);
        return r;
    }

    AioRequest reading(int fd, ByteBuffer into, long offset) {
        return request(AioTransfer.READ, fd, into, into.capacity(), offset);
    }

    AioRequest writing(int fd, byte[] bytes, long offset) {
        ByteBuffer b = direct(bytes);
        return request(AioTransfer.WRITE, fd, b, bytes.length, offset);
    }

    AioRequest writing(int fd, String text, long offset) {
        return writing(fd, text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1), offset);
    }

    AioRequest syncing(int fd) {
        return request(AioTransfer.FSYNC, fd, null, 0, 0);
    }

    AioRequest recorded(AioRequest r, long cookie) {
        r.target = Destination.records(queue, cookie, null);
        return r;
    }

    /** Submits what the fields say: 0, or an errno negated. */
    static int tried(AioRequest r) {
        int claim = r.claim();
        if (claim == 0) {
            return -Errnos.EBUSY;
        }
        int rc = -1;
        try {
            rc = AioSubmission.submit(r);
            return rc;
        } finally {
            if (rc != 0) {
                r.giveUp(claim);
            }
        }
    }

    /** lio_listio; what is null or LIO_NOP is skipped. */
    static int submitList(AioRequest[] requests, int count, boolean wait, Destination target) {
        boolean busy = false;
        try (ListIo list = ListIo.open(count)) {
            for (int i = 0; i < count; i++) {
                AioRequest r = requests[i];
                if (r != null && r.transfer.operation != AioTransfer.NOP) {
                    int claim = r.claim();
                    if (claim == 0) {
                        busy = true;
                    } else {
                        list.add(r, r, claim);
                    }
                }
            }
            int rc = list.reserve(wait, target);
            rc = rc < 0 ? rc : list.start();
            return rc == 0 && busy ? -Errnos.EIO : rc;
        }
    }

    /** Whether the object can take another submission. */
    static boolean idle(AioRequest r) {
        return r.state.phase() == AioState.IDLE;
    }

    static AioRequest submit(AioRequest r) {
        assertEquals(0, tried(r));
        return r;
    }

    /** Waits for the request and gives its status. */
    static int done(AioRequest r) {
        int rc = Suspend.any(ByHandlers.GOES_ON, new AioRequest[] {r}, 1, System.nanoTime() + PATIENCE);
        assertEquals(0, rc, () -> "not done in time: " + r);
        return r.error();
    }

    static void ended(AioRequest r, int error, long result) {
        int status = done(r);
        assertEquals(Errnos.name(error), Errnos.name(status), r::toString);
        assertEquals(result, r.takeResult(), r::toString);
    }

    static void pending(AioRequest r) {
        assertEquals(EINPROGRESS, r.error());
    }

    // ---- records

    RingRecord take() {
        return take(queue);
    }

    static RingRecord take(Queue q) {
        RingRecord record = takeWithin(q, PATIENCE);
        assertNotNull(record, "no record in time");
        return record;
    }

    static RingRecord takeWithin(Queue q, long nanos) {
        RingRecord record = new RingRecord();
        long deadline = System.nanoTime() + nanos;
        for (; ; ) {
            int state = q.state();
            if (q.poll(record)) {
                assertEquals(Kinds.KEVENT_AIO, record.id);
                return record;
            }
            int rc = q.await(state, Linux.CLOCK_MONOTONIC, deadline, false, 0);
            if (rc == -Errnos.ETIMEDOUT) {
                return q.poll(record) ? record : null;
            }
            if (rc != 0 && rc != -Errnos.EWOULDBLOCK) {
                fail("waiting for a record: " + Errnos.name(-rc));
            }
        }
    }

    void noRecord() {
        assertTrue(!queue.poll(new RingRecord()), "a record that nobody asked for");
    }

    /** Waits for something that has no event of its own. */
    static void eventually(BooleanSupplier what, String words) {
        long deadline = System.nanoTime() + PATIENCE;
        while (!what.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, words);
            // the other thread may need this processor
            LockSupport.parkNanos(20_000);
        }
    }

    static Thread start(Runnable body) {
        Thread t = new Thread(body, "test");
        t.setDaemon(true);
        t.start();
        return t;
    }

    static void join(Thread t) {
        try {
            t.join(TimeUnit.NANOSECONDS.toMillis(PATIENCE));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertTrue(!t.isAlive(), "the thread does not end");
    }
}
