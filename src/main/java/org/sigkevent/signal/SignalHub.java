package org.sigkevent.signal;

import java.util.ArrayList;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.sigkevent.signal.ProcessSignals.Fate;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.IntrusiveList;

/**
 * Brings each instance of a signal to whom it belongs: to every request that takes all of them; then, if a handler is there or
 * somebody waits for one now and then, to one of those: a thread in sigtimedwait, the oldest request that takes one, a handler.
 * If all of those block it, or come later, it stays pending.
 *
 * <p>The monitor of {@link ProcessSignals} guards the lists. Requests are told outside of it.
 */
final class SignalHub {
    /** A request that takes signals. */
    interface Taker {
        boolean takes(int signo);

        /** An instance has arrived; false when this takes no more. */
        boolean arrived(Instance one);

        /** Whether it takes no more. */
        boolean over();

        /** Instances were lost before they came here. */
        void lost(long instances);
    }

    /** Known before the first instance comes: there may be no memory for the class then. */
    private static final Fate DROPPED = Fate.DROPPED;

    final ProcessSignals signals;
    final SignalHandlers handlers;

    /** Requests that take all instances; replaced as a whole. */
    private volatile Taker[] standing = {};

    /** Requests that take one. */
    private final ArrayList<Taker> once = new ArrayList<>();

    private final IntrusiveList<SignalWaiter> sleepers = new IntrusiveList<>();

    SignalHub(ProcessSignals signals) {
        this.signals = signals;
        handlers = new SignalHandlers(signals);
    }

    /** An instance that is to be filled in and given to {@link #deliver}; OutOfMemoryError with nothing changed. */
    Instance fresh() {
        Instance one;
        synchronized (signals) {
            one = signals.pending.reused();
        }
        return one == null ? new Instance() : one;
    }

    /** It was accepted, or nobody gets it. A timer goes on in any case. */
    void recycle(Instance one) {
        one.settle();
        synchronized (signals) {
            signals.pending.recycle(one);
        }
    }

    /** Lets go of what was discarded under the monitor. */
    void recycleDiscarded() {
        Instance one;
        do {
            synchronized (signals) {
                one = signals.discarded();
            }
            if (one != null) {
                recycle(one);
            }
        } while (one != null);
    }

    // ---- requests

    /** A request begins to take its signals, which are caught and kept. */
    void add(Taker request, long set, boolean all) {
        synchronized (signals) {
            if (all) {
                Taker[] more = Arrays.copyOf(standing, standing.length + 1);
                more[standing.length] = request;
                signals.keep(set, false);
                standing = more;
            } else {
                once.ensureCapacity(once.size() + 1);
                signals.keep(set, true);
                once.add(request);
            }
        }
        givePending(request, set, all);
    }

    /** Gives a new request what is pending. */
    private void givePending(Taker request, long set, boolean all) {
        Instance one;
        do {
            synchronized (signals) {
                // what has a handler is that one's
                one = signals.pending.take(set & ~(all ? signals.deliverable() : 0), 0);
                if (one != null) {
                    one.shared = false;
                }
            }
        } while (one != null && give(request, one) && all);
        if (one != null && !all) {
            synchronized (signals) {
                once.remove(request);
            }
        }
    }

    /** False when the request takes no more: then the instance is pending again. */
    private boolean give(Taker request, Instance one) {
        if (!one.settle() || request.arrived(one)) {
            recycle(one);
            return true;
        }
        giveBack(one);
        return false;
    }

    /** Who was to have it cannot: it is the oldest again. */
    void giveBack(Instance one) {
        synchronized (signals) {
            signals.pending.addFirst(one);
            SignalWaiter other = sleeper(one);
            if (other != null) {
                other.wake();
            }
            handlers.changed();
        }
    }

    /** A request takes no more. */
    void remove(Taker request) {
        synchronized (signals) {
            once.remove(request);
            Taker[] all = standing;
            for (int i = 0; i < all.length; i++) {
                if (all[i] == request) {
                    Taker[] fewer = Arrays.copyOf(all, all.length - 1);
                    System.arraycopy(all, i + 1, fewer, i, fewer.length - i);
                    standing = fewer;
                    return;
                }
            }
        }
    }

    /** The signals that somebody takes. Under the monitor. */
    long wanted() {
        long wanted = 0;
        for (int signo = 1; signo <= 64; signo++) {
            if (oneTimeTaker(signo) != null || takenByAll(signo)) {
                wanted |= Instance.bit(signo);
            }
        }
        for (SignalWaiter w = sleepers.first(); w != null; w = w.place.following()) {
            wanted |= w.set;
        }
        return wanted;
    }

