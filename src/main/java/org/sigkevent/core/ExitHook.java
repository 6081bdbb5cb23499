package org.sigkevent.core;

import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Shutdown;
import org.sigkevent.sys.Threads;

/**
 * Tells consumers in other processes when this process ends in order (System.exit, the end of the last thread, SIGTERM): their rings
 * are gone then, as after kevent_destroy. It takes no lock that a queue uses and waits for nothing. A process that is killed tells nobody.
 */
public final class ExitHook {
    private static @Nullable Thread hook;

    private ExitHook() {}

    /**
     * Has {@code ending} called then; with the first queue. While the JVM is ending already nothing can be added, and nobody is told.
     * Throws ErrnoException ESHUTDOWN: what is added after the end of the library would stay.
     */
    static synchronized void add(Runnable ending) {
        Shutdown.check();
        if (hook == null) {
            Thread made = Threads.make("sigkevent-exit", ending);
            try {
                Runtime.getRuntime().addShutdownHook(made);
                hook = made;
            } catch (IllegalStateException late) {
                // kevent_init in another hook: the queue serves this process
            }
        }
    }

    /** When the library ends before the process: nothing of it stays with the JVM. */
    public static synchronized void remove() {
        Thread added = hook;
        if (added == null) {
            return;
        }
        hook = null;
        try {
            Runtime.getRuntime().removeShutdownHook(added);
        } catch (IllegalStateException ending) {
            // it runs, or has run
        }
    }
}
