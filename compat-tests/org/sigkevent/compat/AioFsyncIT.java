package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.sigkevent.Aio.aio_error;
import static org.sigkevent.Aio.aio_fsync;
import static org.sigkevent.Errno.EAGAIN;
import static org.sigkevent.Errno.EBADF;
import static org.sigkevent.Errno.EBUSY;
import static org.sigkevent.Errno.EINPROGRESS;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.Fcntl.O_DSYNC;
import static org.sigkevent.Fcntl.O_RDONLY;
import static org.sigkevent.Fcntl.O_SYNC;
import static org.sigkevent.compat.Assertion.Strength.CHOICE;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Support;

/** aio_fsync. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class AioFsyncIT extends AioScene {
    private static Aiocb sync(int op, Aiocb cb) {
        done(aio_fsync(op, cb));
        return cb;
    }

    /** A file with a write that is done. */
    private int written() {
        int fd = tmp();
        ends(111, write(cb(fd, new byte[111])));
        return fd;
    }

    private void waitsForEarlierWrites(int op) {
        int fd = tmp();
        for (int i = 0; i < 20; i++) {
            Aiocb write = write(cb(fd, filled(1 << (i % 3 * 10), i), 1 << (i % 3 * 10), 0));
            Aiocb sync = sync(op, cb(fd));
            await(sync);
            assertNotEquals(EINPROGRESS, aio_error(write));
            ends(0, sync);
            ends(1 << (i % 3 * 10), write);
        }
    }

    @Test
    @Assertion(
            id = "aio_fsync/2-1",
            says = "O_DSYNC completes, as fdatasync does, what was queued on the descriptor before the call.")
    void dataIsSynchronised() {
        waitsForEarlierWrites(O_DSYNC);
    }

    @Test
    @Assertion(
            id = "aio_fsync/3-1",
            says = "O_SYNC completes, as fsync does, what was queued on the descriptor before the call.")
    void theFileIsSynchronised() {
        waitsForEarlierWrites(O_SYNC);
    }

    @Test
    @Assertion(id = "aio_fsync/8-1", says = "aio_nbytes is not looked at.")
    void theLengthDoesNotMatter() {
        ends(0, sync(O_SYNC, cb(written(), null, -1, 0)));
    }

    @Test
    @Assertion(id = "aio_fsync/8-2", says = "aio_buf is not looked at.")
    void theBufferDoesNotMatter() {
        Aiocb cb = cb(written());
        ends(0, sync(O_SYNC, cb));
        cb.aio_buf = "no buffer";
        ends(0, sync(O_SYNC, cb));
    }

    @Test
    @Assertion(id = "aio_fsync/8-4", says = "aio_offset is not looked at.")
    void theOffsetDoesNotMatter() {
        ends(0, sync(O_SYNC, cb(written(), null, 0, -1)));
    }

    @Test
    @Assertion(id = "aio_fsync/p-other-members", says = "aio_reqprio and aio_lio_opcode are not looked at.")
    void priorityAndOpcodeDoNotMatter() {
        Aiocb cb = opcode(77, cb(written()));
        for (int priority : new int[] {-1, Aio.AIO_PRIO_DELTA_MAX + 1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            cb.aio_reqprio = priority;
            ends(0, sync(O_SYNC, cb));
            ends(0, sync(O_DSYNC, cb));
        }
    }

    @Test
    @Assertion(id = "aio_fsync/9-1", says = "The call gives 0 when the request was queued.")
    void queuingGivesZero() {
        Aiocb cb = cb(written());
        assertEquals(0, aio_fsync(O_SYNC, cb));
        ends(0, cb);
    }

    @Test
    @Assertion(id = "aio_fsync/14-1", says = "An operation that is neither O_SYNC nor O_DSYNC is EINVAL.")
    void otherOperationsAreRefused() {
        int fd = written();
        for (int op : new int[] {-1, 0, 1, O_SYNC & ~O_DSYNC, O_SYNC | 1}) {
            refused(EINVAL, aio_fsync(op, notified(cb(fd), 1)));
        }
        silent();
    }

    @Test
    @Assertion(id = "aio_fsync/p-badf", says = "A descriptor that is not open is EBADF.")
    void aDescriptorThatIsNotOpen() {
        refused(EBADF, aio_fsync(O_SYNC, notified(cb(-1), 1)));
        refused(EBADF, aio_fsync(O_DSYNC, notified(cb(closed()), 1)));
        silent();
    }

    @Test
    @Assertion(
            id = "aio_fsync/p-eagain",
            says = "EAGAIN when resources are short.",
            choice = "A resource is a slot in the queue of the sigevent.")
    void aFullQueueIsEagain() {
        int small = queue(1);
        Aiocb first = cb(written());
        first.aio_sigevent = SigEvent.kevent(small, SigVal.of(1));
        Aiocb second = cb(written());
        second.aio_sigevent = SigEvent.kevent(small, SigVal.of(2));
        sync(O_SYNC, first);
        refused(EAGAIN, aio_fsync(O_SYNC, second));
        assertEquals(1, Support.take(small).cookie);
        sync(O_SYNC, second);
        assertEquals(2, Support.take(small).cookie);
    }

    @Test
    @Assertion(
            id = "aio_fsync/p-refusals",
            says = "A null block, one in flight, or an unusable sigevent is refused.",
            strength = CHOICE,
            choice = "EINVAL, EBUSY, EINVAL.")
    void whatCannotBeMeantIsRefused() {
        refused(EINVAL, aio_fsync(O_SYNC, null));
        Aiocb cb = cb(written());
        cb.aio_sigevent = event(99, 1);
        refused(EINVAL, aio_fsync(O_SYNC, cb));
        int[] pipe = pipe();
        Aiocb busy = blocked(pipe[0]);
        refused(EBUSY, aio_fsync(O_SYNC, busy));
        inProgress(busy);
    }

    @Test
    @Assertion(
            id = "aio_fsync/x-rdonly",
            says = "A descriptor that is open for reading only.",
            strength = CHOICE,
            choice = "Accepted, as on Linux: the file is synchronised.")
    void aDescriptorForReadingOnlyIsAccepted() {
        ends(0, sync(O_SYNC, cb(again(written(), O_RDONLY))));
    }

    @Test
    @Assertion(id = "aio_fsync/x-nosync", says = "What cannot be synchronised gives EINVAL.", choice = "As the status.")
    void whatCannotBeSynchronised() {
        fails(EINVAL, sync(O_SYNC, cb(pipe()[1])));
        fails(EINVAL, sync(O_DSYNC, cb(datagrams()[0])));
    }

    @Test
    @Assertion(id = "aio_fsync/x-order", says = "It waits for the requests queued before it and for none queued later.")
    void waitsForEarlierRequestsOnly() {
        int fifo = fifo();
        Aiocb a = read(notified(cb(fifo, new byte[1]), 1));
        Aiocb sync = sync(O_SYNC, notified(cb(fifo), 2));
        Aiocb b = read(notified(cb(fifo, new byte[1]), 3));
        silent();
        inProgress(sync);
        feed(fifo, "a");
        take(1);
        assertEquals(EINVAL, take(2).error);
        fails(EINVAL, sync);
        ends(1, a);
        inProgress(b);
        feed(fifo, "b");
        take(3);
        ends(1, b);
    }

    @Test
    @Assertion(id = "aio_fsync/x-notify", says = "The block's sigevent is how the end is notified.")
    void theEndIsNotified() {
        Aiocb cb = sync(O_DSYNC, notified(cb(written()), 7));
        KeventRecord record = take(7);
        assertEquals(0, record.error);
        assertEquals(0, record.result);
        ends(0, cb);
        silent();
    }

    @Test
    @Assertion(id = "aio_fsync/p-other-descriptor", says = "Requests of other files do not hold it up.")
    void otherFilesDoNotMatter() {
        Aiocb blocked = blocked(pipe()[0]);
        ends(0, sync(O_SYNC, cb(written())));
        inProgress(blocked);
    }

    @Test
    @Assertion(id = "aio_fsync/p-after-failure", says = "A failed write before it does not make it fail to end.")
    void aFailedWriteBeforeIt() {
        int fd = written();
        Errno.errno(0);
        Aiocb bad = cb(fd, new byte[4], 4, Long.MAX_VALUE - 100);
        boolean queued = Aio.aio_write(bad) == 0;
        ends(0, sync(O_SYNC, cb(fd)));
        if (queued) {
            assertNotEquals(0, await(bad));
        }
    }

    @Test
    @Assertion(
            id = "aio_fsync/p-behind-another-queue",
            says = "It ends after silent writes, although only its own queue is waited for.",
            strength = KEVENT)
    void aSyncBehindWritesOfAnotherQueue() {
        int fd = tmp();
        Aiocb[] writes = new Aiocb[4];
        for (int i = 0; i < writes.length; i++) {
            writes[i] = write(cb(fd, new byte[4 * MIB]));
        }
        Aiocb sync = sync(O_SYNC, notified(cb(fd), 2));
        assertEquals(0, take(2).error);
        ends(0, sync);
        for (Aiocb cb : writes) {
            assertNotEquals(EINPROGRESS, aio_error(cb));
        }
    }
}
