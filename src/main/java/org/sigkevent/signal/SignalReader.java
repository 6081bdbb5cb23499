package org.sigkevent.signal;

import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.StringJoiner;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.SignalCatcher;
import org.sigkevent.sys.Threads;

/**
 * The thread that reads what the {@link SignalCatcher} has caught: without a reader signals would be lost.
 *
 * <p>The catcher notes signals for which it had no room. A standard one is delivered once for all its instances, as one that is pending
 * would be; instances of real-time signals are lost, counted and told. The thread looks for them before each read. Behind what is noted
 * after that look there is something to read, which the catcher sees to; so the read comes back, and the next look finds it.
 */
final class SignalReader {
    private static final int BATCH = 1024;
    private static final int SIG_SETMASK = 2;
    private static final int SIZEOF_SIGSET = 128;
    private static final long STANDARD = Instance.bit(SignalCatcher.FIRST_QUEUED) - 1;
    private static final int SI_USER = 0;
    private static final long NAP_NANOS = 1_000_000;

    private final SignalHub hub;
    private final IntConsumer toJvm;
    private final SignalCatcher catcher;
    private final ByteBuffer mask = Memory.allocate(SIZEOF_SIGSET);

    /** The mask that the thread began with, and which signals it has unblocked. */
    private long before;

    private long unblocked;

    private final ByteBuffer batch = Memory.allocate(BATCH * SignalCatcher.RECORD);

    /** Signals that the catcher had no room for: standard ones that are to be delivered, real-time ones that are to be reported. */
    private long unread;

    /** How many instances of real-time signals requests have been told to be lost, and at how many it is logged again. */
    private long lost;

    private long reported = 1;

    SignalReader(SignalHub hub, IntConsumer toJvm, SignalCatcher catcher) {
        this.hub = hub;
        this.toJvm = toJvm;
        this.catcher = catcher;
    }

    /** The next instance: there before it is known what comes. */
    private @Nullable Instance ready;

    /** Throws ErrnoException when there can be no thread. */
    void start() {
        Threads.daemon("sigkevent-signals", this::run, "no thread can be had that reads signals: " + Limits.NO_THREAD);
    }

    /** The thread ends; no signal is caught any more. */
    void end() {
        catcher.end();
    }

    private void run() {
        RingRecord.prepareThread();
        Native.C.pthread_sigmask(SIG_SETMASK, 0, Memory.address(mask));
        before = mask.getLong(0);
        unblock();
        int at = 0;
        int end = 0;
        for (; ; ) {
            try {
                ready = ready == null ? hub.fresh() : ready;
                if (at + SignalCatcher.RECORD > end) {
                    lookForUnread();
                    at = 0;
                    end = Math.max(0, catcher.read(batch));
                }
                while (at + SignalCatcher.RECORD <= end) {
                    if (batch.getInt(at) == SignalCatcher.END) {
                        catcher.close();
                        return;
                    }
                    // without memory it stays where it is
                    Instance one = next();
                    int from = at;
                    at += SignalCatcher.RECORD;
                    deliver(one, from);
                }
                unblock();
            } catch (Throwable thrown) {
                Threads.uncaught(thrown);
                // there may be memory then
                LockSupport.parkNanos(NAP_NANOS);
            }
        }
    }

    /**
     * The thread takes what is caught also where all others have it blocked, as they do in a JVM whose launcher had it blocked; what is given
     * back is as it was.
     */
    private void unblock() {
        long caught = hub.signals.caught();
        if (caught != unblocked) {
            unblocked = caught;
            Memory.clear(mask, 0, SIZEOF_SIGSET);
            mask.putLong(0, before & ~caught);
            Native.C.pthread_sigmask(SIG_SETMASK, Memory.address(mask), 0);
        }
    }

    private Instance next() {
        Instance one = ready == null ? hub.fresh() : ready;
        ready = null;
        return one;
    }

    /** Delivers and tells what the catcher had no room for; without memory the rest stays where it is. */
    private void lookForUnread() {
        // in this order: the signals of those that are counted
        long now = catcher.dropped();
        unread |= catcher.takeUnread();
        while ((unread & STANDARD) != 0) {
            Instance one = next();
            int signo = SignalOwners.lowest(unread);
            unread &= ~Instance.bit(signo);
            // nobody knows whose
            deliver(one.set(signo, SI_USER, 0, 0, null));
        }
        if (now != lost) {
            hub.lost(now - lost);
            lost = now;
        }
        if (lost >= reported) {
            while (reported <= lost) {
                reported *= 10;
            }
            long which = unread;
            unread = 0;
            report(which);
        }
    }

    /** For the first, the tenth, the hundredth: under no lock, because a logger may do anything. */
    private void report(long which) {
        try {
            StringJoiner numbers = new StringJoiner(", ");
            for (long left = which; left != 0; left &= left - 1) {
                numbers.add("" + SignalOwners.lowest(left));
            }
            System.getLogger("org.sigkevent")
                    .log(
                            Level.WARNING,
                            "real-time signals were lost ({0}): {1} signals had not been read, and the pipe from the handler was full."
                                    + " Let who sends them wait for answers, or give this process more processor time. So far {2}",
                            numbers.toString(),
                            "" + catcher.room(),
                            "" + lost);
        } catch (Throwable ofTheLogger) {
            Threads.uncaught(ofTheLogger);
        }
    }

    private void deliver(Instance one) {
        one.ofKernel = true;
        if (!hub.deliver(one)) {
            toJvm.accept(one.signo);
        }
    }

    private void deliver(Instance one, int from) {
        int signo = batch.getInt(from);
        if (signo == SignalCatcher.LOOK) {
            hub.recycle(one);
            return;
        }
        long sender = Instance.pair(batch.getInt(from + 16), batch.getInt(from + 20));
        deliver(one.set(signo, batch.getInt(from + 8), sender, batch.getLong(from + 24), null));
    }
}
