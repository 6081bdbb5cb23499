package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Aio.AIO_ALLDONE;
import static org.sigkevent.Aio.AIO_CANCELED;
import static org.sigkevent.Aio.AIO_NOTCANCELED;
import static org.sigkevent.Aio.aio_cancel;
import static org.sigkevent.Aio.aio_error;
import static org.sigkevent.Aio.aio_fsync;
import static org.sigkevent.Aio.aio_return;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.ECANCELED;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.MAY;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventRecord;
import org.sigkevent.Signal;

/** aio_cancel. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class AioCancelIT extends AioScene {
    /** A socket that takes two writes, and eight writes to it: two are done, the third waits, and the others behind it. */
    private final class EightWrites {
        final int socket;
        final int peer;
        final int length;
        final byte[] data;
        final Aiocb[] writes = new Aiocb[8];

        EightWrites() {
            int[] pair = datagrams();
            socket = pair[0];
            peer = pair[1];
            length = sendBuffer(socket) / 2;
            data = new byte[length];
            for (int i = 0; i < writes.length; i++) {
                writes[i] = write(cb(socket, data));
            }
            assertEquals(0, await(writes[0]));
            assertEquals(0, await(writes[1]));
            inProgress(writes[2]);
        }

        /** Has the peer take so many datagrams, which must come. */
        void drain(int count) {
            for (int i = 0; i < count; i++) {
                assertEquals(length, LIBC.read(peer, new byte[length], length));
            }
        }
    }

    @Test
    @Assertion(id = "aio_cancel/1-1", says = "A request can be named by its control block.")
    void oneRequestIsNamed() {
        int fd = tmp();
        Aiocb cb = write(cb(fd, new byte[1024]));
        int answer = aio_cancel(fd, cb);
        assertTrue(answer == AIO_CANCELED || answer == AIO_NOTCANCELED || answer == AIO_ALLDONE);
        await(cb);
    }

    @Test
    @Assertion(id = "aio_cancel/p-constants", says = "The three answers are different, and none is -1.")
    void theAnswersAreDifferent() {
        assertNotEquals(AIO_CANCELED, AIO_NOTCANCELED);
        assertNotEquals(AIO_CANCELED, AIO_ALLDONE);
        assertNotEquals(AIO_NOTCANCELED, AIO_ALLDONE);
        assertTrue(AIO_CANCELED != -1 && AIO_NOTCANCELED != -1 && AIO_ALLDONE != -1);
    }

    @Test
    @Assertion(id = "aio_cancel/2-2", says = "A descriptor without requests is no error.", choice = "AIO_ALLDONE.")
    void nothingToCancelIsAlldone() {
        assertEquals(AIO_ALLDONE, aio_cancel(tmp(), null));
        assertEquals(AIO_ALLDONE, aio_cancel(pipe()[0], null));
    }

    @Test
    @Assertion(id = "aio_cancel/4-1", says = "A cancelled request has the status ECANCELED and the result -1.")
    void cancelledRequestsFailWithEcanceled() {
        EightWrites eight = new EightWrites();
        assertNotEquals(-1, aio_cancel(eight.socket, null));
        for (int i = 3; i < 8; i++) {
            status(ECANCELED, eight.writes[i]);
            assertEquals(-1, aio_return(eight.writes[i]));
        }
        eight.drain(2);
    }

    @Test
    @Assertion(
            id = "aio_cancel/5-1",
            says = "What could not be cancelled goes on as submitted; the others are cancelled.",
            strength = MAY,
            choice = "The write that waits for room is cancelled too: AIO_CANCELED. The blocks are as they were.")
    void whatWaitsForRoomIsCancelledToo() {
        EightWrites eight = new EightWrites();
        assertEquals(AIO_CANCELED, aio_cancel(eight.socket, null));
        status(0, eight.writes[0]);
        status(0, eight.writes[1]);
        for (int i = 2; i < 8; i++) {
            Aiocb cb = eight.writes[i];
            status(ECANCELED, cb);
            assertEquals(eight.socket, cb.aio_fildes);
            assertSame(eight.data, cb.aio_buf);
            assertEquals(eight.length, cb.aio_nbytes);
            assertEquals(0, cb.aio_offset);
            assertEquals(Signal.SIGEV_NONE, cb.aio_sigevent.sigev_notify);
        }
        eight.drain(2);
    }

    @Test
    @Assertion(id = "aio_cancel/6-1", says = "AIO_CANCELED says that the named request was cancelled; no other is.")
    void onlyTheNamedRequestIsCancelled() {
        EightWrites eight = new EightWrites();
        assertEquals(AIO_CANCELED, aio_cancel(eight.socket, eight.writes[5]));
        status(ECANCELED, eight.writes[5]);
        for (int i : new int[] {2, 3, 4, 6, 7}) {
            inProgress(eight.writes[i]);
        }
        eight.drain(7);
        for (int i : new int[] {2, 3, 4, 6, 7}) {
            ends(eight.length, eight.writes[i]);
        }
    }

    @Test
    @Assertion(
            id = "aio_cancel/p-running",
            says = "A request that waits in the kernel can be cancelled, and the next one goes on.",
            strength = MAY,
            choice = "AIO_CANCELED.")
    void aRequestThatWaitsInTheKernelIsCancelled() {
        int[] pipe = pipe();
        Aiocb a = blocked(pipe[0]);
        Aiocb b = blocked(pipe[0]);
        assertEquals(AIO_CANCELED, aio_cancel(pipe[0], a));
        fails(ECANCELED, a);
        inProgress(b);
        feed(pipe[1], "b");
        ends(1, b);
    }

    @Test
    @Assertion(id = "aio_cancel/8-1", says = "AIO_ALLDONE says that everything asked for was done before.")
    void whatIsDoneIsAlldone() {
        int fd = tmp();
        Aiocb cb = write(cb(fd, new byte[1024]));
        await(cb);
        assertEquals(AIO_ALLDONE, aio_cancel(fd, cb));
        assertEquals(AIO_ALLDONE, aio_cancel(fd, null));
        ends(1024, cb);
    }

    @Test
    @Assertion(
            id = "aio_cancel/p-no-request",
            says = "A block that stands for no request has nothing to be cancelled.",
            strength = CHOICE,
            choice = "AIO_ALLDONE, for one never submitted and for one whose result was taken.")
    void aBlockWithoutRequestIsAlldone() {
        int fd = tmp();
        Aiocb cb = cb(fd, new byte[4]);
        assertEquals(AIO_ALLDONE, aio_cancel(fd, cb));
        ends(4, write(cb));
        assertEquals(AIO_ALLDONE, aio_cancel(fd, cb));
    }

    @Test
    @Assertion(id = "aio_cancel/9-1", says = "Failure is -1 with errno.")
    void failureIsMinusOne() {
        Errno.errno(0);
        assertEquals(-1, aio_cancel(-1, null));
        assertNotEquals(0, Errno.errno());
    }

    @Test
    @Assertion(id = "aio_cancel/10-1", says = "A descriptor that is not open is EBADF.")
    void aDescriptorThatIsNotOpen() {
        refused(EBADF, aio_cancel(-1, null));
        refused(EBADF, aio_cancel(closed(), null));
        int closed = closed();
        refused(EBADF, aio_cancel(closed, cb(closed)));
    }

    @Test
    @Assertion(
            id = "aio_cancel/x-mismatch",
            says = "A block that was submitted on another descriptor.",
            strength = CHOICE,
            choice = "-1 and EINVAL, and it goes on.")
    void aBlockOfAnotherDescriptor() {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        refused(EINVAL, aio_cancel(tmp(), cb));
        refused(EINVAL, aio_cancel(pipe[1], cb));
        inProgress(cb);
        feed(pipe[1], "a");
        ends(1, cb);
    }

    @Test
    @Assertion(id = "aio_cancel/p-descriptor", says = "Requests of other descriptors are left alone.")
    void otherDescriptorsAreLeftAlone() {
        int[] pipe = pipe();
        int[] other = pipe();
        Aiocb a = blocked(pipe[0]);
        Aiocb b = blocked(other[0]);
        assertEquals(AIO_CANCELED, aio_cancel(pipe[0], null));
        fails(ECANCELED, a);
        inProgress(b);
        assertEquals(AIO_ALLDONE, aio_cancel(other[1], null));
        inProgress(b);
    }

    @Test
    @Assertion(id = "aio_cancel/p-duplicate", says = "A duplicate is another descriptor: its requests are left alone.")
    void requestsOfADuplicateAreLeftAlone() {
        int[] pipe = pipe();
        int duplicate = opened(LIBC.dup(pipe[0]));
        Aiocb cb = blocked(pipe[0]);
        assertEquals(AIO_ALLDONE, aio_cancel(duplicate, null));
        inProgress(cb);
        assertEquals(AIO_CANCELED, aio_cancel(pipe[0], null));
    }

    @Test
    @Assertion(
            id = "aio_cancel/p-all",
            says = "Without a block all requests of the descriptor are cancelled, and each notifies once.")
    void allAreCancelledAndNotify() {
        int fifo = fifo();
        Aiocb[] reads = new Aiocb[100];
        for (int i = 0; i < reads.length; i++) {
            reads[i] = read(notified(cb(fifo, new byte[1]), i));
        }
        assertEquals(AIO_CANCELED, aio_cancel(fifo, null));
        boolean[] seen = new boolean[reads.length];
        for (int i = 0; i < reads.length; i++) {
            KeventRecord record = take();
            assertTrue(!seen[(int) record.cookie], record::toString);
            seen[(int) record.cookie] = true;
            assertEquals(ECANCELED, record.error);
            assertEquals(-1, record.result);
        }
        for (Aiocb cb : reads) {
            fails(ECANCELED, cb);
        }
        silent();
    }

    @Test
    @Assertion(id = "aio_cancel/x-twice", says = "Cancelling again is AIO_ALLDONE and does not notify again.")
    void cancellingAgainIsAlldone() {
        int[] pipe = pipe();
        Aiocb a = blocked(pipe[0]);
        Aiocb b = read(notified(cb(pipe[0], new byte[1]), 9));
        assertEquals(AIO_CANCELED, aio_cancel(pipe[0], b));
        assertEquals(AIO_ALLDONE, aio_cancel(pipe[0], b));
        KeventRecord record = take(9);
        assertEquals(ECANCELED, record.error);
        silent();
        assertEquals(-1, aio_return(b));
        inProgress(a);
    }

    @Test
    @Assertion(id = "aio_cancel/x-lio-list", says = "A list ends when a member of it is cancelled.")
    void aListEndsWithACancelledMember() {
        int[] pipe = pipe();
        Aiocb a = blocked(pipe[0]);
        Aiocb b = opcode(Aio.LIO_READ, cb(pipe[0], new byte[1]));
        done(list(Aio.LIO_NOWAIT, kev(5), b));
        assertEquals(AIO_CANCELED, aio_cancel(pipe[0], b));
        take(5);
        silent();
        fails(ECANCELED, b);
        inProgress(a);
    }

    @Test
    @Assertion(
            id = "aio_cancel/x-race",
            says = "Either the request is cancelled or it is done; answer, status, result and record agree.")
    void cancellationAndCompletionExcludeEachOther() {
        for (int i = 0; i < 300; i++) {
            int fd = tmp();
            Aiocb cb = write(notified(cb(fd, new byte[4096]), i));
            int answer = aio_cancel(fd, cb);
            KeventRecord record = take(i);
            boolean cancelled = answer == AIO_CANCELED;
            assertEquals(cancelled ? ECANCELED : 0, record.error);
            ends(cancelled ? ECANCELED : 0, cancelled ? -1 : 4096, cb);
            assertEquals(cancelled ? 0 : 4096, size(fd));
            close(fd);
        }
        silent();
    }

    @Test
    @Assertion(
            id = "aio_cancel/p-race-thread",
            says = "The same when another thread brings the data meanwhile; no byte is lost.")
    void aCancellationLosesNoData() throws Exception {
        for (int i = 0; i < 200; i++) {
            int[] pipe = pipe();
            Aiocb cb = read(notified(cb(pipe[0], new byte[1]), i));
            Running<Void> feeder = run(() -> {
                feed(pipe[1], "a");
                return null;
            });
            int answer = aio_cancel(pipe[0], cb);
            feeder.get();
            KeventRecord record = take(i);
            if (answer == AIO_CANCELED) {
                assertEquals(ECANCELED, record.error);
                assertEquals("a", received(pipe[0], 10));
                fails(ECANCELED, cb);
            } else {
                ends(record.error, record.result, cb);
                assertEquals(record.error == 0 ? 1 : -1, record.result);
            }
            close(pipe[0]);
            close(pipe[1]);
        }
        silent();
    }

    @Test
    @Assertion(id = "aio_cancel/x-visible-at-return", says = "With AIO_CANCELED the status is ECANCELED already.")
    void theStatusIsThereAtTheReturn() {
        int[] pipe = pipe();
        for (int i = 0; i < 100; i++) {
            Aiocb a = blocked(pipe[0]);
            Aiocb b = blocked(pipe[0]);
            assertEquals(AIO_CANCELED, aio_cancel(pipe[0], b));
            assertEquals(ECANCELED, aio_error(b));
            assertEquals(AIO_CANCELED, aio_cancel(pipe[0], a));
            assertEquals(ECANCELED, aio_error(a));
        }
    }

    @Test
    @Assertion(
            id = "aio_cancel/p-partial",
            says = "A write of which a part was done.",
            strength = CHOICE,
            choice = "It ends with the short count and status 0: AIO_ALLDONE.")
    void aWriteThatWasDoneInPartKeepsItsCount() {
        int[] pipe = pipe();
        Aiocb cb = write(notified(cb(pipe[1], new byte[MIB]), 1));
        silent();
        assertEquals(AIO_ALLDONE, aio_cancel(pipe[1], cb));
        KeventRecord record = take(1);
        assertEquals(0, record.error);
        long count = record.result;
        assertTrue(count > 0 && count < MIB, record::toString);
        ends(count, cb);
        assertEquals(count, LIBC.read(pipe[0], new byte[MIB], MIB));
    }

    @Test
    @Assertion(id = "aio_cancel/p-fsync", says = "An aio_fsync that waits for others can be cancelled, and they go on.")
    void aWaitingSyncIsCancelled() {
        int fifo = fifo();
        Aiocb read = blocked(fifo);
        Aiocb sync = notified(cb(fifo), 1);
        done(aio_fsync(Fcntl.O_SYNC, sync));
        assertEquals(AIO_CANCELED, aio_cancel(fifo, sync));
        assertEquals(ECANCELED, take(1).error);
        fails(ECANCELED, sync);
        inProgress(read);
    }

    @Test
    @Assertion(id = "aio_cancel/p-reuse", says = "The block of a cancelled request can be submitted again.")
    void aCancelledBlockCanBeUsedAgain() {
        int[] pipe = pipe();
        Aiocb cb = blocked(pipe[0]);
        for (int i = 0; i < 10; i++) {
            assertEquals(AIO_CANCELED, aio_cancel(pipe[0], cb));
            read(cb);
        }
        feed(pipe[1], "a");
        ends(1, cb);
    }
}
