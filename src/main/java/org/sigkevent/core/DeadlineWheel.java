package org.sigkevent.core;

import org.jspecify.annotations.Nullable;

/**
 * Deadlines that are not near, in buckets: those of one bucket in no order, so that adding, removing and moving one touches its
 * neighbours and no others, however many there are. Not thread-safe.
 *
 * <p>Time is counted in ticks of 2<sup>20</sup> nanoseconds (about a millisecond), and a tick is written in digits of 12 bits. The
 * <b>cursor</b> is a tick that is not after now. A deadline stands in the level of the highest digit in which its tick differs from the
 * cursor's, in the bucket of that digit: so a bucket is a millisecond long on the lowest level, 4.3 seconds on the next, 4.9 hours on the one
 * above. When the cursor enters a bucket ({@link #advance}), what is in it is distributed anew, to lower levels; what is of the cursor's tick,
 * or before it, has {@linkplain #arrived arrived}, and is sorted elsewhere.
 *
 * <p><b>One that is moved stays where it is</b> if its bucket begins before its new time, since most deadlines that are moved are moved often,
 * and nothing but its own memory is touched then. For that, what is more than 4.3 seconds ahead is put into the bucket of half that
 * distance, so that it can become earlier, too. When that bucket is entered, it is halfway there, and so on: ten times for an hour.
 *
 * <p>{@link #earliest} is exact if {@value #FEW} looks are enough to find it: those whose bucket is too early are given their own then.
 * Else it is the beginning of the first bucket: who waits until then comes back once for many.
 */
final class DeadlineWheel {
    private static final int TICK_BITS = 20;
    private static final int DIGIT_BITS = 12;
    private static final int DIGITS = 1 << DIGIT_BITS;

    /** A time has 63 bits. */
    private static final int LEVELS = 4;

    /** How many are looked at for the earliest. */
    private static final int FEW = 64;

    private static final int NONE = -1;

    /** The bucket behind the last: what is not after the cursor. */
    private static final int ARRIVED = LEVELS * DIGITS;

    private final Deadline[] first = new Deadline[ARRIVED + 1];

    /** Which buckets are not empty: a bit for each; and which words of that are not 0, a word for each level. */
    private final long[] filled = new long[ARRIVED / Long.SIZE + 1];

    private final long[] filledWords = new long[LEVELS + 1];

    private long cursor;
    private int size;

    /** No deadline here is before this. */
    private long bound = Long.MAX_VALUE;

    /** Whether {@link #bound} is as good as it can be. */
    private boolean sharp = true;

    /** An empty one; it is {@code now}. */
    DeadlineWheel(long now) {
        cursor = tick(now);
    }

    private static long tick(long nanos) {
        return nanos >> TICK_BITS;
    }

    int size() {
        return size;
    }

    /** Whether a deadline is after the cursor. */
    boolean isAhead(Deadline deadline) {
        return tick(deadline.nanos) > cursor;
    }

    /** One of those that have arrived, or null. */
    @Nullable
    Deadline arrived() {
        return first[ARRIVED];
    }

    private int bucketOf(long tick) {
        if (tick <= cursor) {
            return ARRIVED;
        }
        int level = (Long.SIZE - 1 - Long.numberOfLeadingZeros(tick ^ cursor)) / DIGIT_BITS;
        return level << DIGIT_BITS | (int) (tick >> level * DIGIT_BITS) & DIGITS - 1;
    }

    void add(Deadline deadline) {
        long tick = tick(deadline.nanos);
        long ahead = tick - cursor;
        put(deadline, bucketOf(ahead < DIGITS ? tick : cursor + (ahead >> 1)));
    }

    private void put(Deadline deadline, int bucket) {
        Deadline next = first[bucket];
        first[bucket] = deadline;
        deadline.next = next;
        deadline.index = ~bucket;
        if (next == null) {
            filled[bucket >> 6] |= 1L << bucket;
            filledWords[bucket >> DIGIT_BITS] |= 1L << (bucket >> 6);
        } else {
            next.previous = deadline;
        }
        size++;
        if (deadline.nanos < bound) {
            bound = deadline.nanos;
        }
    }

    void remove(Deadline deadline) {
        leaves(deadline);
        unlink(deadline);
        if (size == 0) {
            bound = Long.MAX_VALUE;
            sharp = true;
        }
    }

