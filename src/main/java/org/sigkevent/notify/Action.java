package org.sigkevent.notify;

import org.sigkevent.core.RingRecord;

/** What the {@link Dispatcher} does with a record: the cookie object of every record in its queue. */
interface Action {
    /** Acts without blocking; the record is only valid during the call. */
    void act(RingRecord record);
}
