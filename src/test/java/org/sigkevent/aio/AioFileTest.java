package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.core.Destination;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Syscalls;

/** Reads, writes and syncs of files: places, lengths, the end of the file, status, result and record. */
class AioFileTest extends AioFixture {
    @Test
    void readsAtItsPlace() {
        int fd = fileWith(pattern(1024, 1));
        ByteBuffer b = Memory.allocate(256);
        ended(submit(reading(fd, b, 512)), 0, 256);
        assertArrayEquals(Arrays.copyOfRange(pattern(1024, 1), 512, 768), bytes(b, 256));
    }

    @Test
    void writesAtItsPlaceAndOnlyThere() {
        int fd = file();
        ended(submit(writing(fd, "zz", 100)), 0, 2);
        byte[] all = contents(fd);
        assertEquals(102, all.length);
        assertEquals(0, all[99]);
        assertEquals('z', all[100]);
    }

    @Test
    void aReadEndsAtTheEndOfTheFile() {
        int fd = fileWith(new byte[] {1, 2, 3, 4});
        ByteBuffer b = Memory.allocate(10);
        ended(submit(reading(fd, b, 0)), 0, 4);
        ended(submit(reading(fd, b, 3)), 0, 1);
        ended(submit(reading(fd, b, 4)), 0, 0);
        ended(submit(reading(fd, b, 4000)), 0, 0);
    }

    @Test
    void nothingIsReadAndWrittenWithLengthZero() {
        int fd = file();
        ended(submit(writing(fd, "", 500)), 0, 0);
        ended(submit(request(AioTransfer.READ, fd, null, 0, 500)), 0, 0);
        assertEquals(0, contents(fd).length);
    }

    @Test
    void longTransfersAreWholeHotAndCold() {
        byte[] data = pattern(5 << 20, 3);
        int fd = file();
        ended(submit(writing(fd, data, 7)), 0, data.length);
        for (int round = 0; round < 2; round++) {
            cool(fd);
            ByteBuffer b = Memory.allocate(data.length);
            for (int again = 0; again < 2; again++) {
                ended(submit(reading(fd, b, 7)), 0, data.length);
                assertArrayEquals(data, bytes(b, data.length));
            }
        }
    }

    @Test
    void aReadOfWhatIsCachedInPartIsWhole() {
        byte[] data = pattern(64 << 10, 9);
        int fd = fileWith(data);
        cool(fd);
        ByteBuffer b = Memory.allocate(4096);
        ended(submit(reading(fd, b, 0)), 0, 4096);
        ByteBuffer whole = Memory.allocate(data.length);
        ended(submit(reading(fd, whole, 0)), 0, data.length);
        assertArrayEquals(data, bytes(whole, data.length));
    }

    @Test
    void aFileSystemThatKnowsNoAttemptsInTheCallerIsServed() {
        int fd = opened(Linux.open(name("/dev/shm"), Fcntl.O_RDWR | CREATE, 0600));
        for (int i = 0; i < 3; i++) {
            ended(submit(writing(fd, "abc", 3 * i)), 0, 3);
        }
        ByteBuffer b = Memory.allocate(100);
        ended(submit(reading(fd, b, 0)), 0, 9);
        assertEquals("abcabcabc", text(b, 9));
    }

    @Test
    void heapArraysAreCopiedBothWays() {
        int fd = file();
        for (int length : new int[] {1, 100, 5000, 200_000}) {
            byte[] out = pattern(length + 3, length);
            AioRequest w = request(AioTransfer.WRITE, fd, null, length, 0);
            w.transfer.buffers().heap = out;
            w.transfer.buffers().heapOffset = 2;
            submit(w);
            byte[] sent = Arrays.copyOfRange(out, 2, 2 + length);
            // what is written is what was there at the call
            Arrays.fill(out, (byte) 99);
            ended(w, 0, length);
            byte[] in = new byte[length + 2];
            AioRequest r = request(AioTransfer.READ, fd, null, length, 0);
            r.transfer.buffers().heap = in;
            r.transfer.buffers().heapOffset = 1;
            ended(submit(r), 0, length);
            assertArrayEquals(sent, Arrays.copyOfRange(in, 1, 1 + length));
            assertEquals(0, in[0]);
            assertEquals(0, in[length + 1]);
        }
    }

