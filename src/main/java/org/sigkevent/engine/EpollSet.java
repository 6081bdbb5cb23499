package org.sigkevent.engine;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import jnr.constants.platform.Errno;
import org.sigkevent.sys.Duplicates;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;

/**
 * The epoll set of an {@link EpollEngine}: what is watched in it, the events that it reports, and sleeping on it; and the eventfd
 * in it that says that something is there.
 *
 * <p>A descriptor is watched through a duplicate ({@link Op#watched}), unless it is the operation's own: one number can be watched several
 * times, and closing or reusing the program's number does not matter. The kernel's entry for it is of the file and the duplicate's number. When its one event
 * has come, it stays, disarmed, although the duplicate is closed: as long as the file lives it is found again by a duplicate with that
 * number, and one call does for two. {@link #left} remembers the numbers. It is a hint, and the kernel's answer counts: what it does
 * not find is added. One number of the program's leaves one entry at most, and only when it is watched for the second time.
 * Any thread adds and removes; of several that remove an operation one does.
 * {@link #look}, the events and the sleeps are the reaper's.
 *
 * <p>The eventfd is written once until the reaper has fetched its event, which is an edge: it is never read. The reaper fetches it,
 * takes {@link #signalled} back, and then looks for what it was signalled for; who signals writes that down before it reads
 * {@code signalled}. So no signal is missed. While it says that it is signalled the event is there or about to come, and nobody else takes
 * it back: so none comes late and stays. Writing and closing it exclude each other, so nothing is written to a number that was
 * closed. The reaper excludes nobody: who is woken on the processor of the one who writes does not wait for that.
 */
final class EpollSet {
    /** Data of the eventfd's events: tickets are never negative. */
    static final long EVENTFD = -1;

    private static final int ENOENT = Errno.ENOENT.intValue();
    private static final int EEXIST = Errno.EEXIST.intValue();
    private static final int ENOSPC = Errno.ENOSPC.intValue();
    private static final int MOST_EVENTS = 64;
    private static final int COUNT_AT = MOST_EVENTS * 16;
    private static final int SIGSET_SIZE = 8;
    private static final int PR_SET_TIMERSLACK = 29;
    private static final int PR_GET_TIMERSLACK = 30;

    /** A sleep in epoll may be late by this part of it, if the thread is not niced. */
    private static final int LATE_PART = 1000;

    /** Whether the kernel can wait to the nanosecond with a signal mask; from Linux 5.11 on, where seccomp lets it. */
    private static final boolean PRECISE = Linux.call(Syscalls.EPOLL_PWAIT2, -1, 0, 1, 0, 0, 8) == -Errnos.EBADF;

    /** The events; behind them what is written to the eventfd, a one. */
    private final ByteBuffer events = Memory.allocate(COUNT_AT + 8);

    private final long eventsAddress = Memory.address(events);

    /** No hints for numbers from here on. */
    private static final int MOST_LEFT = 1 << 16;

    /**
     * By the program's number: the duplicate's number under which an entry of its file was left; negated, the one that was used last
     * and left none; or 0. Threads may write over each other's.
     */
    private volatile int[] left = {};

    /** How many operations are watched. */
    final AtomicInteger watches = new AtomicInteger();

    /** System calls made, also those for operations when they were ready. */
    final AtomicLong calls = new AtomicLong();

    /** Set by who signals, under the monitor, and taken back by the reaper. */
    volatile boolean signalled;

    private boolean closed;

    final int fd;
    private int eventfd = -1;

    /** @throws ErrnoException EMFILE, ENFILE, ENOMEM, ENOSPC (fs.epoll.max_user_watches) */
    EpollSet() {
        events.putLong(COUNT_AT, 1);
        fd = ErrnoException.check(Linux.epollCreate(), "epoll_create1 for a queue");
        try {
            eventfd = Linux.eventfd();
            ErrnoException.check(eventfd, "eventfd for a queue");
            int added = Linux.epollControl(fd, Linux.EPOLL_CTL_ADD, eventfd, Linux.EPOLLIN | Linux.EPOLLET, EVENTFD);
            ErrnoException.check(
                    added, "epoll_ctl for a queue" + (added == -ENOSPC ? " (fs.epoll.max_user_watches)" : ""));
        } catch (Throwable thrown) {
            close();
            throw thrown;
        }
    }

