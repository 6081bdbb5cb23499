package soak;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import org.sigkevent.Errno;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SysSocket;
import org.sigkevent.Unistd;

/** bind, listen, accept and connect on Internet and Unix sockets. What is accepted belongs to who took its record. */
final class Sockets extends Scene {
    private static final int BACKLOG = 16;

    private final Path path = Setting.directory().resolve("s" + Long.toHexString(random.nextLong()));
    private SocketAddress address;
    private int listener = -1;
    private int domain;

    Sockets(Stage stage) {
        super(stage, 6_000_000);
    }

    @Override
    boolean mayBeShared() {
        return false;
    }

    private int socket() {
        return Libc.ok(Libc.C.socket(domain, Libc.SOCK_STREAM | Libc.O_CLOEXEC, 0), "socket");
    }

    private void listen(Desk desk) throws Exception {
        close();
        domain = random.nextBoolean() ? Libc.AF_UNIX : Libc.AF_INET;
        listener = socket();
        SocketAddress to = domain == Libc.AF_UNIX
                ? UnixDomainSocketAddress.of(path)
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Ticket bound = desk.submit(Kind.SOCKET, cookie -> KeventEvent.bind(listener, to, cookie));
        happened(desk.await(bound), bound);
        Ticket listens = desk.submit(Kind.SOCKET, cookie -> KeventEvent.listen(listener, BACKLOG, cookie));
        happened(desk.await(listens), listens);
        address = domain == Libc.AF_UNIX ? to : new InetSocketAddress(InetAddress.getLoopbackAddress(), port());
    }

    private int port() {
        byte[] name = new byte[16];
        Libc.ok(Libc.C.getsockname(listener, name, new int[] {name.length}), "getsockname");
        return (name[2] & 0xff) << 8 | name[3] & 0xff;
    }

    @Override
    void round(Desk desk) throws Exception {
        if (listener < 0 || oneIn(64)) {
            listen(desk);
        }
        Ticket accepted =
                desk.submit(Kind.SOCKET, cookie -> KeventEvent.accept(listener, SysSocket.SOCK_CLOEXEC, cookie));
        if (oneIn(8)) {
            ledger.check(desk.cancel(accepted), "nothing to cancel: " + accepted);
            KeventRecord record = desk.await(accepted);
            ledger.check(record.error == Errno.ECANCELED, "cancelled: " + accepted);
            return;
        }
        int client = socket();
        Ticket connected = desk.submit(Kind.SOCKET, cookie -> KeventEvent.connect(client, address, cookie));
        happened(desk.await(connected), connected);
        KeventRecord record = desk.await(accepted);
        if (happened(record, accepted)) {
            int server = (int) record.result;
            Libc.ok(Libc.C.write(client, new byte[] {17}, 1), "write");
            byte[] got = new byte[1];
            Libc.ok(Libc.C.read(server, got, 1), "read");
            ledger.check(got[0] == 17, "not the connection that was accepted: " + accepted);
            // the client first: the listener's port stays free
            Unistd.close(client);
            Unistd.close(server);
        }
    }

    @Override
    public void close() throws Exception {
        if (listener >= 0) {
            Unistd.close(listener);
            java.nio.file.Files.deleteIfExists(path);
            listener = -1;
        }
    }
}
