package org.sigkevent.signal;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Shutdown;
import org.sigkevent.sys.SignalCatchers;

/**
 * The signals of the process, as POSIX has them and without the kernel where that is possible.
 *
 * <p><b>Objects.</b> {@link ProcessSignals} is the table: what is caught, blocked, handled and pending. {@link SignalHub} brings an
 * instance to whom it belongs. {@link SignalHandlers} calls handlers and keeps those who wait for one. Instances come from three
 * sides: {@link SignalReader} reads what the catcher's handler has caught from the kernel, {@link SignalQueue} has what SIGEV_SIGNAL
 * notifies, and the program raises some itself. This class wires them; the process has one, made at the first use.
 *
 * <p><b>Locks</b>, from the outside in: the gathering lock of the queue, a request's monitor, the monitor of the table. What a request
 * or a timer does is done under none of the table.
 *
 * <p><b>Nothing is lost.</b> An instance is made before the record or the bytes that it comes from are taken. A SIGEV_SIGNAL that is
 * registered has a slot. What is caught stays pending until it is accepted, unless its disposition is to ignore it.
 */
public final class Signals {
    private static volatile @Nullable Signals instance;

    final ProcessSignals table;
    final SignalHub hub;
    private final SignalReader reader;
    volatile @Nullable SignalQueue queue;

    /** Whether handlers or requests are to be told without asking. */
    private boolean tells;

    private Signals() {
        table = new ProcessSignals(SignalCatchers.instance());
        hub = new SignalHub(table);
        reader = new SignalReader(hub, this::toJvm, SignalCatchers.instance());
    }

    /** The process's one; throws ErrnoException with nothing left behind. */
    public static Signals instance() {
        Signals made = instance;
        return made != null ? made : make();
    }

    private static synchronized Signals make() {
        Shutdown.check();
        Signals made = instance;
        if (made == null) {
            made = new Signals();
            made.reader.start();
            instance = made;
        }
        return made;
    }

    /** The end of the library, when all queues have ended. */
    public static synchronized void end() {
        Signals ended = instance;
        if (ended != null) {
            ended.table.end();
            ended.hub.recycleDiscarded();
            ended.hub.handlers.end();
            ended.hub.rouse(true);
            ended.reader.end();
            instance = null;
        }
    }

    // ---- dispositions and the mask

    /**
     * sigaction.
     *
     * @param action null to ask only
     * @return the disposition before
     * @throws ErrnoException EINVAL (no signal, or one that no program can have), and what the first use of a signal says
     */
    public Disposition act(int signo, @Nullable Disposition action) {
        if (action == null) {
            synchronized (table) {
                return table.action(signo);
            }
        }
        String owner = SignalOwners.owner(signo);
        if (owner != null) {
            throw ErrnoException.invalid("signo " + signo + " belongs to " + owner);
        }
        long bit = Instance.bit(signo);
        if (action.handler != null) {
            hub.handlers.start();
        }
        if (action != Disposition.IGNORE) {
            attend();
        }
        Disposition before;
        boolean ofJvm;
        RingRecord.prepareOutgoing();
        synchronized (table) {
            if (action != Disposition.DEFAULT) {
                table.catchAgain(signo);
            }
            before = table.act(signo, action);
            // as POSIX has it: what is pending is discarded
            if (action == Disposition.IGNORE
                    || action == Disposition.DEFAULT && SignalOwners.in(SignalOwners.IGNORED, signo)) {
                table.discard(signo);
            }
            ofJvm = (table.dueToJvm() & bit) != 0;
            if (ofJvm) {
                table.giveToJvm(signo);
            } else {
                table.giveBack(bit, hub.wanted());
            }
            hub.handlers.changed();
        }
        hub.recycleDiscarded();
        if (ofJvm) {
            SignalSender.toJvm(signo);
        }
        hub.handlers.deliverPending();
        return before;
    }

    /** The mask of the process; in a handler that of the handler. */
    public long mask() {
        synchronized (table) {
            return hub.handlers.inHandler() ? table.mask() : table.blocked();
        }
    }

    /** sigprocmask: blocks {@code add}, then unblocks {@code remove}. What is pending and not blocked any more is delivered before it returns. */
    public void mask(long add, long remove) {
        long ofJvm;
        RingRecord.prepareOutgoing();
        synchronized (table) {
            long more = add & SignalOwners.ALL & ~remove & ~table.blocked();
            long caught = catchForMask(more);
            if (hub.handlers.inHandler()) {
                // until the handler returns
                table.running = (table.running | caught | add & table.blocked()) & ~remove;
                table.opened = (table.opened | remove) & ~add;
            } else {
                table.block((table.blocked() | caught) & ~remove);
            }
            ofJvm = table.dueToJvm();
            for (long left = ofJvm; left != 0; left &= left - 1) {
                table.giveToJvm(Long.numberOfTrailingZeros(left) + 1);
            }
            table.giveBack(remove & ~ofJvm, hub.wanted());
            hub.handlers.changed();
        }
        hub.recycleDiscarded();
        for (long left = ofJvm; left != 0; left &= left - 1) {
            SignalSender.toJvm(Long.numberOfTrailingZeros(left) + 1);
        }
        if (add != 0) {
            // the program relies on none of their handlers running from here on, until it waits in sigsuspend
            hub.handlers.awaitReturn(add);
        }
        hub.handlers.deliverPending();
    }