    @Test
    void aShortReadLeavesTheRestOfAHeapArrayAlone() {
        int fd = fileWith(new byte[] {5, 6});
        byte[] in = {9, 9, 9, 9};
        AioRequest r = request(AioTransfer.READ, fd, null, 4, 0);
        r.transfer.buffers().heap = in;
        ended(submit(r), 0, 2);
        assertArrayEquals(new byte[] {5, 6, 9, 9}, in);
    }

    @Test
    void piecesAreFilledInOrder() {
        int fd = fileWith("abcdefgh".getBytes());
        for (int pieces : new int[] {3, 100, 1024}) {
            ByteBuffer b = Memory.allocate(pieces + 7);
            AioRequest r = vector(AioTransfer.READV, fd, b, pieces);
            ended(submit(r), 0, Math.min(8, pieces + 7));
            assertEquals("abcdefgh".substring(0, Math.min(8, pieces + 7)), text(b, Math.min(8, pieces + 7)));
        }
    }

    @Test
    void aFileThatIsBornInTheSameTickWithTheNumbersOfOneThatIsGoneIsAnother() {
        for (int round = 0; round < 300; round++) {
            String name = name();
            int fd = Linux.open(name, Fcntl.O_RDWR | Linux.O_CLOEXEC | CREATE, 0600);
            write(fd, "abcdefgh");
            // more than one operation: the second one looks whether the number still means the file
            ByteBuffer b = Memory.allocate(107);
            ended(submit(vector(AioTransfer.READV, fd, b, 100)), 0, 8);
            Linux.close(fd);
            MORE.unlink(Memory.address(Memory.cString(name)));
        }
    }

    @Test
    void piecesAreWrittenInOrder() {
        for (int pieces : new int[] {3, 100, 1024}) {
            int fd = file();
            byte[] data = pattern(pieces + 7, pieces);
            ended(submit(vector(AioTransfer.WRITEV, fd, direct(data), pieces)), 0, data.length);
            assertArrayEquals(data, contents(fd));
        }
    }

    @Test
    void noPiecesAreNothing() {
        ended(submit(vector(AioTransfer.READV, file(), Memory.allocate(8), 0)), 0, 0);
    }

    /** The first piece has eight bytes, the others one. */
    AioRequest vector(int operation, int fd, ByteBuffer b, int pieces) {
        AioRequest r = request(operation, fd, b, 0, 0);
        r.transfer.memory = 0;
        r.transfer.buffers().pieces = new long[2 * pieces];
        r.transfer.buffers().pieceCount = pieces;
        long at = Memory.address(b);
        for (int i = 0; i < pieces; i++) {
            r.transfer.buffers().pieces[2 * i] = at;
            r.transfer.buffers().pieces[2 * i + 1] = i == 0 ? 8 : 1;
            at += r.transfer.buffers().pieces[2 * i + 1];
            r.transfer.total += r.transfer.buffers().pieces[2 * i + 1];
        }
        return r;
    }

    @Test
    void theRecordSaysEverything() {
        int fd = fileWith(pattern(10, 1));
        Object cookie = new Object();
        AioRequest r = reading(fd, Memory.allocate(100), 0);
        r.target = Destination.records(queue, 0xdead_beef_0123_4567L, cookie);
        long before = System.nanoTime();
        submit(r);
        RingRecord record = take();
        assertEquals(0, r.error());
        assertEquals(fd, record.descriptor);
        assertEquals(0xdead_beef_0123_4567L, record.cookie);
        assertSame(cookie, record.object);
        assertEquals(10, record.result);
        assertEquals(0, record.error);
        assertEquals(AioTransfer.READ, record.data0);
        assertEquals(0, record.data1);
        assertTrue(record.timeNanos >= before && record.timeNanos <= System.nanoTime());
        assertEquals(10, r.takeResult());
        noRecord();
    }

