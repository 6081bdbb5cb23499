package org.sigkevent.core;

import org.sigkevent.engine.Engine;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Linux;

/**
 * A descriptor that poll(2) reports readable while a queue has something: for somebody else's epoll loop or selector, or for
 * another queue. It needs no driver: it is an epoll descriptor with three things in it, the engine's own (completions that were
 * not reaped), a timerfd (the earliest deadline) and an eventfd (records in the ring). The one that finds it readable polls the queue.
 *
 * <p>The eventfd is signalled when a record was posted and reset when a take has emptied the ring; the reset looks at the
 * ring once more afterwards, so that a post in between is not forgotten. The timerfd is a {@link Sleeper}.
 */
final class PollDescriptor extends Sleeper {
    private final Ring ring;
    private final Deadlines deadlines;
    private final Object timing = new Object();
    private final int epoll;
    private final int eventfd;
    private final int timerfd;
    private volatile boolean signalled;
    private boolean closed;

    PollDescriptor(Ring ring, Engine engine, Deadlines deadlines) {
        super(true);
        this.ring = ring;
        this.deadlines = deadlines;
        epoll = Linux.epollCreate();
        eventfd = Linux.eventfd();
        timerfd = Linux.timerfd(Linux.CLOCK_MONOTONIC);
        int refused = Math.min(epoll, Math.min(eventfd, timerfd));
        if (refused >= 0) {
            refused = Math.min(
                    Math.min(
                            Linux.epollControl(epoll, Linux.EPOLL_CTL_ADD, eventfd, Linux.EPOLLIN),
                            Linux.epollControl(epoll, Linux.EPOLL_CTL_ADD, timerfd, Linux.EPOLLIN)),
                    Linux.epollControl(epoll, Linux.EPOLL_CTL_ADD, engine.pollFd(), Linux.EPOLLIN));
        }
        if (refused < 0) {
            close();
            throw ErrnoException.of(-refused, "descriptors for a descriptor to poll a queue with");
        }
    }

    int fd() {
        return epoll;
    }

    synchronized void posted() {
        if (!closed && !signalled && ring.unread() > 0) {
            signalled = true;
            Linux.signalEventfd(eventfd);
        }
    }

    void taken() {
        if (signalled && ring.unread() == 0) {
            reset();
        }
    }

    private synchronized void reset() {
        if (!closed && signalled && ring.unread() == 0) {
            Linux.readCount(eventfd);
            signalled = false;
            posted();
        }
    }

    /** The earliest deadline has changed: the timerfd is armed for it. */
    @Override
    void wake() {
        // a monitor of its own: deadlines that fire come to posted() with their lock held
        synchronized (timing) {
            if (!closed) {
                long nanos = deadlines.goToSleep(this, Long.MAX_VALUE);
                Linux.armTimerfd(timerfd, nanos == Long.MAX_VALUE ? 0 : Math.max(1, nanos), 0);
            }
        }
    }

    /** From here on the numbers may be anybody's. */
    void close() {
        synchronized (timing) {
            synchronized (this) {
                closed = true;
                Linux.close(epoll);
                Linux.close(eventfd);
                Linux.close(timerfd);
            }
        }
    }
}
