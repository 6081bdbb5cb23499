package org.sigkevent.core;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.Engine;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Threads;

/**
 * An operation of a queue that outlives the thread that submitted it.
 *
 * <p>The kernel ends an operation together with the thread that handed it over, and reports that as -ECANCELED, -EFAULT,
 * -EINTR or -ECHILD. When the request was not cancelled and its submitter is no longer alive, such an answer is not final:
 * the {@link Driver}, a thread that does not end, hands the operation over once more, and that answer counts.
 */
public abstract class Request extends Op implements Errand {
    /** The engine that performs this, and who is told then; named when it is armed. */
    private @Nullable Engine engine;

    private Driver.@Nullable Attendance attendance;

    private volatile boolean cancelled;
    private boolean handedToDriver;
    private @Nullable Errand sentBefore;

    /** It is about to be handed to this engine, perhaps by the driver. */
    final void byWayOf(Engine to, Driver.Attendance who) {
        engine = to;
        attendance = who;
    }

    /** Prepares the object for its next operation. */
    public final void renew() {
        // a look costs less than a fence
        if (cancelled) {
            cancelled = false;
        }
        handedToDriver = false;
    }

    public final boolean cancelled() {
        return cancelled;
    }

    final void markCancelled() {
        cancelled = true;
    }

    /** Has the driver hand this to the engine; that is done once for a request. */
    final void armInDriver() {
        handedToDriver = true;
        Driver.instance().send(this);
    }

    /** In the driver's thread. */
    @Override
    public final void run() {
        Engine to = Objects.requireNonNull(engine);
        Driver.Attendance who = Objects.requireNonNull(attendance);
        int rc = -Errnos.ECANCELED;
        try {
            // what it is for may have been closed meanwhile, and the number given to something else
            if (!cancelled && hasItsFile()) {
                rc = to.submit(this);
            }
        } catch (OutOfMemoryError | StackOverflowError nothingDone) {
            rc = -Errnos.ENOMEM;
        }
        if (rc < 0) {
            finished(rc == -Errnos.EBADF ? -Errnos.ECANCELED : rc);
        } else if (cancelled) {
            // the cancellation came while it was not with the engine
            to.cancel(this);
        }
        if (rc == 0) {
            // after it is in flight; pairs with Upkeep.leaveUnlessNeeded
            who.needed();
        }
    }

    @Override
    public final @Nullable Errand sentBefore() {
        return sentBefore;
    }

    @Override
    public final void sentBefore(@Nullable Errand errand) {
        sentBefore = errand;
    }

    @Override
    protected final void completed(int result, boolean more) {
        try {
            if (more) {
                happened(result);
            } else if (endedWithItsThread(result)) {
                armInDriver();
            } else {
                finished(result);
            }
        } catch (Throwable thrown) {
            Threads.uncaught(thrown);
        }
    }

    /** It did not come to an operation: an engine that is closed has the meaning of a cancellation here. */
    @Override
    protected void notSubmitted(int errno) {
        finished(errno == Errnos.EBADF ? -Errnos.ECANCELED : -errno);
    }

    private boolean endedWithItsThread(int result) {
        boolean ended = result == -Errnos.ECANCELED || result == -Errnos.EINTR;
        boolean gone = result == -Errnos.EFAULT || result == -Errnos.ECHILD;
        return (ended || gone) && !cancelled && !handedToDriver && submitterEnded();
    }

    /**
     * Asked before it is handed over once more: whether {@link #fd} stands for the file that the request was made for, and will as
     * long as it is in flight.
     */
    protected boolean hasItsFile() {
        return true;
    }

    /** One of several completions ({@link Op#POLL_EDGES}); under the rules of {@link Op#completed}. */
    protected void happened(int result) {}

    /** The last completion; under the rules of {@link Op#completed}. */
    protected abstract void finished(int result);
}
