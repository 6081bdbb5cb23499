package bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The blocks of a file, drawn at random as the programs in C draw them. Not for more than one thread. */
final class Blocks {
    static final int SIZE = 4096;

    private final long count;
    private long random = 88172645463325252L;

    /** Reads the file once, so that it is in the page cache. */
    Blocks(Path file) throws IOException {
        count = Files.size(file) / SIZE;
        try (InputStream in = Files.newInputStream(file)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }

    /** Where in the file the next block is. */
    long next() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return Long.remainderUnsigned(random, count) * SIZE;
    }

    static void check(int got) {
        if (got != SIZE) {
            throw new IllegalStateException("a read gave " + got + " bytes");
        }
    }
}
