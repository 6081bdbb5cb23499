package org.sigkevent.sys;

/**
 * Where it goes what is thrown in a thread of the library and that nobody catches. The thread goes on: it serves the whole process,
 * and what one notification throws costs that notification only.
 */
public final class Uncaught {
    private Uncaught() {}

    /**
     * Tells the calling thread's uncaught-exception handler; if that throws too, the logger {@code org.sigkevent}. Throws nothing,
     * and leaves no interrupt behind, which the thread's next wait would end with.
     */
    public static void report(Throwable thrown) {
        try {
            Thread me = Thread.currentThread();
            me.getUncaughtExceptionHandler().uncaughtException(me, thrown);
        } catch (Throwable handlerFailed) {
            log(thrown, handlerFailed);
        }
        Thread.interrupted();
    }

    private static void log(Throwable thrown, Throwable handlerFailed) {
        try {
            thrown.addSuppressed(handlerFailed);
            System.getLogger("org.sigkevent").log(System.Logger.Level.ERROR, "a notification failed", thrown);
        } catch (Throwable noMemory) {
            // there is no third place
        }
    }
}
