package org.sigkevent.sys;

import org.jspecify.annotations.Nullable;

/** Chooses the {@link SignalCatcher} of the process, once; {@code -Dsigkevent.signals=jvm} makes it the JVM's own handler. */
public final class SignalCatchers {
    private static @Nullable SignalCatcher instance;

    private SignalCatchers() {}

    /**
     * To be called before SIGCHLD is caught. Before its first process the JDK gives SIGCHLD its default (seen on 17), whoever has it: so
     * that is to be over. Throws nothing.
     */
    public static void settleChildren() {
        try {
            Class.forName("java.lang.ProcessImpl");
        } catch (ClassNotFoundException | LinkageError otherJdk) {
            // it starts processes in another way, or none
        }
    }

    /**
     * The process's one.
     *
     * @throws ErrnoException when no descriptors are to be had, or this JVM can catch no signals
     */
    public static synchronized SignalCatcher instance() {
        if (instance == null) {
            instance = choose();
        }
        return instance;
    }

    private static SignalCatcher choose() {
        if (Settings.get().jvmSignals) {
            return new JvmSignals("asked for with sigkevent.signals");
        }
        try {
            return new SignalPipe();
        } catch (ErrnoException refused) {
            if (refused.errno() == Errnos.EMFILE || refused.errno() == Errnos.ENFILE) {
                // there may be one the next time
                throw refused;
            }
            return new JvmSignals(refused.getMessage());
        }
    }
}
