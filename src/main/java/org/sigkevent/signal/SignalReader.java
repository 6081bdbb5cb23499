package org.sigkevent.signal;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.SignalCatcher;
import org.sigkevent.sys.Threads;

/** The thread that reads what the {@link SignalCatcher} has caught: without a reader signals would be lost. */
final class SignalReader {
    private static final int BATCH = 1024;
    private static final int SIG_SETMASK = 2;
    private static final int SIZEOF_SIGSET = 128;
    private static final long NAP_NANOS = 1_000_000;

    private final SignalHub hub;
    private final IntConsumer toJvm;
    private final SignalCatcher catcher;
    private final ByteBuffer mask = Memory.allocate(SIZEOF_SIGSET);

    /** The mask that the thread began with, and which signals it has unblocked. */
    private long before;

    private long unblocked;

    private final ByteBuffer batch = Memory.allocate(BATCH * SignalCatcher.RECORD);

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
        long dropped = 0;
        int at = 0;
        int end = 0;
        for (; ; ) {
            try {
                ready = ready == null ? hub.fresh() : ready;
                if (at + SignalCatcher.RECORD > end) {
                    at = 0;
                    end = Math.max(0, catcher.read(batch));
                }
                while (at + SignalCatcher.RECORD <= end) {
                    if (batch.getInt(at) == SignalCatcher.END) {
                        catcher.close();
                        return;
                    }
                    // without memory it stays where it is
                    Instance one = ready == null ? hub.fresh() : ready;
                    ready = null;
                    int from = at;
                    at += SignalCatcher.RECORD;
                    deliver(one, from);
                }
                unblock();
                long now = catcher.dropped();
                if (now != dropped) {
                    hub.lost(now - dropped);
                    dropped = now;
                }
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

    private void deliver(Instance one, int from) {
        int signo = batch.getInt(from);
        if (signo == SignalCatcher.LOOK) {
            hub.recycle(one);
            return;
        }
        long sender = Instance.pair(batch.getInt(from + 16), batch.getInt(from + 20));
        one.set(signo, batch.getInt(from + 8), sender, batch.getLong(from + 24), null);
        one.ofKernel = true;
        if (!hub.deliver(one)) {
            toJvm.accept(signo);
        }
    }
}
