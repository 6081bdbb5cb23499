package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sigkevent.Support.ok;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Syscalls;

/**
 * Three copies of the library in one JVM, of which one is the test's own: two take the same signal, end in either order, and what was
 * there before both is there again; one that ends takes nothing from the other.
 */
final class TwoCopiesMain {
    private static final int SIGNO = 43;
    private static final int SIZE = 64;

    private TwoCopiesMain() {}

    /** What a copy does, called from outside through a class that both know. */
    public static final class Copy implements Function<String, Object> {
        private KeventQueue queue;
        private KeventEvent signals;

        public Copy() {}

        @Override
        public Object apply(String what) {
            try {
                switch (what) {
                    case "open" -> queue = KeventQueue.open(SIZE);
                    case "fd" -> {
                        return queue.fd();
                    }
                    case "catch" -> {
                        SigSet set = new SigSet();
                        ok(Signal.sigaddset(set, SIGNO));
                        signals = KeventEvent.signals(set, false, SigVal.of(1));
                        queue.submit(signals);
                    }
                    case "act" -> assertTrue(Signal.signal(SIGNO, signo -> {}) != Signal.SIG_ERR);
                    case "send" -> Support.sendThroughKernel(SIGNO, 9);
                    case "taken" -> {
                        KeventRecord record = queue.poll(Duration.ofSeconds(30));
                        return record != null && record.error == 0 && record.descriptor == SIGNO;
                    }
                    case "release" -> {
                        assertTrue(queue.cancel(signals));
                        assertTrue(queue.poll(Duration.ofSeconds(30)) != null);
                        Support.giveBack(SIGNO);
                    }
                    case "use" -> EveryPart.useAndCloseFiles(44);
                    case "work" -> work();
                    case "shutdown" -> Sigkevent.shutdown();
                    default -> {
                        int kfd = Integer.parseInt(what);
                        KeventRing others = Kevent.kevent_map_ringbuf(kfd, SIZE);
                        assertEquals(0, others.unread());
                    }
                }
                return true;
            } catch (Exception failed) {
                throw new AssertionError(failed);
            }
        }

        /** Helpers, callbacks, the driver and message queues still serve it. */
        private void work() throws Exception {
            int mqd = (int) ok(Mqueue.mq_open("/sigkevent-two", Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, null));
            ok(Mqueue.mq_unlink("/sigkevent-two"));
            ok(Mqueue.mq_notify(mqd, queue.sigevent(SigVal.of(2))));
            ok(Mqueue.mq_send(mqd, new byte[1], 1, 0));
            assertTrue(queue.poll(Duration.ofSeconds(30)) != null);
            int fd = (int) ok(Fcntl.open("/proc/self/exe", Fcntl.O_RDONLY));
            queue.submit(KeventEvent.fsync(fd, SigVal.of(3)));
            assertTrue(queue.poll(Duration.ofSeconds(30)) != null);
            CountDownLatch called = new CountDownLatch(1);
            SigEvent event = new SigEvent();
            event.sigev_notify = org.sigkevent.Signal.SIGEV_THREAD;
            event.sigev_notify_function = value -> called.countDown();
            int[] id = new int[1];
            ok(Time.timer_create(Time.CLOCK_PROCESS_CPUTIME_ID, event, id));
            ItimerSpec soon = new ItimerSpec();
            soon.it_value.tv_nsec = 1;
            ok(Time.timer_settime(id[0], 0, soon, null));
            Support.until("the callback", () -> called.getCount() == 0);
            ok(Time.timer_delete(id[0]));
            ok(Unistd.close(fd));
            ok(Mqueue.mq_close(mqd));
        }
    }

    public static void main(String[] arguments) throws Exception {
        // what was there before all copies: ignored
        assertEquals(0, ignore());
        Function<String, Object> first = copy();
        Function<String, Object> second = copy();
        each(first, "open", "use");
        each(second, "open", "use");
        inTurn(first, second);
        inTurn(second, first);
        overlapping(first, second);
        overlapping(second, first);
        crossed(first, second);
        crossed(second, first);
        each(first, "catch");
        each(second, "catch");
        // the ring of another owner's queue
        first.apply(second.apply("fd").toString());
        // the lower one goes for good: the upper one still takes, and below it is what was there before both
        each(first, "shutdown");
        each(second, "send");
        assertEquals(true, second.apply("taken"));
        each(second, "release", "work");
        assertEquals(1, handler());
        each(second, "send", "work", "shutdown");
        assertEquals(1, handler());
        System.out.println("both copies work");
        System.exit(0);
    }

    private static void each(Function<String, Object> copy, String... what) {
        for (String one : what) {
            copy.apply(one);
        }
    }

    /** The upper handler goes first. */
    private static void inTurn(Function<String, Object> lower, Function<String, Object> upper) {
        each(lower, "catch");
        each(upper, "catch", "send");
        assertEquals(true, upper.apply("taken"));
        each(upper, "release", "send");
        assertEquals(true, lower.apply("taken"));
        each(lower, "release");
        assertEquals(1, handler());
    }

    /** The lower one goes first: it leaves the upper one where it is. */
    private static void overlapping(Function<String, Object> lower, Function<String, Object> upper) {
        each(lower, "catch");
        each(upper, "catch");
        each(lower, "release");
        each(lower, "send");
        assertEquals(true, upper.apply("taken"));
        each(upper, "release");
        assertEquals(1, handler());
    }

    /** The lower one takes the signal back, and each has the other below it. */
    private static void crossed(Function<String, Object> lower, Function<String, Object> upper) {
        each(lower, "catch");
        each(upper, "catch");
        each(lower, "act", "send");
        assertEquals(true, lower.apply("taken"));
        each(lower, "release", "send");
        assertEquals(true, upper.apply("taken"));
        each(upper, "release");
        assertEquals(1, handler());
    }

    private static int ignore() {
        ByteBuffer action = Memory.allocate(32);
        action.putLong(0, 1);
        return Linux.call(Syscalls.RT_SIGACTION, SIGNO, Memory.address(action), 0, 8);
    }

    /** The address of the handler; 1 is SIG_IGN. */
    private static long handler() {
        ByteBuffer action = Memory.allocate(32);
        assertEquals(0, Linux.call(Syscalls.RT_SIGACTION, SIGNO, 0, Memory.address(action), 8));
        return action.getLong(0);
    }

    @SuppressWarnings("unchecked")
    private static Function<String, Object> copy() throws Exception {
        List<URL> all = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(":")) {
            all.add(Path.of(entry).toUri().toURL());
        }
        ClassLoader loader = new URLClassLoader(all.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
        return (Function<String, Object>)
                loader.loadClass(Copy.class.getName()).getDeclaredConstructor().newInstance();
    }
}
