package org.sigkevent.core;

/** A ring that records are taken from: this process's own ({@link Queue}), or another's ({@link MappedRing}). */
public interface Records {
    /** The ring state: a counter that moves with every event. */
    int state();

    /** Takes the oldest record; false when there is none. */
    boolean take(RingRecord into);

    /** How a record comes into {@code holder}. A caller has one of these for all of its calls, which then allocate nothing. */
    interface Into<T> {
        /** The carrier of it, into which one is taken that has a source. */
        RingRecord of(T holder);

        /** One was taken into its carrier. */
        void taken(T holder);

        /** One was taken that has no source: its words, from the one at {@code at} on. */
        void copy(T holder, long[] words, int at);
    }

    /** Moves what has completed into the ring, if that can be done here; false when there is nothing new for certain. */
    boolean look();

    /** Records that can be taken. */
    int unread();

    /** Events that can be outstanding at once. */
    int limit();
}
