package org.sigkevent.sys;

/**
 * Stack for what must not be interrupted in its middle. A StackOverflowError can come at any call; {@link #reserve} has it come now,
 * before anything has changed, if it would come within the next dozen calls.
 */
public final class Stack {
    private static final int FRAMES = 24;

    private Stack() {}

    /**
     * Goes down some frames and comes back.
     *
     * @throws StackOverflowError the thread has not that much stack left
     */
    public static void reserve() {
        if (down(FRAMES, 1, 2, 3, 4, 5, 6, 7) == 0) {
            throw new AssertionError("a sum of positive numbers");
        }
    }

    /** The arguments are used after the inner call, so each frame holds them. */
    private static long down(int frames, long a, long b, long c, long d, long e, long f, long g) {
        if (frames == 0) {
            return a;
        }
        return down(frames - 1, g, a, b, c, d, e, f) + a + b + c + d + e + f + g;
    }
}
