package org.sigkevent;

import static org.sigkevent.sys.Errnos.EAGAIN;
import static org.sigkevent.sys.Errnos.EBADF;
import static org.sigkevent.sys.Errnos.EINTR;
import static org.sigkevent.sys.Errnos.ETIMEDOUT;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.MappedRing;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Queues;
import org.sigkevent.core.Records;
import org.sigkevent.sys.Linux;

/** What {@link Kevent#kevent_take} does, when its arguments are allowed. */
final class Taking {
    private Taking() {}

    static int take(int kfd, KeventRecord into, @Nullable TimeSpec timeout) {
        Queue queue = Queues.recent(kfd);
        if (queue != null && queue.poll(into.raw())) {
            into.load();
            return 1;
        }
        // it will sleep
        queue = Queues.get(kfd);
        MappedRing ring = queue == null ? Kevent.foreign(kfd) : null;
        return queue == null && ring == null ? -1 : await(kfd, queue, ring, into, Kevent.deadline(timeout));
    }

    private static int await(
            int kfd, @Nullable Queue queue, @Nullable MappedRing ring, KeventRecord into, long deadline) {
        Records records = queue != null ? queue : Objects.requireNonNull(ring);
        for (; ; ) {
            int seen = records.state();
            int rc = 0;
            if (!taken(queue, records, into)) {
                rc = queue != null
                        ? queue.await(seen, Linux.CLOCK_MONOTONIC, deadline, false, 0)
                        : Objects.requireNonNull(ring).await(seen, Linux.CLOCK_MONOTONIC, deadline);
                if (rc == 0 || rc == -EAGAIN) {
                    continue;
                }
            }
            if (rc == 0 || rc == -ETIMEDOUT && taken(queue, records, into)) {
                if (queue != null) {
                    queue.leftBehind();
                }
                return 1;
            }
            if (rc == -ETIMEDOUT) {
                return 0;
            }
            return rc == -EINTR
                    ? Errno.fail(EINTR, "kfd", kfd, ": the thread was interrupted while it waited for a record (EINTR)")
                    : queue != null
                            ? Kevent.notAQueue(kfd)
                            : Errno.fail(EBADF, "kfd", kfd, ": the ring's owner has ended it, or has ended");
        }
    }

    private static boolean taken(@Nullable Queue queue, Records records, KeventRecord into) {
        boolean taken = queue != null ? queue.poll(into.raw()) : records.take(into.raw());
        if (taken) {
            into.load();
        }
        return taken;
    }
}
