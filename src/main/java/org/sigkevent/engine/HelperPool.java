package org.sigkevent.engine;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/**
 * A few threads that read, write and synchronise regular files for engines that cannot ask the kernel to: the process shares
 * them. What waits stands in a list through the operations themselves, so that nothing is allocated and one that is cancelled
 * is taken out at once. A descriptor is looked up when its turn has come, as the C library's helpers do it: one that was closed
 * by then ends its operation with ECANCELED. (A duplicate would be no way out: closing it would give up the process's POSIX locks
 * on the file.) Threads start when there is more work than idle threads, up to a bound, and end after ten idle seconds.
 */
final class HelperPool {
    private static final int MOST = Math.max(
            1,
            Integer.getInteger(
                    "sigkevent.helpers", Math.max(4, 2 * Runtime.getRuntime().availableProcessors())));

    /** What hears of the end of an operation. */
    interface Owner {
        /** A helper has performed the operation. On the helper's thread. */
        void done(Op op, int result);
    }

    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final Condition WORK = LOCK.newCondition();
    private static final AtomicInteger NUMBER = new AtomicInteger();

    // under the lock
    private static @Nullable Op first;
    private static @Nullable Op last;
    private static int threads;
    private static int idle;
    private static int waiting;

    private HelperPool() {}

    /** Hands over an operation; its engine hears of its end. */
    static void add(Owner owner, Op op) {
        boolean nobody = false;
        LOCK.lock();
        try {
            op.listed = true;
            op.owner = owner;
            op.next = null;
            op.previous = last;
            if (last == null) {
                first = op;
            } else {
                last.next = op;
            }
            last = op;
            waiting++;
            if (waiting <= idle) {
                WORK.signal();
            } else if (threads < MOST) {
                if (startThread()) {
                    threads++;
                } else if (threads == 0) {
                    nobody = true;
                    unlink(op);
                }
            }
        } finally {
            LOCK.unlock();
        }
        if (nobody) {
            owner.done(op, -Errnos.EAGAIN);
        }
    }

    /** False when the machine has no thread to give: those that there are do the work. */
    private static boolean startThread() {
        Thread thread = new Thread(HelperPool::run, "sigkevent-file-" + NUMBER.incrementAndGet());
        thread.setDaemon(true);
        try {
            thread.start();
            return true;
        } catch (OutOfMemoryError noThread) { // what the JVM says when pthread_create is refused
            return false;
        }
    }

    /** Takes an operation out that no thread has begun; false when one has. */
    static boolean remove(Op op) {
        LOCK.lock();
        try {
            if (!op.listed) {
                return false;
            }
            unlink(op);
            return true;
        } finally {
            LOCK.unlock();
        }
    }

    private static void unlink(Op op) {
        if (op.previous == null) {
            first = op.next;
        } else {
            op.previous.next = op.next;
        }
        if (op.next == null) {
            last = op.previous;
        } else {
            op.next.previous = op.previous;
        }
        op.previous = null;
        op.next = null;
        op.listed = false;
        waiting--;
    }

    private static void run() {
        for (Op op = next(); op != null; op = next()) {
            Owner owner = op.owner;
            int result = op.sameFile() ? perform(op) : -Errnos.ECANCELED;
            if (result == -Errnos.EBADF && !op.sameFile()) {
                result = -Errnos.ECANCELED; // it was closed between the look and the call
            }
            owner.done(op, result);
        }
    }

    /** The next operation; null when there was none for a while, and this thread ends. */
    private static @Nullable Op next() {
        LOCK.lock();
        try {
            long patience = TimeUnit.SECONDS.toNanos(10);
            while (first == null) {
                if (patience <= 0) {
                    threads--;
                    return null;
                }
                idle++;
                try {
                    patience = WORK.awaitNanos(patience);
                } catch (InterruptedException strange) {
                    // nobody knows this thread
                } finally {
                    idle--;
                }
            }
            Op op = first;
            unlink(op);
            return op;
        } finally {
            LOCK.unlock();
        }
    }

    /** Makes the blocking call: its result, or the errno negated. */
    private static int perform(Op op) {
        long rc;
        switch (op.code) {
            case Op.READ:
                rc = op.offset < 0
                        ? Native.C.read(op.fd, op.address, op.length)
                        : Native.C.pread(op.fd, op.address, op.length, op.offset);
                break;
            case Op.WRITE:
                rc = op.offset < 0
                        ? Native.C.write(op.fd, op.address, op.length)
                        : Native.C.pwrite(op.fd, op.address, op.length, op.offset);
                break;
            case Op.READV:
                rc = Native.C.preadv2(op.fd, op.address, op.length, op.offset, 0);
                break;
            case Op.WRITEV:
                rc = Native.C.pwritev2(op.fd, op.address, op.length, op.offset, 0);
                break;
            case Op.FSYNC:
                return Linux.call(op.flags == Op.FLAG_DATASYNC ? Syscalls.FDATASYNC : Syscalls.FSYNC, op.fd);
            case Op.SYNC_RANGE:
                return Linux.call(Syscalls.SYNC_FILE_RANGE, op.fd, op.offset, op.length, op.flags);
            default:
                return -Errnos.ENOSYS;
        }
        return rc < 0 ? -Native.errno() : (int) rc;
    }
}
