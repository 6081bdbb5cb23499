package org.sigkevent;

import static org.sigkevent.sys.Errnos.EAGAIN;
import static org.sigkevent.sys.Errnos.EBADF;
import static org.sigkevent.sys.Errnos.EBUSY;
import static org.sigkevent.sys.Errnos.EINTR;
import static org.sigkevent.sys.Errnos.EINVAL;
import static org.sigkevent.sys.Errnos.EMFILE;
import static org.sigkevent.sys.Errnos.ENFILE;
import static org.sigkevent.sys.Errnos.ENOSYS;
import static org.sigkevent.sys.Errnos.EPERM;
import static org.sigkevent.sys.Errnos.ETIMEDOUT;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.aio.HeldRequests;
import org.sigkevent.core.DeadlineClocks;
import org.sigkevent.core.Deadlines;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.MappedRing;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Queues;
import org.sigkevent.core.Records;
import org.sigkevent.core.RingLayout;
import org.sigkevent.notify.OverflowSource;
import org.sigkevent.signal.SignalWaits;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Stack;

/**
 * {@code <kevent.h>}: the six calls of the kevent interface that Ulrich Drepper asked of the Linux kernel in August 2006.
 * Every call answers -1 (or null) and sets {@link Errno#errno} when it fails; {@link Errno#message} then says in words
 * what was wrong. All may be called from any thread at any time, also while another thread destroys the queue: then they
 * say EBADF. A queue of another process (its descriptor was sent to this one) is EPERM for what only its owner can do, and EBADF is
 * also what every call but {@link #kevent_destroy} says when another process has broken the ring.
 * A duplicate of a queue's descriptor is as good as the descriptor in every call. A number that was closed, or means another file now, is
 * EBADF: the calls ask the kernel what it stands for. Those that make no system call otherwise (posting and putting back, a
 * null event, a sigevent with this descriptor, a wait that need not sleep) believe what was seen a millisecond ago. The queue behind a
 * number that has gone is destroyed when a call notices, unless it was used by another number too; {@link Unistd#close} notices at once.
 * A record is complete before it can be taken, and what it stands for is visible to the thread that takes it.
 *
 * <pre>{@code
 * int kfd = Kevent.kevent_init(16);
 * KeventRing ring = Kevent.kevent_map_ringbuf(kfd, 1);
 * Kevent.kevent_submit(kfd, KeventEvent.user(SigVal.of(7)), 0, null);
 * KeventRecord record = new KeventRecord();
 * for (;;) {
 *     int state = ring.state();
 *     if (ring.take(record)) {
 *         break; // record.cookie is 7
 *     }
 *     Kevent.kevent_wait(kfd, state, null, null); // unless the ring has moved on from that state
 * }
 * Kevent.kevent_destroy(kfd, ring, 1);
 * }</pre>
 *
 * <h2>Records</h2>
 * time_ns is of CLOCK_MONOTONIC; for KEVENT_USER it is 0, for KEVENT_TIMER the nominal expiry, on
 * the clock that the timer follows: its own when it was set absolute or is of CLOCK_BOOTTIME, else CLOCK_MONOTONIC; of a timer
 * of CPU time, when its expiry was noticed.
 * <table class="striped">
 * <caption>What each kind puts into its record</caption>
 * <tr><th>id</th><th>descriptor</th><th>result</th><th>error</th><th>data0</th><th>data1</th></tr>
 * <tr><td>{@link #KEVENT_USER}</td><td colspan="5">as posted</td></tr>
 * <tr><td>{@link #KEVENT_TIMER}</td><td>timer id</td><td>overruns, at most DELAYTIMER_MAX</td><td>0</td><td>nominal expiry, ns: as time_ns</td><td>0</td></tr>
 * <tr><td>{@link #KEVENT_AIO}</td><td>aio_fildes; -1 for a list</td><td>what aio_return says; elements of a list</td>
 *     <td>what aio_error says; EIO for a list with a failed element</td><td>0 read, 1 write, 3 readv, 4 writev, 5 fsync, 6 fdatasync; -1 for a list</td><td>0</td></tr>
 * <tr><td>{@link #KEVENT_MQ}</td><td>mqd</td><td>0</td><td>0</td><td>0</td><td>0</td></tr>
 * <tr><td>{@link #KEVENT_FD}</td><td>fd</td><td>revents</td><td>errno</td><td>revents</td><td>0</td></tr>
 * <tr><td>{@link #KEVENT_SIGNAL}</td><td>signo</td><td>si_code</td><td>EOVERFLOW: data0 instances were dropped</td><td>si_value</td><td>si_pid (upper half), si_uid</td></tr>
 * <tr><td>{@link #KEVENT_FUTEX}</td><td>0</td><td>0</td><td>EAGAIN: another value</td><td>address</td><td>0</td></tr>
 * <tr><td>{@link #KEVENT_SYSVMSG}</td><td>msqid</td><td>length; 0 when sent</td><td>errno</td><td>type</td><td>0</td></tr>
 * <tr><td>{@link #KEVENT_SYSVSEM}</td><td>semid</td><td>0</td><td>errno</td><td>0</td><td>0</td></tr>
 * <tr><td>{@link #KEVENT_SOCKET}</td><td>fd</td><td>new fd (accept), else 0</td><td>errno</td><td>0</td><td>0</td></tr>
 * <tr><td>{@link #KEVENT_DELAY}</td><td>clock</td><td>lateness, ns</td><td>errno</td><td>the time waited for, ns</td><td>0</td></tr>
 * <tr><td>{@link #KEVENT_PROCESS}</td><td>pid</td><td>si_status</td><td>errno</td><td>si_code</td><td>si_uid</td></tr>
 * <tr><td>{@link #KEVENT_FLOCK}</td><td>fd</td><td>0</td><td>errno</td><td>0</td><td>0</td></tr>
 * <tr><td>{@link #KEVENT_SYNC}</td><td>fd; -1 for memory</td><td>0</td><td>errno</td><td>0</td><td>0</td></tr>
 * <tr><td>{@link #KEVENT_OVERFLOW}</td><td>the queue that was full</td><td>0</td><td>0</td><td>0</td><td>0</td></tr>
 * </table>
 */
