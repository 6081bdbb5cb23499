package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.ffi.LibraryLoader;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/**
 * Something of each kind that can happen, and that ends in records. It is armed first, with calls of the library; what makes it
 * happen then is no call that a queue hears of (for most a bare system call), so that a test can tell who moved its record.
 */
final class Occurrence {
    /** What a test that arms it has: a queue, a directory, and things that are closed at the end in reverse order. */
    static final class Scene implements AutoCloseable {
        private static final AtomicInteger NUMBER = new AtomicInteger();

        final int kfd;
        private final Path folder;
        private final Deque<Runnable> ends = new ArrayDeque<>();
        private final List<Object> held = new ArrayList<>();

        Scene(int kfd, Path folder) {
            this.kfd = kfd;
            this.folder = folder;
        }

        void atEnd(Runnable end) {
            ends.push(end);
        }

        <T> T hold(T object) {
            held.add(object);
            return object;
        }

        int opened(int fd) {
            assertTrue(fd >= 0, () -> "errno " + -fd);
            atEnd(() -> Linux.close(fd));
            return fd;
        }

        Path path(String name) {
            return folder.resolve(name + NUMBER.incrementAndGet());
        }

        int[] pipe() {
            int[] ends = EventSource.pipe();
            return new int[] {opened(ends[0]), opened(ends[1])};
        }

        int[] sockets() {
            ByteBuffer b = Memory.allocate(8);
            assertEquals(0, MORE.socketpair(1, 1 | Linux.O_CLOEXEC, 0, Memory.address(b)));
            return new int[] {opened(b.getInt(0)), opened(b.getInt(4))};
        }

        int file(Path path) {
            return opened(Fcntl.open(path.toString(), Fcntl.O_RDWR | Fcntl.O_CREAT | Fcntl.O_CLOEXEC, 0600));
        }

        /** A file of a megabyte, dirty. */
        int file() throws IOException {
            return file(Files.write(path("file"), new byte[1 << 20]));
        }

        void submit(KeventEvent event) {
            ok(Kevent.kevent_submit(kfd, hold(event), 0, null));
        }

        Aiocb block(int fd, int bytes, SigVal value) {
            Aiocb cb = hold(new Aiocb());
            cb.aio_fildes = fd;
            cb.aio_buf = Memory.allocate(bytes);
            cb.aio_nbytes = bytes;
            cb.aio_sigevent = SigEvent.kevent(kfd, value);
            return cb;
        }

        /** The queue goes first, with what is armed in it. */
        @Override
        public void close() {
            Kevent.kevent_destroy(kfd, null, 0);
            ends.forEach(Runnable::run);
        }
    }

    /** Arms it with a cookie; what makes it happen, which is nothing where it happens by itself. */
    interface Arm {
        Happen arm(Scene scene, SigVal value) throws Exception;
    }

    /** Makes it happen. */
    interface Happen {
        void run() throws Exception;
    }

    /** What the tests need of the C library beyond what the library binds. */
    public interface More {
        int socketpair(int domain, int type, int protocol, long fds);

        int posix_fadvise(int fd, long offset, long length, int advice);

        int mkfifo(long path, int mode);
    }

    private static final More MORE = LibraryLoader.create(More.class).load("c");
    private static final Happen BY_ITSELF = () -> {};
    /** Of timers: longer than the library waits for a caller before it drives a queue itself. */
    static final long DELAY = 15_000_000;

    private static final int IPC_PRIVATE = 0;
    private static final int IPC_RMID = 0;
    private static final int WSTOPPED = 2;
    private static final int WEXITED = 4;
    private static final int WNOWAIT = 0x01000000;
    private static final int P_PID = 1;
    private static final int SIGSTOP = 19;
    private static final int KILL = Native.X86_64 ? 62 : 129;
    private static final int MSGGET = Native.X86_64 ? 68 : 186;
    private static final int MSGCTL = Native.X86_64 ? 71 : 187;
    private static final int SEMGET = Native.X86_64 ? 64 : 190;
    private static final int SEMCTL = Native.X86_64 ? 66 : 191;

