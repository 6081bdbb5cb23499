package org.sigkevent.sys;

import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of the library that releases what belonged to objects which cannot be reached any more. It is started with the first
 * of them and not by the initialiser of a class, which for want of a thread would leave the class unusable for good.
 */
public final class Unreachable {
    private static volatile @Nullable Cleaner cleaner;

    private Unreachable() {}

    /** Throws ErrnoException EAGAIN when the thread cannot be started; nothing has changed then, and the next call tries again. */
    public static Cleaner cleaner() {
        Cleaner started = cleaner;
        return started != null ? started : start();
    }

    private static synchronized Cleaner start() {
        Cleaner started = cleaner;
        if (started == null) {
            try {
                started = Cleaner.create();
            } catch (OutOfMemoryError none) {
                throw new ErrnoException(
                        Errnos.EAGAIN,
                        "no thread can be had that releases what cannot be reached any more: " + Limits.NO_THREAD + ": "
                                + none.getMessage());
            }
            cleaner = started;
        }
        return started;
    }
}
