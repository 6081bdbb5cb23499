package org.sigkevent.signal;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.SignalCatcher;
import org.sigkevent.sys.SignalCatchers;

/**
 * What the process does with signals, as this library has it: the one table that every call asks. Its monitor guards all of it,
 * and no other lock is taken under it.
 *
 * <p><b>Caught</b> is a signal while the catcher's handler is on it, so that it comes here; what was there before is remembered.
 * It stays caught until the program gives it back, by SIG_DFL, while nobody here wants it.
 *
 * <p><b>Kept</b> is one that the program has blocked or waited for, or that a request takes: an instance that finds nobody stays pending,
 * as if the signal were blocked from then on. The default would end the JVM between two waits.
 *
 * <p><b>Blocked</b> is one in the mask of the process, or, while threads are in sigsuspend, in the masks of all of them; and while a
 * handler runs what that blocks.
 */
final class ProcessSignals {
    private static final int SIGCHLD = 17;

    /** So many instances may be pending before what generates more is refused, and what the kernel brings is dropped. */
    static final int MOST_PENDING = 1 << 20;

    final PendingSignals pending = new PendingSignals();

    private final SignalCatcher catcher;
    private final @Nullable Object[] former = new Object[65];
    private final @Nullable Disposition[] actions = new Disposition[65];
    private final ByteBuffer dropped = Memory.allocate(SignalCatcher.RECORD);

    private volatile long caught;
    private volatile long kept;

    /** Those of the kept ones that threads and requests which take one instance have waited for. */
    private volatile long waited;

    /** Those that have a handler. */
    private long handled;

    private long blocked;

    /** Blocked while a handler runs. */
    long running;

    /** What the handler that runs has unblocked until it returns. */
    long opened;

    /** The masks of threads in sigsuspend. */
    private final ArrayList<SuspendedThread> suspended = new ArrayList<>();

    /** Whether the library ends: nothing is caught any more. */
    private boolean over;

    private @Nullable Instance discarded;

    ProcessSignals(SignalCatcher catcher) {
        this.catcher = catcher;
    }

    /** Whether a signal comes here. Without the monitor: as it was a moment ago. */
    boolean catches(int signo) {
        return SignalOwners.in(caught, signo);
    }

    /** Whether all of {@code set} were waited for before, so that there is nothing to be done. Without the monitor. */
    boolean awaits(long set) {
        return (set & ~waited) == 0;
    }

    Disposition action(int signo) {
        Disposition action = actions[signo];
        return action == null ? Disposition.DEFAULT : action;
    }

    /** Replaces a disposition: the former. The signal is caught, unless it gets its default. */
    Disposition act(int signo, Disposition action) {
        Disposition before = action(signo);
        actions[signo] = action;
        long bit = Instance.bit(signo);
        handled = action.handler == null ? handled & ~bit : handled | bit;
        if (action == Disposition.DEFAULT) {
            kept &= ~bit;
            waited &= ~bit;
        }
        return before;
    }

    /** The handler of a signal was called for the one time that was asked for: what comes from now on stays pending. */
    void reset(int signo) {
        long before = kept;
        act(signo, Disposition.DEFAULT);
        kept = before | Instance.bit(signo) & ~SignalOwners.OF_JVM;
    }

    /** The mask of the process. */
    long blocked() {
        return blocked;
    }

    /** Those that are blocked now, but for what the handler blocks that runs. */
    private long blockedNow() {
        long mask = blocked;
        boolean replaced = false;
        for (int i = 0; i < suspended.size(); i++) {
            SuspendedThread own = suspended.get(i);
            if (own.standsIn) {
                mask = replaced ? mask & own.bits : own.bits;
                replaced = true;
            }
        }
        return mask;
    }

    /** Those that no handler is called for now. */
    long mask() {
        return blockedNow() & ~opened | running;
    }

    /** Those that a handler is called for when they arrive. */
    long deliverable() {
        return handled & ~mask();
    }

