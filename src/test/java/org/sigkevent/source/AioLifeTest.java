package org.sigkevent.source;

import org.sigkevent.queue.Queue;

/** {@link AioLifeContract} on the engine that this machine chooses. */
class AioLifeTest extends AioLifeContract {
    @Override
    Queue createQueue(int limit) {
        return Queue.create(limit);
    }
}
