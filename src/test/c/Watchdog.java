/*
 * Watchdogs for jobs: each job has a timer that calls back in a thread of its own when the job has taken too long. A table of
 * functions says what the jobs do; one of them starts a child.
 *
 *     java -cp sigkevent.jar:LIBRARIES Watchdog.java
 */

import static org.sigkevent.Errno.*;
import static org.sigkevent.Signal.*;
import static org.sigkevent.Time.*;

import java.io.IOException;
import java.util.stream.Stream;
import org.sigkevent.ItimerSpec;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.TimeSpec;

public class Watchdog {
    static class Job {
        String name;
        int limit_ms;
        Runnable body;
        int[] timer = new int[1];
        volatile boolean late;
    }

    static Job[] jobs = Stream.generate(Job::new).limit(3).toArray(Job[]::new);
    static {
        jobs[0].name = "quick";
        jobs[0].limit_ms = 5000;
        jobs[0].body = Watchdog::quick;
        jobs[1].name = "sleepy";
        jobs[1].limit_ms = 20;
        jobs[1].body = Watchdog::sleepy;
        jobs[2].name = "child";
        jobs[2].limit_ms = 5000;
        jobs[2].body = Watchdog::child;
    }

    static void fail(String format, Object... arguments) {
        System.err.print("watchdog: ");
        System.err.printf(format, arguments);
        System.err.print('\n');
        System.exit(1);
    }

    static void bark(SigVal value) {
        Job job = (Job) value.sival_ptr;
        job.late = true;
    }

    static void quick() {
        long sum = 0;
        for (int i = 0; i < 1000; i++)
            sum += i;
        System.out.printf("  the sum is %d\n", sum);
    }

    static int calls;
    static void sleepy() {
        TimeSpec nap = new TimeSpec(0, 200 * 1000 * 1000);
        calls++;
        while (nanosleep(nap, nap) < 0 && errno() == EINTR)
            ;
        System.out.printf("  slept, call %d\n", calls);
    }

    static void child() {
        int status = 0;
        try {
            status = new ProcessBuilder("sh", "-c", "exit 3").start().waitFor();
        } catch (IOException | InterruptedException refused) {
            fail("waitFor: %s", refused.getMessage());
        }
        System.out.printf("  the child said %d\n", status);
    }

    static void watch(Job job) {
        SigEvent event = new SigEvent();
        ItimerSpec limit = new ItimerSpec();
        event.sigev_notify = SIGEV_THREAD;
        event.sigev_notify_function = Watchdog::bark;
        event.sigev_notify_attributes = null;
        event.sigev_value.sival_ptr = job;
        if (timer_create(CLOCK_MONOTONIC, event, job.timer) < 0)
            fail("timer_create for %s: %s", job.name, strerror(errno()));
        limit.it_value.tv_sec = job.limit_ms / 1000;
        limit.it_value.tv_nsec = job.limit_ms % 1000 * 1000000L;
        if (timer_settime(job.timer[0], 0, limit, null) < 0)
            fail("timer_settime for %s: %s", job.name, strerror(errno()));
    }

    public static void main(String[] args) {
        int late = 0;
        for (long i = 0; i < jobs.length; i++) {
            Job job = jobs[(int) i];
            System.out.printf("%s, %d ms\n", job.name, job.limit_ms);
            watch(job);
            job.body.run();
            timer_delete(job.timer[0]);
            if (job.late) {
                System.out.printf("  %s was late\n", job.name);
                late++;
            }
        }
        System.exit(late == 1 ? 0 : 1);
    }
}
