package org.sigkevent;

import java.util.Objects;

/**
 * {@code sigset_t} of {@code <signal.h>}: a set of the signals 1 to 64. The functions on it are those of {@link Signal}.
 *
 * <p>A plain struct, not thread-safe; a new one is empty.
 */
public final class SigSet {
    /** Bit n-1 stands for signal n, as in the kernel. */
    long bits;

    /** The empty set. */
    public SigSet() {}

    /**
     * A copy, which C makes by assignment.
     *
     * @param of the set that is copied
     */
    public SigSet(SigSet of) {
        bits = Objects.requireNonNull(of, "of").bits;
    }

    static boolean valid(int signo) {
        return signo >= 1 && signo <= 64;
    }

    static long bit(int signo) {
        return 1L << (signo - 1);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        for (int signo = 1; signo <= 64; signo++) {
            if ((bits & bit(signo)) != 0) {
                text.append(text.length() > 1 ? ", " : "").append(signo);
            }
        }
        return text.append('}').toString();
    }
}
