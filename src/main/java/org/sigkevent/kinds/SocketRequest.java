package org.sigkevent.kinds;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Locale;
import jnr.constants.platform.Sock;
import jnr.constants.platform.SocketLevel;
import jnr.constants.platform.SocketOption;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.OperationRequest;
import org.sigkevent.core.RingRecord;
import org.sigkevent.engine.BlockingHelpers;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.BlockingCall;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;

/**
 * KEVENT_SOCKET: accept, connect, bind, listen.
 *
 * <p>A bind whose address is in use waits until it is free: the kernel tells nobody when that is, so it is tried again after 1 ms
 * and then ever more slowly, at most ten times a second.
 *
 * <p>Where the engine does not accept, it tells when there is a connection. An accept then blocks only if another process was quicker;
 * so it is a helper's, and ends after a millisecond or two. Without a connection, or a helper, it goes on waiting.
 */
public final class SocketRequest extends OperationRequest {
    private static final int FIRST_PAUSE_NANOS = 1_000_000;
    private static final int LONGEST_PAUSE_NANOS = 100_000_000;
    private static final int SOL_SOCKET = SocketLevel.SOL_SOCKET.intValue();
    private static final int SO_ERROR = SocketOption.SO_ERROR.intValue();
    private static final int SO_TYPE = SocketOption.SO_TYPE.intValue();
    private static final int SO_ACCEPTCONN = SocketOption.SO_ACCEPTCONN.intValue();
    private static final int SOCK_STREAM = Sock.SOCK_STREAM.intValue();
    private static final int SOCK_SEQPACKET = Sock.SOCK_SEQPACKET.intValue();
    private static final int LENGTH_AT = SocketAddresses.SIZE;

    private enum Kind {
        ACCEPT(Op.ACCEPT),
        CONNECT(Op.CONNECT),
        BIND(Op.NOP),
        LISTEN(Op.NOP);

        final int code;

        Kind(int code) {
            this.code = code;
        }
    }

    private final Kind kind;
    private final ByteBuffer sockaddr;
    private final int number;

    /** A connection is being made, and the descriptor becomes writable when that has ended. */
    private boolean connecting;

    /** Made before the poll that it waits for, because in the reaping thread nothing may fail. */
    private BlockingHelpers.@Nullable Task accepting;

    /** It is polled again, by the driver. */
    private boolean paused;

    private int pause = FIRST_PAUSE_NANOS;

    /** The length of the address of who was accepted; 0 before. */
    private volatile int peerLength;

    /** What was accepted, until somebody takes the record that says so. */
    private volatile int accepted = -1;

    private SocketRequest(Destination to, int fd, Kind kind, ByteBuffer sockaddr, int number) {
        super(to, Kinds.KEVENT_SOCKET, fd, kind.code, false);
        this.kind = kind;
        this.sockaddr = sockaddr;
        this.number = number;
    }

    @Override
    protected boolean taken(RingRecord record) {
        accepted = -1;
        return super.taken(record);
    }

    /** Somebody has heard of it. */
    @Override
    protected void abandonedElsewhere() {
        accepted = -1;
    }

    @Override
    protected void abandoned() {
        if (accepted >= 0) {
            Linux.close(accepted);
            accepted = -1;
        }
    }

    /** accept4(2) with SOCK_NONBLOCK (04000) and SOCK_CLOEXEC (02000000) in {@code flags}. */
    public static SocketRequest accept(Destination to, int fd, int flags) {
        return new SocketRequest(to, fd, Kind.ACCEPT, Memory.allocate(SocketAddresses.SIZE + 8), flags);
    }

    public static SocketRequest connect(Destination to, int fd, SocketAddress address) {
        return new SocketRequest(to, fd, Kind.CONNECT, SocketAddresses.encode(address), 0);
    }

    public static SocketRequest bind(Destination to, int fd, SocketAddress address) {
        return new SocketRequest(to, fd, Kind.BIND, SocketAddresses.encode(address), 0);
    }

    public static SocketRequest listen(Destination to, int fd, int backlog) {
        return new SocketRequest(to, fd, Kind.LISTEN, SocketAddresses.NONE, backlog);
    }

    /** Who was accepted; null before, or when the peer has no name. */
    public @Nullable SocketAddress peer() {
        int length = peerLength;
        return length == 0 ? null : SocketAddresses.decode(sockaddr, length);
    }

    @Override
    protected void check() {
        if (kind == Kind.ACCEPT && (number & ~(Linux.O_NONBLOCK | Linux.O_CLOEXEC)) != 0) {
            throw ErrnoException.invalid("flags 0x" + Integer.toHexString(number)
                    + " is not made of SOCK_NONBLOCK (0x800) and SOCK_CLOEXEC (0x80000)");
        }
        if (kind == Kind.CONNECT || kind == Kind.ACCEPT && mayBeginLater()) {
            meansItsFile();
        } else {
            isOpen();
        }
    }

    @Override
    protected String asked() {
        return kind.name().toLowerCase(Locale.ROOT) + " of fd " + descriptor;
    }

    @Override
    protected int begin() {
        switch (kind) {
            case ACCEPT:
                return handOverSocket();
            case CONNECT:
                return beginConnect();
            case BIND:
                return beginBind();
            default:
                int rc = Linux.call(Syscalls.LISTEN, descriptor, number);
                complete(rc, 0, 0);
                return 0;
        }
    }

    /** It is time to try once more. Under the lock of the deadlines, so whoever reaps does it ({@link #ended}). */
    @Override
    protected void due(long nanos) {
        if (handOverAgain() < 0) {
            complete(-Errnos.ECANCELED, 0, 0);
        }
    }

    @Override
    protected int arm() {
        return paused ? queue.armInDriver(operation) : super.arm();
    }

