package org.sigkevent.core;

import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Linux;

/**
 * An epoll descriptor with an eventfd and a timerfd in it, and perhaps others: what the {@link Driver} sleeps in, and what a
 * {@link PollDescriptor} is.
 */
final class PollSet {
    final int fd = Linux.epollCreate();
    private final int eventfd = Linux.eventfd();
    private final int timerfd = Linux.timerfd(Linux.CLOCK_MONOTONIC);

    /** What the timerfd is armed for. */
    private long armed = Long.MAX_VALUE;

    /**
     * Makes one.
     *
     * @param trigger EPOLLET to hear of its own two once, 0 to hear of them until they are reset
     * @param what what it is for, in words
     * @throws ErrnoException EMFILE, ENFILE, ENOMEM
     */
    PollSet(int trigger, String what) {
        // open by now: nothing may fail but these calls until they are closed again
        int refused = fd < 0 ? fd : eventfd < 0 ? eventfd : timerfd < 0 ? timerfd : addOwn(trigger);
        if (refused < 0) {
            close();
            String call =
                    fd < 0 ? "epoll_create1" : eventfd < 0 ? "eventfd" : timerfd < 0 ? "timerfd_create" : "epoll_ctl";
            throw ErrnoException.of(-refused, call + " for " + what);
        }
    }

    private int addOwn(int trigger) {
        return Math.min(add(eventfd, trigger), add(timerfd, trigger));
    }

    /** Watches another descriptor, too: 0, or an errno negated. */
    int add(int other, int trigger) {
        return Linux.epollControl(fd, Linux.EPOLL_CTL_ADD, other, Linux.EPOLLIN | trigger);
    }

    void remove(int other) {
        Linux.epollControl(fd, Linux.EPOLL_CTL_DEL, other, 0);
    }

    /** It is readable from now on, until {@link #reset}. */
    void signal() {
        Linux.signalEventfd(eventfd);
    }

    void reset() {
        Linux.readCount(eventfd);
    }

    /** It is readable from {@code nanos} of CLOCK_MONOTONIC on; Long.MAX_VALUE for never. */
    void wakeAt(long nanos) {
        // one that is over is armed again: it was heard of
        if (nanos == armed && nanos > System.nanoTime()) {
            return;
        }
        armed = nanos;
        Linux.armTimerfd(timerfd, nanos == Long.MAX_VALUE ? 0 : Math.max(1, nanos), 0);
    }

    void close() {
        Linux.close(fd);
        Linux.close(eventfd);
        Linux.close(timerfd);
    }
}
