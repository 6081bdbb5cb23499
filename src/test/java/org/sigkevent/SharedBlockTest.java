package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two threads that use one aiocb, or one buffer, without asking each other: no byte comes to lie outside a buffer. */
@Timeout(120)
class SharedBlockTest {
    private static final int SMALL = 64;
    private static final int LARGE = 1 << 16;
    private static final int ROUNDS = 20_000;

    @TempDir
    Path folder;

    private int fd;
    private final ByteBuffer all = ByteBuffer.allocateDirect(2 * LARGE);
    private final ByteBuffer small = all.slice(0, SMALL);

    @BeforeEach
    void makeFile() throws Exception {
        byte[] data = new byte[LARGE];
        Arrays.fill(data, (byte) 'x');
        fd = (int) ok(Fcntl.open(Files.write(folder.resolve("file"), data).toString(), Fcntl.O_RDONLY));
    }

    @AfterEach
    void closeFile() {
        ok(Unistd.close(fd));
    }

    private void nothingLiesBehindTheSmallBuffer() {
        for (int i = SMALL; i < all.capacity(); i++) {
            assertEquals(0, all.get(i), "byte " + i);
        }
    }

    private static void awaitEnd(Aiocb block) {
        while (Aio.aio_error(block) == Errno.EINPROGRESS) {
            Thread.onSpinWait();
        }
    }

    @Test
    void ofTwoRequestsEachIsWholeOrRefused() throws Exception {
        Aiocb block = new Aiocb();
        block.aio_fildes = fd;
        AtomicInteger accepted = new AtomicInteger();
        AtomicInteger records = new AtomicInteger();
        try (KeventQueue queue = KeventQueue.open(16)) {
            block.aio_sigevent = queue.sigevent(SigVal.of(1));
            ByteBuffer large = ByteBuffer.allocateDirect(LARGE);
            FutureTask<Void> other = Support.start(() -> submit(block, large, accepted));
            FutureTask<Void> one = Support.start(() -> submit(block, small, accepted));
            KeventRecord record = new KeventRecord();
            while (!one.isDone() || !other.isDone() || records.get() < accepted.get()) {
                if (queue.poll(record, Duration.ofMillis(10))) {
                    records.incrementAndGet();
                    assertEquals(0, record.error);
                    assertTrue(record.result == SMALL || record.result == LARGE, "" + record.result);
                }
            }
            Support.get(one);
            Support.get(other);
            assertEquals(accepted.get(), records.get());
        }
        assertTrue(accepted.get() > 0);
        nothingLiesBehindTheSmallBuffer();
    }

    private static Void submit(Aiocb block, ByteBuffer buffer, AtomicInteger accepted) {
        for (int i = 0; i < ROUNDS; i++) {
            block.aio_buf = buffer;
            block.aio_nbytes = buffer.capacity();
            if (Aio.aio_read(block) == 0) {
                accepted.incrementAndGet();
                awaitEnd(block);
            }
        }
        return null;
    }

    private void whileItsPositionMoves(Runnable read) throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        CountDownLatch moving = new CountDownLatch(1);
        FutureTask<Void> mover = Support.start(() -> {
            moving.countDown();
            while (!stop.get()) {
                small.position(SMALL - small.position());
            }
            return null;
        });
        try {
            moving.await();
            for (int i = 0; i < ROUNDS; i++) {
                read.run();
            }
        } finally {
            stop.set(true);
            Support.get(mover);
        }
        nothingLiesBehindTheSmallBuffer();
    }

    @Test
    void aBufferWhosePositionMovesIsNotLeft() throws Exception {
        Aiocb block = new Aiocb();
        block.aio_fildes = fd;
        block.aio_buf = small;
        block.aio_nbytes = SMALL;
        whileItsPositionMoves(() -> {
            if (Aio.aio_read(block) == 0) {
                awaitEnd(block);
            }
        });
    }

    @Test
    void aPieceWhosePositionMovesIsNotLeft() throws Exception {
        Aiocb block = new Aiocb();
        block.aio_fildes = fd;
        block.aio_iov = new ByteBuffer[] {small};
        block.aio_iovcnt = 1;
        whileItsPositionMoves(() -> {
            if (Aio.aio_readv(block) == 0) {
                awaitEnd(block);
            }
        });
    }

    @Test
    void aMessagesBufferWhosePositionMovesIsNotLeft() throws Exception {
        String name = "/sigkevent-" + ProcessHandle.current().pid() + "-moves";
        MqAttr attributes = new MqAttr();
        attributes.mq_maxmsg = 1;
        attributes.mq_msgsize = SMALL;
        int mqd = (int) ok(Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, attributes));
        ok(Mqueue.mq_unlink(name));
        byte[] text = new byte[SMALL];
        Arrays.fill(text, (byte) 'x');
        byte[] own = new byte[SMALL];
        whileItsPositionMoves(() -> {
            // what happens in between is short
            for (int i = 0; i < 10; i++) {
                ok(Mqueue.mq_send(mqd, text, SMALL, 0));
                if (Mqueue.mq_receive(mqd, small, SMALL, null) < 0) {
                    ok(Mqueue.mq_receive(mqd, own, SMALL, null));
                }
            }
        });
        ok(Mqueue.mq_close(mqd));
    }
}
