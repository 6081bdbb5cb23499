package org.sigkevent.engine;

import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.AdaptiveSpinLock;
import org.sigkevent.sys.Duplicates;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.IntrusiveList;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Scratch;

/**
 * The engine for machines that refuse io_uring: an {@link EpollSet} for what waits for a descriptor, and {@link FileHelpers} for
 * what blocks on a disk.
 *
 * <p><b>Operations.</b> Reads, writes and syncs of files go to the helpers. Those of streams (offset -1, and recv and send) are
 * tried, and wait in the epoll set if they have to; when the descriptor is ready, the reaper tries them again, with calls that
 * cannot block. So a stream that has nothing occupies no thread, but for those that know no such call ({@link StreamIo#BLOCKS}): they
 * have a thread each. Other operations are not supported: {@link #supports}.
 *
 * <p><b>Completions.</b> What is done stands in a list ({@link #done}); who puts something into the empty list
 * signals the eventfd, which is in the epoll set: so the set's descriptor is readable, and a sleeper wakes. {@link #reap} takes the
 * list, and asks epoll without waiting if anything is watched. Should telling operations break off, the next look goes on with the
 * rest ({@link #handling}, {@link #handled}).
 *
 * <p><b>One outcome.</b> Every operation has a ticket, and the one who removes it from the table completes it: the reaper, or a
 * submitter that could not start it.
 *
 * <p><b>Cancelling.</b> The canceller writes {@link Op#cancelled} and then raises {@link #cancelling}; who puts an
 * operation into the set writes {@link Op#watched} and then reads {@code cancelled}. All of these are volatile: either the
 * reaper, which reads {@code watched} after it was told, finds the operation, or the one who watches tells it again.
 *
 * <p><b>Reaping and waking</b>: the right is that of {@link Engine}; the leader holds it. A wake signals the
 * eventfd; one whose event was fetched before the leader's last look at the reasons to stay awake has been seen.
 */
final class EpollEngine extends Engine implements Op.Owner {
    /** From {@link #begin}: it waits in the set, or a helper has it. */
    private static final int PENDING = Integer.MIN_VALUE;

    /** From {@link #begin}: nothing was done, there is no helper. */
    private static final int REFUSED = Integer.MIN_VALUE + 1;

    private final EpollSet set;
    private final BlockingHelpers.Share streams = new BlockingHelpers.Share();
    private final AdaptiveSpinLock lock = new AdaptiveSpinLock();

    /** What is done, in the order in which it was: any thread adds, under the lock; the reaper takes all. */
    private IntrusiveList<Op> done = new IntrusiveList<>();

    private volatile boolean anyDone;

    /** Whether the leader looks at {@link #anyDone} again and again. */
    private volatile boolean looking;

    /** Whether an operation in the set was cancelled since the reaper looked. */
    private volatile boolean cancelling;

    // ---- under the reaping right
    /** The events that were fetched and not handled: from {@link #handled} on, up to {@link #seen}. */
    private int seen;

    private int handled;

    /** What was done, has its outcome, and is being told. */
    private IntrusiveList<Op> handling = new IntrusiveList<>();

    /** How many were told and still count as in flight. */
    private int over;

    private EpollEngine(EpollSet set) {
        super("epoll", false, set.fd);
        this.set = set;
    }

    /**
     * Makes one.
     *
     * @throws ErrnoException EMFILE, ENFILE, ENOMEM
     */
    static EpollEngine create() {
        EpollSet set = new EpollSet();
        try {
            return new EpollEngine(set);
        } catch (Throwable thrown) {
            set.close();
            throw thrown;
        }
    }

    @Override
    public boolean supports(int code) {
        return code != Op.ACCEPT && code != Op.CONNECT && code != Op.FUTEX_WAIT && code != Op.WAITID;
    }

    @Override
    public int holdFile(int descriptor) {
        return Duplicates.make(descriptor);
    }

    @Override
    public void letGoOfFile(int held, int descriptor) {
        Duplicates.close(held, descriptor);
    }

    // ---- submitting

    @Override
    public int submit(Op op) {
        // nothing here ends with its thread
        op.submitter = null;
        op.watched = -1;
        op.cancelled = -1;
        op.blocked = null;
        tickets.add(op);
        long ticket = op.ticket;
        // read after the ticket is there: who closes refuses first, and then waits for what is in flight
        boolean refuses = refusing;
        int outcome;
        try {
            outcome = refuses ? REFUSED : begin(op);
        } catch (RuntimeException | Error thrown) {
            if (takeBack(op, ticket)) {
                throw thrown;
            }
            // it was started; what was thrown came after that
            return 0;
        }
        boolean nothingOpen = outcome == -Errnos.EBADF && op.code == Op.POLL;
        if (outcome == REFUSED || nothingOpen) {
            takeBack(op, ticket);
            return refuses || nothingOpen ? -Errnos.EBADF : -Errnos.EAGAIN;
        }
        if (outcome != PENDING) {
            done(op, outcome);
        }
        return 0;
    }

