package bench;

import static bench.Check.ok;
import static org.sigkevent.Aio.aio_read;
import static org.sigkevent.Aio.aio_return;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.sigkevent.Aiocb;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigVal;

/** An aio_read of a block that is not in memory, again and again, of which {@link Walk} follows one for each run. */
public final class ColdRead implements Runnable {
    private static final int SIZE = 4096;

    /** Far enough from each other that no read brings the next one's block with it. */
    private static final long APART = 1 << 20;

    private static final int PLACES = 64;

    /** What else is read meanwhile. */
    private static final long BUSY = 16 << 20;

    private static final int WARM_UPS = 100;

    private final int fd;
    private final KeventQueue queue = KeventQueue.open(16);
    private final KeventRecord record = new KeventRecord();
    private final Aiocb cb = new Aiocb();
    private int next;

    /** Writes the file, and reads until the code is compiled. */
    public ColdRead() throws IOException {
        // Not in the folder for temporary files, which may be all in memory.
        Path file = Files.createTempFile(Path.of("target"), "cold", ".bin");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer part = ByteBuffer.allocateDirect((int) APART);
            for (long written = 0; written < PLACES * APART + BUSY; written += APART) {
                channel.write(part.clear());
            }
            channel.force(true);
        }
        fd = ok(Fcntl.open(file.toString(), Fcntl.O_RDONLY));
        Files.delete(file);
        cb.aio_fildes = fd;
        cb.aio_buf = ByteBuffer.allocateDirect(SIZE);
        cb.aio_nbytes = SIZE;
        cb.aio_sigevent = queue.sigevent(SigVal.of(1));
        for (int i = 0; i < WARM_UPS; i++) {
            read(false);
        }
    }

    @Override
    public void run() {
        read(true);
    }

    private void read(boolean followed) {
        cb.aio_offset = next++ % PLACES * APART;
        ok(Sys.C.posix_fadvise(fd, 0, 0, Sys.FADV_DONTNEED));
        // So that the disk is busy and the read is not done before the wait sleeps.
        ok(Sys.C.posix_fadvise(fd, PLACES * APART, BUSY, Sys.FADV_WILLNEED));
        if (followed) {
            Walk.begin();
        }
        ok(aio_read(cb));
        try {
            queue.take(record);
        } catch (InterruptedException strange) {
            throw new IllegalStateException(strange);
        }
        Walk.end();
        if (aio_return(cb) != SIZE) {
            throw new IllegalStateException("a read failed");
        }
    }
}
