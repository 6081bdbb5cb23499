package org.sigkevent.aio;

import org.sigkevent.core.Queue;

/** {@link AioStressContract} on the engine that this machine chooses. */
class AioStressTest extends AioStressContract {
    @Override
    Queue createQueue(int limit) {
        return Queue.create(limit);
    }
}
