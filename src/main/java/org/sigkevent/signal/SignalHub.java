package org.sigkevent.signal;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.SignalCatcher;
import org.sigkevent.sys.Threads;

/**
 * Takes signals from the {@link SignalCatcher} to the requests that wait for them.
 *
 * <p>The handler is on a signal as long as a request takes it; with the last one its former disposition comes back. One thread of
 * the library reads what it catches: without a reader signals would be lost. An instance goes to the request that
 * has waited longest for its signal. Instances that were sent before the former disposition was put back, and that no request took,
 * stay pending for the next one, as blocked signals do; also those that no thread has handled yet, which the default disposition
 * would end the JVM on.
 */
final class SignalHub {
    private static final int BATCH = 1024;
    private static final int MOST_STRAYS = 1 << 16;

    private static final List<SignalRequest> REQUESTS = new ArrayList<>();
    private static final Object[] FORMER = new Object[65];
    private static final ArrayDeque<long[]> STRAYS = new ArrayDeque<>();
    private static final ByteBuffer PENDING = Memory.allocate(SignalCatcher.RECORD);
    private static @Nullable Thread reader;

    private SignalHub() {}

    /**
     * A request begins to take its signals.
     *
     * @throws ErrnoException with nothing done: EINVAL (a signal that is not to be had here), EMFILE, ENFILE
     */
    static void add(SignalRequest request) {
        synchronized (REQUESTS) {
            SignalCatcher catcher = SignalCatcher.instance();
            try {
                for (int signo = 1; signo <= 64; signo++) {
                    if (request.takes(signo) && FORMER[signo] == null) {
                        FORMER[signo] = catcher.catchSignal(signo);
                    }
                }
            } catch (ErrnoException refused) {
                putBack(catcher, request.set());
                throw refused;
            }
            if (reader == null) {
                try {
                    reader = Threads.daemon("sigkevent-signals", () -> read(catcher));
                } catch (OutOfMemoryError none) {
                    putBack(catcher, request.set());
                    throw new ErrnoException(
                            Errnos.EAGAIN, "no thread can be had that reads signals: " + none.getMessage());
                }
            }
            REQUESTS.add(request);
        }
        pending(request);
    }

    /** Gives a new request what is pending. */
    private static void pending(SignalRequest request) {
        for (; ; ) {
            long[] stray = null;
            synchronized (REQUESTS) {
                for (long[] one : STRAYS) {
                    if (request.takes((int) one[0])) {
                        stray = one;
                        break;
                    }
                }
                if (stray == null) {
                    return;
                }
                STRAYS.remove(stray);
            }
            if (!request.arrived((int) stray[0], (int) stray[1], (int) stray[2], (int) stray[3], stray[4])) {
                synchronized (REQUESTS) {
                    STRAYS.addFirst(stray);
                }
                return;
            }
        }
    }

    /** What a request had and nobody took goes to others, or stays pending, as if it had only arrived. */
    static void handOn(SignalRequest request, List<long[]> instances) {
        remove(request);
        for (long[] one : instances) {
            deliver((int) one[0], (int) one[1], (int) one[2], (int) one[3], one[4]);
        }
    }

    /** A request takes no more. */
    static void remove(SignalRequest request) {
        synchronized (REQUESTS) {
            if (REQUESTS.remove(request)) {
                putBack(SignalCatcher.instance(), request.set());
            }
        }
    }

    private static void putBack(SignalCatcher catcher, long set) {
        for (int signo = 1; signo <= 64; signo++) {
            if ((set >>> (signo - 1) & 1) != 0 && FORMER[signo] != null && !wanted(signo)) {
                while (catcher.takePending(signo, FORMER[signo], PENDING)) {
                    stray(signo, PENDING.getInt(8), PENDING.getInt(16), PENDING.getInt(20), PENDING.getLong(24));
                }
                catcher.restore(signo, FORMER[signo]);
                FORMER[signo] = null;
            }
        }
    }

    private static boolean wanted(int signo) {
        for (SignalRequest request : REQUESTS) {
            if (request.takes(signo)) {
                return true;
            }
        }
        return false;
    }

    private static void read(SignalCatcher catcher) {
        ByteBuffer batch = Memory.allocate(BATCH * SignalCatcher.RECORD);
        long dropped = 0;
        for (; ; ) {
            int n = catcher.read(batch);
            for (int at = 0; at + SignalCatcher.RECORD <= n; at += SignalCatcher.RECORD) {
                deliver(
                        batch.getInt(at),
                        batch.getInt(at + 8),
                        batch.getInt(at + 16),
                        batch.getInt(at + 20),
                        batch.getLong(at + 24));
            }
            long now = catcher.dropped();
            if (now != dropped) {
                lost(now - dropped);
                dropped = now;
            }
        }
    }

    private static void stray(int signo, int code, int pid, int uid, long value) {
        if (STRAYS.size() < MOST_STRAYS) {
            STRAYS.add(new long[] {signo, code, pid, uid, value});
        }
    }

    private static void deliver(int signo, int code, int pid, int uid, long value) {
        for (; ; ) {
            SignalRequest chosen = null;
            synchronized (REQUESTS) {
                for (SignalRequest request : REQUESTS) {
                    if (request.takes(signo)) {
                        chosen = request;
                        break;
                    }
                }
                if (chosen == null) {
                    stray(signo, code, pid, uid, value);
                    return;
                }
            }
            if (chosen.arrived(signo, code, pid, uid, value)) {
                return;
            }
            remove(chosen); // it has ended and is about to take itself out
        }
    }

    /** The pipe was full: nobody knows whose they were, so everybody who goes on is told. */
    private static void lost(long instances) {
        List<SignalRequest> all;
        synchronized (REQUESTS) {
            all = new ArrayList<>(REQUESTS);
        }
        for (SignalRequest request : all) {
            request.lost(instances);
        }
    }
}
