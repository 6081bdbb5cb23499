package org.sigkevent.engine;

import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;

/**
 * Reads and writes of pipes, sockets and terminals that never block: sockets take MSG_DONTWAIT, the others RWF_NOWAIT. Where a
 * file knows no RWF_NOWAIT it is read once it is readable (the caller has one reader at a time), and written a piece at a time
 * that a writable pipe takes without blocking.
 */
final class StreamIo {
    private StreamIo() {}

    /**
     * Tries an operation.
     *
     * @param ready whether the descriptor was reported ready for it
     * @return the result, or an errno negated: -EAGAIN when it is to wait for readiness
     */
    static int attempt(Op op, int fd, boolean ready) {
        boolean write = writes(op);
        if (op.code == Op.SEND) {
            return message(op, fd, write, op.flags);
        }
        int rc = -Errnos.ENOTSOCK;
        // a read of nothing takes no datagram, a recv of nothing would
        if (write || bytes(op) > 0) {
            rc = message(op, fd, write, 0);
        }
        if (rc != -Errnos.ENOTSOCK) {
            return rc;
        }
        rc = vectors(op, fd, -1, Linux.RWF_NOWAIT);
        if (rc != -Errnos.EOPNOTSUPP) {
            return rc;
        }
        if (!ready) {
            return -Errnos.EAGAIN;
        }
        return write ? piece(op, fd) : vectors(op, fd, -1, 0);
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
            Scratch s = Scratch.get();
            s.buffer.putLong(0, op.address);
            s.buffer.putLong(8, op.length);
            iovecs = s.address;
            count = 1;
        }
        return (int) Linux.result(
                writes(op)
                        ? Native.C.pwritev2(fd, iovecs, count, offset, flags)
                        : Native.C.preadv2(fd, iovecs, count, offset, flags));
    }

    private static int piece(Op op, int fd) {
        long address = op.address;
        long length = op.length;
        for (int i = 0; op.code == Op.WRITEV; i++) {
            if (i == op.length) {
                return 0;
            }
            address = Memory.getLong(op.address + 16L * i);
            length = Memory.getLong(op.address + 16L * i + 8);
            if (length > 0) {
                break;
            }
        }
        return (int) Linux.result(Native.C.write(fd, address, Math.min(length, Linux.PIPE_BUF)));
    }
}