    /** An operation was not started: as if nothing had been asked. False when a helper or the reaper has it already. */
    private boolean takeBack(Op op, long ticket) {
        if (op.isListed() && !FileHelpers.remove(op) || tickets.remove(ticket) != op) {
            return false;
        }
        set.remove(op);
        tickets.done(1);
        return true;
    }

    /** Starts an operation: its result when that is there, {@link #PENDING} or {@link #REFUSED}. */
    private int begin(Op op) {
        return switch (op.code) {
            case Op.NOP -> 0;
            case Op.POLL -> poll(op, op.flags & 0xffff | Linux.EPOLLONESHOT);
            case Op.POLL_EDGES -> poll(op, op.flags & 0xffff | Linux.EPOLLET);
            case Op.READ, Op.WRITE, Op.READV, Op.WRITEV -> op.offset < 0 ? stream(op) : help(op);
            case Op.SEND -> stream(op);
            case Op.FSYNC, Op.SYNC_RANGE -> help(op);
            default -> -Errnos.ENOSYS;
        };
    }

    private int help(Op op) {
        return FileHelpers.add(this, op) == 0 ? PENDING : REFUSED;
    }

    private int stream(Op op) {
        int rc = StreamIo.attempt(op, op.fd);
        set.calls.incrementAndGet();
        if (rc == StreamIo.BLOCKS) {
            return block(op);
        }
        if (rc != -Errnos.EAGAIN) {
            return rc;
        }
        rc = watch(op, StreamIo.readiness(op));
        return rc == -Errnos.EPERM ? help(op) : rc;
    }

    /** Has a thread of its own make the call. */
    private int block(Op op) {
        long ticket = op.ticket;
        Blocked call = new Blocked(op);
        op.blocked = call.task;
        if (BlockingHelpers.start(call.task) < 0) {
            return REFUSED;
        }
        // as in watch(), but nobody is needed to find it
        if (op.cancelled == ticket) {
            call.task.cancel();
        }
        return PENDING;
    }

    /** A read or write of a stream for which there is no call that does not block. */
    private final class Blocked implements BlockingHelpers.Call {
        private final Op op;
        final BlockingHelpers.Task task = new BlockingHelpers.Task(this, streams);

        Blocked(Op op) {
            this.op = op;
        }

        @Override
        public void prepare() {
            Scratch.get();
        }

        @Override
        public long blocking() {
            return StreamIo.vectors(op, op.fd, -1, 0);
        }

        @Override
        public void ended(long result) {
            op.blocked = null;
            done(op, (int) result);
        }
    }

    private int poll(Op op, int what) {
        int always = what & (Linux.POLLIN | Linux.POLLOUT);
        if (!set.takes(op.fd)) {
            // a file on a disk, which a duplicate would only do harm to
            return always;
        }
        int rc = watch(op, what);
        // a file that epoll does not take is always ready
        return rc == -Errnos.EPERM ? always : rc;
    }

    /** Puts an operation into the epoll set. */
    private int watch(Op op, int what) {
        long ticket = op.ticket;
        int rc = set.add(op, op.fd, what);
        if (rc == 0) {
            // the operation may be over and in use again: then with another ticket
            if (op.cancelled == ticket) {
                cancelling = true;
                set.signal();
            }
            return PENDING;
        }
        return rc;
    }

    /** An operation is over: the caller has it alone. Any thread. */
    @Override
    public void done(Op op, int result) {
        op.outcome = result;
        boolean first;
        lock.lock();
        try {
            first = done.isEmpty();
            done.addLast(op);
            anyDone = true;
            lock.publish();
        } finally {
            lock.held = 0;
        }
        // after anyDone; pairs with looksAround
        if (first && !looking) {
            set.signal();
        }
    }

    @Override
    public void looksAround(boolean whether) {
        looking = whether;
        // before the look; pairs with done
        if (!whether && anyDone) {
            set.signal();
        }
    }

    /** What a helper has done: a look for readiness is a system call, and it is the sleep that looks. */
    @Override
    public boolean anythingToReap() {
        return anyDone;
    }

