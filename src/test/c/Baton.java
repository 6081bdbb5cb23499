/*
 * Two functions pass a baton: each waits until the other has sent its signal. The baton is a struct, and its address travels
 * with the signal.
 *
 *     java -cp sigkevent.jar:LIBRARIES Baton.java
 */

import static org.sigkevent.Signal.*;
import static org.sigkevent.Stdio.*;
import static org.sigkevent.Unistd.*;

import org.sigkevent.SigAction;
import org.sigkevent.SigInfo;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;

public class Baton {
    static final int LAPS = 5;

    static class Runner {
        String owner;
        int laps;
        Runner next;
    }

    static SigSet none = new SigSet();
    static volatile int arrived;
    static Runner received;

    static void take(int signo, SigInfo info, Object context) {
        arrived = signo;
        received = (Runner) info.si_value.sival_ptr;
    }

    static void pass(Runner baton, int signo, String to) {
        SigVal value = SigVal.of((Object) baton);
        baton.owner = to;
        baton.laps++;
        if (sigqueue(getpid(), signo, value) == -1) {
            perror("sigqueue");
            System.exit(1);
        }
    }

    static Runner await(int signo) {
        while (arrived != signo)
            sigsuspend(none);
        arrived = 0;
        return received;
    }

    static int other(int signo) {
        return signo == SIGRTMIN ? SIGRTMIN + 1 : SIGRTMIN;
    }

    public static void main(String[] args) {
        SigAction sa = new SigAction();
        SigSet both = new SigSet();
        int runner = SIGRTMIN;
        Runner baton;

        sa.sa_sigaction = Baton::take;
        sa.sa_flags = SA_SIGINFO;
        sigfillset(sa.sa_mask);
        sigemptyset(both);
        sigaddset(both, SIGRTMIN);
        sigaddset(both, SIGRTMIN + 1);
        sigprocmask(SIG_BLOCK, both, none);
        sigdelset(none, SIGRTMIN);
        sigdelset(none, SIGRTMIN + 1);
        if (sigaction(SIGRTMIN, sa, null) == -1 || sigaction(SIGRTMIN + 1, sa, null) == -1) {
            perror("sigaction");
            System.exit(1);
        }

        baton = new Runner();
        pass(baton, runner, "red");
        while (baton.laps <= LAPS) {
            Runner got = await(runner);
            System.out.printf("lap %d: %s has it%s\n", got.laps, got.owner, got == baton ? "" : ", but which?");
            runner = other(runner);
            pass(got, runner, runner == SIGRTMIN ? "red" : "blue");
        }
        await(runner);
        if (sigismember(both, SIGRTMIN) != 1)
            System.exit(1);
        System.out.printf("%d laps, \"%s\" has %d letters\n", baton.laps - 1, baton.owner, baton.owner.length());
        System.exit(0);
    }
}
