package wal;

import static org.sigkevent.Aio.*;
import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Kevent.*;
import static org.sigkevent.Signal.SIGEV_KEVENT;
import static org.sigkevent.Unistd.close;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import org.sigkevent.Aiocb;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;

/**
 * A write-ahead log with group commit. Client threads hand in a record each and wait until it is durable; one thread writes all
 * records that have come in with one lio_listio, makes them durable with one aio_fsync, and lets their clients go on. What comes
 * in meanwhile is the next group. Records, ends of lists and ends of syncs come out of one ring. write_ahead_log.c beside
 * this file is the same in C; either reads what the other wrote.
 */
final class WriteAheadLog {
    /** The most records of a group. */
    static final int GROUP = 32;

    static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        Failure(String what) {
            super(what);
        }
    }

    /** What a record of the ring has as its cookie: the one who knows what to do with it. */
    private interface Handler {
        void handle(KeventRecord event) throws Failure;
    }

    /** What a client hands in, and then waits for; a null line when the client has ended. */
    private final class Transaction implements Handler {
        final byte[] line;
        final CountDownLatch durable = new CountDownLatch(1);

        Transaction(byte[] line) {
            this.line = line;
        }

        @Override
        public void handle(KeventRecord event) {
            if (line == null) {
                clients--;
            } else {
                pending.add(this);
            }
        }
    }

    private final Path path;
    private final int fd;
    private long offset;
    private long sequence;

    private int kfd = -1;
    private KeventRing ring;
    private final Aiocb[] writes = new Aiocb[GROUP];
    private final Aiocb sync = new Aiocb();
    private SigEvent written;

    private int clients;
    private final ArrayDeque<Transaction> pending = new ArrayDeque<>();
    private final ArrayDeque<Transaction> group = new ArrayDeque<>();

    /** Of this run. */
    long committed;
    /** Of this run: lists written and synchronised. */
    long groups;
    /** The program ends as if by a crash once so many are committed; 0: never. */
    long crashAfter;

    /** A log that ends as the recovery found it. */
    WriteAheadLog(Path path, Recovery found) throws Failure {
        this.path = path;
        this.fd = check(open(path.toString(), O_WRONLY | O_CREAT, 0644));
        this.offset = found.length;
        this.sequence = found.records;
    }

    /** Writes the lines, handed in by this many clients; returns when all are durable. */
    void append(Iterator<String> lines, int howMany, boolean tell) throws Failure {
        try {
            kfd = check(kevent_init(howMany + 2)); // a record for each client, a list and a sync
            ring = kevent_map_ringbuf(kfd, 1);
            for (int i = 0; i < GROUP; i++) {
                writes[i] = new Aiocb();
                writes[i].aio_fildes = fd;
                writes[i].aio_lio_opcode = LIO_WRITE;
                writes[i].aio_buf = ByteBuffer.allocateDirect(Recovery.HEADER + Recovery.LONGEST)
                        .order(ByteOrder.LITTLE_ENDIAN);
            }
            written = notification(this::onWritten);
            sync.aio_fildes = fd;
            sync.aio_sigevent = notification(this::onDurable);
            for (clients = 0; clients < howMany; clients++) {
                Thread client = new Thread(() -> client(lines, tell), "client-" + clients);
                client.setDaemon(true);
                client.start();
            }
            run();
        } finally {
            kevent_destroy(kfd, null, 0); // clients that are still there get EBADF
            close(fd);
        }
    }

    private SigEvent notification(Handler handler) {
        SigEvent event = new SigEvent();
        event.sigev_notify = SIGEV_KEVENT;
        event.sigev_notify_kqueue = kfd;
        event.sigev_value.sival_ptr = handler;
        return event;
    }

    // ---- the clients

    private void client(Iterator<String> lines, boolean tell) {
        for (; ; ) {
            String line = next(lines);
            Transaction transaction = new Transaction(line == null ? null : line.getBytes(StandardCharsets.UTF_8));
            if (kevent_submit(kfd, KeventEvent.user(SigVal.of(transaction)), 0, null) < 0) {
                return; // the log has failed and says so itself
            }
            if (line == null) {
                return;
            }
            try {
                transaction.durable.await();
            } catch (InterruptedException askedToEnd) {
                return;
            }
            if (tell) {
                System.out.println("committed " + line);
            }
        }
    }

    private static String next(Iterator<String> lines) {
        synchronized (lines) {
            return lines.hasNext() ? lines.next() : null;
        }
    }

    // ---- the log

    /** The loop: every record brings its own handler. */
    private void run() throws Failure {
        KeventRecord event = new KeventRecord();
        while (clients > 0 || !pending.isEmpty() || !group.isEmpty()) {
            int state = ring.state();
            if (ring.take(event)) {
                ((Handler) event.object).handle(event);
            } else if (group.isEmpty() && !pending.isEmpty()) {
                startGroup(); // nothing more is there at the moment
            } else if (kevent_wait(kfd, state, null, null) < 0 && errno() != EWOULDBLOCK && errno() != EINTR) {
                throw new Failure("kevent_wait: " + message());
            }
        }
    }

    private void startGroup() throws Failure {
        int count = 0;
        while (count < GROUP && !pending.isEmpty()) {
            Transaction transaction = pending.remove();
            group.add(transaction);
            if (transaction.line.length > Recovery.LONGEST) {
                throw new Failure("a line has " + transaction.line.length + " bytes: the most is " + Recovery.LONGEST);
            }
            Aiocb cb = writes[count++];
            cb.aio_nbytes = Recovery.encode((ByteBuffer) cb.aio_buf, ++sequence, transaction.line);
            cb.aio_offset = offset;
            offset += cb.aio_nbytes;
        }
        check(lio_listio(LIO_NOWAIT, writes, count, written));
    }

    /** All writes of the group are done. */
    private void onWritten(KeventRecord event) throws Failure {
        for (int i = 0; i < group.size(); i++) {
            int error = aio_error(writes[i]);
            long result = aio_return(writes[i]);
            if (error != 0 || result != writes[i].aio_nbytes) {
                throw new Failure("writing " + path + ": "
                        + (error != 0 ? strerror(error) : "only " + result + " bytes were taken"));
            }
        }
        check(aio_fsync(O_DSYNC, sync));
    }

    /** The group is durable: its clients go on, and the next group begins. */
    private void onDurable(KeventRecord event) throws Failure {
        int error = aio_error(sync);
        aio_return(sync);
        if (error != 0) {
            throw new Failure("synchronising " + path + ": " + strerror(error));
        }
        groups++;
        committed += group.size();
        for (Transaction transaction; (transaction = group.poll()) != null; ) {
            transaction.durable.countDown();
        }
        if (crashAfter > 0 && committed >= crashAfter) {
            if (!pending.isEmpty()) {
                startGroup();
            }
            Runtime.getRuntime().halt(9);
        }
    }

    private static int check(int result) throws Failure {
        if (result < 0) {
            throw new Failure(message());
        }
        return result;
    }
}
