package org.sigkevent.core;

/** What is held back for a queue until it is driven, or for {@value #MOST_NANOS} nanoseconds. */
public interface Backlog {
    /** For so long nothing is held back, whatever happens. */
    long MOST_NANOS = 1_000_000;

    /** Whether anything is held back: a look. */
    boolean any();

    /** Since when, as System.nanoTime() counts it; the time of a former backlog when there is none. */
    long since();

    /** Hands everything over, in the calling thread. When it returns, nothing is held back that was before the call. */
    void handOver();
}
