package org.sigkevent.failure;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.ItimerSpec;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventStats;
import org.sigkevent.KeventTimer;
import org.sigkevent.MessageQueue;
import org.sigkevent.Mqueue;
import org.sigkevent.SigEvent;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.TimeSpec;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/**
 * What one call is made in: a queue of its own, the descriptors that the call needs, and what it left for its end. Everything that is
 * opened through a scene is closed with it.
 */
final class Scene implements AutoCloseable {
    /** How long something may take that must come: long on a busy machine, shorter where it is likely not to come. */
    static volatile Duration patience = Duration.ofSeconds(10);

    static final int FILE_SIZE = 300_000;
    /** A signal that nobody else uses. */
    static final int SIGNO = Signal.SIGRTMIN + 14;

    private static final ByteBuffer BYTES = Memory.allocate(256);
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static Path file;

    final KeventQueue queue = KeventQueue.open(16);
    final KeventRecord into = new KeventRecord();
    final AtomicInteger callbacks = new AtomicInteger();
    private final Deque<Integer> open = new ArrayDeque<>();
    private final Deque<AutoCloseable> later = new ArrayDeque<>();

    long cookie;
    /** Whether a point failed in the call: then a request may end with an error. */
    boolean failed;

    int fd = -1;
    int[] pipe;
    int[] timer = new int[1];
    int kfd = -1;
    int mqd = -1;
    int ipc = -1;
    String name;
    Aiocb block;
    Aiocb[] blocks;
    KeventEvent event;
    KeventEvent caught;
    KeventQueue catcher;
    KeventTimer keventTimer;
    MessageQueue messages;
    Object made;
    Object operation;
    long when;
    ByteBuffer buffer;
    byte[] bytes;

    // ---- what there is

    static synchronized Path path() {
        if (file == null) {
            try {
                file = Files.createTempFile("failing-points", ".data");
                Files.write(file, new byte[FILE_SIZE]);
                file.toFile().deleteOnExit();
            } catch (IOException unusable) {
                throw new AssertionError(unusable);
            }
        }
        return file;
    }

    int opened(long descriptor) {
        ok(descriptor);
        open.push((int) descriptor);
        return (int) descriptor;
    }

    /** Closes something when the scene ends, before the queue, and that before the descriptors. */
    void later(AutoCloseable close) {
        later.push(close);
    }

    void openFile() {
        fd = opened(Fcntl.open(path().toString(), Fcntl.O_RDWR));
    }

    void openPipe() {
        ByteBuffer ends = Memory.allocate(8);
        ok(Linux.call(Native.X86_64 ? 293 : 59, Memory.address(ends), Linux.O_CLOEXEC));
        pipe = new int[] {opened(ends.getInt(0)), opened(ends.getInt(4))};
    }

    void socketPair() {
        ByteBuffer ends = Memory.allocate(8);
        ok(Linux.call(Native.X86_64 ? 53 : 199, 1, 1 | Linux.O_CLOEXEC, 0, Memory.address(ends)));
        pipe = new int[] {opened(ends.getInt(0)), opened(ends.getInt(4))};
    }

    String newName() {
        name = "/failing-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
        return name;
    }

    void openMq() {
        mqd = opened(Mqueue.mq_open(newName(), Fcntl.O_CREAT | Fcntl.O_RDWR | Fcntl.O_NONBLOCK, 0600, null));
        ok(Mqueue.mq_unlink(name));
        bytes = new byte[8192];
    }

    /** A byte into the pipe. */
    void writeByte() {
        ok(Native.C.write(pipe[1], Memory.address(BYTES), 1));
    }

    void drainPipe() {
        if (Native.C.fcntl(pipe[0], 4, Linux.O_NONBLOCK) == 0) {
            while (Native.C.read(pipe[0], Memory.address(BYTES) + 16, 64) > 0) {
                LockSupport.parkNanos(1);
            }
            Native.C.fcntl(pipe[0], 4, 0);
        }
    }

    SigVal next() {
        cookie = 0x5eed_0000_0000_0000L + NUMBER.incrementAndGet();
        return SigVal.of(cookie);
    }

    /** A sigevent of this type whose notification can be waited for. */
    SigEvent sigevent(int type) {
        SigVal value = next();
        if (type == Signal.SIGEV_KEVENT) {
            return queue.sigevent(value);
        }
        SigEvent event = new SigEvent();
        event.sigev_notify = type;
        event.sigev_value = value;
        if (type == Signal.SIGEV_THREAD) {
            event.sigev_notify_function = v -> callbacks.incrementAndGet();
        }
        if (type == Signal.SIGEV_SIGNAL) {
            event.sigev_signo = SIGNO;
        }
        return event;
    }

    Aiocb block(int descriptor, int bytesToMove, SigEvent sigevent) {
        block = new Aiocb();
        block.aio_fildes = descriptor;
        block.aio_buf = ByteBuffer.allocateDirect(bytesToMove);
        block.aio_nbytes = bytesToMove;
        block.aio_sigevent = sigevent;
        return block;
    }

    static SigSet set(int signo) {
        SigSet set = new SigSet();
        ok(Signal.sigaddset(set, signo));
        return set;
    }

    static ItimerSpec in(long nanos) {
        ItimerSpec spec = new ItimerSpec();
        spec.it_value = TimeSpec.ofNanos(nanos);
        return spec;
    }

    // ---- how it ends

    static long ok(long answer) {
        if (answer < 0) {
            throw new AssertionError("unexpectedly " + answer + ": " + Errno.message());
        }
        return answer;
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            check(System.nanoTime() - end < 0, "never: " + what);
            LockSupport.parkNanos(20_000);
        }
    }

    /** The record of the call comes, and no other. */
    void take() {
        KeventRecord record = takeAny(queue);
        check(record.cookie == cookie, "a record of another request: " + record);
        check(failed || record.error == 0, "it ended with an error: " + record);
    }

    static KeventRecord takeAny(KeventQueue from) {
        try {
            KeventRecord record = from.poll(patience);
            check(record != null, "no record comes");
            return record;
        } catch (InterruptedException strange) {
            throw new AssertionError(strange);
        }
    }

    /** The block's request ends; its record is taken where it has one. */
    void ended(Aiocb one) {
        until("the request ends", () -> Aio.aio_error(one) != Errno.EINPROGRESS);
        int error = Aio.aio_error(one);
        check(failed || error == 0, "the request ended with error " + error);
        check(error >= 0, "no status: " + Errno.message());
        long result = Aio.aio_return(one);
        check(error != 0 || result >= 0, "result " + result);
    }

    /** Has the queue look what is complete. */
    void drive() {
        int state = Kevent.kevent_map_ringbuf(queue.fd(), 1).state();
        Kevent.kevent_wait(queue.fd(), state, new TimeSpec(), null);
    }

    KeventStats stats() {
        return queue.stats();
    }

    @Override
    public void close() throws Exception {
        AssertionError wrong = null;
        for (AutoCloseable one : later) {
            try {
                one.close();
            } catch (Exception | AssertionError failure) {
                wrong = new AssertionError("closing: " + failure, failure);
            }
        }
        queue.close();
        closeDescriptors();
        if (wrong != null) {
            throw wrong;
        }
    }

    /** Those that were opened for it. */
    void closeDescriptors() {
        for (int descriptor : open) {
            Native.C.close(descriptor);
        }
        open.clear();
    }
}
