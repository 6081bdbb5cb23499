package soak;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Unistd;

/**
 * Asynchronous writes into a pipe or a socket and reads out of it, several of each at once, some cancelled: the bytes come out as they went
 * in, in the order of the calls. A read that was cancelled has none of them, a write that was cancelled has put none in.
 */
final class Streams extends Scene {
    private static final int MOST_BYTES = 20_000;
    private static final int MOST_WRITES = 12;
    private static final int AT_ONCE = 3;

    private final Buffers buffers = new Buffers();
    private byte next;
    private byte awaited;

    /** A request on one of the two ends. */
    private static final class Transfer {
        final Aiocb cb = new Aiocb();
        Ticket ticket;
    }

    Streams(Stage stage) {
        super(stage, 2_000_000);
    }

    @Override
    void round(Desk desk) throws Exception {
        int[] two = new int[2];
        boolean pipe = random.nextBoolean();
        Libc.ok(
                pipe
                        ? Libc.C.pipe2(two, Libc.O_CLOEXEC)
                        : Libc.C.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.O_CLOEXEC, 0, two),
                "pipe");
        buffers.clear();
        next = 0;
        awaited = 0;
        Deque<Transfer> reads = new ArrayDeque<>();
        for (int i = random.nextInt(AT_ONCE); i > 0; i--) {
            reads.add(read(desk, two[0]));
        }
        List<Transfer> writes = new ArrayList<>();
        for (int i = 1 + random.nextInt(MOST_WRITES); i > 0; i--) {
            writes.add(write(desk, two[1]));
        }
        for (long left = unread(desk, writes, reads, two[0]); left > 0; left -= ended(desk, reads.remove())) {
            if (reads.isEmpty()) {
                reads.add(read(desk, two[0]));
            }
        }
        for (Transfer left : reads) {
            Calls.ok(Aio.aio_cancel(two[0], left.cb));
            ledger.check(ended(desk, left) == 0, "bytes of nowhere: " + left.ticket);
        }
        Unistd.close(two[0]);
        Unistd.close(two[1]);
    }

    /** Waits for the writes, and reads to make room for them: how many of their bytes are left. */
    private long unread(Desk desk, List<Transfer> writes, Deque<Transfer> reads, int from) throws InterruptedException {
        long read = 0;
        long written = 0;
        for (Transfer one : writes) {
            long end = System.nanoTime() + Desk.PATIENCE_MILLIS * 1_000_000;
            while (!one.ticket.await(1, 1) && System.nanoTime() < end) {
                if (reads.size() < AT_ONCE) {
                    reads.add(read(desk, from));
                } else if (reads.peek().ticket.await(1, 1)) {
                    read += ended(desk, reads.remove());
                }
            }
            desk.await(one.ticket);
            ledger.check(
                    Aio.aio_error(one.cb) == 0, "error " + Errno.strerror(Aio.aio_error(one.cb)) + " of " + one.ticket);
            long result = Aio.aio_return(one.cb);
            ledger.check(
                    result == one.cb.aio_nbytes, result + " bytes written of " + one.cb.aio_nbytes + ": " + one.ticket);
            written += result;
        }
        ledger.count(Ledger.Event.BYTES, written);
        return written - read;
    }

    private Transfer read(Desk desk, int fd) throws InterruptedException {
        Transfer one = new Transfer();
        one.cb.aio_fildes = fd;
        one.cb.aio_nbytes = 1 + random.nextInt(MOST_BYTES);
        one.cb.aio_buf = buffer((int) one.cb.aio_nbytes);
        one.ticket = desk.request(Kind.AIO_STREAM, Ticket.Records.ONE, event -> {
            one.cb.aio_sigevent = event;
            return Aio.aio_read(one.cb);
        });
        if (oneIn(8)) {
            Calls.ok(Aio.aio_cancel(fd, one.cb));
        }
        return one;
    }

    private Transfer write(Desk desk, int fd) throws InterruptedException {
        Transfer one = new Transfer();
        int length = 1 + random.nextInt(MOST_BYTES);
        ByteBuffer bytes = buffer(length);
        for (int i = 0; i < length; i++) {
            bytes.put(i, next++);
        }
        one.cb.aio_fildes = fd;
        one.cb.aio_nbytes = length;
        one.cb.aio_buf = bytes;
        one.ticket = desk.request(Kind.AIO_STREAM, Ticket.Records.ONE, event -> {
            one.cb.aio_sigevent = event;
            return Aio.aio_write(one.cb);
        });
        return one;
    }

    private ByteBuffer buffer(int length) {
        return buffers.get(length, random.nextBoolean());
    }

    /** The bytes of a read, which are those that are next; none when it was cancelled. */
    private long ended(Desk desk, Transfer one) throws InterruptedException {
        desk.await(one.ticket);
        int error = Aio.aio_error(one.cb);
        long result = Aio.aio_return(one.cb);
        if (error == Errno.ECANCELED) {
            return 0;
        }
        ledger.check(error == 0 && result > 0, Errno.strerror(error) + ", " + result + " bytes: " + one.ticket);
        ByteBuffer bytes = (ByteBuffer) one.cb.aio_buf;
        for (int i = 0; i < result; i++) {
            if (bytes.get(i) != awaited++) {
                ledger.wrong("byte " + i + " of " + result + " is " + bytes.get(i) + " and not " + (byte) (awaited - 1)
                        + ": " + one.ticket);
                awaited = (byte) (bytes.get(i) + 1);
            }
        }
        return Math.max(0, result);
    }
}
