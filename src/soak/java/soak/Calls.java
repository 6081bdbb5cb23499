package soak;

import org.sigkevent.Errno;

/** The answers of the library's C face. */
final class Calls {
    private Calls() {}

    /** An answer that must not be -1. */
    static long ok(long answer) {
        if (answer < 0) {
            throw new IllegalStateException(Errno.strerror(Errno.errno()) + ": " + Errno.message());
        }
        return answer;
    }
}