public final class Kevent {
    /** A record that a program posted. */
    public static final int KEVENT_USER = Kinds.KEVENT_USER;
    /** A POSIX timer expired. */
    public static final int KEVENT_TIMER = Kinds.KEVENT_TIMER;
    /** An asynchronous I/O request, or a list of them, is complete. */
    public static final int KEVENT_AIO = Kinds.KEVENT_AIO;
    /** A message arrived in an empty message queue, or (with {@link #KEVENT_REMOVED}) the registration ended. */
    public static final int KEVENT_MQ = Kinds.KEVENT_MQ;
    /** A descriptor is ready. */
    public static final int KEVENT_FD = Kinds.KEVENT_FD;
    /** A signal was taken. */
    public static final int KEVENT_SIGNAL = Kinds.KEVENT_SIGNAL;
    /** A futex was woken. */
    public static final int KEVENT_FUTEX = Kinds.KEVENT_FUTEX;
    /** A System V message was received or sent. */
    public static final int KEVENT_SYSVMSG = Kinds.KEVENT_SYSVMSG;
    /** System V semaphore operations were done. */
    public static final int KEVENT_SYSVSEM = Kinds.KEVENT_SYSVSEM;
    /** A socket was accepted, connected, bound or set to listen. */
    public static final int KEVENT_SOCKET = Kinds.KEVENT_SOCKET;
    /** A delay is over. */
    public static final int KEVENT_DELAY = Kinds.KEVENT_DELAY;
    /** A process changed its state. */
    public static final int KEVENT_PROCESS = Kinds.KEVENT_PROCESS;
    /** A file lock is held. */
    public static final int KEVENT_FLOCK = Kinds.KEVENT_FLOCK;
    /** A file or mapped memory is synchronised. */
    public static final int KEVENT_SYNC = Kinds.KEVENT_SYNC;
    /** Another queue refused something because it was full. */
    public static final int KEVENT_OVERFLOW = Kinds.KEVENT_OVERFLOW;

    /** In a record's flags: it was taken before and put back with {@link KeventEvent#requeue}. */
    public static final int KEVENT_REQUEUED = RingLayout.KEVENT_REQUEUED;
    /** In the flags of a {@link #KEVENT_MQ} record: no message; the registration was removed by closing a descriptor. */
    public static final int KEVENT_REMOVED = RingLayout.KEVENT_REMOVED;

