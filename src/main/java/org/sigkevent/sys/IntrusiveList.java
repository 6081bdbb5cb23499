package org.sigkevent.sys;

import org.jspecify.annotations.Nullable;

/**
 * A list through {@link Link}s that the listed objects bring along. Nothing is allocated, everything takes constant time, and no
 * operation calls another method: so under a lock it either has happened or has not. Callers guard it by a lock of theirs.
 *
 * <p>Iterating: {@code for (X x = list.first(); x != null; x = x.link.following())}.
 *
 * @param <T> the type of the objects
 */
public final class IntrusiveList<T> {
    private @Nullable Link<T> first;
    private @Nullable Link<T> last;

    public boolean isEmpty() {
        return first == null;
    }

    public @Nullable T first() {
        Link<T> link = first;
        return link == null ? null : link.self;
    }

    /** Appends an object that is in no list; one that is in a list stays where it is. */
    public void addLast(Link<T> link) {
        if (link.list != null) {
            return;
        }
        Link<T> before = last;
        link.list = this;
        link.previous = before;
        if (before == null) {
            first = link;
        } else {
            before.next = link;
        }
        last = link;
    }

    /** Takes an object out: false, and nothing has changed, when it is not in this list. */
    public boolean remove(Link<T> link) {
        if (link.list != this) {
            return false;
        }
        Link<T> before = link.previous;
        Link<T> after = link.next;
        if (before == null) {
            first = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.previous = before;
        }
        link.previous = null;
        link.next = null;
        link.list = null;
        return true;
    }

    /** Takes the first object out; null when the list is empty. */
    public @Nullable T pollFirst() {
        Link<T> link = first;
        if (link == null) {
            return null;
        }
        Link<T> after = link.next;
        first = after;
        if (after == null) {
            last = null;
        } else {
            after.previous = null;
        }
        link.next = null;
        link.list = null;
        return link.self;
    }
}