    @Test
    void errorsOfTheSystemCallBecomeTheStatus() {
        int dir = opened(Linux.open("/", Fcntl.O_RDONLY, 0));
        AioRequest r = submit(recorded(reading(dir, Memory.allocate(4), 0), 5));
        RingRecord record = take();
        assertEquals(Errno.EISDIR, record.error);
        assertEquals(-1, record.result);
        assertEquals(5, record.cookie);
        ended(r, Errno.EISDIR, -1);
    }

    @Test
    void aFullDeviceIsAStatus() {
        int fd = opened(Linux.open("/dev/full", Fcntl.O_WRONLY, 0));
        ended(submit(writing(fd, "0123456789", 0)), Errno.ENOSPC, -1);
    }

    @Test
    void aBadAddressIsAStatus() {
        int fd = fileWith(pattern(100, 1));
        AioRequest r = request(AioTransfer.READ, fd, null, 100, 0);
        r.transfer.memory = 16;
        ended(submit(r), Errnos.EFAULT, -1);
    }

    @Test
    void theWrongDirectionIsAStatus() {
        String name = name();
        close(opened(Linux.open(name, Fcntl.O_RDWR | CREATE, 0600)));
        int readable = opened(Linux.open(name, Fcntl.O_RDONLY, 0));
        int writable = opened(Linux.open(name, Fcntl.O_WRONLY, 0));
        AioRequest w = submit(recorded(writing(readable, "abc", 0), 3));
        assertEquals(Errnos.EBADF, take().error);
        assertEquals(Errnos.EBADF, w.error());
        ended(w, Errnos.EBADF, -1);
        ended(submit(reading(writable, Memory.allocate(3), 0)), Errnos.EBADF, -1);
    }

