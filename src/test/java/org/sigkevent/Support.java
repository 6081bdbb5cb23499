package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.StringWriter;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.signal.Instance;
import org.sigkevent.signal.SignalSender;
import org.sigkevent.signal.SignalTable;
import org.sigkevent.signal.Signals;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.timer.ClockTimer;

/** What tests of the faces share: queues, takes with a limit, threads whose end is waited for. */
public final class Support {
    /** A generous limit for things that should happen at once. */
    public static final Duration SOON = Duration.ofSeconds(30);

    private Support() {}

    /** A queue whose making must succeed. */
    public static int queue(int num) {
        int kfd = Kevent.kevent_init(num);
        assertTrue(kfd >= 0, () -> Errno.message());
        return kfd;
    }

    public static KeventRing ring(int kfd) {
        KeventRing ring = Kevent.kevent_map_ringbuf(kfd, 1);
        assertTrue(ring != null, () -> Errno.message());
        return ring;
    }

    public static void destroy(int kfd) {
        assertEquals(0, Kevent.kevent_destroy(kfd, null, 0), Errno::message);
    }

    /** A call that must have answered 0 or more. */
    public static long ok(long answer) {
        if (answer < 0) {
            fail(Errno.message());
        }
        return answer;
    }

    /** A call that must have answered -1 with this errno. */
    public static void refused(int errno, long answer) {
        assertEquals(-1, answer, "answer");
        assertEquals(Errno.strerror(errno), Errno.strerror(Errno.errno()), Errno::message);
    }

    /** The next record within {@code limit}, or null. */
    public static KeventRecord take(int kfd, Duration limit) {
        KeventRing ring = ring(kfd);
        KeventRecord record = new KeventRecord();
        long end = System.nanoTime() + limit.toNanos();
        for (; ; ) {
            int state = ring.state();
            if (ring.take(record)) {
                return record;
            }
            long left = end - System.nanoTime();
            int rc = Kevent.kevent_wait(kfd, state, TimeSpec.ofNanos(Math.max(0, left)), null);
            if (rc < 0 && Errno.errno() == Errno.ETIMEDOUT) {
                return ring.take(record) ? record : null;
            }
            if (rc < 0 && Errno.errno() != Errno.EWOULDBLOCK) {
                fail(Errno.message());
            }
        }
    }

    /** The next record, which must come. */
    public static KeventRecord take(int kfd) {
        KeventRecord record = take(kfd, SOON);
        assertTrue(record != null, "no record came");
        return record;
    }

    /** That no record is there, nor comes while {@code quiet} lasts. */
    public static void nothing(int kfd, Duration quiet) {
        KeventRecord record = take(kfd, quiet);
        assertTrue(record == null, () -> "unexpected: " + record);
    }

