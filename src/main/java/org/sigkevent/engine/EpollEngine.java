package org.sigkevent.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.SpinLock;
import org.sigkevent.sys.Syscalls;

/**
 * The engine for machines that refuse io_uring: epoll for what waits for a descriptor, and the {@link HelperPool} for what
 * blocks on a disk.
 *
 * <p><b>Operations.</b> Reads, writes and syncs of files go to the pool. Those of streams (offset -1, and recv and send) are
 * tried, and wait in the epoll set if they have to; when the descriptor is ready, whoever reaps performs them, without blocking.
 * So a stream that has nothing never occupies a helper. A descriptor is watched through a duplicate: one number can be
 * watched several times, and closing or reusing the program's number does not matter. Other operations are not supported:
 * {@link #supports}.
 *
 * <p><b>Completions.</b> What is done stands in a list ({@link #firstDone}) under a spin lock, linked through the operations;
 * who puts something into the empty list signals the eventfd, which is in the epoll set: so the set's descriptor is readable,
 * and a sleeper wakes. {@link #reap} takes the list, and asks epoll without waiting if anything is watched.
 *
 * <p><b>One outcome.</b> Every operation has a ticket, and whoever redeems it completes it: a helper, the reaper, or a
 * cancellation.
 *
 * <p><b>Cancelling.</b> Whoever cancels writes {@link Op#cancelled} and then raises {@link #cancelling}; whoever puts an
 * operation into the set writes {@link Op#watched} and then looks at {@code cancelled}. All of these are volatile: either the
 * reaper, which looks at {@code watched} after it was told, finds the operation, or the one who watches tells it again.
 *
 * <p><b>Reaping and waking</b>: the right is that of {@link AbstractEngine}; the leader holds it. The eventfd is written once
 * until the holder of the right has emptied it. It empties first, then takes {@link #signalled} back, then looks at what it was
 * signalled for; who signals writes that down before it looks at {@code signalled}. So no signal is missed, and one that was
 * emptied before the leader's last look at the reasons to stay awake has been looked at.
 */
final class EpollEngine extends AbstractEngine implements HelperPool.Owner {
    private static final int MOST_EVENTS = 64;

    private static final VarHandle WATCHED;

