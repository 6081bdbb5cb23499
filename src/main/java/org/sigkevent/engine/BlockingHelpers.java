package org.sigkevent.engine;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.BlockingCall;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Threads;

/**
 * Threads for system calls that no engine can make asynchronously: System V messages and semaphores, file locks, msync,
 * delays of CPU time, and what the engine at hand does not support (futexes, processes, accept, connect). Each
 * call that waits holds a thread, because the kernel offers no way to wait for several of them; so their number is bounded, and
 * one more is refused with EAGAIN. Idle threads end after ten seconds.
 */
public final class BlockingHelpers {
    private static final int MOST = Integer.getInteger("sigkevent.helpers.blocking", 256);
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private static final ThreadPoolExecutor THREADS = new ThreadPoolExecutor(
            0,
            Math.max(1, MOST),
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            run -> Threads.make("sigkevent-helper-" + NUMBER.incrementAndGet(), run));

    private BlockingHelpers() {}

    /** A system call that may block. Its methods are called in the helper's thread. */
    public interface Call {
        /** Makes what is needed when the call has come back. */
        void prepare();

        /** Makes the system call: its result, or the errno negated. After -EINTR it is called once more, unless it was cancelled. */
        long blocking();

        /** Is told the result; -ECANCELED when it was cancelled before it was done. */
        void ended(long result);
    }

    /** A call that can be cancelled. */
    public static final class Task implements Runnable {
        private final Call asked;
        private volatile @Nullable BlockingCall call;
        private volatile boolean cancelled;

        public Task(Call asked) {
            this.asked = asked;
        }

        /** Ends the call, if it has not come back: for certain, whether or not it has begun. */
        public void cancel() {
            cancelled = true;
            BlockingCall running = call;
            if (running != null) {
                running.wakeup();
            }
        }

        @Override
        public void run() {
            asked.prepare();
            // what is thrown before there is a result means that the thread has no memory for it
            long result = -Errnos.ENOMEM;
            try {
                try {
                    result = make(BlockingCall.own());
                } finally {
                    call = null;
                    asked.ended(result == -Errnos.EINTR ? -Errnos.ECANCELED : result);
                }
            } catch (Throwable thrown) {
                Threads.uncaught(thrown);
            }
        }

        private long make(BlockingCall own) {
            call = own;
            long result;
            do {
                own.enter();
                try {
                    // looked at inside: a cancel that comes later finds the call inside and signals it until it is out
                    result = cancelled ? -Errnos.ECANCELED : asked.blocking();
                } finally {
                    own.leave();
                }
            } while (result == -Errnos.EINTR && !cancelled);
            return result;
        }
    }

    /** Starts a task: 0, or -EAGAIN when as many wait already as may, or the system refuses a thread; then nothing was done. */
    public static int start(Task task) {
        if (MOST <= 0) {
            return -Errnos.EAGAIN;
        }
        try {
            THREADS.execute(task);
            return 0;
        } catch (RejectedExecutionException | OutOfMemoryError full) {
            // the error: the machine has no thread to give
            return -Errnos.EAGAIN;
        }
    }
}
