package org.sigkevent;

import static org.sigkevent.sys.Errnos.EAGAIN;
import static org.sigkevent.sys.Errnos.EFAULT;
import static org.sigkevent.sys.Errnos.EINVAL;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.mq.MqCalls;
import org.sigkevent.mq.MqRefusals;
import org.sigkevent.sys.BlockingCall.ByHandlers;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Stack;

/**
 * {@code <mqueue.h>}: POSIX message queues. A descriptor is a file descriptor, as always on Linux.
 *
 * <p>Every call answers -1 and sets {@link Errno#errno} when it fails. All may be called from any thread; a thread that is
 * blocked in one ends with EINTR when it is interrupted (its interrupt status is cleared), or when a handler without SA_RESTART that it has
 * installed ({@link Signal#sigaction}) has returned. A blocked virtual thread holds its
 * carrier. A message that was received is complete in the buffer when the call returns, for the thread that called.
 *
 * <pre>{@code
 * int kfd = Kevent.kevent_init(1);
 * int mqd = Mqueue.mq_open("/example", Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_NONBLOCK, 0600, null);
 * Mqueue.mq_notify(mqd, SigEvent.kevent(kfd, SigVal.of(7))); // first register, then receive what is there
 * byte[] message = new byte[8192];
 * Mqueue.mq_send(mqd, "work".getBytes(), 4, 1);
 * int[] priority = new int[1];
 * long length = Mqueue.mq_receive(mqd, message, message.length, priority); // 4
 * Mqueue.mq_close(mqd);
 * Mqueue.mq_unlink("/example");
 * Kevent.kevent_destroy(kfd, null, 0);
 * }</pre>
 *
 * <p>After POSIX.1-2024, {@code <mqueue.h>}, and mq_overview(7).
 */
public final class Mqueue {
    /** Priorities are below this. */
    public static final int MQ_PRIO_MAX = 32768;

    private static final TimeSpec FOR_EVER = new TimeSpec(Long.MAX_VALUE, 0);

    private Mqueue() {}

    /**
     * {@link #mq_open(String, int, int, MqAttr)} of a queue that exists.
     *
     * @param name a slash and up to 255 further characters
     * @param oflag O_ constants of {@link Fcntl}
     * @return the descriptor; or -1 and errno, as the call with a mode
     */
    public static int mq_open(String name, int oflag) {
        return mq_open(name, oflag & ~Fcntl.O_CREAT, 0, null);
    }

    /**
     * Opens a message queue, and makes it if asked to.
     *
     * @param name a slash and up to 255 further bytes of UTF-8, none of them a slash or NUL
     * @param oflag O_RDONLY, O_WRONLY or O_RDWR, and O_CREAT, O_EXCL, O_NONBLOCK of {@link Fcntl}
     * @param mode permission bits for O_CREAT, before the umask
     * @param attr mq_maxmsg and mq_msgsize for O_CREAT; null for the system's defaults
     * @return the descriptor, close-on-exec; or -1 and errno: EACCES, EEXIST, EFAULT (name is null), EINVAL (name, oflag, attr), EMFILE (descriptors, or
     *     RLIMIT_MSGQUEUE), ENAMETOOLONG, ENFILE, ENOENT, ENOMEM, ENOSPC (fs.mqueue.queues_max)
     */
    public static int mq_open(String name, int oflag, int mode, @Nullable MqAttr attr) {
        try {
            Stack.reserve();
        } catch (OutOfMemoryError noThread) {
            return Errno.fail(EAGAIN, noThread.getMessage());
        }
        if (name == null) {
            return Errno.fail(EFAULT, "name is null");
        }
        if ((oflag & 3) == 3) {
            return Errno.fail(
                    EINVAL,
                    "oflag 0" + Integer.toOctalString(oflag) + " (" + oflag
                            + ") has no single access mode: O_RDONLY, O_WRONLY or O_RDWR");
        }
        long[] values =
                attr == null ? null : new long[] {attr.mq_flags, attr.mq_maxmsg, attr.mq_msgsize, attr.mq_curmsgs};
        try {
            int mqd = MqCalls.open(name, oflag, mode, values);
            return mqd < 0 ? Errno.fail(-mqd, MqRefusals.open(-mqd, name, oflag, values)) : mqd;
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        }
    }

    /**
     * Closes a descriptor. That ends the notification that this process registered for the queue, through whichever
     * descriptor; it is reported as a record with {@link Kevent#KEVENT_REMOVED}.
     *
     * @param mqdes a descriptor that {@link #mq_open(String, int, int, MqAttr) mq_open} gave
     * @return 0; or -1 and errno EBADF
     */
    public static int mq_close(int mqdes) {
        Stack.reserve();
        return answer(MqCalls.close(mqdes), mqdes);
    }