    final String name;
    /** The id of its records. */
    final int id;
    /** How many records it ends in. */
    final int records;

    private final Arm arm;

    private Occurrence(String name, int id, int records, Arm arm) {
        this.name = name;
        this.id = id;
        this.records = records;
        this.arm = arm;
    }

    Happen arm(Scene scene, SigVal value) throws Exception {
        return arm.arm(scene, value);
    }

    /** Whether nobody makes it happen: it is due some time after it was armed, or at once. */
    static boolean happensByItself(Happen happen) {
        return happen == BY_ITSELF;
    }

    /** How long after it was armed something is due that happens by itself. */
    long delay() {
        return id == Kevent.KEVENT_TIMER || id == Kevent.KEVENT_DELAY ? DELAY : 0;
    }

    @Override
    public String toString() {
        return name;
    }

    /** One of each kind. */
    static List<Occurrence> all() {
        List<Occurrence> all = new ArrayList<>();
        timers(all);
        transfers(all);
        messages(all);
        waits(all);
        sockets(all);
        locks(all);
        syncs(all);
        return all;
    }

    private static void add(List<Occurrence> to, String name, int id, Arm arm) {
        to.add(new Occurrence(name, id, 1, arm));
    }

    private static void timers(List<Occurrence> to) {
        timer(to, "MONOTONIC", Time.CLOCK_MONOTONIC, BY_ITSELF);
        timer(to, "REALTIME", Time.CLOCK_REALTIME, BY_ITSELF);
        timer(to, "BOOTTIME", Time.CLOCK_BOOTTIME, BY_ITSELF);
        timer(to, "TAI", Time.CLOCK_TAI, BY_ITSELF);
        timer(to, "PROCESS_CPUTIME", Time.CLOCK_PROCESS_CPUTIME_ID, () -> burn(Time.CLOCK_PROCESS_CPUTIME_ID));
        delay(to, "MONOTONIC", Time.CLOCK_MONOTONIC, BY_ITSELF);
        delay(to, "REALTIME", Time.CLOCK_REALTIME, BY_ITSELF);
        delay(to, "BOOTTIME", Time.CLOCK_BOOTTIME, BY_ITSELF);
        delay(to, "PROCESS_CPUTIME", Time.CLOCK_PROCESS_CPUTIME_ID, () -> burn(Time.CLOCK_PROCESS_CPUTIME_ID));
    }

    private static void timer(List<Occurrence> to, String name, int clock, Happen happen) {
        add(to, "timer " + name, Kevent.KEVENT_TIMER, (scene, value) -> {
            timer(scene, clock, value, 0);
            return happen;
        });
    }

    /** A timer; it is deleted at the end. */
    static void timer(Scene scene, int clock, SigVal value, long period) {
        int[] id = new int[1];
        ok(Time.timer_create(clock, SigEvent.kevent(scene.kfd, value), id));
        scene.atEnd(() -> Time.timer_delete(id[0]));
        ItimerSpec spec = new ItimerSpec();
        spec.it_value.tv_nsec = period == 0 ? DELAY : period;
        spec.it_interval.tv_nsec = period;
        ok(Time.timer_settime(id[0], 0, spec, null));
    }

    private static void delay(List<Occurrence> to, String name, int clock, Happen happen) {
        add(to, "delay " + name, Kevent.KEVENT_DELAY, (scene, value) -> {
            scene.submit(KeventEvent.delay(clock, 0, TimeSpec.ofNanos(DELAY), value));
            return happen;
        });
    }

    /** Uses up the time of a CPU-time clock that a delay waits for. */
    static void burn(int clock) {
        TimeSpec now = new TimeSpec();
        ok(Time.clock_gettime(clock, now));
        long end = now.toNanos() + 2 * DELAY;
        while (now.toNanos() < end) {
            ok(Time.clock_gettime(clock, now));
        }
    }

