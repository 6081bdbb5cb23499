package org.sigkevent.core;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Threads;

/**
 * The one thread of the library that does not end: it drives queues that nobody drives although something in them needs it,
 * hands requests to the kernel that must not be tied to the thread that made them, and finishes destroying what was left.
 *
 * <p>It never leads an engine. It sleeps in epoll on the engines' descriptors and on an eventfd of its own, and then reaps as
 * any caller does; so it is never in a waiter's way: a waiter that comes takes the lead and the keeper takes that queue's
 * descriptor out of its epoll set. A queue that only needs a step in user space is looked after when nobody has led
 * it for 10 ms; one with a driver wanted, or with waiters that cannot lead, at once.
 *
 * <p>Objects: {@link #inbox} (any thread adds, the keeper takes), {@link #attended} and the epoll set (the keeper's alone).
 * Its descriptors are there from the first queue on, so that it can be had whenever a request turns out to need it; the thread
 * starts then, as a daemon.
 */
final class Driver {
    private static final long PATIENCE_NANOS = 10_000_000;
    private static final int MOST_EVENTS = 64;

    private static volatile @Nullable Driver instance;

    private static final class Attended {
        final Queue queue;
        final long since = System.nanoTime();

        @Nullable
        List<Member> leaving;

        boolean watching;

        Attended(Queue queue) {
            this.queue = queue;
        }
    }

    private final ConcurrentLinkedQueue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final List<Attended> attended = new ArrayList<>();
    private final int epoll = Linux.epollCreate();
    private final int eventfd = Linux.eventfd();
    private final int timerfd = Linux.timerfd(Clocks.CLOCK_MONOTONIC);
    private final ByteBuffer events = Memory.allocate(16 * MOST_EVENTS);

    private Driver() {
        int refused = Math.min(epoll, Math.min(eventfd, timerfd));
        if (refused < 0) {
            Linux.close(epoll);
            Linux.close(eventfd);
            Linux.close(timerfd);
            throw ErrnoException.of(-refused, "no descriptor for the thread that keeps requests going");
        }
        Linux.epollControl(epoll, Linux.EPOLL_CTL_ADD, eventfd, Linux.EPOLLIN);
        Linux.epollControl(epoll, Linux.EPOLL_CTL_ADD, timerfd, Linux.EPOLLIN);
    }

    private final AtomicBoolean started = new AtomicBoolean();

    /**
     * The keeper.
     *
     * @throws ErrnoException EMFILE, ENFILE, ENOMEM, before the first queue is made
     */
    static Driver instance() {
        Driver keeper = instance;
        return keeper != null ? keeper : make();
    }

    private static synchronized Driver make() {
        if (instance == null) {
            instance = new Driver();
        }
        return instance;
    }

    /** Looks after a queue for as long as it needs that. */
    void attend(Queue queue) {
        tell(() -> {
            for (Attended a : attended) {
                if (a.queue == queue) {
                    return;
                }
            }
            attended.add(new Attended(queue));
        });
    }

    /** Hands a request to its queue's engine, in this thread; that is done once for a request. */
    void arm(Request request) {
        request.markHandedToKeeper();
        tell(() -> {
            int rc = request.cancelled() ? -Errnos.ECANCELED : request.beforeArmingAgain();
            if (rc == 0) {
                rc = request.queue().engine().submit(request);
            }
            if (rc < 0) {
                request.finished(rc == -Errnos.EBADF ? -Errnos.ECANCELED : rc);
            } else if (request.cancelled()) {
                request.queue().engine().cancel(request); // the cancellation came while it was not with the engine
            }
        });
    }

    /** Finishes a destroyed queue when what it has in flight is done. */
    void finish(Queue queue, List<Member> leaving) {
        tell(() -> {
            Attended last = null;
            for (Attended a : attended) {
                if (a.queue == queue) {
                    last = a;
                }
            }
            if (last == null) {
                last = new Attended(queue);
                attended.add(last);
            }
            last.leaving = leaving;
        });
    }

    private void tell(Runnable what) {
        inbox.add(what);
        if (!started.get() && started.compareAndSet(false, true)) {
            boolean runs = false;
            try {
                Threads.daemon("sigkevent-keeper", this::run);
                runs = true;
            } finally {
                started.set(runs); // no thread to be had now: the next who needs it tries again
            }
        }
        Linux.signalEventfd(eventfd);
    }

    private void run() {
        for (; ; ) {
            try {
                long until = work();
                Linux.armTimerfd(timerfd, until == Long.MAX_VALUE ? 0 : Math.max(1, until), 0);
                Native.C.epoll_wait(epoll, Memory.address(events), MOST_EVENTS, -1);
                Linux.readCount(eventfd);
                Linux.readCount(timerfd);
            } catch (RuntimeException | Error unexpected) {
                Thread me = Thread.currentThread();
                me.getUncaughtExceptionHandler().uncaughtException(me, unexpected);
            }
        }
    }

    /** Does what there is to do and says until when to sleep, on CLOCK_MONOTONIC. */
    private long work() {
        for (Runnable what = inbox.poll(); what != null; what = inbox.poll()) {
            what.run();
        }
        long until = Long.MAX_VALUE;
        for (Iterator<Attended> i = attended.iterator(); i.hasNext(); ) {
            Attended a = i.next();
            long next = a.leaving != null ? finishing(a) : attend(a);
            if (next == Long.MIN_VALUE) {
                watch(a, false);
                i.remove();
            } else {
                until = Math.min(until, next);
            }
        }
        return until;
    }

    /** When to look again; Long.MIN_VALUE for never. */
    private long finishing(Attended a) {
        return a.queue.tryFinish(Objects.requireNonNull(a.leaving))
                ? Long.MIN_VALUE
                : System.nanoTime() + PATIENCE_NANOS;
    }

    private long attend(Attended a) {
        Queue queue = a.queue;
        if (queue.dead()) {
            return Long.MIN_VALUE;
        }
        boolean foreign = queue.watchForeign();
        long now = System.nanoTime();
        long quietSince = Math.max(a.since, queue.room().ledLast());
        if (!queue.needsKeeper()) {
            watch(a, false);
            return now - quietSince < PATIENCE_NANOS || !queue.leftByKeeper() ? now + PATIENCE_NANOS : Long.MIN_VALUE;
        }
        if (queue.room().led()) {
            watch(a, false);
            return now + PATIENCE_NANOS;
        }
        if (!queue.needsKeeperNow() && now - quietSince < PATIENCE_NANOS) {
            watch(a, false);
            return quietSince + PATIENCE_NANOS;
        }
        watch(a, true);
        queue.drive();
        long until = queue.deadlines().keeperGoesToSleep();
        // nobody tells the owner what others take: what goes on when its record is taken is looked after
        return foreign || queue.ring().keepsUnread() ? Math.min(until, now + PATIENCE_NANOS) : until;
    }

    private void watch(Attended a, boolean on) {
        if (a.watching != on) {
            a.watching = on;
            if (!on) {
                a.queue.deadlines().keeperStepsBack();
            }
            Linux.epollControl(
                    epoll,
                    on ? Linux.EPOLL_CTL_ADD : Linux.EPOLL_CTL_DEL,
                    a.queue.engine().pollFd(),
                    Linux.EPOLLIN);
        }
    }
}