    private @Nullable Taker oneTimeTaker(int signo) {
        for (int i = 0; i < once.size(); i++) {
            if (once.get(i).takes(signo) && !once.get(i).over()) {
                return once.get(i);
            }
        }
        return null;
    }

    private boolean takenByAll(int signo) {
        for (Taker request : standing) {
            if (request.takes(signo)) {
                return true;
            }
        }
        return false;
    }

    // ---- delivery

    /** An instance was generated. It is the hub's from here on. False when the JVM is to act on it, which the caller has it do. */
    boolean deliver(Instance one) {
        boolean told = false;
        Taker[] all = standing;
        if (all.length > 0) {
            synchronized (signals) {
                one.shared = signals.hasReceiver(one.signo) || sleeper(one) != null || oneTimeTaker(one.signo) != null;
            }
        }
        for (Taker request : all) {
            if (request.takes(one.signo)) {
                if (!one.settle()) {
                    recycle(one);
                    return true;
                }
                told |= request.arrived(one);
            }
        }
        return place(one, told);
    }

    /** An instance that a request had, which has ended: others that take all have heard of it. */
    boolean handOn(Instance one) {
        return place(one, takenByAll(one.signo));
    }

    private boolean place(Instance one, boolean told) {
        while (true) {
            Taker chosen;
            Fate fate = DROPPED;
            synchronized (signals) {
                SignalWaiter waiter = sleeper(one);
                if (waiter != null) {
                    sleepers.remove(waiter.place);
                    waiter.got = one;
                    waiter.wake();
                    return true;
                }
                chosen = oneTimeTaker(one.signo);
                if (chosen == null) {
                    fate = fate(one, told);
                }
            }
            if (chosen == null) {
                if (fate == Fate.UNHANDLED) {
                    SignalSender.notSent(one.signo, Errnos.EPERM);
                } else if (fate == Fate.LOST) {
                    lost(1);
                }
                if (fate != Fate.PENDING) {
                    recycle(one);
                }
                return fate != Fate.OF_JVM;
            }
            // it stays in the list until it has the instance: its signals are its own
            if (!one.settle()) {
                recycle(one);
                return true;
            }
            boolean arrived = chosen.arrived(one);
            synchronized (signals) {
                once.remove(chosen);
            }
            if (arrived) {
                recycle(one);
                return true;
            }
        }
    }

    private @Nullable SignalWaiter sleeper(Instance one) {
        for (SignalWaiter w = sleepers.first(); w != null; w = w.place.following()) {
            if (SignalOwners.in(w.set, one.signo) && (one.thread == 0 || one.thread == w.tid)) {
                return w;
            }
        }
        return null;
    }

    /** Adds it to those that are pending, unless nobody is to get it. Under the monitor. */
    private Fate fate(Instance one, boolean told) {
        Fate fate = signals.fate(one, told);
        if (fate == Fate.PENDING) {
            signals.pending.add(one);
            if (SignalOwners.in(signals.deliverable(), one.signo)) {
                handlers.changed();
            }
        }
        return fate;
    }

    /** Instances were lost, nobody knows whose: every request that goes on is told. */
    void lost(long instances) {
        for (Taker request : standing) {
            request.lost(instances);
        }
    }

    // ---- threads in sigtimedwait

    /**
     * Takes an instance, or has the thread wait for one; null then. The signals are caught and kept from here on; throws
     * ErrnoException with nothing changed.
     */
    @Nullable
    Instance takeOrWait(SignalWaiter waiter, long set, boolean waits) {
        synchronized (signals) {
            if (!signals.awaits(set)) {
                // in this section: somebody may give them back before the thread is seen to wait
                signals.keep(set, true);
            }
            Instance one = signals.pending.take(set, waiter.tid);
            if (one == null && waits) {
                waiter.set = set;
                waiter.woken = false;
                sleepers.addLast(waiter.place);
            }
            return one;
        }
    }

    /** The thread waits no more: what it got meanwhile, or null. */
    @Nullable
    Instance leave(SignalWaiter waiter) {
        synchronized (signals) {
            Instance got = waiter.got;
            waiter.got = null;
            if (got == null) {
                sleepers.remove(waiter.place);
            }
            return got;
        }
    }

    /** All who wait look again, or the first of them. */
    void rouse(boolean all) {
        synchronized (signals) {
            for (SignalWaiter w = sleepers.first(); w != null; w = all ? w.place.following() : null) {
                w.called |= !all;
                w.wake();
            }
        }
    }
}