    private static void transfers(List<Occurrence> to) {
        add(to, "aio_read of a pipe", Kevent.KEVENT_AIO, (scene, value) -> {
            int[] pipe = scene.pipe();
            ok(Aio.aio_read(scene.block(pipe[0], 16, value)));
            return () -> write(pipe[1], 1);
        });
        add(to, "aio_read of a FIFO", Kevent.KEVENT_AIO, (scene, value) -> {
            Path path = scene.path("fifo");
            assertEquals(0, MORE.mkfifo(Memory.address(scene.hold(Memory.cString(path.toString()))), 0600));
            int fifo = scene.file(path);
            ok(Aio.aio_read(scene.block(fifo, 16, value)));
            return () -> write(fifo, 1);
        });
        add(to, "aio_read of a socket", Kevent.KEVENT_AIO, (scene, value) -> {
            int[] pair = scene.sockets();
            ok(Aio.aio_read(scene.block(pair[0], 16, value)));
            return () -> write(pair[1], 1);
        });
        add(to, "aio_read of a cold file", Kevent.KEVENT_AIO, (scene, value) -> {
            int fd = scene.file();
            assertEquals(0, Linux.call(Syscalls.FSYNC, fd));
            assertEquals(0, MORE.posix_fadvise(fd, 0, 0, 4));
            ok(Aio.aio_read(scene.block(fd, 1 << 20, value)));
            return BY_ITSELF;
        });
        add(to, "aio_write to a file", Kevent.KEVENT_AIO, (scene, value) -> {
            ok(Aio.aio_write(scene.block(scene.file(), 1 << 20, value)));
            return BY_ITSELF;
        });
        add(to, "aio_write to a full pipe", Kevent.KEVENT_AIO, (scene, value) -> {
            int[] pipe = scene.pipe();
            write(pipe[1], 65536);
            ok(Aio.aio_write(scene.block(pipe[1], 16, value)));
            return () -> read(pipe[0], 65536);
        });
        add(to, "aio_write to a full socket", Kevent.KEVENT_AIO, (scene, value) -> {
            int[] pair = scene.sockets();
            ok(Aio.aio_write(scene.block(pair[1], 4 << 20, value)));
            return () -> read(pair[0], 4 << 20);
        });
        add(to, "aio_fsync", Kevent.KEVENT_AIO, (scene, value) -> {
            ok(Aio.aio_fsync(Fcntl.O_SYNC, scene.block(scene.file(), 0, value)));
            return BY_ITSELF;
        });
        to.add(new Occurrence("lio_listio", Kevent.KEVENT_AIO, 4, (scene, value) -> {
            int[] pipe = scene.pipe();
            int[] pair = scene.sockets();
            Aiocb[] list = {
                scene.block(pipe[0], 16, value), scene.block(pair[0], 16, value), scene.block(scene.file(), 100, value)
            };
            for (Aiocb one : list) {
                one.aio_lio_opcode = Aio.LIO_READ;
            }
            ok(Aio.lio_listio(Aio.LIO_NOWAIT, list, list.length, SigEvent.kevent(scene.kfd, value)));
            return () -> {
                write(pipe[1], 1);
                write(pair[1], 1);
            };
        }));
    }

