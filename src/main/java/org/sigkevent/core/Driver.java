package org.sigkevent.core;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.Engines;
import org.sigkevent.events.Events;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.IntrusiveList;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.Link;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Shutdown;
import org.sigkevent.sys.Stack;
import org.sigkevent.sys.Threads;
import org.sigkevent.sys.Unreachable;

/**
 * The thread that drives queues that nobody else drives, hands requests to the kernel that must not be tied to the thread that made
 * them, and finishes destroying what was left.
 *
 * <p>It never takes the reaping right for longer than it reaps. It sleeps in epoll on the descriptors of the engines that it looks
 * after and on an eventfd of its own, and then reaps as any caller does; so it is never in a waiter's way: when it finds one, the
 * descriptor of its queue leaves the epoll set. What is to be done for a queue and when is said by {@link Driven}.
 *
 * <p>Objects: {@link #sent}, a stack of errands (any thread pushes, the driver takes all of them); the list of {@link Attendance}s and
 * the epoll set, which are the driver's alone. Descriptors and thread are made with the first queue, so that nothing can fail when
 * the driver turns out to be needed. Each errand and each look is by itself: what one throws is reported and stops no other.
 */
final class Driver {
    /**
     * The place of one {@link Driven} in the {@link Driver}'s care: whether it is looked after, and how the driver is told. It is made
     * with what it is for, so that asking for the driver cannot fail.
     */
    static final class Attendance implements Errand {
        private final Driver driver;

        /** Named once, before anybody calls. */
        private @Nullable Driven driven;

        private final AtomicBoolean sent = new AtomicBoolean();
        private volatile boolean attended;
        private @Nullable Errand sentBefore;

        /** The driver's: its list, the descriptor that is in its epoll set, and when to look again. */
        private final Link<Attendance> place = new Link<>(this);

        private int watched = -1;
        private long lookAt;

        /** The descriptor to watch until the next look, or -1. Written by what is attended, in the driver's thread. */
        int watch = -1;

        Attendance(Driver driver) {
            this.driver = driver;
        }

        void drives(Driven what) {
            driven = what;
        }

        Driven driven() {
            return Objects.requireNonNull(driven);
        }

        /** Something may have to be looked after: sees to it that the driver looks now and then. A look costs a read of a field. */
        void needed() {
            if (!attended) {
                call();
            }
        }

        /** Has the driver look now. */
        void call() {
            attended = true;
            if (sent.compareAndSet(false, true)) {
                driver.send(this);
            }
        }

        /** The driver turns away: from here on {@link #needed} calls it. */
        void left() {
            attended = false;
        }

        @Override
        public void run() {
            // before the look at what there is to do; pairs with the compare-and-set in call()
            sent.set(false);
            driver.look(this);
        }

        @Override
        public @Nullable Errand sentBefore() {
            return sentBefore;
        }

        @Override
        public void sentBefore(@Nullable Errand errand) {
            sentBefore = errand;
        }
    }

    private static final int MOST_EVENTS = 64;
    private static final long NAP_NANOS = 10_000_000;

    private static volatile @Nullable Driver instance;

    private final AtomicReference<@Nullable Errand> sent = new AtomicReference<>();

    /** Edges: nothing of its own has to be read, so a look that finds nothing to do takes two system calls. */
    private final PollSet set = new PollSet(Linux.EPOLLET, "the thread that drives queues");

    private final ByteBuffer events = Memory.allocate(16 * MOST_EVENTS);
    private final long eventsAddress = Memory.address(events);

    // the driver thread's alone
    private @Nullable Errand errands;
    private final IntrusiveList<Attendance> attended = new IntrusiveList<>();

    private boolean ended;

    /** Whether the descriptors are closed; under the monitor. */
    private boolean closed;

    private Driver() {}

    /**
     * The driver.
     *
     * @throws ErrnoException EMFILE, ENFILE, ENOMEM; EAGAIN when the thread cannot be started; before the first queue is made
     */
    static Driver instance() {
        Driver driver = instance;
        return driver != null ? driver : make();
    }

