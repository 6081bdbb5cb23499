package org.sigkevent.aio;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Arenas;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.ProgramMemory;

/**
 * The data of a transfer where it is not one stretch of native memory that stays: a heap array, buffers over memory that can be freed
 * meanwhile, or several pieces. For the first two there is a bounce buffer. A transfer that needs one of these makes it once.
 */
public final class AioBuffers {
    /** A heap array with the data from {@code heapOffset}. Let go when done. */
    public byte @Nullable [] heap;

    public int heapOffset;

    /**
     * Buffers over memory that can be freed meanwhile ({@link Arenas}), of which all that remains is meant; nobody else moves their
     * positions. The bounce buffer is copied only while that memory is there. Let go when done.
     */
    public ByteBuffer @Nullable [] lent;

    /** READV and WRITEV: address and length of each piece. */
    public long @Nullable [] pieces;

    public int pieceCount;

    // package-private: of a transfer
    AioBuffers() {}

    /** Whether a bounce buffer stands in for them. */
    boolean bounce() {
        return heap != null || lent != null;
    }

    /** Whether so many bytes are where they should be: whoever uses the program's buffer meanwhile may have moved its position. */
    boolean hold(long length) {
        byte[] array = heap;
        return array == null || heapOffset >= 0 && length <= array.length - heapOffset;
    }

    /** Copies so many bytes to native memory: false when the memory of a buffer is gone. */
    boolean copyTo(long address, long length) {
        byte[] array = heap;
        if (array != null) {
            Memory.copyIn(address, array, heapOffset, (int) length);
        }
        return copyLent(address, length, false);
    }

    /** Copies so many bytes from native memory: false when the memory of a buffer is gone. */
    boolean copyFrom(long address, long length) {
        byte[] array = heap;
        if (array != null) {
            Memory.copyOut(address, array, heapOffset, (int) length);
        }
        return copyLent(address, length, true);
    }

    private boolean copyLent(long address, long length, boolean back) {
        ByteBuffer[] all = lent;
        long at = address;
        long left = length;
        for (int i = 0; all != null && i < all.length && left > 0; i++) {
            ByteBuffer one = all[i];
            int part = (int) Math.min(left, one.remaining());
            boolean copied = back
                    ? ProgramMemory.copyOut(one, one.position(), at, part)
                    : ProgramMemory.copyIn(at, one, one.position(), part);
            if (!copied) {
                return false;
            }
            at += part;
            left -= part;
        }
        return true;
    }

    /** Writes iovecs for the pieces, without the first {@code done} bytes and for at most {@code most}: how many. */
    int layOut(long iovecs, long done, long most) {
        long[] all = pieces;
        int n = 0;
        long skip = done;
        long room = most;
        for (int i = 0; all != null && i < pieceCount && room > 0; i++) {
            long one = all[2 * i + 1];
            if (skip >= one) {
                skip -= one;
                continue;
            }
            long part = Math.min(one - skip, room);
            Memory.putLong(iovecs + 16L * n, all[2 * i] + skip);
            Memory.putLong(iovecs + 16L * n + 8, part);
            skip = 0;
            room -= part;
            n++;
        }
        return n;
    }

    /** Lets go of the program's memory. */
    void letGo() {
        heap = null;
        lent = null;
    }
}
