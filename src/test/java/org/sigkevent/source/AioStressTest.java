package org.sigkevent.source;

import org.sigkevent.queue.Queue;

/** {@link AioStressContract} on the engine that this machine chooses. */
class AioStressTest extends AioStressContract {
    @Override
    Queue createQueue(int limit) {
        return Queue.create(limit);
    }
}