    @Override
    public void cancel(Op op) {
        long ticket = op.ticket;
        if (closed || tickets.holder(ticket) != op) {
            return;
        }
        if (FileHelpers.remove(op)) {
            done(op, -Errnos.ECANCELED);
            return;
        }
        op.cancelled = ticket;
        BlockingHelpers.Task task = op.blocked;
        if (task != null) {
            task.cancel();
            return;
        }
        cancelling = true;
        set.signal();
    }

    @Override
    public void wake() {
        set.signal();
    }

    // ---- reaping

    /** What the leader has seen in its sleep ({@link #seen}) it finds itself; others need not know of it. */
    @Override
    boolean nothingToReap() {
        return !anyDone && set.watches.get() == 0 && !cancelling && !set.signalled && seen == 0 && !interrupted();
    }

    /** Whether telling what is done has broken off. */
    private boolean interrupted() {
        return over > 0 || !handling.isEmpty();
    }

    @Override
    int handleAll() {
        if (seen == 0 && (set.signalled || set.watches.get() > 0)) {
            // before what it was signalled for is looked at, cancellations too: the signal goes with its event
            seen = set.look();
        }
        int n = tellDone();
        if (cancelling) {
            // before they are looked for: who cancels meanwhile raises it again
            cancelling = false;
            try {
                endCancelled();
            } catch (Throwable thrown) {
                cancelling = true;
                throw thrown;
            }
        }
        batches.foundMore();
        n += handleEvents() + tellDone();
        // what was told is not in flight any more
        if (over > 0) {
            tickets.done(over);
            over = 0;
        }
        return n;
    }

    private int tellDone() {
        int n = 0;
        for (; ; ) {
            Op op = handling.first();
            if (op != null) {
                tell(op);
                n++;
            } else if (anyDone) {
                takeDone();
            } else {
                return n;
            }
        }
    }

    /** What is done is handled from here on; the list of what was handled is empty. */
    private void takeDone() {
        lock.lock();
        try {
            IntrusiveList<Op> empty = handling;
            handling = done;
            done = empty;
            anyDone = false;
            lock.publish();
        } finally {
            lock.held = 0;
        }
    }

    /** An operation is over, as {@link #tellDone} tells it next. By the reaper. */
    private void end(Op op, int outcome) {
        op.outcome = outcome;
        handling.addLast(op);
    }

    /** Tells an operation its outcome. An Error that is thrown before leaves it in the list. */
    private void tell(Op op) {
        if (op.watched >= 0) {
            set.removeFired(op);
        }
        boolean mine = tickets.remove(op.ticket) == op;
        handling.remove(op);
        if (mine) {
            over++;
            op.completed(op.outcome, false);
        }
    }

    private void endCancelled() {
        for (Op op = cancelled(); op != null; op = cancelled()) {
            if (set.remove(op)) {
                end(op, -Errnos.ECANCELED);
            }
        }
    }

    private @Nullable Op cancelled() {
        return tickets.firstWhere(op -> op.watched >= 0 && op.cancelled == op.ticket);
    }

    /** Ends what is ready: how many were told that something happened and go on. */
    private int handleEvents() {
        int n = 0;
        while (handled < seen) {
            long ticket = set.data(handled);
            Op op = ticket >= 0 ? tickets.holder(ticket) : null;
            if (op != null && op.watched >= 0 && op.code == Op.POLL_EDGES) {
                op.completed(set.what(handled), true);
                n++;
            } else if (op != null && op.watched >= 0) {
                ready(op, set.what(handled));
            }
            handled++;
        }
        seen = 0;
        handled = 0;
        return n;
    }

    private void ready(Op op, int what) {
        int outcome = what;
        if (op.code != Op.POLL) {
            outcome = StreamIo.attempt(op, op.watched);
            set.calls.incrementAndGet();
            outcome = outcome == StreamIo.BLOCKS ? -Errnos.EOPNOTSUPP : outcome;
        }
        if (outcome == -Errnos.EAGAIN) {
            set.rearm(op, StreamIo.readiness(op));
        } else {
            end(op, outcome);
        }
    }

    @Override
    public int sleep(long deadline, boolean exact, long sigmask) {
        if (closed || anyDone || seen > 0 || cancelling || interrupted()) {
            return 0;
        }
        int rc = set.sleep(deadline, exact, sigmask);
        seen = Math.max(rc, 0);
        return Math.min(rc, 0);
    }

    // ---- the rest

    @Override
    public void refuse() {
        refusing = true;
    }

    @Override
    public long systemCalls() {
        return set.calls.get();
    }

    @Override
    void free() {
        closed = true;
        set.close();
    }
}
