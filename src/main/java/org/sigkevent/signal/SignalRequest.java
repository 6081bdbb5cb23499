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
 * <p>Up to {@link #MOST_PENDING} instances wait. What does not find room, here or in the pipe from the handler, is counted, and
 * the count is a record of its own: error EOVERFLOW, data0 the number.
 */
public final class SignalRequest extends EventRequest implements SignalHub.Taker {
    static final int MOST_PENDING = 1 << 20;

    private final long set;
    private final boolean once;

    // guarded by this
    private long[] pending = new long[3 * 64];
    private int first;
    private int count;
    private long dropped;
    private boolean unread;
    private boolean ended;

    /** Where it is registered; set once, before that. */
    private volatile @Nullable SignalHub hub;

    /** The instance of the last record, as the hub gave it; 0 when that told of dropped ones. */
    private long saidWhat;

    private long saidSender;
    private long saidValue;

    /**
     * For the signals of {@code set} (bit n-1 for signal n).
     *
     * @param takeOver whether SIGINT, SIGTERM and SIGHUP may be taken from the JVM, which ends in order on them
     * @throws ErrnoException EINVAL, naming the owner of a signal that cannot be had
     */
    public SignalRequest(Destination to, long set, boolean once, boolean takeOver) {
        super(to, Kinds.KEVENT_SIGNAL, set == 0 ? 0 : Long.numberOfTrailingZeros(set) + 1, !once);
        this.set = set;
        this.once = once;
        if (set == 0) {
            throw ErrnoException.invalid("set is empty: it has none of the signals 1 to 64");
        }
        for (int signo = 1; signo <= 64; signo++) {
            String owner = takes(signo) ? owner(signo, takeOver) : null;
            if (owner != null) {
                throw ErrnoException.invalid("set has signal " + signo + ", which belongs to " + owner);
            }
        }
    }

    /** The end of the library, when all queues have ended and so no signal is caught any more. */
    public static void end() {
        SignalHub.end();
    }

    /** Whose a signal is that cannot be had; null for one that can. */
    private static @Nullable String owner(int signo, boolean takeOver) {
        return switch (signo) {
            // SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV
            case 4, 5, 7, 8, 11 -> "the JVM, whose compiled code depends on it";
            // SIGPIPE, SIGXFSZ
            case 13, 25 -> "the JVM, which ignores it so that writes fail with an error";
            // SIGQUIT
            case 3 -> "the JVM, which prints its threads on it";
            // SIGSYS
            case 31 -> "the kernel's seccomp filters";
            // SIGKILL, SIGSTOP
            case 9, 19 -> "the kernel: nobody can catch it";
            case 32, 33 -> "the C library's threads";
            // SIGHUP, SIGINT, SIGTERM
            case 1, 2, 15 ->
                takeOver ? suspender(signo) : "the JVM, which shuts down in order on it (ask to take it over)";
            // SIGRTMAX-2
            case 62 -> "the JDK, which ends blocked socket calls with it";
            default -> suspender(signo);
        };
    }

    private static @Nullable String suspender(int signo) {
        String number = System.getenv("_JAVA_SR_SIGNUM");
        // SIGUSR2
        int its = 12;
        try {
            its = number == null ? its : Integer.parseInt(number);
        } catch (NumberFormatException notOne) {
            // as without
        }
        return signo == its ? "the JVM, which suspends threads with it (_JAVA_SR_SIGNUM)" : null;
    }

    @Override
    public boolean takes(int signo) {
        return (set >>> (signo - 1) & 1) != 0;
    }

    @Override
    protected String asked() {
        return "signals of set 0x" + Long.toHexString(set);
    }

    @Override
    protected int begin() {
        SignalHub made = SignalHub.instance();
        hub = made;
        made.add(this);
        boolean over;
        synchronized (this) {
            over = ended;
        }
        // stopped before it was in the hub, which then kept it
        if (over) {
            made.remove(this);
        }
        return 0;
    }

    @Override
    public synchronized boolean arrived(long what, long sender, long value) {
        if (ended) {
            return false;
        }
        if (once) {
            ended = true;
            descriptor = SignalHub.signal(what);
            saidWhat = what;
            saidSender = sender;
            saidValue = value;
            complete(SignalHub.code(what), value, sender, 0);
        } else if (!unread && dropped == 0) {
            unread = true;
            say(what, sender, value);
        } else {
            append(what, sender, value);
        }
        return true;
    }

    @Override
    public synchronized void lost(long instances) {
        dropped += instances;
        if (!once && !unread && !ended) {
            next();
        }
    }

    private void append(long what, long sender, long value) {
        if (count == pending.length / 3 && !grow()) {
            dropped++;
            return;
        }
        int room = pending.length / 3;
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
        try {
            more = new long[2 * pending.length];
        } catch (OutOfMemoryError none) {
            return false;
        }
        int tail = pending.length - 3 * first;
        System.arraycopy(pending, 3 * first, more, 0, tail);
        System.arraycopy(pending, 0, more, tail, 3 * first);
        pending = more;
        first = 0;
        return true;
    }

    /** The next record: first the instances in order, then how many were dropped behind them. */
    private void next() {
        unread = true;
        if (count > 0) {
            int at = removeFirst();
            say(pending[at], pending[at + 1], pending[at + 2]);
        } else if (dropped > 0) {
            long n = dropped;
            dropped = 0;
            queue.droppedForFull();
            saidWhat = 0;
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

    private void say(long what, long sender, long value) {
        descriptor = SignalHub.signal(what);
        saidWhat = what;
        saidSender = sender;
        saidValue = value;
        post(SignalHub.code(what), value, sender, 0);
    }

    @Override
    protected boolean taken(RingRecord record) {
        if (once) {
            forget();
            return super.taken(record);
        }
        synchronized (this) {
            if (isLast(record)) {
                queue.release(1);
                return super.taken(record);
            }
            giveObject(record);
            if (!ended) {
                next();
            }
        }
        return true;
    }

    private synchronized void forget() {
        saidWhat = 0;
    }

    /** Somebody has heard of it. */
    @Override
    protected void abandonedElsewhere() {
        forget();
    }

    /** A signal whose record nobody took goes to another request, or stays pending; those of one that repeats went when it was stopped. */
    @Override
    protected void abandoned() {
        SignalHub from = hub;
        long what;
        synchronized (this) {
            what = once ? saidWhat : 0;
            saidWhat = 0;
        }
        if (from != null && what != 0) {
            from.deliver(what, saidSender, saidValue);
        }
    }

    @Override
    protected void released() {
        SignalHub from = hub;
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
        SignalHub from = hub;
        try {
            if (from != null) {
                handOn(from, takenBack);
            }
        } finally {
            complete(-Errnos.ECANCELED, 0, 0);
        }
    }

    /** What nobody took goes to other requests, or stays pending, as if it had only arrived. It has ended: nothing is added. */
    private void handOn(SignalHub to, boolean takenBack) {
        to.remove(this);
        if (takenBack) {
            to.deliver(saidWhat, saidSender, saidValue);
        }
        while (count > 0) {
            int at = removeFirst();
            to.deliver(pending[at], pending[at + 1], pending[at + 2]);
        }
    }
}
