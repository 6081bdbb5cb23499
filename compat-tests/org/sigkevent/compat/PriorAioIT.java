package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sigkevent.Errno.ECANCELED;
import static org.sigkevent.Errno.EFAULT;
import static org.sigkevent.Errno.EINVAL;
import static org.sigkevent.compat.Assertion.Strength.KEVENT;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;

/** What asynchronous I/O of other systems was tested for, or should have been. */
@Timeout(60)
@DisplayNameGeneration(AssertionNames.class)
class PriorAioIT extends AioScene {
    @Test
    @Assertion(
            id = "prior/57",
            strength = KEVENT,
            says =
                    "Cancelling what waits in line, what is running, what is half done and what is finished leaves one record for each.")
    void whateverIsCancelledHasOneRecord() {
        int[] pipe = pipe();
        int[] full = pipe();
        Aiocb running = read(notified(cb(pipe[0], new byte[1]), 1));
        Aiocb waiting = read(notified(cb(pipe[0], new byte[1]), 2));
        Aiocb third = read(notified(cb(pipe[0], new byte[1]), 3));
        Aiocb half = write(notified(cb(full[1], new byte[MIB]), 4));
        Aiocb finished = write(notified(cb(tmp(), "a"), 5));
        assertEquals(0, await(finished));
        // some of it is in the pipe
        assertEquals(1, received(full[0], 1).length());
        assertEquals(Aio.AIO_CANCELED, Aio.aio_cancel(pipe[0], waiting));
        assertEquals(Aio.AIO_CANCELED, Aio.aio_cancel(pipe[0], running));
        // it ends with its short count
        assertEquals(Aio.AIO_ALLDONE, Aio.aio_cancel(full[1], half));
        assertEquals(Aio.AIO_ALLDONE, Aio.aio_cancel(finished.aio_fildes, finished));
        feed(pipe[1], "x");
        Map<Long, KeventRecord> records = new TreeMap<>();
        for (int i = 0; i < 5; i++) {
            KeventRecord record = take();
            assertEquals(null, records.put(record.cookie, record), "twice: " + record);
        }
        silent();
        assertEquals(ECANCELED, records.get(1L).error);
        assertEquals(ECANCELED, records.get(2L).error);
        assertEquals(1, records.get(3L).result);
        assertEquals(0, records.get(4L).error);
        assertEquals(1, records.get(5L).result);
        fails(ECANCELED, running);
        fails(ECANCELED, waiting);
        ends(1, third);
        ends(1, finished);
        ends(records.get(4L).result, half);
    }

    @Test
    @Assertion(
            id = "prior/62",
            strength = KEVENT,
            says = "The sigevent of a list is read during the call, and LIO_WAIT does not look at it.")
    void theSigeventOfAListIsReadDuringTheCall() {
        int[] pipe = pipe();
        SigEvent sig = kev(1);
        Aiocb reading = opcode(Aio.LIO_READ, cb(pipe[0], new byte[1]));
        done(list(Aio.LIO_NOWAIT, sig, reading));
        sig.sigev_value = SigVal.of(2L);
        sig.sigev_notify = Signal.SIGEV_NONE;
        sig.sigev_notify_kqueue = -1;
        feed(pipe[1], "x");
        take(1);
        ends(1, reading);
        Aiocb writing = opcode(Aio.LIO_WRITE, cb(tmp(), "a"));
        done(list(Aio.LIO_WAIT, kev(3), writing));
        ends(1, writing);
        silent();
    }

    @Test
    @Assertion(
            id = "prior/59",
            strength = KEVENT,
            says = "A write of a file completes while fifty reads of pipes wait.")
    void fiftyBlockedReadsHoldUpNoFile() {
        List<int[]> pipes = new ArrayList<>();
        List<Aiocb> blocked = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            pipes.add(pipe());
            blocked.add(read(notified(cb(pipes.get(i)[0], new byte[1]), i)));
        }
        write(notified(cb(tmp(), "text"), 99));
        assertEquals(4, take(99).result);
        blocked.forEach(AioScene::inProgress);
        for (int i = 49; i >= 0; i--) {
            feed(pipes.get(i)[1], "x");
            assertEquals(1, take(i).result);
        }
        silent();
    }

    @Test
    @Assertion(
            id = "prior/66",
            says = "A vector may have IOV_MAX pieces and no more; a bad address is EFAULT; offsets have 64 bits.")
    void vectorsAddressesAndOffsets() {
        int file = tmp();
        ByteBuffer memory = ByteBuffer.allocateDirect(Aio.IOV_MAX + 1);
        ByteBuffer[] pieces = new ByteBuffer[Aio.IOV_MAX + 1];
        for (int i = 0; i < pieces.length; i++) {
            memory.put(i, (byte) i);
            pieces[i] = memory.slice(i, 1);
        }
        long far = (5L << 30) + 3;
        Aiocb cb = notified(cb(file, null, 0, far), 1);
        cb.aio_iov = pieces;
        cb.aio_iovcnt = pieces.length;
        refused(EINVAL, Aio.aio_writev(cb));
        silent();
        cb.aio_iovcnt = Aio.IOV_MAX;
        done(Aio.aio_writev(cb));
        assertEquals(Aio.IOV_MAX, take(1).result);
        ends(Aio.IOV_MAX, cb);
        assertEquals(far + Aio.IOV_MAX, size(file));
        byte[] into = new byte[4];
        ends(4, read(cb(file, into, 4, far + 255)));
        assertArrayEquals(new byte[] {(byte) 255, 0, 1, 2}, into);

        Aiocb bad = notified(cb(file, null, 1, far), 2);
        bad.aio_buf = Pointer.wrap(Runtime.getSystemRuntime(), 8L);
        done(Aio.aio_read(bad));
        assertEquals(EFAULT, take(2).error);
        fails(EFAULT, bad);
    }
}
