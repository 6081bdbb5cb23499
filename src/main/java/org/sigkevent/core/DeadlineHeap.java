package org.sigkevent.core;

/** Deadlines of which the earliest is at hand: four children to a node, in an array, each deadline knowing its place. Not thread-safe. */
final class DeadlineHeap {
    private static final int SMALLEST = 64;

    private Deadline[] nodes = new Deadline[SMALLEST];
    private int size;

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

    /** Adds a deadline. Allocates only when the array is full, and then before anything has changed. */
    void add(Deadline deadline) {
        if (size == nodes.length) {
            moveTo(new Deadline[2 * size]);
        }
        up(size++, deadline);
    }

    void remove(Deadline deadline) {
        int hole = deadline.index;
        Deadline last = at(--size);
        nodes[size] = null;
        if (last != deadline) {
            if (hole > 0 && last.nanos < at((hole - 1) >> 2).nanos) {
                up(hole, last);
            } else {
                down(hole, last);
            }
        }
    }

    /** The earliest, or null. */
    Deadline first() {
        return nodes[0];
    }

    boolean full() {
        return size == nodes.length;
    }

    int size() {
        return size;
    }

    /** One of those that are there. */
    Deadline at(int place) {
        return nodes[place];
    }

    private void up(int from, Deadline deadline) {
        int hole = from;
        while (hole > 0) {
            int parent = (hole - 1) >> 2;
            Deadline above = at(parent);
            if (above.nanos <= deadline.nanos) {
                break;
            }
            put(hole, above);
            hole = parent;
        }
        put(hole, deadline);
    }

    private void down(int from, Deadline deadline) {
        int hole = from;
        for (; ; ) {
            int first = 4 * hole + 1;
            if (first >= size) {
                break;
            }
            Deadline least = at(first);
            int place = first;
            for (int i = first + 1; i < Math.min(first + 4, size); i++) {
                Deadline other = at(i);
                if (other.nanos < least.nanos) {
                    least = other;
                    place = i;
                }
            }
            if (least.nanos >= deadline.nanos) {
                break;
            }
            put(hole, least);
            hole = place;
        }
        put(hole, deadline);
    }

    private void put(int place, Deadline deadline) {
        nodes[place] = deadline;
        deadline.index = place;
    }
}
