package org.sigkevent.core;

import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.BlockingHelpers;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.Duplicates;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Threads;

/**
 * A request behind which stands an operation of the engine. Where the engine cannot do it, a helper thread makes the system call
 * ({@link #blocking}); if a descriptor tells when it would not block ({@link #readiness}), only then, so that what waits holds no
 * thread.
 */
public abstract class OperationRequest extends EventRequest {
    /** What the engine is asked for; a subclass fills it in before it begins. */
    protected final Request operation = new Operation();

    private volatile BlockingHelpers.@Nullable Task helper;
    private volatile boolean stopped;
    private @Nullable FileId meant;

    /** Whether {@link #own} is one of {@link Duplicates}. */
    private boolean duplicated;

    /** Whether the operation is a poll for {@link #readiness}, in the place of one that the engine cannot do. */
    private boolean polls;

    private final class Operation extends Request {
        @Override
        protected boolean hasItsFile() {
            return OperationRequest.this.hasItsFile();
        }

        @Override
        protected void performed(int result) {
            letGoOfFile();
        }

        @Override
        protected void finished(int result) {
            if (polls && result >= 0) {
                ready();
            } else {
                ended(result);
            }
        }
    }

    protected OperationRequest(Destination to, int id, int descriptor, int code, boolean repeats) {
        super(to, id, descriptor, repeats);
        operation.code = code;
        operation.fd = descriptor;
    }

    /** Whether the engine does it. */
    protected final boolean supported() {
        return queue.engine().supports(operation.code);
    }

    /** Whether it may be handed over by another thread than this one, or once more: then its file has to be recognised. */
    protected final boolean mayBeginLater() {
        return queue.engine().asynchronous || Threads.isVirtual(Thread.currentThread());
    }

    /** Throws EBADF when nothing is open under its descriptor. */
    protected final void isOpen() {
        if (Linux.statusFlags(descriptor) < 0) {
            throw ErrnoException.notOpen("fd", descriptor);
        }
    }

    /** Remembers what is open under its descriptor now, for {@link #hasItsFile}; throws EBADF when nothing is. */
    protected final void meansItsFile() {
        FileId file = new FileId();
        int rc = file.load(descriptor);
        if (rc == -Errnos.EBADF) {
            throw ErrnoException.notOpen("fd", descriptor);
        }
        ErrnoException.check(rc, asked());
        if (file.hasOwnInode() && file.type() != Linux.S_IFSOCK) {
            // a name may be made again with the same inode number within the tick of its birth
            file.loadHandle(descriptor);
        }
        meant = file;
    }

    /** Holds what {@link #meansItsFile} could not recognise later, until the request is over: 0, or an errno negated. */
    protected final int holdUnlessRecognised() {
        FileId file = meant;
        if (file == null || file.hasOwnInode()) {
            return 0;
        }
        own = Duplicates.makeExact(descriptor);
        duplicated = own >= 0;
        operation.fd = own;
        return Math.min(0, own);
    }

    /** Makes sure that the operation is for the file that it was first, by a duplicate if it must be: false when that is gone. */
    protected final boolean hasItsFile() {
        FileId then = meant;
        if (then == null || operation.fixed || own >= 0) {
            return true;
        }
        int duplicate = Duplicates.of(then, descriptor);
        if (duplicate < 0) {
            return false;
        }
        own = duplicate;
        duplicated = true;
        operation.fd = duplicate;
        return true;
    }

    /** Holds the file that is open under its descriptor until the request is over: 0, or an errno negated. */
    protected final int holdFile() {
        if (!supported()) {
            own = Duplicates.make(descriptor);
            duplicated = own >= 0;
            return Math.min(0, own);
        }
        int held = queue.engine().holdFile(descriptor);
        if (held < 0) {
            return held;
        }
        operation.fd = held;
        operation.fixed = true;
        return 0;
    }

    private void letGoOfFile() {
        if (operation.fixed) {
            operation.fixed = false;
            queue.engine().letGoOfFile(operation.fd, descriptor);
        }
    }

    @Override
    protected final void closeOwn(int fd) {
        if (duplicated) {
            duplicated = false;
            Duplicates.close(fd, descriptor);
        } else {
            super.closeOwn(fd);
        }
    }

    @Override
    protected final void released() {
        letGoOfFile();
        super.released();
    }

    /** The poll(2) events of its {@linkplain #own own descriptor} to wait for instead of holding a helper; 0 for none. */
    protected int readiness() {
        return 0;
    }

    /** Its descriptor is ready. In the thread that reaps: what is done here does not block. */
    protected void ready() {
        long result = -Errnos.ENOMEM;
        try {
            result = blocking();
        } finally {
            ended(result);
        }
    }

    /** Hands the operation over: 0 or an errno negated. */
    protected final int handOver() {
        if (supported()) {
            return arm();
        }
        int events = readiness();
        if (events == 0) {
            return help(helperTask());
        }
        polls = true;
        operation.code = Op.POLL;
        operation.fd = own;
        operation.ownFd = true;
        operation.flags = events;
        return arm();
    }

    /** Gives it to the engine: 0 or an errno negated. */
    protected int arm() {
        return queue.arm(operation);
    }

    /** Hands it over once more, after it has ended: 0 or an errno negated. */
    protected final int handOverAgain() {
        operation.renew();
        helper = null;
        int rc = handOver();
        // it was stopped while it was nowhere; pairs with stop()
        if (rc == 0 && stopped) {
            queue.cancel(operation);
        }
        return rc;
    }

    /** Has a helper make the call: 0 or an errno negated. */
    protected final int help(BlockingHelpers.Task task) {
        // before the look at stopped; pairs with stop()
        helper = task;
        if (stopped) {
            task.cancel();
        }
        return BlockingHelpers.start(task);
    }

    @Override
    protected void stop() {
        stopped = true;
        BlockingHelpers.Task running = helper;
        if (running != null) {
            running.cancel();
        } else {
            queue.cancel(operation);
        }
    }

    /** Whether it was to be stopped, perhaps while it was nowhere. */
    protected final boolean stopped() {
        return stopped;
    }
}
