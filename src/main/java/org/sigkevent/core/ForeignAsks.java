package org.sigkevent.core;

import static org.sigkevent.core.RingLayout.*;

import java.nio.LongBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Memory;

/**
 * What other processes ask of a ring's owner through its memory: to put a record back, and to wake a waiter. They cannot wake the owner
 * for that; it looks whenever it settles what they took ({@link ForeignTakers#tell}).
 *
 * <p>A record that is put back stands in one of {@value RingLayout#RETURNS} places of the header. Who puts it there claims a free place with
 * a compare-and-set, fills it in, marks it as filled and moves the counter; the owner publishes it as {@link RingLayout#KEVENT_REQUEUED}
 * and frees the place. Only the record's bytes come from there, so that what is wrong in the places makes wrong records and nothing else.
 */
final class ForeignAsks {
    private static final int MOST_WAKES = 1 << 16;

    private final Ring ring;
    private final RingSlots slots;
    private final LongBuffer words;
    private final Wakeups wakeups;

    /** One thread at a time serves; others need not wait for it. */
    private final AtomicBoolean serving = new AtomicBoolean();

    // the serving thread's
    private @Nullable RingRecord record;
    private long returnsSeen;
    private int wakesSeen;

    ForeignAsks(Ring ring, Wakeups wakeups) {
        this.ring = ring;
        this.slots = ring.slots();
        words = slots.words;
        this.wakeups = wakeups;
    }

    /** Does what was asked since the last look. Outside all locks. */
    void serve() {
        boolean asked = returns() != returnsSeen || wakes() != wakesSeen;
        if (!asked || slots.ended() || !serving.compareAndSet(false, true)) {
            return;
        }
        try {
            int wakes = wakes();
            int due = wakes - wakesSeen;
            wakesSeen = wakes;
            if (due != 0) {
                wakeups.wake(Math.min(MOST_WAKES, due < 0 ? MOST_WAKES : due));
            }
            putBack();
        } finally {
            serving.set(false);
        }
    }

    private void putBack() {
        long seen = returns();
        int done = 0;
        for (int place = 0; place < RETURNS; place++) {
            int at = RETURNS_AT + place * RECORD_SIZE;
            if (Memory.getLongAcquire(slots.bytes, at + SEQUENCE) != RETURN_FILLED) {
                continue;
            }
            RingRecord one = record();
            one.load(slots.words, at);
            one.flags |= KEVENT_REQUEUED;
            if (ring.offer(null, one, one.cookie, null, 1) == 0) {
                // no slot at all: it stays until there is one
                seen = returnsSeen;
                break;
            }
            Memory.setLongRelease(slots.bytes, at + SEQUENCE, RETURN_FREE);
            done++;
        }
        returnsSeen = seen;
        if (done > 0) {
            wakeups.announce(done);
        }
    }

    /** Made with the first that comes: should that fail, what was asked stays asked. */
    private RingRecord record() {
        RingRecord made = record;
        if (made == null) {
            made = new RingRecord();
            record = made;
        }
        return made;
    }

    private long returns() {
        // before the marks of the places are looked at; pairs with the addition in MappedRing
        return Memory.getLongAcquire(words, FOREIGN_RETURNS_AT);
    }

    private int wakes() {
        // the lower half of the word; the other is the futex
        return (int) words.get(FOREIGN_WAKES_AT >> 3);
    }
}
