package org.sigkevent.core;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.GrowingTable;

/**
 * The queues of this process by descriptor. They are found by the number that each was made with, and by any other number that stands
 * for the same file: a duplicate is as good.
 *
 * <p>A number may have been closed and given out again without the library being asked. So a look-up asks the kernel what the number
 * stands for ({@link #get}), one statx(2); calls that are too cheap for that ({@link #recent}) believe an answer for a millisecond.
 * A queue whose number has gone, and which nobody has used by another one, is destroyed.
 */
public final class Queues {
    private static final GrowingTable<Queue> BY_FD = new GrowingTable<>();
    private static final ConcurrentHashMap<Long, Queue> BY_INODE = new ConcurrentHashMap<>();

    private Queues() {}

    /** The queue with this descriptor that can be used, or null. */
    public static @Nullable Queue get(int fd) {
        return usable(own(fd));
    }

    /** As {@link #get}, and what was true a millisecond ago is good enough: without a lock, a system call or an allocation. */
    public static @Nullable Queue recent(int fd) {
        Queue queue = find(fd);
        return usable(queue != null && queue.identity.foundLately() ? queue : own(fd));
    }

    private static @Nullable Queue usable(@Nullable Queue queue) {
        return queue == null || queue.dead() ? null : queue;
    }

    /** The queue with this descriptor, also a broken one or one that is just being destroyed, or null. */
    public static @Nullable Queue own(int fd) {
        Queue queue = find(fd);
        if (queue == null || queue.identity.isBehind(fd)) {
            return queue == null ? byFile(fd) : queue;
        }
        boolean ending = queue.dead();
        if (!ending) {
            queue.lost();
        }
        // one that is ending may have closed its descriptor, and the number is another queue's by now
        Queue other = byFile(fd);
        return other == null && ending ? queue : other;
    }

    /** The queue that was made with this number, whatever it stands for now, or null. */
    public static @Nullable Queue find(int fd) {
        return BY_FD.get(fd);
    }

    private static @Nullable Queue byFile(int fd) {
        FileId file = new FileId();
        Queue queue = file.load(fd) == 0 ? BY_INODE.get(file.inode) : null;
        return queue != null && queue.identity.isKnownAs(file) ? queue : null;
    }

    /** The program has closed a descriptor in so many words. */
    public static void closed(int fd) {
        if (find(fd) != null) {
            own(fd);
        }
    }

    /**
     * Makes a queue and enters it. When the kernel hands out a number again that a queue stands under, that queue's descriptor
     * was closed behind our back: it is destroyed.
     */
    public static Queue create(int limit) {
        // has the classes initialised that the arguments need, too
        Driver.instance();
        ExitHook.add(Queues::ownerEnds);
        Queue queue = Queue.create(limit, Clocks.SYSTEM, Queues::remove);
        int fd = queue.fd();
        try {
            BY_FD.ensure(fd);
            BY_INODE.put(queue.identity.inode, queue);
        } catch (Throwable refused) {
            queue.destroy();
            throw refused;
        }
        Queue older;
        do {
            older = BY_FD.get(fd);
        } while (!BY_FD.compareAndSet(fd, older, queue));
        queue.ring.show();
        if (older != null) {
            older.destroy();
        }
        return queue;
    }

    /** The process is ending: other processes find no ring any more, and who sleeps there wakes. */
    static void ownerEnds() {
        BY_INODE.values().forEach(queue -> queue.ring.ownerEnds());
    }

    /** The end of the library, when all queues have ended: rings of other owners are let go, the driver ends, and the JVM forgets the hook. */
    public static void end() {
        MappedRing.letGoOfAll();
        Driver.end();
        ExitHook.remove();
    }

    /** For tests: other numbers of this queue are treated as if another process owned it. */
    static void hideDuplicates(int fd) {
        BY_INODE.values().removeIf(queue -> queue.fd() == fd);
    }

    /** Whether the descriptor is that of a queue which this process does not own. */
    public static boolean foreign(int fd) {
        // looked up again: the number may have become one of this process's queues meanwhile
        return own(fd) == null && MappedRing.isOne(fd) && own(fd) == null;
    }

    /** A queue has ended and its descriptor is closed; another one may stand under the number already. */
    private static void remove(Queue queue) {
        BY_INODE.remove(queue.identity.inode, queue);
        if (BY_FD.get(queue.fd()) == queue) {
            BY_FD.compareAndSet(queue.fd(), queue, null);
        }
    }
}
