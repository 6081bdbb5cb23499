package org.sigkevent.sys;

import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;

/**
 * jnr-posix: the calls of POSIX that it has with the widths that the kernel has. Not those that take a path, whose bytes it makes as
 * the locale says. What a call has answered is followed by {@link Native#errno} in the next statement, as with {@link Libc}.
 */
public final class Posix {
    public static final POSIX CALLS = POSIXFactory.getNativePOSIX();

    private Posix() {}

    /** What a call has just returned, or the errno negated. */
    public static int result(int r) {
        return r < 0 ? -Native.errno() : r;
    }
}
