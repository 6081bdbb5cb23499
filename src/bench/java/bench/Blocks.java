package bench;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Places of blocks in a file, drawn as the programs in C draw them: in an order that looks random, each once before any comes
 * again. Not for more than one thread; of several threads each takes a part of the same order.
 */
final class Blocks {
    static final int SIZE = 4096;

    private final long count;
    private final long mask;
    private final int half;
    private final int step;
    private long drawn;

    Blocks(long count, int part, int parts) {
        if (count <= 0) {
            throw new IllegalArgumentException("the file is shorter than a block");
        }
        this.count = count;
        int bits = Math.max(2, Long.SIZE - Long.numberOfLeadingZeros(count - 1));
        mask = (1L << bits) - 1;
        half = (bits + 1) / 2;
        drawn = part;
        step = parts;
    }

    /** Where in the file the next block is. Each step can be undone, so that no block comes twice; places behind the end are left out. */
    long next() {
        long x;
        do {
            x = drawn & mask;
            drawn += step;
            x = (x ^ x >>> half) * 0x9E3779B97F4A7C15L & mask;
            x = (x ^ x >>> half) * 0xBF58476D1CE4E5B9L & mask;
            x ^= x >>> half;
        } while (x >= count);
        return x * SIZE;
    }

    /** Memory for a block, aligned as O_DIRECT wants it, with something in it. */
    static ByteBuffer buffer() {
        byte[] content = new byte[SIZE];
        Arrays.fill(content, (byte) 'x');
        return ByteBuffer.allocateDirect(2 * SIZE)
                .alignedSlice(SIZE)
                .limit(SIZE)
                .slice()
                .put(content)
                .flip();
    }

    static void check(int got) {
        if (got != SIZE) {
            throw new IllegalStateException("a read or write gave " + got + " bytes");
        }
    }
}
