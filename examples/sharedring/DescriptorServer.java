package sharedring;

import static org.sigkevent.Kevent.kevent_destroy;
import static org.sigkevent.Kevent.kevent_init;
import static org.sigkevent.Kevent.kevent_map_ringbuf;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_wait;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.posix.CmsgHdr;
import jnr.posix.MsgHdr;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import org.sigkevent.Errno;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigVal;
import org.sigkevent.SysSocket;
import org.sigkevent.Unistd;

/**
 * Sends a descriptor to whoever connects to a Unix socket, as SCM_RIGHTS, and receives one. jnr-posix has sendmsg and recvmsg;
 * the binding, accepting and connecting are requests to a kevent queue.
 */
final class DescriptorServer implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_CLOEXEC = SysSocket.SOCK_CLOEXEC;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final POSIX POSIX_CALLS = POSIXFactory.getNativePOSIX();

    /** What jnr needs. */
    public interface Libc {
        Libc C = LibraryLoader.create(Libc.class).load("c");

        int socket(int domain, int type, int protocol);
    }

    private final int kfd;
    private final int socket;

    DescriptorServer(Path path) throws IOException {
        kfd = kevent_init(4);
        socket = Libc.C.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (socket < 0) { // the C library's own calls leave their error with jnr
            throw new IOException(
                    "socket: " + Errno.strerror(LastError.getLastError(jnr.ffi.Runtime.getRuntime(Libc.C))));
        }
        if (kfd < 0) {
            throw new IOException("kevent_init: " + Errno.message());
        }
        await(kfd, KeventEvent.bind(socket, UnixDomainSocketAddress.of(path), SigVal.of(1)), "bind");
        await(kfd, KeventEvent.listen(socket, 16, SigVal.of(1)), "listen");
    }

    /** Waits for the next who connects and sends it the descriptor. */
    void send(int fd) throws IOException {
        int peer = (int) await(kfd, KeventEvent.accept(socket, SOCK_CLOEXEC, SigVal.of(1)), "accept");
        MsgHdr message = message(fd);
        long sent = POSIX_CALLS.sendmsg(peer, message, 0);
        Unistd.close(peer);
        if (sent != 1) {
            throw new IOException("sendmsg: " + Errno.strerror(POSIX_CALLS.errno()));
        }
    }

    /** The descriptor that the server at this path sends. */
    static int receive(Path path) throws IOException {
        int kfd = kevent_init(4);
        int socket = Libc.C.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        await(kfd, KeventEvent.connect(socket, UnixDomainSocketAddress.of(path), SigVal.of(1)), "connect");
        MsgHdr message = message(-1);
        long received = POSIX_CALLS.recvmsg(socket, message, 0);
        Unistd.close(socket);
        kevent_destroy(kfd, null, 0);
        if (received != 1 || message.getControls().length == 0) {
            throw new IOException("recvmsg: " + Errno.strerror(POSIX_CALLS.errno()));
        }
        return message.getControls()[0].getData().order(ByteOrder.nativeOrder()).getInt(0);
    }

    private static MsgHdr message(int fd) {
        MsgHdr message = POSIX_CALLS.allocateMsgHdr();
        message.setIov(new ByteBuffer[] {ByteBuffer.allocateDirect(1)});
        CmsgHdr control = message.allocateControl(4);
        control.setLevel(SOL_SOCKET);
        control.setType(SCM_RIGHTS);
        ByteBuffer data = ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder());
        data.putInt(0, fd);
        control.setData(data);
        return message;
    }

    private static long await(int kfd, KeventEvent event, String what) throws IOException {
        KeventRing ring = kevent_map_ringbuf(kfd, 1);
        KeventRecord record = new KeventRecord();
        int rc = kevent_submit(kfd, event, 0, null);
        while (rc >= 0) {
            int state = ring.state();
            if (ring.take(record)) {
                if (record.error != 0) {
                    throw new IOException(what + ": " + Errno.strerror(record.error));
                }
                return record.result;
            }
            rc = kevent_wait(kfd, state, null, null) < 0 && Errno.errno() != Errno.EWOULDBLOCK ? -1 : 0;
        }
        throw new IOException(what + ": " + Errno.message());
    }

    @Override
    public void close() {
        Unistd.close(socket);
        kevent_destroy(kfd, null, 0);
    }
}
