package org.sigkevent.failure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.sigkevent.Aio;
import org.sigkevent.AioFile;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventCapabilities;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.MessageQueue;
import org.sigkevent.MqAttr;
import org.sigkevent.Mqueue;
import org.sigkevent.Poll;
import org.sigkevent.SigEvent;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.Unistd;
import org.sigkevent.engine.Seccomp;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/** Meets one limit, which its caller or it itself has set, and prints what the library says of it. */
public final class LimitsMain {
    private static final int EAFNOSUPPORT = 97;
    private static final int EACCES = 13;

    private LimitsMain() {}

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "msgqueue" -> messageQueue();
            case "sigpending" -> signals();
            case "eventfd" -> eventfds(args[1].equals("later"));
            case "mqueue" -> noMessageQueues(Integer.parseInt(args[1]));
            case "msgqueues" -> manyMessageQueues();
            case "nproc" -> threads();
            case "report" -> report();
            case "fsize" -> ringSize();
            case "nofile" -> descriptors();
            case "longread" -> longRead();
            case "netlink" -> netlink();
            case "executable" -> executable();
            case "properties" -> properties();
            case "paths" -> paths(Path.of(args[1]));
            case "library" -> System.out.println(Kevent.kevent_init(1));
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static void refused(String what, long answer) {
        if (answer != -1) {
            throw new AssertionError(what + " answered " + answer);
        }
        System.out.println("refused " + what + " errno " + Errno.errno() + ": " + Errno.message());
    }

    private static void report() {
        KeventCapabilities.here().warnings().forEach(warning -> System.out.println("known: " + warning));
    }

