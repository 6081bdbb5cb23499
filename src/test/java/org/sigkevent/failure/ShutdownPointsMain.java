package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.ok;
import static org.sigkevent.failure.Scene.takeAny;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.sigkevent.Aio;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventException;
import org.sigkevent.Mqueue;
import org.sigkevent.Poll;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Sigkevent;
import org.sigkevent.Signal;
import org.sigkevent.Time;
import org.sigkevent.core.Elsewhere;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/**
 * Lets the points of {@link Sigkevent#shutdown} fail one after the other, those of the thread that calls it and those of the thread that
 * does it, each in a copy of the library of its own. Whatever failed, a second call comes back, and then no thread of the copy is alive and
 * none of its descriptors is open. It says so in the lines of {@link FailingPointsMain}.
 *
 * <p>Arguments: {@code all}, a thread, a point and a way to begin at, and a step; or {@code sample}, a seed and seconds.
 */
public final class ShutdownPointsMain {
    static final String[] NAMES = {"Sigkevent.shutdown", "Sigkevent.shutdown, its thread"};

    private ShutdownPointsMain() {}

    public static void main(String[] args) throws Exception {
        // each copy is loaded
        Watchdog.start(100);
        // opens what stays open in the process
        round(0, Long.MAX_VALUE, 0);
        if (args[0].equals("sample")) {
            sample(new SplittableRandom(Long.parseLong(args[1])), Long.parseLong(args[2]));
        } else {
            int first = Integer.parseInt(args[1]);
            for (int who = first; who < NAMES.length; who++) {
                boolean here = who == first;
                all(
                        who,
                        here ? Long.parseLong(args[2]) : 1,
                        here ? Integer.parseInt(args[3]) : 0,
                        Long.parseLong(args[4]));
            }
        }
        System.out.println("DONE");
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private static void all(int who, long first, int firstWay, long step) throws Exception {
        long n = first;
        int from = firstWay;
        for (int ways = 1; ways > 0; n += step) {
            ways = round(who, n, from);
            for (int way = from + 1; way < ways; way++) {
                round(who, n, way);
            }
            from = 0;
        }
        System.out.println("CALL\t" + who + "\t" + NAMES[who] + "\t" + (n - step - 1));
    }

    private static void sample(SplittableRandom random, long seconds) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        long[] most = {30, 60};
        while (System.nanoTime() < end) {
            int who = random.nextInt(NAMES.length);
            long n = 1 + random.nextLong(most[who]);
            if (round(who, n, -1 - random.nextInt(60)) == 0) {
                // there are fewer
                most[who] = Math.max(1, n - 1);
            }
        }
        System.out.println("CALL\t-1\tsample of the end\t" + most[0] + "\t" + most[1]);
    }

    /** In how many ways the point fails; 0 when there is none. */
    private static int round(int who, long n, int way) throws Exception {
        if (n < Long.MAX_VALUE) {
            System.out.println("AT\t" + who + "\t" + n + "\t" + way);
            System.out.flush();
        }
        String trial = NAMES[who] + "\t" + n + "\t" + way;
        Watchdog.step("the copy", trial + "\t?\t?");
        int ways;
        try (URLClassLoader copy = copy()) {
            @SuppressWarnings("unchecked")
            Function<long[], Object[]> application =
                    (Function<long[], Object[]>) copy.loadClass(Application.class.getName())
                            .getDeclaredConstructor()
                            .newInstance();
            Object[] said = application.apply(new long[] {who, n, way});
            ways = (int) said[0];
            for (int i = 3; i < said.length; i++) {
                System.out.println("FAIL\t" + trial + "\t" + said[1] + "\t" + said[2] + "\t" + said[i]);
            }
        }
        Watchdog.rest();
        return ways;
    }

    /** The library and the tests once more; what they depend on is shared. */
    private static URLClassLoader copy() throws Exception {
        List<URL> ours = new ArrayList<>();
        List<URL> others = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(entry);
            (Files.isDirectory(path) ? ours : others).add(path.toUri().toURL());
        }
        if (above == null) {
            above = new URLClassLoader(others.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
        }
        return new URLClassLoader(ours.toArray(new URL[0]), above);
    }

    private static ClassLoader above;

    /** What each copy runs: how many ways the point has, what failed, what the call said, and what is wrong. */
    public static final class Application implements Function<long[], Object[]> {
        private final List<Object> said = new ArrayList<>();

        public Application() {}

        @Override
        public Object[] apply(long[] point) {
            try {
                run((int) point[0], point[1], (int) point[2]);
            } catch (Exception failed) {
                throw new AssertionError(failed);
            }
            return said.toArray();
        }

