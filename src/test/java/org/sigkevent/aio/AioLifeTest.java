package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.sigkevent.Fcntl;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Duplicates;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/** Requests outlive their threads, memory outlives requests, queues take their requests along; and nothing is allocated. */
class AioLifeTest extends AioFixture {
    @Test
    void coldReadsOfThreadsThatEndAreWhole() {
        byte[] data = pattern(4 << 20, 1);
        int fd = fileWith(data);
        for (int round = 0; round < 25; round++) {
            cool(fd);
            ByteBuffer[] b = {Memory.allocate(1 << 20), Memory.allocate(3 << 20)};
            AioRequest[] r = new AioRequest[2];
            join(start(() -> {
                r[0] = submit(recorded(reading(fd, b[0], 0), 0));
                r[1] = submit(reading(fd, b[1], 1 << 20));
            }));
            ended(r[1], 0, 3 << 20);
            assertEquals(1 << 20, take().result);
            assertArrayEquals(Arrays.copyOfRange(data, 0, 1 << 20), bytes(b[0], 1 << 20));
            assertArrayEquals(Arrays.copyOfRange(data, 1 << 20, 4 << 20), bytes(b[1], 3 << 20));
            noRecord();
        }
    }

    @Test
    void coldListsOfThreadsThatEndAreWhole() {
        byte[] data = pattern(16 * 65536, 1);
        int fd = fileWith(data);
        for (int round = 0; round < 20; round++) {
            cool(fd);
            ByteBuffer b = Memory.allocate(data.length);
            AioRequest[] r = new AioRequest[16];
            join(start(() -> {
                for (int i = 0; i < 16; i++) {
                    r[i] = request(AioTransfer.READ, fd, b, 65536, i * 65536);
                    r[i].transfer.memory += i * 65536;
                }
                assertEquals(0, submitList(r, 16, false, Destination.records(queue, round(r), null)));
            }));
            RingRecord record = take();
            assertEquals(0, record.error);
            assertArrayEquals(data, bytes(b, data.length));
        }
    }

    private static long round(AioRequest[] r) {
        return r.length;
    }

    @Test
    void writesOfThreadsThatEndAreWhole() {
        byte[] data = pattern(2 << 20, 4);
        for (int round = 0; round < 15; round++) {
            int fd = file(round % 2 == 0 ? 0 : org.sigkevent.sys.Linux.O_APPEND);
            AioRequest[] w = new AioRequest[2];
            join(start(() -> {
                w[0] = submit(writing(fd, Arrays.copyOf(data, 1 << 20), 0));
                w[1] = submit(writing(fd, Arrays.copyOfRange(data, 1 << 20, 2 << 20), 1 << 20));
            }));
            ended(w[0], 0, 1 << 20);
            ended(w[1], 0, 1 << 20);
            assertArrayEquals(data, contents(fd));
        }
    }

    @Test
    void streamsOfThreadsThatEnd() {
        byte[] data = pattern(300_000, 4);
        for (int round = 0; round < 40; round++) {
            int[] ends = round % 2 == 0 ? pipe() : sockets(1);
            AioRequest[] r = new AioRequest[3];
            ByteBuffer a = Memory.allocate(3);
            ByteBuffer b = Memory.allocate(3);
            join(start(() -> {
                r[0] = submit(recorded(reading(ends[0], a, 0), 1));
                r[1] = submit(recorded(reading(ends[0], b, 0), 2));
            }));
            write(ends[1], "one");
            assertEquals(1, take().cookie);
            write(ends[1], "two");
            assertEquals(2, take().cookie);
            assertEquals("onetwo", text(a, 3) + text(b, 3));
            join(start(() -> r[2] = submit(recorded(writing(ends[1], data, 0), 3))));
            assertArrayEquals(data, read(ends[0], data.length));
            assertEquals(data.length, take().result);
        }
    }

    @Test
    void whatWaitsBehindARequestOfAThreadThatEnded() {
        int[] pipe = pipe();
        AioRequest[] r = new AioRequest[3];
        for (int i = 0; i < 3; i++) {
            int at = i;
            join(start(() -> r[at] = submit(recorded(reading(pipe[0], Memory.allocate(1), 0), at))));
        }
        for (int i = 0; i < 3; i++) {
            write(pipe[1], "x");
            assertEquals(i, take().cookie);
            ended(r[i], 0, 1);
        }
    }

