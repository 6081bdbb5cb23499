package org.sigkevent.mq;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.sys.BlockingCall;
import org.sigkevent.sys.BlockingCall.ByHandlers;
import org.sigkevent.sys.CStrings;
import org.sigkevent.sys.Duplicates;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;

/**
 * The calls of {@code <mqueue.h>} on plain values: results as in C, or an errno negated.
 *
 * <p>A message that can go at once costs one system call: it is tried with a time limit that is past. Only a call that would
 * wait is made again as one that blocks (in the kernel, so that it counts as a waiting receiver) and that an interrupt
 * ends, or a handler.
 */
public final class MqCalls {
    private static final int NAME_MAX = 255;

    /** While a blocked call cannot be ended by a signal it comes back this often to look for an interrupt. */
    private static final long SLICE_NANOS = 50_000_000;

    private static final int TIME_AT = 0;
    private static final int PRIORITY_AT = 16;

    static {
        // without a free descriptor a class may not be found
        MqRefusals.bytes(0, 0);
    }

    private MqCalls() {}

    /** mq_open, throws ErrnoException EINVAL for a NUL in the name; {@code attributes} are mq_flags, mq_maxmsg, mq_msgsize and mq_curmsgs, or null. */
    public static int open(String name, int flags, int mode, long @Nullable [] attributes) {
        Scratch s = Scratch.get();
        for (int i = 0; attributes != null && i < 8; i++) {
            s.buffer.putLong(8 * i, i < attributes.length ? attributes[i] : 0);
        }
        return named(Syscalls.MQ_OPEN, name, flags, mode, attributes == null ? 0 : s.address);
    }

    /** A call with a name, which the kernel takes without its slash. */
    private static int named(int number, String name, long flags, long mode, long attributes) {
        if (!name.startsWith("/")) {
            return -Errnos.EINVAL;
        }
        if (name.length() - 1 > NAME_MAX) {
            return -Errnos.ENAMETOOLONG;
        }
        ByteBuffer text = CStrings.of("name", name);
        int rc = Linux.call(number, Memory.address(text) + 1, flags, mode, attributes);
        Reference.reachabilityFence(text);
        return rc;
    }

    /** mq_close; -EBADF also for a descriptor of something else, which stays open. */
    public static int close(int mqd) {
        int rc = Linux.messageQueue(mqd);
        return rc < 0 ? rc : Duplicates.closeOfProgram(mqd);
    }

    /** mq_unlink. */
    public static int unlink(String name) {
        int rc = named(Syscalls.MQ_UNLINK, name, 0, 0, 0);
        // the kernel's name for a sticky directory; POSIX knows EACCES only
        return rc == -Errnos.EPERM ? -Errnos.EACCES : rc;
    }

    /**
     * mq_timedsend until a time of CLOCK_REALTIME, or with Long.MAX_VALUE seconds mq_send.
     *
     * @param how what the return of a handler does to it
     */
    public static int send(ByHandlers how, int mqd, long address, long length, int priority, long seconds, long nanos) {
        Scratch s = Scratch.get();
        return (int) transfer(how, Syscalls.MQ_TIMEDSEND, s, mqd, address, length, priority, seconds, nanos);
    }

    /** mq_timedreceive or mq_receive, as {@link #send}: the message's length; {@code priority[0]} gets its priority. */
    public static long receive(
            ByHandlers how, int mqd, long address, long length, int @Nullable [] priority, long seconds, long nanos) {
        Scratch s = Scratch.get();
        long to = s.address + PRIORITY_AT;
        long rc = transfer(how, Syscalls.MQ_TIMEDRECEIVE, s, mqd, address, length, to, seconds, nanos);
        if (rc >= 0 && priority != null && priority.length > 0) {
            priority[0] = s.buffer.getInt(PRIORITY_AT);
        }
        return rc;
    }

    /** At once, or when that cannot be, as a call that blocks: its result, or an errno negated. */
    private static long transfer(
            ByHandlers how,
            int number,
            Scratch s,
            int mqd,
            long address,
            long length,
            long priority,
            long seconds,
            long nanos) {
        setTime(s.buffer, 0, 0);
        long atOnce = Linux.call(number, mqd, address, length, priority, s.address + TIME_AT);
        if (atOnce != -Errnos.ETIMEDOUT && atOnce != -Errnos.EINTR) {
            return atOnce;
        }
        if (seconds < 0 || nanos < 0 || nanos > 999_999_999) {
            return -Errnos.EINVAL;
        }
        boolean timed = seconds < Long.MAX_VALUE;
        BlockingCall call = BlockingCall.own();
        int before = call.handled(how);
        for (; ; ) {
            // may change while the call waits
            boolean sliced = !BlockingCall.available();
            boolean limited = timed;
            if (sliced) {
                limited = setSlice(s, seconds, nanos);
            } else if (timed) {
                setTime(s.buffer, seconds, nanos);
            }
            long time = timed || sliced ? s.address + TIME_AT : 0;
            long rc;
            call.enter(how);
            try {
                rc = call.handled(how) == before
                        ? Linux.call(number, mqd, address, length, priority, time)
                        : -Errnos.EINTR;
            } finally {
                call.leave();
            }
            if (rc != -Errnos.EINTR && !(rc == -Errnos.ETIMEDOUT && !limited)) {
                return rc;
            }
            if (call.handled(how) != before || Thread.interrupted()) {
                return -Errnos.EINTR;
            }
        }
    }

    /** Sets the end of the next slice of time; true when that is the caller's own limit. */
    private static boolean setSlice(Scratch s, long seconds, long nanos) {
        long end = System.currentTimeMillis() * 1_000_000L + SLICE_NANOS;
        boolean own = seconds <= end / 1_000_000_000L && seconds * 1_000_000_000L + nanos <= end;
        setTime(s.buffer, own ? seconds : end / 1_000_000_000L, own ? nanos : end % 1_000_000_000L);
        return own;
    }

    private static void setTime(ByteBuffer b, long seconds, long nanos) {
        b.putLong(TIME_AT, seconds);
        b.putLong(TIME_AT + 8, nanos);
    }

    /**
     * mq_getattr, or with {@code set} mq_setattr with O_NONBLOCK or 0: {@code old} gets mq_flags, mq_maxmsg, mq_msgsize and
     * mq_curmsgs as they were.
     */
    public static int attributes(int mqd, boolean set, long flags, long[] old) {
        Scratch s = Scratch.get();
        s.buffer.putLong(64, flags);
        int rc = Linux.call(Syscalls.MQ_GETSETATTR, mqd, set ? s.address + 64 : 0, s.address);
        for (int i = 0; i < 4; i++) {
            old[i] = s.buffer.getLong(8 * i);
        }
        return rc;
    }

    /** Why {@link #notify} cannot be had in this process, in words; null when it can. */
    public static @Nullable ErrnoException notifyRefused() {
        int rc = NotifySocket.probe();
        return rc < 0 ? NotifySocket.refused(-rc) : null;
    }

    /** The end of the library, when all queues have ended: no registration is left, nor a socket. */
    public static void end() {
        Registrations.end();
    }

    /**
     * mq_notify: -EBADF, -EBUSY, -EAGAIN (no free slot); {@code target} null ends this process's registration. Throws
     * ErrnoException when the first of many registrations finds no descriptor.
     */
    public static int notify(int mqd, @Nullable Destination target) {
        return target == null ? Registrations.remove(mqd) : Registrations.register(mqd, target);
    }
}