    /** Starts a daemon thread. */
    public static <T> FutureTask<T> start(Callable<T> body) {
        FutureTask<T> task = new FutureTask<>(body);
        Thread thread = new Thread(task, "test-" + body.getClass().getSimpleName());
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** The task's answer, which must come soon. */
    public static <T> T get(FutureTask<T> task) throws Exception {
        try {
            return task.get(SOON.toMillis() * 3, TimeUnit.MILLISECONDS);
        } catch (TimeoutException hung) {
            StringBuilder dump = new StringBuilder("a thread does not come back\n");
            Thread.getAllStackTraces().forEach((thread, stack) -> {
                dump.append(thread).append('\n');
                for (StackTraceElement frame : stack) {
                    dump.append("    ").append(frame).append('\n');
                }
            });
            throw new AssertionError(dump.toString());
        }
    }

    /** Waits for a condition that another thread brings about. */
    public static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + SOON.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, () -> "never: " + what);
            // the other thread may need this processor
            LockSupport.parkNanos(20_000);
        }
    }

    /**
     * The driver looks at queues in turn: when it has served another one, a look that it had begun before is over. For a test that turns
     * the driver off.
     */
    public static void untilTheDriverHasLooked() {
        Queue other = Queue.create(1);
        try {
            ClockTimer timer = ClockTimer.create(Time.CLOCK_MONOTONIC, id -> Destination.records(other, 0, null));
            timer.set(false, 1_000_000, 0, null);
            until("the driver serves another queue", () -> other.unread() == 1);
        } finally {
            other.destroy();
        }
    }

    /** Has the collector run, and leaves those who clean up behind it some time: for a condition that is waited for. */
    public static void collect() {
        System.gc();
        LockSupport.parkNanos(20_000_000);
    }

    /** Drives a queue, as any call does; false, so that it can stand behind a condition that is waited for. */
    public static boolean kick(int kfd) {
        Kevent.kevent_wait(kfd, ring(kfd).state(), new TimeSpec(), null);
        return false;
    }

    /** Waits until a thread is parked or sits in a system call; it must have been started and be about to. */
    public static void untilAsleep(Thread thread) {
        until(thread + " sleeps", () -> asleep(thread));
    }

    /** Whether a thread is parked or sits in a system call. */
    public static boolean asleep(Thread thread) {
        Thread.State state = thread.getState();
        if (state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING) {
            return true;
        }
        if (state != Thread.State.RUNNABLE) {
            return false;
        }
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getMethodName().equals("sleep") && frame.getClassName().startsWith("org.sigkevent.engine")
                    || frame.getMethodName().equals("ppoll")) {
                return true;
            }
        }
        return false;
    }

    /** Whether poll(2) says within {@code millis} that a descriptor is readable. */
    public static boolean readable(int fd, int millis) {
        ByteBuffer b = Memory.allocate(32);
        b.putInt(0, fd);
        b.putInt(4, 1);
        b.putLong(8, millis / 1000);
        b.putLong(16, millis % 1000 * 1_000_000L);
        return Native.C.ppoll(Memory.address(b), 1, Memory.address(b) + 8, 0) == 1;
    }

    /** Descriptors that this process has open. */
    public static long openDescriptors() {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        } catch (java.io.IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    /** The bytes that the calling thread has allocated so far. */
    public static long allocatedBytes() {
        return ((com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean())
                .getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    /** Whether a thread or a request takes the signal when it arrives. */
    public static boolean waiting(int signo) {
        return SignalTable.waiting(signo);
    }

    /** Gives signals back that a test has caught: they have the disposition that they had before the library. */
    public static void giveBack(int... signals) {
        for (int signo : signals) {
            SigSet one = new SigSet();
            ok(Signal.sigaddset(one, signo));
            // what is pending is not wanted any more
            while (Signal.sigtimedwait(one, null, new TimeSpec()) == signo) {
                Thread.onSpinWait();
            }
            assertNotSame(Signal.SIG_ERR, Signal.signal(signo, Signal.SIG_DFL), Errno::message);
            ok(Signal.sigprocmask(Signal.SIG_UNBLOCK, one, null));
            assertFalse(Signals.catches(signo), "signal " + signo);
        }
    }

    /** Sends a signal to this process as another one does: through the kernel. */
    static void sendThroughKernel(int signo, long value) {
        long sender = Instance.pair(Native.C.getpid(), Native.C.getuid());
        while (SignalSender.queue(Native.C.getpid(), 0, signo, Signal.SI_QUEUE, sender, value) < 0) {
            Thread.yield();
        }
    }

    /** Compiles a source file against this class path: what the compiler says, nothing when it compiles. */
    public static String compile(Path to, Path source, String... more) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        List<String> options = new ArrayList<>(
                List.of("-d", to.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none"));
        options.addAll(List.of(more));
        boolean compiled = compiler.getTask(
                        said,
                        null,
                        null,
                        options,
                        null,
                        compiler.getStandardFileManager(null, null, null).getJavaFileObjects(source))
                .call();
        return compiled ? "" : said + " ";
    }

    /** The public classes of the two faces, in the order of their names. */
    static Set<Class<?>> publicClasses() throws Exception {
        Path classes = Path.of(Kevent.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .resolve("org/sigkevent");
        Set<Class<?>> found = new LinkedHashSet<>();
        try (Stream<Path> files = Files.list(classes)) {
            for (Path one : (Iterable<Path>) files.sorted()::iterator) {
                String simple = one.getFileName().toString().replace(".class", "");
                if (Files.isRegularFile(one) && !simple.contains("$") && !simple.equals("package-info")) {
                    Class<?> type = Class.forName("org.sigkevent." + simple);
                    if (Modifier.isPublic(type.getModifiers())) {
                        found.add(type);
                    }
                }
            }
        }
        return found;
    }
}
