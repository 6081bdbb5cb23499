package org.sigkevent.sys;

import com.kenai.jffi.internal.Cleaner;

/**
 * The thread that jffi releases native memory in. jffi starts it where it is first needed, and where no thread can be started just then
 * the initialiser of a class fails, which makes that class, and {@link Native} with it, unusable for as long as the process lives. So
 * it is started before: what fails here can be tried again.
 */
final class JffiCleaner {
    private JffiCleaner() {}

    /** Throws OutOfMemoryError when the thread cannot be started; the next call tries again. */
    static void start() {
        try {
            Cleaner.register(new Object(), () -> {});
        } catch (IllegalStateException refused) {
            OutOfMemoryError words =
                    new OutOfMemoryError("no thread can be had for jffi's cleaner: " + Limits.NO_THREAD);
            words.initCause(refused);
            throw words;
        } catch (LinkageError absent) {
            // another jffi, which may need no thread
        }
    }
}
