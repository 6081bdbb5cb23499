package eventloop;

import static eventloop.Libc.C;
import static org.sigkevent.Aio.aio_read;
import static org.sigkevent.Aio.aio_return;
import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Kevent.*;
import static org.sigkevent.Mqueue.*;
import static org.sigkevent.Signal.*;
import static org.sigkevent.Time.*;
import static org.sigkevent.Unistd.close;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sigkevent.Aiocb;
import org.sigkevent.Fcntl;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.MqAttr;
import org.sigkevent.Poll;
import org.sigkevent.SigEvent;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.TimeSpec;

/**
 * One thread, one ring, and everything that a Linux program can wait for. All the waits are begun first; then a delay ends, and
 * what is done about each event brings about the next one: a row of dominoes, with a different kind of event for each. event_loop.c
 * beside this file is the same in C: with epoll, signalfd, pidfd, timerfd, eventfd, and a thread for each kind that has no
 * descriptor.
 *
 * <p>Usage: {@code EventLoop}. It ends when the last event has come, or fails when nothing happens for ten seconds.
 */
public final class EventLoop {
    private static final int SIGNAL = SIGRTMIN + 1;

    private static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        Failure(String what) {
            super(what);
        }
    }

    /** What a record's cookie is: the one who knows what to do with it. */
    private interface Handler {
        void handle(KeventRecord event) throws Failure, IOException;
    }

    private final Path folder;
    private int kfd = -1;
    private int events;
    private String last = "nothing";
    private boolean done;

    private int server = -1;
    private int client = -1;
    private int holder = -1;
    private int waiter = -1;
    private int msqid = -1;
    private int semid = -1;
    private int mqd = -1;
    private Process child;
    private final int[] aioPipe = {-1, -1};
    private final int[] fdPipe = {-1, -1};
    private final int[] timer = {-1};
    private final Aiocb request = new Aiocb();
    private final ByteBuffer received = ByteBuffer.allocateDirect(16);
    private final ByteBuffer word = ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder());
    private final ByteBuffer message = ByteBuffer.allocateDirect(16);

    private EventLoop(Path folder) {
        this.folder = folder;
    }

    public static void main(String[] args) {
        if (args.length > 0) {
            System.err.println("usage: EventLoop");
            System.exit(2);
        }
        try {
            Path folder = Files.createTempDirectory("eventloop");
            EventLoop loop = new EventLoop(folder);
            try {
                loop.begin();
                loop.run();
            } finally {
                loop.closeAll();
            }
            System.out.println(loop.events + " events in one thread");
        } catch (Failure failure) {
            System.err.println("EventLoop: " + failure.getMessage());
            System.exit(1);
        } catch (IOException refused) {
            System.err.println("EventLoop: " + refused);
            System.exit(1);
        }
    }

    // ---- the loop

    private void run() throws Failure, IOException {
        KeventRing ring = kevent_map_ringbuf(kfd, 1);
        KeventRecord event = new KeventRecord();
        TimeSpec limit = new TimeSpec(10, 0);
        while (!done) {
            int state = ring.state();
            if (ring.take(event)) {
                ((Handler) event.object).handle(event);
            } else if (kevent_wait(kfd, state, limit, null) < 0 && errno() != EWOULDBLOCK && errno() != EINTR) {
                throw new Failure(
                        errno() == ETIMEDOUT
                                ? "nothing has happened for 10 s after " + last
                                : "kevent_wait: " + message());
            }
        }
    }

    private static SigVal to(Handler handler) {
        return SigVal.of(handler);
    }

    private SigEvent notification(Handler handler) {
        return SigEvent.kevent(kfd, to(handler));
    }

    private void submit(KeventEvent request) throws Failure {
        check(kevent_submit(kfd, request, KEVENT_NOWAIT, null), "kevent_submit");
    }

    private void tell(String kind, String what, KeventRecord event) throws Failure {
        succeeded(event);
        events++;
        last = kind;
        System.out.printf("%-8s %s%n", kind, what);
    }

    private static void succeeded(KeventRecord event) throws Failure {
        if (event.error != 0) {
            throw new Failure(event + ": " + strerror(event.error));
        }
    }

    // ---- the things that are waited for

    /** A server that listens and a file that is locked; both are requests themselves, so the rest follows when they are done. */
    private void begin() throws Failure, IOException {
        kfd = check(kevent_init(32), "kevent_init");
        server = libc(C.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.O_CLOEXEC, 0), "socket");
        submit(KeventEvent.bind(server, address(), to(this::onBound)));
    }

    private UnixDomainSocketAddress address() {
        return UnixDomainSocketAddress.of(folder.resolve("socket"));
    }

    private void onBound(KeventRecord event) throws Failure {
        succeeded(event);
        submit(KeventEvent.listen(server, 1, to(this::onListening)));
    }

    private void onListening(KeventRecord event) throws Failure {
        succeeded(event);
        String file = folder.resolve("file").toString();
        holder = check(open(file, O_RDWR | O_CREAT, 0600), "open");
        waiter = check(open(file, O_RDWR), "open");
        submit(KeventEvent.flock(holder, Fcntl.LOCK_EX, to(this::onHeld)));
    }

    /** Everything that can be waited for from the beginning. */
    private void onHeld(KeventRecord event) throws Failure, IOException {
        succeeded(event);
        submit(KeventEvent.flock(waiter, Fcntl.LOCK_EX, to(this::onLock)));
        submit(KeventEvent.accept(server, O_CLOEXEC, to(this::onAccept)));

        libc(C.pipe2(aioPipe, Libc.O_CLOEXEC), "pipe2");
        request.aio_fildes = aioPipe[0];
        request.aio_buf = received;
        request.aio_nbytes = received.capacity();
        request.aio_sigevent = notification(this::onRead);
        check(aio_read(request), "aio_read");

        libc(C.pipe2(fdPipe, Libc.O_CLOEXEC), "pipe2");
        submit(KeventEvent.fd(fdPipe[0], Poll.POLLIN, to(this::onReadable)));

        SigSet signals = new SigSet();
        sigaddset(signals, SIGNAL);
        submit(KeventEvent.signal(signals, to(this::onSignal)));
        submit(KeventEvent.futex(word, 0, -1, false, to(this::onFutex)));

        msqid = libc(C.msgget(Libc.IPC_PRIVATE, Libc.IPC_CREAT | 0600), "msgget");
        submit(KeventEvent.msgrcv(msqid, message, 0, 0, to(this::onMessage)));
        semid = libc(C.semget(Libc.IPC_PRIVATE, 1, Libc.IPC_CREAT | 0600), "semget");
        submit(KeventEvent.semop(semid, new short[] {0, -1, 0}, to(this::onSemaphore)));

        String name = "/eventloop." + ProcessHandle.current().pid();
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 1;
        attr.mq_msgsize = 16;
        mqd = check(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, attr), "mq_open");
        check(mq_unlink(name), "mq_unlink");
        check(mq_notify(mqd, notification(this::onMq)), "mq_notify");

        child = new ProcessBuilder("cat").start();
        submit(KeventEvent.processEnd((int) child.pid(), to(this::onProcessEnd)));

        check(timer_create(CLOCK_MONOTONIC, notification(this::onTimer), timer), "timer_create");
        submit(KeventEvent.delay(CLOCK_MONOTONIC, 0, new TimeSpec(0, 10_000_000), to(this::onDelay)));
    }

    // ---- the dominoes

    private void onDelay(KeventRecord event) throws Failure {
        tell("delay", "10 ms are over", event);
        submit(KeventEvent.user(to(this::onUser)));
    }

    private void onUser(KeventRecord event) throws Failure {
        tell("user", "a record that the program posted", event);
        ItimerSpec once = new ItimerSpec();
        once.it_value.tv_nsec = 1_000_000;
        check(timer_settime(timer[0], 0, once, null), "timer_settime");
    }

    private void onTimer(KeventRecord event) throws Failure {
        tell("timer", "expired", event);
        write(aioPipe[1], "to aio_read");
    }

    private void onRead(KeventRecord event) throws Failure {
        int length = check(aio_return(request), "aio_return");
        tell("aio", "read \"" + text(received, length) + "\"", event);
        write(fdPipe[1], "to be polled");
    }

    private void onReadable(KeventRecord event) throws Failure {
        tell("fd", "a pipe is readable", event);
        check(sigqueue((int) ProcessHandle.current().pid(), SIGNAL, SigVal.of(42)), "sigqueue");
    }

    private void onSignal(KeventRecord event) throws Failure {
        tell("signal", "with value " + event.data0, event);
        word.putInt(0, 1); // for one who has not begun to wait yet
        Libc.futexWake(word);
    }

    private void onFutex(KeventRecord event) throws Failure {
        if (event.error == EAGAIN) {
            event.error = 0; // the word had changed before
        }
        tell("futex", "the word is " + word.getInt(0), event);
        ByteBuffer text = ByteBuffer.wrap("to msgrcv".getBytes(StandardCharsets.US_ASCII));
        submit(KeventEvent.msgsnd(msqid, text, 7, to(EventLoop::succeeded)));
    }

    private void onMessage(KeventRecord event) throws Failure {
        tell("sysvmsg", "of type " + event.data0 + ": \"" + text(message, (int) event.result) + "\"", event);
        submit(KeventEvent.semop(semid, new short[] {0, 1, 0}, to(EventLoop::succeeded)));
    }

    private void onSemaphore(KeventRecord event) throws Failure {
        tell("sysvsem", "taken", event);
        client = libc(C.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.O_CLOEXEC, 0), "socket");
        submit(KeventEvent.connect(client, address(), to(this::onConnect)));
    }

    private void onConnect(KeventRecord event) throws Failure {
        boolean second = last.equals("socket");
        tell("socket", "connected", event);
        if (second) {
            sendMessage();
        }
    }

    private void onAccept(KeventRecord event) throws Failure {
        boolean second = last.equals("socket");
        tell("socket", "accepted", event);
        close((int) event.result);
        if (second) {
            sendMessage();
        }
    }

    private void sendMessage() throws Failure {
        check(mq_send(mqd, "to mq_receive".getBytes(StandardCharsets.US_ASCII), 13, 0), "mq_send");
    }

    private void onMq(KeventRecord event) throws Failure, IOException {
        byte[] text = new byte[16];
        int length = check(mq_receive(mqd, text, text.length, null), "mq_receive");
        tell("mq", "a message: \"" + new String(text, 0, length, StandardCharsets.US_ASCII) + "\"", event);
        child.getOutputStream().close();
    }

    private void onProcessEnd(KeventRecord event) throws Failure {
        tell("process", "cat has ended", event);
        close(holder); // lets go of the lock
        holder = -1;
    }

    private void onLock(KeventRecord event) throws Failure {
        tell("flock", "the file is locked", event);
        write(waiter, "to the disk");
        submit(KeventEvent.fsync(waiter, to(this::onSynced)));
    }

    private void onSynced(KeventRecord event) throws Failure {
        tell("sync", "the file is on the disk", event);
        done = true;
    }

    // ---- the end

    private void closeAll() throws IOException {
        timer_delete(timer[0]);
        kevent_destroy(kfd, null, 0); // cancels what still waits
        if (msqid >= 0) {
            C.msgctl(msqid, Libc.IPC_RMID, 0);
        }
        if (semid >= 0) {
            C.semctl(semid, 0, Libc.IPC_RMID, 0);
        }
        for (int fd : new int[] {server, client, holder, waiter, mqd, aioPipe[0], aioPipe[1], fdPipe[0], fdPipe[1]}) {
            if (fd >= 0) {
                close(fd);
            }
        }
        if (child != null) {
            child.destroy();
        }
        Files.deleteIfExists(folder.resolve("socket"));
        Files.deleteIfExists(folder.resolve("file"));
        Files.delete(folder);
    }

    private static void write(int fd, String text) throws Failure {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        libc((int) C.write(fd, bytes, bytes.length), "write");
    }

    private static String text(ByteBuffer from, int length) {
        byte[] bytes = new byte[Math.max(0, length)];
        from.get(0, bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    private static int check(long result, String call) throws Failure {
        if (result < 0) {
            throw new Failure(call + ": " + message());
        }
        return (int) result;
    }

    /** The C library's own calls leave their error with jnr. */
    private static int libc(int result, String call) throws Failure {
        if (result < 0) {
            throw new Failure(call + ": " + strerror(jnr.ffi.LastError.getLastError(jnr.ffi.Runtime.getRuntime(C))));
        }
        return result;
    }
}