    /**
     * Watches {@code descriptor} for an operation. Nobody takes the operation out before this is over: its object could be in use again.
     *
     * @return 0; or an errno negated, then it is not watched: -EPERM for a file that is always ready
     */
    int add(Op op, int descriptor, int what) {
        if (descriptor >= left.length && descriptor < MOST_LEFT) {
            makeRoom(descriptor);
        }
        int hint = hint(descriptor);
        // of its own: the set takes a number once
        int duplicate = op.ownFd ? descriptor : Duplicates.makeExact(descriptor, Math.abs(hint));
        if (duplicate < 0) {
            return duplicate;
        }
        synchronized (op) {
            op.watched = duplicate;
            watches.incrementAndGet();
            boolean was = hint > 0 && hint == duplicate;
            int rc =
                    Linux.epollControl(fd, was ? Linux.EPOLL_CTL_MOD : Linux.EPOLL_CTL_ADD, duplicate, what, op.ticket);
            if (was && rc == -ENOENT) {
                // another file's number by now
                hint(descriptor, 0);
                rc = Linux.epollControl(fd, Linux.EPOLL_CTL_ADD, duplicate, what, op.ticket);
            } else if (rc == -EEXIST) {
                // left by another number of the same file
                rc = Linux.epollControl(fd, Linux.EPOLL_CTL_MOD, duplicate, what, op.ticket);
            }
            if (rc < 0) {
                remove(op);
            }
            return rc;
        }
    }

    private int hint(int descriptor) {
        int[] all = left;
        return descriptor >= 0 && descriptor < all.length ? all[descriptor] : 0;
    }

    private void hint(int descriptor, int number) {
        int[] all = left;
        if (descriptor < all.length) {
            all[descriptor] = number;
        }
    }

    /** There is room for hints about this number: memory can be short only before anything was done. */
    private synchronized void makeRoom(int descriptor) {
        int[] all = left;
        if (descriptor >= all.length) {
            left = Arrays.copyOf(all, Math.min(MOST_LEFT, 2 * Integer.highestOneBit(Math.max(32, descriptor))));
        }
    }

    /** Watches once more what was watched for one event. */
    void rearm(Op op, int what) {
        Linux.epollControl(fd, Linux.EPOLL_CTL_MOD, op.watched, what, op.ticket);
    }

    /** Takes an operation out: true for the one of several callers who does. */
    boolean remove(Op op) {
        return remove(op, false);
    }

    /** As {@link #remove(Op)}, when its one event has come: an entry that will be found again may stay. */
    boolean removeFired(Op op) {
        return remove(op, true);
    }

    private boolean remove(Op op, boolean fired) {
        int duplicate;
        int descriptor;
        boolean stays;
        boolean own;
        synchronized (op) {
            duplicate = op.watched;
            if (duplicate < 0) {
                return false;
            }
            op.watched = -1;
            descriptor = op.fd;
            own = op.ownFd;
            stays = fired && stays(descriptor, duplicate);
            if (!stays) {
                // the set keeps an entry as long as the open file lives, under whichever number
                Native.C.epoll_ctl(fd, Linux.EPOLL_CTL_DEL, duplicate, 0);
            }
        }
        if (!own) {
            // one of a message queue does not stay
            Duplicates.close(duplicate, descriptor, !stays);
        }
        watches.decrementAndGet();
        return true;
    }

    private boolean stays(int descriptor, int duplicate) {
        int hint = hint(descriptor);
        if (hint == duplicate || duplicate == 0) {
            return duplicate != 0;
        }
        if (hint == -duplicate && !Linux.isMessageQueue(duplicate)) {
            hint(descriptor, duplicate);
            return true;
        }
        if (hint <= 0) {
            hint(descriptor, -duplicate);
        }
        return false;
    }