    private static void messages(List<Occurrence> to) {
        add(to, "mq_notify", Kevent.KEVENT_MQ, (scene, value) -> {
            MqAttr attr = new MqAttr();
            attr.mq_maxmsg = 2;
            attr.mq_msgsize = 8;
            String name =
                    "/sigkevent-occurrence-" + ProcessHandle.current().pid() + "-" + Scene.NUMBER.incrementAndGet();
            int mq = (int) ok(Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, attr));
            scene.atEnd(() -> Mqueue.mq_close(mq));
            ok(Mqueue.mq_unlink(name));
            ok(Mqueue.mq_notify(mq, SigEvent.kevent(scene.kfd, value)));
            return () ->
                    assertEquals(0, Linux.call(Syscalls.MQ_TIMEDSEND, mq, Memory.address(Memory.allocate(1)), 1, 0, 0));
        });
        add(to, "msgrcv", Kevent.KEVENT_SYSVMSG, (scene, value) -> {
            int msqid = messageQueue(scene);
            scene.submit(KeventEvent.msgrcv(msqid, Memory.allocate(64), 0, 0, value));
            return () -> sendMessage(msqid, 8);
        });
        add(to, "msgsnd to a full queue", Kevent.KEVENT_SYSVMSG, (scene, value) -> {
            int msqid = messageQueue(scene);
            sendMessage(msqid, 8192);
            sendMessage(msqid, 8192);
            scene.submit(KeventEvent.msgsnd(msqid, Memory.allocate(64), 1, value));
            return () -> {
                ByteBuffer message = Memory.allocate(8200);
                assertEquals(8192, Linux.call(Syscalls.MSGRCV, msqid, Memory.address(message), 8192, 0, 0));
                Reference.reachabilityFence(message);
            };
        });
        add(to, "semop", Kevent.KEVENT_SYSVSEM, (scene, value) -> {
            int semid = (int) ok(Linux.call(SEMGET, IPC_PRIVATE, 1, 0600));
            scene.atEnd(() -> Linux.call(SEMCTL, semid, 0, IPC_RMID, 0));
            scene.submit(KeventEvent.semop(semid, new short[] {0, -1, 0}, value));
            ByteBuffer up = Memory.allocate(8);
            up.putShort(2, (short) 1);
            return () -> assertEquals(0, Linux.call(Syscalls.SEMOP, semid, Memory.address(up), 1));
        });
        add(to, "overflow of another queue", Kevent.KEVENT_OVERFLOW, (scene, value) -> {
            int small = Support.queue(1);
            scene.atEnd(() -> Kevent.kevent_destroy(small, null, 0));
            ok(Kevent.kevent_ctl(small, Kevent.KEVENT_CTL_OVERFLOW, SigEvent.kevent(scene.kfd, value)));
            KeventEvent post = KeventEvent.user(SigVal.of(1));
            ok(Kevent.kevent_submit(small, post, 0, null));
            return () -> Support.refused(Errno.EAGAIN, Kevent.kevent_submit(small, post, Kevent.KEVENT_NOWAIT, null));
        });
    }

    private static int messageQueue(Scene scene) {
        int msqid = (int) ok(Linux.call(MSGGET, IPC_PRIVATE, 0600));
        scene.atEnd(() -> Linux.call(MSGCTL, msqid, IPC_RMID, 0));
        return msqid;
    }

    private static void sendMessage(int msqid, int bytes) {
        ByteBuffer message = Memory.allocate(8 + bytes);
        message.putLong(0, 1);
        assertEquals(0, Linux.call(Syscalls.MSGSND, msqid, Memory.address(message), bytes, 0));
    }

    private static void waits(List<Occurrence> to) {
        add(to, "user", Kevent.KEVENT_USER, (scene, value) -> {
            scene.submit(KeventEvent.user(value));
            return BY_ITSELF;
        });
        add(to, "fd", Kevent.KEVENT_FD, (scene, value) -> {
            int[] pipe = scene.pipe();
            scene.submit(KeventEvent.fd(pipe[0], Poll.POLLIN, value));
            return () -> write(pipe[1], 1);
        });
        add(to, "fdLevel", Kevent.KEVENT_FD, (scene, value) -> {
            int[] pipe = scene.pipe();
            scene.submit(KeventEvent.fdLevel(pipe[0], Poll.POLLIN, value));
            return () -> write(pipe[1], 1);
        });
        add(to, "signal", Kevent.KEVENT_SIGNAL, (scene, value) -> {
            int signo = Signal.SIGRTMIN + 12;
            SigSet set = new SigSet();
            ok(Signal.sigaddset(set, signo));
            scene.submit(KeventEvent.signals(set, false, value));
            return () -> assertEquals(0, Linux.call(KILL, Native.C.getpid(), signo));
        });
        add(to, "futex", Kevent.KEVENT_FUTEX, (scene, value) -> {
            ByteBuffer word = scene.hold(ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder()));
            scene.submit(KeventEvent.futex(word, 0, -1, true, value));
            return () -> Support.until(
                    "it waits and is woken", () -> Linux.call(Syscalls.FUTEX, Memory.address(word), 1, 1) == 1);
        });
        add(to, "processEnd", Kevent.KEVENT_PROCESS, (scene, value) -> {
            Process child = child(scene);
            scene.submit(KeventEvent.processEnd((int) child.pid(), value));
            return child::destroyForcibly;
        });
        add(to, "waitid for an end", Kevent.KEVENT_PROCESS, (scene, value) -> {
            Process child = child(scene);
            scene.submit(KeventEvent.waitid(P_PID, (int) child.pid(), WEXITED | WNOWAIT, value));
            return child::destroyForcibly;
        });
        add(to, "waitid for a stop", Kevent.KEVENT_PROCESS, (scene, value) -> {
            Process child = child(scene);
            scene.submit(KeventEvent.waitid(P_PID, (int) child.pid(), WSTOPPED, value));
            return () -> assertEquals(0, Linux.call(KILL, child.pid(), SIGSTOP));
        });
    }

    private static Process child(Scene scene) throws IOException {
        Process child = new ProcessBuilder("sleep", "1000").start();
        scene.atEnd(child::destroyForcibly);
        return child;
    }

    private static void sockets(List<Occurrence> to) {
        add(to, "accept", Kevent.KEVENT_SOCKET, (scene, value) -> {
            ByteBuffer address = scene.hold(DescriptorServer.address(scene.path("socket")));
            int server = listening(scene, address);
            scene.submit(KeventEvent.accept(server, SysSocket.SOCK_CLOEXEC, value));
            int client = scene.opened(Native.C.socket(1, 1 | Linux.O_CLOEXEC, 0));
            return () -> assertEquals(0, Linux.call(Syscalls.CONNECT, client, Memory.address(address), 110));
        });
        add(to, "connect", Kevent.KEVENT_SOCKET, (scene, value) -> {
            Path path = scene.path("socket");
            listening(scene, scene.hold(DescriptorServer.address(path)));
            int client = scene.opened(Native.C.socket(1, 1 | Linux.O_CLOEXEC, 0));
            scene.submit(KeventEvent.connect(client, UnixDomainSocketAddress.of(path), value));
            return BY_ITSELF;
        });
        add(to, "bind to an address in use", Kevent.KEVENT_SOCKET, (scene, value) -> {
            Path path = scene.path("socket");
            listening(scene, scene.hold(DescriptorServer.address(path)));
            int second = scene.opened(Native.C.socket(1, 1 | Linux.O_CLOEXEC, 0));
            scene.submit(KeventEvent.bind(second, UnixDomainSocketAddress.of(path), value));
            return () -> Files.delete(path);
        });
        add(to, "listen", Kevent.KEVENT_SOCKET, (scene, value) -> {
            int server = scene.opened(Native.C.socket(2, 1 | Linux.O_CLOEXEC, 0));
            int bound = Support.queue(1);
            scene.atEnd(() -> Kevent.kevent_destroy(bound, null, 0));
            InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            ok(Kevent.kevent_submit(bound, KeventEvent.bind(server, any, null), 0, null));
            assertEquals(0, Support.take(bound).error);
            scene.submit(KeventEvent.listen(server, 5, value));
            return BY_ITSELF;
        });
    }

    private static int listening(Scene scene, ByteBuffer address) {
        int server = scene.opened(Native.C.socket(1, 1 | Linux.O_CLOEXEC, 0));
        assertEquals(0, Linux.call(Syscalls.BIND, server, Memory.address(address), 110));
        assertEquals(0, Linux.call(Syscalls.LISTEN, server, 5));
        return server;
    }

    private static void locks(List<Occurrence> to) {
        add(to, "flock", Kevent.KEVENT_FLOCK, (scene, value) -> {
            Path path = scene.path("locked");
            int holder = scene.file(path);
            assertEquals(0, Linux.call(Syscalls.FLOCK, holder, Fcntl.LOCK_EX));
            scene.submit(KeventEvent.flock(scene.file(path), Fcntl.LOCK_EX, value));
            return () -> assertEquals(0, Linux.call(Syscalls.FLOCK, holder, 8));
        });
        add(to, "ofdLock", Kevent.KEVENT_FLOCK, (scene, value) -> {
            Path path = scene.path("locked");
            int holder = Fcntl.open(path.toString(), Fcntl.O_RDWR | Fcntl.O_CREAT, 0600);
            int before = Support.queue(1);
            ok(Kevent.kevent_submit(
                    before, KeventEvent.ofdLock(holder, Fcntl.F_WRLCK, Fcntl.SEEK_SET, 0, 0, null), 0, null));
            assertEquals(0, Support.take(before).error);
            Support.destroy(before);
            scene.submit(KeventEvent.ofdLock(scene.file(path), Fcntl.F_WRLCK, Fcntl.SEEK_SET, 0, 0, value));
            return () -> Linux.close(holder);
        });
        add(to, "lock", Kevent.KEVENT_FLOCK, (scene, value) -> {
            scene.submit(KeventEvent.lock(scene.file(), Fcntl.F_WRLCK, Fcntl.SEEK_SET, 0, 10, value));
            return BY_ITSELF;
        });
        add(to, "lockf", Kevent.KEVENT_FLOCK, (scene, value) -> {
            scene.submit(KeventEvent.lockf(scene.file(), 10, value));
            return BY_ITSELF;
        });
    }

    private static void syncs(List<Occurrence> to) {
        add(to, "fsync", Kevent.KEVENT_SYNC, (scene, value) -> {
            scene.submit(KeventEvent.fsync(scene.file(), value));
            return BY_ITSELF;
        });
        add(to, "fdatasync", Kevent.KEVENT_SYNC, (scene, value) -> {
            scene.submit(KeventEvent.fdatasync(scene.file(), value));
            return BY_ITSELF;
        });
        add(to, "syncFileRange", Kevent.KEVENT_SYNC, (scene, value) -> {
            scene.submit(KeventEvent.syncFileRange(scene.file(), 0, 1 << 20, 7, value));
            return BY_ITSELF;
        });
        add(to, "msync", Kevent.KEVENT_SYNC, (scene, value) -> {
            Path path = Files.write(scene.path("mapped"), new byte[8192]);
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                ByteBuffer mapped = scene.hold(channel.map(FileChannel.MapMode.READ_WRITE, 0, 8192));
                mapped.put(5000, (byte) 1);
                scene.submit(KeventEvent.msync(mapped, value));
            }
            return BY_ITSELF;
        });
    }

    private static void write(int fd, int bytes) {
        assertEquals(bytes, Native.C.write(fd, Memory.address(Memory.allocate(bytes)), bytes));
    }

    /** Reads so many bytes. */
    private static void read(int fd, int bytes) {
        ByteBuffer b = Memory.allocate(65536);
        for (long left = bytes; left > 0; ) {
            long n = Native.C.read(fd, Memory.address(b), Math.min(left, 65536));
            assertTrue(n > 0, "read");
            left -= n;
        }
    }
}
