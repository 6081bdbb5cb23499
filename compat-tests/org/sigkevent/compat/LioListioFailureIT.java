package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Aio.LIO_NOWAIT;
import static org.sigkevent.Aio.LIO_READ;
import static org.sigkevent.Aio.LIO_WAIT;
import static org.sigkevent.Aio.LIO_WRITE;
import static org.sigkevent.Aio.aio_error;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.ECANCELED;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Errno.EIO;
import static org.sigkevent.Errno.ENOSPC;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Support;

/** lio_listio when something goes wrong: what the call says, what each status says, and that the others run. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class LioListioFailureIT extends AioScene {
    private static final long LIST = 100;

    private static Aiocb reading(int fd, byte[] into) {
        return opcode(LIO_READ, cb(fd, into));
    }

    private static Aiocb writing(int fd, byte[] data) {
        return opcode(LIO_WRITE, cb(fd, data));
    }

    private static Aiocb writing(int fd, String text, long offset) {
        Aiocb cb = opcode(LIO_WRITE, cb(fd, text));
        cb.aio_offset = offset;
        return cb;
    }

    /** Ten writes of so many bytes to the start of a file, notified with their number. */
    private Aiocb[] tenWrites(int length) {
        int fd = tmp();
        Aiocb[] writes = new Aiocb[10];
        for (int i = 0; i < writes.length; i++) {
            writes[i] = notified(writing(fd, new byte[length]), i);
        }
        return writes;
    }

    @Test
    @Assertion(
            id = "lio_listio/14-1",
            says = "One bad request does not stop the others, and it notifies too.",
            choice = "LIO_NOWAIT gives 0 when all that is wrong is a descriptor; that is the element's status.")
    void aBadDescriptorStopsNobody() {
        Aiocb[] writes = tenWrites(1024);
        writes[2].aio_fildes = -1;
        done(list(LIO_NOWAIT, kev(LIST), writes));
        for (int i = 0; i < 10; i++) {
            KeventRecord record = take();
            assertNotEquals(LIST, record.cookie);
            assertEquals(record.cookie == 2 ? EBADF : 0, record.error);
        }
        assertEquals(EIO, take(LIST).error);
        for (int i = 0; i < 10; i++) {
            ends(i == 2 ? EBADF : 0, i == 2 ? -1 : 1024, writes[i]);
        }
    }

    @Test
    @Assertion(
            id = "lio_listio/x-wait-eio",
            says = "EIO says that some request failed; each status says which and why.")
    void everyStatusTellsItsOwn() {
        int fd = tmp();
        Aiocb a = writing(fd, "ab", 0);
        Aiocb bad = writing(-1, "xx", 0);
        Aiocb b = writing(fd, "cd", 2);
        refused(EIO, list(LIO_WAIT, null, a, bad, b));
        ends(2, a);
        fails(EBADF, bad);
        ends(2, b);
        assertEquals("abcd", text(contents(fd), 4));
    }

    @Test
    @Assertion(
            id = "lio_listio/p-late-failure",
            says = "A request that fails later makes LIO_WAIT fail with EIO, and LIO_NOWAIT not.")
    void aLaterFailure() {
        int full = opened(Fcntl.open("/dev/full", Fcntl.O_WRONLY));
        Aiocb cb = writing(full, "a", 0);
        refused(EIO, list(LIO_WAIT, null, cb));
        fails(ENOSPC, cb);
        done(list(LIO_NOWAIT, kev(LIST), cb));
        assertEquals(EIO, take(LIST).error);
        fails(ENOSPC, cb);
    }

    @Test
    @Assertion(id = "lio_listio/p-cancelled", says = "A cancelled request makes LIO_WAIT fail with EIO.")
    void aCancelledRequestIsAFailure() throws Exception {
        int[] pipe = pipe();
        Aiocb cb = reading(pipe[0], new byte[1]);
        Running<Answer> waiter = run(() -> new Answer(list(LIO_WAIT, null, cb))).asleep();
        // only who waits can have it done: that may take long
        int said = Aio.aio_cancel(pipe[0], cb);
        assertTrue(said == Aio.AIO_CANCELED || said == Aio.AIO_NOTCANCELED);
        waiter.get().failed(EIO);
        fails(ECANCELED, cb);
    }

    @Test
    @Assertion(
            id = "lio_listio/p-invalid-members",
            says = "What aio_read and aio_write refuse is the status of that entry; the others run.",
            choice = "-1 and EIO, also with LIO_NOWAIT.")
    void refusalsAreStatuses() {
        int fd = tmp();
        for (int mode : new int[] {LIO_WAIT, LIO_NOWAIT}) {
            Aiocb good = writing(fd, "ab", 0);
            Aiocb priority = writing(fd, "xx", 0);
            priority.aio_reqprio = Aio.AIO_PRIO_DELTA_MAX + 1;
            Aiocb offset = writing(fd, "xx", -1);
            Aiocb shortBuffer = opcode(LIO_WRITE, cb(fd, new byte[1], 2, 0));
            refused(EIO, list(mode, null, priority, good, offset, shortBuffer));
            ends(2, good);
            fails(EINVAL, priority);
            fails(EINVAL, offset);
            fails(EINVAL, shortBuffer);
        }
        assertEquals("ab", text(contents(fd), 2));
    }

    @Test
    @Assertion(
            id = "lio_listio/p-inflight",
            says = "An entry that is in flight is left alone.",
            strength = CHOICE,
            choice = "-1 and EIO; the others run.")
    void anEntryInFlightIsLeftAlone() {
        int[] pipe = pipe();
        int fd = tmp();
        Aiocb busy = opcode(LIO_READ, blocked(pipe[0]));
        Aiocb good = writing(fd, "ab", 0);
        Aiocb bad = opcode(77, cb(fd, "cd"));
        refused(EIO, list(LIO_NOWAIT, kev(LIST), bad, good, busy));
        take(LIST);
        ends(2, good);
        fails(EINVAL, bad);
        refused(EIO, list(LIO_WAIT, null, busy, good));
        ends(2, good);
        refused(EIO, list(LIO_WAIT, null, busy));
        refused(EIO, list(LIO_NOWAIT, null, opcode(77, busy)));
        inProgress(busy);
        // the refusal stays in the list
        ends(2, write(bad));
        feed(pipe[1], "a");
        ends(1, busy);
    }

    @Test
    @Assertion(
            id = "lio_listio/p-eagain",
            says = "EAGAIN when resources for all are short.",
            choice = "All or nothing: no request is started, nothing notifies.")
    void slotsAreHadForAllOrNothingIsDone() {
        int small = queue(3);
        int fd = tmp();
        Aiocb[] writes = new Aiocb[3];
        for (int i = 0; i < writes.length; i++) {
            writes[i] = writing(fd, "a", i);
            writes[i].aio_sigevent = SigEvent.kevent(small, SigVal.of(i));
        }
        refused(EAGAIN, list(LIO_NOWAIT, SigEvent.kevent(small, SigVal.of(LIST)), writes));
        assertEquals(0, size(fd));
        for (Aiocb write : writes) {
            assertEquals(EAGAIN, aio_error(write));
        }
        done(list(LIO_NOWAIT, null, writes));
        for (int i = 0; i < writes.length; i++) {
            Support.take(small);
        }
        assertEquals(3, size(fd));
    }
}
