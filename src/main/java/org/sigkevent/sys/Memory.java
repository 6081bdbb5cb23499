package org.sigkevent.sys;

import com.kenai.jffi.MemoryIO;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Native memory as direct byte buffers, and what is read and written there in a chosen memory order.
 *
 * <p>A {@link #view} has no owner: whoever mapped the memory keeps it mapped for as long as a view can be reached.
 */
public final class Memory {
    /** Bytes of a page of memory: 4096, or on some aarch64 kernels 16 or 64 KiB. */
    // _SC_PAGESIZE
    public static final int PAGE_SIZE = (int) Native.C.sysconf(30);

    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private static final long NANOS = 1_000_000_000;
    private static final MemoryIO IO = Native.MEMORY;

    static {
        // the first use of a handle, and of a native method, needs memory: here and not where a record is published
        ByteBuffer once = allocate(16);
        setIntRelease(once, 0, getIntAcquire(once, 0) + getIntOpaque(once, 0) + getIntVolatile(once, 0));
        setIntVolatile(once, 0, getAndAddInt(once, 0, 0));
        setLongRelease(once, 8, getLongAcquire(once, 8) + getAndAddLong(once, 8, 0));
        compareAndSetLong(once, 8, 0, getAndSetLong(once, 8, 0));
        long raw = allocateRaw(Long.BYTES);
        if (raw != 0) {
            putLong(raw, 0);
            byte[] bytes = new byte[Long.BYTES];
            copyOut(raw, bytes, 0, bytes.length);
            copyIn(raw, bytes, 0, bytes.length);
            getLong(raw);
            freeRaw(raw);
        }
        view(address(once), 8);
    }

    private Memory() {}

    // at a byte index of a buffer that is a multiple of the size; the orders are those of VarHandle

    public static int getIntAcquire(ByteBuffer buffer, int at) {
        return (int) INT.getAcquire(buffer, at);
    }

    public static int getIntOpaque(ByteBuffer buffer, int at) {
        return (int) INT.getOpaque(buffer, at);
    }

    public static int getIntVolatile(ByteBuffer buffer, int at) {
        return (int) INT.getVolatile(buffer, at);
    }

    public static void setIntRelease(ByteBuffer buffer, int at, int value) {
        INT.setRelease(buffer, at, value);
    }

    public static void setIntVolatile(ByteBuffer buffer, int at, int value) {
        INT.setVolatile(buffer, at, value);
    }

    public static int getAndAddInt(ByteBuffer buffer, int at, int value) {
        return (int) INT.getAndAdd(buffer, at, value);
    }

    public static long getLongAcquire(ByteBuffer buffer, int at) {
        return (long) LONG.getAcquire(buffer, at);
    }

    public static void setLongRelease(ByteBuffer buffer, int at, long value) {
        LONG.setRelease(buffer, at, value);
    }

    public static long getAndAddLong(ByteBuffer buffer, int at, long value) {
        return (long) LONG.getAndAdd(buffer, at, value);
    }

    public static long getAndSetLong(ByteBuffer buffer, int at, long value) {
        return (long) LONG.getAndSet(buffer, at, value);
    }

    public static boolean compareAndSetLong(ByteBuffer buffer, int at, long expected, long value) {
        return LONG.compareAndSet(buffer, at, expected, value);
    }

    // the same in a buffer of words, by a fence and a plain access, which is whole for an aligned word. It compiles to
    // a
    // comparison and the access, where a handle looks at the buffer, its bounds and the alignment: with what is looked
    // at
    // in the header of a ring so, a record posted and taken takes 42 ns, and by handles 47

    public static long getLongAcquire(LongBuffer words, int at) {
        long value = words.get(at >> 3);
        VarHandle.acquireFence();
        return value;
    }

    public static void setLongRelease(LongBuffer words, int at, long value) {
        VarHandle.releaseFence();
        words.put(at >> 3, value);
    }

    /** A buffer over {@code size} bytes of mapped memory at {@code address}. */
    public static ByteBuffer view(long address, int size) {
        return IO.newDirectByteBuffer(address, size).order(ByteOrder.nativeOrder());
    }

    /** Zeroed native memory that lives as long as the buffer, aligned to 16 bytes. */
    public static ByteBuffer allocate(int size) {
        ByteBuffer raw = ByteBuffer.allocateDirect(size + 16);
        int skip = (int) (-address(raw) & 15);
        return raw.position(skip).limit(skip + size).slice().order(ByteOrder.nativeOrder());
    }

    /** The address of a direct buffer's byte 0 (not of its position). */
    public static long address(@Nullable ByteBuffer direct) {
        return IO.getDirectBufferAddress(direct);
    }

    /** A zero-terminated copy of {@code text}, alive as long as the buffer. */
    public static ByteBuffer cString(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer buffer = allocate(bytes.length + 1);
        buffer.put(0, bytes);
        return buffer;
    }

    /** Sets {@code size} bytes from {@code at} on to zero; a multiple of eight. */
    public static void clear(ByteBuffer buffer, int at, int size) {
        for (int end = at + size; at < end; at += 8) {
            buffer.putLong(at, 0);
        }
    }

    /** Writes {@code nanos}, which is not negative, as a struct timespec. */
    public static void putTime(ByteBuffer buffer, int at, long nanos) {
        buffer.putLong(at, nanos / NANOS).putLong(at + 8, nanos % NANOS);
    }

    /** The nanoseconds of a struct timespec. */
    public static long getTime(ByteBuffer buffer, int at) {
        return buffer.getLong(at) * NANOS + buffer.getLong(at + 8);
    }

    /** Native memory that the caller frees, with anything in it; 0 when there is none. */
    public static long allocateRaw(long size) {
        try {
            return IO.allocateMemory(size, false);
        } catch (OutOfMemoryError none) {
            return 0;
        }
    }

    public static void freeRaw(long address) {
        IO.freeMemory(address);
    }

    public static long getLong(long address) {
        return IO.getLong(address);
    }

    public static void putLong(long address, long value) {
        IO.putLong(address, value);
    }

    public static void copyIn(long address, byte[] from, int offset, int length) {
        IO.putByteArray(address, from, offset, length);
    }

    public static void copyOut(long address, byte[] to, int offset, int length) {
        IO.getByteArray(address, to, offset, length);
    }
}
