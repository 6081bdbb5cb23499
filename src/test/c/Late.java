/*
 * How late a timer's signals are taken when the program is busy: the timer goes on, and its overruns tell what was missed.
 *
 *     java -cp sigkevent.jar:LIBRARIES Late.java [-q] [ROUNDS]
 */

import static org.sigkevent.Signal.*;
import static org.sigkevent.Stdio.*;
import static org.sigkevent.Time.*;

import org.sigkevent.ItimerSpec;
import org.sigkevent.SigEvent;
import org.sigkevent.SigInfo;
import org.sigkevent.SigSet;
import org.sigkevent.TimeSpec;

public class Late {
    static void CHECK(int result) {
        if (result < 0) {
            perror("late");
            System.exit(1);
        }
    }

    static final long SECOND = 1000000000;
    static final long PERIOD = 2000000;

    static class Statistics {
        long begun;
        long expiries;
        long overruns;
    }

    static long now() {
        TimeSpec ts = new TimeSpec();
        clock_gettime(CLOCK_MONOTONIC, ts);
        return ts.tv_sec * SECOND + ts.tv_nsec;
    }

    static void work(long nanos) {
        long until = now() + nanos;
        while (now() < until)
            ;
    }

    static void add(Statistics all, int overrun) {
        all.expiries += 1 + overrun;
        all.overruns += overrun;
    }

    public static void main(String[] args) {
        int rounds = 5, quiet = 0;
        int[] timer = new int[1];
        SigSet set = new SigSet();
        SigInfo info = new SigInfo();
        Statistics all = new Statistics();

        for (int i = 1; i < args.length + 1; i++) {
            if (args[i - 1].equals("-q"))
                quiet = 1;
            else
                rounds = Integer.parseInt(args[i - 1]);
        }

        CHECK(sigemptyset(set));
        CHECK(sigaddset(set, SIGRTMAX));
        CHECK(sigprocmask(SIG_BLOCK, set, null));

        SigEvent sev = new SigEvent();
        sev.sigev_notify = SIGEV_SIGNAL;
        sev.sigev_signo = SIGRTMAX;
        sev.sigev_value.sival_int = 99;
        CHECK(timer_create(CLOCK_MONOTONIC, sev, timer));

        ItimerSpec its = new ItimerSpec();
        its.it_value = new TimeSpec(0, PERIOD);
        its.it_interval = new TimeSpec(0, PERIOD);
        all.begun = now();
        CHECK(timer_settime(timer[0], 0, its, null));

        for (int i = 0; i < rounds; i++) {
            work((i + 1) * 3 * PERIOD);
            CHECK(sigwaitinfo(set, info));
            int overrun = timer_getoverrun(timer[0]);
            if (overrun < 0) {
                perror("timer_getoverrun");
                System.exit(1);
            }
            add(all, overrun);
            if (quiet == 0)
                System.out.printf("round %d: value %d, %d overrun\n", i + 1, info.si_value.sival_int, overrun);
        }

        CHECK(timer_gettime(timer[0], its));
        double share = 100.0 * all.overruns / all.expiries;
        System.out.printf("%.1f ms, next in %d ns\n", (now() - all.begun) / 1e6, its.it_value.tv_nsec);
        System.out.printf("%d of %d expiries were overruns (%.0f %%)\n", all.overruns, all.expiries, share);
        CHECK(timer_delete(timer[0]));
        System.exit(0);
    }
}
