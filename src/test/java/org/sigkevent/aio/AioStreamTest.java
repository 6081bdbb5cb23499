package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Support;
import org.sigkevent.core.Destination;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** Pipes, sockets and terminals: order, directions, short writes, and requests that nobody drives. */
class AioStreamTest extends AioFixture {
    @Test
    void aReadOfAPipeWaitsForDataAndIgnoresTheOffset() {
        int[] pipe = pipe();
        ByteBuffer b = Memory.allocate(10);
        for (long offset : new long[] {77, -1}) {
            AioRequest r = submit(reading(pipe[0], b, offset));
            pending(r);
            write(pipe[1], "xyz");
            ended(r, 0, 3);
            assertEquals("xyz", text(b, 3));
        }
    }

    @Test
    void aReadEndsWithTheOtherEnd() {
        int[] pipe = pipe();
        AioRequest r = submit(reading(pipe[0], Memory.allocate(10), 0));
        pending(r);
        close(pipe[1]);
        ended(r, 0, 0);
    }

    @Test
    void readsOfAPipeAreServedInCallOrder() {
        int[] pipe = pipe();
        readsInOrder(pipe[0], pipe[1]);
    }

    @Test
    void readsOfASocketAreServedInCallOrder() {
        int[] pair = sockets(1);
        readsInOrder(pair[0], pair[1]);
    }

