package bench;

import static bench.Check.ok;
import static org.sigkevent.Aio.*;
import static org.sigkevent.Kevent.*;

import java.io.IOException;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;

/** A queue, and requests that read or write a block of a file and complete into it. */
final class Requests {
    final Aiocb[] all;
    private final boolean write;
    private final Blocks blocks;
    private final int kfd;
    private final KeventRing ring;
    private final KeventRecord record = new KeventRecord();

    Requests(IoFile file, int count) throws IOException {
        this(file, count, 0);
    }

    /** With more flags of open. */
    Requests(IoFile file, int count, int flags) throws IOException {
        write = file.writes();
        blocks = file.blocks();
        int fd = file.open(flags);
        kfd = ok(kevent_init(256));
        ring = kevent_map_ringbuf(kfd, 1);
        all = new Aiocb[count];
        for (int i = 0; i < count; i++) {
            Aiocb cb = new Aiocb();
            cb.aio_fildes = fd;
            cb.aio_buf = Blocks.buffer();
            cb.aio_nbytes = Blocks.SIZE;
            cb.aio_lio_opcode = write ? LIO_WRITE : LIO_READ;
            cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(i));
            all[i] = cb;
        }
    }

    /** The next place for a request. */
    void place(Aiocb cb) {
        cb.aio_offset = blocks.next();
    }

    /** Starts a request at the next place. */
    void begin(Aiocb cb) {
        place(cb);
        start(cb);
    }

    /** Starts a request where it is. */
    void start(Aiocb cb) {
        ok(write ? aio_write(cb) : aio_read(cb));
    }

    /** Takes one record and the result behind it; answers which request it was, and -1 when the ring is empty. */
    int poll() {
        if (!ring.take(record)) {
            return -1;
        }
        int which = (int) record.cookie;
        Aiocb cb = all[which];
        if (aio_error(cb) != 0 || aio_return(cb) != Blocks.SIZE) {
            throw new IllegalStateException("a request failed: " + Errno.strerror(aio_error(cb)));
        }
        return which;
    }

    /** As {@link #poll}, but waits for a record. */
    int finish() {
        for (; ; ) {
            int state = ring.state();
            int which = poll();
            if (which >= 0) {
                return which;
            }
            kevent_wait(kfd, state, null, null);
        }
    }
}
