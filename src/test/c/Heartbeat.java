/*
 * A heartbeat: a timer raises a signal twenty times a second, the handler counts, and main sleeps in pause() between two beats.
 *
 *     java -cp sigkevent.jar:LIBRARIES Heartbeat.java [BEATS]
 */

import static org.sigkevent.Signal.*;
import static org.sigkevent.Stdio.*;
import static org.sigkevent.Time.*;
import static org.sigkevent.Unistd.*;

import org.sigkevent.ItimerSpec;
import org.sigkevent.SigAction;
import org.sigkevent.SigEvent;
import org.sigkevent.SigInfo;
import org.sigkevent.TimeSpec;

public class Heartbeat {
    static final long PERIOD_NS = 50000000L;
    static final int BEAT = SIGRTMIN;

    static volatile int beats;
    static volatile int missed;

    /* Only counts: what takes time is done in main. */
    static void on_beat(int signo, SigInfo info, Object context) {
        beats++;
        missed += info.si_overrun;
    }

    static void die(String what) {
        perror(what);
        System.exit(1);
    }

    public static void main(String[] args) {
        int wanted = 10;
        if (args.length > 1) {
            System.err.printf("usage: %s [BEATS]\n", "Heartbeat");
            System.exit(2);
        }
        if (args.length == 1)
            wanted = Integer.parseInt(args[0]);

        SigAction action = new SigAction();
        action.sa_sigaction = Heartbeat::on_beat;
        action.sa_flags = SA_SIGINFO | SA_RESTART;
        sigemptyset(action.sa_mask);
        if (sigaction(BEAT, action, null) == -1)
            die("sigaction");

        int[] timer = new int[1];
        SigEvent event = new SigEvent();
        event.sigev_notify = SIGEV_SIGNAL;
        event.sigev_signo = BEAT;
        event.sigev_value.sival_ptr = timer;
        if (timer_create(CLOCK_MONOTONIC, event, timer) == -1)
            die("timer_create");

        ItimerSpec period = new ItimerSpec();
        period.it_value.tv_sec = 0;
        period.it_value.tv_nsec = PERIOD_NS;
        period.it_interval = new TimeSpec(period.it_value.tv_sec, period.it_value.tv_nsec);
        if (timer_settime(timer[0], 0, period, null) == -1)
            die("timer_settime");

        int seen = 0;
        while (beats < wanted) {
            pause();
            if (beats != seen) { /* another signal may have ended the pause */
                seen = beats;
                System.out.printf("beat %d, %d missed\n", seen, missed);
            }
        }

        timer_delete(timer[0]);
        System.out.printf("%d beats of %d ms\n", seen, PERIOD_NS / 1000000);
        System.exit(0);
    }
}
