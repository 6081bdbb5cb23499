package org.sigkevent.mq;

import jnr.constants.platform.Errno;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.Linux;

/** Why the kernel refuses a call of {@code <mqueue.h>}, in words: which argument, or which limit and what raises it. */
public final class MqRefusals {
    private static final int ENOSPC = Errno.ENOSPC.intValue();
    private static final int EEXIST = Errno.EEXIST.intValue();

    /** Of mq_maxmsg, whatever the machine's settings. */
    private static final int HARD_MSG_MAX = 65_536;

    private MqRefusals() {}

    /** Of mq_open; {@code attributes} are mq_flags, mq_maxmsg, mq_msgsize and mq_curmsgs, or null. */
    public static String open(int errno, String name, int oflag, long @Nullable [] attributes) {
        if (errno == Errnos.EMFILE) {
            return asked(errno, name) + ": " + (descriptorFree() ? messageBytes(attributes) : Limits.noDescriptor());
        }
        if (errno == ENOSPC) {
            return asked(errno, name) + ": the machine has " + Limits.text(Limits.messageQueues("queues_max"))
                    + " message queues, as many as it may (/proc/sys/fs/mqueue/queues_max: sysctl -w"
                    + " fs.mqueue.queues_max=N; mq_unlink removes those that nobody needs)";
        }
        if (errno == Errnos.EPERM || errno == Errnos.ENOSYS) {
            return asked(errno, name) + ": mq_open is refused here, by a seccomp profile (allow mq_open, mq_unlink,"
                    + " mq_getsetattr, mq_timedsend, mq_timedreceive and mq_notify; systemd's SystemCallFilter=), or this"
                    + " kernel has no message queues (CONFIG_POSIX_MQUEUE)";
        }
        if (errno == EEXIST) {
            return asked(errno, name) + ": oflag has O_EXCL, and the queue is there";
        }
        if (errno == Errnos.EINVAL && wellFormed(name) && attributes != null) {
            return asked(errno, name) + ": attr has mq_maxmsg " + attributes[1] + " and mq_msgsize " + attributes[2]
                    + ", allowed are " + allowed();
        }
        if (errno == Errnos.ENOMEM || errno == Errnos.EOVERFLOW) {
            return asked(errno, name) + ": there is no memory for the queue"
                    + (attributes == null
                            ? ""
                            : ", whose attr has mq_maxmsg " + attributes[1] + " and mq_msgsize " + attributes[2]);
        }
        return named(errno, name);
    }

    private static String allowed() {
        return "1 to " + Limits.text(Limits.messageQueues("msg_max")) + " messages (/proc/sys/fs/mqueue/msg_max, with"
                + " CAP_SYS_RESOURCE " + HARD_MSG_MAX + ") of 1 to "
                + Limits.text(Limits.messageQueues("msgsize_max")) + " bytes (/proc/sys/fs/mqueue/msgsize_max)";
    }

    private static boolean descriptorFree() {
        int probe = Linux.eventfd();
        if (probe >= 0) {
            Linux.close(probe);
        }
        return probe >= 0;
    }

    private static String messageBytes(long @Nullable [] attributes) {
        long most = attributes == null ? Limits.messageQueues("msg_default") : attributes[1];
        long size = attributes == null ? Limits.messageQueues("msgsize_default") : attributes[2];
        long limit = Limits.resource(Limits.RLIMIT_MSGQUEUE);
        long needed = bytes(most, size);
        return "the message queues of this user may take " + Limits.text(limit)
                + " bytes together, and one with mq_maxmsg "
                + Limits.text(most) + " and mq_msgsize " + Limits.text(size) + " needs " + needed
                + (needed <= limit
                        ? "; the user's other queues count, whatever process has made them, until each is"
                                + " unlinked (mq_unlink) and closed"
                        : "")
                + " (RLIMIT_MSGQUEUE: ulimit -q, systemd's LimitMSGQUEUE=)";
    }

    /** What a queue counts for: its messages, and for each a struct msg_msg and a node of the tree of priorities. */
    public static long bytes(long most, long size) {
        return Math.max(0, most) * (Math.max(0, size) + 48) + Math.min(Math.max(0, most), 32768) * 48;
    }

    /** Of a call that has the name alone. */
    public static String named(int errno, String name) {
        if (errno == Errnos.EINVAL && !name.startsWith("/")) {
            return "name \"" + name + "\" does not begin with a slash";
        }
        if (errno == Errnos.ENAMETOOLONG) {
            return "name \"" + name + "\" has more than 255 bytes behind its slash";
        }
        if (!wellFormed(name)) {
            return asked(errno, name)
                    + (name.length() == 1
                            ? ": nothing is behind the slash"
                            : ": only the first character may be a slash");
        }
        return asked(errno, name);
    }

    private static boolean wellFormed(String name) {
        return name.length() > 1 && name.lastIndexOf('/') == 0;
    }

    private static String asked(int errno, String name) {
        return "message queue of name \"" + name + "\": " + Errnos.name(errno) + " (" + Errnos.text(errno) + ")";
    }

    /** Of a call on a descriptor that needs no more than that it is one of a message queue. */
    public static String descriptor(int errno, int mqdes) {
        return errno == Errnos.EBADF
                ? "mqdes " + mqdes + " is not an open descriptor of a message queue"
                : "mqdes " + mqdes + ": " + Errnos.name(errno) + " (" + Errnos.text(errno) + ")";
    }

    /** Of mq_timedsend or mq_timedreceive; {@code attributes} are those of the queue, null when it cannot be asked. */
    public static String transfer(
            int errno, boolean send, int mqdes, long len, int prio, long @Nullable [] attributes) {
        if (send && (errno == Errnos.EINVAL) && (prio < 0 || prio >= 32768)) {
            return "prio " + prio + " is not in 0 to 32,767 (MQ_PRIO_MAX - 1)";
        }
        if (errno == Errnos.EMSGSIZE && attributes != null) {
            return "len " + len + (send ? " is more than " : " is less than ") + attributes[2]
                    + ", the mq_msgsize of mqdes " + mqdes;
        }
        if (errno == Errnos.EBADF && attributes != null) {
            return "mqdes " + mqdes + " is not open for " + (send ? "writing" : "reading");
        }
        return descriptor(errno, mqdes);
    }

    /** Of mq_notify; {@code which} names the queue as its caller knows it. */
    public static String notification(int errno, String which) {
        if (errno == Errnos.EBADF) {
            return which + " is not an open descriptor of a message queue";
        }
        String asked = which + ": mq_notify: " + Errnos.name(errno);
        if (errno == Errnos.EBUSY) {
            return asked + ": a process is registered for the message queue, and one can be";
        }
        return errno == Errnos.EAGAIN
                ? asked + ": no slot is free in the queue that the notification goes to"
                : asked + " (" + Errnos.text(errno) + ")";
    }
}