    private int beginConnect() {
        if (!supported()) {
            int rc = connectWithoutWaiting();
            connecting = rc == -Errnos.EINPROGRESS;
            // EAGAIN: a Unix socket whose backlog is full, which nothing tells the end of
            if (!connecting && rc != -Errnos.EAGAIN) {
                complete(rc, 0, 0);
                return 0;
            }
        }
        return handOverSocket();
    }

    /**
     * Begins to connect. Where that could wait, the file is in non-blocking mode for the time of the call; nobody can tell, because
     * until it is connected no other call on it waits.
     */
    private int connectWithoutWaiting() {
        int flags = Linux.statusFlags(descriptor);
        boolean blocking = flags >= 0 && (flags & Linux.O_NONBLOCK) == 0 && mayWait();
        if (blocking) {
            Native.C.fcntl(descriptor, Linux.F_SETFL, flags | Linux.O_NONBLOCK);
        }
        int rc = Linux.call(Syscalls.CONNECT, descriptor, Memory.address(sockaddr), sockaddr.limit());
        if (blocking) {
            Native.C.fcntl(descriptor, Linux.F_SETFL, flags);
        }
        return rc;
    }

    /** Connections take time. A socket without them, or one that has its own or listens, answers at once; others may be waiting for it. */
    private boolean mayWait() {
        int type = option(descriptor, SO_TYPE);
        return (type == SOCK_STREAM || type == SOCK_SEQPACKET) && option(descriptor, SO_ACCEPTCONN) == 0 && !hasPeer();
    }

    private boolean hasPeer() {
        Scratch s = Scratch.get();
        // the name is not wanted
        s.buffer.putInt(4, 0);
        return Linux.call(Syscalls.GETPEERNAME, descriptor, s.address, s.address + 4) == 0;
    }

    /** The value of an option of the socket itself, which is not negative; or an errno negated. */
    private static int option(int fd, int name) {
        Scratch s = Scratch.get();
        s.buffer.putInt(4, 4);
        int rc = (int) Linux.call(Syscalls.GETSOCKOPT, fd, SOL_SOCKET, name, s.address, s.address + 4);
        return rc < 0 ? rc : s.buffer.getInt(0);
    }

    /** How the connecting ended. */
    private int connected() {
        int error = option(own, SO_ERROR);
        return error < 0 ? error : -error;
    }

    private int handOverSocket() {
        boolean accept = kind == Kind.ACCEPT;
        operation.address = Memory.address(sockaddr);
        operation.offset = accept ? operation.address + LENGTH_AT : sockaddr.limit();
        if (accept) {
            sockaddr.putInt(LENGTH_AT, SocketAddresses.SIZE);
            operation.flags = number;
        }
        if (!supported() && accept) {
            accepting = briefTask();
        }
        if (!supported()) {
            // what is done when it is ready, or in a helper, must be done on this file, whatever the number means by
            // then
            own = Linux.duplicate(descriptor, 0);
            if (own < 0) {
                return own;
            }
        }
        return handOver();
    }

    @Override
    protected int readiness() {
        return kind == Kind.ACCEPT ? Linux.POLLIN : connecting ? Linux.POLLOUT : 0;
    }

    /** An accept blocks when somebody else was quicker. */
    @Override
    protected void ready() {
        BlockingHelpers.Task task = accepting;
        if (task == null) {
            super.ready();
            return;
        }
        if (help(task) < 0) {
            tryAgain();
        }
    }

    private void tryAgain() {
        try {
            pause();
        } catch (Throwable thrown) {
            complete(-Errnos.ENOMEM, 0, 0);
            throw thrown;
        }
    }

    private void pause() {
        paused = true;
        int now = pause;
        pause = Math.min(2 * now, LONGEST_PAUSE_NANOS);
        queue.deadlines().set(this, Linux.CLOCK_MONOTONIC, System.nanoTime() + now);
        // stopped while it was nowhere; pairs with stop()
        if (stopped()) {
            stop();
        }
    }

    @Override
    public long blocking() {
        long at = Memory.address(sockaddr);
        if (kind == Kind.ACCEPT) {
            BlockingCall.own().endSoon();
            int rc = Linux.call(Syscalls.ACCEPT4, own, at, at + LENGTH_AT, number);
            return rc == -Errnos.EINTR ? -Errnos.EAGAIN : rc;
        }
        return connecting ? connected() : Linux.call(Syscalls.CONNECT, own, at, sockaddr.limit());
    }

    @Override
    public void ended(long result) {
        if (kind == Kind.BIND && result == 0) {
            try {
                bind();
            } catch (Throwable thrown) {
                complete(-Errnos.ENOMEM, 0, 0);
                throw thrown;
            }
            return;
        }
        if (kind == Kind.ACCEPT && result == -Errnos.EAGAIN && accepting != null) {
            pause = FIRST_PAUSE_NANOS;
            tryAgain();
            return;
        }
        if (kind == Kind.ACCEPT && result >= 0) {
            accepted = (int) result;
            peerLength = sockaddr.getInt(LENGTH_AT);
        }
        complete(result, 0, 0);
    }

    private int beginBind() {
        own = Linux.duplicate(descriptor, 0);
        if (own < 0) {
            return own;
        }
        bind();
        return 0;
    }

    /** Binds, or has it tried again later. */
    private void bind() {
        int rc = Linux.call(Syscalls.BIND, own, Memory.address(sockaddr), sockaddr.limit());
        if (rc != -Errnos.EADDRINUSE) {
            complete(rc, 0, 0);
            return;
        }
        pause();
    }

    @Override
    protected void stop() {
        super.stop();
        if (queue.deadlines().clear(this)) {
            complete(-Errnos.ECANCELED, 0, 0);
        }
    }
}
