package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.sigkevent.Aio.*;
import static org.sigkevent.Errno.*;
import static org.sigkevent.Kevent.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;

/** What a queue holds back, and what hands it over. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BatchingTest {
    private static final int SIZE = 512;
    private static final int BLOCKS = 64;

    @TempDir
    Path folder;

    private final KeventQueue queue = KeventQueue.open(BLOCKS);
    private final KeventRing ring = kevent_map_ringbuf(queue.fd(), 1);
    private final KeventRecord record = new KeventRecord();
    private final Aiocb[] blocks = new Aiocb[BLOCKS];
    private final ByteBuffer[] buffers = new ByteBuffer[BLOCKS];
    private Path file;
    private int fd;

    @BeforeEach
    void openTheFile() throws IOException {
        file = folder.resolve("file");
        byte[] bytes = new byte[SIZE * BLOCKS];
        for (int i = 0; i < BLOCKS; i++) {
            Arrays.fill(bytes, i * SIZE, (i + 1) * SIZE, (byte) (i + 1));
        }
        Files.write(file, bytes);
        fd = Fcntl.open(file.toString(), Fcntl.O_RDWR);
        for (int i = 0; i < BLOCKS; i++) {
            Aiocb cb = blocks[i] = new Aiocb();
            cb.aio_fildes = fd;
            buffers[i] = ByteBuffer.allocateDirect(SIZE);
            cb.aio_buf = buffers[i];
            cb.aio_nbytes = SIZE;
            cb.aio_offset = (long) i * SIZE;
            cb.aio_sigevent = queue.sigevent(SigVal.of(i));
        }
    }

    @AfterEach
    void closeAll() {
        queue.close();
        Unistd.close(fd);
    }

    /** Another engine holds nothing: it is no cheaper there. */
    private void onlyWhereItIsHeld() {
        assumeTrue(queue.stats().engine.equals("io_uring"), "this engine holds nothing");
    }

    private long systemCalls() {
        return queue.stats().systemCalls;
    }

    private void read(int i) {
        assertEquals(0, aio_read(blocks[i]), Errno::message);
    }

    /** Without a call that drives the queue. */
    private boolean wasRead(int i) {
        return buffers[i].get(SIZE - 1) == (byte) (i + 1);
    }

    private void take(int error) {
        for (int state = ring.state(); !ring.take(record); state = ring.state()) {
            kevent_wait(queue.fd(), state, null, null);
        }
        assertEquals(error, record.error);
    }

    private void takeAll(int n) {
        for (int i = 0; i < n; i++) {
            take(0);
            assertEquals(SIZE, record.result);
        }
    }

    @Test
    void nothingIsHeldUnlessItIsAskedFor() {
        for (int i = 0; i < 10; i++) {
            read(i);
            assertTrue(wasRead(i), "what is cached is read in the call");
        }
        takeAll(10);
    }

    @Test
    void asManyAsWereAskedForAreSubmittedInOneSystemCall() {
        onlyWhereItIsHeld();
        assertEquals(0, kevent_ctl(queue.fd(), KEVENT_CTL_BATCH, 8));
        long before = systemCalls();
        for (int i = 0; i < 7; i++) {
            read(i);
        }
        // a millisecond may have passed on the way
        long held = systemCalls() - before;
        read(7);
        assertTrue(systemCalls() - before <= Math.max(1, held + 1));
        takeAll(8);
        for (int i = 0; i < 8; i++) {
            assertTrue(wasRead(i));
            assertEquals(SIZE, aio_return(blocks[i]));
        }
    }

    @Test
    void aLookAtTheEmptyRingHandsOver() {
        queue.batching(BLOCKS);
        for (int round = 0; round < 100; round++) {
            for (int i = 0; i < 5; i++) {
                read(i);
            }
            takeAll(5);
        }
    }

    @Test
    void whatAsksForOneHandsOver() {
        queue.batching(BLOCKS);
        read(3);
        while (aio_error(blocks[3]) == EINPROGRESS) {
            Thread.onSpinWait();
        }
        assertEquals(SIZE, aio_return(blocks[3]));
        read(4);
        assertEquals(0, aio_suspend(new Aiocb[] {blocks[4]}, 1, null));
        assertEquals(SIZE, aio_return(blocks[4]));
    }

    @Test
    void aWaitHandsOver() {
        queue.batching(BLOCKS);
        int state = ring.state();
        read(5);
        assertTrue(kevent_wait(queue.fd(), state, null, null) == 0 || errno() == EWOULDBLOCK, Errno::message);
        assertTrue(ring.take(record), "the wait has handed it over");
        assertEquals(0, record.error);
    }

    @Test
    void withoutAnyCallItIsHandedOverInTime() throws InterruptedException {
        queue.batching(BLOCKS);
        for (int round = 0; round < 30; round++) {
            int i = round % BLOCKS;
            buffers[i].put(SIZE - 1, (byte) 0);
            read(i);
            while (!wasRead(i)) {
                Thread.sleep(1);
            }
            // often right behind the last one, sometimes when the driver does not look any more
            if (round % 10 == 9) {
                Thread.sleep(40);
            }
            take(0);
        }
    }

    @Test
    void nothingIsHeldWhileAThreadWaits() throws InterruptedException {
        queue.batching(BLOCKS);
        AtomicBoolean taken = new AtomicBoolean();
        Thread waiter = new Thread(() -> {
            KeventRecord own = new KeventRecord();
            try {
                queue.take(own);
                taken.set(own.result == SIZE);
            } catch (InterruptedException unexpected) {
                // taken stays false
            }
        });
        waiter.start();
        while (waiter.getState() == Thread.State.NEW) {
            Thread.onSpinWait();
        }
        read(1);
        waiter.join();
        assertTrue(taken.get());
    }

    @Test
    void whatIsHeldCanBeCancelled() {
        onlyWhereItIsHeld();
        // until one is cancelled while it is held: a millisecond may pass between two calls
        for (int tries = 0; ; tries++) {
            queue.batching(BLOCKS);
            read(0);
            read(1);
            int rc = aio_cancel(fd, blocks[0]);
            assertTrue(rc == AIO_CANCELED || rc == AIO_ALLDONE);
            take(rc == AIO_CANCELED ? ECANCELED : 0);
            take(0);
            if (rc == AIO_CANCELED || tries == 1000) {
                assertEquals(AIO_CANCELED, rc);
                assertEquals(ECANCELED, aio_error(blocks[0]));
                break;
            }
            aio_return(blocks[0]);
            aio_return(blocks[1]);
        }
    }

    @Test
    void aSyncWaitsForTheWritesThatAreHeld() throws IOException {
        queue.batching(BLOCKS);
        for (int i = 0; i < 4; i++) {
            blocks[i].aio_buf = ByteBuffer.allocateDirect(SIZE).put(0, (byte) (100 + i));
            assertEquals(0, aio_write(blocks[i]), Errno::message);
        }
        Aiocb sync = new Aiocb();
        sync.aio_fildes = fd;
        sync.aio_sigevent = queue.sigevent(SigVal.of(99));
        assertEquals(0, aio_fsync(Fcntl.O_SYNC, sync), Errno::message);
        for (int i = 0; i < 4; i++) {
            take(0);
            assertTrue(record.cookie < 99, "the sync is last");
        }
        take(0);
        assertEquals(99, record.cookie);
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 0; i < 4; i++) {
            assertEquals(100 + i, bytes[i * SIZE]);
        }
    }

    @Test
    void closingTheDescriptorHandsOverFirst() throws IOException {
        Path other = Files.write(folder.resolve("other"), new byte[SIZE * BLOCKS]);
        queue.batching(BLOCKS);
        for (int round = 0; round < 50; round++) {
            int own = Fcntl.open(file.toString(), Fcntl.O_RDONLY);
            for (int i = 0; i < 4; i++) {
                blocks[i].aio_fildes = own;
                buffers[i].put(SIZE - 1, (byte) 0);
                read(i);
            }
            assertEquals(0, Unistd.close(own));
            int reused = Fcntl.open(other.toString(), Fcntl.O_RDONLY);
            takeAll(4);
            for (int i = 0; i < 4; i++) {
                assertTrue(wasRead(i));
            }
            Unistd.close(reused);
        }
    }

    @Test
    void aNumberThatSomebodyElseGivesToAnotherFileMakesWhatIsHeldEndCancelled() throws IOException {
        onlyWhereItIsHeld();
        Path other = Files.write(folder.resolve("other"), new byte[SIZE * BLOCKS]);
        boolean cancelled = false;
        for (int tries = 0; tries < 1000 && !cancelled; tries++) {
            queue.batching(BLOCKS);
            int own = Linux.open(org.sigkevent.sys.CStrings.of(file), Fcntl.O_RDONLY, 0);
            for (int i = 0; i < 4; i++) {
                blocks[i].aio_fildes = own;
                buffers[i].put(SIZE - 1, (byte) 0);
                read(i);
            }
            Native.C.close(own);
            int reused = Linux.open(org.sigkevent.sys.CStrings.of(other), Fcntl.O_RDONLY, 0);
            for (int i = 0; i < 4; i++) {
                while (!ring.take(record)) {
                    Thread.onSpinWait();
                }
                int which = (int) record.cookie;
                cancelled |= record.error == ECANCELED;
                assertTrue(record.error == ECANCELED || record.error == 0 && wasRead(which), record::toString);
                assertEquals(record.error == 0, wasRead(which), "nothing of the other file");
            }
            Native.C.close(reused);
        }
        assertTrue(cancelled, "it was never held when the number was given away");
    }

    /** Gives the number of {@code fd} to a file of eight bytes, as the program or as somebody else does it, and reads four of them. */
    private void readAnotherFile(boolean byThisLibrary) throws IOException {
        Path other = Files.write(folder.resolve("other"), new byte[] {7, 7, 7, 7, 7, 7, 7, 7});
        int number = fd;
        if (byThisLibrary) {
            Unistd.close(number);
            fd = Fcntl.open(other.toString(), Fcntl.O_RDWR);
        } else {
            Native.C.close(number);
            fd = Linux.open(org.sigkevent.sys.CStrings.of(other), Fcntl.O_RDWR, 0);
        }
        assumeTrue(fd == number, "another thread has taken the number");
        blocks[1].aio_offset = 0;
        blocks[1].aio_nbytes = 4;
        read(1);
    }

    private void takeWhatIsReadOfTheOtherFile() {
        take(0);
        assertEquals(1, record.cookie);
        assertEquals(4, record.result);
        assertEquals(7, buffers[1].get(0));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNumberOfWhichNothingIsHeldMeansTheFileThatIsOpenNow(boolean byThisLibrary) throws IOException {
        queue.batching(BLOCKS);
        // what will find the end is not held
        blocks[0].aio_offset = SIZE * BLOCKS;
        read(0);
        take(0);
        assertEquals(0, record.result);
        readAnotherFile(byThisLibrary);
        takeWhatIsReadOfTheOtherFile();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNumberOfWhichWhatWasHeldIsCancelledMeansTheFileThatIsOpenNow(boolean byThisLibrary) throws IOException {
        queue.batching(BLOCKS);
        read(0);
        int answer = aio_cancel(fd, blocks[0]);
        readAnotherFile(byThisLibrary);
        take(answer == AIO_CANCELED ? ECANCELED : 0);
        assertEquals(0, record.cookie);
        takeWhatIsReadOfTheOtherFile();
    }

    @Test
    void aQueueThatIsDestroyedEndsWhatItHolds() {
        try (KeventQueue own = KeventQueue.open(BLOCKS)) {
            own.batching(BLOCKS);
            for (int i = 0; i < 10; i++) {
                blocks[i].aio_sigevent = own.sigevent(SigVal.of(i));
                read(i);
            }
        }
        for (int i = 0; i < 10; i++) {
            int error = aio_error(blocks[i]);
            assertTrue(error == ECANCELED || error == 0, () -> Errno.strerror(error));
        }
    }

    @Test
    void theNumberCanBeChangedAndIsChecked() {
        for (long wrong : new long[] {0, -1, BLOCKS + 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertEquals(-1, kevent_ctl(queue.fd(), KEVENT_CTL_BATCH, wrong));
            assertEquals(EINVAL, errno());
        }
        assertThrows(IllegalArgumentException.class, () -> {
            try {
                queue.batching(0);
            } catch (KeventException refused) {
                assertEquals(EINVAL, refused.errno());
                throw new IllegalArgumentException(refused);
            }
        });
        queue.batching(BLOCKS);
        read(1);
        queue.batching(1);
        read(2);
        takeAll(2);
        assertFalse(ring.take(record));
    }

    @Test
    void manyThreadsLoseNothing() throws InterruptedException {
        long seed = Long.getLong("sigkevent.seed", System.nanoTime());
        System.out.println("BatchingTest: sigkevent.seed=" + seed);
        int threads = 4;
        int rounds = 3000;
        Thread[] all = new Thread[threads];
        AtomicBoolean failed = new AtomicBoolean();
        SplittableRandom seeds = new SplittableRandom(seed);
        for (int t = 0; t < threads; t++) {
            int from = t * (BLOCKS / threads);
            SplittableRandom random = seeds.split();
            all[t] = new Thread(() -> {
                try {
                    for (int r = 0; r < rounds; r++) {
                        int n = random.nextInt(1, BLOCKS / threads);
                        for (int i = from; i < from + n; i++) {
                            read(i);
                        }
                        if (random.nextInt(16) == 0) {
                            queue.batching(random.nextInt(1, BLOCKS + 1));
                        }
                        for (int i = from; i < from + n; i++) {
                            int rc = random.nextInt(8) == 0 ? aio_cancel(fd, blocks[i]) : 0;
                            assertTrue(rc >= 0);
                            aio_suspend(new Aiocb[] {blocks[i]}, 1, null);
                            int error = aio_error(blocks[i]);
                            assertTrue(error == 0 || error == ECANCELED, () -> "error " + error);
                            assertEquals(error == 0 ? SIZE : -1, aio_return(blocks[i]));
                        }
                    }
                } catch (Throwable thrown) {
                    thrown.printStackTrace();
                    failed.set(true);
                }
            });
        }
        for (Thread thread : all) {
            thread.start();
        }
        for (Thread thread : all) {
            thread.join();
        }
        assertFalse(failed.get());
        assertEquals(0, queue.stats().unread);
    }
}
