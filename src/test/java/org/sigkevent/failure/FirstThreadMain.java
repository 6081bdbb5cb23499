package org.sigkevent.failure;

import java.io.File;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import org.sigkevent.Errno;
import org.sigkevent.Fcntl;
import org.sigkevent.Kevent;
import org.sigkevent.KeventCapabilities;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventException;
import org.sigkevent.KeventQueue;
import org.sigkevent.Mqueue;
import org.sigkevent.SigVal;
import org.sigkevent.Time;
import org.sigkevent.TimeSpec;

/** The first calls of a process come while its user has all threads that RLIMIT_NPROC allows, but a few; later there are some again. */
public final class FirstThreadMain {
    private static final int MANY = 2000;

    /** One that waits, and then ends. */
    private static final class Idle extends Thread {
        final CountDownLatch end = new CountDownLatch(1);

        @Override
        public void run() {
            try {
                end.await();
            } catch (InterruptedException strange) {
                // ends as well
            }
        }
    }

    private FirstThreadMain() {}

    public static void main(String[] args) throws Exception {
        Deque<Idle> idle = new ArrayDeque<>();
        try {
            while (idle.size() < MANY) {
                Idle one = new Idle();
                one.setDaemon(true);
                one.start();
                idle.add(one);
            }
            System.out.println("the limit does not bind");
            return;
        } catch (OutOfMemoryError full) {
            System.out.println(idle.size() + " threads, then none");
        }
        end(idle, Integer.parseInt(args[1]));
        for (int i = 0; i < 3; i++) {
            System.out.println("without threads: " + first(args[0]));
        }
        end(idle, idle.size());
        System.out.println("with threads: " + first(args[0]));
        try (KeventQueue queue = KeventQueue.open(2)) {
            queue.submit(KeventEvent.user(SigVal.of(7)));
            check(queue.take().cookie == 7, "another record");
        }
        System.out.println("all in order");
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private static void end(Deque<Idle> idle, int count) throws InterruptedException {
        int left = tasks() - count;
        for (int i = 0; i < count; i++) {
            Idle one = idle.remove();
            one.end.countDown();
            one.join();
        }
        // for the kernel it ends after the join
        long end = System.nanoTime() + 10_000_000_000L;
        while (tasks() > left && System.nanoTime() < end) {
            Thread.sleep(1);
        }
    }

    private static int tasks() {
        return new File("/proc/self/task").list().length;
    }

    private static String first(String call) {
        try {
            int answer = switch (call) {
                case "kevent_init" -> Kevent.kevent_init(1);
                case "mq_open" -> Mqueue.mq_open("/no-such-queue", Fcntl.O_RDWR);
                case "timer_create" -> Time.timer_create(Time.CLOCK_MONOTONIC, null, new int[1]);
                case "clock_gettime" -> Time.clock_gettime(Time.CLOCK_MONOTONIC, new TimeSpec());
                case "open" -> opened();
                case "here" -> KeventCapabilities.here().engine().length();
                default -> throw new IllegalArgumentException(call);
            };
            return answer < 0 ? refused(Errno.errno(), Errno.message()) : "works";
        } catch (KeventException refused) {
            return refused(refused.errno(), refused.getMessage());
        } catch (OutOfMemoryError refused) {
            check(call.equals("clock_gettime"), String.valueOf(refused));
            return refused(Errno.EAGAIN, refused.getMessage());
        }
    }

    /** Not that of {@link Scene}, which loads the library. */
    private static void check(boolean right, String said) {
        if (!right) {
            throw new AssertionError(said);
        }
    }

    private static int opened() {
        KeventQueue queue = KeventQueue.open(1);
        queue.close();
        return 0;
    }

    private static String refused(int errno, String words) {
        if (errno != Errno.EAGAIN) {
            return "refused for another reason, " + words;
        }
        check(words.contains("ulimit -u") && words.contains("pids.max"), words);
        return "no thread, " + words;
    }
}
