package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Errno.EBUSY;
import static org.sigkevent.Errno.EIO;
import static org.sigkevent.Support.get;
import static org.sigkevent.Support.ok;
import static org.sigkevent.Support.refused;
import static org.sigkevent.Support.start;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A control block of lio_listio stands for one request at a time, whoever else submits it. */
@Timeout(120)
class ListedBlocksTest {
    @TempDir
    private static Path directory;

    private final KeventQueue queue = KeventQueue.open(16);
    private int fd;

    @BeforeEach
    void open() throws Exception {
        fd = (int) ok(
                Fcntl.open(Files.write(directory.resolve("file"), new byte[64]).toString(), Fcntl.O_RDWR));
    }

    @AfterEach
    void close() {
        queue.close();
        ok(Unistd.close(fd));
    }

    private Aiocb reading(int file) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = file;
        cb.aio_buf = ByteBuffer.allocateDirect(8);
        cb.aio_nbytes = 8;
        cb.aio_lio_opcode = Aio.LIO_READ;
        cb.aio_sigevent = queue.sigevent(SigVal.of(1));
        return cb;
    }

    private void oneRecord(Aiocb cb) throws InterruptedException {
        KeventRecord record = queue.poll(Duration.ofSeconds(30));
        assertTrue(record != null && record.error == 0);
        assertEquals(0, Aio.aio_error(cb));
        assertEquals(8, Aio.aio_return(cb));
        assertNull(queue.poll());
    }

    @Test
    void theOpcodeIsThatOfTheLastCall() throws InterruptedException {
        Aiocb cb = reading(fd);
        ok(Aio.aio_write(cb));
        assertEquals(Aio.LIO_WRITE, cb.aio_lio_opcode);
        oneRecord(cb);
        cb.aio_lio_opcode = 77;
        ok(Aio.aio_read(cb));
        assertEquals(Aio.LIO_READ, cb.aio_lio_opcode);
        oneRecord(cb);
    }

    @ParameterizedTest
    @ValueSource(ints = {Aio.LIO_WAIT, Aio.LIO_NOWAIT})
    void aBlockThatStandsInAListTwiceIsStartedOnce(int mode) throws InterruptedException {
        Aiocb cb = reading(fd);
        refused(EIO, Aio.lio_listio(mode, new Aiocb[] {cb, null, cb}, 3, null));
        assertTrue(Errno.message().contains("list[2]"), Errno::message);
        oneRecord(cb);
        // and whose last record is unread
        ok(Aio.aio_read(cb));
        Support.until("it is read", () -> Aio.aio_error(cb) == 0);
        refused(EIO, Aio.lio_listio(mode, new Aiocb[] {cb, cb}, 2, null));
        assertEquals(0, queue.poll(Duration.ofSeconds(30)).error);
        oneRecord(cb);
    }

    @Test
    void aBlockThatIsListedAndReadAtOnceIsStartedByOne() throws Exception {
        for (int i = 0; i < 500; i++) {
            Aiocb cb = reading(fd);
            CyclicBarrier begin = new CyclicBarrier(3);
            FutureTask<Integer> one = start(() -> {
                begin.await();
                return listed(cb);
            });
            FutureTask<Integer> two = start(() -> {
                begin.await();
                return listed(cb);
            });
            begin.await();
            int started = Aio.aio_read(cb) == 0 ? 1 : 0;
            assertTrue(started == 1 || Errno.errno() == EBUSY, Errno::message);
            started += get(one) + get(two);
            assertTrue(started > 0);
            for (int n = 0; n < started; n++) {
                KeventRecord record = queue.poll(Duration.ofSeconds(30));
                assertTrue(record != null, "a record of " + started + ", round " + i);
            }
            assertNull(queue.poll(), "more than were started, round " + i);
        }
    }

    /** 1 when it was started, 0 when it was in flight. */
    private static int listed(Aiocb cb) {
        int rc = Aio.lio_listio(Aio.LIO_NOWAIT, new Aiocb[] {cb}, 1, null);
        assertTrue(rc == 0 || Errno.errno() == EIO, Errno::message);
        return rc == 0 ? 1 : 0;
    }

    @Test
    void piecesAreWrittenAndReadByAList(@TempDir Path dir) {
        int fd = (int) ok(Fcntl.open(dir.resolve("pieces").toString(), Fcntl.O_CREAT | Fcntl.O_RDWR, 0600));
        int kfd = Support.queue(4);
        ByteBuffer[] pieces = {ByteBuffer.allocateDirect(3), ByteBuffer.allocateDirect(5)};
        pieces[0].put(0, new byte[] {1, 2, 3});
        pieces[1].put(0, new byte[] {4, 5, 6, 7, 8});
        Aiocb[] list = new Aiocb[2];
        for (int i = 0; i < 2; i++) {
            Aiocb cb = list[i] = new Aiocb();
            cb.aio_fildes = fd;
            cb.aio_offset = 8 * i;
            cb.aio_iov = pieces;
            cb.aio_iovcnt = 2;
            cb.aio_lio_opcode = Aio.LIO_WRITEV;
            cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(i));
        }
        assertEquals(0, Aio.lio_listio(Aio.LIO_WAIT, list, 2, null), Errno::message);
        assertEquals(4, Support.take(kfd).data0, "the operation of the record is that of aio_writev");
        ByteBuffer[] halves = {ByteBuffer.allocateDirect(8), ByteBuffer.allocateDirect(8)};
        list[0].aio_iov = halves;
        list[0].aio_lio_opcode = Aio.LIO_READV;
        list[1].aio_lio_opcode = Aio.LIO_READV;
        list[1].aio_iovcnt = 3;
        refused(Errno.EIO, Aio.lio_listio(Aio.LIO_WAIT, list, 2, null));
        assertEquals(16, Aio.aio_return(list[0]));
        assertEquals(
                0x0807060504030201L, halves[1].order(ByteOrder.LITTLE_ENDIAN).getLong(0));
        assertEquals(Errno.EINVAL, Aio.aio_error(list[1]), "more pieces than there are");
        Support.destroy(kfd);
        ok(Unistd.close(fd));
    }
}
