package org.sigkevent.aio;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Clocks;
import org.sigkevent.core.Queue;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;

/**
 * aio_cancel, and what happens to the requests of a queue that is destroyed.
 *
 * <p>A request that is queued in user space ends at once. One that is with the kernel is given up by the kernel if it can
 * be; the caller waits a bounded time for the answer, because AIO_CANCELED promises that the status is ECANCELED already. A
 * request that had moved some bytes ends with their number, so it was not cancelled but done.
 */
final class AioCancel {
    static final int CANCELED = 0;
    static final int NOTCANCELED = 1;
    static final int ALLDONE = 2;

    /** How long the kernel's answer is waited for. An operation on a disk that has begun is only done when it is done. */
    static final long PATIENCE_NANOS = 100_000_000;

    private AioCancel() {}

    /**
     * Cancels one request, or all of a descriptor.
     *
     * @param only the request, or null for all
     * @return CANCELED: the status is ECANCELED (for all: of at least one, and none goes on); NOTCANCELED: it goes on (for
     *     all: at least one does), though it may yet end early; ALLDONE: there was nothing to cancel. Or -EBADF, when the
     *     descriptor is not open; -EINVAL, when the request was submitted on another
     */
    static int cancel(int fd, @Nullable AioRequest only) {
        if (only != null && only.fd != fd) {
            return Linux.statusFlags(fd) < 0 ? -Errnos.EBADF : -Errnos.EINVAL;
        }
        OpenFile file = OpenFiles.verified(fd);
        if (file == null) {
            return -Errnos.EBADF;
        }
        List<Asked> asked = only != null ? one(only) : all(file);
        long deadline = Clocks.monotonic() + PATIENCE_NANOS;
        for (Asked a : asked) {
            if (!Suspend.end(a.request, a.use, deadline)) {
                break;
            }
        }
        return outcome(asked);
    }

    /** What has become of them by now: what ends after this look is not told. */
    static int outcome(List<Asked> asked) {
        int outcome = ALLDONE;
        for (Asked a : asked) {
            if (a.goesOn()) {
                return NOTCANCELED;
            }
            if (a.endedCancelled()) {
                outcome = CANCELED;
            }
        }
        return outcome;
    }

    /** A request and which of its submissions is meant. */
    static final class Asked {
        final AioRequest request;
        final long use;

        Asked(AioRequest request) {
            this.request = request;
            this.use = request.use();
        }

        boolean goesOn() {
            return request.unfinished() && request.use() == use;
        }

        /** Whether it ended cancelled; the use may be over and its result taken by somebody else, then it is not known. */
        boolean endedCancelled() {
            return request.status() == Errnos.ECANCELED && request.use() == use;
        }
    }

    private static List<Asked> one(AioRequest request) {
        List<Asked> asked = new ArrayList<>(1);
        OpenFile file = request.file;
        if (file == null) {
            return asked;
        }
        boolean ended = false;
        file.lock.lock();
        if (request.file == file && request.unfinished()) {
            asked.add(new Asked(request));
            ended = request.cancelLocked();
        }
        file.lock.unlock();
        if (ended) {
            request.concludeCancelled();
        }
        return asked;
    }

    private static List<Asked> all(OpenFile file) {
        List<Asked> asked = new ArrayList<>();
        if (file.unfinished > 0) {
            cancel(file, null, asked);
        }
        return asked;
    }

    /** Cancels the requests of a file, all or those of one queue; the queued ones first, so that none is started meanwhile. */
    private static void cancel(OpenFile file, @Nullable Queue of, List<Asked> asked) {
        List<AioRequest> ended = new ArrayList<>();
        List<AioRequest> running = new ArrayList<>();
        file.lock.lock();
        try {
            file.forEach(r -> {
                if ((of == null || r.queue() == of) && r.unfinished()) {
                    asked.add(new Asked(r));
                    (r.queued ? ended : running).add(r);
                }
            });
            for (AioRequest r : ended) {
                r.cancelLocked();
            }
            for (AioRequest r : running) {
                r.cancelLocked();
            }
        } finally {
            file.lock.unlock();
        }
        for (AioRequest r : ended) {
            r.concludeCancelled();
        }
    }

    /** The queue is dead: everything of it ends. */
    static void abandon(Queue dying) {
        OpenFiles.forEachBusy(file -> cancel(file, dying, new ArrayList<>()));
    }

    /** The request was handed to the kernel after it was cancelled: the kernel is told now. */
    static void kernelsAgain(AioRequest request, long use) {
        OpenFile file = request.file;
        if (file == null) {
            return;
        }
        file.lock.lock();
        if (request.file == file) {
            request.cancelAgainLocked(use);
        }
        file.lock.unlock();
    }
}
