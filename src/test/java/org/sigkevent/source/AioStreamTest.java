package org.sigkevent.source;

import org.sigkevent.queue.Queue;

/** {@link AioStreamContract} on the engine that this machine chooses. */
class AioStreamTest extends AioStreamContract {
    @Override
    Queue createQueue(int limit) {
        return Queue.create(limit);
    }
}
