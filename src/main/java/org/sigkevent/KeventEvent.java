package org.sigkevent;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.EventRequest;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.kinds.DelayRequest;
import org.sigkevent.kinds.FdRequest;
import org.sigkevent.kinds.FutexRequest;
import org.sigkevent.kinds.LockRequest;
import org.sigkevent.kinds.MsyncRequest;
import org.sigkevent.kinds.ProcessRequest;
import org.sigkevent.kinds.SocketRequest;
import org.sigkevent.kinds.SyncRequest;
import org.sigkevent.kinds.SysvMsgRequest;
import org.sigkevent.kinds.SysvSemRequest;
import org.sigkevent.kinds.UserEvents;
import org.sigkevent.signal.SignalRequest;
import org.sigkevent.sys.Arenas;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Memory;

/**
 * {@code struct kevent_event}: what {@link Kevent#kevent_submit} takes: a user record to post, a record to requeue, or a request
 * that one of the factory methods makes or that is filled in by hand. A request ends in exactly one record (one that repeats: in one last record, when it is
 * cancelled), and is cancelled with {@link Kevent#KEVENT_CTL_CANCEL} and this object.
 *
 * <p>Requests: the arguments are checked when they are submitted; what the factories say of errors is the errno of
 * kevent_submit where it is about arguments, else that of the record. Each call that submits starts a request of its own. A
 * descriptor is meant as it is open at the time of the call.
 *
 * <pre>{@code
 * try (KeventQueue queue = KeventQueue.open(8)) {
 *     KeventEvent delay = KeventEvent.delay(Time.CLOCK_MONOTONIC, 0, new TimeSpec(3600, 0), SigVal.of(1));
 *     queue.submit(delay);
 *     queue.cancel(delay);
 *     KeventRecord record = queue.take(); // record.error is Errno.ECANCELED
 * }
 * }</pre>
 *
 * <h2>Filled in by hand</h2>
 * As in C, an event can be filled in and submitted where what its kind needs fits the fields. They are read during the call; those that
 * are not named must be zero, else it is EINVAL.
 * <table class="striped">
 * <caption>The fields of each kind</caption>
 * <tr><th>id</th><th>descriptor</th><th>data0</th><th>data1</th><th>the same as</th></tr>
 * <tr><td>KEVENT_FD</td><td>fd</td><td>{@link Poll} events</td><td></td><td>{@link #fd}</td></tr>
 * <tr><td>KEVENT_SIGNAL</td><td>a signal, or 0</td><td>more signals: bit n-1 for signal n</td><td></td><td>{@link #signal}</td></tr>
 * <tr><td>KEVENT_DELAY</td><td>clock</td><td>nanoseconds</td><td>0, or TIMER_ABSTIME</td><td>{@link #delay}</td></tr>
 * <tr><td>KEVENT_PROCESS</td><td>pid, process group or pidfd; 0 with P_ALL</td><td>{@link Wait} options</td><td>idtype: {@link Wait#P_PID} and so on</td><td>{@link #waitid}</td></tr>
 * <tr><td>KEVENT_FLOCK</td><td>fd</td><td>LOCK_SH or LOCK_EX</td><td></td><td>{@link #flock}</td></tr>
 * <tr><td>KEVENT_SYNC</td><td>fd</td><td>{@link Fcntl#O_SYNC} or {@link Fcntl#O_DSYNC}</td><td></td><td>{@link #fsync}, {@link #fdatasync}</td></tr>
 * </table>
 *
 * <pre>{@code
 * int kfd = Kevent.kevent_init(1);
 * KeventEvent event = new KeventEvent();
 * event.id = Kevent.KEVENT_DELAY;
 * event.descriptor = Time.CLOCK_MONOTONIC;
 * event.data0 = 1_000_000;
 * event.value = SigVal.of(7);
 * if (Kevent.kevent_submit(kfd, event, 0, null) < 0) {
 *     throw new IllegalStateException(Errno.message());
 * }
 * Kevent.kevent_destroy(kfd, null, 0);
 * }</pre>
 *
 * <p>A plain struct; not thread-safe.
 */
