package org.sigkevent.aio;

import org.sigkevent.core.Member;
import org.sigkevent.core.Queue;

/** The part of asynchronous I/O that lives in a queue and goes with it: when the queue is destroyed, its requests are cancelled. */
record AioMember(Queue queue) implements Member {
    @Override
    public void onClosing() {
        OpenFile.cancelAllOf(queue);
    }
}
