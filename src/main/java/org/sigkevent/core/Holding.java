package org.sigkevent.core;

import org.jspecify.annotations.Nullable;

/** What a queue holds back, if anything, and what whoever holds it needs of the queue. */
public final class Holding {
    private final WaitRoom room;
    private final Upkeep upkeep;
    private final Submitter submitter;
    private volatile @Nullable Backlog backlog;

    Holding(WaitRoom room, Upkeep upkeep, Submitter submitter) {
        this.room = room;
        this.upkeep = upkeep;
        this.submitter = submitter;
    }

    /** From now on who drives the queue hands this over first, and the driver in time. */
    public void is(Backlog held) {
        upkeep.backlog(held);
        backlog = held;
    }

    /** What is held back; null when nothing ever was. */
    public @Nullable Backlog backlog() {
        return backlog;
    }

    /** Hands over what is held back. */
    void handOver() {
        Backlog held = backlog;
        if (held != null && held.any()) {
            held.handOver();
        }
    }

    /** The calling thread has begun to hold something back: sees to it that the driver hands it over in time. */
    public void begun() {
        upkeep.heldBack();
    }

    /** Hands to the kernel what the calling thread has submitted since {@link org.sigkevent.engine.Engine#hold}. */
    public void release() {
        submitter.handOver();
    }

    /** Whether a thread waits for the queue, or for requests of it: a hint. */
    public boolean awaited() {
        return room.led() || room.anyoneWaiting();
    }
}