    private static void messageQueue() {
        report();
        String name = "/limits-" + ProcessHandle.current().pid();
        refused("mq_open", Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null));
    }

    private static void signals() throws Exception {
        report();
        System.out.println(KeventCapabilities.here().limits().get("RLIMIT_SIGPENDING"));
        Path file = Files.createTempFile("limits", null);
        int holder = Fcntl.open(file.toString(), Fcntl.O_RDWR);
        int waiter = Fcntl.open(file.toString(), Fcntl.O_RDWR);
        Files.delete(file);
        try (KeventQueue queue = KeventQueue.open(4)) {
            queue.submit(KeventEvent.flock(holder, Fcntl.LOCK_EX, SigVal.of(1)));
            queue.take();
            KeventEvent waits = KeventEvent.flock(waiter, Fcntl.LOCK_EX, SigVal.of(2));
            queue.submit(waits);
            queue.cancel(waits);
            // the call cannot be ended, and ends by itself
            Unistd.close(holder);
            if (queue.take().cookie == 2) {
                System.out.println("done after all");
            }
        }
    }

    /** Threads until the report warns, and then until there is none. */
    private static void threads() throws InterruptedException {
        long most = Limits.resource(Limits.RLIMIT_NPROC);
        KeventQueue queue = KeventQueue.open(1);
        CountDownLatch never = new CountDownLatch(1);
        String warning = null;
        int afterwards = 0;
        try {
            for (int i = 0; i < most + 10; i++) {
                Thread idle = new Thread(() -> {
                    try {
                        never.await();
                    } catch (InterruptedException strange) {
                        // ends
                    }
                });
                idle.setDaemon(true);
                idle.start();
                if (warning == null) {
                    warning = queue.capabilities().warnings().stream()
                            .filter(one -> one.startsWith("RLIMIT_NPROC"))
                            .findAny()
                            .orElse(null);
                } else {
                    afterwards++;
                }
            }
            System.out.println("the limit does not bind");
        } catch (OutOfMemoryError none) {
            System.out.println("known: " + warning + ", then " + afterwards + " threads; "
                    + queue.capabilities().limits().get("RLIMIT_NPROC"));
        }
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private static void ringSize() {
        report();
        int small = Kevent.kevent_init(1000);
        if (small < 0) {
            throw new AssertionError(Errno.message());
        }
        refused("kevent_init", Kevent.kevent_init(1_000_000));
        SigEvent thread = new SigEvent();
        thread.sigev_notify = Signal.SIGEV_THREAD;
        thread.sigev_notify_function = value -> {};
        refused("timer_create", org.sigkevent.Time.timer_create(1, thread, new int[1]));
    }

    private static void descriptors() {
        KeventQueue first = KeventQueue.open(1);
        // so that no class has to be looked up when there is no descriptor to look it up with
        report();
        refused("kevent_init", Kevent.kevent_init(0));
        refused("mq_open", Mqueue.mq_open("/no-such-queue", Fcntl.O_RDWR));
        int answer = 0;
        while (answer >= 0
                && first.capabilities().warnings().stream().noneMatch(one -> one.startsWith("RLIMIT_NOFILE"))) {
            answer = Linux.eventfd();
        }
        report();
        System.out.println("made after the warning: " + (Kevent.kevent_init(1) >= 0));
        while (answer >= 0) {
            answer = Linux.eventfd();
        }
        refused("kevent_init", Kevent.kevent_init(1));
        first.capabilities().warnings().forEach(warning -> System.out.println("known: " + warning));
        refused("mq_open", Mqueue.mq_open("/limits-" + ProcessHandle.current().pid(), Fcntl.O_CREAT | 2, 0600, null));
    }

    /** An eventfd that a filter refuses, before the first queue or {@code later}. */
    private static void eventfds(boolean later) {
        System.setProperty("sigkevent.engine", "epoll");
        if (later && Kevent.kevent_init(1) < 0) {
            throw new AssertionError(Errno.message());
        }
        int eventfd2 = Native.X86_64 ? 290 : 19;
        Seccomp.install(
                Seccomp.ALL_THREADS,
                Seccomp.load(),
                Seccomp.is(eventfd2, 0, 1),
                Seccomp.fail(Errno.EPERM),
                Seccomp.allow());
        refused("kevent_init", Kevent.kevent_init(1));
    }

    private static void noMessageQueues(int errno) {
        Seccomp.install(
                Seccomp.ALL_THREADS,
                Seccomp.load(),
                Seccomp.is(Syscalls.MQ_OPEN, 0, 1),
                Seccomp.fail(errno),
                Seccomp.allow());
        refused("mq_open", Mqueue.mq_open("/limits", Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null));
    }

    /** Until no more is allowed, each in the way of the next. */
    private static void manyMessageQueues() {
        MqAttr attributes = new MqAttr();
        attributes.mq_maxmsg = 1;
        attributes.mq_msgsize = 1000;
        for (int i = 0; ; i++) {
            String name = "/limits-" + ProcessHandle.current().pid() + "-" + i;
            int mqd = Mqueue.mq_open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, attributes);
            if (mqd < 0) {
                refused("mq_open", mqd);
                return;
            }
            // it counts as long as it is open
            Mqueue.mq_unlink(name);
        }
    }

    private static void longRead() throws Exception {
        Path path = Files.createTempFile("limits", null);
        Files.write(path, new byte[3 << 20]);
        KeventQueue queue = KeventQueue.open(4);
        AioFile file = AioFile.open(queue, path, Fcntl.O_RDONLY, 0);
        Files.delete(path);
        Aiocb block = new Aiocb();
        // so that no class has to be looked up when there is no descriptor to look it up with
        refused("aio_read", Aio.aio_read(block));
        ByteBuffer bytes = ByteBuffer.allocateDirect(3 << 20);
        file.read(bytes, 0, SigVal.of(1));
        System.out.println("read " + queue.take().result + " bytes");
        block.aio_fildes = file.fd();
        block.aio_buf = bytes;
        block.aio_nbytes = bytes.capacity();
        int held = 0;
        while (held >= 0) {
            held = Linux.eventfd();
        }
        int answer = Aio.aio_read(block);
        System.out.println("without a descriptor " + answer + " " + Errno.message());
    }

    private static void netlink() throws InterruptedException {
        int socket = Native.X86_64 ? 41 : 198;
        int netlink = 16;
        Seccomp.install(
                Seccomp.ALL_THREADS,
                Seccomp.load(),
                Seccomp.is(socket, 0, 3),
                Seccomp.loadArgument(0),
                Seccomp.is(netlink, 0, 1),
                Seccomp.fail(EAFNOSUPPORT),
                Seccomp.allow());
        report();
        String name = "/limits-" + ProcessHandle.current().pid();
        try (KeventQueue queue = KeventQueue.open(4);
                MessageQueue messages = MessageQueue.open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null)) {
            MessageQueue.unlink(name);
            refused("mq_notify", Mqueue.mq_notify(messages.mqd(), queue.sigevent(SigVal.of(1))));
            if (queue.stats().armed != 0) {
                throw new AssertionError(queue.stats());
            }
            queue.submit(KeventEvent.fd(messages.mqd(), Poll.POLLIN, SigVal.of(2)));
            messages.send(ByteBuffer.allocate(1), 0);
            System.out.println("the descriptor is ready: cookie " + queue.take().cookie);
        }
    }

    private static void executable() throws InterruptedException {
        int mprotect = Native.X86_64 ? 10 : 226;
        int readAndExecute = 5;
        Seccomp.install(
                Seccomp.ALL_THREADS,
                Seccomp.load(),
                Seccomp.is(mprotect, 0, 3),
                Seccomp.loadArgument(2),
                Seccomp.is(readAndExecute, 0, 1),
                Seccomp.fail(EACCES),
                Seccomp.allow());
        report();
        SigSet set = new SigSet();
        Signal.sigaddset(set, Signal.SIGUSR1);
        try (KeventQueue queue = KeventQueue.open(4)) {
            queue.submit(KeventEvent.signal(set, SigVal.of(1)));
            Linux.call(Syscalls.TGKILL, Native.C.getpid(), Linux.gettid(), Signal.SIGUSR1);
            System.out.println("taken all the same: signal " + queue.take().descriptor);
            Signal.sigaddset(set, Signal.SIGRTMIN);
            refused("submit", Kevent.kevent_submit(queue.fd(), KeventEvent.signal(set, SigVal.of(1)), 1, null));
        }
    }

    private static void properties() {
        String[][] wrong = {
            {"sigkevent.helpers", "many"},
            {"sigkevent.helpers", "0"},
            {"sigkevent.helpers.blocking", "-1"},
            {"sigkevent.notify.capacity", "0"},
            {"sigkevent.notify.capacity", "10000001"},
            {"sigkevent.signals", "pipes"},
            {"sigkevent.engine", "kqueue"},
            {"sigkevent.io_uring.without", "everything"},
        };
        for (String[] one : wrong) {
            String before = System.getProperty(one[0]);
            System.setProperty(one[0], one[1]);
            refused(one[0] + "=" + one[1], Kevent.kevent_init(1));
            if (before == null) {
                System.clearProperty(one[0]);
            } else {
                System.setProperty(one[0], before);
            }
        }
        System.out.println("and then " + (Kevent.kevent_init(1) >= 0));
    }

    /** Names that are no text in UTF-8, and some that are; each file holds the number of its name. */
    private static void paths(Path folder) throws IOException, InterruptedException {
        byte[][] names = {
            {'a'}, {(byte) 0xff, (byte) 0xfe, 'x'}, {(byte) 0xc3, (byte) 0xa9}, {(byte) 0xe9, '%', '4', '1'}
        };
        for (int i = 0; i < names.length; i++) {
            byte[] parent = (folder + "/").getBytes(StandardCharsets.US_ASCII);
            ByteBuffer name = Memory.allocate(parent.length + names[i].length + 1);
            name.put(0, parent).put(parent.length, names[i]);
            int fd = Linux.open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600);
            if (fd < 0) {
                throw new AssertionError("open: " + fd);
            }
            Unistd.close(fd);
        }
        int opened = 0;
        try (KeventQueue queue = KeventQueue.open(4);
                DirectoryStream<Path> all = Files.newDirectoryStream(folder);
                DirectoryStream<Path> relative = Files.newDirectoryStream(Path.of(""))) {
            int i = 0;
            for (Path path : all) {
                Files.write(path, new byte[] {(byte) ++i});
                opened += reads(queue, path, i);
            }
            for (Path path : relative) {
                if (path.isAbsolute()) {
                    throw new AssertionError(path);
                }
                opened += reads(queue, path, Files.readAllBytes(path)[0]);
            }
        }
        System.out.println(
                "opened " + opened + " by their bytes, sun.jnu.encoding " + System.getProperty("sun.jnu.encoding"));
    }

    private static int reads(KeventQueue queue, Path path, int content) throws InterruptedException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(4);
        try (AioFile file = AioFile.open(queue, path, Fcntl.O_RDONLY, 0)) {
            file.read(buffer, 0, SigVal.of(content));
            KeventRecord record = queue.take();
            if (record.result != 1 || buffer.get(0) != content) {
                throw new AssertionError(path + ": " + record);
            }
        }
        return 1;
    }
}
