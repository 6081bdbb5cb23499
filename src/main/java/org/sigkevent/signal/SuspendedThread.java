package org.sigkevent.signal;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;

/** A thread that waits until a handler has returned; perhaps with a mask that stands in for that of the process. */
final class SuspendedThread {
    /** Whether it has a mask. */
    final boolean standsIn;

    final long bits;

    /** The queue that the thread waits in; null for none. */
    final @Nullable Queue queue;

    /** How many handlers had returned when it began to wait. */
    long returned;

    SuspendedThread(boolean standsIn, long bits, @Nullable Queue queue) {
        this.standsIn = standsIn;
        this.bits = bits & SignalOwners.ALL;
        this.queue = queue;
    }
}
