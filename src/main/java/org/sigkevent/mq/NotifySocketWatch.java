package org.sigkevent.mq;

import java.util.Arrays;
import java.util.function.Consumer;
import org.sigkevent.core.Member;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Request;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;

/**
 * The part of mq_notify that lives in a queue: it polls the netlink sockets that registrations of this queue use, so that the
 * queue's driver learns of a notification, and it ends the queue's registrations when the queue is destroyed.
 */
final class NotifySocketWatch implements Member {
    private final Queue queue;
    private final Consumer<Queue> registrationsEnd;

    /** Replaced by a copy under this object's lock; read without it, and without an iterator. */
    volatile Poll[] polls = {};

    /** @param registrationsEnd ends the registrations of a queue that is destroyed */
    NotifySocketWatch(Queue queue, Consumer<Queue> registrationsEnd) {
        this.queue = queue;
        this.registrationsEnd = registrationsEnd;
    }

    /** Has the queue's driver read {@code socket} whenever something arrives: 0, or an errno negated. */
    synchronized int watch(NotifySocket socket) {
        int place = polls.length;
        for (int i = 0; i < polls.length; i++) {
            if (polls[i].over) {
                place = i;
            } else if (polls[i].socket == socket) {
                return 0;
            }
        }
        Poll poll = new Poll(socket);
        Poll[] more = Arrays.copyOf(polls, Math.max(polls.length, place + 1));
        more[place] = poll;
        polls = more;
        int rc = -Errnos.EAGAIN;
        try {
            rc = queue.arm(poll);
        } finally {
            if (rc < 0) {
                poll.over = true;
            }
        }
        return rc;
    }

    @Override
    public void onClosing() {
        registrationsEnd.accept(queue);
        for (Poll poll : polls) {
            queue.cancel(poll);
        }
    }

    final class Poll extends Request {
        final NotifySocket socket;

        /** It polls no more: the next registration begins another one. */
        volatile boolean over;

        Poll(NotifySocket socket) {
            this.socket = socket;
            code = Op.POLL_EDGES;
            fd = socket.fd;
            flags = Linux.POLLIN;
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
            // a registration that comes meanwhile finds either this one or none
            synchronized (NotifySocketWatch.this) {
                over = true;
                renew();
                over = queue.arm(this) < 0;
            }
        }
    }
}
