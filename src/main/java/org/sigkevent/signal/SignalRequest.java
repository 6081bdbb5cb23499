package org.sigkevent.signal;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.EventRequest;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;

/**
 * KEVENT_SIGNAL: a signal is taken, as sigwaitinfo takes it, and not delivered. Once, or for every instance until it is
 * cancelled; then one record is unread at most, and the instances that arrived meanwhile follow it one by one as records
 * are taken, in the order in which the handlers wrote them.
 *
 * <p>Up to {@link #MOST_PENDING} instances wait. What does not find room here, and real-time signals for which the pipe from the handler
 * had none, are counted, and the count is a record of its own: error EOVERFLOW, data0 the number.
 */
public final class SignalRequest extends EventRequest implements SignalHub.Taker {
    static final int MOST_PENDING = 1 << 20;

    /** Beside the signal: somebody else got the instance. */
    private static final int SHARED = 1 << 8;

    private static final int FIRST_ROOM = 64;

    private final long set;
    private final boolean once;

    // guarded by this
    private long[] pending = new long[3 * FIRST_ROOM];
    private @Nullable Object[] objects = new Object[FIRST_ROOM];
    private int first;
    private int count;
    private long dropped;
    private boolean unread;

    /** Written under the monitor. */
    private volatile boolean ended;

    /** Where it is registered; set once, before that. */
    private volatile @Nullable Signals signals;

    /** The instance of the last record: its signal and its code; 0 when that told of dropped ones. */
    private long saidWhat;

    private long saidSender;
    private long saidValue;
    private @Nullable Object saidObject;

    /**
     * For the signals of {@code set} (bit n-1 for signal n); those that no program can have are left out.
     *
     * @param takeOver whether SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM and SIGXFSZ may be taken from the JVM, which acts on them
     * @throws ErrnoException EINVAL, naming the owner of a signal that cannot be had
     */
    public SignalRequest(Destination to, long set, boolean once, boolean takeOver) {
        super(to, Kinds.KEVENT_SIGNAL, SignalOwners.lowest(set & SignalOwners.ALL), !once);
        this.set = SignalOwners.wanted(set);
        this.once = once;
        long ofJvm = takeOver ? 0 : set & SignalOwners.OF_JVM;
        if (ofJvm != 0) {
            int signo = SignalOwners.lowest(ofJvm);
            throw ErrnoException.invalid("set has signal " + signo + ", which belongs to " + SignalOwners.ofJvm(signo)
                    + " (ask to take it over)");
        }
    }

    @Override
    public boolean takes(int signo) {
        return SignalOwners.in(set, signo);
    }

    @Override
    protected String asked() {
        return "signals of set 0x" + Long.toHexString(set);
    }

    @Override
    protected int begin() {
        Signals made = Signals.instance();
        signals = made;
        made.add(this, set, !once);
        boolean over;
        synchronized (this) {
            over = ended;
        }
        // stopped, or served, before it was listed
        if (over) {
            made.remove(this);
        }
        return 0;
    }

    @Override
    public synchronized boolean arrived(Instance one) {
        if (ended) {
            return false;
        }
        long what = Instance.pair(one.shared && !once ? one.signo | SHARED : one.signo, one.code);
        if (once) {
            ended = true;
            descriptor = one.signo;
            saidWhat = what;
            saidSender = one.sender;
            saidValue = one.value;
            saidObject = one.object;
            complete(one.code, one.value, one.sender, 0);
        } else if (!unread && dropped == 0) {
            unread = true;
            say(what, one.sender, one.value, one.object);
        } else {
            append(what, one.sender, one.value, one.object);
        }
        return true;
    }

    @Override
    public boolean over() {
        return ended;
    }

    @Override
    public synchronized void lost(long instances) {
        dropped += instances;
        if (!once && !unread && !ended) {
            next();
        }
    }

    private void append(long what, long sender, long value, @Nullable Object object) {
        if (count == pending.length / 3 && !grow()) {
            dropped++;
            return;
        }
        int room = pending.length / 3;
        objects[(first + count) % room] = object;
        int at = 3 * ((first + count) % room);
        pending[at] = what;
        pending[at + 1] = sender;
        pending[at + 2] = value;
        count++;
    }