    @Test
    void buffersThatOnlyTheLibraryHoldsStayInPlace() {
        int[] pipe = pipe();
        int n = 200;
        int size = 1000;
        AioRequest[] r = new AioRequest[n];
        for (int i = 0; i < n; i++) {
            r[i] = recorded(reading(pipe[0], Memory.allocate(size), 0), i);
            if (i % 2 == 1) {
                r[i].transfer.buffers().heap = new byte[size];
                r[i].transfer.memory = 0;
                r[i].transfer.pinned = null;
            }
            submit(r[i]);
        }
        byte[] data = pattern(n * size, 2);
        Thread collector = start(() -> {
            for (int i = 0; i < 15; i++) {
                System.gc();
                byte[][] garbage = new byte[100][];
                for (int k = 0; k < 100; k++) {
                    garbage[k] = new byte[10_000];
                    ByteBuffer.allocateDirect(size).put(new byte[size]);
                }
            }
        });
        // what is read shows in memory; a reader that is served a whole piece each time
        for (int i = 0; i < n; i++) {
            byte[] heap = r[i].transfer.buffers().heap;
            Object pinned = r[i].transfer.pinned;
            long address = r[i].transfer.memory;
            write(pipe[1], Arrays.copyOfRange(data, i * size, (i + 1) * size));
            assertEquals(i, take().cookie);
            byte[] got = heap != null ? heap : bytes(Memory.view(address, size), size);
            assertArrayEquals(Arrays.copyOfRange(data, i * size, (i + 1) * size), got);
            java.lang.ref.Reference.reachabilityFence(pinned);
            assertNull(r[i].transfer.pinned);
            assertNull(r[i].transfer.buffers().heap);
        }
        join(collector);
    }

    @Test
    void aRequestThatOnlyTheLibraryHoldsCompletes() {
        int[] pipe = pipe();
        ByteBuffer b = Memory.allocate(10);
        for (int i = 0; i < 20; i++) {
            WeakReference<Object> weak = forgotten(pipe[0], i);
            System.gc();
            assertNotNull(weak.get(), "collected in flight");
            write(pipe[1], "abc");
            RingRecord record = take();
            assertEquals(3, record.result);
            assertNotNull(record.object);
        }
        assertNotNull(b);
    }

    private WeakReference<Object> forgotten(int fd, int cookie) {
        AioRequest r = reading(fd, Memory.allocate(10), 0);
        r.target = Destination.records(queue, cookie, new Object());
        submit(r);
        return new WeakReference<>(r);
    }

    @Test
    void aQueueTakesItsRequestsAlong() {
        int[] pipe = pipe();
        int[] full = pipe();
        int before = AioStreamTest.descriptors();
        Queue dying = Queue.create(100);
        AioRequest mine = submit(recorded(reading(pipe[0], Memory.allocate(1), 0), 1));
        AioRequest[] r = new AioRequest[6];
        for (int i = 0; i < 6; i++) {
            r[i] = i < 4 ? reading(pipe[0], Memory.allocate(1), 0) : writing(full[1], pattern(1 << 20, i), 0);
            r[i].target = i % 2 == 0 ? Destination.records(dying, i, null) : Destination.silent(dying);
            submit(r[i]);
        }
        AioRequest after = submit(recorded(reading(pipe[0], Memory.allocate(1), 0), 2));
        assertEquals(0, dying.destroy());
        for (int i = 0; i < 6; i++) {
            assertEquals(i == 4 ? 0 : Errnos.ECANCELED, r[i].state.status, r[i]::toString);
        }
        assertTrue(r[4].takeResult() >= 4096, "what the pipe had room for");
        assertEquals(-Errnos.EBADF, tried(recorded(r[0], 1, dying)));
        pending(mine);
        pending(after);
        write(pipe[1], "xy");
        assertEquals(1, take().cookie);
        assertEquals(2, take().cookie);
        eventually(() -> AioStreamTest.descriptors() <= before + 3, "descriptors left open");
    }

    private static AioRequest recorded(AioRequest r, long cookie, Queue q) {
        r.target = Destination.records(q, cookie, null);
        return r;
    }

    @Test
    void aQueueIsDestroyedInTheMiddleOfFileTransfers() {
        byte[] data = pattern(8 << 20, 1);
        int fd = fileWith(data);
        for (int round = 0; round < 10; round++) {
            cool(fd);
            Queue dying = Queue.create(100);
            ByteBuffer b = Memory.allocate(data.length);
            AioRequest r = reading(fd, b, 0);
            r.target = Destination.records(dying, 1, null);
            submit(r);
            AioRequest w = writing(file(), data, 0);
            w.target = Destination.silent(dying);
            submit(w);
            assertEquals(0, dying.destroy());
            assertTrue(r.state.status != EINPROGRESS && w.state.status != EINPROGRESS);
            long n = r.takeResult();
            for (int i = 0; i < n; i++) {
                assertEquals(data[i], b.get(i));
            }
        }
    }

    @Test
    void requestsAndDestroyAtTheSameTime() {
        int[] pipe = pipe();
        int fd = fileWith(pattern(4096, 1));
        for (int round = 0; round < 100; round++) {
            Queue dying = Queue.create(1000);
            int[] sockets = sockets(1);
            Thread submitter = start(() -> {
                for (int i = 0; i < 30; i++) {
                    AioRequest r = i % 3 == 0
                            ? reading(fd, Memory.allocate(4096), 0)
                            : i % 3 == 1
                                    ? reading(pipe[0], Memory.allocate(1), 0)
                                    : writing(sockets[0], pattern(100_000, i), 0);
                    r.target = Destination.records(dying, i, null);
                    if (tried(r) < 0) {
                        return;
                    }
                }
            });
            for (int spin = 0; spin < round * 300; spin++) {
                Thread.onSpinWait();
            }
            assertEquals(0, dying.destroy());
            join(submitter);
            close(sockets[0]);
            close(sockets[1]);
        }
        assertEquals(AioCancel.ALLDONE, AioCancel.cancel(pipe[0], null));
    }

