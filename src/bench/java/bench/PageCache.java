package bench;

import static bench.Check.ok;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** What of a file is in the page cache. Its mapping is never touched, so that pages can leave. */
final class PageCache {
    private static final Path DROP_CACHES = Path.of("/proc/sys/vm/drop_caches");

    /** Of a file so little may stay in memory that is called cold: one of so many blocks. */
    private static final int COLD = 100;

    private final IoFile file;
    private final int fd;
    private final ByteBuffer mapping;
    private final int blocks;
    private final long resident;

    PageCache(IoFile file) throws IOException {
        this.file = file;
        fd = file.open(0);
        try (FileChannel channel = file.channel()) {
            mapping = channel.map(FileChannel.MapMode.READ_ONLY, 0, file.size());
        }
        blocks = (int) (file.size() / Blocks.SIZE);
        resident = Sys.allocate(blocks);
    }

    /** Drops the file's pages, and throws when that has no effect. Looking with mincore brings nothing back. */
    void drop(int reads) throws IOException {
        if (reads > blocks) {
            throw new IllegalStateException(file.path + " is too short for " + reads + " cold reads");
        }
        ok(-Sys.C.posix_fadvise(fd, 0, 0, Sys.FADV_DONTNEED));
        if (resident() > blocks / COLD && Files.isWritable(DROP_CACHES)) {
            Files.writeString(DROP_CACHES, "1");
        }
        int stay = resident();
        if (stay > blocks / COLD) {
            throw new IllegalStateException("not cold: " + stay + " of " + blocks + " blocks stay in memory");
        }
    }

    private int resident() {
        ok(Sys.C.mincore(Sys.address(mapping), (long) blocks * Blocks.SIZE, resident));
        int count = 0;
        for (int i = 0; i < blocks; i++) {
            count += Sys.MEMORY.getByte(resident + i) & 1;
        }
        return count;
    }
}
