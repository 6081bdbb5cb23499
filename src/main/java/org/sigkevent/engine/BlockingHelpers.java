package org.sigkevent.engine;

import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.BlockingCall;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Settings;
import org.sigkevent.sys.Spinning;
import org.sigkevent.sys.Threads;

/**
 * Threads for system calls that no engine can make asynchronously: System V messages and semaphores, file locks, msync,
 * delays of CPU time, and what the engine at hand does not support (futexes, processes, accept, connect). Each
 * call that waits holds a thread, because the kernel offers no way to wait for several of them; so their number is bounded: each
 * {@link Share} has some for itself, so that nobody can use up all, and what all have beyond that has a bound for the process. One more
 * is refused with EAGAIN; who has time waits with {@link #await} and tries again. Idle threads end after ten seconds.
 */
public final class BlockingHelpers {
    private static final int MOST = Settings.get().blockingHelpers;
    private static final AtomicInteger NUMBER = new AtomicInteger();

    /** What each share has for itself. */
    private static final int EACH = Math.min(16, Math.max(0, MOST));

    /** Calls that come back within milliseconds have their own few, which those that wait cannot use up. */
    private static final Share BRIEF = new Share(4, false);

    /** Stands in {@link #NEXT} for a helper that has made a brief call and looks around for another one before it sleeps. */
    private static final Task NONE = new Task(new NoCall(), BRIEF);

    /** What a helper that looks around is to do next; null when there is none that does. */
    private static final AtomicReference<@Nullable Task> NEXT = new AtomicReference<>();

    /** Of the one that looks around. */
    private static final Spinning SPINNING = new Spinning();

    private static final int LOOK_NANOS = 10_000_000;

    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final Condition ENDED = LOCK.newCondition();

    /** How many are used beyond what each share has for itself; under the lock. */
    private static int beyond;

    private static final ThreadPoolExecutor THREADS = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            run -> Threads.make("sigkevent-helper-" + NUMBER.incrementAndGet(), run));

    private static final class NoCall implements Call {
        @Override
        public void prepare() {}

        @Override
        public long blocking() {
            return 0;
        }

        @Override
        public void ended(long result) {}
    }

    private BlockingHelpers() {}

    /** What a queue may use. */
    public static final class Share {
        private final int guaranteed;
        private final boolean more;

        /** Under the lock. */
        private int used;

        /** Calls of the queue that helpers have, also those that come back within milliseconds; under the lock. */
        private int running;

        public Share() {
            this(EACH, true);
        }

        private Share(int guaranteed, boolean more) {
            this.guaranteed = guaranteed;
            this.more = more;
        }

        /** Whether no helper has a call of it; calls that nothing can end do not count. */
        public boolean isIdle() {
            boolean idle;
            LOCK.lock();
            try {
                idle = running == 0;
            } finally {
                LOCK.unlock();
            }
            return idle || !BlockingCall.available();
        }
    }

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
        private final Share share;

        /** Whose call it is. */
        private final Share owner;

        private volatile @Nullable BlockingCall call;
        private volatile boolean cancelled;

        public Task(Call asked, Share share) {
            this(asked, share, share);
        }

        private Task(Call asked, Share share, Share owner) {
            this.asked = asked;
            this.share = share;
            this.owner = owner;
        }

        /** One that comes back within milliseconds, and uses up nothing of what its owner may use. */
        public static Task brief(Call asked, Share owner) {
            return new Task(asked, BRIEF, owner);
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
            Task task = this;
            do {
                try {
                    task.callAndTell();
                } finally {
                    end(task);
                }
                task = task.share == BRIEF ? lookAround() : null;
            } while (task != null);
        }

        private void callAndTell() {
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
            own.unblock();
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

    /** Threads without work end now. */
    static void end() {
        THREADS.shutdown();
    }

    /** Brief calls follow each other as a rule: the next one, if it comes within some microseconds. */
    private static @Nullable Task lookAround() {
        if (!NEXT.compareAndSet(null, NONE)) {
            return null;
        }
        boolean looks = SPINNING.begins();
        long end = System.nanoTime() + Spinning.NANOS;
        while (looks && NEXT.get() == NONE && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        boolean none = NEXT.get() == NONE;
        if (looks) {
            SPINNING.ends(!none);
        }
        return NEXT.compareAndSet(NONE, null) ? null : NEXT.getAndSet(null);
    }

    /** Starts a task: 0, or -EAGAIN when as many wait already as may, or the system refuses a thread; then nothing was done. */
    public static int start(Task task) {
        if (!begin(task)) {
            return -Errnos.EAGAIN;
        }
        if (task.share == BRIEF && NEXT.compareAndSet(NONE, task)) {
            return 0;
        }
        boolean started = false;
        try {
            THREADS.execute(task);
            started = true;
        } catch (OutOfMemoryError noThread) {
            // the machine has no thread to give
            return -Errnos.EAGAIN;
        } finally {
            if (!started) {
                end(task);
            }
        }
        return 0;
    }

    private static boolean begin(Task task) {
        Share share = task.share;
        LOCK.lock();
        try {
            boolean own = share.used < share.guaranteed;
            boolean may = own || share.more && beyond < MOST;
            if (may) {
                share.used++;
                task.owner.running++;
                beyond += own ? 0 : 1;
            }
            return may;
        } finally {
            LOCK.unlock();
        }
    }

    private static void end(Task task) {
        Share share = task.share;
        LOCK.lock();
        try {
            beyond -= share.used > share.guaranteed ? 1 : 0;
            share.used--;
            task.owner.running--;
            ENDED.signalAll();
        } finally {
            LOCK.unlock();
        }
    }

    /**
     * Waits until some helper is done, or for 10 ms: what there was none for may also be done without one by then. The caller tries again.
     *
     * @return 0, -ETIMEDOUT or -EINTR
     */
    // the caller's is the loop, and a look too many does no harm
    @SuppressWarnings("WaitNotInLoop")
    public static int await(long deadline) {
        long left = deadline == Long.MAX_VALUE ? LOOK_NANOS : deadline - System.nanoTime();
        if (left <= 0) {
            return -Errnos.ETIMEDOUT;
        }
        LOCK.lock();
        try {
            ENDED.awaitNanos(Math.min(left, LOOK_NANOS));
            return 0;
        } catch (InterruptedException interrupted) {
            return -Errnos.EINTR;
        } finally {
            LOCK.unlock();
        }
    }
}