    /** For {@link #kevent_submit}: EAGAIN at once when the queue is full. */
    public static final int KEVENT_NOWAIT = 1;

    /** {@link #kevent_ctl(int, int, long)}: the number of records that a wait needs, from 1 to the queue's size. */
    public static final int KEVENT_CTL_REQUIRED = 1;
    /** {@link #kevent_ctl(int, int, Object)}: what happens when the queue refuses something because it is full. */
    public static final int KEVENT_CTL_OVERFLOW = 2;
    /** {@link #kevent_ctl(int, int, Object)}: ends the request that was submitted with this event. */
    public static final int KEVENT_CTL_CANCEL = 3;
    /** {@link #kevent_ctl(int, int, long)}: wakes up to this many waiters. */
    public static final int KEVENT_CTL_WAKE = 4;
    /**
     * {@link #kevent_ctl(int, int, long)}: how far a thread of the library drives the queue: {@link #KEVENT_DRIVER_AUTO} (the
     * default), {@link #KEVENT_DRIVER_ON} or {@link #KEVENT_DRIVER_OFF}.
     */
    public static final int KEVENT_CTL_DRIVER = 5;

    /**
     * For {@link #KEVENT_CTL_DRIVER}: requests in flight make progress, but timers, delays and binds that wait, in a queue that
     * no thread waits for, go on at the next call that drives the queue (any wait, poll or look at an empty ring).
     */
    public static final int KEVENT_DRIVER_OFF = 0;

    /**
     * For {@link #KEVENT_CTL_DRIVER}: the library's thread drives the queue whenever something is armed in it and no thread waits
     * for it.
     */
    public static final int KEVENT_DRIVER_ON = 1;

    /**
     * For {@link #KEVENT_CTL_DRIVER}: the library's thread drives the queue when something is armed in it and no other thread has
     * driven it for 10 ms. What completes is in the ring within 20 ms, whether or not any call is made.
     */
    public static final int KEVENT_DRIVER_AUTO = 2;
    /**
     * {@link #kevent_ctl(int, int, long)} with 0: answers a descriptor that poll(2) reports readable while the queue has something,
     * for another epoll loop, a selector, or {@link KeventEvent#fd} in another queue. Whoever finds it readable calls
     * {@link #kevent_wait} with a zero timeout, and takes. It is the queue's own: close it not, and use it for nothing but polling.
     */
    public static final int KEVENT_CTL_POLLFD = 6;
    /** {@link #kevent_ctl(int, int, Object)}: the queue's figures. */
    public static final int KEVENT_CTL_STATS = 7;
    /**
     * {@link #kevent_ctl(int, int, long)}: how many reads and writes of files the queue may hold back to submit them in one system call, from 1 (none,
     * the default) to the queue's size. What is held is submitted when so many are there; when any thread drives the queue (a wait, a poll, a look
     * at an empty ring, {@link Aio#aio_error}, {@link Aio#aio_suspend}, {@link Aio#aio_cancel} cancels it); before {@link Unistd#close} and
     * {@link Unistd#dup2} of its descriptor; and after a millisecond in any case. While a thread waits for the queue nothing is held. Attempts in the calling
     * thread are not made. On an engine that is not asynchronous (epoll) nothing is held either.
     *
     * <p>A descriptor that something else than this library closes, or gives to another file, while requests on it are held: these end with
     * ECANCELED, and nothing was transferred; so do those that were made on the number since.
     */
    public static final int KEVENT_CTL_BATCH = 8;

    private Kevent() {}

    /**
     * Makes a queue. It runs on io_uring where the machine allows that, else on epoll with helper threads, with the same results;
     * {@link KeventCapabilities} says which. The system property {@code sigkevent.engine} forces one, {@code io_uring} or
     * {@code epoll}.
     *
     * @param num the most events that can be outstanding at once, armed and unread together: 1 to 10,000,000
     * @return the queue's descriptor, close-on-exec; or -1 and errno: EINVAL (num, or the value of a system property
     *     of this library), EMFILE or ENFILE (descriptors: a queue needs two, on epoll three or four, and the first queue three more),
     *     ENOMEM (memory), EFBIG (RLIMIT_FSIZE: a ring is a file), EAGAIN (the system gives no thread; the next call tries again), ENOSYS (sigkevent.engine forces io_uring and
     *     this machine refuses it; {@link Errno#message} says why)
     */
    public static int kevent_init(int num) {
        try {
            Stack.reserve();
        } catch (OutOfMemoryError noThread) {
            return Errno.fail(EAGAIN, noThread.getMessage());
        }
        return Errno.call(() -> Queues.create(num).fd());
    }