    @Test
    void aDescriptorThatIsNotOpenIsRefused() {
        int fd = file();
        ended(submit(writing(fd, "a", 0)), 0, 1);
        close(fd);
        for (int bad : new int[] {fd, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertEquals(-Errnos.EBADF, tried(recorded(reading(bad, Memory.allocate(4), 0), 1)));
            assertEquals(-Errnos.EBADF, tried(recorded(writing(bad, "abcd", 0), 1)));
            assertEquals(-Errnos.EBADF, tried(recorded(syncing(bad), 1)));
        }
        assertEquals(0, queue.figures().armed);
        noRecord();
    }

    @Test
    void whatCannotBeMeantIsRefusedWithNothingDone() {
        int fd = file();
        assertEquals(-Errnos.EINVAL, tried(reading(fd, Memory.allocate(4), -1)));
        assertEquals(-Errnos.EINVAL, tried(writing(fd, "abcd", Long.MIN_VALUE)));
        AioRequest array = request(AioTransfer.READ, fd, null, 10, 0);
        array.transfer.buffers().heap = new byte[12];
        array.transfer.buffers().heapOffset = 3;
        assertEquals(-Errnos.EINVAL, tried(array));
        assertEquals(0, queue.figures().armed);
        assertEquals(0, contents(fd).length);
    }

    @Test
    void everyPriorityInRangeIsServed() {
        int fd = fileWith(pattern(100, 2));
        for (int priority = 0; priority <= 20; priority++) {
            AioRequest r = reading(fd, Memory.allocate(100), 0);
            r.transfer.priority = (byte) priority;
            ended(submit(r), 0, 100);
        }
    }

    /** By a level for every three steps, from the thread's own; the lowest is 7. */
    @Test
    void theOperationOfARequestWithAPriorityHasALowerOne() {
        int fd = fileWith(pattern(100, 2));
        int own = Linux.call(Syscalls.IOPRIO_GET, 1, 0);
        assumeTrue(own >> 13 == 0, "this thread has an I/O priority of its own");
        int[] levels = {4, 5, 6, 7, 7, 7, 7};
        for (int i = 0; i < levels.length; i++) {
            AioRequest r = reading(fd, Memory.allocate(100), 0);
            r.transfer.priority = (byte) (3 * i);
            ended(submit(r), 0, 100);
            // the operation stays as it was made; without a priority it is tried in this thread first, and none is made
            assertEquals(i == 0 ? 0 : 2 << 13 | levels[i], r.transfer.ioprio);
        }
    }

    @Test
    void theStatusStaysUntilTheResultIsTakenOnce() {
        AioRequest r = reading(fileWith(pattern(10, 1)), Memory.allocate(10), 0);
        assertEquals(-1, r.error());
        assertEquals(Long.MIN_VALUE, r.takeResult());
        submit(r);
        assertEquals(0, done(r));
        assertEquals(0, r.error());
        assertEquals(10, r.takeResult());
        assertEquals(Long.MIN_VALUE, r.takeResult());
        assertEquals(-1, r.error());
    }

    @Test
    void aRequestWhoseRecordIsUnreadIsNotReusable() {
        int fd = fileWith(pattern(10, 1));
        AioRequest r = recorded(reading(fd, Memory.allocate(10), 0), 1);
        submit(r);
        ended(r, 0, 10);
        assertFalse(idle(r));
        assertEquals(-Errnos.EBUSY, tried(r));
        take();
        assertTrue(idle(r));
        submit(recorded(r, 2));
        assertEquals(2, take().cookie);
    }

    @Test
    void aFullQueueRefusesBeforeAnythingIsDone() {
        queue = newQueue(2);
        int fd = file();
        submit(recorded(writing(fd, "a", 0), 1));
        submit(recorded(writing(fd, "b", 1), 2));
        AioRequest third = recorded(writing(fd, "c", 2), 3);
        assertEquals(-Errnos.EAGAIN, tried(third));
        assertEquals(-1, third.error());
        take();
        take();
        assertEquals("ab", new String(contents(fd)));
        submit(third);
        assertEquals(3, take().cookie);
    }

    @Test
    void silentRequestsNeedNoSlot() {
        queue = newQueue(1);
        int fd = fileWith(pattern(10, 1));
        submit(recorded(reading(fd, Memory.allocate(10), 0), 1));
        for (int i = 0; i < 5; i++) {
            ended(submit(reading(fd, Memory.allocate(10), 0)), 0, 10);
        }
        take();
        noRecord();
    }

    @Test
    void aRefusedRequestCanBeMadeAgain() {
        AioRequest r = recorded(reading(-1, Memory.allocate(10), 0), 1);
        assertEquals(-Errnos.EBADF, tried(r));
        assertTrue(idle(r));
        r.transfer.fildes = fileWith(pattern(10, 1));
        submit(r);
        assertEquals(10, take().result);
    }

    @Test
    void appendedWritesKeepTheOrderOfTheCalls() {
        int fd = file(Linux.O_APPEND);
        StringBuilder expected = new StringBuilder();
        AioRequest[] all = new AioRequest[200];
        for (int i = 0; i < all.length; i++) {
            String one = String.format("%02x", i).repeat(1 + i % 5 * 300);
            expected.append(one);
            all[i] = submit(recorded(writing(fd, one, i % 2 == 0 ? 0 : -1), i));
        }
        for (int i = 0; i < all.length; i++) {
            assertEquals(i, take().cookie);
        }
        assertEquals(expected.toString(), new String(contents(fd)));
    }

    @Test
    void aSyncCountsOnlyItsDescriptor() {
        int fd = file();
        submit(writing(fd, pattern(100_000, 1), 0));
        AioRequest w = submit(writing(fd, pattern(1024, 1), 0));
        for (int operation : new int[] {AioTransfer.FSYNC, AioTransfer.FDATASYNC}) {
            AioRequest f = recorded(request(operation, fd, null, -1, -1), 7);
            f.transfer.priority = 99;
            submit(f);
            assertEquals(7, take().cookie);
            assertEquals(0, w.error());
            ended(f, 0, 0);
        }
    }

    @Test
    void aSyncOfAReadOnlyDescriptorIsAccepted() {
        String name = name();
        close(opened(Linux.open(name, Fcntl.O_RDWR | CREATE, 0600)));
        ended(submit(syncing(opened(Linux.open(name, Fcntl.O_RDONLY, 0)))), 0, 0);
    }

    @Test
    void aFileOpenedWithoutTheCacheWorks() {
        String name = name();
        int plain = opened(Linux.open(name, Fcntl.O_RDWR | CREATE, 0600));
        byte[] data = pattern(16384, 4);
        write(plain, data);
        MORE.fsync(plain);
        int fd = Linux.open(name, Fcntl.O_RDWR | Fcntl.O_DIRECT, 0);
        assumeTrue(fd >= 0, "the file system knows no O_DIRECT");
        opened(fd);
        ByteBuffer raw = Memory.allocate(16384 + 4096);
        int skip = (int) (-Memory.address(raw) & 4095);
        AioRequest r = request(AioTransfer.READ, fd, raw, 8192, 4096);
        r.transfer.memory += skip;
        ended(submit(r), 0, 8192);
        byte[] got = new byte[8192];
        raw.get(skip, got);
        assertArrayEquals(Arrays.copyOfRange(data, 4096, 4096 + 8192), got);
        r = request(AioTransfer.WRITE, fd, raw, 4096, 0);
        r.transfer.memory += skip;
        ended(submit(r), 0, 4096);
        // beyond the end: short, and then not aligned
        r = request(AioTransfer.READ, fd, raw, 8192, 12288);
        r.transfer.memory += skip;
        ended(submit(r), 0, 4096);
    }

    @Test
    void aNumberThatWasGivenToAnotherFileMeansThatOne() {
        int fd = fileWith("first".getBytes());
        ByteBuffer b = Memory.allocate(6);
        ended(submit(reading(fd, b, 0)), 0, 5);
        int other = fileWith("second".getBytes());
        MORE.dup2(other, fd);
        ended(submit(reading(fd, b, 0)), 0, 6);
        assertEquals("second", text(b, 6));
        int[] pipe = pipe();
        MORE.dup2(pipe[0], fd);
        write(pipe[1], "third");
        ended(submit(reading(fd, b, 3)), 0, 5);
        assertEquals("third", text(b, 5));
        int[] pair = sockets(1);
        MORE.dup2(pair[0], fd);
        write(pair[1], "fourth");
        ended(submit(reading(fd, b, 3)), 0, 6);
        assertEquals("fourth", text(b, 6));
        MORE.dup2(other, fd);
        ended(submit(reading(fd, b, 0)), 0, 6);
        assertEquals("second", text(b, 6));
        MORE.dup2(pair[0], fd);
        write(pair[1], "fifth");
        ended(submit(reading(fd, b, 0)), 0, 5);
        assertEquals("fifth", text(b, 5));
    }

    @Test
    void theObjectOfACookieIsLetGoWithTheRecord() {
        int fd = fileWith(pattern(10, 1));
        AioRequest r = reading(fd, Memory.allocate(10), 0);
        Object cookie = new Object();
        java.lang.ref.WeakReference<Object> weak = new java.lang.ref.WeakReference<>(cookie);
        r.target = Destination.records(queue, 1, cookie);
        submit(r);
        assertSame(cookie, take().object);
        cookie = null;
        org.sigkevent.Support.until("the cookie is collected", () -> {
            org.sigkevent.Support.collect();
            return weak.get() == null;
        });
        assertEquals(10, r.takeResult());
    }

    @Test
    void aReadWhoseDescriptorIsClosedIsWholeOrCancelledAndNeverLooksLikeTheEndOfTheFile() {
        byte[] data = pattern(8 << 20, 7);
        int source = fileWith(data);
        ByteBuffer into = Memory.allocate(data.length);
        for (int i = 0; i < 20; i++) {
            int fd = Linux.duplicate(source, 0);
            AioRequest r = submit(reading(fd, into, 0));
            Linux.close(fd);
            int error = done(r);
            long result = r.takeResult();
            assertTrue(
                    error == 0 && result == data.length || error == Errnos.ECANCELED && result == -1,
                    "error " + error + ", result " + result);
        }
    }
}
