package org.sigkevent.core;

/** A ring that records are taken from: this process's own ({@link Queue}), or another's ({@link MappedRing}). */
public interface Records {
    /** The ring state: a counter that moves with every event. */
    int state();

    /** Takes the oldest record; false when there is none. */
    boolean take(RingRecord into);

    /** As {@link #take(RingRecord)}, into the carrier of {@code holder}. */
    default <T> boolean take(T holder, Into<T> into) {
        boolean taken = take(into.of(holder));
        if (taken) {
            into.taken(holder);
        }
        return taken;
    }

    /** How a record comes into {@code holder}. A caller has one of these for all of its calls, which then allocate nothing. */
    interface Into<T> {
        /** The carrier of it, into which one is taken that has a source. */
        RingRecord of(T holder);

        /** One was taken into its carrier. */
        void taken(T holder);

        /** One was taken that has no source: its words. */
        void copy(
                T holder,
                long kind,
                long cookie,
                long result,
                long outcome,
                long data0,
                long data1,
                long time,
                long sequence);
    }

    /** Moves what has completed into the ring, if that can be done here; false when there is nothing new for certain. */
    boolean look();

    /** Records that can be taken. */
    int unread();

    /** Events that can be outstanding at once. */
    int limit();
}
