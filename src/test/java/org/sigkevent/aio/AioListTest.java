package org.sigkevent.aio;

import org.sigkevent.core.Queue;

/** {@link AioListContract} on the engine that this machine chooses. */
class AioListTest extends AioListContract {
    @Override
    Queue createQueue(int limit) {
        return Queue.create(limit);
    }
}
