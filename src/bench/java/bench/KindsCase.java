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
import org.sigkevent.Fcntl;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.Poll;
import org.sigkevent.SigEvent;
import org.sigkevent.SigInfo;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Time;
import org.sigkevent.Unistd;
import org.sigkevent.Wait;

/** One event of each kind after the other: asked for, brought about, told; against what is written by hand in C for it. */
final class KindsCase {
    private final int kfd = ok(kevent_init(64));
    private final KeventRing ring = kevent_map_ringbuf(kfd, 1);
    private final KeventRecord record = new KeventRecord();
    private final SigVal cookie = SigVal.of(1);

    private KindsCase() {}

    static List<Group> groups() {
        return List.of(
                group("fd", () -> new KindsCase().readiness()),
                group("signal", () -> new KindsCase().signals()),
                new Group("kinds, sigwaitinfo", Unit.PER_SECOND)
                        .ours("sigqueue, sigwaitinfo", KindsCase::sigwaits)
                        .program("kinds", "signal"),
                new Group("kinds, SIGEV_SIGNAL", Unit.PER_SECOND)
                        .ours("timer_create, sigwaitinfo", KindsCase::notifications)
                        .program("kinds", "notified"),
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
        int[] ends = Sys.pipe();
        int from = ends[0];
        int to = ends[1];
        long at = Sys.allocate(1);
        KeventEvent readable = KeventEvent.fd(from, Poll.POLLIN, cookie);
        return each(() -> {
            submit(readable);
            Sys.C.write(to, at, 1);
            take();
            Sys.C.read(from, at, 1);
        });
    }

    private Work signals() {
        SigSet set = new SigSet();
        Signal.sigaddset(set, Signal.SIGRTMIN);
        submit(KeventEvent.signals(set, false, cookie));
        int pid = Sys.C.getpid();
        SigVal value = SigVal.of(7);
        return each(() -> {
            ok(Signal.sigqueue(pid, Signal.SIGRTMIN, value));
            take();
        });
    }

    private static SigSet blocked() {
        SigSet set = new SigSet();
        Signal.sigaddset(set, Signal.SIGRTMIN);
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, set, null));
        return set;
    }

    private static Work sigwaits() {
        SigSet set = blocked();
        int pid = Sys.C.getpid();
        SigVal value = SigVal.of(7);
        SigInfo info = new SigInfo();
        return each(() -> {
            ok(Signal.sigqueue(pid, Signal.SIGRTMIN, value));
            ok(Signal.sigwaitinfo(set, info));
        });
    }

    private static Work notifications() {
        SigSet set = blocked();
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_SIGNAL;
        event.sigev_signo = Signal.SIGRTMIN;
        int[] timer = new int[1];
        ok(Time.timer_create(Time.CLOCK_MONOTONIC, event, timer));
        ItimerSpec once = new ItimerSpec();
        once.it_value.tv_nsec = 1;
        SigInfo info = new SigInfo();
        return each(() -> {
            ok(Time.timer_settime(timer[0], 0, once, null));
            ok(Signal.sigwaitinfo(set, info));
        });
    }

    private Work futexes() {
        ByteBuffer word = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
        long address = Sys.address(word);
        KeventEvent wait = KeventEvent.futex(word, 0, -1, false, cookie);
        return each(() -> {
            submit(wait);
            while (Sys.futexWake(address) == 0) {
                // The wait has not begun.
                Thread.onSpinWait();
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
            ok(Sys.C.flock(holder, Fcntl.LOCK_EX));
            submit(held);
            ok(Sys.C.flock(holder, Sys.LOCK_UN));
            take();
            ok(Sys.C.flock(waiter, Sys.LOCK_UN));
        });
    }

    private Work connections() throws IOException {
        Path name = Files.createTempDirectory("sigkevent-bench").resolve("socket");
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(name);
        int server = ok(Sys.C.socket(1, 1 | Sys.SOCK_CLOEXEC, 0));
        submit(KeventEvent.bind(server, address, cookie));
        take();
        submit(KeventEvent.listen(server, 16, cookie));
        take();
        KeventEvent accept = KeventEvent.accept(server, Sys.SOCK_CLOEXEC, cookie);
        byte[] path = name.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
        long sockaddr = Sys.allocate(112);
        Sys.MEMORY.putShort(sockaddr, (short) 1);
        Sys.MEMORY.putByteArray(sockaddr + 2, path, 0, path.length);
        return each(() -> {
            submit(accept);
            int client = Sys.C.socket(1, 1 | Sys.SOCK_CLOEXEC, 0);
            if (Sys.C.connect(client, sockaddr, 3 + path.length) < 0) {
                throw new IOException("connect failed");
            }
            take();
            Unistd.close((int) record.result);
            Unistd.close(client);
        });
    }
}
