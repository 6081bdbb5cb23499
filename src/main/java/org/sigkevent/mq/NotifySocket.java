package org.sigkevent.mq;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Stack;

/**
 * A netlink socket that the kernel sends the notifications of up to 128 registrations to. It is shared by the process and lives
 * as long.
 *
 * <p>Any driver may read it, one at a time: whoever finds somebody else reading leaves word ({@link #again}), and the reader,
 * after it has let the lock go, looks for such a word. So what arrived before a call of {@link #drain} is handled by that call
 * or by a reader that was there already.
 */
final class NotifySocket {
    /** What the kernel sends back of a registration: its place, its generation, and in the last byte what has happened. */
    static final int COOKIE_SIZE = 32;

    /** Who is told what the kernel says. */
    interface Listener {
        void notified(int place, int generation, boolean removed);
    }

    /** The kernel books a registration's message on the socket when it is made: more than some 250 would block the call. */
    static final int MOST = 128;

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUF = 8;
    private static final int RECEIVE_BUFFER = 1 << 20;

    private static final int BATCH = 16;
    private static final int MMSGHDR_SIZE = 64;
    private static final int IOVEC_SIZE = 16;
    private static final int REMOVED = 2;

    final int fd;
    private final Listener listener;

    /** Registrations that the kernel has not told of. Written under the registrations' lock. */
    volatile int live;

    private final ReentrantLock reading = new ReentrantLock();
    private volatile boolean again;

    /** Guarded by {@link #reading}. */
    private boolean closed;

    /** For recvmmsg: the headers, behind them the iovecs, behind them the messages. */
    private final ByteBuffer batch = Memory.allocate(BATCH * (MMSGHDR_SIZE + IOVEC_SIZE + COOKIE_SIZE));

    private final long address = Memory.address(batch);

    NotifySocket(Listener listener) {
        this.listener = listener;
        Scratch s = Scratch.get();
        s.buffer.putInt(0, RECEIVE_BUFFER);
        for (int i = 0; i < BATCH; i++) {
            int header = i * MMSGHDR_SIZE;
            int iovec = BATCH * MMSGHDR_SIZE + i * IOVEC_SIZE;
            batch.putLong(header, 0);
            // struct msghdr: msg_iov 16, msg_iovlen 24
            batch.putLong(header + 16, address + iovec);
            batch.putLong(header + 24, 1);
            batch.putLong(iovec, address + message(i));
            batch.putLong(iovec + 8, COOKIE_SIZE);
        }
        // nothing that can fail follows: nobody would close it
        fd = Native.C.socket(AF_NETLINK, SOCK_RAW | Linux.O_CLOEXEC, 0);
        if (fd < 0) {
            throw refused(Native.errno());
        }
        Native.C.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, s.address, 4);
    }

    /** Asks whether this process can have one at all: 0, or an errno negated. */
    static int probe() {
        // what is opened here is closed here
        Stack.reserve();
        int made = Native.C.socket(AF_NETLINK, SOCK_RAW | Linux.O_CLOEXEC, 0);
        int rc = made < 0 ? -Native.errno() : 0;
        if (made >= 0) {
            Native.C.close(made);
        }
        return rc;
    }

    static ErrnoException refused(int errno) {
        boolean limit = errno == Errnos.EMFILE || errno == Errnos.ENFILE;
        return ErrnoException.of(
                errno,
                "mq_notify needs a socket of AF_NETLINK, which the kernel tells of a message through"
                        + (limit
                                ? ""
                                : ", and this process may not have one: allow it (systemd: AF_NETLINK in"
                                        + " RestrictAddressFamilies=; a seccomp profile: socket(AF_NETLINK)), or wait for the"
                                        + " message queue's descriptor with KEVENT_FD"));
    }

    private static int message(int i) {
        return BATCH * (MMSGHDR_SIZE + IOVEC_SIZE) + i * COOKIE_SIZE;
    }

    /** Nobody reads it any more. */
    void close() {
        reading.lock();
        try {
            if (!closed) {
                closed = true;
                Linux.close(fd);
            }
        } finally {
            reading.unlock();
        }
    }

    /** Reads what has arrived and tells the registrations. */
    void drain() {
        again = true;
        while (again && reading.tryLock()) {
            try {
                again = false;
                read();
            } finally {
                reading.unlock();
            }
        }
    }

    /**
     * As {@link #drain}, and when another thread is reading waits for it: what had arrived before the call has been told when it
     * returns. Not under the registrations' lock, which a reader takes.
     */
    void drainToTheEnd() {
        reading.lock();
        try {
            again = false;
            read();
        } finally {
            reading.unlock();
        }
        if (again) {
            drain();
        }
    }

    /**
     * The kernel says one thing for each registration: when all of them are told nothing more can be there, and a look whether
     * there is would cost as much as what was read.
     */
    private void read() {
        while (!closed) {
            int most = Math.min(BATCH, Math.max(1, live));
            int n = receive(most);
            for (int i = 0; i < n; i++) {
                int at = message(i);
                boolean removed = batch.get(at + COOKIE_SIZE - 1) == REMOVED;
                listener.notified(batch.getInt(at), batch.getInt(at + 4), removed);
            }
            if (n < most || live == 0) {
                return;
            }
        }
    }

    private int receive(int most) {
        for (; ; ) {
            long n = most == 1
                    ? Native.C.recv(fd, address + message(0), COOKIE_SIZE, Linux.MSG_DONTWAIT)
                    : Native.C.recvmmsg(fd, address, most, Linux.MSG_DONTWAIT, 0);
            if (n >= 0 || Native.errno() != Errnos.EINTR) {
                return (int) (most == 1 ? n / COOKIE_SIZE : n);
            }
        }
    }
}
