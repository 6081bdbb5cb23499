package org.sigkevent.sys;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The end of the library in this process: whether it has begun, and what has to end first. A {@link Part} that enters before the
 * beginning is ended by {@link #endParts}; one that comes later is refused. So nothing is made that nobody would end.
 */
public final class Shutdown {
    /** Before what has failed is tried again: there may be memory then. */
    public static final long PAUSE_NANOS = 50_000_000;

    private static final IntrusiveList<Part> PARTS = new IntrusiveList<>();
    private static volatile boolean begun;

    private Shutdown() {}

    /** What has threads, descriptors or mappings until it has ended. */
    public abstract static class Part {
        private final Link<Part> place = new Link<>(this);
        private boolean asked;

        /**
         * Begins its end; {@link #left} follows, now or later, in this thread or another. One that throws is called again: what it had
         * done stays done.
         */
        protected abstract void end();

        /** Throws ErrnoException ESHUTDOWN when the end of the library has begun. */
        public final void enter() {
            synchronized (PARTS) {
                check();
                PARTS.addLast(place);
            }
        }

        /** It has ended. */
        public final void left() {
            synchronized (PARTS) {
                PARTS.remove(place);
                PARTS.notifyAll();
            }
        }
    }

    public static void begin() {
        synchronized (PARTS) {
            begun = true;
        }
    }

    public static boolean begun() {
        return begun;
    }

    /** Throws ErrnoException ESHUTDOWN when the end of the library has begun. */
    public static void check() {
        if (begun) {
            throw new ErrnoException(
                    Errnos.ESHUTDOWN,
                    "this copy of the library was ended with Sigkevent.shutdown(); a class loader of its own loads another");
        }
    }

    /** Ends all parts, and waits until they have ended. */
    public static void endParts() {
        for (Part next = next(); next != null; next = next()) {
            try {
                next.end();
            } catch (Throwable thrown) {
                // the others still count, and it has to end
                Threads.uncaught(thrown);
                LockSupport.parkNanos(PAUSE_NANOS);
                askAgain(next);
            }
        }
    }

    private static void askAgain(Part part) {
        synchronized (PARTS) {
            part.asked = false;
        }
    }

    /** One that was not asked to end; null when there are none any more. */
    private static @Nullable Part next() {
        synchronized (PARTS) {
            while (!PARTS.isEmpty()) {
                for (Part part = PARTS.first(); part != null; part = part.place.following()) {
                    if (!part.asked) {
                        part.asked = true;
                        return part;
                    }
                }
                try {
                    PARTS.wait();
                } catch (InterruptedException strange) {
                    // nobody knows this thread
                }
            }
            return null;
        }
    }
}
