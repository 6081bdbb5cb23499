package org.sigkevent.sys;

import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import org.jspecify.annotations.Nullable;

/**
 * jnr-posix: the calls of POSIX that it has with the widths that the kernel has, where this library has not bound them for itself. Not
 * those that take a path, whose bytes it makes as the locale says. The first use loads it, a third of a second.
 */
public final class Posix {
    private static volatile @Nullable POSIX loaded;

    private Posix() {}

    /**
     * The calls. What one has answered is followed by {@link #result}, or {@link Native#errno} in the next statement, as with
     * {@link Libc}.
     *
     * @throws OutOfMemoryError nothing has been done; the next call tries again
     */
    public static POSIX calls() {
        POSIX calls = loaded;
        return calls != null ? calls : load();
    }

    private static synchronized POSIX load() {
        if (loaded == null) {
            Stack.own(() -> loaded = POSIXFactory.getNativePOSIX());
        }
        POSIX calls = loaded;
        if (calls == null) {
            throw new OutOfMemoryError("jnr-posix cannot be loaded");
        }
        return calls;
    }

    /** What a call has just returned, or the errno negated. */
    public static int result(int r) {
        return r < 0 ? -Native.errno() : r;
    }
}
