/*
 * A bell on a message queue: mq_notify raises a signal when a message comes into the empty queue; the handler only rings. The
 * loop sleeps in sigsuspend, so that no ring gets lost between the look at the flag and the sleep.
 *
 *     java -cp sigkevent.jar:LIBRARIES Bell.java
 */

import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Mqueue.*;
import static org.sigkevent.Signal.*;
import static org.sigkevent.Stat.*;
import static org.sigkevent.Stdio.*;

import org.sigkevent.MqAttr;
import org.sigkevent.SigAction;
import org.sigkevent.SigEvent;
import org.sigkevent.SigSet;

public class Bell {
    static final String queue = "/bell.example";
    static final String[] words = { "one", "two", "three", "stop" };
    static volatile int rung = 0;

    static void ring(int signo) {
        rung = 1;
    }

    static void arm(int mqd) {
        SigEvent sev = new SigEvent();
        sev.sigev_notify = SIGEV_SIGNAL;
        sev.sigev_signo = SIGUSR1;
        if (mq_notify(mqd, sev) < 0) {
            perror("mq_notify");
            System.exit(1);
        }
    }

    public static void main(String[] args) {
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 8;
        attr.mq_msgsize = 128;
        SigAction sa = new SigAction();
        sa.sa_handler = Bell::ring;
        SigSet blocked = new SigSet(), before = new SigSet();
        byte[] message;
        long sent = 0;
        int done = 0;

        int mqd = mq_open(queue, O_RDWR | O_CREAT | O_NONBLOCK, S_IRUSR | S_IWUSR, attr);
        if (mqd < 0) {
            perror("mq_open");
            System.exit(1);
        }
        if (mq_getattr(mqd, attr) < 0) {
            perror("mq_getattr");
            System.exit(1);
        }
        message = new byte[(int) attr.mq_msgsize];

        sigemptyset(blocked);
        sigaddset(blocked, SIGUSR1);
        sigprocmask(SIG_BLOCK, blocked, before);
        sigaction(SIGUSR1, sa, null);
        arm(mqd);

        while (done == 0) {
            if (sent < words.length) {
                mq_send(mqd, (words[(int) sent] + "\0").getBytes(), words[(int) sent].length() + 1, 0);
                sent++;
            }
            while (rung == 0)
                sigsuspend(before);
            rung = 0;
            arm(mqd);
            long length;
            while ((length = mq_receive(mqd, message, attr.mq_msgsize, null)) > 0) {
                System.out.printf("the bell brought \"%s\", %d bytes\n", string(message), length);
                if (string(message).equals("stop"))
                    done = 1;
            }
            if (errno() != EAGAIN) {
                perror("mq_receive");
                break;
            }
        }
        mq_close(mqd);
        mq_unlink(queue);
        System.exit(done != 0 ? 0 : 1);
    }

    /** The text in a char array of C: up to its 0 byte. */
    static String string(byte[] text) {
        return new String(text, 0, strlen(text));
    }

    static int strlen(byte[] text) {
        int length = 0;
        while (length < text.length && text[length] != 0) {
            length++;
        }
        return length;
    }
}