    /**
     * Removes a name.
     *
     * @param name a slash and up to 255 further characters
     * @return 0; or -1 and errno: EACCES, EFAULT (name is null), EINVAL, ENAMETOOLONG, ENOENT
     */
    public static int mq_unlink(String name) {
        Stack.reserve();
        if (name == null) {
            return Errno.fail(EFAULT, "name is null");
        }
        try {
            int rc = MqCalls.unlink(name);
            return rc < 0 ? Errno.fail(-rc, MqRefusals.named(-rc, name)) : 0;
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        }
    }

    /** The answer of a call whose one argument is a descriptor. */
    private static int answer(int rc, int mqdes) {
        return rc < 0 ? Errno.fail(-rc, MqRefusals.descriptor(-rc, mqdes)) : rc;
    }

    /**
     * Sends a message, waiting while the queue is full unless it is O_NONBLOCK.
     *
     * @param mqdes a descriptor that {@link #mq_open(String, int, int, MqAttr) mq_open} gave
     * @param msg the message: a {@link ByteBuffer} (from its position), a byte[] or a jnr {@link Pointer}; copied during the call
     * @param len its length in bytes
     * @param prio 0 to {@link #MQ_PRIO_MAX} - 1
     * @return 0; or -1 and errno with nothing sent: EAGAIN (full and O_NONBLOCK), EBADF (also not open for writing), EFAULT (msg
     *     is null), EINTR, EINVAL (prio, or msg is shorter than len), EMSGSIZE (len is more than mq_msgsize), ENOMEM (for heap data)
     */
    public static int mq_send(int mqdes, Object msg, long len, int prio) {
        return mq_timedsend(mqdes, msg, len, prio, null);
    }

    /**
     * {@link #mq_send} with a time limit.
     *
     * @param mqdes a descriptor that {@link #mq_open(String, int, int, MqAttr) mq_open} gave
     * @param msg as there
     * @param len as there
     * @param prio as there
     * @param abstime a time of CLOCK_REALTIME, looked at only when the call would wait; null: no limit
     * @return as mq_send, and ETIMEDOUT; EINVAL also for a time out of range
     */
    public static int mq_timedsend(int mqdes, Object msg, long len, int prio, @Nullable TimeSpec abstime) {
        return send(ByHandlers.RESTARTS, mqdes, msg, len, prio, abstime);
    }

    static int send(ByHandlers how, int mqdes, Object msg, long len, int prio, @Nullable TimeSpec abstime) {
        Stack.reserve();
        MessageBuffers own = MessageBuffers.own("msg", "len");
        try {
            long address = own.forWriting(msg, len);
            TimeSpec end = abstime == null ? FOR_EVER : abstime;
            int rc = MqCalls.send(how, mqdes, address, len, prio, end.tv_sec, end.tv_nsec);
            java.lang.ref.Reference.reachabilityFence(msg);
            return rc < 0 ? refused(-rc, true, mqdes, len, prio, end) : 0;
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        } finally {
            own.release();
        }
    }

    /** What ends while a program drains or fills a queue costs nothing to say; what is a mistake is asked about. */
    private static int refused(int errno, boolean send, int mqdes, long len, int prio, TimeSpec end) {
        if (errno == Errnos.EAGAIN) {
            return Errno.fail(
                    errno,
                    "mqdes",
                    mqdes,
                    send ? ": the queue is full, and O_NONBLOCK" : ": the queue is empty, and O_NONBLOCK");
        }
        if (errno == Errnos.ETIMEDOUT) {
            return Errno.fail(
                    errno,
                    "mqdes",
                    mqdes,
                    send ? ": full until abstime (ETIMEDOUT)" : ": empty until abstime (ETIMEDOUT)");
        }
        if (errno == Errnos.EINTR) {
            return Errno.fail(errno, "mqdes", mqdes, Errno.ENDED_EARLY);
        }
        if (errno == EINVAL && end != FOR_EVER && !end.valid()) {
            return Errno.fail(EINVAL, TimeSpec.refusal("abstime", end));
        }
        long[] attributes = new long[4];
        boolean open = MqCalls.attributes(mqdes, false, 0, attributes) == 0;
        return Errno.fail(errno, MqRefusals.transfer(errno, send, mqdes, len, prio, open ? attributes : null));
    }

    /**
     * Receives the oldest message of the highest priority, waiting while there is none unless the queue is O_NONBLOCK.
     *
     * @param mqdes a descriptor that {@link #mq_open(String, int, int, MqAttr) mq_open} gave
     * @param msg where it goes: a {@link ByteBuffer} (from its position, which stays), a byte[] or a jnr {@link Pointer}
     * @param len its room in bytes: at least the queue's mq_msgsize
     * @param prio its first element gets the message's priority; or null
     * @return the message's length; or -1 and errno: EAGAIN (empty and O_NONBLOCK), EBADF (also not open for
     *     reading), EINTR, EMSGSIZE (len), EFAULT (msg null or read-only), EINVAL (msg is shorter than len), ENOMEM (for heap data)
     */
    public static long mq_receive(int mqdes, Object msg, long len, int @Nullable [] prio) {
        return mq_timedreceive(mqdes, msg, len, prio, null);
    }

