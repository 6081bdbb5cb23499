package org.sigkevent.notify;

import org.sigkevent.queue.Record;

/** What the {@link Dispatcher} does with a record: the cookie object of every record in its queue. */
interface Action {
    /** Acts without blocking; the record is only valid during the call. */
    void act(Record record);
}
