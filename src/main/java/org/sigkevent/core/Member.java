package org.sigkevent.core;

/** Something that lives in a queue and must go with it. */
public interface Member {
    /** The queue is closing: cancels what is in flight. Called once, by the thread that destroys the queue. */
    void onClosing();

    /** Nothing is in flight any more: closes what the member owns. Called once, after {@link #onClosing}. */
    default void onClosed() {}
}
