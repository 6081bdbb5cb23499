/*
 * A mailbox for signals: three of them are blocked, and main takes one after the other with sigwaitinfo and says what each
 * carries. The program sends them to itself.
 *
 *     java -cp sigkevent.jar:LIBRARIES Mailbox.java
 */

import static org.sigkevent.Errno.*;
import static org.sigkevent.Signal.*;
import static org.sigkevent.Stdio.*;
import static org.sigkevent.Unistd.*;

import org.sigkevent.SigInfo;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.TimeSpec;

public class Mailbox {
    static final int LETTER = 1, PARCEL = 2, LAST = 3;

    static class Tally {
        int letters;
        int parcels;
        long sum;
    }

    static Tally tally = new Tally();

    static void post(int signo, int value) {
        SigVal cargo = new SigVal();
        cargo.sival_int = value;
        if (sigqueue(getpid(), signo, cargo) < 0) {
            System.err.printf("sigqueue(%d): %s\n", signo, strerror(errno()));
            System.exit(1);
        }
    }

    /* Returns 1 when it was the last one. */
    static int sort(SigInfo info) {
        if (info.si_code != SI_QUEUE) {
            System.out.printf("signal %d from process %d, without a value\n", info.si_signo, (long) info.si_pid);
            return 0;
        }
        switch (info.si_signo - SIGRTMIN) {
        case LETTER:
            tally.letters++;
            break;
        case PARCEL:
            tally.parcels++;
            break;
        default:
            return 1;
        }
        tally.sum += info.si_value.sival_int;
        return 0;
    }

    public static void main(String[] args) {
        SigSet box = new SigSet();
        SigInfo info = new SigInfo();
        int signo;

        sigemptyset(box);
        for (int i = LETTER; i <= LAST; i++)
            sigaddset(box, SIGRTMIN + i);
        if (sigprocmask(SIG_BLOCK, box, null) < 0) {
            perror("sigprocmask");
            System.exit(1);
        }

        post(SIGRTMIN + PARCEL, 30);
        for (int i = 1; i <= 4; i++)
            post(SIGRTMIN + LETTER, i);
        post(SIGRTMIN + LAST, 0);

        while (true) {
            signo = sigwaitinfo(box, info);
            if (signo < 0) {
                if (errno() == EINTR)
                    continue;
                perror("sigwaitinfo");
                System.exit(1);
            }
            System.out.printf("%-7s %d\n", signo == SIGRTMIN + LETTER ? "letter" : "other", info.si_value.sival_int);
            if (sort(info) != 0)
                break;
        }

        TimeSpec none = new TimeSpec();
        if (sigtimedwait(box, info, none) != -1 || errno() != EAGAIN)
            System.err.println("the mailbox is not empty");
        System.out.printf("%d letters, %d parcels, sum %d\n", tally.letters, tally.parcels, tally.sum);
        System.exit(tally.letters == 4 && tally.parcels == 1 ? 0 : 1);
    }
}
