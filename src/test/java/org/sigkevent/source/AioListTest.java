package org.sigkevent.source;

import org.sigkevent.queue.Queue;

/** {@link AioListContract} on the engine that this machine chooses. */
class AioListTest extends AioListContract {
    @Override
    Queue createQueue(int limit) {
        return Queue.create(limit);
    }
}
