package org.sigkevent;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct sigaction} of {@code <signal.h>}: what is done when a signal is delivered.
 *
 * <p>A new one is {@link Signal#SIG_DFL}. A plain struct, read and written during {@link Signal#sigaction} only. Not thread-safe.
 *
 * <p>Handlers run one after the other, lower signals first, on one daemon thread of the library. While one runs, its signal (unless
 * SA_NODEFER is set) and those of {@link #sa_mask} are blocked. With {@link #sa_executor} it runs there, and blocks nothing. What a
 * handler throws goes to the uncaught-exception handler of its thread, and costs nothing but that call.
 */
public final class SigAction {
    /** A handler, {@link Signal#SIG_DFL} or {@link Signal#SIG_IGN}; without {@link Signal#SA_SIGINFO}. Null is SIG_DFL. */
    public @Nullable SigHandler sa_handler = SpecialHandler.DEFAULT;

    /** The handler with {@link Signal#SA_SIGINFO}. */
    public @Nullable SigActionHandler sa_sigaction;

    /** Blocked while the handler runs, beside the signal itself. Null is empty. */
    public @Nullable SigSet sa_mask = new SigSet();

    /**
     * SA_SIGINFO, SA_NODEFER and SA_RESETHAND of {@link Signal}. SA_RESTART, SA_ONSTACK, SA_NOCLDSTOP and SA_NOCLDWAIT change nothing: no
     * call is interrupted but pause, sigsuspend and sleep, and children are those of the JVM. Others are EINVAL.
     */
    public int sa_flags;

    /** Runs the handler instead of the library's thread; null for that. Not in POSIX. */
    public @Nullable Executor sa_executor;

    /** SIG_DFL. */
    public SigAction() {}
}
