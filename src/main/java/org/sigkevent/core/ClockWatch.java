package org.sigkevent.core;

import org.sigkevent.engine.Op;
import org.sigkevent.sys.Linux;

/**
 * A timerfd that ends a sleep when CLOCK_REALTIME is set (TFD_TIMER_CANCEL_ON_SET, which the kernel also raises for a changed TAI
 * offset), or when a time of CLOCK_BOOTTIME has come that CLOCK_MONOTONIC, which stands still while the machine is suspended, would
 * reach late. What is to be done then is found in the heaps of {@link Deadlines}.
 */
final class ClockWatch implements Member {
    /** Centuries ahead, and inside what the kernel can count. */
    static final long FAR_AWAY = Long.MAX_VALUE / 2;

    private final Submitter submitter;
    private final int flags;
    private final Poll poll = new Poll();

    // guarded by this object's monitor
    private int timerfd;
    private long watched;
    private boolean polling;

    /**
     * Watches {@code clock} for the deadlines of a queue.
     *
     * @param sets whether a setting of the clock is to be told
     * @param told called when the watch has something to tell, by the thread that reaps
     */
    ClockWatch(Submitter submitter, Members members, int clock, boolean sets, Runnable told) {
        this.submitter = submitter;
        flags = sets ? Linux.TFD_TIMER_CANCEL_ON_SET : 0;
        poll.told = told;
        poll.code = Op.POLL_EDGES;
        poll.flags = Linux.POLLIN;
        timerfd = Linux.timerfd(clock);
        poll.fd = timerfd;
        boolean in = false;
        try {
            in = members.add(this);
        } finally {
            if (!in) {
                onClosed();
            }
        }
    }

    /** Has the timerfd look out for {@code nanos} of its clock. */
    synchronized void watch(long nanos) {
        if (timerfd < 0) {
            // no descriptor was free: the deadlines still fire, but not ahead of a stepped clock
            return;
        }
        if (nanos != watched) {
            watched = nanos;
            Linux.armTimerfd(timerfd, Math.max(1, nanos), flags);
        }
        if (!polling) {
            polling = submitter.arm(poll) == 0;
        }
    }

    private synchronized void ended() {
        polling = false;
        poll.renew();
    }

    private synchronized void emptied() {
        Linux.readCount(timerfd);
    }

    private final class Poll extends Request {
        private Runnable told = () -> {};

        @Override
        protected void happened(int result) {
            emptied();
            told.run();
        }

        @Override
        protected void finished(int result) {
            ended();
        }
    }

    @Override
    public void onClosing() {
        submitter.cancel(poll);
    }

    @Override
    public synchronized void onClosed() {
        if (timerfd >= 0) {
            Linux.close(timerfd);
            timerfd = -1;
        }
    }
}
