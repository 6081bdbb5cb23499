package org.sigkevent.core;

import java.lang.invoke.VarHandle;
import java.nio.LongBuffer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.engine.Engine;

/**
 * Tells waiters of records that were published: first those of this process, then, if there are records left for them, those of
 * others; and the poll descriptor, if there is one.
 *
 * <p><b>Batches.</b> Records of completions that are handled together are announced together: one fence and one look at the waiters
 * for up to {@value #TOGETHER} of them. The batch is guarded by the engine's reaping right; any other thread that reads
 * {@link #thread} finds that it is not its own.
 *
 * <p><b>Waiters of other processes</b> may be killed after they were woken. So while records are unread and such waiters sleep, the
 * driver looks every 10 ms whether any was taken since, and if not wakes all of them.
 */
final class Wakeups implements Engine.Batches {
    private static final int TOGETHER = 32;

    private final Ring ring;
    private final WaitRoom room;
    private final Driver.Attendance driver;
    private volatile @Nullable PollDescriptor polled;

    // under the engine's reaping right
    private @Nullable Thread thread;
    private int records;

    /** The reaping thread's own, which is not looked up for each completion. */
    @SuppressWarnings("NullAway.Init")
    private RingRecord outgoing;

    /** When the completions that are being handled were found; 0 when nobody has asked yet. */
    private long found;

    private volatile boolean watching;
    private long takenUpTo;

    Wakeups(Ring ring, WaitRoom room, Driver.Attendance driver) {
        this.ring = ring;
        this.room = room;
        this.driver = driver;
    }

    @Override
    public void begins() {
        // what completes must not find that there is no memory for its record
        outgoing = RingRecord.prepareOutgoing();
        found = 0;
        thread = Thread.currentThread();
    }

    @Override
    public void ended() {
        thread = null;
        announceBatch();
    }

    @Override
    public void foundMore() {
        found = 0;
    }

    /** See {@link Queue#completion}. */
    RingRecord completion(int id, int descriptor, long cookie, long nanos) {
        boolean inBatch = thread == Thread.currentThread();
        if (inBatch && found == 0 && nanos == 0) {
            found = System.nanoTime();
        }
        RingRecord own = (inBatch ? outgoing : RingRecord.prepareOutgoing()).renewed(id, descriptor, cookie);
        own.timeNanos = nanos != 0 ? nanos : inBatch ? found : System.nanoTime();
        return own;
    }

    private void announceBatch() {
        int n = records;
        if (n > 0) {
            records = 0;
            announce(n);
        }
    }

    /** The calling thread has published a record. */
    void published() {
        if (thread != Thread.currentThread()) {
            announce(1);
        } else if (++records == TOGETHER) {
            announceBatch();
        }
    }

    /** {@code events} records were published. */
    void announce(int events) {
        // in locals: a field is loaded again behind the fence, where nothing is read before all that stands before it
        // is
        // written
        Ring ring = this.ring;
        ForeignTakers foreign = ring.foreign;
        LongBuffer words = foreign.words;
        WaitRoom room = this.room;
        // the records and the ring state before the look at the waiters; pairs with WaitRoom.enter
        VarHandle.fullFence();
        int woken = room.posted(events);
        if (foreign.asleep(words)) {
            int others = Math.min(events - woken, room.enoughFor());
            if (others > 0) {
                foreign.wake(others);
            }
            if (!watching) {
                // a waiter that was woken here may leave without a record
                watching = true;
                driver.call();
            }
        }
        if (ring.broken()) {
            room.wakeAll();
        }
        PollDescriptor descriptor = polled;
        if (descriptor != null) {
            descriptor.posted();
        }
    }

    /** Null events: wakes up to {@code waiters}, those of this process first. */
    void wake(int waiters) {
        int woken = room.wake(waiters);
        // the ring state before the look at the waiters; pairs with MappedRing.await
        VarHandle.fullFence();
        if (woken < waiters && ring.foreign.asleep()) {
            ring.foreign.nullWake(waiters - woken);
        }
    }

    /** {@code n} records were taken, or have gone elsewhere; or none was there, or the ring was found to be broken. */
    void tookAway(int n) {
        PollDescriptor descriptor = polled;
        if (descriptor != null) {
            descriptor.taken();
        }
        if (n == 0 && ring.broken()) {
            room.wakeAll();
        }
    }

    /** From now on the descriptor is told, too. */
    void tell(PollDescriptor descriptor) {
        polled = descriptor;
        descriptor.posted();
    }

    /** Whether the driver is to look after waiters of other processes. */
    boolean watching() {
        return watching;
    }

    /** For the driver, every 10 ms. */
    void watch() {
        if (!watching) {
            return;
        }
        int unread = ring.unread();
        if (unread == 0 || !ring.foreign.asleep()) {
            watching = false;
            // one may have come meanwhile; pairs with the fence of who posts, and then finds that nobody watches
            VarHandle.fullFence();
            watching = ring.unread() > 0 && ring.foreign.asleep();
            return;
        }
        long taken = ring.posted() - unread;
        if (taken == takenUpTo && unread >= ring.required()) {
            ring.foreign.wake(Integer.MAX_VALUE);
        }
        takenUpTo = taken;
    }
}
