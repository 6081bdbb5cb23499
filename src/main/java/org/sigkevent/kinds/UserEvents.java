package org.sigkevent.kinds;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.core.Source;

/** KEVENT_USER: records that a program posts, and records of any kind that it puts back. */
public final class UserEvents {
    private UserEvents() {}

    /**
     * Posts a record; false when the queue is full. Allocates only when the cookie is an object.
     *
     * @param record see {@link Queue#offer}
     * @param cookie the cookie's 64 bits
     * @param object the cookie object, or null when the cookie is the 64 bits
     */
    public static boolean post(Queue queue, RingRecord record, long cookie, @Nullable Object object) {
        return queue.offer(object == null ? null : new Carrier(object), record, cookie);
    }

    /** Carries a cookie object beside a record. */
    private static final class Carrier extends Source {
        private @Nullable Object object;

        Carrier(Object object) {
            super(false);
            this.object = object;
        }

        @Override
        protected boolean taken(RingRecord record) {
            record.object = object;
            object = null;
            return true;
        }
    }
}
