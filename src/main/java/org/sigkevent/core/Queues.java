package org.sigkevent.core;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The queues of this process by descriptor number. A look-up takes no lock and allocates nothing.
 */
public final class Queues {
    /** Grown under the class's lock, and only ever replaced by a longer copy; read by look-ups with acquire semantics. */
    private static volatile AtomicReferenceArray<Queue> byFd = new AtomicReferenceArray<>(1024);

    private Queues() {}

    /** The queue with this descriptor that can be used, or null. */
    public static @Nullable Queue get(int fd) {
        Queue queue = find(fd);
        return queue == null || queue.dead() ? null : queue;
    }

    /** The queue with this descriptor, also a broken one or one that is just being destroyed, or null. */
    public static @Nullable Queue find(int fd) {
        AtomicReferenceArray<Queue> table = byFd;
        return fd >= 0 && fd < table.length() ? table.get(fd) : null;
    }

    /**
     * Makes a queue and enters it. When the kernel hands out a number again that a queue stands under, that queue's descriptor
     * was closed behind our back: it is destroyed.
     */
    public static Queue create(int limit) {
        Queue queue = Queue.create(limit, Clocks.SYSTEM, Queues::remove);
        Queue older;
        synchronized (Queues.class) {
            int fd = queue.fd();
            if (fd >= byFd.length()) {
                AtomicReferenceArray<Queue> longer = new AtomicReferenceArray<>(Math.max(fd + 1, 2 * byFd.length()));
                for (int i = 0; i < byFd.length(); i++) {
                    longer.set(i, byFd.get(i));
                }
                byFd = longer;
            }
            older = byFd.get(fd);
            byFd.set(fd, queue);
        }
        queue.show();
        if (older != null) {
            older.destroy();
        }
        return queue;
    }

    /** Whether the descriptor is that of a queue which this process does not own. */
    public static boolean foreign(int fd) {
        // looked up again: the number may have become one of this process's queues meanwhile
        return find(fd) == null && MappedRing.isOne(fd) && find(fd) == null;
    }

    /** A queue has ended and its descriptor is closed; another one may stand under the number already. */
    static synchronized void remove(Queue queue) {
        if (queue.fd() < byFd.length() && byFd.get(queue.fd()) == queue) {
            byFd.set(queue.fd(), null);
        }
    }
}
