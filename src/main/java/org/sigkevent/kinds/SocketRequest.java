package org.sigkevent.kinds;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Clocks;
import org.sigkevent.core.Deadlines;
import org.sigkevent.core.EventRequest;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.Queue;
import org.sigkevent.core.RingRecord;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/**
 * KEVENT_SOCKET: accept, connect, bind, listen.
 *
 * <p>A bind whose address is in use waits until it is free: the kernel tells nobody when that is, so it is tried again after 1 ms
 * and then ever more slowly, at most ten times a second.
 */
public final class SocketRequest extends EventRequest {
    private static final long FIRST_PAUSE = 1_000_000;
    private static final long LONGEST_PAUSE = 100_000_000;
    private static final int F_SETFL = 4;
    private static final int POLLOUT = 4;
    private static final int SOL_SOCKET = 1;
    private static final int SO_ERROR = 4;
    private static final ByteBuffer NO_ADDRESS = ByteBuffer.allocate(0);
    private static final int LENGTH_AT = SocketAddresses.SIZE;

    private enum Kind {
        ACCEPT,
        CONNECT,
        BIND,
        LISTEN
    }

    private final Kind kind;
    private final ByteBuffer sockaddr;
    private final int number;
    private @Nullable Operation operation;

    /** A connection is being made, and the descriptor becomes writable when that has ended. */
    private boolean connecting;

    private int duplicate = -1;
    private long pause = FIRST_PAUSE;

    /** The length of the address of who was accepted; 0 before. */
    private volatile int peerLength;

    /** What was accepted, until somebody takes the record that says so. */
    private volatile int accepted = -1;

    private SocketRequest(
            Queue queue, long cookie, @Nullable Object object, int fd, Kind kind, ByteBuffer sockaddr, int number) {
        super(queue, Kinds.KEVENT_SOCKET, fd, cookie, object, false);
        this.kind = kind;
        this.sockaddr = sockaddr;
        this.number = number;
    }

    @Override
    protected boolean taken(RingRecord record) {
        accepted = -1;
        return super.taken(record);
    }

    @Override
    protected void abandoned() {
        if (accepted >= 0) {
            Linux.close(accepted);
            accepted = -1;
        }
    }

    private static ByteBuffer address(SocketAddress to) {
        ByteBuffer encoded = SocketAddresses.encode(to);
        return encoded == null ? NO_ADDRESS : encoded;
    }

    /** accept4(2) with SOCK_NONBLOCK (04000) and SOCK_CLOEXEC (02000000) in {@code flags}. */
    public static SocketRequest accept(Queue queue, long cookie, @Nullable Object object, int fd, int flags) {
        return new SocketRequest(
                queue, cookie, object, fd, Kind.ACCEPT, Memory.allocate(SocketAddresses.SIZE + 8), flags);
    }

    public static SocketRequest connect(Queue queue, long cookie, @Nullable Object object, int fd, SocketAddress to) {
        return new SocketRequest(queue, cookie, object, fd, Kind.CONNECT, address(to), 0);
    }

    public static SocketRequest bind(Queue queue, long cookie, @Nullable Object object, int fd, SocketAddress to) {
        return new SocketRequest(queue, cookie, object, fd, Kind.BIND, address(to), 0);
    }

    public static SocketRequest listen(Queue queue, long cookie, @Nullable Object object, int fd, int backlog) {
        return new SocketRequest(queue, cookie, object, fd, Kind.LISTEN, NO_ADDRESS, backlog);
    }

    /** Who was accepted; null before, or when the peer has no name. */
    public @Nullable SocketAddress peer() {
        int length = peerLength;
        return length == 0 ? null : SocketAddresses.decode(sockaddr, length);
    }

    @Override
    protected int begin() {
        int rc = Linux.statusFlags(descriptor);
        if (rc < 0) {
            return rc;
        }
        switch (kind) {
            case ACCEPT:
                return (number & ~(Linux.O_NONBLOCK | Linux.O_CLOEXEC)) != 0 ? -Errnos.EINVAL : begin(Op.ACCEPT);
            case CONNECT:
                return sockaddr.limit() == 0 ? -Errnos.EINVAL : beginConnect();
            case BIND:
                return sockaddr.limit() == 0 ? -Errnos.EINVAL : beginBind();
            default:
                rc = Linux.call(Syscalls.LISTEN, descriptor, number);
                complete(rc, 0, 0);
                return 0;
        }
    }

    /** It is time to try to bind once more. */
    @Override
    protected boolean due(long nanos) {
        int rc = tryBind();
        if (rc != -Errnos.EADDRINUSE) {
            complete(rc, 0, 0);
        }
        return true;
    }

    private int beginConnect() {
        if (queue.supports(Op.CONNECT)) {
            return begin(Op.CONNECT);
        }
        int rc = connectWithoutWaiting();
        if (rc == -Errnos.EINPROGRESS) {
            connecting = true;
        } else if (rc
                != -Errnos.EAGAIN) { // EAGAIN: a Unix socket whose backlog is full, which nothing tells the end of
            complete(rc, 0, 0);
            return 0;
        }
        return begin(Op.CONNECT);
    }

