package org.sigkevent.sys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Native memory: where it is, what is in it, and reading and writing it. */
@Tag("any-engine")
class MemoryTest {
    @Test
    void whatIsAllocatedIsZeroAlignedAndAsLargeAsAskedFor() {
        for (int size = 1; size < 70; size++) {
            ByteBuffer buffer = Memory.allocate(size);
            assertEquals(size, buffer.capacity());
            assertEquals(0, Memory.address(buffer) & 15);
            assertEquals(ByteOrder.nativeOrder(), buffer.order());
            for (int i = 0; i < size; i++) {
                assertEquals(0, buffer.get(i));
            }
        }
    }

    @Test
    void aTimeIsATimespec() {
        ByteBuffer buffer = Memory.allocate(24);
        Memory.putTime(buffer, 8, 5_000_000_007L);
        assertEquals(0, buffer.getLong(0));
        assertEquals(5, buffer.getLong(8));
        assertEquals(7, buffer.getLong(16));
        assertEquals(5_000_000_007L, Memory.getTime(buffer, 8));
    }

    @Test
    void aStringEndsWithAZero() {
        ByteBuffer buffer = Memory.cString("/ä");
        assertEquals(4, buffer.capacity());
        assertEquals('/', buffer.get(0));
        assertEquals((byte) 0xc3, buffer.get(1));
        assertEquals((byte) 0xa4, buffer.get(2));
        assertEquals(0, buffer.get(3));
    }

    @Test
    void asManyBytesAreClearedAsWasSaid() {
        ByteBuffer buffer = Memory.allocate(40);
        for (int i = 0; i < 40; i += 8) {
            buffer.putLong(i, -1);
        }
        Memory.clear(buffer, 8, 16);
        assertEquals(-1, buffer.getLong(0));
        assertEquals(0, buffer.getLong(8));
        assertEquals(0, buffer.getLong(16));
        assertEquals(-1, buffer.getLong(24));
        Memory.clear(buffer, 24, 0);
        assertEquals(-1, buffer.getLong(24));
    }

    @Test
    void whatIsWrittenInOneOrderIsReadInAllOthers() {
        ByteBuffer buffer = Memory.allocate(32);
        Memory.setIntRelease(buffer, 4, 7);
        assertEquals(7, Memory.getIntAcquire(buffer, 4));
        assertEquals(7, Memory.getIntOpaque(buffer, 4));
        assertEquals(7, Memory.getIntVolatile(buffer, 4));
        assertEquals(7, buffer.getInt(4));
        Memory.setIntVolatile(buffer, 4, 8);
        assertEquals(8, Memory.getAndAddInt(buffer, 4, 3));
        assertEquals(11, buffer.getInt(4));
        Memory.setLongRelease(buffer, 16, 1L << 40);
        assertEquals(1L << 40, Memory.getLongAcquire(buffer, 16));
        assertEquals(1L << 40, Memory.getAndAddLong(buffer, 16, 2));
        assertFalse(Memory.compareAndSetLong(buffer, 16, 1L << 40, 0));
        assertTrue(Memory.compareAndSetLong(buffer, 16, (1L << 40) + 2, 5));
        assertEquals(5, buffer.getLong(16));
        assertEquals(0, buffer.getLong(8));
        assertEquals(0, buffer.getLong(24));
    }

    @Test
    void rawMemoryIsReadAndWrittenByAddress() {
        long address = Memory.allocateRaw(16);
        assertNotEquals(0, address);
        Memory.putLong(address, 0x0102_0304_0506_0708L);
        Memory.copyIn(address + 8, new byte[] {9, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 8);
        byte[] back = new byte[10];
        Memory.copyOut(address + 8, back, 1, 8);
        assertArrayEquals(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 0}, back);
        assertEquals(0x0102_0304_0506_0708L, Memory.getLong(address));
        ByteBuffer view = Memory.view(address, 16);
        assertEquals(16, view.capacity());
        assertEquals(0x0102_0304_0506_0708L, view.getLong(0));
        assertEquals(address, Memory.address(view));
        Memory.freeRaw(address);
        assertEquals(0, Memory.allocateRaw(Long.MAX_VALUE), "there is not so much");
    }
}