    /** Gives one another time, if it can stay where it is: whether it can. */
    boolean retime(Deadline deadline, long nanos) {
        if (tick(nanos) < begin(~deadline.index)) {
            return false;
        }
        leaves(deadline);
        deadline.nanos = nanos;
        if (nanos < bound) {
            bound = nanos;
        }
        return true;
    }

    private void leaves(Deadline deadline) {
        if (deadline.nanos == bound) {
            sharp = false;
        }
    }

    private void unlink(Deadline deadline) {
        Deadline next = deadline.next;
        Deadline previous = deadline.previous;
        deadline.next = null;
        deadline.previous = null;
        if (next != null) {
            next.previous = previous;
        }
        if (previous != null) {
            previous.next = next;
        } else {
            int bucket = ~deadline.index;
            first[bucket] = next;
            if (next == null) {
                isEmpty(bucket);
            }
        }
        size--;
    }

    private void isEmpty(int bucket) {
        int word = bucket >> 6;
        filled[word] &= ~(1L << bucket);
        if (filled[word] == 0) {
            filledWords[bucket >> DIGIT_BITS] &= ~(1L << word);
        }
    }

    /** The bucket of the earliest times in which something is that has not arrived, or NONE. */
    private int earliestBucket() {
        for (int level = 0; level < LEVELS; level++) {
            if (filledWords[level] != 0) {
                int word = level * (DIGITS / Long.SIZE) + Long.numberOfTrailingZeros(filledWords[level]);
                return word << 6 | Long.numberOfTrailingZeros(filled[word]);
            }
        }
        return NONE;
    }

    /** The first tick of a bucket. */
    private long begin(int bucket) {
        int shift = (bucket >> DIGIT_BITS) * DIGIT_BITS;
        long above = cursor >> shift + DIGIT_BITS << shift + DIGIT_BITS;
        return above | (long) (bucket & DIGITS - 1) << shift;
    }

    /** The first tick after a bucket. */
    private long end(int bucket) {
        return begin(bucket) + (1L << (bucket >> DIGIT_BITS) * DIGIT_BITS);
    }

    /** A time that no deadline is before; Long.MAX_VALUE when there is none. May be too early by what was removed since {@link #earliest}. */
    long noneBefore() {
        return bound;
    }

    /** The time until which nothing is due; Long.MAX_VALUE when there is no deadline. While something has arrived, a time that is not after it. */
    long earliest() {
        for (int looks = 0; !sharp && first[ARRIVED] == null; ) {
            int bucket = earliestBucket();
            if (bucket == NONE) {
                bound = Long.MAX_VALUE;
                sharp = true;
                break;
            }
            looks = look(bucket, looks);
        }
        return bound;
    }

    /**
     * Finds the earliest of the first bucket, and gives those of it that are later their own: unless it has no others, the bound is sharp then.
     *
     * @param looks how many were looked at before
     * @return how many with those of this bucket
     */
    private int look(int bucket, int looks) {
        long end = end(bucket);
        long least = Long.MAX_VALUE;
        int n = looks;
        Deadline deadline = first[bucket];
        for (; deadline != null && n < FEW; n++) {
            Deadline next = deadline.next;
            long tick = tick(deadline.nanos);
            if (tick >= end) {
                unlink(deadline);
                put(deadline, bucketOf(tick));
            } else {
                least = Math.min(least, deadline.nanos);
            }
            deadline = next;
        }
        if (deadline != null) {
            least = begin(bucket) << TICK_BITS;
        }
        if (least != Long.MAX_VALUE) {
            bound = least;
            sharp = true;
        }
        return n;
    }

    /** It is {@code now}: what is up to this tick arrives. */
    void advance(long now) {
        // the bound is a time of the past, and the bucket that it was the beginning of may be empty by now
        sharp = false;
        long tick = tick(now);
        while (bound <= now && tick > cursor) {
            int bucket = earliestBucket();
            if (bucket == NONE || begin(bucket) > tick) {
                cursor = tick;
                break;
            }
            enter(bucket);
        }
    }

    private void enter(int bucket) {
        cursor = begin(bucket);
        Deadline deadline = first[bucket];
        first[bucket] = null;
        isEmpty(bucket);
        sharp = false;
        while (deadline != null) {
            Deadline next = deadline.next;
            deadline.next = null;
            deadline.previous = null;
            size--;
            add(deadline);
            deadline = next;
        }
    }
}