    @Test
    void aReadAllocatesNothing() {
        int fd = fileWith(pattern(4096, 1));
        ByteBuffer b = Memory.allocate(4096);
        AioRequest r = reading(fd, b, 0);
        Destination target = Destination.records(queue, 1, null);
        RingRecord record = new RingRecord();
        long bytes = allocated(100_000, () -> {
            r.target = target;
            r.transfer.pinned = b;
            int rc = tried(r);
            while (!queue.poll(record)) {
                Thread.onSpinWait();
            }
            if (rc != 0 || r.error() != 0 || r.takeResult() != 4096) {
                throw new AssertionError("round failed");
            }
        });
        assertTrue(bytes <= 100_000, bytes + " bytes");
    }

    @Test
    void aReadThroughTheEngineAllocatesNothingEitherWhereADuplicateIsKept() throws IOException {
        Path locked = Files.createTempFile("sigkevent", "locked");
        try (FileChannel channel = FileChannel.open(locked, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertTrue(lock.isValid());
            int fd = opened(Linux.open(locked.toString(), Fcntl.O_RDONLY | Linux.O_CLOEXEC, 0));
            Duplicates.close(Duplicates.makeExact(fd), fd);
            aReadThroughTheEngineAllocatesNothing();
        } finally {
            Files.delete(locked);
        }
    }

    @Test
    void aReadThroughTheEngineAllocatesNothing() {
        int fd = file();
        int[] pipe = pipe();
        ByteBuffer b = Memory.allocate(1);
        AioRequest r = reading(pipe[0], b, 0);
        AioRequest w = writing(pipe[1], "x", 0);
        Destination target = Destination.records(queue, 1, null);
        Destination silent = Destination.silent(queue);
        RingRecord record = new RingRecord();
        long bytes = allocated(20_000, () -> {
            r.target = target;
            w.target = silent;
            if (tried(r) != 0 || tried(w) != 0) {
                throw new AssertionError("not submitted");
            }
            while (!queue.poll(record)) {
                Thread.onSpinWait();
            }
            while (w.error() == EINPROGRESS
                    // the status is there a moment before it lets go of the target
                    || !idle(w)) {
                Thread.onSpinWait();
            }
            r.takeResult();
        });
        assertTrue(bytes <= 20_000, bytes + " bytes");
        assertEquals(0, contents(fd).length);
    }

    @Test
    void aHeapArrayAllocatesNothing() {
        int fd = fileWith(pattern(4096, 1));
        byte[] into = new byte[4096];
        AioRequest r = request(AioTransfer.READ, fd, null, 4096, 0);
        Destination target = Destination.silent(queue);
        long bytes = allocated(50_000, () -> {
            r.target = target;
            r.transfer.buffers().heap = into;
            int rc = tried(r);
            while (rc == 0 && (r.error() == EINPROGRESS || !idle(r))) {
                // now and then the kernel does not do even a cached read in the call
                Thread.onSpinWait();
            }
            if (rc != 0 || r.error() != 0) {
                throw new AssertionError("round failed: " + rc + ", " + r);
            }
        });
        assertTrue(bytes <= 50_000, bytes + " bytes");
    }

    @Test
    void aListAllocatesNothing() {
        int fd = fileWith(pattern(32 * 4096, 1));
        ByteBuffer b = Memory.allocate(32 * 4096);
        AioRequest[] r = new AioRequest[32];
        for (int i = 0; i < 32; i++) {
            r[i] = request(AioTransfer.READ, fd, b, 4096, i * 4096);
            r[i].transfer.memory += i * 4096;
        }
        Destination target = Destination.records(queue, 1, null);
        RingRecord record = new RingRecord();
        long bytes = allocated(3_200, () -> {
            for (AioRequest one : r) {
                one.target = target;
            }
            if (submitList(r, 32, false, target) != 0) {
                throw new AssertionError("not submitted");
            }
            for (int i = 0; i < 33; i++) {
                while (!queue.poll(record)) {
                    Thread.onSpinWait();
                }
            }
        });
        assertTrue(bytes <= 3_200 * 32, bytes + " bytes");
    }

    private static long allocated(int rounds, Runnable round) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        for (int i = 0; i < rounds / 4; i++) {
            round.run();
        }
        long before = threads.getThreadAllocatedBytes(id);
        for (int i = 0; i < rounds; i++) {
            round.run();
        }
        return threads.getThreadAllocatedBytes(id) - before;
    }
}
