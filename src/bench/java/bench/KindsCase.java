package bench;

import static bench.Check.ok;
import static org.sigkevent.Kevent.kevent_init;
import static org.sigkevent.Kevent.kevent_map_ringbuf;
import static org.sigkevent.Kevent.kevent_submit;
import static org.sigkevent.Kevent.kevent_wait;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.Poll;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.SysSocket;
import org.sigkevent.Unistd;
import org.sigkevent.Wait;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/** One event of each kind after the other: asked for, brought about, told; against what is written by hand in C for it. */
final class KindsCase {
    private static final int FUTEX_WAKE_PRIVATE = 129;
    private static final int LOCK_UN = 8;

    private final int kfd = ok(kevent_init(64));
    private final KeventRing ring = kevent_map_ringbuf(kfd, 1);
    private final KeventRecord record = new KeventRecord();
    private final SigVal cookie = SigVal.of(1);

    private KindsCase() {}

    static List<Group> groups() {
        return List.of(
                group("fd", () -> new KindsCase().readiness()),
                group("signal", () -> new KindsCase().signals()),
                group("futex", () -> new KindsCase().futexes()),
                group("process", () -> new KindsCase().processes()),
                group("lock", () -> new KindsCase().locks()),
                group("accept", () -> new KindsCase().connections()));
    }

    private static Group group(String kind, Group.Opening opening) {
        return new Group("kinds, " + kind, Unit.PER_SECOND)
                .ours("KeventEvent", opening)
                .program("kinds", kind);
    }

    private void submit(KeventEvent event) {
        ok(kevent_submit(kfd, event, 0, null));
    }

    private void take() {
        for (; ; ) {
            int state = ring.state();
            if (ring.take(record)) {
                break;
            }
            kevent_wait(kfd, state, null, null);
        }
        if (record.error != 0) {
            throw new IllegalStateException(record.toString());
        }
    }

    private interface Round {
        void run() throws IOException;
    }

    private static Work each(Round round) {
        return (operations, watch) -> {
            for (int i = 0; i < operations; i++) {
                long started = watch.start();
                round.run();
                watch.stop(started);
            }
        };
    }

    private Work readiness() {
        ByteBuffer b = Memory.allocate(16);
        long at = Memory.address(b);
        ok(Linux.call(Native.X86_64 ? 293 : 59, at, Linux.O_CLOEXEC)); // pipe2
        int from = b.getInt(0);
        int to = b.getInt(4);
        KeventEvent readable = KeventEvent.fd(from, Poll.POLLIN, cookie);
        return each(() -> {
            submit(readable);
            Native.C.write(to, at + 8, 1);
            take();
            Native.C.read(from, at + 8, 1);
        });
    }

    private Work signals() {
        SigSet set = new SigSet();
        Signal.sigaddset(set, Signal.SIGRTMIN);
        submit(KeventEvent.signals(set, false, cookie));
        int pid = Linux.getpid();
        SigVal value = SigVal.of(7);
        return each(() -> {
            ok(Signal.sigqueue(pid, Signal.SIGRTMIN, value));
            take();
        });
    }

    private Work futexes() {
        ByteBuffer word = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
        long address = Memory.address(word);
        KeventEvent wait = KeventEvent.futex(word, 0, -1, false, cookie);
        return each(() -> {
            submit(wait);
            while (Linux.call(Syscalls.FUTEX, address, FUTEX_WAKE_PRIVATE, 1) == 0) {
                Thread.onSpinWait(); // the wait has not begun
            }
            take();
        });
    }

    private Work processes() {
        POSIX posix = POSIXFactory.getNativePOSIX();
        return each(() -> {
            long pid = posix.posix_spawnp("true", List.of(), List.of("true"), List.of("PATH=/usr/bin:/bin"));
            submit(KeventEvent.waitid(Wait.P_PID, (int) pid, Wait.WEXITED, cookie));
            take();
        });
    }

    private Work locks() throws IOException {
        Path file = Files.createTempFile("sigkevent-bench", ".lock");
        int holder = ok(Fcntl.open(file.toString(), Fcntl.O_RDWR));
        int waiter = ok(Fcntl.open(file.toString(), Fcntl.O_RDWR));
        Files.delete(file);
        KeventEvent held = KeventEvent.flock(waiter, Fcntl.LOCK_EX, cookie);
        return each(() -> {
            ok(Linux.call(Syscalls.FLOCK, holder, Fcntl.LOCK_EX));
            submit(held);
            ok(Linux.call(Syscalls.FLOCK, holder, LOCK_UN));
            take();
            ok(Linux.call(Syscalls.FLOCK, waiter, LOCK_UN));
        });
    }

    private Work connections() throws IOException {
        Path name = Files.createTempDirectory("sigkevent-bench").resolve("socket");
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(name);
        int server = ok((int) Native.C.socket(1, 1 | Linux.O_CLOEXEC, 0));
        submit(KeventEvent.bind(server, address, cookie));
        take();
        submit(KeventEvent.listen(server, 16, cookie));
        take();
        KeventEvent accept = KeventEvent.accept(server, SysSocket.SOCK_CLOEXEC, cookie);
        ByteBuffer sockaddr = Memory.allocate(112);
        sockaddr.putShort(0, (short) 1);
        byte[] path = name.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
        sockaddr.put(2, path);
        long at = Memory.address(sockaddr);
        return each(() -> {
            submit(accept);
            int client = (int) Native.C.socket(1, 1 | Linux.O_CLOEXEC, 0);
            int rc = Linux.call(Syscalls.CONNECT, client, at, 3 + path.length);
            java.lang.ref.Reference.reachabilityFence(sockaddr);
            if (rc < 0) {
                throw new IOException("connect: " + Errno.strerror(-rc));
            }
            take();
            Unistd.close((int) record.result);
            Unistd.close(client);
        });
    }
}
