package org.sigkevent.signal;

import org.jspecify.annotations.Nullable;

/**
 * The instances that were generated and not accepted: for each signal a line in the order of generation. Accepted is the first of
 * the lowest number. Guarded by the monitor of {@link ProcessSignals}.
 *
 * <p>Instances are used again, so that in a program that keeps up with its signals none is made.
 */
final class PendingSignals {
    private static final int MOST_KEPT = 1 << 12;

    private final @Nullable Instance[] first = new Instance[65];
    private final @Nullable Instance[] last = new Instance[65];
    private long bits;
    private int count;

    private @Nullable Instance free;
    private int kept;

    /** The signals of which there are instances, bit n-1 for signal n. */
    long bits() {
        return bits;
    }

    int count() {
        return count;
    }

    void add(Instance one) {
        Instance before = last[one.signo];
        one.next = null;
        if (before == null) {
            first[one.signo] = one;
        } else {
            before.next = one;
        }
        last[one.signo] = one;
        bits |= Instance.bit(one.signo);
        one.queued = true;
        count++;
    }

    /** It is the oldest of its signal: somebody has given it back. */
    void addFirst(Instance one) {
        one.next = first[one.signo];
        first[one.signo] = one;
        if (one.next == null) {
            last[one.signo] = one;
        }
        bits |= Instance.bit(one.signo);
        one.queued = true;
        count++;
    }

    /**
     * Takes the first instance of the lowest signal of {@code set}; null when there is none.
     *
     * @param thread who takes it only if it is for no other thread; 0 for who takes it for whomever it is
     */
    @Nullable
    Instance take(long set, int thread) {
        for (long left = bits & set; left != 0; left &= left - 1) {
            int signo = Long.numberOfTrailingZeros(left) + 1;
            Instance before = null;
            for (Instance one = first[signo]; one != null; before = one, one = one.next) {
                if (thread == 0 || one.thread == 0 || one.thread == thread) {
                    remove(one, before);
                    return one;
                }
            }
        }
        return null;
    }

    private void remove(Instance one, @Nullable Instance before) {
        int signo = one.signo;
        if (before == null) {
            first[signo] = one.next;
        } else {
            before.next = one.next;
        }
        if (one.next == null) {
            last[signo] = before;
        }
        if (first[signo] == null) {
            bits &= ~Instance.bit(signo);
        }
        one.next = null;
        one.queued = false;
        count--;
    }

    /** Whether somebody has sent an instance: one that is no notification. */
    boolean sent(int signo) {
        Instance one = first[signo];
        while (one != null && one.notifies()) {
            one = one.next;
        }
        return one != null;
    }

    /** Whether there is an instance for the process that is valid for certain: none of a timer that may have been deleted. */
    boolean certain(int signo) {
        Instance one = first[signo];
        while (one != null && (one.holdsRecord() || one.thread != 0)) {
            one = one.next;
        }
        return one != null;
    }

    /** How many instances there are of the signals of {@code set}. */
    int count(long set) {
        int n = 0;
        for (long left = bits & set; left != 0; left &= left - 1) {
            for (Instance one = first[Long.numberOfTrailingZeros(left) + 1]; one != null; one = one.next) {
                n++;
            }
        }
        return n;
    }

    /** One to be filled in; null when none is left from before: then a new one has to be made. */
    @Nullable
    Instance reused() {
        Instance one = free;
        if (one != null) {
            free = one.next;
            one.next = null;
            kept--;
        }
        return one;
    }

    /** It was accepted or dropped. */
    void recycle(Instance one) {
        boolean awaited = one.awaitedBy != null;
        one.finish();
        if (!awaited && kept < MOST_KEPT) {
            one.next = free;
            free = one;
            kept++;
        }
    }
}
