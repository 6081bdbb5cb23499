package org.sigkevent.aio;

import org.sigkevent.core.Member;
import org.sigkevent.core.Queue;

/** The part of asynchronous I/O that lives in a queue and goes with it: when the queue is destroyed, its requests are cancelled. */
final class AioMember implements Member {
    private final Queue queue;

    AioMember(Queue queue) {
        this.queue = queue;
    }

    @Override
    public void onClosing() {
        OpenFile.cancelAllOf(queue);
    }
}