    /**
     * Gives the ring of a queue. Every call gives the same object; the ring never moves and never changes its size.
     *
     * <p>{@code kfd} may also be a descriptor that the owner, another process, sent or left to this one: then the ring is mapped, and
     * records can be taken, waited for and put back, and waiters woken with a null event. What only the owner can do
     * ({@link #kevent_ctl}, any other {@link #kevent_submit}, a sigevent with this descriptor) is EPERM then, and {@link #kevent_destroy}
     * lets go of the ring and closes the descriptor.
     * @param kfd a queue
     * @param num how many records the caller wants to see, 1 to the number given to kevent_init; the whole ring comes anyhow
     * @return the ring; or null and errno: EBADF (kfd), EINVAL (num), ENOMEM
     */
    public static @Nullable KeventRing kevent_map_ringbuf(int kfd, long num) {
        Stack.reserve();
        Queue queue = Queues.get(kfd);
        MappedRing mapped = queue == null ? foreign(kfd) : null;
        Records records = queue != null ? queue : mapped;
        if (records == null) {
            return null;
        }
        if (num < 1 || num > records.limit()) {
            Errno.fail(EINVAL, "num " + num + " is not in 1 to " + records.limit() + ", the queue's size");
            return null;
        }
        return (KeventRing)
                (queue != null
                        ? queue.face(KeventRing::new)
                        : Objects.requireNonNull(mapped).face(KeventRing::new));
    }

    /** The ring of a queue that this process does not own, or null. */
    static @Nullable MappedRing foreign(int kfd) {
        if (Queues.find(kfd) != null) {
            notAQueue(kfd);
            return null;
        }
        try {
            return MappedRing.of(kfd);
        } catch (ErrnoException refused) {
            Errno.fail(refused);
            return null;
        }
    }

    /**
     * Sets a number: {@link #KEVENT_CTL_REQUIRED}, {@link #KEVENT_CTL_WAKE}, {@link #KEVENT_CTL_DRIVER}, {@link #KEVENT_CTL_POLLFD},
     * {@link #KEVENT_CTL_BATCH}.
     *
     * @param kfd a queue
     * @param cmd the command
     * @param arg the number
     * @return 0 (a descriptor for KEVENT_CTL_POLLFD); or -1 and errno: EBADF, EPERM (kfd), EINVAL (the number; cmd takes no number), EBUSY
     *     (KEVENT_CTL_REQUIRED while somebody waits), EMFILE (KEVENT_CTL_POLLFD), ENOSYS (cmd)
     */
    public static int kevent_ctl(int kfd, int cmd, long arg) {
        Stack.reserve();
        Queue queue = Queues.get(kfd);
        return queue == null ? notAQueue(kfd) : command(queue, cmd, arg);
    }

    private static int command(Queue queue, int cmd, long arg) {
        switch (cmd) {
            case KEVENT_CTL_REQUIRED:
                return set(queue.require(arg), queue, arg, "arg");
            case KEVENT_CTL_WAKE:
                if (arg < 0 || arg > Integer.MAX_VALUE) {
                    return Errno.fail(
                            EINVAL, "arg " + arg + " is not a number of waiters to wake (0 to 2,147,483,647)");
                }
                queue.wake((int) arg);
                return 0;
            case KEVENT_CTL_DRIVER:
                if (arg < KEVENT_DRIVER_OFF || arg > KEVENT_DRIVER_AUTO) {
                    return Errno.fail(EINVAL, "arg " + arg + " is not KEVENT_DRIVER_OFF (0), _ON (1) or _AUTO (2)");
                }
                queue.driver((int) arg);
                return 0;
            case KEVENT_CTL_BATCH:
                return set(HeldRequests.most(queue, arg), queue, arg, "arg");
            case KEVENT_CTL_POLLFD:
                if (arg != 0) {
                    return Errno.fail(EINVAL, "arg " + arg + " is not 0, which KEVENT_CTL_POLLFD takes");
                }
                return Errno.call(queue::pollFd);
            case KEVENT_CTL_OVERFLOW, KEVENT_CTL_CANCEL, KEVENT_CTL_STATS:
                return Errno.fail(EINVAL, "arg is a number, cmd " + cmd + " takes an object");
            default:
                return unknown(cmd);
        }
    }

