package org.sigkevent.core;

import java.lang.System.Logger.Level;
import org.sigkevent.engine.BlockingHelpers;
import org.sigkevent.engine.Engine;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Shutdown;
import org.sigkevent.sys.Stack;
import org.sigkevent.sys.Threads;

/**
 * The end of a queue. It is marked as closing first ({@link Members#leave}): from then on nothing is reserved, armed or posted. Then
 * waiters leave with EBADF, members cancel what they have in flight, and the closing thread leads the engine until nothing is, there
 * or with helper threads. Then descriptors are closed and pages given back.
 *
 * <p>Each step is counted when it is done, so that the driver goes on where a thread was interrupted or something was thrown: what was
 * closed is not closed again, and what was not, is.
 */
final class Closing {
    /** A helper may end between the look at it and the wait for it. */
    private static final long HELPER_LOOK_NANOS = 1_000_000;

    private final Ring ring;
    private final Engine engine;
    private final Members members;
    private final WaitRoom room;
    private final FreeSlots space;
    private final OverflowEpisodes overflows;
    private final Driver.Attendance driver;
    private final Runnable ended;
    private final Identity identity;

    /** What the end of the library ends: every queue, also those that no descriptor leads to. */
    private final Shutdown.Part part = new Shutdown.Part() {
        @Override
        protected void end() {
            destroy();
        }
    };

    /** Whether the driver finishes; written by the closing thread when it has done what it can. */
    private volatile boolean leftToDriver;

    // the closing thread's, later the driver's
    private int told;
    private int closed;
    private boolean ringClosed;

    Closing(
            Ring ring,
            Identity identity,
            Engine engine,
            Members members,
            WaitRoom room,
            FreeSlots space,
            OverflowEpisodes overflows,
            Driver.Attendance driver,
            Runnable ended) {
        this.ring = ring;
        this.identity = identity;
        this.engine = engine;
        this.members = members;
        this.room = room;
        this.space = space;
        this.overflows = overflows;
        this.driver = driver;
        this.ended = ended;
    }

    /** The queue is made; throws ErrnoException ESHUTDOWN when the library is ending. */
    void begin() {
        part.enter();
    }

    /**
     * Ends the queue.
     *
     * @return 0; -EBADF when it was closing already; -EINTR when the thread was interrupted while requests were still in flight:
     *     the driver finishes
     */
    int destroy() {
        Waiter waiter = Waiter.own();
        Stack.reserve();
        if (!members.leave()) {
            return -Errnos.EBADF;
        }
        try {
            driver.call();
            sendAway();
            // a virtual thread would hold its carrier
            boolean virtual = Threads.isVirtual(Thread.currentThread());
            int rc = virtual ? 0 : drain(waiter);
            if (virtual || rc != 0) {
                leaveToDriver();
            } else {
                finish();
            }
            return rc;
        } catch (Throwable thrown) {
            leaveToDriver();
            throw thrown;
        }
    }

    /** Ends the queue; the driver waits for what is in flight. */
    void abandon() {
        if (members.leave()) {
            leaveToDriver();
        }
    }

    private void leaveToDriver() {
        leftToDriver = true;
        driver.call();
    }

    /** Sends everybody away and cancels what is in flight. */
    private void sendAway() {
        room.wakeAll();
        space.freed();
        overflows.tell(null);
        for (; told < members.all().length; told++) {
            members.all()[told].onClosing();
        }
        engine.refuse();
    }

    /** Leads the engine until nothing is in flight, there or with helpers. */
    private int drain(Waiter waiter) {
        engine.lead();
        try {
            for (; ; ) {
                engine.reap();
                boolean helpersAlone = engine.inFlight() == 0;
                if (helpersAlone && members.areIdle()) {
                    return 0;
                }
                if (Thread.interrupted()) {
                    return -Errnos.EINTR;
                }
                if (helpersAlone) {
                    if (BlockingHelpers.await(System.nanoTime() + HELPER_LOOK_NANOS) == -Errnos.EINTR) {
                        return -Errnos.EINTR;
                    }
                    continue;
                }
                waiter.enter(engine);
                try {
                    engine.sleep(System.nanoTime() + 10_000_000, false, 0);
                } finally {
                    waiter.leave();
                }
            }
        } finally {
            engine.unlead();
        }
    }

    /** For the driver: true when there is nothing that it can do any more, or it is not its turn. */
    boolean tryFinish() {
        if (!leftToDriver) {
            return true;
        }
        sendAway();
        engine.reap();
        if (engine.inFlight() != 0 || !members.areIdle()) {
            return false;
        }
        finish();
        return true;
    }

    private void finish() {
        while (closed < members.all().length) {
            members.all()[closed++].onClosed();
        }
        engine.close();
        if (!ringClosed) {
            closeRing();
            ringClosed = true;
        }
        ended.run();
        part.left();
    }

    private void closeRing() {
        boolean ours = identity.file.isBehind(ring.fd());
        // a number that was closed by something else and given out again is not ours to close
        ring.close(ours);
        if (!ours) {
            System.getLogger("org.sigkevent")
                    .log(
                            Level.WARNING,
                            "descriptor {0} of a queue was closed by something else before the queue was",
                            "" + ring.fd());
        }
    }
}
