package soak;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The user records of one producer: each was posted once and is taken once. A record's place is used again only when the record that had
 * it was taken, so {@link #SIZE} is above what a ring can hold.
 */
final class Window {
    static final int SIZE = 1 << 16;

    private final AtomicLongArray places = new AtomicLongArray(SIZE);

    /** The number behind the last that was posted; of the producer. */
    private volatile long next;

    private static int place(long number) {
        return (int) (number & SIZE - 1);
    }

    private static long posted(long number) {
        return 2 * number + 2;
    }

    private static long taken(long number) {
        return 2 * number + 3;
    }

    /** Whether the record that had the place of this one was taken. */
    boolean free(long number) {
        return number < SIZE || isTaken(number - SIZE);
    }

    boolean isTaken(long number) {
        return places.get(place(number)) == taken(number);
    }

    /** Before it is posted. */
    void post(long number) {
        next = number + 1;
        places.set(place(number), posted(number));
    }

    /** Whether this is the first who took it. */
    boolean take(long number) {
        return places.compareAndSet(place(number), posted(number), taken(number));
    }

    /** What was posted and not taken. */
    List<Long> missing() {
        List<Long> missing = new ArrayList<>();
        for (long number = Math.max(0, next - SIZE); number < next; number++) {
            if (!isTaken(number)) {
                missing.add(number);
            }
        }
        return missing;
    }
}