    /** A number that was set, which the caller calls {@code argument}: 0, or -1 with what {@code rc} means in words. */
    static int set(int rc, Queue queue, long number, String argument) {
        String words = rc == -EINVAL
                ? " is not in 1 to " + queue.limit() + ", the queue's size"
                : rc == -EBUSY
                        ? ": the required number cannot change while somebody waits"
                        : ": the queue was destroyed";
        return rc == 0 ? 0 : Errno.fail(-rc, argument + " " + number + words);
    }

    /**
     * A command with what it points to, or null.
     *
     * <p>{@link #KEVENT_CTL_OVERFLOW}, a {@link SigEvent}: what happens when the queue refuses something because it is full; null for
     * nothing. It is given once per episode: from the first refusal until a registration or post succeeds again. With SIGEV_KEVENT (into
     * another queue) the record is {@link #KEVENT_OVERFLOW} with the full queue's descriptor.
     *
     * <p>{@link #KEVENT_CTL_CANCEL}, the {@link KeventEvent} that a request was submitted with: ends that. Its record comes in any case: with
     * ECANCELED, or with its result when that was quicker.
     *
     * <p>{@link #KEVENT_CTL_STATS}, a {@link KeventStats}: gets the queue's figures.
     *
     * @param kfd a queue
     * @param cmd the command
     * @param arg its argument; null is 0 for the commands that take a number
     * @return 0 (a descriptor for KEVENT_CTL_POLLFD); or -1 and errno: EBADF, EPERM (kfd), EINVAL (arg is null or of another class; the
     *     sigevent; a queue cannot report into itself; nothing was submitted to this queue with this event), EAGAIN (the other queue
     *     has no slot: the notification owns one until it is replaced), ENOENT (the request's record is there or was taken already),
     *     ENOSYS (cmd), and what the call with a number says
     */
    public static int kevent_ctl(int kfd, int cmd, @Nullable Object arg) {
        Stack.reserve();
        Queue queue = Queues.get(kfd);
        if (queue == null) {
            return notAQueue(kfd);
        }
        switch (cmd) {
            case KEVENT_CTL_OVERFLOW:
                return arg == null || arg instanceof SigEvent
                        ? onOverflow(queue, (SigEvent) arg)
                        : wrong(cmd, arg, "a SigEvent, or null");
            case KEVENT_CTL_CANCEL:
                return arg == null || arg instanceof KeventEvent
                        ? cancel(queue, (KeventEvent) arg)
                        : wrong(cmd, arg, "a KeventEvent");
            case KEVENT_CTL_STATS:
                return arg instanceof KeventStats stats ? figures(queue, stats) : wrong(cmd, arg, "a KeventStats");
            default:
                return arg == null || arg instanceof Integer || arg instanceof Long
                        ? command(queue, cmd, arg == null ? 0 : ((Number) arg).longValue())
                        : numbered(cmd) ? wrong(cmd, arg, "a number") : unknown(cmd);
        }
    }

    private static int wrong(int cmd, @Nullable Object arg, String wanted) {
        return Errno.fail(
                EINVAL,
                "arg is " + (arg == null ? "null" : "a " + arg.getClass().getName()) + ", cmd " + cmd + " takes "
                        + wanted);
    }

    private static boolean numbered(int cmd) {
        return cmd == KEVENT_CTL_REQUIRED
                || cmd == KEVENT_CTL_WAKE
                || cmd == KEVENT_CTL_DRIVER
                || cmd == KEVENT_CTL_POLLFD
                || cmd == KEVENT_CTL_BATCH;
    }

    private static int figures(Queue queue, KeventStats arg) {
        arg.load(queue);
        return 0;
    }

    static int onOverflow(Queue queue, @Nullable SigEvent notification) {
        if (queue.dead()) {
            return notAQueue(queue.fd());
        }
        return Errno.call(() -> {
            OverflowSource.set(queue, notification == null ? null : notification.resolveCaught());
            return 0;
        });
    }

