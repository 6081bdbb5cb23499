package org.sigkevent.sys;

/**
 * Whether a thread looks around for a moment before it sleeps, and whether that pays. What comes within some microseconds is had
 * without a sleep and a wake-up, which cost two context switches; what comes later has cost the moment in vain. So it is done while it
 * has paid lately, and else once in a while to find out.
 *
 * <p>Its user sees to it that one thread at a time looks around: the leader of a queue has its engine's reaping right.
 */
public final class Spinning {
    /** How long a thread looks around at most: about what a sleep and a wake-up take. */
    public static final long NANOS = 20_000;

    private static final boolean POSSIBLE = Runtime.getRuntime().availableProcessors() > 1;
    private static final int ALWAYS = 1024;
    private static final int WORTHWHILE = ALWAYS / 8;
    private static final int SELDOM = 64;

    /** How often it has paid lately, of {@link #ALWAYS}. */
    private int paid = ALWAYS / 2;

    private int skipped;

    /** Whether to look around this time. */
    public boolean begins() {
        if (paid < WORTHWHILE && ++skipped < SELDOM) {
            return false;
        }
        skipped = 0;
        return POSSIBLE;
    }

    /** It has spared a sleep, or not. */
    public void ends(boolean spared) {
        paid += ((spared ? ALWAYS : 0) - paid) / 16;
    }
}
