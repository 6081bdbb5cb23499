package org.sigkevent.aio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.MqAttr;
import org.sigkevent.Mqueue;
import org.sigkevent.SigVal;

/** Asynchronous I/O on the descriptor of a message queue: what read(2) reads of one is its status, whether it has a message or not. */
@Timeout(60)
class MessageQueueFileTest {
    private static final int EBADF = 9;
    private static final int EINVAL = 22;

    private KeventQueue queue;
    private int mqd;

    @BeforeEach
    void open() {
        queue = KeventQueue.open(64);
        String name = "/sigkevent-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
        MqAttr attributes = new MqAttr();
        attributes.mq_maxmsg = 1;
        attributes.mq_msgsize = 8;
        mqd = Mqueue.mq_open(name, Fcntl.O_RDWR | Fcntl.O_CREAT, 0600, attributes);
        assertTrue(mqd >= 0, Errno::message);
        Mqueue.mq_unlink(name);
    }

    @AfterEach
    void close() {
        queue.close();
        Mqueue.mq_close(mqd);
    }

    private Aiocb block(Object buffer, long bytes) {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = mqd;
        cb.aio_buf = buffer;
        cb.aio_nbytes = bytes;
        cb.aio_sigevent = queue.sigevent(SigVal.of(1));
        return cb;
    }

    private KeventRecord taken() throws InterruptedException {
        KeventRecord record = new KeventRecord();
        assertTrue(queue.poll(record, Duration.ofSeconds(30)), "there is no record");
        return record;
    }

    private static String status(ByteBuffer buffer, long length) {
        byte[] text = new byte[(int) length];
        buffer.get(0, text);
        return new String(text, StandardCharsets.US_ASCII);
    }

    private void reads(Aiocb cb, ByteBuffer into, String expected) throws InterruptedException {
        assertEquals(0, cb.aio_iov == null ? Aio.aio_read(cb) : Aio.aio_readv(cb), Errno::message);
        KeventRecord record = taken();
        assertEquals(0, record.error, record::toString);
        String text = status(into, Math.min(record.result, into.capacity()));
        assertTrue(text.startsWith(expected), text);
        assertEquals(record.result, Aio.aio_return(cb));
    }

    @Test
    void aReadOfEachShapeTellsTheStatusOfAnEmptyQueue() throws InterruptedException {
        ByteBuffer into = ByteBuffer.allocateDirect(1 << 17);
        reads(block(into, 100), into, "QSIZE:0 ");
        reads(block(into, 1 << 17), into, "QSIZE:0 ");
        Aiocb later = block(into, 100);
        later.aio_reqprio = 3;
        reads(later, into, "QSIZE:0 ");
        Aiocb middle = block(into, 100);
        middle.aio_offset = 1;
        reads(middle, into, "SIZE:0 ");
        Aiocb vector = block(null, 0);
        vector.aio_iov = IntStream.range(0, 100)
                .mapToObj(i -> ByteBuffer.allocateDirect(2))
                .toArray(ByteBuffer[]::new);
        vector.aio_iovcnt = 100;
        reads(vector, (ByteBuffer) vector.aio_iov[0], "QS");
        byte[] heap = new byte[100];
        reads(block(heap, 100), ByteBuffer.wrap(heap), "QSIZE:0 ");
    }

    @Test
    void aListOfReadsTellsTheStatusOfAnEmptyQueue() throws InterruptedException {
        ByteBuffer into = ByteBuffer.allocateDirect(200);
        Aiocb[] list = new Aiocb[20];
        for (int i = 0; i < list.length; i++) {
            list[i] = block(into, 100);
            list[i].aio_lio_opcode = Aio.LIO_READ;
        }
        assertEquals(0, Aio.lio_listio(Aio.LIO_WAIT, list, list.length, null), Errno::message);
        for (Aiocb cb : list) {
            assertEquals(0, taken().error);
            assertTrue(status(into, Aio.aio_return(cb)).startsWith("QSIZE:0 "));
        }
    }

    @Test
    void aReadLeavesTheRegistrationAndTheMessages() throws InterruptedException {
        ByteBuffer into = ByteBuffer.allocateDirect(100);
        try (KeventQueue other = KeventQueue.open(1)) {
            assertEquals(0, Mqueue.mq_notify(mqd, other.sigevent(SigVal.of(2))), Errno::message);
            reads(block(into, 100), into, "QSIZE:0 ");
            assertEquals(0, Mqueue.mq_send(mqd, new byte[3], 3, 0), Errno::message);
            KeventRecord record = new KeventRecord();
            assertTrue(other.poll(record, Duration.ofSeconds(30)), "nobody is notified");
            assertEquals(0, record.flags, "the registration was removed");
        }
        reads(block(into, 100), into, "QSIZE:3 ");
        assertEquals(3, Mqueue.mq_receive(mqd, new byte[8], 8, null), Errno::message);
    }

    @Test
    void aWriteFailsAsTheSystemCallDoes() throws InterruptedException {
        assertEquals(0, Mqueue.mq_send(mqd, new byte[3], 3, 0), "the queue is full");
        Aiocb cb = block(ByteBuffer.allocateDirect(8), 8);
        assertEquals(0, Aio.aio_write(cb), Errno::message);
        int error = taken().error;
        assertTrue(error == EINVAL || error == EBADF, () -> "errno " + error);
    }
}
