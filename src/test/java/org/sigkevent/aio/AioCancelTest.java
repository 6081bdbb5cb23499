package org.sigkevent.aio;

import org.sigkevent.core.Queue;

/** {@link AioCancelContract} on the engine that this machine chooses. */
class AioCancelTest extends AioCancelContract {
    @Override
    Queue createQueue(int limit) {
        return Queue.create(limit);
    }
}