    /** Those that a handler is called for when they arrive, or as soon as the one that runs has returned. */
    long deliverableSoon() {
        return handled & ~blockedNow();
    }

    /** The mask of the process is another. What it blocks was caught before. */
    void block(long mask) {
        kept |= mask & ~blocked;
        // what the JVM does on its own signals it does again when they are not blocked any more
        long back = blocked & ~mask & SignalOwners.OF_JVM;
        kept &= ~back;
        waited &= ~back;
        blocked = mask;
        for (long left = pending.bits() & ~mask; left != 0; left &= left - 1) {
            int signo = Long.numberOfTrailingZeros(left) + 1;
            if (action(signo) == Disposition.IGNORE) {
                discard(signo);
            }
        }
    }

    void suspend(SuspendedThread thread) {
        suspended.add(thread);
    }

    void resume(SuspendedThread thread) {
        suspended.remove(thread);
    }

    /** A handler has returned: those in sigsuspend go on, and who waits in a queue with a mask looks. */
    void resumeAll() {
        for (int i = 0; i < suspended.size(); i++) {
            Queue queue = suspended.get(i).queue;
            if (queue != null) {
                queue.wake(Integer.MAX_VALUE);
            }
        }
        suspended.clear();
    }

    /** What happens to an instance that no request has been told of, and for which nobody waits. */
    Fate fate(Instance one, boolean told) {
        int signo = one.signo;
        Disposition action = action(signo);
        boolean free = !SignalOwners.in(blockedNow(), signo);
        if (action == Disposition.IGNORE && free) {
            return Fate.DROPPED;
        }
        if (told && !hasReceiver(signo)) {
            return Fate.DROPPED;
        }
        boolean stays = action.handler != null || !free || SignalOwners.in(kept, signo);
        if (!stays) {
            boolean ofJvm = SignalOwners.in(SignalOwners.OF_JVM, signo);
            return one.notifies() ? Fate.UNHANDLED : ofJvm ? Fate.OF_JVM : Fate.DROPPED;
        }
        if (one.ofKernel && signo >= SignalCatcher.FIRST_QUEUED && full()) {
            return told ? Fate.DROPPED : Fate.LOST;
        }
        return merges(one) ? Fate.DROPPED : Fate.PENDING;
    }

    /** Whether an instance that requests are told of goes to a handler or stays pending beside that. */
    boolean hasReceiver(int signo) {
        return action(signo).handler != null || SignalOwners.in(waited, signo);
    }

    /** What becomes of an instance. */
    enum Fate {
        /** Nobody gets it, as its disposition, or the instance before it, wants it. */
        DROPPED,
        /** Too many are pending, and nobody has heard of it. */
        LOST,
        /** A notification that nobody handles any more: it is dropped, and counted. */
        UNHANDLED,
        /** Somebody will accept it. */
        PENDING,
        /** The JVM acts on it. */
        OF_JVM
    }

    /** A second instance of a standard signal is none, unless it tells of something that has ended. */
    private boolean merges(Instance one) {
        return one.signo < SignalCatcher.FIRST_QUEUED && !one.notifies() && pending.certain(one.signo);
    }

    /** Whether as many instances are pending as may be. */
    boolean full() {
        return pending.count() >= MOST_PENDING;
    }

    /** Signals that are pending and on which the JVM acts, now that nobody has them. */
    long dueToJvm() {
        long due = pending.bits() & SignalOwners.OF_JVM & caught & ~handled & ~blocked & ~kept;
        for (long left = due; left != 0; left &= left - 1) {
            if (!pending.sent(Long.numberOfTrailingZeros(left) + 1)) {
                due &= ~(left & -left);
            }
        }
        return due;
    }

    /**
     * Catches those of {@code set} that are not caught, and keeps them.
     *
     * @param waits whether what takes one instance each waits for them
     * @throws ErrnoException with nothing changed
     */
    void keep(long set, boolean waits) {
        catchAll(set);
        kept |= set;
        if (waits) {
            waited |= set;
        }
    }

