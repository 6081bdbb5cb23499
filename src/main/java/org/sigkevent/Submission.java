package org.sigkevent;

import static org.sigkevent.sys.Errnos.EAGAIN;
import static org.sigkevent.sys.Errnos.EBADF;
import static org.sigkevent.sys.Errnos.EINTR;
import static org.sigkevent.sys.Errnos.EINVAL;
import static org.sigkevent.sys.Errnos.ENOSYS;
import static org.sigkevent.sys.Errnos.ETIMEDOUT;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.EventRequest;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.MappedRing;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Queues;
import org.sigkevent.engine.BlockingHelpers;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Limits;

/** What {@link Kevent#kevent_submit} does: it waits for a slot, or for a helper thread, within the timeout. */
final class Submission {
    private static final String NO_HELPER =
            "no helper thread is free for the request: all that the queue may use have a call that waits"
                    + " (sigkevent.helpers.blocking), " + Limits.NO_THREAD + ", or the kernel has no room for it";

    private Submission() {}

    /** A queue of another process: what needs its memory only. */
    static int elsewhere(int kfd, @Nullable KeventEvent ev, int flags, @Nullable TimeSpec timeout) {
        boolean back = ev != null && !ev.isRequest() && (ev.flags & Kevent.KEVENT_REQUEUED) != 0;
        if (ev != null && !back || Queues.find(kfd) != null) {
            return Kevent.notAQueue(kfd);
        }
        MappedRing ring = Kevent.foreign(kfd);
        if (ring == null || refused(flags, timeout)) {
            return -1;
        }
        long patience = (flags & Kevent.KEVENT_NOWAIT) != 0 ? 0 : timeout == null ? Long.MAX_VALUE : timeout.toNanos();
        try {
            int rc = ev == null ? ring.wake(1) : ring.putBack(ev.record(), patience);
            return Errno.answer(
                    rc,
                    rc == -EAGAIN
                            ? "the owner of queue " + kfd + " has not taken back what was put back before"
                            : null);
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        }
    }

    /** Whether an argument is not allowed; errno says so then. */
    private static boolean refused(int flags, @Nullable TimeSpec timeout) {
        if ((flags & ~Kevent.KEVENT_NOWAIT) != 0) {
            Errno.fail(EINVAL, "flags " + flags + " is neither 0 nor KEVENT_NOWAIT (1)");
            return true;
        }
        return Kevent.refused(timeout);
    }

    static int submit(Queue queue, @Nullable KeventEvent ev, int flags, @Nullable TimeSpec timeout) {
        if (refused(flags, timeout)) {
            return -1;
        }
        if (ev == null) {
            queue.wake(1);
            return 0;
        }
        long deadline = (flags & Kevent.KEVENT_NOWAIT) != 0 ? Long.MIN_VALUE : Kevent.deadline(timeout);
        boolean requeued = (ev.flags & Kevent.KEVENT_REQUEUED) != 0;
        if (!ev.isRequest() && ev.id != Kevent.KEVENT_USER && !(requeued && Kinds.known(ev.id))) {
            return Errno.fail(
                    ENOSYS,
                    "ev has the id " + ev.id
                            + ", which cannot be submitted by hand as KEVENT_USER (" + Kevent.KEVENT_USER
                            + "), KEVENT_FD ("
                            + Kevent.KEVENT_FD + "), KEVENT_SIGNAL (" + Kevent.KEVENT_SIGNAL + "), KEVENT_DELAY ("
                            + Kevent.KEVENT_DELAY + "), KEVENT_PROCESS (" + Kevent.KEVENT_PROCESS + "), KEVENT_FLOCK ("
                            + Kevent.KEVENT_FLOCK + ") and KEVENT_SYNC (" + Kevent.KEVENT_SYNC
                            + ") can: use a factory method of KeventEvent; timers, asynchronous I/O and message queues have functions"
                            + " of their own");
        }
        boolean helperless = false;
        try {
            int rc;
            do {
                rc = ev.isRequest() ? ev.start(queue) : ev.post(queue);
                if (rc == 0 && !ev.isRequest()) {
                    return 0;
                }
                if (queue.dead()) {
                    return Kevent.notAQueue(queue.fd());
                }
                helperless = rc == EventRequest.NO_HELPER;
                if (rc == -EAGAIN && requeued) {
                    return Errno.fail(
                            EAGAIN,
                            "queue " + queue.fd() + ": as many records were put back beyond its " + queue.limit()
                                    + " events as its ring has slots; take some first");
                }
                if (deadline == Long.MIN_VALUE && (rc == -EAGAIN || helperless)) {
                    return Errno.fail(EAGAIN, helperless ? NO_HELPER : full(queue, "is"));
                }
            } while (rc == -EAGAIN && (rc = queue.awaitSpace(deadline)) == 0
                    || helperless && (rc = BlockingHelpers.await(deadline)) == 0);
            return rc == 0
                    ? 0
                    : rc == -EBADF
                            ? Kevent.notAQueue(queue.fd())
                            : inVain(rc, helperless ? NO_HELPER : full(queue, "stayed"), timeout);
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        }
    }

    private static String full(Queue queue, String verb) {
        return "queue " + queue.fd() + " " + verb + " full (" + queue.limit() + " events)";
    }

    /** It was waited for what was lacking, and that did not come. */
    private static int inVain(int rc, String lacking, @Nullable TimeSpec timeout) {
        return Errno.fail(
                -rc,
                rc == -ETIMEDOUT
                        ? lacking + "; the timeout of " + timeout + " is up"
                        : rc == -EINTR
                                ? lacking + "; the thread was interrupted"
                                : lacking + "; " + Errno.strerror(-rc));
    }
}
