package org.sigkevent.queue;

import org.jspecify.annotations.Nullable;

/**
 * Where the completions of a source go: what a sigevent says, resolved. Immutable; one may serve many sources.
 *
 * <p>A {@code silent} target (SIGEV_NONE) still names a queue, whose engine does the work; no record is made and no slot is
 * needed.
 */
public final class Target {
    public final Queue queue;
    /** The 64 bits that come back in the record. */
    public final long cookie;
    /** The Java object that comes back with them, or null. */
    public final @Nullable Object object;

    public final boolean silent;

    private Target(Queue queue, long cookie, @Nullable Object object, boolean silent) {
        this.queue = queue;
        this.cookie = cookie;
        this.object = object;
        this.silent = silent;
    }

    /** Records in {@code queue}. */
    public static Target records(Queue queue, long cookie, @Nullable Object object) {
        return new Target(queue, cookie, object, false);
    }

    /** Nothing is made known; {@code queue} does the work. */
    public static Target silent(Queue queue) {
        return new Target(queue, 0, null, true);
    }
}
