package org.sigkevent.signal;

import java.lang.ref.WeakReference;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.BlockingCall;

/** What is done with a signal that is delivered: the default, nothing, or a handler is called. Immutable. */
public final class Disposition {
    /** What the program calls. */
    public interface Handler {
        /** Acts on a signal; it is valid during the call only. */
        void handle(Instance signal);
    }

    /** SIG_DFL. */
    public static final Disposition DEFAULT = new Disposition(null, 0, false, false, false, null, null);

    /** SIG_IGN. */
    public static final Disposition IGNORE = new Disposition(null, 0, false, false, false, null, null);

    final @Nullable Handler handler;
    final long mask;
    final boolean nodefer;
    final boolean resethand;
    final boolean restart;
    final @Nullable Executor executor;

    /**
     * The thread that has installed the handler: its calls end when that returns. Held weakly: one that has ended has none, and would
     * keep its context class loader. Null without a handler.
     */
    private final @Nullable WeakReference<BlockingCall> installer;

    /** What the caller wants to see again. */
    public final @Nullable Object told;

    /**
     * A disposition.
     *
     * @param handler is called; null for none
     * @param mask blocked meanwhile
     * @param nodefer whether the signal itself is not
     * @param resethand whether the handler is called once only
     * @param restart whether its return ends none of those calls of the installing thread that can be begun again
     * @param executor calls the handler; null for the library's thread
     * @param told comes back when the caller asks for the disposition
     */
    public Disposition(
            @Nullable Handler handler,
            long mask,
            boolean nodefer,
            boolean resethand,
            boolean restart,
            @Nullable Executor executor,
            @Nullable Object told) {
        this.handler = handler;
        this.mask = mask;
        this.nodefer = nodefer;
        this.resethand = resethand;
        this.restart = restart;
        installer = handler == null ? null : new WeakReference<>(BlockingCall.installer());
        this.executor = executor;
        this.told = told;
    }

    private @Nullable BlockingCall installer() {
        return installer == null ? null : installer.get();
    }

    /** Calls the handler, if there is one. */
    void call(Instance one) {
        Handler calls = handler;
        if (calls == null) {
            return;
        }
        BlockingCall thread = installer();
        if (thread == null) {
            calls.handle(one);
        } else {
            thread.handle(() -> calls.handle(one));
        }
    }

    /** The handler has returned: calls of the thread that has installed it, which have begun, are to end. Under the monitor of the signals. */
    void returned() {
        BlockingCall thread = installer();
        if (thread != null) {
            thread.handlerReturned(restart);
        }
    }

    /** Ends them. Under no monitor. */
    void endCalls() {
        BlockingCall thread = installer();
        if (thread != null) {
            thread.endHandled(restart);
        }
    }
}
