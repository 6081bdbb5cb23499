package org.sigkevent.failure;

import java.util.Arrays;

/** What takes all of a small heap. */
final class FullHeap {
    private static final Object[] TAKEN = new Object[2_000_000];
    private static int count;

    private FullHeap() {}

    /** Takes it until an array of {@code smallest} bytes does not fit any more. */
    static void fill(int smallest) {
        for (int size = 1 << 20; size >= smallest; size /= 8) {
            try {
                for (; ; ) {
                    take(size);
                }
            } catch (OutOfMemoryError full) {
                continue;
            }
        }
    }

    /** Takes an array of {@code size} bytes, or throws OutOfMemoryError. */
    static void take(int size) {
        TAKEN[count] = new byte[size];
        count++;
    }

    /** Gives the last back: how many bytes that were. */
    static int giveLastBack() {
        int size = ((byte[]) TAKEN[--count]).length + 16;
        TAKEN[count] = null;
        return size;
    }

    static void empty() {
        Arrays.fill(TAKEN, null);
        count = 0;
    }
}