        private void run(int who, long n, int way) throws Exception {
            Set<Thread> before = threads();
            int descriptors = descriptors();
            Scene scene = new Scene();
            useAll(scene);
            // the program's own
            scene.closeDescriptors();
            if (who == 0) {
                FailingPoints.arm(n, way);
            } else {
                FailingPoints.armThread("sigkevent-shutdown", n, way);
            }
            Throwable thrown = null;
            try {
                Sigkevent.shutdown();
            } catch (Throwable failure) {
                thrown = failure;
            }
            FailingPoints.Failure fired = FailingPoints.disarm();
            said.add(fired == null ? 0 : fired.variants);
            said.add(fired == null ? "nothing" : fired.what);
            said.add(thrown == null ? "returns" : "throws " + thrown);
            boolean expected = thrown == null
                    || fired != null
                            && who == 0
                            && (thrown instanceof KeventException
                                    || thrown instanceof OutOfMemoryError
                                    || thrown instanceof StackOverflowError);
            if (!expected) {
                said.add("unexpectedly throws " + thrown);
            }
            Sigkevent.shutdown();
            if (Kevent.kevent_init(1) != -1 || Errno.errno() != Errno.ESHUTDOWN) {
                said.add("the library goes on");
            }
            Set<Thread> left = threads();
            left.removeAll(before);
            if (!left.isEmpty()) {
                said.add("threads are alive: " + left);
            }
            int now = descriptors();
            for (int i = 0; now > descriptors && i < 100; i++) {
                LockSupport.parkNanos(1_000_000);
                now = descriptors();
            }
            if (now > descriptors && fired != null) {
                said.add("descriptors are open: " + descriptors + " before, now " + now);
            }
        }

        private static void useAll(Scene s) throws Exception {
            s.openFile();
            s.openPipe();
            s.openMq();
            ok(Aio.aio_read(s.block(s.fd, 100_000, s.queue.sigevent(SigVal.of(1)))));
            ok(Aio.aio_fsync(org.sigkevent.Fcntl.O_SYNC, s.block(s.fd, 1, s.queue.sigevent(SigVal.of(1)))));
            takeAny(s.queue);
            takeAny(s.queue);
            // these stay
            ok(Aio.aio_read(s.block(s.pipe[0], 1, s.queue.sigevent(SigVal.of(1)))));
            ok(Mqueue.mq_notify(s.mqd, s.queue.sigevent(SigVal.of(1))));
            s.queue.submit(KeventEvent.fd(s.pipe[0], Poll.POLLIN, SigVal.of(1)));
            s.queue.submit(KeventEvent.futex(Memory.allocate(4), 0, -1, false, SigVal.of(1)));
            s.queue.submit(KeventEvent.signals(Scene.set(Scene.SIGNO), false, SigVal.of(1)));
            for (int clock : new int[] {Time.CLOCK_MONOTONIC, Time.CLOCK_REALTIME}) {
                s.queue.timer(clock, SigVal.of(1)).every(Duration.ofHours(1));
            }
            ok(Kevent.kevent_ctl(s.queue.fd(), Kevent.KEVENT_CTL_POLLFD, 0));
            s.queue.driver(true);
            for (int type : new int[] {Signal.SIGEV_THREAD, Signal.SIGEV_NONE}) {
                ok(Time.timer_create(Time.CLOCK_PROCESS_CPUTIME_ID, s.sigevent(type), s.timer));
            }
            callback(s.callbacks);
            Elsewhere.hideDuplicates(s.queue.fd());
            Kevent.kevent_map_ringbuf(s.opened(Linux.duplicate(s.queue.fd(), 0)), 1);
            s.queue.offer(SigVal.of(1));
        }

        private static void callback(AtomicInteger calls) {
            SigEvent event = new SigEvent();
            event.sigev_notify = Signal.SIGEV_THREAD;
            event.sigev_notify_function = value -> calls.incrementAndGet();
            int[] timer = new int[1];
            ok(Time.timer_create(Time.CLOCK_MONOTONIC, event, timer));
            ok(Time.timer_settime(timer[0], 0, Scene.in(1000), null));
            Scene.until("a callback", () -> calls.get() > 0);
        }

        private static Set<Thread> threads() {
            Set<Thread> all = new HashSet<>(Thread.getAllStackTraces().keySet());
            all.removeIf(thread -> !thread.getName().startsWith("sigkevent"));
            return all;
        }

        private static int descriptors() {
            return new File("/proc/self/fd").list().length;
        }
    }
}