    /** Catches signals that a mask blocks: which. Those that somebody else handles stay theirs. Under the monitor of the table. */
    private long catchForMask(long set) {
        long foreign = 0;
        for (long left = set & ~SignalOwners.OF_JVM; left != 0; left &= left - 1) {
            int signo = Long.numberOfTrailingZeros(left) + 1;
            if (!table.catches(signo) && Linux.handled(signo)) {
                foreign |= Instance.bit(signo);
            }
        }
        return table.catchSome(set & ~foreign);
    }

    /** sigpending. */
    public long pending() {
        gather();
        synchronized (table) {
            return table.pending.bits();
        }
    }

    /** sigsuspend: -EINTR, or -ETIMEDOUT. */
    public int suspend(long mask, long deadline) {
        SuspendedThread own = new SuspendedThread(true, mask, null);
        synchronized (table) {
            catchForMask(mask & SignalOwners.ALL & ~table.blocked());
            // in this section: somebody may give them back before the thread is seen to block them
            hub.handlers.begin(own);
        }
        return hub.handlers.suspend(own, deadline);
    }

    /** Waits until a handler has returned: 0, -ETIMEDOUT or -EINTR. */
    public int awaitHandler(long deadline) {
        return hub.handlers.awaitAny(deadline);
    }

    // ---- generation

    /** The process's one, if it was made. */
    static @Nullable Signals existing() {
        return instance;
    }

    /** Whether a signal to this process comes here without the kernel. */
    public static boolean catches(int signo) {
        Signals made = instance;
        return made != null && made.table.catches(signo);
    }

    /**
     * A signal of this process to itself, which is {@linkplain #catches caught}. A handler that is called for it has returned when this does, unless
     * an executor has it.
     *
     * @return 0, or -EAGAIN: too many are pending
     */
    public int generate(int signo, int code, long value, @Nullable Object object) {
        RingRecord.prepareOutgoing();
        // what was notified before comes first
        gather();
        boolean waits;
        synchronized (table) {
            if (table.full()) {
                return -Errnos.EAGAIN;
            }
            waits = SignalOwners.in(hub.handlers.awaited(), signo);
        }
        // one that is awaited is not used again: it is looked at when it may be finished
        Instance one = waits ? new Instance() : hub.fresh();
        one.set(signo, code, Instance.pair(Native.PID, Native.C.getuid()), value, object);
        one.awaitedBy = waits ? Thread.currentThread() : null;
        if (!hub.deliver(one)) {
            toJvm(signo);
        } else if (waits) {
            hub.handlers.awaitHandler(one);
        }
        return 0;
    }

    /** The JVM acts on a signal of its own; or who has asked for it meanwhile gets it, through the catcher. */
    private void toJvm(int signo) {
        synchronized (table) {
            table.giveToJvm(signo);
        }
        hub.recycleDiscarded();
        SignalSender.toJvm(signo);
    }

    /**
     * Where a SIGEV_SIGNAL has its completions put.
     *
     * @param thread the thread that it is for, as the kernel numbers it; 0 for the process
     * @throws ErrnoException EAGAIN (too many are pending), and what the making of a queue says
     */
    public Destination destination(int signo, long value, @Nullable Object object, int thread) {
        boolean full;
        synchronized (table) {
            full = table.full();
        }
        if (full) {
            throw new ErrnoException(
                    Errnos.EAGAIN,
                    ProcessSignals.MOST_PENDING
                            + " signals are pending that nobody has accepted: no more are generated");
        }
        SignalQueue to = queue();
        if (!table.catches(signo)) {
            // it goes to somebody else, who does not ask here
            attend();
        }
        return Destination.records(to.queue(), Instance.pair(thread, signo), new Instance.Sent(value, object));
    }

    private SignalQueue queue() {
        SignalQueue made = queue;
        return made != null && !made.queue().dead() ? made : makeQueue();
    }

    private synchronized SignalQueue makeQueue() {
        SignalQueue made = queue;
        // a queue that an Error has broken is given up
        if (made == null || made.queue().dead()) {
            made = new SignalQueue(hub);
            queue = made;
            try {
                if (tells) {
                    made.attend();
                }
            } catch (Throwable refused) {
                queue = null;
                made.queue().destroy();
                throw refused;
            }
            hub.rouse(true);
        }
        return made;
    }

    /** Somebody is to be told without asking. */
    private synchronized void attend() {
        SignalQueue made = queue;
        if (made != null) {
            made.attend();
        }
        tells = true;
    }

    void gather() {
        SignalQueue made = queue;
        if (made != null) {
            RingRecord.prepareOutgoing();
            made.gather();
        }
    }

    /** Keeps a signal as if it were blocked, if it can be had and its default would end the JVM: for a registration that catches it by itself. */
    public static void keepUnhandled(int signo) {
        if (SignalOwners.in(SignalOwners.ALL & ~SignalOwners.OF_JVM, signo)
                && !catches(signo)
                && !SignalDispositions.harmless(signo, 0)) {
            ProcessSignals table = instance().table;
            synchronized (table) {
                table.keep(Instance.bit(signo), false);
            }
        }
    }

    // ---- acceptance

    void add(SignalHub.Taker request, long set, boolean all) {
        attend();
        gather();
        hub.add(request, set, all);
    }

    void remove(SignalHub.Taker request) {
        hub.remove(request);
    }

    /** What a request had that has ended. */
    void handOn(Instance one) {
        if (!hub.handOn(one)) {
            toJvm(one.signo);
        }
    }

    Instance fresh() {
        return hub.fresh();
    }

    void lost(long instances) {
        hub.lost(instances);
    }
}
