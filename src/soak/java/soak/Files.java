package soak;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.Unistd;

/**
 * Reads, writes, vectors, lists and syncs of a file, several at a time, some of them cancelled. What the file must hold is kept in memory, and
 * what is read is compared with it.
 */
final class Files extends Scene {
    private static final int BLOCK = 2048;
    private static final int BLOCKS = 1024;
    private static final int MOST_REQUESTS = 48;
    private static final int MOST_BLOCKS = 4;

    private final Buffers buffers = new Buffers();
    private final Path path;
    private final int fd;
    private final byte[] expected = new byte[BLOCK * BLOCKS];

    /** Blocks that a cancelled write may or may not have written. */
    private final boolean[] unknown = new boolean[BLOCKS];

    /** A transfer of some blocks. */
    private static final class Transfer {
        final Aiocb cb = new Aiocb();
        final int first;
        final int count;
        final boolean write;
        final ByteBuffer buffer;
        Ticket ticket;

        /** Whether it was to be cancelled: then it may end with a part. */
        boolean cancelled;

        Transfer(int first, int count, boolean write, ByteBuffer buffer) {
            this.first = first;
            this.count = count;
            this.write = write;
            this.buffer = buffer;
        }
    }

    Files(Stage stage) throws Exception {
        super(stage, 2_000_000);
        path = java.nio.file.Files.createTempFile(Setting.directory(), "file", ".bin");
        java.nio.file.Files.write(path, expected);
        fd = (int) Calls.ok(Fcntl.open(path.toString(), Fcntl.O_RDWR | Fcntl.O_CLOEXEC));
    }

    @Override
    void round(Desk desk) throws Exception {
        List<Transfer> all = transfers();
        if (oneIn(3)) {
            list(desk, all);
        } else {
            for (Transfer one : all) {
                one.ticket = desk.request(Kind.AIO_FILE, Ticket.Records.ONE, event -> start(one, event));
                if (oneIn(16)) {
                    one.cancelled = true;
                    Calls.ok(Aio.aio_cancel(fd, one.cb));
                }
            }
        }
        if (oneIn(32)) {
            all.forEach(one -> one.cancelled = true);
            Calls.ok(Aio.aio_cancel(fd, null));
        }
        Ticket sync = oneIn(100) ? sync(desk) : null;
        for (Transfer one : all) {
            ended(one, desk.await(one.ticket));
        }
        if (sync != null) {
            happened(desk.await(sync), sync);
        }
    }

    /** Transfers of blocks of which no two are the same. */
    private List<Transfer> transfers() {
        buffers.clear();
        List<Transfer> all = new ArrayList<>();
        int wanted = 1 + random.nextInt(MOST_REQUESTS);
        for (int first = random.nextInt(BLOCKS / 4); all.size() < wanted; ) {
            int count = 1 + random.nextInt(MOST_BLOCKS);
            if (first + count > BLOCKS) {
                break;
            }
            all.add(transfer(new Transfer(
                    first, count, random.nextBoolean(), buffers.get(count * BLOCK, random.nextBoolean()))));
            first += count + random.nextInt(BLOCKS / MOST_REQUESTS - MOST_BLOCKS);
        }
        return all;
    }

    private Transfer transfer(Transfer one) {
        if (one.write) {
            byte[] bytes = new byte[one.count * BLOCK];
            random.nextBytes(bytes);
            one.buffer.put(bytes).flip();
        }
        one.cb.aio_fildes = fd;
        one.cb.aio_offset = (long) one.first * BLOCK;
        one.cb.aio_buf = one.buffer;
        one.cb.aio_nbytes = one.buffer.capacity();
        one.cb.aio_lio_opcode = one.write ? Aio.LIO_WRITE : Aio.LIO_READ;
        return one;
    }