    /**
     * Begins to connect. The file is in non-blocking mode for the time of the call, so that it does not wait; nobody can tell,
     * because until it is connected no other call on it waits.
     */
    private int connectWithoutWaiting() {
        int flags = Linux.statusFlags(descriptor);
        boolean blocking = flags >= 0 && (flags & Linux.O_NONBLOCK) == 0;
        if (blocking) {
            Native.C.fcntl(descriptor, F_SETFL, flags | Linux.O_NONBLOCK);
        }
        int rc = Linux.call(Syscalls.CONNECT, descriptor, Memory.address(sockaddr), sockaddr.limit());
        java.lang.ref.Reference.reachabilityFence(sockaddr);
        if (blocking) {
            Native.C.fcntl(descriptor, F_SETFL, flags);
        }
        return rc;
    }

    /** How the connecting ended. */
    private int connected() {
        ByteBuffer b = Memory.allocate(8);
        b.putInt(4, 4);
        long at = Memory.address(b);
        int rc = (int) Linux.call(Syscalls.GETSOCKOPT, duplicate, SOL_SOCKET, SO_ERROR, at, at + 4);
        java.lang.ref.Reference.reachabilityFence(b);
        return rc < 0 ? rc : -b.getInt(0);
    }

    private int begin(int code) {
        operation = new Operation(this, code) {
            @Override
            protected void ended(int result) {
                if (kind == Kind.ACCEPT && result >= 0) {
                    accepted = result;
                    peerLength = sockaddr.getInt(LENGTH_AT);
                }
                java.lang.ref.Reference.reachabilityFence(sockaddr);
                complete(result, 0, 0);
            }

            @Override
            protected long blocking() {
                long at = Memory.address(sockaddr);
                if (kind == Kind.ACCEPT) {
                    return Linux.call(Syscalls.ACCEPT4, duplicate, at, at + LENGTH_AT, number);
                }
                return connecting ? connected() : Linux.call(Syscalls.CONNECT, descriptor, at, sockaddr.limit());
            }
        };
        int open = operation.means(descriptor);
        if (open < 0) {
            return open;
        }
        operation.fd = descriptor;
        operation.address = Memory.address(sockaddr);
        if (code == Op.ACCEPT) {
            sockaddr.putInt(LENGTH_AT, SocketAddresses.SIZE);
            operation.offset = operation.address + LENGTH_AT;
            operation.flags = number;
        } else {
            operation.offset = sockaddr.limit();
        }
        if (!operation.supported() && (kind == Kind.ACCEPT || connecting)) {
            // what is done when it is ready must be done on this file, whatever the number means by then
            duplicate = Linux.duplicate(descriptor, 0);
            if (duplicate < 0) {
                return duplicate;
            }
            operation.awaitFirst(duplicate, kind == Kind.ACCEPT ? Linux.POLLIN : POLLOUT);
        }
        return operation.begin(false);
    }

    private int beginBind() {
        duplicate = Linux.duplicate(descriptor, 0);
        if (duplicate < 0) {
            return duplicate;
        }
        int rc = bindNow();
        if (rc != -Errnos.EADDRINUSE) {
            complete(rc, 0, 0);
            return 0;
        }
        Deadlines deadlines = queue.deadlines();
        deadlines.makeRoom();
        deadlines.lock.lock();
        try {
            deadlines.arm(this, Clocks.CLOCK_MONOTONIC, Clocks.monotonic() + pause);
            deadlines.lock.publish();
        } finally {
            deadlines.lock.held = 0;
        }
        deadlines.wakeSleepers();
        return 0;
    }

    private int bindNow() {
        int rc = Linux.call(Syscalls.BIND, duplicate, Memory.address(sockaddr), sockaddr.limit());
        java.lang.ref.Reference.reachabilityFence(sockaddr);
        return rc;
    }

    /** Under the lock of the deadlines. */
    private int tryBind() {
        int rc = bindNow();
        if (rc == -Errnos.EADDRINUSE) {
            pause = Math.min(2 * pause, LONGEST_PAUSE);
            queue.deadlines().arm(this, Clocks.CLOCK_MONOTONIC, Clocks.monotonic() + pause);
        }
        return rc;
    }

    @Override
    protected void released() {
        if (duplicate >= 0) {
            Linux.close(duplicate);
            duplicate = -1;
        }
    }

    @Override
    protected void stop() {
        if (operation != null) {
            operation.stop();
            return;
        }
        Deadlines deadlines = queue.deadlines();
        boolean waited;
        deadlines.lock.lock();
        try {
            waited = deadlines.disarm(this);
            deadlines.lock.publish();
        } finally {
            deadlines.lock.held = 0;
        }
        if (waited) {
            complete(-Errnos.ECANCELED, 0, 0);
        }
    }
}
