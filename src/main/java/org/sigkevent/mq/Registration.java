package org.sigkevent.mq;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.RingLayout;
import org.sigkevent.core.RingRecord;
import org.sigkevent.core.Source;
import org.sigkevent.sys.Link;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/**
 * One registration of mq_notify: a place in the table of Registrations, used again for the next registration once its
 * record was taken. Its fields are guarded by the table's lock while it is live.
 */
final class Registration extends Source {
    /** A struct sigevent that points to the 32 bytes behind it, which the kernel sends back. */
    private static final int SIGEVENT_SIZE = 64;

    private final ByteBuffer memory = Memory.allocate(SIGEVENT_SIZE + NotifySocket.COOKIE_SIZE);
    private final long address = Memory.address(memory);

    private final int place;

    /** Takes it back when its record was taken, or when it has none. */
    private final Consumer<Registration> recycler;

    /** The later a registration was made, the higher. */
    long number;

    int generation;
    int mqd;
    boolean live;

    /** Whether its removal was asked for: then nothing is made known. */
    boolean removing;

    /** Where its record goes; null while its place is free. */
    @Nullable
    Destination target;

    /** The one that the kernel tells; of the last registration while the place is free. */
    @SuppressWarnings("NullAway.Init")
    NotifySocket socket;

    /** Its place among the free ones. */
    final Link<Registration> whileFree = new Link<>(this);

    Registration(int place, Consumer<Registration> recycler) {
        super(false);
        this.place = place;
        this.recycler = recycler;
    }

    /** The struct sigevent with which the kernel is to register this. */
    long sigevent() {
        memory.putLong(0, address + SIGEVENT_SIZE);
        memory.putInt(8, socket.fd);
        memory.putInt(12, Linux.SIGEV_THREAD);
        memory.putInt(SIGEVENT_SIZE, place);
        memory.putInt(SIGEVENT_SIZE + 4, generation);
        return address;
    }

    /** The kernel said that a message arrived, or that the registration is gone. It is not live any more. */
    void notified(boolean removed) {
        Destination to = target;
        if (to == null) {
            return;
        }
        if (to.silent || removed && removing) {
            recycler.accept(this);
            if (!to.silent) {
                to.queue.release(1);
            }
            return;
        }
        RingRecord record = RingRecord.outgoing(Kinds.KEVENT_MQ, mqd, to.cookie);
        record.flags = removed ? RingLayout.KEVENT_REMOVED : 0;
        record.timeNanos = System.nanoTime();
        to.queue.post(this, record);
    }

    @Override
    protected boolean taken(RingRecord record) {
        Destination from = target;
        record.object = from == null ? null : from.object;
        recycler.accept(this);
        return true;
    }

    @Override
    protected void abandoned() {
        recycler.accept(this);
    }
}
