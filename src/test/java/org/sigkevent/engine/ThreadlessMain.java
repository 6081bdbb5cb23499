package org.sigkevent.engine;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.sigkevent.Fcntl;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/**
 * A JVM with a thread that cannot start others: file operations and blocking calls are
 * EAGAIN then, more often than there may be helpers, and go on when threads can be had again.
 */
public final class ThreadlessMain {
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int SECCOMP = Native.X86_64 ? 317 : 277;
    private static final int SECCOMP_SET_MODE_FILTER = 1;
    private static final int ATTEMPTS = 100;

    private ThreadlessMain() {}

    public static void main(String[] args) throws Exception {
        Path path = Files.createTempFile("sigkevent", "threadless");
        int file = Linux.open(path.toString(), Fcntl.O_RDWR | Linux.O_CLOEXEC, 0);
        Files.delete(path);
        Engine engine = EpollEngine.create();
        Op[] ops = new Op[ATTEMPTS];
        for (int i = 0; i < ATTEMPTS; i++) {
            ops[i] = new Op() {
                @Override
                protected void completed(int result, boolean more) {
                    throw new IllegalStateException("completed with " + result);
                }
            };
            ops[i].code = Op.FSYNC;
            ops[i].fd = file;
        }
        BlockingHelpers.Task task = new BlockingHelpers.Task() {
            @Override
            protected long attempt() {
                return 0;
            }

            @Override
            protected void finished(long result) {}
        };
        CountDownLatch tried = new CountDownLatch(1);
        FutureTask<String> later = new FutureTask<>(() -> {
            tried.await();
            return afterwards(engine, file, task);
        });
        // not under the filter, which holds for the thread that installs it
        new Thread(later).start();
        refuseThreads();
        boolean starts = startsThread();
        int operation = 0;
        for (Op op : ops) {
            operation = engine.submit(op);
        }
        int helper = BlockingHelpers.start(task);
        engine.reap();
        System.out.println(starts ? "threads could be had" : "no thread could be had");
        System.out.println("file operation: " + Errnos.name(-operation) + ", in flight " + engine.inFlight());
        System.out.println("blocking call: " + Errnos.name(-helper));
        tried.countDown();
        System.out.println("afterwards: " + later.get());
    }

    private static String afterwards(Engine engine, int file, BlockingHelpers.Task task) {
        CountDownLatch done = new CountDownLatch(1);
        int[] answer = new int[1];
        Op after = new Op() {
            @Override
            protected void completed(int result, boolean more) {
                answer[0] = result;
                done.countDown();
            }
        };
        after.code = Op.FSYNC;
        after.fd = file;
        engine.submit(after);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (done.getCount() > 0 && System.nanoTime() < end) {
            engine.reap();
        }
        return (done.getCount() > 0 ? "nothing" : answer[0]) + ", " + BlockingHelpers.start(task);
    }

    private static boolean startsThread() {
        try {
            new Thread(() -> {}).start();
            return true;
        } catch (OutOfMemoryError none) {
            return false;
        }
    }

    /** The calling thread gets EAGAIN from clone and clone3. */
    private static void refuseThreads() {
        long[][] program = {
            // load the number of the call
            {0x20, 0, 0, 0},
            {0x15, 1, 0, Native.X86_64 ? 56 : 220},
            {0x15, 0, 1, 435},
            {0x06, 0, 0, 0x0005_0000 | Errnos.EAGAIN},
            // allow
            {0x06, 0, 0, 0x7fff_0000},
        };
        ByteBuffer filter = Memory.allocate(8 * program.length);
        for (long[] one : program) {
            filter.putShort((short) one[0])
                    .put((byte) one[1])
                    .put((byte) one[2])
                    .putInt((int) one[3]);
        }
        ByteBuffer header = Memory.allocate(16);
        header.putShort(0, (short) program.length);
        header.putLong(8, Memory.address(filter));
        if (Native.C.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
                || Native.C.syscall(SECCOMP, SECCOMP_SET_MODE_FILTER, 0, Memory.address(header)) != 0) {
            throw new IllegalStateException("seccomp: errno " + Native.errno());
        }
    }
}