    private int start(Transfer one, SigEvent event) {
        one.cb.aio_sigevent = event;
        if (one.count == 1 || !one.buffer.isDirect()) {
            return one.write ? Aio.aio_write(one.cb) : Aio.aio_read(one.cb);
        }
        int cut = 1 + random.nextInt(one.buffer.capacity() - 1);
        one.cb.aio_iov = new ByteBuffer[] {
            one.buffer.duplicate().limit(cut), one.buffer.duplicate().position(cut)
        };
        one.cb.aio_iovcnt = 2;
        return one.write ? Aio.aio_writev(one.cb) : Aio.aio_readv(one.cb);
    }

    private void list(Desk desk, List<Transfer> all) throws InterruptedException {
        for (Transfer one : all) {
            one.ticket = desk.ticket(Kind.AIO_FILE, Ticket.Records.ONE);
            one.cb.aio_sigevent = desk.queue.sigevent(desk.cookie(one.ticket));
        }
        Aiocb[] list = all.stream().map(one -> one.cb).toArray(Aiocb[]::new);
        int mode = oneIn(2) ? Aio.LIO_WAIT : Aio.LIO_NOWAIT;
        Ticket whole = desk.request(
                Kind.AIO_LIST,
                mode == Aio.LIO_WAIT ? Ticket.Records.ONE_UNTIL_WITHDRAWN : Ticket.Records.ONE,
                event -> Aio.lio_listio(mode, list, list.length, event));
        all.forEach(one -> desk.started(one.ticket));
        if (mode == Aio.LIO_WAIT) {
            // its sigevent is not looked at
            whole.withdraw();
            all.forEach(one -> ledger.check(Aio.aio_error(one.cb) == 0, "lio_listio has waited for " + one.ticket));
        } else {
            KeventRecord record = desk.await(whole);
            boolean right =
                    record == null || record.result == list.length && (record.error == 0 || record.error == Errno.EIO);
            ledger.check(right, "the list of " + list.length + ": " + whole);
        }
    }

    private Ticket sync(Desk desk) throws InterruptedException {
        Aiocb cb = new Aiocb();
        cb.aio_fildes = fd;
        return desk.request(Kind.AIO_FILE, Ticket.Records.ONE, event -> {
            cb.aio_sigevent = event;
            return Aio.aio_fsync(oneIn(2) ? Fcntl.O_DSYNC : Fcntl.O_SYNC, cb);
        });
    }

    /** Looks at a transfer: its status says the same as its record, which may be elsewhere. */
    private void ended(Transfer one, KeventRecord record) {
        int error = Aio.aio_error(one.cb);
        long result = Aio.aio_return(one.cb);
        boolean same = record == null || record.error == error && record.result == result;
        ledger.check(same, "aio_error " + error + " and aio_return " + result + " of " + one.ticket);
        int from = one.first * BLOCK;
        int to = from + one.count * BLOCK;
        if (error == Errno.ECANCELED) {
            if (one.write) {
                Arrays.fill(unknown, one.first, one.first + one.count, true);
            }
            return;
        }
        boolean whole = error == 0 && (result == to - from || one.cancelled && result > 0 && result < to - from);
        ledger.check(whole, Errno.strerror(error) + ", " + result + " bytes of " + (to - from) + ": " + one.ticket);
        ledger.count(Ledger.Event.BYTES, result);
        byte[] bytes = new byte[to - from];
        one.buffer.duplicate().clear().get(bytes);
        int moved = (int) Math.max(0, Math.min(result, bytes.length));
        if (one.write) {
            System.arraycopy(bytes, 0, expected, from, moved);
            // a cancelled one may have written something of the next
            int first = one.first + moved / BLOCK;
            Arrays.fill(unknown, one.first, first, false);
            Arrays.fill(unknown, first, one.first + one.count, true);
            return;
        }
        for (int block = one.first; block < one.first + moved / BLOCK; block++) {
            int at = block * BLOCK;
            int differs = Arrays.mismatch(expected, at, at + BLOCK, bytes, at - from, at - from + BLOCK);
            ledger.check(
                    unknown[block] || differs < 0,
                    "byte " + (at + differs) + " of " + path + " was read as another one: " + one.ticket);
        }
    }

    @Override
    public void close() throws Exception {
        Unistd.close(fd);
        java.nio.file.Files.delete(path);
    }
}
