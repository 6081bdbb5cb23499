package org.sigkevent.signal;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Shutdown;
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
 * <p>An instance of a signal is three numbers: the signal and its code, the sender's process and user, the value.
 *
 * <p>The process has one hub. It is made, with its memory and its thread, before the first signal is caught; what fails then is
 * tried again by the next request. Its monitor guards all fields; a request's monitor is taken before it, never after.
 */
final class SignalHub {
    /** A request that waits for signals. */
    interface Taker {
        boolean takes(int signo);

        /** An instance has arrived; false when this takes no more. */
        boolean arrived(long what, long sender, long value);

        /** Instances were lost before they came here. */
        void lost(long instances);
    }

    private static final int BATCH = 1024;
    private static final int MOST_STRAYS = 1 << 16;

    private static @Nullable SignalHub instance;

    private final SignalCatcher catcher;
    private final ArrayList<Taker> requests = new ArrayList<>();
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
        Shutdown.check();
        if (hub == null) {
            hub = new SignalHub(SignalCatchers.instance());
            Threads.daemon(
                    "sigkevent-signals", hub::read, "no thread can be had that reads signals: " + Limits.NO_THREAD);
            instance = hub;
        }
        return hub;
    }

    /** Ends the thread. */
    static synchronized void end() {
        SignalHub hub = instance;
        if (hub != null) {
            hub.catcher.end();
            instance = null;
        }
    }

    /**
     * A request begins to take its signals.
     *
     * @throws ErrnoException with nothing done: EINVAL (a signal that is not to be had here), EMFILE, ENFILE
     */
    void add(Taker request) {
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
        } catch (Throwable thrown) {
            remove(request);
            throw thrown;
        }
    }

    /** Gives a new request what is pending. */
    private void givePending(Taker request) {
        for (; ; ) {
            long[] stray = null;
            synchronized (this) {
                for (long[] one : strays) {
                    if (request.takes(signal(one[0]))) {
                        stray = one;
                        break;
                    }
                }
                if (stray == null) {
                    return;
                }
                strays.remove(stray);
            }
            if (!request.arrived(stray[0], stray[1], stray[2])) {
                synchronized (this) {
                    strays.addFirst(stray);
                }
                return;
            }
        }
    }

    /** A request takes no more. */
    synchronized void remove(Taker request) {
        requests.remove(request);
        for (int signo = 1; signo <= 64; signo++) {
            Object before = former[signo];
            if (request.takes(signo) && before != null && taker(signo) == null) {
                try {
                    while (catcher.takePending(signo, before, pending)) {
                        stray(pair(pending, 0, 8), pair(pending, 16, 20), pending.getLong(24));
                    }
                } finally {
                    former[signo] = null;
                    catcher.restore(signo, before);
                }
            }
        }
    }

    /** The request that has waited longest for a signal; null when none does. Under the monitor. */
    private @Nullable Taker taker(int signo) {
        for (int i = 0; i < requests.size(); i++) {
            if (requests.get(i).takes(signo)) {
                return requests.get(i);
            }
        }
        return null;
    }

    private void read() {
        RingRecord.prepareThread();
        long dropped = 0;
        for (; ; ) {
            try {
                int n = catcher.read(batch);
                for (int at = 0; at + SignalCatcher.RECORD <= n; at += SignalCatcher.RECORD) {
                    if (batch.getInt(at) == SignalCatcher.END) {
                        catcher.close();
                        return;
                    }
                    deliver(pair(batch, at, at + 8), pair(batch, at + 16, at + 20), batch.getLong(at + 24));
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

    private static long pair(ByteBuffer from, int high, int low) {
        return (long) from.getInt(high) << 32 | from.getInt(low) & 0xffffffffL;
    }

    /** Which signal an instance is of. */
    static int signal(long what) {
        return (int) (what >>> 32);
    }

    static int code(long what) {
        return (int) what;
    }

    private void stray(long what, long sender, long value) {
        if (strays.size() < MOST_STRAYS) {
            strays.add(new long[] {what, sender, value});
        }
    }

    /** Gives an instance to whom it belongs; one that fails is counted. */
    void deliver(long what, long sender, long value) {
        try {
            for (; ; ) {
                Taker chosen;
                synchronized (this) {
                    chosen = taker(signal(what));
                    if (chosen == null) {
                        stray(what, sender, value);
                        return;
                    }
                }
                if (chosen.arrived(what, sender, value)) {
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
        List<Taker> all;
        long more;
        synchronized (this) {
            all = new ArrayList<>(requests);
            more = missed;
            missed = 0;
        }
        for (Taker request : all) {
            request.lost(instances + more);
        }
    }
}
