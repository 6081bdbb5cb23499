package org.sigkevent.core;

import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.GrowingTable;

/**
 * The queues of this process by descriptor number. A look-up takes no lock and allocates nothing.
 */
public final class Queues {
    private static final GrowingTable<Queue> BY_FD = new GrowingTable<>();

    private Queues() {}

    /** The queue with this descriptor that can be used, or null. */
    public static @Nullable Queue get(int fd) {
        Queue queue = find(fd);
        return queue == null || queue.dead() ? null : queue;
    }

    /** The queue with this descriptor, also a broken one or one that is just being destroyed, or null. */
    public static @Nullable Queue find(int fd) {
        return BY_FD.get(fd);
    }

    /**
     * Makes a queue and enters it. When the kernel hands out a number again that a queue stands under, that queue's descriptor
     * was closed behind our back: it is destroyed.
     */
    public static Queue create(int limit) {
        // has the classes initialised that the arguments need, too
        Driver.instance();
        Queue queue = Queue.create(limit, Clocks.SYSTEM, Queues::remove);
        int fd = queue.fd();
        try {
            BY_FD.ensure(fd);
        } catch (Throwable refused) {
            queue.destroy();
            throw refused;
        }
        Queue older;
        do {
            older = BY_FD.get(fd);
        } while (!BY_FD.compareAndSet(fd, older, queue));
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
    private static void remove(Queue queue) {
        if (BY_FD.get(queue.fd()) == queue) {
            BY_FD.compareAndSet(queue.fd(), queue, null);
        }
    }
}
