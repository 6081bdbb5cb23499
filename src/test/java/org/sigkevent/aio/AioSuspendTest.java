package org.sigkevent.aio;

import org.sigkevent.core.Queue;

/** {@link AioSuspendContract} on the engine that this machine chooses. */
class AioSuspendTest extends AioSuspendContract {
    @Override
    Queue createQueue(int limit) {
        return Queue.create(limit);
    }
}
