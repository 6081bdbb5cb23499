package org.sigkevent.core;

/** A ring that records are taken from: this process's own ({@link Queue}), or another's ({@link MappedRing}). */
public interface Records {
    /** The ring state: a counter that moves with every event. */
    int state();

    /** Takes the oldest record; false when there is none. */
    boolean take(RingRecord into);

    /** Which record of {@code holder} one is copied to. A caller has one for all of its calls, which then allocate nothing. */
    interface Into<T> {
        RingRecord of(T holder);
    }

    /** Moves what has completed into the ring, if that can be done here; false when there is nothing new for certain. */
    boolean look();

    /** Records that can be taken. */
    int unread();

    /** Events that can be outstanding at once. */
    int limit();
}
