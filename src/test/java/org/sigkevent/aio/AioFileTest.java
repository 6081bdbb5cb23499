package org.sigkevent.aio;

import org.sigkevent.core.Queue;

/** {@link AioFileContract} on the engine that this machine chooses. */
class AioFileTest extends AioFileContract {
    @Override
    Queue createQueue(int limit) {
        return Queue.create(limit);
    }
}
