package org.sigkevent.core;

import org.jspecify.annotations.Nullable;

/**
 * Where the completions of a source go: what a sigevent says, resolved. Immutable; one may serve many sources.
 *
 * <p>A {@code silent} target (SIGEV_NONE) still names a queue, whose engine does the work; no record is made and no slot is
 * needed.
 */
public final class Destination {
    public final Queue queue;
    /** The 64 bits that come back in the record. */
    public final long cookie;
    /** The Java object that comes back with them, or null. */
    public final @Nullable Object object;

    public final boolean silent;

    private Destination(Queue queue, long cookie, @Nullable Object object, boolean silent) {
        this.queue = queue;
        this.cookie = cookie;
        this.object = object;
        this.silent = silent;
    }

    /** Records in {@code queue}. */
    public static Destination records(Queue queue, long cookie, @Nullable Object object) {
        return new Destination(queue, cookie, object, false);
    }

    /** Nothing is made known; {@code queue} does the work. */
    public static Destination silent(Queue queue) {
        return new Destination(queue, 0, null, true);
    }
}
