package org.sigkevent.signal;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;

/** The mask that stands in for that of the process while a thread waits, as in sigsuspend and kevent_wait. */
public final class SignalMask {
    final long bits;

    /** The queue that the thread waits in; null for none. */
    final @Nullable Queue queue;

    /** How many handlers had returned when it began to wait. */
    long returned;

    SignalMask(long bits, @Nullable Queue queue) {
        this.bits = bits & SignalOwners.ALL;
        this.queue = queue;
    }
}
