package bench;

import static bench.Check.ok;
import static org.sigkevent.Aio.aio_error;
import static org.sigkevent.Aio.aio_fsync;
import static org.sigkevent.Aio.aio_return;
import static org.sigkevent.Aio.aio_write;
import static org.sigkevent.Kevent.kevent_init;
import static org.sigkevent.Kevent.kevent_map_ringbuf;
import static org.sigkevent.Kevent.kevent_wait;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import org.sigkevent.Aiocb;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;

/** 4 KiB writes one after the other into a file of 64 MiB, and each with an fsync behind it; in memory and on disk. */
final class AioWriteCase {
    private static final int BLOCKS = 16_384;

    private AioWriteCase() {}

    static List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        Path memory = Path.of("/dev/shm");
        if (Files.isDirectory(memory)) {
            add(groups, "tmpfs", memory);
        }
        add(groups, "disk", Path.of("target", "bench"));
        return groups;
    }

    private static void add(List<Group> groups, String where, Path directory) {
        for (boolean sync : new boolean[] {false, true}) {
            Path file = directory.resolve(
                    "sigkevent-bench-" + ProcessHandle.current().pid() + ".data");
            String mode = sync ? "fsync" : "write";
            groups.add(new Group("aio-write, " + (sync ? "write and fsync" : "write") + ", " + where, Unit.PER_SECOND)
                    .ours(sync ? "aio_write, aio_fsync" : "aio_write", () -> ours(own(directory), sync))
                    .other("AsynchronousFileChannel, CompletionHandler", () -> handler(own(directory), null, sync))
                    .other(
                            "AsynchronousFileChannel, CompletionHandler, a thread for each processor",
                            () -> handler(own(directory), FileSubjects.processors(), sync))
                    .other("FileChannel", () -> channel(own(directory), sync))
                    .program("aio_write", mode, "io_uring", file)
                    .program("aio_write", mode, "expert", file)
                    .program("aio_write", mode, "suspend", file)
                    .program("aio_write", mode, "pwrite", file));
        }
    }

    /** A file of this subject's own, which goes with its JVM. */
    private static Path own(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path file = Files.createTempFile(directory, "sigkevent-bench", ".data");
        file.toFile().deleteOnExit();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocateDirect(Blocks.SIZE);
            for (int i = 0; i < BLOCKS; i++) {
                channel.write(block.clear(), (long) i * Blocks.SIZE);
            }
        }
        return file;
    }

    private static long offset(int i) {
        return (long) (i % BLOCKS) * Blocks.SIZE;
    }

    private static Work ours(Path file, boolean sync) {
        int kfd = ok(kevent_init(16));
        KeventRing ring = kevent_map_ringbuf(kfd, 1);
        KeventRecord record = new KeventRecord();
        Aiocb write = new Aiocb();
        write.aio_fildes = ok(Fcntl.open(file.toString(), Fcntl.O_RDWR));
        write.aio_buf = ByteBuffer.allocateDirect(Blocks.SIZE);
        write.aio_nbytes = Blocks.SIZE;
        write.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(1));
        Aiocb flush = new Aiocb();
        flush.aio_fildes = write.aio_fildes;
        flush.aio_sigevent = SigEvent.kevent(kfd, SigVal.of(2));
        return (operations, watch) -> {
            for (int i = 0; i < operations; i++) {
                long started = watch.start();
                write.aio_offset = offset(i);
                ok(aio_write(write));
                if (sync) {
                    ok(aio_fsync(Fcntl.O_SYNC, flush));
                    taken(kfd, ring, record);
                }
                taken(kfd, ring, record);
                Blocks.check(aio_error(write) == 0 ? (int) aio_return(write) : -1);
                if (sync && (aio_error(flush) != 0 || aio_return(flush) != 0)) {
                    throw new IOException("aio_fsync");
                }
                watch.stop(started);
            }
        };
    }

    private static void taken(int kfd, KeventRing ring, KeventRecord record) {
        for (; ; ) {
            int state = ring.state();
            if (ring.take(record)) {
                return;
            }
            kevent_wait(kfd, state, null, null);
        }
    }

    private static Work handler(Path file, ExecutorService pool, boolean sync) throws IOException {
        AsynchronousFileChannel channel = AsynchronousFileChannel.open(file, Set.of(StandardOpenOption.WRITE), pool);
        ByteBuffer block = ByteBuffer.allocateDirect(Blocks.SIZE);
        SynchronousQueue<Integer> done = new SynchronousQueue<>();
        CompletionHandler<Integer, Void> handler = new CompletionHandler<>() {
            @Override
            public void completed(Integer result, Void nothing) {
                put(result);
            }

            @Override
            public void failed(Throwable why, Void nothing) {
                put(-1);
            }

            private void put(int result) {
                try {
                    done.put(result);
                } catch (InterruptedException end) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        return (operations, watch) -> {
            for (int i = 0; i < operations; i++) {
                long started = watch.start();
                channel.write(block.clear(), offset(i), null, handler);
                Blocks.check(done.take());
                if (sync) {
                    channel.force(true);
                }
                watch.stop(started);
            }
        };
    }

    private static Work channel(Path file, boolean sync) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        ByteBuffer block = ByteBuffer.allocateDirect(Blocks.SIZE);
        return (operations, watch) -> {
            for (int i = 0; i < operations; i++) {
                long started = watch.start();
                Blocks.check(channel.write(block.clear(), offset(i)));
                if (sync) {
                    channel.force(true);
                }
                watch.stop(started);
            }
        };
    }
}