    /**
     * As {@link #keep} for who waits, but leaves out what the catcher cannot catch: those that are kept.
     *
     * @throws ErrnoException EINVAL also when none can be caught
     */
    long await(long set) {
        long some = catchSome(set);
        long had = some == 0 ? set : some;
        keep(had, true);
        return had;
    }

    /** Catches those of {@code set} that are not caught; throws with nothing changed. */
    void catchAll(long set) {
        long now = 0;
        if (over) {
            return;
        }
        try {
            for (long left = set & ~caught; left != 0; left &= left - 1) {
                int signo = Long.numberOfTrailingZeros(left) + 1;
                if (signo == SIGCHLD) {
                    SignalCatchers.settleChildren();
                }
                former[signo] = catcher.catchSignal(signo);
                now |= Instance.bit(signo);
            }
        } catch (Throwable refused) {
            restore(now);
            throw refused;
        }
        caught |= now;
        if (now != 0) {
            catcher.look();
        }
    }

    /** As {@link #catchAll} of one signal, also from a handler that somebody else has installed since it was caught. */
    void catchAgain(int signo) {
        Object before = former[signo];
        if (before == null) {
            catchAll(Instance.bit(signo));
        } else {
            former[signo] = catcher.catchAgain(signo, before);
        }
    }

    /** As {@link #catchAll}, but leaves out what the catcher cannot catch: those that are caught now. */
    long catchSome(long set) {
        for (long left = set & ~caught; left != 0; left &= left - 1) {
            try {
                catchAll(left & -left);
            } catch (ErrnoException refused) {
                if (refused.errno() != Errnos.EINVAL) {
                    throw refused;
                }
            }
        }
        return set & caught;
    }

    /** The signals that are caught. Without the monitor. */
    long caught() {
        return caught;
    }

    /** Those of {@code set} that nobody wants any more get back what they had before; {@code wanted} are those that somebody does. */
    void giveBack(long set, long wanted) {
        long back = set & caught & ~wanted & ~kept & ~blocked;
        for (long left = back; left != 0; left &= left - 1) {
            if (action(Long.numberOfTrailingZeros(left) + 1) != Disposition.DEFAULT) {
                back &= ~(left & -left);
            }
        }
        restore(back);
        if (back != 0) {
            catcher.look();
        }
    }

    /** The JVM is to act on a signal of its own: gives it back to it, unless the program has asked for it since that was found. */
    void giveToJvm(int signo) {
        if (action(signo) == Disposition.DEFAULT && !SignalOwners.in(blocked | kept, signo)) {
            restore(Instance.bit(signo));
        }
    }

    /** Nobody accepts what is pending of a signal. */
    void discard(int signo) {
        for (Instance one = pending.take(Instance.bit(signo), 0); one != null; ) {
            one.next = discarded;
            discarded = one;
            one = pending.take(Instance.bit(signo), 0);
        }
    }

    /** What was discarded and whose sources do not know it yet: for who comes out of the monitor. */
    @Nullable
    Instance discarded() {
        Instance one = discarded;
        if (one != null) {
            discarded = one.next;
            one.next = null;
        }
        return one;
    }

    private void restore(long set) {
        for (long left = set; left != 0; left &= left - 1) {
            int signo = Long.numberOfTrailingZeros(left) + 1;
            Object before = former[signo];
            if (before != null) {
                // what no thread has begun to handle would end the JVM
                boolean more;
                do {
                    more = catcher.takePending(signo, before, dropped);
                } while (more);
                discard(signo);
                former[signo] = null;
                catcher.restore(signo, before);
            }
        }
        // behind the disposition: who finds it not caught looks at that before it sends
        caught &= ~set;
    }

    /** The end of the library. */
    void end() {
        over = true;
        restore(caught);
    }
}