    /**
     * {@link #mq_receive} with a time limit.
     *
     * @param mqdes a descriptor that {@link #mq_open(String, int, int, MqAttr) mq_open} gave
     * @param msg as there
     * @param len as there
     * @param prio as there
     * @param abstime a time of CLOCK_REALTIME, looked at only when the call would wait; null: no limit
     * @return as mq_receive, and ETIMEDOUT; EINVAL also for a time out of range
     */
    public static long mq_timedreceive(
            int mqdes, Object msg, long len, int @Nullable [] prio, @Nullable TimeSpec abstime) {
        return receive(ByHandlers.RESTARTS, mqdes, msg, len, prio, abstime);
    }

    static long receive(
            ByHandlers how, int mqdes, Object msg, long len, int @Nullable [] prio, @Nullable TimeSpec abstime) {
        Stack.reserve();
        MessageBuffers own = MessageBuffers.own("msg", "len");
        try {
            long address = own.forReading(msg, len);
            TimeSpec end = abstime == null ? FOR_EVER : abstime;
            long got = MqCalls.receive(how, mqdes, address, len, prio, end.tv_sec, end.tv_nsec);
            if (got >= 0) {
                own.deliver(msg, (int) got);
            }
            java.lang.ref.Reference.reachabilityFence(msg);
            return got < 0 ? refused((int) -got, false, mqdes, len, 0, end) : got;
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        } finally {
            own.release();
        }
    }

    /**
     * Registers for one notification when a message arrives in the empty queue while nobody is blocked in mq_receive. Register
     * first, then drain: a message that is there already notifies nobody.
     *
     * @param mqdes a descriptor that {@link #mq_open(String, int, int, MqAttr) mq_open} gave
     * @param notification how; null ends this process's registration (0 also when there is none, as on Linux)
     * @return 0; or -1 and errno: EBADF, EBUSY (a process is registered), EINVAL (notification),
     *     EAGAIN (its queue has no slot), EAFNOSUPPORT, EPERM or what else a filter says (the process may not have sockets of
     *     AF_NETLINK, which this needs), and what {@link SigEvent} gives
     */
    public static int mq_notify(int mqdes, @Nullable SigEvent notification) {
        Stack.reserve();
        try {
            int rc = MqCalls.notify(mqdes, notification == null ? null : notification.resolve());
            return rc < 0 ? Errno.fail(-rc, MqRefusals.notification(-rc, "mqdes " + mqdes)) : 0;
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        }
    }

    /**
     * Reads the attributes.
     *
     * @param mqdes a descriptor that {@link #mq_open(String, int, int, MqAttr) mq_open} gave
     * @param mqstat the attributes; null is EINVAL
     * @return 0; or -1 and errno: EBADF, EINVAL (mqstat null)
     */
    public static int mq_getattr(int mqdes, MqAttr mqstat) {
        return mqstat == null ? Errno.fail(EINVAL, "mqstat is null") : attributes(mqdes, null, mqstat);
    }

    /**
     * Sets O_NONBLOCK as in mq_flags; the other attributes are not looked at.
     *
     * @param mqdes a descriptor that {@link #mq_open(String, int, int, MqAttr) mq_open} gave
     * @param mqstat the attributes; null is EINVAL
     * @param omqstat gets the attributes as they were; or null
     * @return 0; or -1 and errno with nothing changed: EBADF, EINVAL (other bits in mq_flags, mqstat null)
     */
    public static int mq_setattr(int mqdes, MqAttr mqstat, @Nullable MqAttr omqstat) {
        return mqstat == null ? Errno.fail(EINVAL, "mqstat is null") : attributes(mqdes, mqstat, omqstat);
    }

    private static int attributes(int mqdes, @Nullable MqAttr set, @Nullable MqAttr into) {
        long[] values = new long[4];
        int rc = MqCalls.attributes(mqdes, set != null, set == null ? 0 : set.mq_flags, values);
        if (rc == 0 && into != null) {
            into.mq_flags = values[0];
            into.mq_maxmsg = values[1];
            into.mq_msgsize = values[2];
            into.mq_curmsgs = values[3];
        }
        return rc == -EINVAL && set != null
                ? Errno.fail(
                        EINVAL,
                        "mqstat has mq_flags 0" + Long.toOctalString(set.mq_flags) + " (" + set.mq_flags
                                + "), which is neither 0 nor O_NONBLOCK (04000)")
                : answer(rc, mqdes);
    }
}