    static int cancel(Queue queue, @Nullable KeventEvent event) {
        if (queue.dead()) {
            return notAQueue(queue.fd());
        }
        if (event == null || event.started == null || !event.started.isOf(queue)) {
            return Errno.fail(
                    EINVAL,
                    event == null
                            ? "arg is null"
                            : "arg: nothing was submitted to queue " + queue.fd() + " with this event");
        }
        return Errno.answer(event.started.cancel(), "arg: its request is done");
    }

    /**
     * Posts a user record, starts a request ({@link KeventEvent}: made by a factory method, or filled in by hand), puts a record back ({@link KeventEvent#requeue}), or, with null, wakes one waiter.
     *
     * <p>When the queue is full the call waits until a slot is free; a request with a wrong argument is refused before. A queue's only
     * consumer that posts without a time limit waits for itself. It waits in the same way for a helper thread, if the request needs one and
     * all are in use ({@code sigkevent.helpers.blocking}). A null event moves the ring state, so that a thread between its
     * look and its wait looks again.
     *
     * <p>A record that is put back never waits, and a full queue does not refuse it: it may exceed the queue's size. The ring has twice as
     * many slots (from 8,388,609 events on, 16,777,216); only when all of them are in use, because more records were taken at a time and
     * put back than the queue has events, it is EAGAIN at once.
     *
     * @param kfd a queue
     * @param ev the event, read during the call; null to wake a waiter
     * @param flags 0 or {@link #KEVENT_NOWAIT}
     * @param timeout how long to wait for a slot, and for a helper thread; null for ever; zero not at all
     * @return 0; or -1 and errno with nothing posted: EBADF (kfd, or the queue was destroyed meanwhile), EPERM (kfd), EINVAL (flags,
     *     timeout), ENOSYS (the event's id), EAGAIN (full, or no helper thread is free, with KEVENT_NOWAIT or a zero timeout; no
     *     slot at all for a record that is put back), ETIMEDOUT, EINTR (the thread was interrupted). For a request also EBADF, EINVAL, EACCES, EFAULT, ESRCH,
     *     EMFILE: what can be seen at once is said at once, the rest is the record's error
     */
    public static int kevent_submit(int kfd, @Nullable KeventEvent ev, int flags, @Nullable TimeSpec timeout) {
        Stack.reserve();
        Queue queue = ev != null && ev.isRequest() ? Queues.get(kfd) : Queues.recent(kfd);
        return queue == null
                ? Submission.elsewhere(kfd, ev, flags, timeout)
                : Submission.submit(queue, ev, flags, timeout);
    }

    /**
     * {@code kevent_wait(kfd, ringstate, CLOCK_MONOTONIC, 0, timeout, sigmask)}: a relative time limit on CLOCK_MONOTONIC.
     *
     * @param kfd a queue
     * @param ringstate the ring state as it was read before the look at the ring
     * @param timeout how long; null: for ever; zero: do not sleep
     * @param sigmask the signals blocked during the sleep; null: the thread's own
     * @return as the call with a clock
     */
    public static int kevent_wait(int kfd, int ringstate, @Nullable TimeSpec timeout, @Nullable SigSet sigmask) {
        return kevent_wait(kfd, ringstate, Time.CLOCK_MONOTONIC, 0, timeout, sigmask);
    }

