package org.sigkevent;

import org.jspecify.annotations.Nullable;

/**
 * What {@link SigAction#sa_sigaction} calls: {@code void (*)(int, siginfo_t *, void *)} of C. A method
 * {@code void f(int signo, SigInfo info, Object context)} is given as {@code Program::f}.
 *
 * <p>It runs on a thread of the library, or on an executor: see {@link SigAction}.
 */
@FunctionalInterface
public interface SigActionHandler {
    /**
     * A signal has come.
     *
     * @param signo the signal, 1 to 64
     * @param info what is known of it; a new object for each call
     * @param context null: there is no ucontext_t, as no thread was interrupted
     */
    void handle(int signo, SigInfo info, @Nullable Object context);
}