    static {
        try {
            WATCHED = MethodHandles.lookup().findVarHandle(Op.class, "watched", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** Data of the eventfd and of the timerfd in the epoll set: tickets are never negative. */
    private static final long EVENTFD = -1;

    private static final long TIMERFD = -2;

    private static final int CLOCK_MONOTONIC = 1;
    private static final int PR_SET_TIMERSLACK = 29;
    private static final int PR_GET_TIMERSLACK = 30;

    /** Whether the kernel can wait to the nanosecond with a signal mask; from Linux 5.11 on, where seccomp lets it. */
    private static final boolean PRECISE = Linux.call(Syscalls.EPOLL_PWAIT2, -1, 0, 1, 0, 0, 8) == -Errnos.EBADF;

    private final int epoll;
    private final int eventfd;

    /** Ends sleeps where the kernel is not {@link #PRECISE}; else -1. */
    private final int timerfd;

    private final SpinLock list = new SpinLock();
    private final ByteBuffer events = Memory.allocate(MOST_EVENTS * 16);
    private final long eventsAddress = Memory.address(events);
    private final ByteBuffer time = Memory.allocate(16);

    private @Nullable Op firstDone;
    private @Nullable Op lastDone;
    private volatile boolean anyDone;
    private volatile int watches;
    private final SpinLock watchCount = new SpinLock();

    // under the reaping right
    private int seen;

    private final AtomicLong calls = new AtomicLong();

    /** Keeps {@link #close} and {@link #unsignal} away while somebody writes to the eventfd. */
    private final SpinLock signalling = new SpinLock();

    private volatile boolean signalled;

    /** Whether an operation in the set was cancelled since the reaper looked. */
    private volatile boolean cancelling;

    private EpollEngine(int epoll, int eventfd, int timerfd) {
        this.epoll = epoll;
        this.eventfd = eventfd;
        this.timerfd = timerfd;
    }

    /**
     * Makes one.
     *
     * @throws ErrnoException EMFILE, ENFILE, ENOMEM
     */
    static EpollEngine create() {
        int epoll = Linux.epollCreate();
        int eventfd = Linux.eventfd();
        int timerfd = PRECISE ? -1 : Linux.timerfd(CLOCK_MONOTONIC);
        int refused = Math.min(Math.min(epoll, eventfd), PRECISE ? 0 : timerfd);
        if (refused < 0) {
            Linux.close(epoll);
            Linux.close(eventfd);
            Linux.close(timerfd);
            throw ErrnoException.of(-refused, "epoll and eventfd for a queue (ulimit -n)");
        }
        Linux.epollControl(epoll, Linux.EPOLL_CTL_ADD, eventfd, Linux.EPOLLIN, EVENTFD);
        if (!PRECISE) {
            Linux.epollControl(epoll, Linux.EPOLL_CTL_ADD, timerfd, Linux.EPOLLIN, TIMERFD);
        }
        return new EpollEngine(epoll, eventfd, timerfd);
    }

    @Override
    public String name() {
        return "epoll";
    }

    @Override
    public boolean supports(int code) {
        return code <= Op.SEND || code == Op.SYNC_RANGE;
    }

    @Override
    public boolean asynchronous() {
        return false;
    }

    // ---- submitting

    @Override
    public int submit(Op op) {
        op.submitter = null; // nothing here ends with its thread
        op.outcome = 0;
        op.watched = -1;
        op.cancelled = -1;
        tickets.add(op);
        if (refusing) { // looked at after the ticket is drawn: who closes refuses first, and then waits for what is in
            // flight
            tickets.remove(op.ticket);
            tickets.done(1);
            return -Errnos.EBADF;
        }
        begin(op);
        return 0;
    }

    /** Nothing is held: that would save no system call. */
    @Override
    public void hold(int n) {}

    @Override
    public void release() {}

    private void begin(Op op) {
        switch (op.code) {
            case Op.NOP:
                done(op, 0);
                break;
            case Op.POLL:
                watch(op, op.fd, op.flags & 0xffff | Linux.EPOLLONESHOT);
                break;
            case Op.POLL_EDGES:
                watch(op, op.fd, op.flags & 0xffff | Linux.EPOLLET);
                break;
            case Op.READ:
            case Op.WRITE:
            case Op.READV:
            case Op.WRITEV:
            case Op.RECV:
            case Op.SEND:
                if (op.offset < 0 || op.code >= Op.RECV) {
                    stream(op);
                    break;
                }
                HelperPool.add(this, op);
                break;
            case Op.FSYNC:
            case Op.SYNC_RANGE:
                HelperPool.add(this, op);
                break;
            default:
                done(op, -Errnos.ENOSYS);
        }
    }

    private void stream(Op op) {
        int rc = StreamIo.attempt(op, op.fd, false);
        calls.incrementAndGet();
        if (rc != -Errnos.EAGAIN) {
            done(op, rc);
            return;
        }
        boolean write = op.code == Op.WRITE || op.code == Op.WRITEV || op.code == Op.SEND;
        watch(op, op.fd, (write ? 4 : Linux.POLLIN) | Linux.EPOLLONESHOT);
    }

    /** Puts an operation into the epoll set. */
    private void watch(Op op, int fd, int what) {
        boolean polls = op.code == Op.POLL || op.code == Op.POLL_EDGES;
        int type = polls ? Linux.fileType(fd) : 0;
        if (type == Linux.S_IFREG || type == Linux.S_IFDIR) {
            // always ready; a duplicate would do harm when it is closed: it takes the process's record locks on the
            // file along
            done(op, what & (Linux.POLLIN | 4));
            return;
        }
        int duplicate = Linux.duplicate(fd, 0);
        if (duplicate < 0) {
            done(op, duplicate);
            return;
        }
        long ticket = op.ticket;
        op.watched = duplicate;
        count(1);
        int rc = Linux.epollControl(epoll, Linux.EPOLL_CTL_ADD, duplicate, what, ticket);
        if (rc == 0) {
            if (op.cancelled == ticket) { // the operation may be over and in use again: then with another ticket
                cancelling = true;
                signal();
            }
            return;
        }
        if (!unwatch(op)) {
            return; // a cancellation found it in between, and has completed it
        }
        if (rc != -Errnos.EPERM) {
            done(op, rc);
        } else if (polls) {
            done(op, what & (Linux.POLLIN | 4)); // a file that epoll does not take is always ready
        } else {
            HelperPool.add(this, op);
        }
    }

    /** Takes an operation out of the epoll set: true for the one of several callers who does. */
    private boolean unwatch(Op op) {
        int duplicate = (int) WATCHED.getAndSet(op, -1);
        if (duplicate < 0) {
            return false;
        }
        // the set keeps an entry as long as the open file lives, under whichever number
        Linux.epollControl(epoll, Linux.EPOLL_CTL_DEL, duplicate, 0, 0);
        Linux.close(duplicate);
        count(-1);
        return true;
    }

    private void count(int more) {
        watchCount.lock();
        watches += more;
        watchCount.unlock();
    }

    /** An operation is over: whoever calls this has it alone. Any thread. */
    @Override
    public void done(Op op, int result) {
        op.outcome = result;
        op.next = null;
        list.lock();
        Op last = lastDone;
        if (last == null) {
            firstDone = op;
        } else {
            last.next = op;
        }
        lastDone = op;
        anyDone = true;
        list.unlock();
        if (last == null) {
            signal();
        }
    }

    private void signal() {
        if (signalled) {
            return;
        }
        signalling.lock();
        if (!closed) {
            signalled = true;
            calls.incrementAndGet();
            Linux.signalEventfd(eventfd);
        }
        signalling.unlock();
    }

    /** Empties the eventfd. Under the reaping right, before a look at what it may have been signalled for. */
    private void unsignal() {
        signalling.lock(); // raising it and writing are one step for us, else what is written late would stay
        calls.incrementAndGet();
        Linux.readCount(eventfd);
        signalled = false;
        signalling.unlock();
    }

    @Override
    public void cancel(Op op) {
        long ticket = op.ticket;
        if (closed || tickets.holder(ticket) != op) {
            return;
        }
        if (HelperPool.remove(op)) {
            done(op, -Errnos.ECANCELED);
            return;
        }
        op.cancelled = ticket;
        cancelling = true;
        signal();
    }

    @Override
    public void wake() {
        signal();
    }

    // ---- reaping

    /** What the leader has seen in its sleep ({@link #seen}) it finds itself; others need not know of it. */
    @Override
    boolean nothingToReap() {
        return !anyDone && watches == 0 && !cancelling && !signalled && seen == 0;
    }

    @Override
    int handleAll() {
        int n = 0;
        if (signalled) {
            unsignal();
        }
        n += handleDone();
        if (cancelling) {
            cancelling = false;
            n += handleCancelled();
        }
        if (seen == 0 && watches > 0) {
            calls.incrementAndGet();
            seen = Math.max(0, Native.C.epoll_wait(epoll, eventsAddress, MOST_EVENTS, 0));
        }
        foundMore();
        n += handleEvents();
        return n + handleDone();
    }

    private int handleDone() {
        int n = 0;
        while (anyDone) {
            list.lock();
            Op op = firstDone;
            firstDone = null;
            lastDone = null;
            anyDone = false;
            list.unlock();
            while (op != null) {
                Op next = op.next;
                op.next = null;
                complete(op, op.outcome);
                op = next;
                n++;
            }
        }
        return n;
    }

    private int handleCancelled() {
        int n = 0;
        for (Op op = tickets.firstWhere(EpollEngine::cancelled);
                op != null;
                op = tickets.firstWhere(EpollEngine::cancelled)) {
            if (unwatch(op)) {
                complete(op, -Errnos.ECANCELED);
                n++;
            }
        }
        return n;
    }

    private static boolean cancelled(Op op) {
        return op.watched >= 0 && op.cancelled == op.ticket;
    }

    private int handleEvents() {
        int n = 0;
        int count = seen;
        seen = 0;
        for (int i = 0; i < count; i++) {
            int what = events.getInt(i * Linux.EPOLL_EVENT_SIZE);
            long ticket = events.getLong(i * Linux.EPOLL_EVENT_SIZE + Linux.EPOLL_EVENT_DATA);
            if (ticket >= 0) {
                Op op = tickets.holder(ticket);
                if (op != null && op.watched >= 0) {
                    ready(op, what);
                    n++;
                }
            }
        }
        return n;
    }

    private void ready(Op op, int what) {
        if (op.code == Op.POLL_EDGES) {
            tell(op, what & 0xffff, true);
            return;
        }
        if (op.code == Op.POLL) {
            unwatch(op);
            complete(op, what & 0xffff);
            return;
        }
        int rc = StreamIo.attempt(op, op.watched, true);
        calls.incrementAndGet();
        if (rc == -Errnos.EAGAIN) {
            boolean write = op.code == Op.WRITE || op.code == Op.WRITEV || op.code == Op.SEND;
            Linux.epollControl(
                    epoll, Linux.EPOLL_CTL_MOD, op.watched, (write ? 4 : Linux.POLLIN) | Linux.EPOLLONESHOT, op.ticket);
            return;
        }
        unwatch(op);
        complete(op, rc);
    }

    private void complete(Op op, int result) {
        if (tickets.remove(op.ticket) != op) {
            return;
        }
        tell(op, result, false);
        tickets.done(1);
    }

    @Override
    public int sleep(long deadline, long sigmask) {
        if (closed || anyDone || seen > 0 || cancelling) {
            return 0;
        }
        calls.incrementAndGet();
        int rc = timerfd >= 0 ? sleepOnTimer(deadline, sigmask) : sleepPrecisely(deadline, sigmask);
        if (rc < 0) {
            return rc;
        }
        seen = rc;
        for (int i = 0; i < rc; i++) {
            // also when signalled is false: who signals raises it before it writes, and it may be taken back in between
            if (events.getLong(i * Linux.EPOLL_EVENT_SIZE + Linux.EPOLL_EVENT_DATA) == EVENTFD) {
                unsignal();
            }
        }
        return rc == 0 ? -Errnos.ETIME : 0;
    }

    /**
     * The kernel lets a thread's sleep be late by its timer slack, 50 µs as a rule, which timers must not be; so a sleep with a
     * deadline has none.
     */
    private int sleepPrecisely(long deadline, long sigmask) {
        long timeout = 0;
        long slack = 0;
        if (deadline != Long.MAX_VALUE) {
            slack = Native.C.syscall(Syscalls.PRCTL, PR_GET_TIMERSLACK);
            Native.C.syscall(Syscalls.PRCTL, PR_SET_TIMERSLACK, 1);
            long left = Math.max(0, deadline - System.nanoTime());
            time.putLong(0, left / 1_000_000_000L);
            time.putLong(8, left % 1_000_000_000L);
            timeout = Memory.address(time);
        }
        int rc = (int) Linux.call(Syscalls.EPOLL_PWAIT2, epoll, eventsAddress, MOST_EVENTS, timeout, sigmask, 8);
        if (slack > 0) {
            Native.C.syscall(Syscalls.PRCTL, PR_SET_TIMERSLACK, slack);
        }
        return rc;
    }

    private int sleepOnTimer(long deadline, long sigmask) {
        Linux.armTimerfd(timerfd, deadline == Long.MAX_VALUE ? 0 : Math.max(1, deadline), 0);
        int rc = (int) Linux.call(Syscalls.EPOLL_PWAIT, epoll, eventsAddress, MOST_EVENTS, -1, sigmask, 8);
        Linux.readCount(timerfd);
        return rc;
    }

    // ---- the rest

    @Override
    public void refuse() {
        refusing = true;
    }

    @Override
    public int pollFd() {
        return epoll;
    }

    @Override
    public long systemCalls() {
        return calls.get();
    }

    @Override
    public void close() {
        lead();
        signalling.lock();
        try {
            refusing = true;
            if (!closed) {
                closed = true;
                Linux.close(epoll);
                Linux.close(eventfd);
                if (timerfd >= 0) {
                    Linux.close(timerfd);
                }
            }
        } finally {
            signalling.unlock();
            unlead();
        }
    }

    @Override
    public String toString() {
        return "epoll " + epoll + (closed ? " (closed)" : "") + " [in flight " + inFlight() + ", watched " + watches
                + ", calls " + calls + "]";
    }
}
