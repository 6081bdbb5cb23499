package org.sigkevent.aio;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;

/**
 * aio_cancel.
 *
 * <p>A request that is QUEUED ends immediately. One that is with the kernel is given up by the kernel if it can be; the caller waits
 * a bounded time for the answer, because AIO_CANCELED promises that the status is ECANCELED already. A request that had moved some
 * bytes ends with their number, so it was not cancelled but done.
 */
public final class AioCancel {
    public static final int CANCELED = 0;
    public static final int NOTCANCELED = 1;
    public static final int ALLDONE = 2;

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
    public static int cancel(int fd, @Nullable AioRequest only) {
        if (only != null && only.transfer.fildes != fd) {
            return Linux.statusFlags(fd) < 0 ? -Errnos.EBADF : -Errnos.EINVAL;
        }
        OpenFile file = OpenFile.verified(fd);
        if (file == null) {
            return -Errnos.EBADF;
        }
        if (only != null) {
            file = only.file;
        }
        // what a request that is ended here is told with
        RingRecord.prepareOutgoing();
        Asked asked = new Asked(only, file == null || only != null ? 1 : file.unfinished + 1);
        while (file != null && !file.cancel(asked, only != null ? Integer.MAX_VALUE : asked.uses.length)) {
            asked = new Asked(only, file.unfinished + 1);
        }
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        for (int i = 0; i < asked.count; i++) {
            if (!Suspend.end(asked.requests[i], asked.uses[i], deadline)) {
                break;
            }
        }
        return asked.outcome();
    }

    /** aio_cancel of a block that was never submitted: ALLDONE, or -EBADF. */
    public static int cancelNone(int fd) {
        return Linux.statusFlags(fd) < 0 ? -Errnos.EBADF : ALLDONE;
    }

    /** Requests that were asked to end, one or all of a file, and which submission of each is meant. */
    static final class Asked implements Predicate<AioTransfer> {
        private final @Nullable AioRequest only;
        final AioRequest[] requests;
        final int[] uses;
        int count;

        Asked(@Nullable AioRequest only, int most) {
            this.only = only;
            requests = new AioRequest[most];
            uses = new int[most];
        }

        @Override
        public boolean test(AioTransfer t) {
            AioRequest r = AioRequest.of(t);
            boolean asked = only == null || r == only;
            if (asked) {
                requests[count] = r;
                uses[count++] = r.state.use();
            }
            return asked;
        }

        /** What has become of them by now: what ends after this look is not told. */
        int outcome() {
            int outcome = ALLDONE;
            for (int i = 0; i < count; i++) {
                AioRequest r = requests[i];
                if (r.state.unfinished() && r.state.use() == uses[i]) {
                    return NOTCANCELED;
                }
                // the submission may be over and its result taken by somebody else: then it is not known
                if (r.state.status == Errnos.ECANCELED && r.state.use() == uses[i]) {
                    outcome = CANCELED;
                }
            }
            return outcome;
        }
    }
}