public final class KeventEvent {
    /** The kind: {@link Kevent#KEVENT_USER}, one that can be filled in by hand, or the kind of the record that is requeued. */
    public int id = Kevent.KEVENT_USER;

    /** Of a user record posted as it is; of a request the table above says what it is. */
    public int descriptor;

    /** The cookie. */
    public SigVal value = new SigVal();

    /** Posted as it is. */
    public long result;

    /** Posted as it is. */
    public int error;

    /** As {@link #descriptor}. */
    public long data0;

    /** As {@link #descriptor}. */
    public long data1;

    long time;
    int flags;

    /** Makes the request that this stands for; null for a user record. */
    private @Nullable Function<Destination, EventRequest> maker;

    /** The request that was started last; null when there is none. */
    @Nullable
    EventRequest started;

    private static KeventEvent request(int id, SigVal value, Function<Destination, EventRequest> maker) {
        KeventEvent event = new KeventEvent();
        event.id = id;
        event.value = value;
        event.maker = maker;
        return event;
    }

    boolean isRequest() {
        return maker != null || (flags & Kevent.KEVENT_REQUEUED) == 0 && HandFilled.fits(id);
    }

    /** Starts the request: 0 or an errno negated; throws ErrnoException with words. */
    int start(Queue queue) {
        SigVal cookie = SigVal.checked(value);
        Destination to = Destination.records(queue, cookie.bits(), cookie.object());
        EventRequest request = maker == null ? HandFilled.request(this, to) : maker.apply(to);
        int rc = request.start();
        if (rc == 0) {
            started = request;
        }
        return rc;
    }

    /** Posts the record that this is, when it is no request: 0, or -EAGAIN when the queue is full; throws ErrnoException for its value. */
    int post(Queue queue) {
        RingRecord record = record();
        return UserEvents.post(
                        queue, record, record.cookie, SigVal.orZero(value).object())
                ? 0
                : -Errnos.EAGAIN;
    }

    /** The record that this is, when it is no request; the calling thread's. Throws ErrnoException for its value. */
    RingRecord record() {
        RingRecord record =
                RingRecord.offered(id, descriptor, SigVal.checked(value).bits());
        record.result = result;
        record.error = error;
        record.flags = flags;
        record.data0 = data0;
        record.data1 = data1;
        record.timeNanos = time;
        return record;
    }

    /** A user record with cookie 0. */
    public KeventEvent() {}

    /**
     * A user record with this cookie.
     *
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent user(SigVal value) {
        KeventEvent event = new KeventEvent();
        event.value = value;
        return event;
    }

    /**
     * Puts a record back that was taken, of any kind: id, descriptor, cookie, result, error, data and time unchanged, with
     * {@link Kevent#KEVENT_REQUEUED} and a new sequence. It neither waits nor is refused by a full queue ({@link Kevent#kevent_submit}).
     * The record is copied: it can be used again at once.
     *
     * @param record the record; it is copied
     * @return a new event, to be submitted
     */
    public static KeventEvent requeue(KeventRecord record) {
        Objects.requireNonNull(record, "record");
        KeventEvent event = new KeventEvent();
        event.id = record.id;
        event.descriptor = record.descriptor;
        event.value.set(record.cookie, record.object);
        event.result = record.result;
        event.error = record.error;
        event.data0 = record.data0;
        event.data1 = record.data1;
        event.time = record.time_ns;
        event.flags = record.flags | Kevent.KEVENT_REQUEUED;
        return event;
    }

    // ---- descriptors