    /**
     * Sleeps until the ring state has moved on from {@code ringstate} and the required number of records is there. While it
     * sleeps the thread may drive the queue for all who use it.
     *
     * <p>One event wakes one waiter: the longest waiting, but the one that sleeps in the kernel for the others comes last. A thread that returns with 0 and will not use the event passes it on with
     * {@code kevent_submit(kfd, null, 0, null)}. A handler of {@link Signal#sigaction} that returns during the wait, or a signal that
     * the kernel gives to the thread, ends it only when a sigmask is given; Thread.interrupt always does, and the thread's interrupt status is cleared, as with InterruptedException.
     *
     * @param kfd a queue
     * @param ringstate {@link KeventRing#state} as it was read before the look at the ring
     * @param clockid the clock of the timeout: CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME or CLOCK_TAI; an absolute timeout
     *     follows a clock that is set
     * @param flags 0, or {@link Time#TIMER_ABSTIME} when timeout is a time of that clock
     * @param timeout null: for ever; zero and relative: do not sleep
     * @param sigmask the signals that are blocked while the thread sleeps, in the place of the mask of the process, as in pselect, and of
     *     the thread's in the kernel; null: these stay. Applied and restored in the same
     *     system call in which the thread sleeps, so a virtual thread holds its carrier while it sleeps with one
     * @return 0: look at the ring; or -1 and errno: EWOULDBLOCK (the state had moved before the sleep: look at the ring), ETIMEDOUT
     *     (records that are fewer than required stay readable), EINTR, EBADF (no queue, or destroyed meanwhile), EINVAL (clockid,
     *     flags, timeout; with the ring of another process a sigmask, or an absolute timeout on another clock than CLOCK_MONOTONIC
     *     and CLOCK_REALTIME), EMFILE (a sigmask while another thread waits: no descriptor is free)
     */
    public static int kevent_wait(
            int kfd, int ringstate, int clockid, int flags, @Nullable TimeSpec timeout, @Nullable SigSet sigmask) {
        Stack.reserve();
        Queue queue = Queues.recent(kfd);
        if (queue != null && queue.state() == ringstate) {
            // it will sleep
            queue = Queues.get(kfd);
        }
        MappedRing ring = queue == null ? foreign(kfd) : null;
        if (queue == null && ring == null) {
            return -1;
        }
        if (!DeadlineClocks.has(clockid)) {
            return Errno.fail(
                    EINVAL,
                    "clockid " + clockid
                            + " is not CLOCK_REALTIME (0), CLOCK_MONOTONIC (1), CLOCK_BOOTTIME (7) or CLOCK_TAI (11)");
        }
        if ((flags & ~Time.TIMER_ABSTIME) != 0) {
            return Errno.fail(EINVAL, "flags " + flags + " is neither 0 nor TIMER_ABSTIME (1)");
        }
        boolean absolute = (flags & Time.TIMER_ABSTIME) != 0;
        int clock = absolute ? clockid : Linux.CLOCK_MONOTONIC;
        if (refused(timeout)) {
            return -1;
        }
        long deadline = absolute && timeout != null ? timeout.toNanos() : deadline(timeout);
        if (ring != null) {
            if (sigmask != null) {
                return Errno.fail(
                        EINVAL,
                        "sigmask " + sigmask + ": threads that wait for another process's ring cannot have one");
            }
            int rc = ring.await(ringstate, clock, deadline);
            return rc == -EINVAL
                    ? Errno.fail(
                            EINVAL,
                            "clockid " + clockid
                                    + " is not CLOCK_MONOTONIC (1) or CLOCK_REALTIME (0), the clocks of a wait for"
                                    + " another process's ring")
                    : Errno.answer(rc, ended(rc));
        }
        Queue own = Objects.requireNonNull(queue);
        int rc = sigmask == null
                ? own.await(ringstate, clock, deadline, false, 0)
                : SignalWaits.await(own, ringstate, clock, deadline, true, sigmask.bits);
        return rc == 0 ? 0 : rc == -EBADF ? notAQueue(kfd) : Errno.answer(rc, ended(rc));
    }

    /**
     * Takes the oldest record; when there is none, waits for it. The same as a look at the ring and {@link #kevent_wait} in a loop.
     *
     * @param kfd a queue, also one of another process
     * @param rec gets the record; untouched when there is none
     * @param timeout how long to wait, on CLOCK_MONOTONIC; null for ever; zero not at all. When it is up, records that are fewer than
     *     required are taken, too
     * @return 1; 0 when the time is up; or -1 and errno with nothing taken: EBADF (no queue, or destroyed meanwhile), EINTR (the thread was
     *     interrupted; its interrupt status is cleared), EINVAL (rec is null, timeout)
     */
    public static int kevent_take(int kfd, KeventRecord rec, @Nullable TimeSpec timeout) {
        Stack.reserve();
        if (rec == null) {
            return Errno.fail(EINVAL, "rec is null");
        }
        if (refused(timeout)) {
            return -1;
        }
        return Taking.take(kfd, rec, timeout);
    }

