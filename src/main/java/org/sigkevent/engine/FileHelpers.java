package org.sigkevent.engine;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.IntrusiveList;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Settings;
import org.sigkevent.sys.Syscalls;
import org.sigkevent.sys.Threads;

/**
 * A few threads that read, write and synchronise regular files for engines that cannot ask the kernel to: the process shares
 * them. What waits stands in a list through the operations themselves, so that nothing is allocated and one that is cancelled
 * is taken out immediately. An operation may be performed long after it was submitted: its file is held
 * ({@link Engine#holdFile}). Threads start when there is more work than idle threads, up to a bound, and end after ten idle seconds. A thread
 * is started before the operation is listed that needs it.
 */
public final class FileHelpers {
    private static final int MOST = Settings.get().helpers;

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final AtomicInteger NUMBER = new AtomicInteger();

    // under the monitor of the class
    private static final IntrusiveList<Op> WAITING = new IntrusiveList<>();
    private static int waiting;
    private static int threads;
    private static int idle;
    private static boolean ended;

    private FileHelpers() {}

    /**
     * Hands over an operation; its engine hears of its end.
     *
     * @return 0; or -EAGAIN with nothing done: there is no thread and none can be started
     */
    static int add(Op.Owner owner, Op op) {
        op.owner = owner;
        if (needsThread() && !startThread()) {
            return -Errnos.EAGAIN;
        }
        enlist(op);
        return 0;
    }

    private static synchronized void enlist(Op op) {
        if (idle > 0) {
            FileHelpers.class.notify();
        }
        waiting++;
        WAITING.addLast(op);
    }

    /** Whether one more operation needs one more thread, which is counted then. */
    private static synchronized boolean needsThread() {
        boolean needed = waiting >= idle && threads < MOST;
        threads += needed ? 1 : 0;
        return needed;
    }

    /** False when the system refuses a thread and there is no other that could do the work. */
    private static boolean startThread() {
        try {
            Threads.daemon("sigkevent-file-" + NUMBER.incrementAndGet(), FileHelpers::run);
            return true;
        } catch (Throwable refused) {
            int others = uncount();
            // what the JVM says when pthread_create fails
            if (refused instanceof OutOfMemoryError) {
                return others > 0;
            }
            throw refused;
        }
    }

    private static synchronized int uncount() {
        return --threads;
    }

    /** Threads without work end now. */
    static synchronized void end() {
        ended = true;
        FileHelpers.class.notifyAll();
    }

    /** Takes an operation out that no thread has begun; false when one has. */
    static synchronized boolean remove(Op op) {
        boolean there = WAITING.remove(op);
        waiting -= there ? 1 : 0;
        return there;
    }

    private static void run() {
        for (; ; ) {
            try {
                Op op = next();
                if (op == null) {
                    return;
                }
                serve(op);
            } catch (Throwable thrown) {
                // others wait for this thread
                Threads.uncaught(thrown);
            }
        }
    }

    private static void serve(Op op) {
        Op.Owner owner = op.owner;
        int result = -Errnos.ENOMEM;
        int priority = op.ioprio;
        try {
            setPriority(0, priority);
            result = perform(op);
            op.performed(result);
        } finally {
            setPriority(priority, 0);
            owner.done(op, result);
        }
    }

    /** Sets the I/O priority of this thread, if it is another one; 0 is its own. */
    private static void setPriority(int from, int to) {
        if (from != to) {
            // of a thread, this one
            Linux.call(Syscalls.IOPRIO_SET, 1, 0, to);
        }
    }

    /** The next operation; null when there was none for a while, and this thread ends. */
    private static synchronized @Nullable Op next() {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (WAITING.isEmpty()) {
            long left = end - System.nanoTime();
            if (left <= 0 || ended) {
                threads--;
                return null;
            }
            idle++;
            try {
                TimeUnit.NANOSECONDS.timedWait(FileHelpers.class, left);
            } catch (InterruptedException strange) {
                // nobody knows this thread
            } finally {
                idle--;
            }
        }
        waiting--;
        return WAITING.pollFirst();
    }

    /** Makes the blocking call in this thread: its result, or the errno negated. */
    public static int perform(Op op) {
        return switch (op.code) {
            case Op.FSYNC -> Linux.call(op.flags == Op.FLAG_DATASYNC ? Syscalls.FDATASYNC : Syscalls.FSYNC, op.fd);
            case Op.SYNC_RANGE -> Linux.call(Syscalls.SYNC_FILE_RANGE, op.fd, op.offset, op.length, op.flags);
            default -> StreamIo.vectors(op, op.fd, op.offset, 0);
        };
    }
}
