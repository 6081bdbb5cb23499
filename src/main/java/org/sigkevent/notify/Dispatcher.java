package org.sigkevent.notify;

import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingLayout;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Settings;
import org.sigkevent.sys.Threads;

/**
 * The queue behind SIGEV_THREAD, and the daemon thread that takes its records and does what they ask for.
 * It acts only: whatever may block, and all code of callers, runs elsewhere. An action that fails is reported and stops nothing.
 */
final class Dispatcher {
    /** What is done with a record: the cookie object of every record in the queue. */
    interface Action {
        /** Acts without blocking; the record is only valid during the call. */
        void act(RingRecord record);
    }

    private static @Nullable Dispatcher instance;

    private final Queue queue = Queue.create(Settings.get().notifyCapacity);

    private Dispatcher() {}

    /** The process's one; throws ErrnoException when its queue or its thread cannot be had, with nothing left behind. */
    static synchronized Dispatcher instance() {
        Dispatcher there = instance;
        // a queue that an Error has broken is given up, and its thread ends
        if (there == null || there.queue.dead()) {
            there = new Dispatcher();
            try {
                Threads.daemon("sigkevent-notify", there::run, "no thread for SIGEV_THREAD: " + Limits.NO_THREAD);
            } catch (Throwable refused) {
                there.queue.destroy();
                throw refused;
            }
            instance = there;
        }
        return there;
    }

    /** Its queue has ended, and its thread with it. */
    static synchronized void end() {
        instance = null;
    }

    Queue queue() {
        return queue;
    }

    private void run() {
        while (!queue.dead()) {
            try {
                RingRecord record = new RingRecord();
                while (!queue.dead()) {
                    int seen = queue.state();
                    if (queue.poll(record)) {
                        act(record);
                    } else {
                        queue.await(seen, Linux.CLOCK_MONOTONIC, Long.MAX_VALUE, false, 0);
                    }
                }
            } catch (RejectedExecutionException late) {
                // the library ends, and with it its threads for callbacks
            } catch (Throwable thrown) {
                Threads.uncaught(thrown);
            }
        }
    }

    private static void act(RingRecord record) {
        Object asked = record.object;
        record.object = null;
        // a registration that is gone (KEVENT_REMOVED) is told by SIGEV_KEVENT only
        if ((record.flags & RingLayout.KEVENT_REMOVED) == 0 && asked instanceof Action action) {
            action.act(record);
        }
    }
}
