package org.sigkevent.signal;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What is done with a signal that is delivered: the default, nothing, or a handler is called. Immutable. */
public final class Disposition {
    /** What the program calls. */
    public interface Handler {
        /** Acts on a signal; it is valid during the call only. */
        void handle(Instance signal);
    }

    /** SIG_DFL. */
    public static final Disposition DEFAULT = new Disposition(null, 0, false, false, null, null);

    /** SIG_IGN. */
    public static final Disposition IGNORE = new Disposition(null, 0, false, false, null, null);

    final @Nullable Handler handler;
    final long mask;
    final boolean nodefer;
    final boolean resethand;
    final @Nullable Executor executor;

    /** What the caller wants to see again. */
    public final @Nullable Object told;

    /**
     * A disposition.
     *
     * @param handler is called; null for none
     * @param mask blocked meanwhile
     * @param nodefer whether the signal itself is not
     * @param resethand whether the handler is called once only
     * @param executor calls the handler; null for the library's thread
     * @param told comes back when the caller asks for the disposition
     */
    public Disposition(
            @Nullable Handler handler,
            long mask,
            boolean nodefer,
            boolean resethand,
            @Nullable Executor executor,
            @Nullable Object told) {
        this.handler = handler;
        this.mask = mask;
        this.nodefer = nodefer;
        this.resethand = resethand;
        this.executor = executor;
        this.told = told;
    }
}
