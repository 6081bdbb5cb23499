package org.sigkevent.core;

import org.sigkevent.engine.Op;
import org.sigkevent.sys.Errnos;

/**
 * An operation of a queue that outlives the thread that submitted it.
 *
 * <p>The kernel ends an operation together with the thread that handed it over, and reports that as -ECANCELED, -EFAULT,
 * -EINTR or -ECHILD. When nobody cancelled the request and its submitter is no longer alive, such an answer is not final:
 * the {@link Driver}, a thread that does not end, hands the operation over once more, and that answer counts.
 */
public abstract class Request extends Op {
    @SuppressWarnings("NullAway.Init") // it is named before the first use
    private Queue queue;

    private volatile boolean cancelled;
    private boolean handedToKeeper;
    private boolean reaped;

    public final Queue queue() {
        return queue;
    }

    /** Names the queue whose engine performs this; while it is not in flight. */
    public final void queue(Queue owner) {
        queue = owner;
    }

    /** Prepares the object for its next operation. */
    public final void renew() {
        if (cancelled) { // a look costs less than a fence
            cancelled = false;
        }
        handedToKeeper = false;
        reaped = false;
    }

    public final boolean cancelled() {
        return cancelled;
    }

    final void markCancelled() {
        cancelled = true;
    }

    final void markHandedToKeeper() {
        handedToKeeper = true;
    }

    @Override
    protected final void completed(int result, boolean more) {
        if (more) {
            happened(result);
            return;
        }
        if (endedWithItsThread(result)) {
            Driver.instance().arm(this);
            return;
        }
        reaped = true;
        finished(result);
    }

    /** Whether it was a completion that ended it: then {@link org.sigkevent.engine.Engine#completedAt} says when. */
    public final boolean reaped() {
        return reaped;
    }

    /** It did not come to an operation: an engine that is closed has the meaning of a cancellation here. */
    @Override
    protected void notSubmitted(int errno) {
        finished(errno == Errnos.EBADF ? -Errnos.ECANCELED : -errno);
    }

    private boolean endedWithItsThread(int result) {
        return (result == -Errnos.ECANCELED
                        || result == -Errnos.EFAULT
                        || result == -Errnos.EINTR
                        || result == -Errnos.ECHILD)
                && !cancelled
                && !handedToKeeper
                && submitterEnded();
    }

    /**
     * Asked in the keeper's thread before it hands the operation over: whether the descriptor still means what it meant when
     * the request was made.
     *
     * @return 0, or an errno negated that becomes the request's answer
     */
    protected int beforeArmingAgain() {
        return 0;
    }

    /** One of several completions ({@link Op#POLL_EDGES}); under the rules of {@link Op#completed}. */
    protected void happened(int result) {}

    /** The last completion; under the rules of {@link Op#completed}. */
    protected abstract void finished(int result);
}
