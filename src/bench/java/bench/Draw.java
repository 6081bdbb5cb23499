package bench;

/** Numbers at random, for a few instructions each: what is drawn must not cost more than what is measured. */
final class Draw {
    static final long HOUR = 3_600_000_000_000L;

    private long state = 88172645463325252L;

    private void step() {
        state ^= state << 13;
        state ^= state >>> 7;
        state ^= state << 17;
    }

    /** One of 0 to {@code count} - 1; {@code count} at most 2 to the 31st. */
    int below(int count) {
        step();
        return (int) ((state >>> 33) * count >>> 31);
    }

    /** The nanoseconds of a time limit: an hour, or between one and two. */
    long limit(boolean spread) {
        return spread ? HOUR + (state & 0xffffffffL) * (HOUR >>> 32) : HOUR;
    }
}
