package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.start;
import static org.sigkevent.Support.take;
import static org.sigkevent.Support.until;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sigkevent.Aio;
import org.sigkevent.AioFile;
import org.sigkevent.AioOperation;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.KeventStats;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Support;
import org.sigkevent.Unistd;

/** aio_return takes the unread record of its request back; what the library was to do for the end of the request it does all the same. */
@Timeout(120)
class ReturnedRecordTest {
    private static final int LIMIT = 8;

    private final KeventRecord record = new KeventRecord();
    private int kfd;
    private KeventRing ring;
    private int fd;

    @TempDir
    Path dir;

    @BeforeEach
    void open() throws Exception {
        kfd = Support.queue(LIMIT);
        ring = Support.ring(kfd);
        fd = (int) ok(Fcntl.open(Files.write(dir.resolve("file"), new byte[64]).toString(), Fcntl.O_RDWR));
    }

    @AfterEach
    void close() {
        Support.destroy(kfd);
        Unistd.close(fd);
    }

    private Aiocb block(int file, SigEvent event) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = file;
        cb.aio_buf = ByteBuffer.allocateDirect(16);
        cb.aio_nbytes = 16;
        cb.aio_sigevent = event;
        return cb;
    }

    private Aiocb block(int cookie) {
        return block(fd, SigEvent.kevent(kfd, SigVal.of(cookie)));
    }

    private static void done(Aiocb cb) {
        until("the request is done", () -> Aio.aio_error(cb) != Errno.EINPROGRESS);
    }

    private void allSlotsAreFree() {
        KeventStats stats = new KeventStats();
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_STATS, stats));
        assertEquals(0, stats.unread, stats::toString);
        for (int i = 0; i < LIMIT; i++) {
            ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(i)), Kevent.KEVENT_NOWAIT, null));
        }
        for (int i = 0; i < LIMIT; i++) {
            assertTrue(ring.take(record));
        }
    }

    @Test
    void aProgramThatOnlyAsksForResultsFillsNoQueue() {
        Aiocb cb = block(1);
        for (int i = 0; i < 1000; i++) {
            ok(Aio.aio_read(cb));
            done(cb);
            assertEquals(16, Aio.aio_return(cb));
            assertFalse(ring.take(record), "its record came");
        }
        allSlotsAreFree();
    }

    @Test
    void othersKeepTheirRecordsAndTheirOrder() {
        Aiocb[] all = new Aiocb[LIMIT];
        for (int i = 0; i < LIMIT; i++) {
            all[i] = block(i);
            ok(Aio.aio_read(all[i]));
            done(all[i]);
        }
        for (int i = 0; i < LIMIT; i += 2) {
            assertEquals(16, Aio.aio_return(all[i]));
        }
        for (int i = 1; i < LIMIT; i += 2) {
            assertEquals(i, take(kfd).cookie);
        }
        assertFalse(ring.take(record));
        allSlotsAreFree();
    }

    @Test
    void aRequestThatIsNotDoneKeepsItsRecord() {
        int[] ends = new int[2];
        ok(Unistd.pipe(ends));
        Aiocb cb = block(ends[0], SigEvent.kevent(kfd, SigVal.of(3)));
        ok(Aio.aio_read(cb));
        refused(Errno.EINPROGRESS, Aio.aio_return(cb));
        ok(Unistd.write(ends[1], new byte[2], 2));
        assertEquals(3, take(kfd).cookie);
        assertEquals(2, Aio.aio_return(cb));
        Unistd.close(ends[0]);
        Unistd.close(ends[1]);
    }

    @Test
    void aFailedRequestsRecordIsTakenBackToo() {
        int directory = (int) ok(Fcntl.open("/", Fcntl.O_RDONLY));
        Aiocb cb = block(directory, SigEvent.kevent(kfd, SigVal.of(3)));
        ok(Aio.aio_read(cb));
        done(cb);
        refused(Errno.EISDIR, Aio.aio_return(cb));
        assertFalse(ring.take(record));
        Unistd.close(directory);
        allSlotsAreFree();
    }

    @Test
    void aPostThatWaitsForASlotGetsIt() throws Exception {
        Aiocb cb = block(1);
        ok(Aio.aio_read(cb));
        done(cb);
        for (int i = 1; i < LIMIT; i++) {
            ok(kevent_submit(kfd, KeventEvent.user(SigVal.of(i)), Kevent.KEVENT_NOWAIT, null));
        }
        FutureTask<Integer> waits = start(() -> kevent_submit(kfd, KeventEvent.user(SigVal.of(LIMIT)), 0, null));
        assertEquals(16, Aio.aio_return(cb));
        assertEquals(0, get(waits));
        for (int i = 1; i <= LIMIT; i++) {
            assertEquals(i, take(kfd).cookie);
        }
    }

    @Test
    void theListsRecordComesThoughItsElementsWereReturned() {
        Aiocb[] list = {block(1), block(2), block(3)};
        for (Aiocb cb : list) {
            cb.aio_lio_opcode = Aio.LIO_READ;
        }
        ok(Aio.lio_listio(Aio.LIO_NOWAIT, list, 3, SigEvent.kevent(kfd, SigVal.of(99))));
        for (Aiocb cb : list) {
            done(cb);
            assertEquals(16, Aio.aio_return(cb));
        }
        assertEquals(99, take(kfd).cookie);
        assertFalse(ring.take(record));
        allSlotsAreFree();
    }

    @Test
    void theObjectFaceTakesItBackWithTheResult() throws Exception {
        try (KeventQueue queue = KeventQueue.open(LIMIT);
                AioFile file = AioFile.of(queue, fd)) {
            for (int i = 0; i < 3 * LIMIT; i++) {
                AioOperation read = file.read(ByteBuffer.allocateDirect(16), 0, SigVal.of(i));
                assertTrue(read.await(Support.SOON));
                assertEquals(16, read.result());
            }
            assertFalse(queue.poll(record));
        }
    }

    @Test
    void aCallbackRunsThoughTheResultWasTakenBefore() {
        AtomicInteger called = new AtomicInteger();
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_THREAD;
        event.sigev_notify_function = value -> called.incrementAndGet();
        event.sigev_notify_attributes = (java.util.concurrent.Executor) Runnable::run;
        Aiocb cb = block(fd, event);
        int times = 500;
        for (int i = 0; i < times; i++) {
            ok(Aio.aio_read(cb));
            done(cb);
            assertEquals(16, Aio.aio_return(cb));
        }
        until("each is called", () -> called.get() == times);
    }

    /** The driver's thread ends the requests, another takes records, and this one takes results, as soon as it can. */
    @Test
    void aRecordIsTakenOrTakenBackWhoeverIsQuicker() throws Exception {
        ok(Kevent.kevent_ctl(kfd, Kevent.KEVENT_CTL_DRIVER, Kevent.KEVENT_DRIVER_ON));
        int[] ends = new int[2];
        ok(Unistd.pipe(ends));
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger returned = new AtomicInteger(-1);
        FutureTask<Integer> taker = start(() -> {
            KeventRecord into = new KeventRecord();
            int taken = 0;
            while (!over.get()) {
                int before = returned.get();
                if (ring.take(into)) {
                    assertTrue(into.cookie > before, into + " came, " + before + " was returned before");
                    taken++;
                }
            }
            return taken;
        });
        Aiocb cb = block(ends[0], null);
        int times = 3000;
        for (int i = 0; i < times; i++) {
            cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(i));
            ok(Aio.aio_read(cb));
            ok(Unistd.write(ends[1], new byte[1], 1));
            long end = System.nanoTime() + Support.SOON.toNanos();
            while (Aio.aio_error(cb) == Errno.EINPROGRESS) {
                assertTrue(System.nanoTime() < end, "the request does not end");
            }
            assertEquals(1, Aio.aio_return(cb));
            returned.set(i);
        }
        over.set(true);
        int taken = get(taker);
        assertTrue(taken <= times, () -> taken + " records of " + times);
        assertFalse(ring.take(record));
        Unistd.close(ends[0]);
        Unistd.close(ends[1]);
        allSlotsAreFree();
    }
}