    /**
     * A descriptor becomes ready, once ({@link Kevent#KEVENT_FD}).
     *
     * @param fd anything that poll(2) takes
     * @param events {@link Poll#POLLIN}, {@link Poll#POLLPRI}, {@link Poll#POLLOUT}, {@link Poll#POLLRDHUP}, together; 0 is EINVAL. The record's result are the
     *     events that are there (POLLERR, POLLHUP and POLLNVAL come unasked)
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent fd(int fd, int events, SigVal value) {
        return request(Kevent.KEVENT_FD, value, to -> new FdRequest(to, fd, events, false));
    }

    /**
     * As {@link #fd}, again and again as long as it is ready; one record at most is unread, and taking it looks anew. The look is
     * made when a record is taken, so the next may tell of data that was read since: the descriptor should be O_NONBLOCK. {@link #fd},
     * submitted again after reading, has no such record. Ends with ECANCELED, with EBADF when the number means another file, or, on
     * epoll, with EMFILE or ENFILE when no descriptor is free for the next look.
     *
     * @param fd the descriptor, as it is open at the time of the submission
     * @param events as for {@link #fd}
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent fdLevel(int fd, int events, SigVal value) {
        return request(Kevent.KEVENT_FD, value, to -> new FdRequest(to, fd, events, true));
    }

    // ---- signals

    /**
     * One instance of a signal of the set is taken, as by sigwaitinfo, and not delivered ({@link Kevent#KEVENT_SIGNAL}). Signals on which the
     * JVM, the JDK, the C library or the kernel depends are left out; EINVAL if there is no other in the set, and for those on which the JVM
     * acts (SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGXFSZ), which only {@link #signals} takes over. The record's object is that of the
     * signal's value if {@code value} has none.
     *
     * @param set the signals; read during this call
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent signal(SigSet set, SigVal value) {
        return signal(set, value, true, false);
    }

    /**
     * Signals of the set are taken until this is cancelled, one record at a time. Instances that the kernel gives to different
     * threads of the process at the same moment may change places. Signals that nobody can have are left out, as by {@link #signal}.
     *
     * @param set the signals; read during this call
     * @param takeOver whether SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM and SIGXFSZ may be taken from the JVM, which acts on them
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent signals(SigSet set, boolean takeOver, SigVal value) {
        return signal(set, value, false, takeOver);
    }

    private static KeventEvent signal(SigSet set, SigVal value, boolean once, boolean takeOver) {
        long bits = Objects.requireNonNull(set, "set").bits;
        return request(Kevent.KEVENT_SIGNAL, value, to -> new SignalRequest(to, bits, once, takeOver));
    }

    // ---- futexes

    /**
     * A wake-up on a futex word ({@link Kevent#KEVENT_FUTEX}); the record's error is EAGAIN at once when the word is not {@code
     * expected}.
     *
     * @param word native memory whose first four remaining bytes, aligned to four, are the word; kept reachable until the request is
     *     done (an arena can still be closed; then it waits until it is cancelled). Fewer are EINVAL
     * @param expected what the word must hold for the wait to begin
     * @param bitset which wake-ups count; -1 for all, 0 is EINVAL
     * @param shared whether other processes wake it
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent futex(ByteBuffer word, int expected, int bitset, boolean shared, SigVal value) {
        Objects.requireNonNull(word, "word");
        int position = word.position();
        int room = Math.max(0, word.limit() - position);
        return request(
                Kevent.KEVENT_FUTEX,
                value,
                to -> new FutexRequest(to, address(word, position, "word"), room, expected, bitset, shared, word));
    }

    // ---- System V IPC

    /**
     * msgrcv(2) into the buffer from its position ({@link Kevent#KEVENT_SYSVMSG}): the record has the length, and the message's
     * type in data0. EIDRM when the queue is removed, E2BIG when the message does not fit.
     *
     * @param msqid a System V message queue
     * @param into where the text goes
     * @param type 0, a type, or the negative of the largest type
     * @param flags {@link Msg#MSG_NOERROR}, {@link Msg#MSG_EXCEPT}
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent msgrcv(int msqid, ByteBuffer into, long type, int flags, SigVal value) {
        Objects.requireNonNull(into, "into");
        return request(
                Kevent.KEVENT_SYSVMSG,
                value,
                to -> new SysvMsgRequest(to, true, msqid, usable(into, false, "into"), type, flags));
    }

    /**
     * msgsnd(2) of the buffer's remaining bytes; waits while the queue is full.
     *
     * @param msqid a System V message queue
     * @param from the message, direct or on the heap
     * @param type the type of the message, above zero
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent msgsnd(int msqid, ByteBuffer from, long type, SigVal value) {
        Objects.requireNonNull(from, "from");
        return request(
                Kevent.KEVENT_SYSVMSG,
                value,
                to -> new SysvMsgRequest(to, false, msqid, usable(from, true, "from"), type, 0));
    }

    /**
     * semop(2): all the operations at once, when they can be done ({@link Kevent#KEVENT_SYSVSEM}).
     *
     * @param semid a System V semaphore set
     * @param operations sem_num, sem_op and sem_flg (0 or {@link Sem#SEM_UNDO}) of each, one after the other
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent semop(int semid, short[] operations, SigVal value) {
        short[] copy = Objects.requireNonNull(operations, "operations").clone();
        return request(Kevent.KEVENT_SYSVSEM, value, to -> new SysvSemRequest(to, semid, copy));
    }

    // ---- sockets

    /**
     * accept4(2): the record's result is the new descriptor; {@link #peer} says who it is ({@link Kevent#KEVENT_SOCKET}).
     *
     * @param fd the descriptor, as it is open at the time of the submission
     * @param flags {@link SysSocket#SOCK_NONBLOCK}, {@link SysSocket#SOCK_CLOEXEC}
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent accept(int fd, int flags, SigVal value) {
        return request(Kevent.KEVENT_SOCKET, value, to -> SocketRequest.accept(to, fd, flags));
    }

    /**
     * connect(2) to an Internet or Unix address.
     *
     * @param fd the descriptor, as it is open at the time of the submission
     * @param to an InetSocketAddress or a UnixDomainSocketAddress
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent connect(int fd, SocketAddress to, SigVal value) {
        return request(Kevent.KEVENT_SOCKET, value, target -> SocketRequest.connect(target, fd, to));
    }

    /**
     * bind(2); waits while the address is in use, and never says EADDRINUSE: cancel it when that takes too long, and unlink a Unix
     * socket that nobody listens on first.
     *
     * @param fd the descriptor, as it is open at the time of the submission
     * @param to an InetSocketAddress or a UnixDomainSocketAddress
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent bind(int fd, SocketAddress to, SigVal value) {
        return request(Kevent.KEVENT_SOCKET, value, target -> SocketRequest.bind(target, fd, to));
    }

    /**
     * listen(2).
     *
     * @param fd the descriptor, as it is open at the time of the submission
     * @param backlog as for listen(2)
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent listen(int fd, int backlog, SigVal value) {
        return request(Kevent.KEVENT_SOCKET, value, to -> SocketRequest.listen(to, fd, backlog));
    }

    /**
     * The peer of the connection that was accepted last; null when it has no name.
     *
     * @return the peer's address, or null
     */
    public @Nullable SocketAddress peer() {
        return started instanceof SocketRequest socket ? socket.peer() : null;
    }

