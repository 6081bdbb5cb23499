package org.sigkevent;

/**
 * What {@link SigAction#sa_handler} and {@link Signal#signal} call: {@code void (*)(int)} of C. A method {@code void f(int signo)} is given as
 * {@code Program::f}.
 *
 * <p>It runs on a thread of the library, or on an executor: see {@link SigAction}. It is ordinary Java code; none of the rules for
 * async-signal-safe functions holds.
 */
@FunctionalInterface
public interface SigHandler {
    /**
     * A signal has come.
     *
     * @param signo the signal, 1 to 64
     */
    void handle(int signo);
}