    /** Whether epoll takes what is open under this number: what it does not take is always ready. */
    boolean takes(int descriptor) {
        // a number that was watched before as a rule is again, and it is found out when it is added
        return hint(descriptor) > 0 || Linux.epollControl(fd, Linux.EPOLL_CTL_DEL, descriptor, 0, 0) != -Errnos.EPERM;
    }

    /** Fetches events without waiting: how many. */
    int look() {
        calls.incrementAndGet();
        return fetched(Math.max(0, Native.C.epoll_wait(fd, eventsAddress, MOST_EVENTS, 0)));
    }

    private int fetched(int n) {
        for (int i = 0; i < n; i++) {
            if (data(i) == EVENTFD) {
                signalled = false;
            }
        }
        return n;
    }

    /** The data of a fetched event. */
    long data(int i) {
        return events.getLong(i * Linux.EPOLL_EVENT_SIZE + Linux.EPOLL_EVENT_DATA);
    }

    /** What a fetched event says: poll(2) events. */
    int what(int i) {
        return events.getInt(i * Linux.EPOLL_EVENT_SIZE) & 0xffff;
    }

    /**
     * Sleeps and fetches events: how many, or an errno negated. The kernel lets a sleep in epoll be late by the thread's timer slack, 50 µs
     * as a rule, and by a thousandth of it; timers must not be. So an exact one ends that much earlier, which as a rule is in time. What is
     * left if not, and what is no longer than that, is slept without slack.
     */
    int sleep(long deadline, boolean exact, long sigmask) {
        if (deadline == Long.MAX_VALUE) {
            return sleepFor(0, sigmask);
        }
        long left = deadline - System.nanoTime();
        if (!exact) {
            return sleepFor(timeout(left), sigmask);
        }
        int slack = Native.C.prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
        // none: the thread has a real-time priority
        long late = slack == 0 ? 0 : Math.max(slack, left / LATE_PART);
        // with a mask it is one call: between two the mask is not the thread's
        if (left > late && sigmask == 0) {
            int rc = sleepFor(timeout(left - late), 0);
            left = deadline - System.nanoTime();
            if (rc != 0 || left <= 0) {
                return rc;
            }
        }
        return sleepExactly(left, slack, sigmask);
    }

    private int sleepExactly(long nanos, int slack, long sigmask) {
        try {
            Native.C.prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
            return sleepFor(timeout(nanos), sigmask);
        } finally {
            if (slack > 0) {
                Native.C.prctl(PR_SET_TIMERSLACK, slack, 0, 0, 0);
            }
        }
    }

    /** The address of a struct timespec. */
    private static long timeout(long nanos) {
        Scratch s = Scratch.get();
        Memory.putTime(s.buffer, 0, Math.max(0, nanos));
        return s.address;
    }

    private int sleepFor(long timeout, long sigmask) {
        calls.incrementAndGet();
        if (PRECISE) {
            return fetched((int)
                    Linux.call(Syscalls.EPOLL_PWAIT2, fd, eventsAddress, MOST_EVENTS, timeout, sigmask, SIGSET_SIZE));
        }
        // the set's descriptor is readable when it has events: a struct pollfd behind the timespec
        Scratch s = Scratch.get();
        s.buffer.putInt(16, fd);
        s.buffer.putInt(20, Linux.POLLIN);
        int rc = (int) Linux.call(Syscalls.PPOLL, s.address + 16, 1, timeout, sigmask, SIGSET_SIZE);
        return rc > 0 ? look() : rc;
    }

    // ---- the eventfd

    void signal() {
        if (!signalled) {
            signalEventfd();
        }
    }

    private synchronized void signalEventfd() {
        if (!closed && !signalled) {
            calls.incrementAndGet();
            // before: the write wakes the one who takes it back
            signalled = true;
            Native.C.write(eventfd, eventsAddress + COUNT_AT, 8);
        }
    }

    synchronized void close() {
        closed = true;
        Linux.close(fd);
        Linux.close(eventfd);
    }
}
