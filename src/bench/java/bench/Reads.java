package bench;

import static bench.Check.ok;
import static org.sigkevent.Aio.*;
import static org.sigkevent.Kevent.*;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;

/** A queue, and requests that read a block and complete into it. */
final class Reads {
    final Aiocb[] requests;
    private final int kfd;
    private final KeventRing ring;
    private final KeventRecord record = new KeventRecord();

    Reads(Path file, int count) {
        int fd = ok(Fcntl.open(file.toString(), Fcntl.O_RDONLY));
        kfd = ok(kevent_init(256));
        ring = kevent_map_ringbuf(kfd, 1);
        requests = new Aiocb[count];
        ByteBuffer blocks = ByteBuffer.allocateDirect((count + 1) * Blocks.SIZE).alignedSlice(Blocks.SIZE);
        for (int i = 0; i < count; i++) {
            Aiocb cb = new Aiocb();
            cb.aio_fildes = fd;
            cb.aio_buf = ByteBuffer.allocateDirect(2 * Blocks.SIZE)
                    .alignedSlice(Blocks.SIZE)
                    .limit(Blocks.SIZE);
            cb.aio_nbytes = Blocks.SIZE;
            cb.aio_lio_opcode = LIO_READ;
            cb.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(i));
            requests[i] = cb;
        }
    }

    /** Takes one record and the result behind it; answers which request it was. */
    int finish() {
        for (; ; ) {
            int state = ring.state();
            if (ring.take(record)) {
                break;
            }
            kevent_wait(kfd, state, null, null);
        }
        int which = (int) record.cookie;
        Aiocb cb = requests[which];
        if (aio_error(cb) != 0 || aio_return(cb) != Blocks.SIZE) {
            throw new IllegalStateException("a read failed: " + Errno.strerror(aio_error(cb)));
        }
        return which;
    }
}
