package ticks;

import static org.sigkevent.Errno.*;
import static org.sigkevent.Kevent.*;
import static org.sigkevent.Signal.SIGEV_KEVENT;
import static org.sigkevent.Time.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigEvent;
import org.sigkevent.TimeSpec;

/**
 * A tick scheduler: tasks run every so many ticks of one timer, in one thread. A task that takes too long costs ticks; the
 * timer's overruns tell how many, so that the count stays true and tasks that became due meanwhile run once. A second timer, on
 * the clock of the thread's CPU time, ends a program that uses more than it may. ticks.c beside this file is the same in C.
 *
 * <p>Usage: {@code Ticks [-p PERIOD] [-n TICKS] [-b BUSY] [-c LIMIT] [FILE]}: the period, the CPU time of the slow task and the
 * limit of CPU time in milliseconds; FILE, by default the JDK's own {@code lib/modules}, is what the checksum task reads.
 */
public final class Ticks {
    private static final int BLOCK = 256 << 10;
    private static final long MILLI = 1_000_000;

    /** Cookies. */
    private static final int TICK = 1;

    private static final int CPU_LIMIT = 2;

    private static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        Failure(String what) {
            super(what);
        }
    }

    private interface Body {
        void run() throws Failure, IOException;
    }

    private static final class Task {
        final String name;
        final int every;
        final Body body;
        long runs;
        long skipped;

        Task(String name, int every, Body body) {
            this.name = name;
            this.every = every;
            this.body = body;
        }
    }

    private long period = 20;
    private long ticks = 60;
    private long busy = 50;
    private long limit = 10_000;
    private Path file = Path.of(System.getProperty("java.home"), "lib", "modules");

    private int kfd = -1;
    private final int[] tickTimer = {-1};
    private final int[] cpuTimer = {-1};
    private FileChannel channel;
    private final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
    private final CRC32 crc = new CRC32();
    private long offset;

    private long first;
    private long tick;
    private long lost;
    private final List<Task> tasks = List.of(
            new Task("checksum", 1, this::checksum),
            new Task("slow", 20, this::slow),
            new Task("report", 10, this::report));

    public static void main(String[] args) {
        Ticks scheduler = new Ticks();
        try {
            if (!scheduler.arguments(args)) {
                System.err.println("usage: Ticks [-p PERIOD] [-n TICKS] [-b BUSY] [-c LIMIT] [FILE]");
                System.exit(2);
            }
            scheduler.run();
        } catch (Failure failure) {
            System.err.println("Ticks: " + failure.getMessage());
            System.exit(1);
        } catch (IOException refused) {
            System.err.println("Ticks: " + refused);
            System.exit(1);
        }
    }

    private boolean arguments(String[] args) {
        int next = 0;
        try {
            for (; next + 1 < args.length && args[next].startsWith("-"); next += 2) {
                long number = Long.parseLong(args[next + 1]);
                if (number < 1) {
                    return false;
                }
                switch (args[next]) {
                    case "-p":
                        period = number;
                        break;
                    case "-n":
                        ticks = number;
                        break;
                    case "-b":
                        busy = number;
                        break;
                    case "-c":
                        limit = number;
                        break;
                    default:
                        return false;
                }
            }
        } catch (NumberFormatException noNumber) {
            return false;
        }
        if (next + 1 == args.length) {
            file = Path.of(args[next++]);
        }
        return next == args.length;
    }

    private void run() throws Failure, IOException {
        channel = FileChannel.open(file);
        try {
            kfd = check(kevent_init(2));
            check(timer_create(CLOCK_THREAD_CPUTIME_ID, notification(CPU_LIMIT), cpuTimer));
            arm(cpuTimer[0], 0, limit * MILLI, 0);
            check(timer_create(CLOCK_MONOTONIC, notification(TICK), tickTimer));
            first = now(CLOCK_MONOTONIC) + period * MILLI;
            arm(tickTimer[0], TIMER_ABSTIME, first, period * MILLI);
            loop();
        } finally {
            timer_delete(tickTimer[0]);
            timer_delete(cpuTimer[0]);
            kevent_destroy(kfd, null, 0);
            channel.close();
        }
        System.out.printf("%d ticks, %d of them overrun%n", tick, lost);
        for (Task task : tasks) {
            System.out.printf("%-8s every %2d: %d runs, %d skipped%n", task.name, task.every, task.runs, task.skipped);
        }
    }

    private SigEvent notification(int cookie) {
        SigEvent event = new SigEvent();
        event.sigev_notify = SIGEV_KEVENT;
        event.sigev_notify_kqueue = kfd;
        event.sigev_value.sival_int = cookie;
        return event;
    }

    private static void arm(int timer, int flags, long value, long interval) throws Failure {
        ItimerSpec spec = new ItimerSpec();
        spec.it_value = TimeSpec.ofNanos(value);
        spec.it_interval = TimeSpec.ofNanos(interval);
        check(timer_settime(timer, flags, spec, null));
    }

    private static long now(int clock) throws Failure {
        TimeSpec time = new TimeSpec();
        check(clock_gettime(clock, time));
        return time.toNanos();
    }

    private void loop() throws Failure, IOException {
        KeventRecord event = new KeventRecord();
        while (tick < ticks) {
            if (kevent_take(kfd, event, null) < 0) {
                if (errno() != EINTR) {
                    throw new Failure("kevent_take: " + message());
                }
            } else if (event.cookie == CPU_LIMIT) {
                throw new Failure(
                        "the limit of " + limit + " ms CPU time is used up, at tick " + tick + " of " + ticks);
            } else {
                onTick(event);
            }
        }
    }

    /** The record tells the nominal time of its own expiry, so that the count can be checked against the clock. */
    private void onTick(KeventRecord event) throws Failure, IOException {
        long byTheClock = (event.data0 - first) / (period * MILLI);
        if (byTheClock != tick) {
            throw new Failure("tick " + tick + " came, but by the clock it is " + byTheClock);
        }
        long before = tick;
        tick += 1 + event.result;
        lost += event.result;
        for (Task task : tasks) {
            long due = tick / task.every - before / task.every;
            if (due > 0) {
                task.skipped += due - 1;
                task.runs++;
                task.body.run();
            }
        }
    }

    /** The next block of the file; after the last one, the first. */
    private void checksum() throws IOException {
        block.clear();
        int got = channel.read(block, offset);
        offset = got < BLOCK ? 0 : offset + got;
        crc.update(block.flip());
    }

    /** Takes longer than a tick. */
    private void slow() throws Failure {
        long end = now(CLOCK_THREAD_CPUTIME_ID) + busy * MILLI;
        while (now(CLOCK_THREAD_CPUTIME_ID) < end) {
            crc.update(block.rewind());
        }
    }

    private void report() throws Failure {
        ItimerSpec left = new ItimerSpec();
        check(timer_gettime(cpuTimer[0], left));
        System.out.printf("tick %d, %d overrun, %d ms of CPU time left%n", tick, lost, left.it_value.toNanos() / MILLI);
    }

    private static int check(int result) throws Failure {
        if (result < 0) {
            throw new Failure(message());
        }
        return result;
    }
}