    private void readsInOrder(int from, int to) {
        ByteBuffer[] buffers = new ByteBuffer[8];
        AioRequest[] reads = new AioRequest[8];
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < reads.length; i++) {
                buffers[i] = Memory.allocate(1);
                reads[i] = submit(recorded(reading(from, buffers[i], 0), i));
            }
            if (round % 2 == 0) {
                write(to, "ABCDEFGH");
            } else {
                for (int i = 0; i < reads.length; i++) {
                    write(to, "ABCDEFGH".substring(i, i + 1));
                }
            }
            for (int i = 0; i < reads.length; i++) {
                assertEquals(i, take().cookie);
                assertEquals("ABCDEFGH".charAt(i), buffers[i].get(0));
                ended(reads[i], 0, 1);
            }
        }
    }

    @Test
    void aTerminalIsReadInCallOrder() {
        int[] ends = terminal();
        int slave = ends[1];
        ByteBuffer a = Memory.allocate(2);
        ByteBuffer b = Memory.allocate(2);
        AioRequest first = submit(reading(slave, a, 5));
        AioRequest second = submit(reading(slave, b, 5));
        write(ends[0], "1\n2\n");
        ended(second, 0, 2);
        ended(first, 0, 2);
        assertEquals("1\n2\n", text(a, 2) + text(b, 2));
    }

    @Test
    void aWriteDoesNotWaitBehindARead() {
        int[] pair = sockets(1);
        ByteBuffer b = Memory.allocate(10);
        AioRequest read = submit(reading(pair[0], b, 0));
        AioRequest queued = submit(reading(pair[0], Memory.allocate(10), 0));
        ended(submit(writing(pair[0], "request", 0)), 0, 7);
        assertArrayEquals("request".getBytes(), read(pair[1], 7));
        pending(read);
        pending(queued);
        write(pair[1], "reply");
        ended(read, 0, 5);
        pending(queued);
    }

    @Test
    void aLongWriteGoesOnUntilAllIsWritten() {
        byte[] data = pattern(1 << 20, 5);
        int[] pipe = pipe();
        int[] pair = sockets(1);
        for (int[] ends : new int[][] {{pipe[1], pipe[0]}, {pair[0], pair[1]}}) {
            AioRequest w = submit(recorded(writing(ends[0], data, 0), 1));
            // nobody drives: the driver does
            assertArrayEquals(data, read(ends[1], data.length));
            assertEquals(data.length, take().result);
            ended(w, 0, data.length);
        }
    }

    @Test
    void longWritesFollowEachOtherWithoutMixing() {
        int[] pair = sockets(1);
        int n = 6;
        int size = 300_000;
        for (int i = 0; i < n; i++) {
            byte[] one = new byte[size];
            Arrays.fill(one, (byte) i);
            submit(recorded(writing(pair[0], one, 0), i));
        }
        for (int i = 0; i < n; i++) {
            byte[] got = read(pair[1], size);
            for (byte b : got) {
                assertEquals(i, b);
            }
        }
        for (int i = 0; i < n; i++) {
            assertEquals(i, take().cookie);
        }
    }

    @Test
    void aVectoredWriteGoesOnInTheMiddleOfAPiece() {
        byte[] data = pattern(700_000, 8);
        ByteBuffer b = direct(data);
        int[] pipe = pipe();
        AioRequest w = request(AioTransfer.WRITEV, pipe[1], b, data.length, 0);
        w.transfer.buffers().pieces = new long[2 * 70];
        w.transfer.buffers().pieceCount = 70;
        for (int i = 0; i < 70; i++) {
            w.transfer.buffers().pieces[2 * i] = Memory.address(b) + i * 10_000L;
            w.transfer.buffers().pieces[2 * i + 1] = 10_000;
        }
        submit(w);
        assertArrayEquals(data, read(pipe[0], data.length));
        ended(w, 0, data.length);
    }

    @Test
    void aHeapArrayOnASocketBothWays() {
        int[] pair = sockets(1);
        byte[] in = new byte[10];
        AioRequest r = request(AioTransfer.READ, pair[0], null, 10, 0);
        r.transfer.buffers().heap = in;
        submit(r);
        AioRequest w = request(AioTransfer.WRITE, pair[1], null, 5, 0);
        w.transfer.buffers().heap = "hello".getBytes();
        ended(submit(w), 0, 5);
        ended(r, 0, 5);
        assertEquals("hello", new String(in, 0, 5));
        ended(submit(writing(pair[1], "again", 0)), 0, 5);
        r = request(AioTransfer.READ, pair[0], null, 10, 0);
        r.transfer.buffers().heap = in;
        ended(submit(r), 0, 5);
        assertEquals("again", new String(in, 0, 5));
    }

    @Test
    void datagramsKeepTheirBounds() {
        int[] pair = sockets(2);
        ended(submit(writing(pair[0], "one", 0)), 0, 3);
        ended(submit(writing(pair[0], "three", 0)), 0, 5);
        ByteBuffer b = Memory.allocate(100);
        ended(submit(request(AioTransfer.READ, pair[1], b, 0, 0)), 0, 0);
        ended(submit(reading(pair[1], b, 0)), 0, 3);
        ended(submit(reading(pair[1], b, 0)), 0, 5);
        assertEquals("three", text(b, 5));
    }

    @Test
    void aClosedPeerIsAStatusAndRaisesNothing() {
        int[] pair = sockets(1);
        int[] pipe = pipe();
        close(pair[1]);
        close(pipe[0]);
        ended(submit(writing(pair[0], "abc", 0)), Errno.EPIPE, -1);
        ended(submit(writing(pipe[1], "abc", 0)), Errno.EPIPE, -1);
        ended(submit(reading(pair[0], Memory.allocate(3), 0)), 0, 0);
    }

    @Test
    void anErrorAfterProgressEndsWithTheShortCount() {
        int[] pipe = pipe();
        AioRequest w = submit(writing(pipe[1], pattern(1 << 20, 1), 0));
        assertEquals(4096, read(pipe[0], 4096).length);
        pending(w);
        close(pipe[0]);
        assertEquals(0, done(w));
        long n = w.takeResult();
        assertTrue(n >= 65536 && n < 1 << 20, "wrote " + n);
    }

    @Test
    void nonBlockingDescriptorsWaitAllTheSame() {
        int[] pair = sockets(1 | Linux.O_NONBLOCK);
        AioRequest r = submit(reading(pair[0], Memory.allocate(5), 0));
        pending(r);
        write(pair[1], "hello");
        ended(r, 0, 5);
        byte[] data = pattern(1 << 20, 2);
        AioRequest w = submit(writing(pair[0], data, 0));
        byte[] got = new byte[data.length];
        int at = 0;
        ByteBuffer b = Memory.allocate(data.length);
        while (at < got.length) {
            long n = Native.C.read(pair[1], Memory.address(b) + at, got.length - at);
            assertTrue(n > 0 || Native.errno() == Errnos.EAGAIN);
            at += (int) Math.max(0, n);
        }
        assertArrayEquals(data, bytes(b, data.length));
        ended(w, 0, data.length);
    }

    @Test
    void aSyncWaitsForWhatWasQueuedBeforeItAndNotForLater() {
        String name = name();
        int made = new ProcessFifo().make(name);
        assumeTrue(made == 0, "no FIFOs here");
        int fd = opened(Linux.open(name, Fcntl.O_RDWR, 0));
        AioRequest a = submit(recorded(reading(fd, Memory.allocate(1), 0), 1));
        AioRequest f = submit(recorded(syncing(fd), 2));
        AioRequest b = submit(recorded(reading(fd, Memory.allocate(1), 0), 3));
        pending(a);
        pending(f);
        write(fd, "x");
        assertEquals(1, take().cookie);
        assertEquals(2, take().cookie);
        ended(f, Errnos.EINVAL, -1);
        pending(b);
        write(fd, "y");
        assertEquals(3, take().cookie);
    }

    /** mkfifo by the machine's own tool. */
    private static final class ProcessFifo {
        int make(String name) {
            try {
                return new ProcessBuilder("mkfifo", name).start().waitFor();
            } catch (java.io.IOException | InterruptedException e) {
                return -1;
            }
        }
    }

    @Test
    void aSyncOfAPipeFails() {
        ended(submit(syncing(pipe()[1])), Errnos.EINVAL, -1);
    }

    @Test
    void closingTheNumberDoesNotTurnQueuedRequestsToAnotherFile() {
        int[] pipe = pipe();
        int[] other = pipe();
        ByteBuffer b = Memory.allocate(3);
        AioRequest first = submit(recorded(reading(pipe[0], Memory.allocate(3), 0), 1));
        AioRequest second = submit(recorded(reading(pipe[0], b, 0), 2));
        MORE.dup2(other[0], pipe[0]);
        AioRequest elsewhere = submit(recorded(reading(pipe[0], Memory.allocate(3), 0), 3));
        write(other[1], "new");
        assertEquals(3, take().cookie);
        pending(first);
        pending(second);
        write(pipe[1], "old");
        assertEquals(1, take().cookie);
        pending(second);
        write(pipe[1], "OLD");
        assertEquals(2, take().cookie);
        assertEquals("OLD", text(b, 3));
        ended(elsewhere, 0, 3);
    }

    @Test
    void aWriteThatWasCutShortGoesOnAfterTheNumberWasClosed() {
        int[] pipe = pipe();
        byte[] data = pattern(500_000, 6);
        AioRequest w = submit(writing(pipe[1], data, 0));
        close(pipe[1]);
        int reused = opened(Linux.open(name(), Fcntl.O_RDWR | CREATE, 0600));
        assertArrayEquals(data, read(pipe[0], data.length));
        ended(w, 0, data.length);
        assertEquals(0, read(pipe[0], 1).length, "the end of the stream");
        assertEquals(0, contents(reused).length);
    }

    @Test
    void theEndOfAStreamComesAlthoughNobodyDrives() {
        int[] pipe = pipe();
        submit(writing(pipe[1], pattern(100_000, 1), 0));
        close(pipe[1]);
        assertEquals(100_000, read(pipe[0], 200_000).length);
    }

    @Test
    void appendedWritesWhoseNumberIsGivenAwayDoNotReachTheOtherFile() {
        assumeTrue(
                queue.engine().asynchronous,
                "the epoll engine's helpers look a file's descriptor up when its turn has come, as the C library's do");
        int fd = file(Linux.O_APPEND);
        byte[] big = pattern(3 << 20, 1);
        AioRequest first = submit(writing(fd, big, 0));
        AioRequest second = submit(writing(fd, "second", 0));
        int other = file();
        MORE.dup2(other, fd);
        int status = done(second);
        assertTrue(status == 0 || status == Errnos.ECANCELED, () -> Errnos.name(status));
        ended(first, 0, big.length);
        assertEquals(0, contents(other).length);
    }

    @Test
    void manyReadsOfOnePipeAreEachServedOnce() {
        int[] pipe = pipe();
        int n = 1000;
        ByteBuffer all = Memory.allocate(n);
        for (int i = 0; i < n; i++) {
            AioRequest r = request(AioTransfer.READ, pipe[0], all, 1, 0);
            r.transfer.memory += i;
            submit(recorded(r, i));
        }
        byte[] data = pattern(n, 3);
        write(pipe[1], data);
        for (int i = 0; i < n; i++) {
            assertEquals(i, take().cookie);
        }
        assertArrayEquals(data, bytes(all, n));
    }

    @Test
    void blockedPipesDoNotStarveAFile() {
        for (int i = 0; i < 50; i++) {
            submit(reading(pipe()[0], Memory.allocate(1), 0));
        }
        ended(submit(writing(file(), "a", 0)), 0, 1);
    }

    @Test
    void queuedReadsGoOnWhenTheirThreadNeverCallsAgain() {
        int[] pipe = pipe();
        ByteBuffer[] b = {Memory.allocate(1), Memory.allocate(1), Memory.allocate(1)};
        for (ByteBuffer one : b) {
            submit(reading(pipe[0], one, 0));
        }
        write(pipe[1], "123");
        // only the pipe and plain memory are looked at: no call of the library
        eventually(() -> b[2].get(0) == '3', "the third read never happened");
        assertEquals("12", text(b[0], 1) + text(b[1], 1));
    }

    @Test
    void aThreadThatWaitsInItsOwnReadForThePeersAnswerIsServed() {
        int[] pair = sockets(1);
        byte[] question = pattern(2 << 20, 4);
        Thread peer = start(() -> {
            assertArrayEquals(question, read(pair[1], question.length));
            write(pair[1], "answer");
        });
        submit(writing(pair[0], Arrays.copyOf(question, 1 << 20), 0));
        submit(writing(pair[0], Arrays.copyOfRange(question, 1 << 20, 2 << 20), 0));
        assertEquals("answer", new String(read(pair[0], 6)));
        join(peer);
    }

    @Test
    void noDescriptorIsLeftBehind() {
        int before = descriptors();
        for (int i = 0; i < 50; i++) {
            int[] pipe = pipe();
            AioRequest[] r = {reading(pipe[0], Memory.allocate(1), 0), reading(pipe[0], Memory.allocate(1), 0)};
            submit(r[0]);
            submit(r[1]);
            AioRequest w = submit(writing(pipe[1], pattern(100_000, 1), 0));
            read(pipe[0], 99_998);
            done(r[0]);
            done(r[1]);
            done(w);
            close(pipe[0]);
            close(pipe[1]);
        }
        // the driver's own may be new
        eventually(() -> descriptors() <= before + 3, "descriptors left open");
    }

    static int descriptors() {
        return new java.io.File("/proc/self/fd").list().length;
    }

    @Test
    void aThousandReadsThatWaitDoNotHoldUpAWriteOfAFile() {
        AioRequest[] waiting = new AioRequest[1000];
        int[][] pipes = new int[waiting.length][];
        for (int i = 0; i < waiting.length; i++) {
            pipes[i] = pipe();
            waiting[i] = submit(reading(pipes[i][0], Memory.allocate(1), 0));
        }
        int fd = file();
        byte[] data = pattern(1 << 20, 5);
        ended(submit(writing(fd, data, 0)), 0, data.length);
        assertArrayEquals(data, contents(fd));
        long inTheKernel = Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().startsWith("sigkevent") && t.getState() == Thread.State.RUNNABLE)
                // helpers that earlier tests left idle are parked
                .count();
        assertTrue(inTheKernel < 50, inTheKernel + " threads for reads that wait");
        for (int i = 0; i < waiting.length; i++) {
            pending(waiting[i]);
            write(pipes[i][1], "x");
        }
        for (AioRequest one : waiting) {
            ended(one, 0, 1);
        }
    }

    @Test
    void aSmallWriteToAFullNonBlockingPipeGoesOnWithoutFurtherCallsAlsoWhenItsNumberIsClosed() {
        int[] pipe = pipe();
        // F_SETFL
        assertEquals(0, Native.C.fcntl(pipe[1], 4, Linux.O_NONBLOCK | Fcntl.O_WRONLY));
        ByteBuffer fill = Memory.allocate(65536);
        assertEquals(65536, Native.C.write(pipe[1], Memory.address(fill), 65536));
        AioRequest w = writing(pipe[1], "abc", 0);
        w.target = Destination.silent(queue);
        submit(w);
        close(pipe[1]);
        assertEquals(65536, read(pipe[0], 65536).length);
        assertEquals(0, Native.C.fcntl(pipe[0], 4, Linux.O_NONBLOCK));
        ByteBuffer got = Memory.allocate(3);
        Support.until("the write", () -> Native.C.read(pipe[0], Memory.address(got), 3) == 3);
        assertEquals("abc", text(got, 3));
        ended(w, 0, 3);
    }
}
