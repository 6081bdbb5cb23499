package bench;

import static bench.Check.ok;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Unistd;

/** A file whose blocks a case reads or writes, the same for all its subjects, and how they are met. */
final class IoFile {
    /** The words are those of the programs in C. */
    enum How {
        /** All of it is in the page cache. */
        CACHED_READ("cached-read"),
        /** Before each round it is dropped from the page cache. */
        COLD_READ("cold-read"),
        /** O_DIRECT: past the page cache. */
        DIRECT_READ("direct-read"),
        DIRECT_WRITE("direct-write");

        final String word;

        How(String word) {
            this.word = word;
        }
    }

    /** So many blocks that a round draws none twice. */
    private static final long LARGE = 1L << 30;

    final Path path;
    final How how;

    private IoFile(Path path, How how) {
        this.path = path;
        this.how = how;
    }

    static IoFile cached(Path path) {
        return new IoFile(path, How.CACHED_READ);
    }

    /** A file of 1 GiB in the folder of the build, which stays there. */
    static IoFile large(How how) {
        return new IoFile(Path.of("target", "bench-files", "1GiB.data"), how);
    }

    boolean writes() {
        return how == How.DIRECT_WRITE;
    }

    boolean direct() {
        return how == How.DIRECT_READ || how == How.DIRECT_WRITE;
    }

    /** The large file's bytes; it need not be there yet. */
    long size() throws IOException {
        return how == How.CACHED_READ ? Files.size(path) : LARGE;
    }

    Blocks blocks() throws IOException {
        return blocks(0, 1);
    }

    /** What one of several threads draws. */
    Blocks blocks(int part, int parts) throws IOException {
        return new Blocks(size() / Blocks.SIZE, part, parts);
    }

    /** The descriptor of the open file, with more flags. */
    int open(int flags) throws IOException {
        ready();
        return opened(flags);
    }

    private int opened(int flags) throws IOException {
        int fd = Fcntl.open(
                path.toString(), (writes() ? Fcntl.O_RDWR : Fcntl.O_RDONLY) | (direct() ? Fcntl.O_DIRECT : 0) | flags);
        if (fd < 0 && direct() && Errno.errno() == Errno.EINVAL) {
            throw new IOException("the file system of " + path + " has no O_DIRECT");
        }
        if (fd < 0) {
            throw new IOException(Errno.message());
        }
        return fd;
    }

    FileChannel channel() throws IOException {
        ready();
        return FileChannel.open(path, options());
    }

    /** With the threads of a pool, or null for what the JDK takes. */
    AsynchronousFileChannel asynchronous(ExecutorService pool) throws IOException {
        ready();
        return AsynchronousFileChannel.open(path, options(), pool);
    }

    private Set<OpenOption> options() {
        Set<OpenOption> options = new HashSet<>();
        options.add(StandardOpenOption.READ);
        if (writes()) {
            options.add(StandardOpenOption.WRITE);
        }
        if (direct()) {
            options.add(ExtendedOpenOption.DIRECT);
        }
        return options;
    }

    private void ready() throws IOException {
        if (how == How.CACHED_READ) {
            try (InputStream in = Files.newInputStream(path)) {
                in.transferTo(OutputStream.nullOutputStream());
            }
        } else if (!Files.exists(path) || Files.size(path) != LARGE) {
            make();
        }
        if (direct()) {
            // says better than the JDK what is wrong
            ok(Unistd.close(opened(0)));
        }
    }

    /** With real blocks on the disk: what was never written is read without it. */
    private void make() throws IOException {
        Files.createDirectories(path.getParent());
        Path unfinished = path.resolveSibling(path.getFileName() + ".unfinished");
        byte[] part = new byte[1 << 20];
        Random random = new Random(1);
        try (FileChannel channel = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            while (channel.size() < LARGE) {
                random.nextBytes(part);
                channel.write(ByteBuffer.wrap(part));
            }
            channel.force(true);
        }
        Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The work on this file, with what has to be done before each run of it. */
    Work before(Work work) throws IOException {
        if (how != How.COLD_READ) {
            return work;
        }
        PageCache cache = new PageCache(this);
        return new Work() {
            @Override
            public void prepare(int operations) throws IOException {
                cache.drop(operations);
            }

            @Override
            public void run(int operations, Stopwatch watch) throws Exception {
                work.run(operations, watch);
            }
        };
    }
}
