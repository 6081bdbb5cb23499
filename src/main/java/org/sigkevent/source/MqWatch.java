package org.sigkevent.source;

import java.util.Arrays;
import org.sigkevent.engine.Op;
import org.sigkevent.queue.Queue;
import org.sigkevent.queue.Request;
import org.sigkevent.sys.Os;

/**
 * The part of mq_notify that lives in a queue: it polls the netlink sockets that registrations of this queue use, so that the
 * queue's driver learns of a notification, and it ends the queue's registrations when the queue is destroyed.
 */
final class MqWatch implements Queue.Resident {
    private final Queue queue;

    /** Replaced as a whole under this object's lock; read without it. */
    private volatile Poll[] polls = {};

    MqWatch(Queue queue) {
        this.queue = queue;
    }

    /** Has the queue's driver read {@code socket} whenever something arrives: 0, or an errno negated. */
    int watch(MqSocket socket) {
        return watches(socket) ? 0 : begin(socket);
    }

    private boolean watches(MqSocket socket) {
        for (Poll poll : polls) {
            if (poll.socket == socket) {
                return true;
            }
        }
        return false;
    }

    private synchronized int begin(MqSocket socket) {
        if (watches(socket)) {
            return 0;
        }
        Poll poll = new Poll(socket);
        int rc = queue.arm(poll);
        if (rc == 0) {
            Poll[] more = Arrays.copyOf(polls, polls.length + 1);
            more[polls.length] = poll;
            polls = more;
        }
        return rc;
    }

    private synchronized void ended(Poll poll) {
        polls = Arrays.stream(polls).filter(one -> one != poll).toArray(Poll[]::new);
    }

    @Override
    public void abandon() {
        MqRegistrations.abandon(queue);
        for (Poll poll : polls) {
            queue.cancel(poll);
        }
    }

    private final class Poll extends Request {
        final MqSocket socket;

        Poll(MqSocket socket) {
            this.socket = socket;
            code = Op.POLL_EDGES;
            fd = socket.fd;
            flags = Os.POLLIN;
        }

        @Override
        protected void happened(int result) {
            socket.drain();
        }

        @Override
        protected void finished(int result) {
            socket.drain();
            if (cancelled() || queue.dead()) {
                return;
            }
            renew();
            if (queue.arm(this) < 0) {
                ended(this);
            }
        }
    }
}
