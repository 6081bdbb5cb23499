package org.sigkevent.sys;

import org.jspecify.annotations.Nullable;

/**
 * A place in an {@link IntrusiveList}: a field of the object that is listed, or its superclass. An object needs one for each list
 * that it can be in at the same time, and none is allocated when it is listed.
 *
 * @param <T> the type of the objects
 */
public class Link<T> {
    final T self;

    // written by the list, under the lock that guards it

    /** The list that it is in. */
    @Nullable
    Object list;

    @Nullable
    Link<T> previous;

    @Nullable
    Link<T> next;

    /** The place of {@code self}, of which this is a field. */
    public Link(T self) {
        this.self = self;
    }

    /** For a subclass that is the object itself. */
    @SuppressWarnings("unchecked")
    protected Link() {
        self = (T) this;
    }

    /** The object that follows in the list; null for the last one, and for one that is in no list. */
    public final @Nullable T following() {
        Link<T> follower = next;
        return follower == null ? null : follower.self;
    }

    /** Whether it is in a list. */
    public final boolean isListed() {
        return list != null;
    }
}
