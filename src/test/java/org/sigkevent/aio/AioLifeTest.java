package org.sigkevent.aio;

import org.sigkevent.core.Queue;

/** {@link AioLifeContract} on the engine that this machine chooses. */
class AioLifeTest extends AioLifeContract {
    @Override
    Queue createQueue(int limit) {
        return Queue.create(limit);
    }
}
