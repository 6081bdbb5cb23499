package org.sigkevent.notify;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Clocks;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingLayout;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Threads;

/**
 * The queue behind SIGEV_THREAD and SIGEV_SIGNAL, and the daemon thread that takes its records and does what they ask for.
 * It acts only: whatever may block (a callback) runs elsewhere. An action that fails goes to the thread's uncaught-exception
 * handler and stops nothing.
 */
final class Dispatcher {
    private static final int DEFAULT_CAPACITY = 1 << 17;
    private static @Nullable Dispatcher instance;

    private final Queue queue = Queue.create(Integer.getInteger("sigkevent.notify.capacity", DEFAULT_CAPACITY));

    private Dispatcher() {}

    static synchronized Dispatcher instance() {
        if (instance == null) {
            Dispatcher dispatcher = new Dispatcher();
            Threads.daemon("sigkevent-notify", dispatcher::run);
            instance = dispatcher;
        }
        return instance;
    }

    Queue queue() {
        return queue;
    }

    private void run() {
        RingRecord record = new RingRecord();
        for (; ; ) {
            int seen = queue.ring().state();
            if (queue.poll(record)) {
                act(record);
            } else {
                queue.await(seen, Clocks.CLOCK_MONOTONIC, Long.MAX_VALUE, false, 0);
            }
        }
    }

    private static void act(RingRecord record) {
        if ((record.flags & RingLayout.KEVENT_REMOVED) != 0) {
            record.object = null; // a registration is gone, which only SIGEV_KEVENT tells
            return;
        }
        Action action = (Action) Objects.requireNonNull(record.object);
        record.object = null;
        try {
            action.act(record);
        } catch (RuntimeException | Error failed) {
            Thread me = Thread.currentThread();
            me.getUncaughtExceptionHandler().uncaughtException(me, failed);
        }
    }
}
