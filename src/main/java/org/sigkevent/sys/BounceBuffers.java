package org.sigkevent.sys;

import org.jspecify.annotations.Nullable;

/**
 * Native memory that stands in for heap arrays while the kernel works on them, and for the piece lists of vectored requests. The
 * process shares it: no thread keeps any.
 *
 * <p>Blocks come in powers of two. Up to {@link #KEPT_PER_SIZE} bytes of each size are kept for the next request; blocks
 * above {@link #LARGEST_KEPT} are given back to the C library at once. So a steady load allocates nothing and a burst
 * leaves at most a few megabytes behind.
 */
public final class BounceBuffers {
    static final int SMALLEST_SHIFT = 12;
    static final int LARGEST_SHIFT = 20;
    static final long LARGEST_KEPT = 1L << LARGEST_SHIFT;
    static final long KEPT_PER_SIZE = 1L << 20;

    private static final int SIZES = LARGEST_SHIFT - SMALLEST_SHIFT + 1;
    static final BounceBuffers[] BY_SIZE = new BounceBuffers[SIZES];

    static {
        for (int i = 0; i < SIZES; i++) {
            BY_SIZE[i] = new BounceBuffers(SMALLEST_SHIFT + i);
        }
    }

    /** Some native memory; whoever took it gives it back. */
    public static final class Block {
        public final long address;
        private final @Nullable BounceBuffers home;
        private @Nullable Block next;

        private Block(long address, @Nullable BounceBuffers home) {
            this.address = address;
            this.home = home;
        }
    }

    final int size;
    private final int most;
    private @Nullable Block free;

    /** How many blocks are kept; under the monitor. */
    int kept;

    private BounceBuffers(int shift) {
        size = 1 << shift;
        most = (int) (KEPT_PER_SIZE >> shift);
    }

    /** At least {@code bytes} bytes, with anything in them; null when the machine has none. */
    public static @Nullable Block take(long bytes) {
        if (bytes > LARGEST_KEPT) {
            long address = Memory.allocateRaw(bytes);
            return address == 0 ? null : new Block(address, null);
        }
        int shift = Math.max(SMALLEST_SHIFT, 64 - Long.numberOfLeadingZeros(Math.max(1, bytes) - 1));
        return BY_SIZE[shift - SMALLEST_SHIFT].take();
    }

    public static void give(Block block) {
        if (block.home == null || !block.home.keep(block)) {
            Memory.freeRaw(block.address);
        }
    }

    /** Gives back to the C library what is kept; nothing is kept any more. */
    public static void end() {
        for (BounceBuffers one : BY_SIZE) {
            one.empty();
        }
    }

    private synchronized void empty() {
        for (Block block = free; block != null; block = free) {
            free = block.next;
            kept--;
            Memory.freeRaw(block.address);
        }
    }

    private @Nullable Block take() {
        synchronized (this) {
            Block block = free;
            if (block != null) {
                free = block.next;
                block.next = null;
                kept--;
                return block;
            }
        }
        long address = Memory.allocateRaw(size);
        return address == 0 ? null : new Block(address, this);
    }

    private synchronized boolean keep(Block block) {
        if (kept == most || Shutdown.begun()) {
            return false;
        }
        kept++;
        block.next = free;
        free = block;
        return true;
    }
}
