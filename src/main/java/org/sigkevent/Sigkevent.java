package org.sigkevent;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queues;
import org.sigkevent.engine.Engines;
import org.sigkevent.mq.MqCalls;
import org.sigkevent.notify.Notify;
import org.sigkevent.signal.Signals;
import org.sigkevent.sys.BlockingCall;
import org.sigkevent.sys.BounceBuffers;
import org.sigkevent.sys.Duplicates;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.PerThread;
import org.sigkevent.sys.Shutdown;
import org.sigkevent.sys.Stack;
import org.sigkevent.sys.Threads;
import org.sigkevent.timer.ClockTimer;
import org.sigkevent.timer.Sleeps;

/**
 * The library as a whole: its end.
 *
 * <p>A program needs none: the threads are daemons, and the kernel closes what a process has open. It is for applications that are
 * unloaded while the JVM goes on.
 */
public final class Sigkevent {
    private static final int MOST_TRIES = 20;

    /** The thread that ends everything; guarded by the class. */
    private static @Nullable Thread ending;

    /** The library's own threads that wait for the end: callbacks, for which it does not wait. Guarded by itself. */
    private static final Set<Thread> CALLBACKS = new HashSet<>();

    private Sigkevent() {}

    /**
     * Ends this copy of the library: afterwards none of its threads is alive and none of its descriptors is open, so that the class
     * loader which loaded it can be collected.
     *
     * <ul>
     *   <li>All queues are destroyed, as {@link KeventQueue#close} does it: threads that wait get EBADF, requests in flight are
     *       cancelled and waited for, also those that no queue is told of; unread records are dropped.
     *   <li>All timers are deleted and registrations of mq_notify removed. Rings of other owners are let go of, without their descriptors.
     *   <li>Signals get the disposition that they had before, unless somebody has installed another handler meanwhile: that one
     *       stays, and from the handler that is below it nothing comes any more.
     *   <li>Notifications by SIGEV_SIGNAL and SIGEV_THREAD that were not given out yet are dropped. A callback that runs is waited
     *       for, but not the one that calls this.
     *   <li>What the library keeps for each thread is let go.
     * </ul>
     *
     * <p>A call that needs any of this is refused from then on, with ESHUTDOWN: the library does not begin again. Calls that only
     * ask the kernel go on, such as clock_gettime, mq_send and mq_receive (one that waits meanwhile goes on waiting); what they keep
     * for their thread is let go when this is called again. Descriptors that were opened for the program, as mq_open and open do it,
     * are the program's. On epoll a duplicate of a file on which the process has POSIX locks stays open, because closing it would
     * give them up.
     *
     * <p>Where RLIMIT_SIGPENDING is used up ({@code ulimit -i 0}), a request that blocks in a thread cannot be ended, and this
     * waits for it.
     *
     * <p>Thread-safe, and may be called from a callback. It is done once; a second call waits for the first.
     *
     * @throws KeventException EAGAIN (no thread can be started that does it: nothing has changed), EINTR (the thread was interrupted
     *     while it waited, its interrupt status is set; the end goes on)
     */
    public static void shutdown() {
        Stack.reserve();
        Thread me = Thread.currentThread();
        boolean callback = Threads.ofLibrary(me);
        try {
            if (callback) {
                exempt(me, true);
            }
            KeventException.of(Sigkevent::begin).join();
            PerThread.forgetAll();
        } catch (InterruptedException interrupted) {
            me.interrupt();
            throw new KeventException(Errnos.EINTR, "interrupted while the library ends, which goes on");
        } finally {
            if (callback) {
                exempt(me, false);
            }
        }
    }

    private static void exempt(Thread callback, boolean on) {
        synchronized (CALLBACKS) {
            if (on) {
                CALLBACKS.add(callback);
            } else {
                CALLBACKS.remove(callback);
            }
        }
    }

    private static boolean exempt(Thread thread) {
        synchronized (CALLBACKS) {
            return CALLBACKS.contains(thread);
        }
    }

    private static synchronized Thread begin() {
        Thread begun = ending;
        if (begun == null) {
            // made before the end begins, which goes on without memory
            Runnable[] steps = steps();
            begun = Threads.daemon(
                    "sigkevent-shutdown", () -> end(steps), "no thread can be had that ends the library");
            ending = begun;
        }
        return begun;
    }

    private static Runnable[] steps() {
        return new Runnable[] {
            Shutdown::endParts,
            ClockTimer::endAll,
            Sleeps::end,
            MqCalls::end,
            Notify::end,
            Signals::end,
            Engines::end,
            Queues::end,
            Duplicates::end,
            // whoever repeats the signals that get others out of their calls comes last
            () -> Threads.awaitEnd(thread -> exempt(thread) || BlockingCall.repeats(thread)),
            Duplicates::closeKept,
            BlockingCall::shutdown,
            () -> Threads.awaitEnd(Sigkevent::exempt),
            BounceBuffers::end,
            PerThread::forgetAll
        };
    }

    private static void end(Runnable[] steps) {
        Shutdown.begin();
        for (Runnable step : steps) {
            end(step);
        }
    }

    /** What a step throws is reported. It is tried again a moment later, when there may be memory, and stops no other. */
    private static void end(Runnable step) {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            try {
                step.run();
                return;
            } catch (Throwable thrown) {
                Threads.uncaught(thrown);
                LockSupport.parkNanos(Shutdown.PAUSE_NANOS);
            }
        }
    }
}
