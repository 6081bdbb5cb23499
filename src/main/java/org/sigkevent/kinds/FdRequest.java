package org.sigkevent.kinds;

import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.OperationRequest;
import org.sigkevent.core.RingRecord;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.Descriptions;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;

/**
 * KEVENT_FD: a descriptor becomes ready. Once by default. With {@code level} it goes on as long as it is not cancelled: one
 * record at most is unread, and when it is taken the descriptor is looked at again.
 */
public final class FdRequest extends OperationRequest {
    private final boolean level;
    private boolean cancelled;

    /** Whether it holds the file also while its record is unread, because it could not recognise it. */
    private boolean held;

    public FdRequest(Destination to, int fd, int events, boolean level) {
        super(to, Kinds.KEVENT_FD, fd, Op.POLL, level);
        this.level = level;
        operation.flags = events;
    }

    @Override
    protected void check() {
        if (operation.flags == 0 || (operation.flags & ~0xffff) != 0) {
            throw ErrnoException.invalid(
                    "events 0x" + Integer.toHexString(operation.flags)
                            + " is not one or more of POLLIN, POLLPRI, POLLOUT, POLLRDHUP and poll(2)'s others (0x1 to 0xffff)");
        }
        // an engine that begins it at once holds the file, or says that there is none
        if (level || mayBeginLater()) {
            meansItsFile();
        }
    }

    @Override
    protected void checkWhenFull() {
        isOpen();
    }

    @Override
    protected String asked() {
        return "fd " + descriptor + ", events 0x" + Integer.toHexString(operation.flags);
    }

    @Override
    protected int begin() {
        int rc = holdUnlessRecognised();
        held = own >= 0;
        rc = rc < 0 ? rc : handOver();
        if (rc == -Errnos.EBADF && !queue.dead()) {
            throw ErrnoException.notOpen("fd", descriptor);
        }
        return rc;
    }

    @Override
    public void ended(long result) {
        if (!held) {
            // the descriptor of the last look, so that one which the program closes is not kept open
            released();
            operation.fd = descriptor;
        }
        if (!level || result < 0) {
            finish(result);
        } else if (operation.cancelled()) {
            // the last record of one that repeats always says why it is the last
            finish(-Errnos.ECANCELED);
        } else {
            post(result, result, 0);
        }
    }

    private void finish(long result) {
        complete(result, Math.max(0, result), 0);
    }

    @Override
    protected void stop() {
        boolean unread;
        synchronized (this) {
            cancelled = true;
            unread = level && queue.withdraw(this);
        }
        if (unread) {
            finish(-Errnos.ECANCELED);
        } else {
            super.stop();
        }
    }

    @Override
    protected boolean taken(RingRecord record) {
        if (!level) {
            return super.taken(record);
        }
        if (isLast(record)) {
            queue.release(1);
            return super.taken(record);
        }
        giveObject(record);
        int rc = -Errnos.EAGAIN;
        try {
            rc = again();
        } finally {
            if (rc < 0) {
                finish(queue.dead() ? -Errnos.ECANCELED : rc);
            }
        }
        return true;
    }

    /** Looks at the descriptor once more: 0, or an errno negated. */
    private synchronized int again() {
        if (cancelled) {
            return -Errnos.ECANCELED;
        }
        operation.renew();
        boolean there = held ? Descriptions.same(own, descriptor) : hasItsFile();
        int rc = there ? handOver() : -Errnos.EBADF;
        if (rc < 0) {
            released();
        }
        return rc;
    }
}
