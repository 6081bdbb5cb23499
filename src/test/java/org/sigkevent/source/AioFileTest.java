package org.sigkevent.source;

import org.sigkevent.queue.Queue;

/** {@link AioFileContract} on the engine that this machine chooses. */
class AioFileTest extends AioFileContract {
    @Override
    Queue createQueue(int limit) {
        return Queue.create(limit);
    }
}
