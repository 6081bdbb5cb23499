package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Aio.aio_return;
import static org.sigkevent.Aio.aio_write;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EBUSY;
import static org.sigkevent.Errno.ECANCELED;
import static org.sigkevent.Errno.EFAULT;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.ENOSPC;
import static org.sigkevent.Errno.EPIPE;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Support;

/** aio_write. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class AioWriteIT extends AioScene {
    // ---- what is written

    @Test
    @Assertion(id = "aio_write/1-1", says = "As many bytes as asked for go from the buffer into the file.")
    void writesTheBytesAskedFor() {
        int fd = tmp();
        ends(512, write(cb(fd, filled(600, 0xAA), 512, 0)));
        byte[] back = new byte[513];
        assertEquals(512, LIBC.pread(fd, back, 513, 0));
        assertArrayEquals(filled(512, 0xAA), Arrays.copyOf(back, 512));
    }

    @Test
    @Assertion(id = "aio_write/2-1", says = "With O_APPEND, writes are appended in the order of the calls.")
    void appendsInCallOrder() {
        int fd = append();
        Aiocb[] writes = new Aiocb[3];
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < 3; i++) {
            byte[] bytes = filled(512 * (i + 1), i);
            all.writeBytes(bytes);
            writes[i] = write(cb(fd, bytes));
        }
        for (int i = 2; i >= 0; i--) {
            ends(512 * (i + 1), writes[i]);
        }
        holds(fd, all.toByteArray());
    }

    @Test
    @Assertion(
            id = "aio_write/x-append-many",
            says = "Many writes with O_APPEND are appended in the order of the calls, too.",
            choice = "Their records come in that order.")
    void appendsManyInCallOrder() {
        int fd = append();
        StringBuilder all = new StringBuilder();
        Aiocb[] writes = new Aiocb[200];
        for (int i = 0; i < writes.length; i++) {
            String two = String.format("%02x", i);
            all.append(two);
            writes[i] = write(notified(cb(fd, two), i));
        }
        for (int i = 0; i < writes.length; i++) {
            take(i);
            ends(2, writes[i]);
        }
        holds(fd, all.toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    @Assertion(id = "aio_write/p-append-offset", says = "With O_APPEND the offset does not matter.")
    void appendingIgnoresTheOffset() {
        int fd = append();
        ends(2, write(cb(fd, "ab")));
        Aiocb far = cb(fd, "cd");
        far.aio_offset = 1000;
        ends(2, write(far));
        Aiocb front = cb(fd, "ef");
        ends(2, write(front));
        assertEquals("abcdef", text(contents(fd), 6));
        assertEquals(6, size(fd));
    }

    @Test
    @Assertion(id = "aio_write/3-1", says = "aio_lio_opcode does not matter to aio_write.")
    void theOpcodeDoesNotMatter() {
        int fd = tmp();
        ends(512, write(opcode(Aio.LIO_READ, cb(fd, filled(512, 0xAA)))));
        holds(fd, filled(512, 0xAA));
    }

    @Test
    @Assertion(id = "aio_write/5-1", says = "The call gives 0 when the request was queued.")
    void queuingGivesZero() {
        Aiocb cb = cb(tmp(), new byte[512]);
        assertEquals(0, aio_write(cb));
        ends(512, cb);
    }

    @Test
    @Assertion(id = "aio_write/x-hole", says = "A write past the end makes the file longer, and the gap is zeros.")
    void aGapIsZeros() {
        int fd = tmp();
        ends(2, write(cb(fd, "zz".getBytes(StandardCharsets.ISO_8859_1), 2, 100)));
        byte[] expected = new byte[102];
        expected[100] = expected[101] = 'z';
        holds(fd, expected);
    }

    @Test
    @Assertion(id = "aio_write/x-zero", says = "A write of no bytes succeeds with 0 and does not make the file longer.")
    void noBytesAreAllowed() {
        int fd = tmp();
        ends(0, write(cb(fd, new byte[1], 0, 500)));
        assertEquals(0, size(fd));
    }

    @Test
    @Assertion(id = "aio_write/p-fileoffset", says = "The descriptor's own file offset does not matter.")
    void theFileOffsetDoesNotMatter() {
        int fd = tmp("abcdefgh");
        seek(fd, 3);
        ends(2, write(cb(fd, "XY".getBytes(StandardCharsets.ISO_8859_1), 2, 6)));
        assertEquals("abcdefXY", text(contents(fd), 8));
    }

    @Test
    @Assertion(
            id = "aio_write/x-buffer-order",
            says = "Of two writes to the same place, one is what the file holds in the end.",
            strength = CHOICE,
            choice = "Either: writes to a file are independent of each other.")
    void oneOfTwoWritesWins() {
        int fd = tmp();
        for (int i = 0; i < 50; i++) {
            Aiocb a = write(cb(fd, filled(4096, 'A')));
            Aiocb b = write(cb(fd, filled(4096, 'B')));
            ends(4096, a);
            ends(4096, b);
            byte[] file = contents(fd);
            assertTrue(file[0] == 'A' || file[0] == 'B');
            assertArrayEquals(filled(4096, file[0]), file);
        }
    }

    @Test
    @Assertion(
            id = "aio_write/p-heap",
            says = "What is written is the buffer's content at the call.",
            strength = CHOICE,
            choice = "Heap data is copied at the call; a direct buffer may not be changed before the end.")
    void heapDataIsCopiedAtTheCall() {
        int[] pipe = pipe();
        byte[] full = new byte[65536];
        feed(pipe[1], full);
        byte[] data = {'a'};
        Aiocb cb = write(cb(pipe[1], data));
        data[0] = 'b';
        assertEquals(65536, LIBC.read(pipe[0], full, 65536));
        ends(1, cb);
        assertEquals("a", received(pipe[0], 10));
    }

    // ---- what is refused

    @Test
    @Assertion(id = "aio_write/6-1", says = "The call gives -1 and sets errno when the request cannot be queued.")
    void whatCannotBeQueuedIsMinusOne() {
        Aiocb cb = cb(0);
        cb.aio_reqprio = -1;
        Errno.errno(0);
        refused(EINVAL, aio_write(cb));
    }

    @Test
    @Assertion(
            id = "aio_write/7-1",
            says = "EAGAIN when no more requests can be queued, and nothing is written.",
            choice =
                    "AIO_MAX is indeterminate; what is limited is the slots of the queue, from the call until the record is taken.")
    void aFullQueueIsEagain() {
        int small = queue(16);
        int fd = append();
        int accepted = 0;
        Aiocb cb = null;
        while (accepted < 1024) {
            cb = cb(fd, new byte[512]);
            cb.aio_sigevent = SigEvent.kevent(small, SigVal.of(accepted));
            if (aio_write(cb) < 0) {
                assertEquals(EAGAIN, Errno.errno());
                break;
            }
            accepted++;
        }
        assertEquals(16, accepted);
        assertEquals(0, Support.take(small).cookie);
        write(cb);
        for (int i = 1; i <= 16; i++) {
            assertEquals(i, Support.take(small).cookie);
        }
        assertEquals(17 * 512, size(fd));
    }

    @Test
    @Assertion(
            id = "aio_write/p-aio-max",
            says = "More requests than _POSIX_AIO_MAX can be outstanding.",
            choice = "Those that notify nobody have no limit but memory.")
    void silentRequestsHaveNoLimit() {
        int[] pipe = pipe();
        Aiocb[] reads = new Aiocb[3000];
        for (int i = 0; i < reads.length; i++) {
            reads[i] = blocked(pipe[0]);
        }
        for (Aiocb cb : reads) {
            inProgress(cb);
        }
        assertEquals(Aio.AIO_CANCELED, Aio.aio_cancel(pipe[0], null));
        for (Aiocb cb : reads) {
            fails(ECANCELED, cb);
        }
    }

    @Test
    @Assertion(id = "aio_write/8-1", says = "A descriptor that is not open is EBADF.", choice = "-1 at the call.")
    void aDescriptorThatIsNotOpen() {
        refused(EBADF, aio_write(cb(-1, new byte[512])));
        refused(EBADF, aio_write(cb(closed(), new byte[512])));
    }

    @Test
    @Assertion(
            id = "aio_write/p-direction",
            says = "A descriptor that is open for reading only is EBADF.",
            choice = "As the status.")
    void aDescriptorForReadingOnly() {
        int file = tmp("abcd");
        fails(EBADF, write(cb(again(file, Fcntl.O_RDONLY), "xyz")));
        fails(EBADF, write(cb(pipe()[0], "xyz")));
        assertEquals("abcd", text(contents(file), 4));
    }

    @Test
    @Assertion(id = "aio_write/9-1", says = "A negative offset is EINVAL.", choice = "-1 at the call.")
    void aNegativeOffset() {
        int fd = tmp();
        refused(EINVAL, aio_write(cb(fd, new byte[111], 111, -1)));
        assertEquals(0, size(fd));
    }

    @Test
    @Assertion(
            id = "aio_write/p-buffer",
            says = "A buffer that does not hold the data is refused.",
            strength = CHOICE,
            choice = "EFAULT for null, EINVAL for one that is too short or of no known type.")
    void aBufferWithoutTheData() {
        int fd = tmp();
        refused(EFAULT, aio_write(cb(fd, null, 4, 0)));
        refused(EINVAL, aio_write(cb(fd, new byte[3], 4, 0)));
        refused(EINVAL, aio_write(cb(fd, new byte[3], -1, 0)));
        Aiocb cb = cb(fd, null, 4, 0);
        cb.aio_buf = "abcd";
        refused(EINVAL, aio_write(cb));
        assertEquals(0, size(fd));
    }

    @Test
    @Assertion(
            id = "aio_write/p-read-only-buffer",
            says = "A read-only buffer can be written from.",
            strength = CHOICE,
            choice = "Allowed, direct and on the heap.")
    void aReadOnlyBufferIsASource() {
        int fd = tmp();
        ByteBuffer direct = ByteBuffer.allocateDirect(2).put(0, (byte) 'a').put(1, (byte) 'b');
        Aiocb cb = cb(fd, null, 2, 0);
        cb.aio_buf = direct.asReadOnlyBuffer();
        ends(2, write(cb));
        cb.aio_buf = ByteBuffer.wrap(new byte[] {'c', 'd'}).asReadOnlyBuffer();
        cb.aio_offset = 2;
        ends(2, write(cb));
        assertEquals("abcd", text(contents(fd), 4));
    }

    @Test
    @Assertion(
            id = "aio_write/p-null",
            says = "A null control block is EINVAL and nothing is queued.",
            strength = CHOICE,
            choice = "-1 and EINVAL.")
    void aNullControlBlockIsEinval() {
        refused(EINVAL, aio_write(null));
    }

    @Test
    @Assertion(
            id = "aio_write/p-inflight",
            says = "A control block in flight is not submitted again.",
            strength = CHOICE,
            choice = "-1 and EBUSY; the request goes on.")
    void aBlockInFlightIsBusy() {
        int[] pipe = pipe();
        Aiocb cb = write(cb(pipe[1], new byte[MIB]));
        refused(EBUSY, aio_write(cb));
        inProgress(cb);
        drain(pipe[0], MIB);
        ends(MIB, cb);
    }

    // ---- failures

    @Test
    @Assertion(id = "aio_write/x-enospc", says = "No room on the device is the status, not an error of the call.")
    void aFullDeviceIsAStatus() {
        fails(ENOSPC, write(cb(opened(Fcntl.open("/dev/full", Fcntl.O_WRONLY)), new byte[10])));
    }

    @Test
    @Assertion(id = "aio_write/p-epipe", says = "A pipe that nobody reads gives the status EPIPE.")
    void aPipeWithoutReader() {
        int[] pipe = pipe();
        close(pipe[0]);
        fails(EPIPE, write(cb(pipe[1], "abcd")));
    }

    @Test
    @Assertion(
            id = "aio_write/p-offset-maximum",
            says = "An offset that no file can have fails as pwrite does.",
            choice = "At the call or as the status.")
    void anOffsetThatNoFileCanHave() {
        int fd = tmp("abcd");
        for (long offset : new long[] {Long.MAX_VALUE - 100, Long.MAX_VALUE}) {
            int errno = errnoOf(LIBC.pwrite(fd, new byte[4], 4, offset));
            assertNotEquals(0, errno);
            Aiocb cb = cb(fd, new byte[4], 4, offset);
            if (aio_write(cb) == 0) {
                fails(errno, cb);
            } else {
                assertEquals(errno, Errno.errno());
            }
        }
        assertEquals(4, size(fd));
    }

    @Test
    @Assertion(
            id = "aio_write/x-notify-error",
            says = "A request that fails notifies once; one that is refused, not at all.")
    void failuresNotifyOnceAndRefusalsNever() {
        refused(EBADF, aio_write(notified(cb(-1, new byte[4]), 9)));
        silent();
        Aiocb cb = write(notified(cb(opened(Fcntl.open("/dev/full", Fcntl.O_WRONLY)), new byte[4]), 10));
        assertEquals(ENOSPC, take(10).error);
        silent();
        fails(ENOSPC, cb);
    }

    // ---- streams

    @Test
    @Assertion(
            id = "aio_write/p-pipe-order",
            says = "Writes to a pipe arrive in the order of the calls, and each whole.",
            strength = CHOICE,
            choice = "In call order; a long one goes on until all of it is written.")
    void streamsKeepTheOrder() {
        int[] pipe = pipe();
        Aiocb a = write(cb(pipe[1], filled(200_000, 'a')));
        Aiocb b = write(cb(pipe[1], filled(200_000, 'b')));
        byte[] all = drain(pipe[0], 400_000);
        ends(200_000, a);
        ends(200_000, b);
        assertArrayEquals(filled(200_000, 'a'), Arrays.copyOf(all, 200_000));
        assertArrayEquals(filled(200_000, 'b'), Arrays.copyOfRange(all, 200_000, 400_000));
    }

    @Test
    @Assertion(
            id = "aio_write/p-behind-read",
            says = "A write to a descriptor does not wait for a blocked read of it.",
            strength = CHOICE,
            choice = "Reads and writes of a stream go each their way.")
    void aWriteDoesNotWaitForARead() {
        int fifo = fifo();
        Aiocb read = blocked(fifo);
        ends(1, write(cb(fifo, "a")));
        ends(1, read);
    }

    private static byte[] drain(int fd, int length) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] some = new byte[65536];
        while (all.size() < length) {
            long n = LIBC.read(fd, some, Math.min(some.length, length - all.size()));
            assertTrue(n > 0, "the pipe ends early");
            all.write(some, 0, (int) n);
        }
        return all.toByteArray();
    }

    @Test
    @Assertion(
            id = "aio_write/p-result-of-each",
            says = "Each of several writes in flight has a status and a result of its own.")
    void eachHasItsOwnResult() {
        int fd = tmp();
        Aiocb[] writes = new Aiocb[20];
        for (int i = 0; i < writes.length; i++) {
            writes[i] = write(cb(fd, new byte[1000], 10 + i, 1000L * i));
        }
        for (int i = writes.length - 1; i >= 0; i--) {
            assertEquals(0, await(writes[i]));
            assertEquals(10 + i, aio_return(writes[i]));
        }
    }
}