    /** Why a wait ended: ready-made words, because waits end all the time. */
    private static @Nullable String ended(int rc) {
        if (rc == -EAGAIN) {
            return "the ring state had moved on from ringstate before the sleep: look at the ring (EWOULDBLOCK)";
        }
        if (rc == -ETIMEDOUT) {
            return "the timeout is up, and fewer records than required are there (ETIMEDOUT)";
        }
        return rc == -EINTR
                ? "the thread was interrupted, or took a signal that sigmask let through (EINTR)"
                : rc == -EMFILE || rc == -ENFILE
                        ? "no descriptor is free (ulimit -n), which a wait with a sigmask needs while another thread waits"
                        : null;
    }

    /**
     * Ends a queue: everybody who waits leaves with EBADF, requests in flight are cancelled, timers go silent (timer_delete
     * still ends them, every other call on one is EINVAL), the descriptor is closed. A platform thread waits until no request is in flight, with the engine or on a helper thread: their buffers
     * are free then, and nothing that they would have done happens any more. On a virtual thread nothing is
     * waited for: the library finishes by itself. Other processes find the ring gone. One that is not the owner only
     * lets go of the ring.
     *
     * @param kfd a queue
     * @param ring its ring, or null
     * @param num as given to kevent_map_ringbuf; not looked at when ring is null
     * @return 0; or -1 and errno: EBADF (kfd), EINVAL (ring or num is not this queue's), EINTR (the thread was interrupted while
     *     requests were still in flight: the queue is dead all the same, and the library finishes by itself)
     */
    public static int kevent_destroy(int kfd, @Nullable KeventRing ring, long num) {
        Stack.reserve();
        Queue queue = Queues.own(kfd);
        if (queue == null) {
            MappedRing mapped = foreign(kfd);
            if (mapped == null) {
                return -1;
            }
            return wrong(kfd, ring, num, mapped) ? -1 : Errno.answer(mapped.detach(), null);
        }
        if (wrong(kfd, ring, num, queue)) {
            return -1;
        }
        int rc = queue.destroy();
        return rc == -EBADF
                ? Errno.fail(EBADF, "kfd " + kfd + " is the descriptor of a queue that is being destroyed already")
                : Errno.answer(
                        rc,
                        "the thread was interrupted while requests were in flight (EINTR); the queue is destroyed all the same");
    }

    /** Whether a ring, if one is given, and its size are not those of {@code kfd}; errno says so then. */
    private static boolean wrong(int kfd, @Nullable KeventRing ring, long num, Records records) {
        if (ring == null || ring.records() == records && num >= 1 && num <= records.limit()) {
            return false;
        }
        Errno.fail(
                EINVAL,
                ring.records() != records
                        ? "ring is not that of kfd " + kfd
                        : "num " + num + " is not in 1 to " + records.limit() + ", the queue's size");
        return true;
    }

    /** Whether a time limit is not allowed; errno says so then. */
    static boolean refused(@Nullable TimeSpec timeout) {
        if (timeout == null || timeout.valid()) {
            return false;
        }
        Errno.fail(EINVAL, TimeSpec.refusal("timeout", timeout));
        return true;
    }

    /** The time of CLOCK_MONOTONIC until which {@code timeout} lasts: null for ever, zero has no such time. */
    static long deadline(@Nullable TimeSpec timeout) {
        return timeout == null ? Long.MAX_VALUE : timeout.zero() ? Long.MIN_VALUE : after(timeout.toNanos());
    }

    /** The time of CLOCK_MONOTONIC in {@code nanos}. */
    static long after(long nanos) {
        return Deadlines.sum(System.nanoTime(), nanos);
    }

    static int notAQueue(int kfd) {
        Queue queue = Queues.find(kfd);
        if (queue != null && queue.broken()) {
            return Errno.fail(
                    EBADF,
                    "the ring of queue " + kfd + " is broken: a process that maps it wrote into it; destroy the queue");
        }
        if (queue == null && Queues.foreign(kfd)) {
            return Errno.fail(
                    EPERM,
                    "kfd " + kfd + " is a queue of another process: only its owner can do that;"
                            + " others take, wait, put back and wake");
        }
        return Errno.fail(EBADF, "kfd " + kfd + " is not the descriptor of a kevent queue, or the queue was destroyed");
    }

    private static int unknown(int cmd) {
        return Errno.fail(
                ENOSYS,
                "cmd " + cmd
                        + " is not KEVENT_CTL_REQUIRED (1), _OVERFLOW (2), _CANCEL (3), _WAKE (4), _DRIVER (5), _POLLFD (6), _STATS (7) or _BATCH (8)");
    }
}
