package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Aio.aio_error;
import static org.sigkevent.Aio.aio_fsync;
import static org.sigkevent.Aio.aio_read;
import static org.sigkevent.Aio.aio_return;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EBUSY;
import static org.sigkevent.Errno.EFAULT;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EISDIR;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;
import static org.sigkevent.compat.Assertion.Strength.MAY;

import java.nio.ByteBuffer;
import java.util.BitSet;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Support;

/** aio_read. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class AioReadIT extends AioScene {
    // ---- what is read

    @Test
    @Assertion(id = "aio_read/1-1", says = "As many bytes as asked for go from the file into the buffer.")
    void readsTheBytesAskedFor() {
        byte[] file = new byte[1024];
        for (int i = 0; i < file.length; i++) {
            file[i] = (byte) (1 + i / 256);
        }
        byte[] into = new byte[256];
        ends(256, read(cb(tmp(file), into, 256, 512)));
        assertArrayEquals(filled(256, 3), into);
    }

    @Test
    @Assertion(id = "aio_read/3-1", says = "Status and result are asked for with the control block that was submitted.")
    void theBlockIsTheKey() {
        Aiocb cb = read(cb(tmp(new byte[111]), new byte[111]));
        assertEquals(0, await(cb));
        assertEquals(111, aio_return(cb));
    }

    @Test
    @Assertion(id = "aio_read/4-1", says = "The read starts at aio_offset, counted from the start of the file.")
    void readsAtTheOffset() {
        byte[] file = filled(1024, 1);
        System.arraycopy(filled(512, 2), 0, file, 512, 512);
        byte[] into = filled(512, 0xAA);
        ends(512, read(cb(tmp(file), into, 512, 512)));
        assertArrayEquals(filled(512, 2), into);
    }

    @Test
    @Assertion(id = "aio_read/7-1", says = "The call gives 0 when the request was queued.")
    void queuingGivesZero() {
        Aiocb cb = cb(tmp(), new byte[111]);
        assertEquals(0, aio_read(cb));
        ends(0, cb);
    }

    @Test
    @Assertion(id = "aio_read/x-eof", says = "At the end of the file and past it, a read succeeds with no bytes.")
    void theEndOfTheFileIsZeroBytes() {
        int fd = tmp("abcd");
        ends(0, read(cb(fd, new byte[10], 10, 4)));
        ends(0, read(cb(fd, new byte[10], 10, 4000)));
    }

    @Test
    @Assertion(
            id = "aio_read/p-short",
            says = "A read over the end of the file gives the bytes that are there and no others.")
    void aReadOverTheEndIsShort() {
        byte[] into = filled(10, 'x');
        ends(4, read(cb(tmp("abcd"), into)));
        assertEquals("abcdxxxxxx", text(into, 10));
    }

    @Test
    @Assertion(id = "aio_read/p-zero", says = "A read of no bytes succeeds with 0.")
    void noBytesAreAllowed() {
        ends(0, read(cb(tmp("abcd"))));
    }

    @Test
    @Assertion(id = "aio_read/x-fileoffset", says = "The descriptor's own file offset does not matter.")
    void theFileOffsetDoesNotMatter() {
        int fd = tmp("abcdefgh");
        seek(fd, 3);
        byte[] into = new byte[2];
        ends(2, read(cb(fd, into, 2, 6)));
        assertEquals("gh", text(into, 2));
    }

    @Test
    @Assertion(id = "aio_read/p-opcode", says = "aio_lio_opcode does not matter to aio_read.")
    void theOpcodeDoesNotMatter() {
        byte[] into = new byte[4];
        ends(4, read(opcode(Aio.LIO_WRITE, cb(tmp("abcd"), into))));
        assertEquals("abcd", text(into, 4));
        ends(4, read(opcode(77, cb(tmp("abcd"), into))));
    }

    @Test
    @Assertion(id = "aio_read/p-members", says = "The members of the control block are as they were, at the end too.")
    void theBlockIsNotChanged() {
        int fd = tmp("abcd");
        ByteBuffer into = ByteBuffer.allocateDirect(16).position(3).limit(9);
        Aiocb cb = cb(fd, null, 4, 1);
        cb.aio_buf = into;
        cb.aio_reqprio = 2;
        ends(3, read(cb));
        assertEquals("bcd", "" + (char) into.get(3) + (char) into.get(4) + (char) into.get(5));
        assertEquals(3, into.position());
        assertEquals(9, into.limit());
        assertTrue(cb.aio_fildes == fd
                && cb.aio_buf == into
                && cb.aio_nbytes == 4
                && cb.aio_offset == 1
                && cb.aio_reqprio == 2);
    }

    // ---- what is refused

    @Test
    @Assertion(id = "aio_read/8-1", says = "The call gives -1 and sets errno when the request cannot be queued.")
    void whatCannotBeQueuedIsMinusOne() {
        Aiocb cb = cb(0);
        cb.aio_reqprio = -1;
        Errno.errno(0);
        refused(EINVAL, aio_read(cb));
    }

    @Test
    @Assertion(id = "aio_read/10-1", says = "A descriptor that is not open is EBADF.", choice = "-1 at the call.")
    void aDescriptorThatIsNotOpen() {
        refused(EBADF, aio_read(cb(-1, new byte[111])));
        refused(EBADF, aio_read(cb(closed(), new byte[111])));
    }

    @Test
    @Assertion(
            id = "aio_read/p-direction",
            says = "A descriptor that is open for writing only is EBADF.",
            choice = "As the status.")
    void aDescriptorForWritingOnly() {
        fails(EBADF, read(cb(again(tmp("abcd"), Fcntl.O_WRONLY), new byte[4])));
        fails(EBADF, read(cb(pipe()[1], new byte[4])));
    }

    @Test
    @Assertion(id = "aio_read/11-1", says = "A negative offset is EINVAL.", choice = "-1 at the call.")
    void aNegativeOffset() {
        refused(EINVAL, aio_read(cb(tmp(new byte[111]), new byte[111], 111, -1)));
    }

    @Test
    @Assertion(id = "aio_read/11-2", says = "A negative aio_reqprio is EINVAL.", choice = "-1 at the call.")
    void aNegativePriority() {
        Aiocb cb = cb(tmp("abcd"), new byte[4]);
        cb.aio_reqprio = -1;
        refused(EINVAL, aio_read(cb));
    }

    @Test
    @Assertion(id = "aio_read/x-reqprio-max", says = "aio_reqprio may be AIO_PRIO_DELTA_MAX and not more.")
    void theLargestPriority() {
        assertTrue(Aio.AIO_PRIO_DELTA_MAX >= 0);
        Aiocb cb = cb(tmp("abcd"), new byte[4]);
        cb.aio_reqprio = Aio.AIO_PRIO_DELTA_MAX;
        ends(4, read(cb));
        cb.aio_reqprio = Aio.AIO_PRIO_DELTA_MAX + 1;
        refused(EINVAL, aio_read(cb));
    }

    @Test
    @Assertion(
            id = "aio_read/x-ssize",
            says = "More bytes than SSIZE_MAX are EINVAL.",
            strength = CHOICE,
            choice = "-1 and EINVAL at the call.")
    void moreBytesThanCanBeCounted() {
        refused(EINVAL, aio_read(cb(tmp("abcd"), new byte[4], Long.MIN_VALUE, 0)));
        refused(EINVAL, aio_read(cb(tmp("abcd"), new byte[4], -1, 0)));
    }

    @Test
    @Assertion(
            id = "aio_read/p-buffer",
            says = "A buffer that the data cannot go to is refused.",
            strength = CHOICE,
            choice = "EFAULT for null and for a read-only buffer, EINVAL for one that is too short.")
    void aBufferThatCannotTakeTheData() {
        int fd = tmp("abcd");
        refused(EFAULT, aio_read(cb(fd, null, 4, 0)));
        refused(EINVAL, aio_read(cb(fd, new byte[3], 4, 0)));
        Aiocb cb = cb(fd, null, 4, 0);
        cb.aio_buf = ByteBuffer.allocateDirect(4).asReadOnlyBuffer();
        refused(EFAULT, aio_read(cb));
    }

    @Test
    @Assertion(
            id = "aio_read/x-null",
            says = "A null control block is EINVAL and nothing is queued.",
            strength = CHOICE,
            choice = "-1 and EINVAL.")
    void aNullControlBlockIsEinval() {
        refused(EINVAL, aio_read(null));
    }

    @Test
    @Assertion(
            id = "aio_read/p-eagain",
            says = "EAGAIN when resources are short, and nothing is read and nothing notified.",
            choice = "A resource is a slot in the queue of the sigevent.")
    void aFullQueueIsEagain() {
        int small = queue(1);
        Aiocb first = cb(tmp("abcd"), new byte[4]);
        first.aio_sigevent = SigEvent.kevent(small, SigVal.of(1));
        byte[] into = new byte[4];
        Aiocb second = cb(tmp("abcd"), into);
        second.aio_sigevent = SigEvent.kevent(small, SigVal.of(2));
        read(first);
        assertEquals(0, await(first));
        refused(EAGAIN, aio_read(second));
        assertArrayEquals(new byte[4], into);
        assertEquals(1, Support.take(small).cookie);
        read(second);
        assertEquals(2, Support.take(small).cookie);
        ends(4, second);
    }

    @Test
    @Assertion(
            id = "aio_read/p-inflight",
            says = "A control block in flight is not submitted again.",
            strength = CHOICE,
            choice = "-1 and EBUSY; the request goes on.")
    void aBlockInFlightIsBusy() {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        refused(EBUSY, aio_read(cb));
        feed(pipe[1], "a");
        ends(1, cb);
    }

    @Test
    @Assertion(id = "aio_read/p-reuse", says = "A control block may be used again once its request is done.")
    void aBlockCanBeUsedAgain() {
        Aiocb cb = cb(tmp("abcd"), new byte[4]);
        for (int i = 0; i < 3; i++) {
            ends(4, read(cb));
        }
        read(cb);
        assertEquals(0, await(cb));
        cb.aio_offset = 2;
        // the former result was not taken
        ends(2, read(cb));
    }

    @Test
    @Assertion(id = "aio_read/x-dir", says = "An error of the read itself is the status of the request.")
    void anErrorOfTheReadIsTheStatus() {
        fails(EISDIR, read(cb(opened(Fcntl.open("/", Fcntl.O_RDONLY)), new byte[4])));
        fails(EISDIR, read(cb(opened(Fcntl.open("/", Fcntl.O_RDONLY)), new byte[0])));
    }

    @Test
    @Assertion(
            id = "aio_read/p-offset-maximum",
            says = "An offset that no file has gives what pread gives.",
            strength = MAY,
            choice = "At the call or as the status.")
    void anOffsetThatNoFileHas() {
        int fd = tmp("abcd");
        long offset = Long.MAX_VALUE - 1;
        long answer = LIBC.pread(fd, new byte[4], 4, offset);
        int errno = errnoOf(answer);
        Aiocb cb = cb(fd, new byte[4], 4, offset);
        if (aio_read(cb) == 0) {
            ends(errno, answer, cb);
        } else {
            assertEquals(errno, Errno.errno());
        }
    }

    // ---- streams

    @Test
    @Assertion(
            id = "aio_read/x-pipe",
            says = "Where the descriptor cannot seek the offset does not matter, and the request waits for data.")
    void aPipeIsReadWhenThereIsData() {
        int[] pipe = pipe();
        byte[] into = new byte[10];
        Aiocb cb = notified(cb(pipe[0], into, 10, 77), 1);
        read(cb);
        silent();
        inProgress(cb);
        feed(pipe[1], "xyz");
        ends(3, cb);
        assertEquals("xyz", text(into, 3));
    }

    @Test
    @Assertion(id = "aio_read/p-pipe-eof", says = "A pipe that nobody can write to any more gives 0 bytes.")
    void thePipesEndIsZeroBytes() {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        close(pipe[1]);
        ends(0, cb);
    }

    @Test
    @Assertion(
            id = "aio_read/p-nonblock",
            says = "O_NONBLOCK does not make an asynchronous read fail with EAGAIN.",
            strength = CHOICE,
            choice = "The request waits for data all the same.")
    void aNonBlockingPipeIsWaitedForToo() {
        int[] pipe = pipe(Fcntl.O_NONBLOCK);
        Aiocb cb = notified(cb(pipe[0], new byte[1]), 1);
        read(cb);
        silent();
        inProgress(cb);
        feed(pipe[1], "a");
        ends(1, cb);
    }

    @Test
    // each read is a step of its own, and other processes may want the processors too
    @Timeout(180)
    @Assertion(
            id = "aio_read/x-many",
            says = "As many requests as were accepted on one blocked descriptor end, each once.",
            choice = "1000 are accepted; served in call order.")
    void manyReadsOfOnePipe() {
        int[] pipe = pipe();
        int count = 1000;
        byte[][] into = new byte[count][1];
        Aiocb[] reads = new Aiocb[count];
        for (int i = 0; i < count; i++) {
            reads[i] = read(notified(cb(pipe[0], into[i]), i));
        }
        byte[] data = new byte[count];
        for (int i = 0; i < count; i++) {
            data[i] = (byte) (i * 7);
        }
        feed(pipe[1], data);
        BitSet seen = new BitSet();
        for (int i = 0; i < count; i++) {
            KeventRecord record = take();
            assertTrue(!seen.get((int) record.cookie), record::toString);
            seen.set((int) record.cookie);
        }
        for (int i = 0; i < count; i++) {
            ends(1, reads[i]);
            assertEquals(data[i], into[i][0]);
        }
        silent();
    }

    @Test
    @Assertion(
            id = "aio_read/x-starve",
            says = "Requests that block elsewhere do not hold up others.",
            strength = CHOICE,
            choice = "Nothing waits for a blocked request of another file.")
    void blockedRequestsStarveNobody() {
        Aiocb[] blocked = new Aiocb[40];
        for (int i = 0; i < blocked.length; i++) {
            blocked[i] = blocked(pipe()[0]);
        }
        int fd = tmp();
        ends(1, write(cb(fd, "a")));
        Aiocb sync = cb(fd);
        done(aio_fsync(Fcntl.O_SYNC, sync));
        ends(0, sync);
        for (Aiocb cb : blocked) {
            inProgress(cb);
        }
    }

    @Test
    @Assertion(id = "aio_read/p-thread", says = "A request goes on when the thread that made it has ended.")
    void aRequestOutlivesItsThread() throws Exception {
        int[] pipe = pipe();
        Aiocb cb = run(() -> blocked(pipe[0])).get();
        inProgress(cb);
        feed(pipe[1], "a");
        ends(1, cb);
    }

    @Test
    @Assertion(
            id = "aio_read/p-close",
            says = "A request that close does not cancel ends as if the descriptor were still open.",
            strength = MAY,
            choice = "close cancels nothing.")
    void closingTheDescriptorEndsNothing() {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        close(pipe[0]);
        inProgress(cb);
        feed(pipe[1], "a");
        ends(1, cb);
    }

    // ---- notification

    @Test
    @Assertion(
            id = "aio_read/x-notify-once",
            says = "One notification comes, and the status is final when it can be seen.")
    void oneRecordAndAFinalStatus() {
        Aiocb cb = read(notified(cb(tmp("abcd"), new byte[4]), 4242));
        KeventRecord record = take(4242);
        assertEquals(0, aio_error(cb));
        assertEquals(cb.aio_fildes, record.descriptor);
        assertEquals(4, record.result);
        assertEquals(0, record.error);
        silent();
        assertEquals(4, aio_return(cb));
    }

    @Test
    @Assertion(id = "aio_read/x-sigev-none", says = "With SIGEV_NONE nothing is notified, whatever the value is.")
    void noneIsSilent() {
        Aiocb cb = cb(tmp("abcd"), new byte[4]);
        cb.aio_sigevent = event(Signal.SIGEV_NONE, 4242);
        ends(4, read(cb));
        silent();
    }

    @Test
    @Assertion(
            id = "aio_read/x-bad-notify",
            says = "A sigevent that cannot be used is refused and nothing is read.",
            strength = CHOICE,
            choice = "-1 and EINVAL.")
    void anUnusableSigeventIsRefused() {
        byte[] into = new byte[4];
        Aiocb cb = cb(tmp("abcd"), into);
        cb.aio_sigevent = event(99, 1);
        refused(EINVAL, aio_read(cb));
        cb.aio_sigevent = SigEvent.kevent(-1, SigVal.of(1));
        refused(EINVAL, aio_read(cb));
        cb.aio_sigevent = SigEvent.kevent(cb.aio_fildes, SigVal.of(1));
        refused(EINVAL, aio_read(cb));
        int gone = queue(1);
        Support.destroy(gone);
        cb.aio_sigevent = SigEvent.kevent(gone, SigVal.of(1));
        refused(EINVAL, aio_read(cb));
        cb.aio_sigevent = event(Signal.SIGEV_THREAD, 1);
        refused(EINVAL, aio_read(cb));
        assertArrayEquals(new byte[4], into);
    }

    @Test
    @Assertion(
            id = "aio_read/p-null-sigevent",
            says = "A block without a sigevent is silent.",
            strength = CHOICE,
            choice = "null means SIGEV_NONE.")
    void aNullSigeventIsSilent() {
        Aiocb cb = cb(tmp("abcd"), new byte[4]);
        cb.aio_sigevent = null;
        ends(4, read(cb));
    }

    @Test
    @Assertion(id = "aio_read/p-data-with-record", says = "Who takes the record sees the bytes.", strength = KEVENT)
    void theBytesAreThereWithTheRecord() {
        int[] pipe = pipe();
        for (int i = 0; i < 100; i++) {
            byte[] into = new byte[1];
            read(notified(cb(pipe[0], into), i));
            feed(pipe[1], new byte[] {(byte) (i + 1)});
            KeventRecord record = take(i);
            assertEquals((byte) (i + 1), into[0]);
            assertEquals(Kevent.KEVENT_AIO, record.id);
        }
    }

    @Test
    @Assertion(
            id = "aio_read/p-behind-another-queue",
            says =
                    "A read behind a silent one, or one of another queue, ends although only its own queue is waited for.",
            strength = KEVENT)
    void aReadBehindThatOfAnotherQueue() {
        int other = queue(4);
        for (int i = 0; i < 4; i++) {
            int[] pipe = pipe();
            Aiocb first = cb(pipe[0], new byte[1]);
            if (i % 2 == 0) {
                first.aio_sigevent = SigEvent.kevent(other, SigVal.of(i));
            }
            read(first);
            Aiocb second = read(notified(cb(pipe[0], new byte[1]), i));
            inProgress(second);
            feed(pipe[1], "ab");
            take(i);
            ends(1, second);
            ends(1, first);
        }
    }
}
