package org.sigkevent.core;

/**
 * The deadlines of one clock, the earliest to be found. Not thread-safe: its owner locks.
 *
 * <p>Most deadlines that programs arm are time limits, and are disarmed or moved soon after. So a new one first stands in an
 * <b>unsorted</b> buffer of {@value #MOST_UNSORTED}: adding and removing there takes a few instructions, however many
 * others are pending. When the buffer is full, it is flushed into the <b>heap</b>: four children to a node, in an array, each
 * deadline knowing its place.
 *
 * <p>{@link #unsortedEarliest} is never later than the earliest in the buffer; it may be earlier, when that one was removed. Whoever asks
 * for {@link #first} has it made exact, and only if it could matter.
 */
final class DeadlineHeap {
    private static final int SMALLEST = 64;
    private static final int MOST_UNSORTED = 32;

    private final Deadline[] unsorted = new Deadline[MOST_UNSORTED];

    /** The times of the unsorted, beside them: they are looked through together. */
    private final long[] unsortedNanos = new long[MOST_UNSORTED];

    private int unsortedCount;
    private long unsortedEarliest = Long.MAX_VALUE;

    private Deadline[] nodes = new Deadline[SMALLEST];
    private int size;

    /** How many left that will be added again, for which there is room. */
    int away;

    /** Whether the next deadlines could need a longer array: see {@link #moveTo}. */
    boolean tight() {
        return size + away + 2 * MOST_UNSORTED > nodes.length;
    }

    int capacity() {
        return nodes.length;
    }

    /** Goes on with a longer array. */
    void moveTo(Deadline[] longer) {
        if (longer.length > nodes.length) {
            System.arraycopy(nodes, 0, longer, 0, size);
            nodes = longer;
        }
    }

    /** Adds a deadline. Allocates only where {@link #tight} was not heeded, and then before anything has changed. */
    void add(Deadline deadline) {
        if (unsortedCount == MOST_UNSORTED) {
            flush();
        }
        int place = unsortedCount++;
        unsorted[place] = deadline;
        unsortedNanos[place] = deadline.nanos;
        deadline.index = ~place;
        if (deadline.nanos < unsortedEarliest) {
            unsortedEarliest = deadline.nanos;
        }
    }

    /** All that are unsorted go into the heap. */
    private void flush() {
        if (size + unsortedCount > nodes.length) {
            moveTo(new Deadline[2 * nodes.length]);
        }
        for (int i = 0; i < unsortedCount; i++) {
            up(size++, unsorted[i]);
            unsorted[i] = null;
        }
        unsortedCount = 0;
        unsortedEarliest = Long.MAX_VALUE;
    }

    void remove(Deadline deadline) {
        if (deadline.index < 0) {
            removeUnsorted(~deadline.index);
            return;
        }
        int hole = deadline.index;
        Deadline last = nodes[--size];
        nodes[size] = null;
        if (last != deadline) {
            if (hole > 0 && last.nanos < nodes[(hole - 1) >> 2].nanos) {
                up(hole, last);
            } else {
                down(hole, last);
            }
        }
    }

    private void removeUnsorted(int place) {
        int last = --unsortedCount;
        if (place != last) {
            Deadline moved = unsorted[last];
            unsorted[place] = moved;
            unsortedNanos[place] = unsortedNanos[last];
            moved.index = ~place;
        }
        unsorted[last] = null;
        if (last == 0) {
            unsortedEarliest = Long.MAX_VALUE;
        }
    }

    /** The earliest, or null. */
    Deadline first() {
        Deadline top = nodes[0];
        if (unsortedCount == 0 || top != null && top.nanos <= unsortedEarliest) {
            return top;
        }
        int first = 0;
        for (int i = 1; i < unsortedCount; i++) {
            if (unsortedNanos[i] < unsortedNanos[first]) {
                first = i;
            }
        }
        unsortedEarliest = unsortedNanos[first];
        return top != null && top.nanos <= unsortedEarliest ? top : unsorted[first];
    }

    /** A time that no deadline here is before; Long.MAX_VALUE when there is none. Cheaper than {@link #first}. */
    long noneBefore() {
        return nodes[0] == null ? unsortedEarliest : Math.min(unsortedEarliest, nodes[0].nanos);
    }

    int size() {
        return size + unsortedCount;
    }

    private void up(int hole, Deadline deadline) {
        while (hole > 0) {
            int parent = (hole - 1) >> 2;
            if (nodes[parent].nanos <= deadline.nanos) {
                break;
            }
            put(hole, nodes[parent]);
            hole = parent;
        }
        put(hole, deadline);
    }

    private void down(int hole, Deadline deadline) {
        for (; ; ) {
            int first = 4 * hole + 1;
            if (first >= size) {
                break;
            }
            int least = first;
            for (int i = first + 1; i < Math.min(first + 4, size); i++) {
                if (nodes[i].nanos < nodes[least].nanos) {
                    least = i;
                }
            }
            if (nodes[least].nanos >= deadline.nanos) {
                break;
            }
            put(hole, nodes[least]);
            hole = least;
        }
        put(hole, deadline);
    }

    private void put(int place, Deadline deadline) {
        nodes[place] = deadline;
        deadline.index = place;
    }
}