    // ---- delays

    /**
     * clock_nanosleep ({@link Kevent#KEVENT_DELAY}): the record's result is how late it is, in nanoseconds; 0 on a clock of CPU time.
     *
     * @param clockid as for {@link Time#clock_nanosleep}; all that cannot be slept on are EINVAL
     * @param flags 0, or TIMER_ABSTIME when {@code time} is a time of the clock
     * @param time how long, or with TIMER_ABSTIME a time of the clock; null and bad values are EINVAL
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent delay(int clockid, int flags, TimeSpec time, SigVal value) {
        boolean valid = time != null && time.valid() && (flags & ~Time.TIMER_ABSTIME) == 0;
        long nanos = valid ? time.toNanos() : -1;
        return request(Kevent.KEVENT_DELAY, value, to -> {
            if (!valid) {
                throw ErrnoException.invalid(
                        (flags & ~Time.TIMER_ABSTIME) != 0
                                ? "flags " + flags + " is neither 0 nor TIMER_ABSTIME (1)"
                                : TimeSpec.refusal("time", time));
            }
            return new DelayRequest(to, clockid, (flags & Time.TIMER_ABSTIME) != 0, nanos);
        });
    }

    // ---- processes

    /**
     * waitid(2) ({@link Kevent#KEVENT_PROCESS}): a child exits, is killed, stops or continues. The record's descriptor is its pid,
     * its result si_status, data0 si_code, data1 the user; {@link #rusage} says what it has used. ECHILD when there is no such
     * child.
     *
     * <p>A status is taken by one. Who waits with WEXITED for one process (P_PID, P_PIDFD) is told its exit also when somebody else was
     * quicker, as the JDK may be for those that ProcessBuilder started: from Linux 6.15 on, and without what it has used. Such a request
     * holds a descriptor while it waits. Waiting without WNOWAIT takes the status from the JDK, whose Process.waitFor then tells a wrong one.
     *
     * @param idtype {@link Wait#P_ALL}, {@link Wait#P_PID}, {@link Wait#P_PGID}, {@link Wait#P_PIDFD}
     * @param who the pid, process group or pidfd
     * @param options {@link Wait#WSTOPPED}, {@link Wait#WEXITED}, {@link Wait#WCONTINUED}, {@link Wait#WNOWAIT}
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent waitid(int idtype, int who, int options, SigVal value) {
        return request(Kevent.KEVENT_PROCESS, value, to -> new ProcessRequest(to, idtype, who, options));
    }

    /**
     * What the child has used that {@link #waitid} has told of last; null before, when somebody else had taken its status already, and
     * after {@link #processEnd}.
     *
     * @return a new object, or null
     */
    public @Nullable Rusage rusage() {
        long[] usage = started instanceof ProcessRequest process ? process.usage() : null;
        return usage == null ? null : Rusage.of(usage);
    }

