package org.sigkevent.core;

import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Linux;

/**
 * A descriptor that poll(2) reports readable while a queue has something: for somebody else's epoll loop or selector, or for
 * another queue. It needs no driver: it is an epoll descriptor with three things in it, the engine's own (completions that were
 * not reaped), a timerfd (the earliest deadline) and an eventfd (records in the ring). Whoever finds it readable polls the queue.
 *
 * <p>The eventfd is signalled when a record was posted and reset when a take has emptied the ring; the reset looks at the
 * ring once more afterwards, so that a post in between is not forgotten.
 */
final class PollDescriptor {
    private final Queue queue;
    private final int epoll;
    private final int eventfd;
    private final int timerfd;
    private volatile boolean signalled;
    private boolean closed;
    private long armedFor;

    PollDescriptor(Queue queue) {
        this.queue = queue;
        epoll = Linux.epollCreate();
        eventfd = Linux.eventfd();
        timerfd = Linux.timerfd(Clocks.CLOCK_MONOTONIC);
        int refused = Math.min(epoll, Math.min(eventfd, timerfd));
        if (refused < 0) {
            close();
            throw ErrnoException.of(-refused, "descriptors for a descriptor to poll a queue with");
        }
        Linux.epollControl(epoll, Linux.EPOLL_CTL_ADD, eventfd, Linux.EPOLLIN);
        Linux.epollControl(epoll, Linux.EPOLL_CTL_ADD, timerfd, Linux.EPOLLIN);
        Linux.epollControl(epoll, Linux.EPOLL_CTL_ADD, queue.engine().pollFd(), Linux.EPOLLIN);
    }

    int fd() {
        return epoll;
    }

    synchronized void posted() {
        if (!closed && !signalled && queue.ring().unread() > 0) {
            signalled = true;
            Linux.signalEventfd(eventfd);
        }
    }

    void taken() {
        if (signalled && queue.ring().unread() == 0) {
            reset();
        }
    }

    private synchronized void reset() {
        if (!closed && signalled && queue.ring().unread() == 0) {
            Linux.readCount(eventfd);
            signalled = false;
            posted();
        }
    }

    /** The earliest deadline has changed: a time of CLOCK_MONOTONIC, Long.MAX_VALUE for none. */
    synchronized void deadline(long nanos) {
        if (!closed && nanos != armedFor) {
            armedFor = nanos;
            Linux.armTimerfd(timerfd, nanos == Long.MAX_VALUE ? 0 : Math.max(1, nanos), 0);
        }
    }

    /** From here on the numbers may be anybody's. */
    synchronized void close() {
        closed = true;
        Linux.close(epoll);
        Linux.close(eventfd);
        Linux.close(timerfd);
    }
}
