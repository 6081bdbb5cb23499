package org.sigkevent.core;

import org.sigkevent.engine.Engine;
import org.sigkevent.sys.ErrnoException;

/**
 * A descriptor that poll(2) reports readable while a queue has something: for somebody else's epoll loop or selector, or for
 * another queue. It needs no driver: it is a {@link PollSet}: the engine's own (completions that were
 * not reaped), a timerfd (the earliest deadline) and an eventfd (records in the ring). The one that finds it readable polls the queue.
 *
 * <p>The eventfd is signalled when a record was posted and reset when a take has emptied the ring; the reset looks at the
 * ring once more afterwards, so that a post in between is not forgotten. The timerfd has a {@link Sleeper}.
 */
final class PollDescriptor implements Member {
    private final Ring ring;
    private final Deadlines deadlines;
    private final Object timing = new Object();
    private final Sleeper sleeper = new Sleeper(true, this::rearm);
    private final PollSet set;
    private volatile boolean signalled;
    private boolean closed;

    PollDescriptor(Ring ring, Engine engine, Deadlines deadlines) {
        this.ring = ring;
        this.deadlines = deadlines;
        String what = "a descriptor to poll a queue with";
        set = new PollSet(0, what);
        int rc = set.add(engine.pollFd, 0);
        if (rc < 0) {
            set.close();
            throw ErrnoException.of(-rc, what);
        }
    }

    /** From now on it is told of deadlines. Again and again: it is the same sleeper. */
    int open() {
        deadlines.add(sleeper);
        rearm();
        return set.fd;
    }

    synchronized void posted() {
        if (!closed && !signalled && ring.unread() > 0) {
            signalled = true;
            set.signal();
        }
    }

    void taken() {
        if (signalled && ring.unread() == 0) {
            reset();
        }
    }

    private synchronized void reset() {
        if (!closed && signalled && ring.unread() == 0) {
            set.reset();
            signalled = false;
            posted();
        }
    }

    /** The earliest deadline has changed: the timerfd is armed for it. */
    private void rearm() {
        // a monitor of its own: deadlines that fire come to posted() with their lock held
        synchronized (timing) {
            if (!closed) {
                set.wakeAt(deadlines.goToSleep(sleeper, Long.MAX_VALUE));
            }
        }
    }

    @Override
    public void onClosing() {}

    /** From here on the numbers may be anybody's. */
    @Override
    public void onClosed() {
        synchronized (timing) {
            synchronized (this) {
                closed = true;
                set.close();
            }
        }
    }
}
