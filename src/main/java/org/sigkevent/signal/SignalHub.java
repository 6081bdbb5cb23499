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
import org.sigkevent.sys.SignalCatchers;
import org.sigkevent.sys.Threads;

/**
 * Takes signals from the {@link SignalCatcher} to the requests that wait for them.
 *
 * <p>The handler is on a signal as long as a request takes it; with the last one its former disposition comes back. One thread of
 * the library reads what it catches: without a reader signals would be lost. An instance goes to the request that
 * has waited longest for its signal. Instances that were sent before the former disposition was put back, and that no request took,
 * stay pending for the next one, as blocked signals do; also those that no thread has handled yet, which the default disposition
 * would end the JVM on. An instance that there is no memory for counts as dropped.
 *
 * <p>The process has one hub. It is made, with its memory and its thread, before the first signal is caught; what fails then is
 * tried again by the next request. Its monitor guards all fields; a request's monitor is taken before it, never after.
 */
final class SignalHub {
    private static final int BATCH = 1024;
    private static final int MOST_STRAYS = 1 << 16;

    private static @Nullable SignalHub instance;

    private final SignalCatcher catcher;
    private final ArrayList<SignalRequest> requests = new ArrayList<>();
    private final @Nullable Object[] former = new Object[65];
    private final ArrayDeque<long[]> strays = new ArrayDeque<>();
    private final ByteBuffer pending = Memory.allocate(SignalCatcher.RECORD);
    private final ByteBuffer batch = Memory.allocate(BATCH * SignalCatcher.RECORD);

    /** Instances that there was no memory for, and that nobody was told of yet. */
    private long missed;

    private SignalHub(SignalCatcher catcher) {
        this.catcher = catcher;
    }

    /** The process's one; throws ErrnoException with nothing left behind. */
    static synchronized SignalHub instance() {
        SignalHub hub = instance;
        if (hub == null) {
            hub = new SignalHub(SignalCatchers.instance());
            try {
                Threads.daemon("sigkevent-signals", hub::read);
            } catch (OutOfMemoryError none) {
                throw new ErrnoException(
                        Errnos.EAGAIN, "no thread can be had that reads signals: " + none.getMessage());
            }
            instance = hub;
        }
        return hub;
    }

    /**
     * A request begins to take its signals.
     *
     * @throws ErrnoException with nothing done: EINVAL (a signal that is not to be had here), EMFILE, ENFILE
     */
    void add(SignalRequest request) {
        boolean added = false;
        try {
            synchronized (this) {
                requests.ensureCapacity(requests.size() + 1);
                for (int signo = 1; signo <= 64; signo++) {
                    if (request.takes(signo) && former[signo] == null) {
                        former[signo] = catcher.catchSignal(signo);
                    }
                }
                requests.add(request);
            }
            givePending(request);
            added = true;
        } finally {
            if (!added) {
                remove(request);
            }
        }
    }

    /** Gives a new request what is pending. */
    private void givePending(SignalRequest request) {
        for (; ; ) {
            long[] stray = null;
            synchronized (this) {
                for (long[] one : strays) {
                    if (request.takes((int) one[0])) {
                        stray = one;
                        break;
                    }
                }
                if (stray == null) {
                    return;
                }
                strays.remove(stray);
            }
            if (!request.arrived((int) stray[0], (int) stray[1], (int) stray[2], (int) stray[3], stray[4])) {
                synchronized (this) {
                    strays.addFirst(stray);
                }
                return;
            }
        }
    }

    /** A request takes no more. */
    synchronized void remove(SignalRequest request) {
        requests.remove(request);
        for (int signo = 1; signo <= 64; signo++) {
            Object before = former[signo];
            if (request.takes(signo) && before != null && taker(signo) == null) {
                try {
                    while (catcher.takePending(signo, before, pending)) {
                        stray(signo, pending.getInt(8), pending.getInt(16), pending.getInt(20), pending.getLong(24));
                    }
                } finally {
                    former[signo] = null;
                    catcher.restore(signo, before);
                }
            }
        }
    }

    /** The request that has waited longest for a signal; null when none does. Under the monitor. */
    private @Nullable SignalRequest taker(int signo) {
        for (int i = 0; i < requests.size(); i++) {
            if (requests.get(i).takes(signo)) {
                return requests.get(i);
            }
        }
        return null;
    }

    private void read() {
        long dropped = 0;
        for (; ; ) {
            try {
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
                if (now != dropped || missed != 0) {
                    lost(now - dropped);
                    dropped = now;
                }
            } catch (Throwable thrown) {
                Threads.uncaught(thrown);
            }
        }
    }

    private void stray(int signo, int code, int pid, int uid, long value) {
        if (strays.size() < MOST_STRAYS) {
            strays.add(new long[] {signo, code, pid, uid, value});
        }
    }

    /** Gives an instance to whom it belongs; one that fails is counted. */
    void deliver(int signo, int code, int pid, int uid, long value) {
        try {
            for (; ; ) {
                SignalRequest chosen;
                synchronized (this) {
                    chosen = taker(signo);
                    if (chosen == null) {
                        stray(signo, code, pid, uid, value);
                        return;
                    }
                }
                if (chosen.arrived(signo, code, pid, uid, value)) {
                    return;
                }
                // it has ended and is about to take itself out
                remove(chosen);
            }
        } catch (OutOfMemoryError | StackOverflowError none) {
            synchronized (this) {
                missed++;
            }
        }
    }

    /** Instances were lost, nobody knows whose: everybody who goes on is told. */
    private void lost(long instances) {
        List<SignalRequest> all;
        long more;
        synchronized (this) {
            all = new ArrayList<>(requests);
            more = missed;
            missed = 0;
        }
        for (SignalRequest request : all) {
            request.lost(instances + more);
        }
    }
}
