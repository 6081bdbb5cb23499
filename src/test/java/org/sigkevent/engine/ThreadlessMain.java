package org.sigkevent.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;

/**
 * A JVM with a thread that cannot start others: file operations and blocking calls are
 * EAGAIN then, more often than there may be helpers, and go on when threads can be had again.
 */
public final class ThreadlessMain {
    private static final int ATTEMPTS = 100;

    private ThreadlessMain() {}

    public static void main(String[] args) throws Exception {
        if (args.length > 0) {
            firstCalls();
        }
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
        BlockingHelpers.Task task = new BlockingHelpers.Task(
                new BlockingHelpers.Call() {
                    @Override
                    public void prepare() {}

                    @Override
                    public long blocking() {
                        return 0;
                    }

                    @Override
                    public void ended(long result) {}
                },
                new BlockingHelpers.Share());
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

    /** No thread can be had from the beginning. */
    private static void firstCalls() {
        refuseThreads();
        int clock = Time.clock_gettime(Time.CLOCK_REALTIME, new TimeSpec());
        int queue = Kevent.kevent_init(4);
        System.out.println("clock " + clock + ", queue " + queue + " " + Errnos.name(Errno.errno()));
        System.out.println(Errno.message());
        System.out.flush();
        Runtime.getRuntime().halt(0);
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
        Seccomp.install(
                0,
                Seccomp.load(),
                // clone, clone3
                Seccomp.is(Native.X86_64 ? 56 : 220, 1, 0),
                Seccomp.is(435, 0, 1),
                Seccomp.fail(Errnos.EAGAIN),
                Seccomp.allow());
    }
}
