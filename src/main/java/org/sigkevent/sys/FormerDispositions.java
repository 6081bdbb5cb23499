package org.sigkevent.sys;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What was the disposition of a signal below a handler that cannot be taken away, because another handler is on top of it. Whoever
 * takes that one away puts the lower one back as what was there before; if that is a copy of this library, in another class loader of
 * the same JVM, it finds here what is to be put back instead. Copies have no class in common, so this stands in system properties.
 */
final class FormerDispositions {
    private static final String PREFIX = "org.sigkevent.former.";

    /** More copies than there are on top of each other: whatever others wrote into the properties, the search ends. */
    private static final int MOST = 64;

    private FormerDispositions() {}

    private static String key(long handler, int signo) {
        return PREFIX + Long.toHexString(handler) + "." + signo;
    }

    /** {@code handler} is not wanted for the signal any more, and {@code former}, a struct sigaction, is what was there before it. */
    static void remember(long handler, int signo, ByteBuffer former) {
        byte[] bytes = new byte[Linux.SIZEOF_SIGACTION];
        former.get(0, bytes);
        System.setProperty(key(handler, signo), HexFormat.of().formatHex(bytes));
    }

    /** {@code handler} is wanted for the signal. */
    static void forget(long handler, int signo) {
        System.clearProperty(key(handler, signo));
    }

    /** The disposition itself, or, when its handler is not wanted any more, what is below that. */
    static ByteBuffer below(int signo, ByteBuffer disposition) {
        ByteBuffer found = disposition;
        for (int i = 0; i < MOST; i++) {
            @Nullable String lower = System.getProperty(key(found.getLong(0), signo));
            if (lower == null || lower.length() != 2 * Linux.SIZEOF_SIGACTION) {
                break;
            }
            found = Memory.allocate(Linux.SIZEOF_SIGACTION);
            found.put(0, HexFormat.of().parseHex(lower));
        }
        return found;
    }
}
