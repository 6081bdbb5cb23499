package org.sigkevent;

import java.util.Objects;
import org.sigkevent.core.Records;
import org.sigkevent.sys.Stack;

/**
 * The ring of a kevent queue: fixed-size records in shared memory, read without system calls.
 *
 * <p>Any number of threads may take; each record is taken exactly once, in the order in which they were posted. What a
 * record stands for is complete before the record can be taken, and is visible to the thread that takes it. After the queue
 * is destroyed nothing can be taken any more. The object is the same for every {@link Kevent#kevent_map_ringbuf} of a queue.
 *
 * <p>The descriptor of a queue can be sent to another process (SCM_RIGHTS over a Unix socket, or inherited). What
 * {@link Kevent#kevent_map_ringbuf} gives there, and here for a duplicate of the descriptor, takes and waits in the same way;
 * every record goes to exactly one of all who take. A record taken there carries the bits of its cookie and no object. What a
 * timer's record says of overruns is then fixed when it is posted; later ones go into the next record.
 *
 * <p>The sequence for a thread that consumes, as the kevent proposal has it: {@link #state}, then {@link #take}; if there is
 * nothing, {@link Kevent#kevent_wait} with that state.
 */
public final class KeventRing {
    private final Records records;

    KeventRing(Records records) {
        this.records = records;
    }

    Records records() {
        return records;
    }

    /**
     * The ring state: a counter that moves with every event. To be read before the look at the ring. When the ring is empty, what
     * has completed meanwhile is moved into it first, as by {@link #take}.
     *
     * @return the ring state; it wraps around
     */
    public int state() {
        if (records.unread() == 0) {
            records.look();
        }
        return records.state();
    }

    /**
     * Takes the oldest record. When there is none, what has completed meanwhile is moved into the ring first (in the owner's process:
     * without a system call on io_uring, with at most one in 50 µs on epoll), and timers that are due expire.
     *
     * @param into where the record is copied to; untouched when there is none
     * @return whether there was one
     */
    public boolean take(KeventRecord into) {
        Stack.reserve();
        Objects.requireNonNull(into, "into");
        Records records = this.records;
        return records.take(into, KeventRecord.INTO) || records.look() && records.take(into, KeventRecord.INTO);
    }

    /**
     * Records that can be taken now; others may take them first.
     *
     * @return how many, 0 to the capacity
     */
    public int unread() {
        int unread = records.unread();
        return unread == 0 && records.look() ? records.unread() : unread;
    }

    /**
     * Events that can be outstanding at once.
     *
     * @return the number given to kevent_init
     */
    public int capacity() {
        return records.limit();
    }

    @Override
    public String toString() {
        return records.toString();
    }
}
