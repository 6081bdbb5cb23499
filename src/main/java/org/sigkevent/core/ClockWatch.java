package org.sigkevent.core;

import org.sigkevent.engine.Op;
import org.sigkevent.sys.Linux;

/**
 * A timerfd that ends the driver's sleep when CLOCK_REALTIME is set (TFD_TIMER_CANCEL_ON_SET, which the kernel also raises
 * for a changed TAI offset), or when a time of CLOCK_BOOTTIME has come that CLOCK_MONOTONIC, which stands still while the
 * machine is suspended, would reach late. What is to be done then the driver finds in the heaps.
 */
final class ClockWatch implements Member {
    /** Centuries ahead, and inside what the kernel can count. */
    static final long FAR_AWAY = Long.MAX_VALUE / 2;

    private final Request poll;
    private final int flags;
    private int timerfd;
    private long watched;
    private boolean polling;

    ClockWatch(Queue queue, int clock, boolean cancelOnSet) {
        timerfd = Linux.timerfd(clock);
        flags = cancelOnSet ? Linux.TFD_TIMER_CANCEL_ON_SET : 0;
        poll = new Request() {
            @Override
            protected void happened(int result) {
                Linux.readCount(timerfd);
                poll.queue().deadlines().watchCameIn();
            }

            @Override
            protected void finished(int result) {
                closed();
            }
        };
        poll.code = Op.POLL_EDGES;
        poll.fd = timerfd;
        poll.flags = Linux.POLLIN;
        poll.queue(queue);
        if (!queue.attach(this)) {
            onClosed(); // the queue is being destroyed
        }
    }

    /** Has the timerfd look out for {@code nanos} of its clock. Under the lock of the deadlines. */
    void watch(long nanos) {
        if (timerfd < 0) {
            return; // no descriptor was to be had: the deadlines still fire, but not ahead of a stepped clock
        }
        if (nanos != watched) {
            watched = nanos;
            Linux.armTimerfd(timerfd, Math.max(1, nanos), flags);
        }
        if (!polling) {
            polling = true;
            if (poll.queue().arm(poll) < 0) {
                polling = false;
            }
        }
    }

    private void closed() {
        polling = false;
    }

    @Override
    public void onClosing() {
        poll.queue().cancel(poll);
    }

    @Override
    public void onClosed() {
        if (timerfd >= 0) {
            Linux.close(timerfd);
            timerfd = -1;
        }
    }
}
