package org.sigkevent.mq;

import static org.sigkevent.sys.Unset.unset;

import java.nio.ByteBuffer;
import org.sigkevent.core.Clocks;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.RingLayout;
import org.sigkevent.core.RingRecord;
import org.sigkevent.core.Source;
import org.sigkevent.sys.Memory;

/**
 * One registration of mq_notify: a place in the table of {@link Registrations}, used again for the next registration once its
 * record was taken. Its fields are guarded by the table's lock while it is live.
 */
final class Registration extends Source {
    /** A struct sigevent that points to the 32 bytes behind it, which the kernel sends back. */
    private static final int SIGEVENT_SIZE = 64;

    static final int COOKIE_SIZE = 32;
    private static final int SIGEV_THREAD = 2;

    private final ByteBuffer memory = Memory.allocate(SIGEVENT_SIZE + COOKIE_SIZE);
    private final long address = Memory.address(memory);

    final int place;
    int generation;
    int mqd;
    boolean live;

    /** Whether its removal was asked for: then nothing is made known. */
    boolean removing;

    /** Of a live one. */
    @SuppressWarnings("NullAway.Init")
    Destination target;

    @SuppressWarnings("NullAway.Init")
    NotifySocket socket;

    Registration(int place) {
        super(false);
        this.place = place;
    }

    /** The struct sigevent with which the kernel is to register this. */
    long sigevent() {
        memory.putLong(0, address + SIGEVENT_SIZE);
        memory.putInt(8, socket.fd);
        memory.putInt(12, SIGEV_THREAD);
        memory.putInt(SIGEVENT_SIZE, place);
        memory.putInt(SIGEVENT_SIZE + 4, generation);
        return address;
    }

    /** The kernel said that a message arrived, or that the registration is gone. It is not live any more. */
    void notified(boolean removed) {
        Destination to = target;
        if (to.silent || removed && removing) {
            if (!to.silent) {
                to.queue.release(1);
            }
            recycle();
            return;
        }
        RingRecord record = RingRecord.outgoing(Kinds.KEVENT_MQ, mqd, to.cookie);
        record.flags = removed ? RingLayout.KEVENT_REMOVED : 0;
        record.timeNanos = Clocks.monotonic();
        to.queue.post(this, record);
    }

    @Override
    protected boolean taken(RingRecord record) {
        record.object = target.object;
        recycle();
        return true;
    }

    @Override
    protected void abandoned() {
        recycle();
    }

    private void recycle() {
        target = unset();
        Registrations.recycle(this);
    }
}
