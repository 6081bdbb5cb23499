package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Blocks do not overlap, are large enough, and not many of them are kept. */
@Tag("any-engine")
class BounceBuffersTest {
    @Test
    void blocksThatAreOutAreDifferent() {
        BounceBuffers.Block[] blocks = new BounceBuffers.Block[600];
        for (int round = 0; round < 3; round++) {
            Set<Long> addresses = new HashSet<>();
            for (int i = 0; i < blocks.length; i++) {
                blocks[i] = BounceBuffers.take(1 + i % 9000);
                Memory.putLong(blocks[i].address, i);
                assertTrue(addresses.add(blocks[i].address));
            }
            for (int i = 0; i < blocks.length; i++) {
                assertEquals(i, Memory.getLong(blocks[i].address));
                BounceBuffers.give(blocks[i]);
            }
        }
    }

    @Test
    void everySizeIsServedToItsLastByte() {
        for (int bytes : new int[] {0, 1, 4096, 4097, 65536, 1 << 20, (1 << 20) + 1, 5 << 20}) {
            BounceBuffers.Block block = BounceBuffers.take(bytes);
            Memory.copyIn(block.address, new byte[bytes], 0, bytes);
            BounceBuffers.give(block);
        }
    }

    @Test
    void whatIsKeptIsBounded() {
        BounceBuffers.Block[] blocks = new BounceBuffers.Block[400];
        for (int size = 4096; size <= 1 << 20; size *= 4) {
            for (int i = 0; i < blocks.length && (long) i * size < 16 << 20; i++) {
                blocks[i] = BounceBuffers.take(size);
            }
            for (int i = 0; i < blocks.length && (long) i * size < 16 << 20; i++) {
                BounceBuffers.give(blocks[i]);
            }
        }
        for (BounceBuffers one : BounceBuffers.BY_SIZE) {
            synchronized (one) {
                assertTrue((long) one.kept * one.size <= BounceBuffers.KEPT_PER_SIZE);
            }
        }
    }
}