    /** Makes room for more instances; false when there are as many as may be, or there is no memory. */
    private boolean grow() {
        if (count == MOST_PENDING) {
            return false;
        }
        long[] more;
        @Nullable Object[] moreObjects;
        try {
            more = new long[2 * pending.length];
            moreObjects = new Object[2 * objects.length];
        } catch (OutOfMemoryError none) {
            return false;
        }
        int tail = pending.length - 3 * first;
        System.arraycopy(pending, 3 * first, more, 0, tail);
        System.arraycopy(pending, 0, more, tail, 3 * first);
        System.arraycopy(objects, first, moreObjects, 0, objects.length - first);
        System.arraycopy(objects, 0, moreObjects, objects.length - first, first);
        pending = more;
        objects = moreObjects;
        first = 0;
        return true;
    }

    /** The next record: first the instances in order, then how many were dropped behind them. */
    private void next() {
        unread = true;
        if (count > 0) {
            Object object = objects[first];
            objects[first] = null;
            int at = removeFirst();
            say(pending[at], pending[at + 1], pending[at + 2], object);
        } else if (dropped > 0) {
            long n = dropped;
            dropped = 0;
            queue.droppedForFull();
            saidWhat = 0;
            saidObject = null;
            post(-Errnos.EOVERFLOW, n, 0);
        } else {
            unread = false;
        }
    }

    /** Where the first instance is, which is one no longer. */
    private int removeFirst() {
        int at = 3 * first;
        first = (first + 1) % (pending.length / 3);
        count--;
        return at;
    }

    private static int signo(long what) {
        return (int) (what >>> 32) & ~SHARED;
    }

    private void say(long what, long sender, long value, @Nullable Object object) {
        descriptor = signo(what);
        saidWhat = what;
        saidSender = sender;
        saidValue = value;
        saidObject = object;
        int code = (int) what;
        post(code, value, sender, 0);
    }

    @Override
    protected boolean taken(RingRecord record) {
        if (once) {
            Object object = forget();
            super.taken(record);
            giveObjectOf(record, object);
            return true;
        }
        synchronized (this) {
            if (isLast(record)) {
                queue.release(1);
                return super.taken(record);
            }
            giveObject(record);
            giveObjectOf(record, saidObject);
            saidObject = null;
            if (!ended) {
                next();
            }
        }
        return true;
    }

    /** The object of a signal comes where the request's cookie has none. */
    private static void giveObjectOf(RingRecord record, @Nullable Object object) {
        if (record.object == null) {
            record.object = object;
        }
    }

    private synchronized @Nullable Object forget() {
        Object object = saidObject;
        saidWhat = 0;
        saidObject = null;
        return object;
    }

    /** Somebody has heard of it. */
    @Override
    protected void abandonedElsewhere() {
        forget();
    }

    /** A signal whose record nobody took goes to another request, or stays pending; those of one that repeats went when it was stopped. */
    @Override
    protected void abandoned() {
        Signals from = signals;
        long what;
        synchronized (this) {
            what = once ? saidWhat : 0;
            saidWhat = 0;
        }
        if (from != null && what != 0) {
            handOn(from, what, saidSender, saidValue, saidObject);
            saidObject = null;
        }
    }

    @Override
    protected void released() {
        Signals from = signals;
        if (from != null) {
            from.remove(this);
        }
    }

    @Override
    protected void stop() {
        boolean takenBack;
        synchronized (this) {
            if (ended) {
                return;
            }
            takenBack = unread && queue.withdraw(this) && saidWhat != 0;
            ended = true;
        }
        Signals from = signals;
        try {
            if (from != null) {
                handOnAll(from, takenBack);
            }
        } finally {
            complete(-Errnos.ECANCELED, 0, 0);
        }
    }

    /** What nobody took goes to other requests, or stays pending, as if it had only arrived. It has ended: nothing is added. */
    private void handOnAll(Signals to, boolean takenBack) {
        to.remove(this);
        if (takenBack) {
            handOn(to, saidWhat, saidSender, saidValue, saidObject);
            saidObject = null;
        }
        while (count > 0) {
            Object object = objects[first];
            objects[first] = null;
            int at = removeFirst();
            handOn(to, pending[at], pending[at + 1], pending[at + 2], object);
        }
    }

    private static void handOn(Signals to, long what, long sender, long value, @Nullable Object object) {
        if ((what >>> 32 & SHARED) != 0) {
            return;
        }
        try {
            to.handOn(to.fresh().set(signo(what), (int) what, sender, value, object));
        } catch (OutOfMemoryError | StackOverflowError none) {
            to.lost(1);
        }
    }
}
