package org.sigkevent.core;

import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.BlockingHelpers;
import org.sigkevent.sys.Errnos;

/**
 * A request that only a blocking system call can wait for. It is tried without blocking in the caller first; if it would have to
 * wait, a helper thread makes the call, and cancelling ends it for certain.
 */
public abstract class BlockingRequest extends EventRequest {
    private BlockingHelpers.@Nullable Task task;

    protected BlockingRequest(Destination to, int id, int descriptor) {
        super(to, id, descriptor, false);
    }

    /** Tries without waiting: the result, or the errno negated. */
    protected abstract long attempt();

    /** Whether this answer of {@link #attempt} means that it would have to wait. */
    protected boolean mustWait(long result) {
        return result == -Errnos.EAGAIN;
    }

    /** It will have to wait: 0, or an errno negated. */
    protected int aboutToBlock() {
        return 0;
    }

    @Override
    public abstract long blocking();

    /** An id of System V IPC that was there a moment ago and is not one any more was removed. */
    protected static long removed(long result) {
        return result == -Errnos.EINVAL ? -Errnos.EIDRM : result;
    }

    @Override
    protected final int begin() {
        long now = attempt();
        if (!mustWait(now)) {
            if (now == -Errnos.EBADF || now == -Errnos.EINVAL || now == -Errnos.EACCES || now == -Errnos.EFAULT) {
                return (int) now;
            }
            ended(now);
            return 0;
        }
        BlockingHelpers.Task waiting = helperTask();
        int rc = aboutToBlock();
        if (rc < 0) {
            return rc;
        }
        task = waiting;
        return BlockingHelpers.start(waiting);
    }

    @Override
    protected final void stop() {
        BlockingHelpers.Task waiting = task;
        if (waiting != null) {
            waiting.cancel();
        }
    }
}
