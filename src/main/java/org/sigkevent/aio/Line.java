package org.sigkevent.aio;

import org.jspecify.annotations.Nullable;

/**
 * Unfinished transfers of an {@link OpenFile} in call order, linked through themselves: a transfer is in one line at most. Under the
 * file's lock, and calls nothing: so something either has happened or has not.
 */
final class Line {
    private @Nullable AioTransfer first;
    private @Nullable AioTransfer last;

    boolean isEmpty() {
        return first == null;
    }

    @Nullable
    AioTransfer first() {
        return first;
    }

    /** Appends a transfer that is in no line. */
    void addLast(AioTransfer t) {
        AioTransfer before = last;
        t.ahead = before;
        if (before == null) {
            first = t;
        } else {
            before.behind = t;
        }
        last = t;
    }

    /** Takes out one that is in this line. */
    void remove(AioTransfer t) {
        AioTransfer before = t.ahead;
        AioTransfer after = t.behind;
        if (before == null) {
            first = after;
        } else {
            before.behind = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.ahead = before;
        }
        t.ahead = null;
        t.behind = null;
    }
}
