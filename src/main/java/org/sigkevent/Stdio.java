package org.sigkevent;

import org.jspecify.annotations.Nullable;

/** {@code <stdio.h>}: perror. */
public final class Stdio {
    private Stdio() {}

    /**
     * perror(3): writes {@code s}, a colon, and what {@link Errno#strerror} says of this thread's {@link Errno#errno} to System.err. It
     * leaves errno. {@link Errno#message} has more to say.
     *
     * @param s what has failed; null or empty for the description alone
     */
    public static void perror(@Nullable String s) {
        String description = Errno.strerror(Errno.errno());
        System.err.println(s == null || s.isEmpty() ? description : s + ": " + description);
    }
}
