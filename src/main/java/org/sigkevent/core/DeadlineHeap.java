package org.sigkevent.core;

import java.util.Arrays;

/**
 * The deadlines of one clock, the earliest to be found. Not thread-safe: its owner locks.
 *
 * <p>Most deadlines that programs arm are time limits, and are disarmed or moved soon after. So a new one first stands among the
 * <b>young</b>, {@value #MOST_YOUNG} at most and in no order: adding and removing there takes a few instructions, however many
 * others are pending. When they are too many, all of them go into the <b>heap</b>: four children to a node, in an array, each
 * deadline knowing its place.
 *
 * <p>{@link #youngest} is never later than the earliest of the young; it may be earlier, when that one was removed. Whoever asks
 * for {@link #first} has it made exact, and only if it could matter.
 */
final class DeadlineHeap {
    private static final int SMALLEST = 64;
    private static final int MOST_YOUNG = 32;

    private final Deadline[] young = new Deadline[MOST_YOUNG];

    /** The times of the young, beside them: they are looked through together. */
    private final long[] youngNanos = new long[MOST_YOUNG];

    private int youngCount;
    private long youngest = Long.MAX_VALUE;

    private Deadline[] nodes = new Deadline[SMALLEST];
    private int size;

    void add(Deadline deadline) {
        if (youngCount == MOST_YOUNG) {
            grow();
        }
        int place = youngCount++;
        young[place] = deadline;
        youngNanos[place] = deadline.nanos;
        deadline.index = ~place;
        if (deadline.nanos < youngest) {
            youngest = deadline.nanos;
        }
    }

    /** The young grow up: all of them go into the heap. */
    private void grow() {
        if (size + youngCount > nodes.length) {
            nodes = Arrays.copyOf(nodes, 2 * nodes.length);
        }
        for (int i = 0; i < youngCount; i++) {
            up(size++, young[i]);
            young[i] = null;
        }
        youngCount = 0;
        youngest = Long.MAX_VALUE;
    }

    void remove(Deadline deadline) {
        if (deadline.index < 0) {
            removeYoung(~deadline.index);
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
        if (size > SMALLEST && size < nodes.length / 8) {
            nodes = Arrays.copyOf(nodes, nodes.length / 2);
        }
    }

    private void removeYoung(int place) {
        int last = --youngCount;
        if (place != last) {
            Deadline moved = young[last];
            young[place] = moved;
            youngNanos[place] = youngNanos[last];
            moved.index = ~place;
        }
        young[last] = null;
        if (last == 0) {
            youngest = Long.MAX_VALUE;
        }
    }

    /** The earliest, or null. */
    Deadline first() {
        Deadline top = nodes[0];
        if (youngCount == 0 || top != null && top.nanos <= youngest) {
            return top;
        }
        int first = 0;
        for (int i = 1; i < youngCount; i++) {
            if (youngNanos[i] < youngNanos[first]) {
                first = i;
            }
        }
        youngest = youngNanos[first];
        return top != null && top.nanos <= youngest ? top : young[first];
    }

    /** A time that no deadline here is before; Long.MAX_VALUE when there is none. Cheaper than {@link #first}. */
    long noneBefore() {
        return nodes[0] == null ? youngest : Math.min(youngest, nodes[0].nanos);
    }

    int size() {
        return size + youngCount;
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
