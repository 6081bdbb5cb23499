package org.sigkevent.core;

/** Makes this process a consumer that does not own a queue, for tests of what other processes do. */
public final class Elsewhere {
    private Elsewhere() {}

    /** From now on duplicates of the descriptor are treated as those that another process has been sent. */
    public static void hideDuplicates(int kfd) {
        Queues.hideDuplicates(kfd);
    }
}
