package org.sigkevent.engine;

import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;

/**
 * Reads and writes of pipes, sockets and terminals that do not block: that a descriptor was ready a moment ago does not help, since
 * somebody else may have read it since. Sockets take MSG_DONTWAIT and most others RWF_NOWAIT. A FIFO does not; it is read with
 * vmsplice(2), which does. For what is left (terminals, writes to a FIFO) there is no such call, and {@link #BLOCKS} is the answer.
 */
final class StreamIo {
    /** Only a call that may block can do it. */
    static final int BLOCKS = Integer.MIN_VALUE + 2;

    private static final int SPLICE_F_NONBLOCK = 2;
    private static final int O_ACCMODE = 3;

    private StreamIo() {}

    /**
     * Tries an operation.
     *
     * @return the result; or an errno negated: -EAGAIN when it is to wait for readiness; or {@link #BLOCKS}
     */
    static int attempt(Op op, int fd) {
        boolean write = writes(op);
        if (op.code == Op.SEND) {
            return message(op, fd, write, op.flags);
        }
        int rc = write ? -Errnos.EOPNOTSUPP : vectors(op, fd, -1, Linux.RWF_NOWAIT);
        // a kernel may not know it for sockets. A read of nothing takes no datagram, a recv of nothing would
        if (rc == -Errnos.EOPNOTSUPP && (write || bytes(op) > 0)) {
            rc = message(op, fd, write, 0);
            if (rc != -Errnos.ENOTSOCK) {
                return rc;
            }
            rc = write ? vectors(op, fd, -1, Linux.RWF_NOWAIT) : -Errnos.EOPNOTSUPP;
        }
        if (rc != -Errnos.EOPNOTSUPP) {
            return rc;
        }
        // on an end that can be written it would write
        rc = write || (Linux.statusFlags(fd) & O_ACCMODE) != 0 ? -Errnos.EBADF : splice(op, fd);
        return rc == -Errnos.EBADF || rc == -Errnos.ENOSYS ? BLOCKS : rc;
    }

    private static int splice(Op op, int fd) {
        boolean vectored = op.code == Op.READV;
        long iovecs = vectored ? op.address : oneVector(op);
        return Linux.call(Syscalls.VMSPLICE, fd, iovecs, vectored ? op.length : 1, SPLICE_F_NONBLOCK);
    }

    /** The iovec of an operation that is not vectored, in the thread's scratch memory. */
    private static long oneVector(Op op) {
        Scratch s = Scratch.get();
        s.buffer.putLong(0, op.address);
        s.buffer.putLong(8, op.length);
        return s.address;
    }

    /** What to watch for, once, before the next attempt. */
    static int readiness(Op op) {
        return (writes(op) ? Linux.POLLOUT : Linux.POLLIN) | Linux.EPOLLONESHOT;
    }

    static boolean writes(Op op) {
        return op.code == Op.WRITE || op.code == Op.WRITEV || op.code == Op.SEND;
    }

    private static long bytes(Op op) {
        if (op.code == Op.READ || op.code == Op.WRITE) {
            return op.length;
        }
        long sum = 0;
        for (int i = 0; i < op.length; i++) {
            sum += Memory.getLong(op.address + 16L * i + 8);
        }
        return sum;
    }

    private static int message(Op op, int fd, boolean write, int flags) {
        int all = flags | Linux.MSG_DONTWAIT | (write ? Linux.MSG_NOSIGNAL : 0);
        if (op.code == Op.READV || op.code == Op.WRITEV) {
            Scratch s = Scratch.get();
            Memory.clear(s.buffer, 0, 56);
            // struct msghdr: msg_iov 16, msg_iovlen 24
            s.buffer.putLong(16, op.address);
            s.buffer.putLong(24, op.length);
            return Linux.call(write ? Syscalls.SENDMSG : Syscalls.RECVMSG, fd, s.address, all);
        }
        return (int) Linux.result(
                write ? Native.C.send(fd, op.address, op.length, all) : Native.C.recv(fd, op.address, op.length, all));
    }

    /** A read or write of any shape, at {@code offset} or, when that is -1, at the file's own position. */
    static int vectors(Op op, int fd, long offset, int flags) {
        long iovecs = op.address;
        int count = op.length;
        if (op.code == Op.READ || op.code == Op.WRITE) {
            iovecs = oneVector(op);
            count = 1;
        }
        return (int) Linux.result(
                writes(op)
                        ? Native.C.pwritev2(fd, iovecs, count, offset, flags)
                        : Native.C.preadv2(fd, iovecs, count, offset, flags));
    }
}