    /**
     * Any process ends, not only a child; its status is left to its parent. The record is as that of {@link #waitid}. Of a process that is
     * no child the kernel tells the status from Linux 6.15 on, when its parent has taken it; where it does not within 127 ms, result and
     * data0 are 0. ESRCH when there is no such process, EMFILE when there is no descriptor for it.
     *
     * @param pid the process
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent processEnd(int pid, SigVal value) {
        return request(Kevent.KEVENT_PROCESS, value, to -> new ProcessRequest(to, ProcessRequest.ANY_PROCESS, pid, 0));
    }

    // ---- locks

    /**
     * flock(2) ({@link Kevent#KEVENT_FLOCK}). A cancelled wait leaves no lock behind.
     *
     * @param fd the descriptor, as it is open at the time of the submission
     * @param operation {@link Fcntl#LOCK_SH} or {@link Fcntl#LOCK_EX}
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent flock(int fd, int operation, SigVal value) {
        return request(Kevent.KEVENT_FLOCK, value, to -> LockRequest.flock(to, fd, operation));
    }

    /**
     * A POSIX record lock of the process (fcntl F_SETLKW): EDEADLK when waiting would never end.
     *
     * @param fd the descriptor, as it is open at the time of the submission
     * @param type {@link Fcntl#F_RDLCK} or {@link Fcntl#F_WRLCK}
     * @param whence {@link Fcntl#SEEK_SET}, {@link Fcntl#SEEK_CUR}, {@link Fcntl#SEEK_END}
     * @param start the first byte, counted from whence
     * @param length 0: to the end of the file, however far it grows
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent lock(int fd, int type, int whence, long start, long length, SigVal value) {
        return request(Kevent.KEVENT_FLOCK, value, to -> LockRequest.range(to, fd, type, whence, start, length, false));
    }

    /**
     * lockf(3) with F_LOCK: a write lock of {@code length} bytes from the descriptor's offset at the time of the submission.
     *
     * @param fd the descriptor, as it is open at the time of the submission
     * @param length how many bytes; 0: to the end of the file
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent lockf(int fd, long length, SigVal value) {
        return lock(fd, Fcntl.F_WRLCK, Fcntl.SEEK_CUR, 0, length, value);
    }

    /**
     * As {@link #lock}, a lock of the open file description (F_OFD_SETLKW).
     *
     * @param fd the descriptor, as it is open at the time of the submission
     * @param type {@link Fcntl#F_RDLCK} or {@link Fcntl#F_WRLCK}
     * @param whence {@link Fcntl#SEEK_SET}, {@link Fcntl#SEEK_CUR}, {@link Fcntl#SEEK_END}
     * @param start the first byte, counted from whence
     * @param length how many bytes; 0: to the end of the file
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent ofdLock(int fd, int type, int whence, long start, long length, SigVal value) {
        return request(Kevent.KEVENT_FLOCK, value, to -> LockRequest.range(to, fd, type, whence, start, length, true));
    }

    // ---- syncs

    /**
     * fsync(2) ({@link Kevent#KEVENT_SYNC}).
     *
     * @param fd the descriptor, as it is open at the time of the submission
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent fsync(int fd, SigVal value) {
        return request(Kevent.KEVENT_SYNC, value, to -> SyncRequest.file(to, fd, false));
    }

    /**
     * fdatasync(2).
     *
     * @param fd the descriptor, as it is open at the time of the submission
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent fdatasync(int fd, SigVal value) {
        return request(Kevent.KEVENT_SYNC, value, to -> SyncRequest.file(to, fd, true));
    }

    /**
     * sync_file_range(2) with its SYNC_FILE_RANGE_ flags.
     *
     * @param fd the descriptor, as it is open at the time of the submission
     * @param offset the first byte
     * @param length how many bytes; 0: to the end of the file
     * @param flags {@link Fcntl#SYNC_FILE_RANGE_WAIT_BEFORE}, {@link Fcntl#SYNC_FILE_RANGE_WRITE}, {@link Fcntl#SYNC_FILE_RANGE_WAIT_AFTER}, together
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent syncFileRange(int fd, long offset, int length, int flags, SigVal value) {
        return request(Kevent.KEVENT_SYNC, value, to -> SyncRequest.range(to, fd, offset, length, flags));
    }

    /**
     * msync(2) with MS_SYNC of a mapped buffer's remaining bytes, which is held until it is done.
     *
     * @param mapped a mapped direct buffer
     * @param value the cookie that the record carries
     * @return a new event, to be submitted
     */
    public static KeventEvent msync(ByteBuffer mapped, SigVal value) {
        Objects.requireNonNull(mapped, "mapped");
        int position = mapped.position();
        long length = Math.max(0, mapped.limit() - position);
        return request(
                Kevent.KEVENT_SYNC,
                value,
                to -> new MsyncRequest(to, address(mapped, position, "mapped"), length, mapped));
    }

    /** Where the kernel finds a buffer that it does not write to; 0 for one on the heap. */
    private static long address(ByteBuffer buffer, int position, String name) {
        if (!buffer.isDirect()) {
            return 0;
        }
        return Memory.address(usable(buffer, true, name)) + position;
    }

    /** The buffer, if its memory is there, and can be used by any thread unless it is used during the call alone. */
    private static ByteBuffer usable(ByteBuffer buffer, boolean duringCall, String name) {
        String refusal = buffer.isDirect() && Arenas.canBeClosed(buffer) ? Arenas.refusal(buffer, duringCall) : null;
        if (refusal != null) {
            throw new ErrnoException(Errnos.EFAULT, name + " is " + refusal);
        }
        return buffer;
    }
}
