package org.sigkevent.core;

/** Something that lives in a queue and must go with it. */
public interface Member {
    /** The queue is closing: cancels what is in flight. Called once, by the thread that destroys the queue. */
    void onClosing();

    /** Whether nothing of it is in flight beside what the engine has; asked after {@link #onClosing}. */
    default boolean isIdle() {
        return true;
    }

    /** Nothing is in flight any more: closes what the member owns. Called once, after {@link #onClosing}. */
    default void onClosed() {}
}