    private static synchronized Driver make() {
        Driver made = instance;
        if (made == null) {
            Shutdown.check();
            try {
                Stack.own(Driver::initialise);
            } catch (OutOfMemoryError none) {
                throw new ErrnoException(Errnos.EAGAIN, Limits.NO_THREAD + ": " + none.getMessage());
            }
            // if that was not possible there, it was not initialised either
            Unreachable.cleaner();
            made = new Driver();
            try {
                Threads.daemon(
                        "sigkevent-driver",
                        made::run,
                        "no thread can be started that drives queues: " + Limits.NO_THREAD);
            } catch (Throwable refused) {
                made.set.close();
                throw refused;
            }
            instance = made;
        }
        return made;
    }

    /** Loads the classes that a queue needs: at the first record it would be too late. */
    private static void initialise() {
        RingRecord.prepareOutgoing();
        Events.submitted();
        Clocks.SYSTEM.now(Linux.CLOCK_MONOTONIC);
        Ring.create(1).close(true);
        Engines.create().close();
    }

    /** Has the driver do something. Cannot fail; the same errand may not be sent again before it has run. */
    void send(Errand errand) {
        Errand before;
        do {
            before = sent.get();
            errand.sentBefore(before);
        } while (!sent.compareAndSet(before, errand));
        if (before == null) {
            wake();
        }
    }

    /** Under its monitor: nobody writes to the number after it was closed. */
    private synchronized void wake() {
        if (!closed) {
            set.signal();
        }
    }

    private synchronized void close() {
        closed = true;
        set.close();
    }

    /** Ends the thread, after what it has to do now; when there are no queues any more. */
    static synchronized void end() {
        Driver driver = instance;
        if (driver != null) {
            driver.send(driver.new End());
            instance = null;
        }
    }

    private final class End implements Errand {
        private @Nullable Errand sentBefore;

        @Override
        public void run() {
            ended = true;
        }

        @Override
        public @Nullable Errand sentBefore() {
            return sentBefore;
        }

        @Override
        public void sentBefore(@Nullable Errand errand) {
            sentBefore = errand;
        }
    }

    /**
     * For an {@link Attendance}, in the driver's thread: looks at it in this turn, the older ones first. So the descriptor of a
     * queue that has ended leaves the epoll set before a later queue's comes in under the same number.
     */
    void look(Attendance a) {
        a.lookAt = Long.MIN_VALUE;
        attended.addLast(a.place);
    }

    private void run() {
        RingRecord.prepareThread();
        while (!ended) {
            try {
                turn();
            } catch (Throwable unexpected) {
                Threads.uncaught(unexpected);
            }
        }
        close();
    }

    private void turn() {
        runErrands();
        set.wakeAt(attendAll());
        if (ended) {
            return;
        }
        int rc = Native.C.epoll_wait(set.fd, eventsAddress, MOST_EVENTS, -1);
        if (rc < 0 && Native.errno() != Errnos.EINTR) {
            // the program has closed its descriptor: it looks now and then
            LockSupport.parkNanos(NAP_NANOS);
        }
    }

    private void runErrands() {
        for (; ; ) {
            if (errands == null) {
                // all that were sent before, the oldest first
                for (Errand e = sent.getAndSet(null); e != null; ) {
                    Errand before = e.sentBefore();
                    e.sentBefore(errands);
                    errands = e;
                    e = before;
                }
            }
            Errand next = errands;
            if (next == null) {
                return;
            }
            errands = next.sentBefore();
            next.sentBefore(null);
            next.run();
        }
    }

    /** Looks at those whose time has come: when to look again. */
    private long attendAll() {
        long until = Long.MAX_VALUE;
        long now = System.nanoTime();
        Attendance next;
        for (Attendance a = attended.first(); a != null; a = next) {
            next = a.place.following();
            // one that is watched is looked at in each turn: its descriptor may be what ended the sleep
            if (a.lookAt <= now || a.watched >= 0) {
                attend(a, now);
            }
            if (a.lookAt == Driven.DONE) {
                attended.remove(a.place);
            } else {
                until = Math.min(until, a.lookAt);
            }
        }
        return until;
    }

    private void attend(Attendance a, long now) {
        // should it throw it is looked at in a while
        a.lookAt = now + 1_000_000_000L;
        try {
            a.lookAt = a.driven().attend(now);
        } catch (Throwable unexpected) {
            a.watch = -1;
            Threads.uncaught(unexpected);
        }
        if (a.watch != a.watched) {
            if (a.watched >= 0) {
                set.remove(a.watched);
            }
            if (a.watch >= 0) {
                set.add(a.watch, 0);
            }
            a.watched = a.watch;
        }
    }
}
