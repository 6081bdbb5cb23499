package periodic;

import static org.sigkevent.Errno.*;
import static org.sigkevent.Signal.*;
import static org.sigkevent.Stdio.*;
import static org.sigkevent.Time.*;

import org.sigkevent.ItimerSpec;
import org.sigkevent.SigEvent;
import org.sigkevent.SigInfo;
import org.sigkevent.SigSet;
import org.sigkevent.TimeSpec;

/**
 * A periodic real-time loop: a timer generates a blocked signal each period, sigwaitinfo accepts it, and what must be done in the
 * period is done. Periods that went by meanwhile are the timer's overruns. At the end it says how late the periods began.
 * periodic.c beside this file is the same program in C.
 *
 * <p>Usage: {@code Periodic [-p PERIOD] [-n PERIODS] [-w WORK] [-e EVERY]}: PERIOD is in milliseconds; in every EVERY-th period the
 * work takes WORK milliseconds of CPU time. SIGTERM ends it before.
 */
public final class Periodic {
    private static final long MILLI = 1_000_000;
    private static final int PERIOD_SIGNAL = SIGRTMIN;

    private static long period = 10;
    private static long periods = 100;
    private static long work = 25;
    private static long every = 20;

    private static long run;
    private static long overrun;
    private static long latest;
    private static long sum;

    private Periodic() {}

    private static void die(String what) {
        perror(what);
        System.exit(1);
    }

    private static long now(int clock) {
        TimeSpec time = new TimeSpec();
        if (clock_gettime(clock, time) < 0) {
            die("clock_gettime");
        }
        return time.toNanos();
    }

    /** What is done in a period: nothing but using the processor. */
    private static void use(long cpu) {
        long end = now(CLOCK_THREAD_CPUTIME_ID) + cpu;
        while (now(CLOCK_THREAD_CPUTIME_ID) < end) {
            Thread.onSpinWait();
        }
    }

    private static int start(long first) {
        int[] timer = new int[1];
        SigEvent event = new SigEvent();
        ItimerSpec spec = new ItimerSpec();
        event.sigev_notify = SIGEV_SIGNAL;
        event.sigev_signo = PERIOD_SIGNAL;
        if (timer_create(CLOCK_MONOTONIC, event, timer) < 0) {
            die("timer_create");
        }
        spec.it_value = TimeSpec.ofNanos(first);
        spec.it_interval = TimeSpec.ofNanos(period * MILLI);
        if (timer_settime(timer[0], TIMER_ABSTIME, spec, null) < 0) {
            die("timer_settime");
        }
        return timer[0];
    }

    /** One period: the last of those that have begun. */
    private static void cycle(int timer, long first) {
        int missed = timer_getoverrun(timer);
        overrun += missed;
        long begin = first + (run + overrun) * period * MILLI;
        long late = now(CLOCK_MONOTONIC) - begin;
        if (late < 0) {
            System.err.printf("a period began %d ns early%n", -late);
            System.exit(1);
        }
        if (missed > 0) {
            System.out.printf("period %d: %d missed%n", run + overrun, missed);
        }
        run++;
        sum += late;
        if (late > latest) {
            latest = late;
        }
        if (run % every == 0) {
            use(work * MILLI);
        }
    }

    private static void usage() {
        System.err.println("usage: Periodic [-p PERIOD] [-n PERIODS] [-w WORK] [-e EVERY]");
        System.exit(2);
    }

    private static void arguments(String[] args) {
        for (int i = 0; i < args.length; i += 2) {
            long number = i + 1 < args.length && args[i + 1].matches("\\d{1,9}") ? Long.parseLong(args[i + 1]) : 0;
            if (number < 1) {
                usage();
            }
            switch (args[i]) {
                case "-p":
                    period = number;
                    break;
                case "-n":
                    periods = number;
                    break;
                case "-w":
                    work = number;
                    break;
                case "-e":
                    every = number;
                    break;
                default:
                    usage();
            }
        }
    }

    public static void main(String[] args) {
        arguments(args);

        SigSet set = new SigSet();
        sigemptyset(set);
        sigaddset(set, PERIOD_SIGNAL);
        sigaddset(set, SIGTERM);
        if (sigprocmask(SIG_BLOCK, set, null) < 0) {
            die("sigprocmask");
        }

        long first = now(CLOCK_MONOTONIC) + period * MILLI;
        int timer = start(first);
        System.out.println("begun");
        SigInfo info = new SigInfo();
        while (run + overrun < periods) {
            int signo = sigwaitinfo(set, info);
            if (signo < 0 && errno() != EINTR) {
                die("sigwaitinfo");
            }
            if (signo == SIGTERM) {
                System.out.println("ended by SIGTERM");
                break;
            }
            if (signo == PERIOD_SIGNAL) {
                cycle(timer, first);
            }
        }
        timer_delete(timer);

        System.out.printf("%d periods: %d run, %d missed%n", run + overrun, run, overrun);
        if (run > 0) {
            System.out.printf("late by %d us on average, %d us at most%n", sum / run / 1000, latest / 1000);
        }
    }
}
