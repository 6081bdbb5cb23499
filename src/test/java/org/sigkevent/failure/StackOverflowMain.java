package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.takeAny;
import static org.sigkevent.failure.Scene.until;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.sigkevent.Aio;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventException;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventStats;
import org.sigkevent.KeventTimer;
import org.sigkevent.Poll;
import org.sigkevent.SigVal;
import org.sigkevent.Time;

/**
 * What {@link StackOverflowTest} runs: calls at every distance from the end of a thread's stack. Afterwards the queue works and
 * no slot is lost.
 */
public final class StackOverflowMain {
    private static final int DEPTHS = 60;
    private static final int FRAMES = 200_000;
    private static long overflows;

    private StackOverflowMain() {}

    public static void main(String[] args) throws Exception {
        long seed = Long.parseLong(args[1]);
        Scene scene = new Scene();
        scene.openPipe();
        KeventQueue queue = scene.queue;
        KeventTimer timer = queue.timer(Time.CLOCK_MONOTONIC, SigVal.of(3));
        List<Runnable> calls = calls(scene, timer);
        for (Runnable one : calls) {
            for (int i = 0; i < 20; i++) {
                try {
                    one.run();
                } catch (KeventException full) {
                    queue.drain(record -> {}, 100);
                }
            }
        }
        SplittableRandom random = new SplittableRandom(seed);
        int rounds = Integer.parseInt(args[2]);
        inTime("calls near the end of the stack", 60, () -> {
            for (int i = 0; i < rounds; i++) {
                Runnable one = args[0].equals("all")
                        ? calls.get(random.nextInt(calls.size()))
                        : calls.get(Integer.parseInt(args[0]));
                atEveryDepth(one);
                if (broken(queue)) {
                    break;
                }
                queue.drain(record -> {}, 100);
            }
            return null;
        });
        check(overflows > 0, "no call met the end of the stack");
        System.out.println(overflows + " calls met the end of the stack");
        if (broken(queue)) {
            System.out.println("an Error broke the queue");
            inTime("the end of a broken queue", 30, () -> {
                scene.close();
                try (KeventQueue other = KeventQueue.open(4)) {
                    check(other.offer(SigVal.of(1)) && takeAny(other).cookie == 1, "another queue does not work");
                }
                return null;
            });
            System.out.println("all in order");
            System.out.flush();
            Runtime.getRuntime().halt(0);
        }
        inTime("a post and a take", 30, () -> {
            timer.close();
            Aio.aio_cancel(scene.pipe[0], null);
            for (int i = 0; i < 32; i++) {
                // enough for the reads that were not cancelled and for those that wait for readiness
                scene.writeByte();
            }
            KeventRecord record = new KeventRecord();
            until("all requests have ended: " + queue.stats(), () -> {
                while (queue.poll(record)) {
                    check(record.id != 0, "an empty record");
                }
                scene.drive();
                KeventStats now = queue.stats();
                return now.armed == 0 && now.unread == 0;
            });
            check(queue.offer(SigVal.of(77)) && takeAny(queue).cookie == 77, "the queue does not work");
            return null;
        });
        inTime("close", 10, () -> {
            scene.close();
            return null;
        });
        System.out.println("all in order");
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    /** Whether an Error has struck where a call takes effect: the one thing that it may cost is the queue it struck. */
    private static boolean broken(KeventQueue queue) {
        return Kevent.kevent_ctl(queue.fd(), Kevent.KEVENT_CTL_REQUIRED, 1) < 0;
    }

    private static List<Runnable> calls(Scene s, KeventTimer timer) {
        List<Runnable> calls = new ArrayList<>();
        KeventQueue queue = s.queue;
        KeventRecord record = new KeventRecord();
        calls.add(() -> queue.offer(SigVal.of(1)));
        calls.add(() -> queue.poll(record));
        calls.add(() -> {
            try {
                queue.poll(record, Duration.ofNanos(1000));
            } catch (InterruptedException strange) {
                throw new AssertionError(strange);
            }
        });
        calls.add(() -> timer.once(Duration.ofNanos(1000)));
        calls.add(() -> {
            if (queue.stats().armed < 8) {
                Aio.aio_read(s.block(s.pipe[0], 1, queue.sigevent(SigVal.of(2))));
            }
            Aio.aio_cancel(s.pipe[0], s.block);
        });
        calls.add(() -> queue.offer(SigVal.of(new Object())));
        calls.add(() -> {
            KeventEvent event = KeventEvent.fd(s.pipe[0], Poll.POLLIN, SigVal.of(9));
            if (queue.stats().armed < 8) {
                queue.submit(event);
                queue.cancel(event);
            }
        });
        calls.add(() -> queue.drain(one -> {}, 100));
        return calls;
    }

    private static void atEveryDepth(Runnable call) {
        int fits = 100;
        int tooDeep = FRAMES;
        while (fits < tooDeep - 1) {
            int middle = (fits + tooDeep) / 2;
            if (overflowsAt(middle, call)) {
                tooDeep = middle;
            } else {
                fits = middle;
            }
        }
        for (int depth = fits; depth > fits - DEPTHS && depth > 0; depth--) {
            overflowsAt(depth, call);
        }
    }

    private static boolean overflowsAt(int depth, Runnable call) {
        try {
            down(depth, call);
            return false;
        } catch (StackOverflowError end) {
            overflows++;
            return true;
        } catch (RuntimeException refused) {
            return false;
        }
    }

    private static int down(int left, Runnable call) {
        if (left == 0) {
            call.run();
            return 0;
        }
        return down(left - 1, call) + 1;
    }

    private static void inTime(String what, int seconds, Callable<Void> body) throws Exception {
        FutureTask<Void> task = new FutureTask<>(body);
        Thread thread = new Thread(null, task, what, 256 << 10);
        thread.setDaemon(true);
        thread.start();
        try {
            task.get(seconds, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException hung) {
            for (StackTraceElement frame : thread.getStackTrace()) {
                System.out.println("    " + frame);
            }
            System.out.println(what + " hangs");
            System.out.flush();
            Runtime.getRuntime().halt(1);
        }
    }
}
