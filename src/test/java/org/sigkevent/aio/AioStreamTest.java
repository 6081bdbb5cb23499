package org.sigkevent.aio;

import org.sigkevent.core.Queue;

/** {@link AioStreamContract} on the engine that this machine chooses. */
class AioStreamTest extends AioStreamContract {
    @Override
    Queue createQueue(int limit) {
        return Queue.create(limit);
    }
}
