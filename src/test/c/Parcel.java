/*
 * A parcel counter: SIGEV_THREAD tells when the first message comes into the queue, a thread takes what begins with the word that
 * is looked for, and SIGUSR1 or SIGALRM ends the wait.
 *
 *     java -cp sigkevent.jar:LIBRARIES Parcel.java
 */

import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Mqueue.*;
import static org.sigkevent.Signal.*;
import static org.sigkevent.Stat.*;
import static org.sigkevent.Unistd.*;

import org.sigkevent.MqAttr;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;

public class Parcel {
    static final String queue = "/parcel.example";
    static final String[] parcels = { "parcel of books", "letter", "parcel of tea" };
    static volatile int ended = 0;

    static void told(int signo) {
        ended = 1;
    }

    static void late(int signo) {
        warnx("nothing came");
        ended = 1;
    }

    static void on(int signo, int timeout) {
        if (signal(signo, timeout != 0 ? Parcel::late : Parcel::told) == SIG_ERR)
            err(1, "signal %d", signo);
    }

    static int take(int mqd, String word, byte loud) {
        byte[] text = new byte[64];
        int found = 0;
        long n;

        while ((n = mq_receive(mqd, text, text.length - 1, null)) >= 0) {
            text[(int) n] = '\0';
            if (string(text, word.length()).compareTo(string(word.getBytes(), word.length())) != 0)
                continue;
            found++;
            if (loud != 0)
                System.out.printf("%s\n", string(text));
        }
        return found;
    }

    static void arrived(SigVal value) {
        int mqd = ((int[]) value.sival_ptr)[0];
        int found = take(mqd, "parcel", (byte) 1);
        System.out.printf("%d parcels\n", found);
        raise(SIGUSR1);
    }

    static int await(int mqd_) {
        int[] mqd = { mqd_ };
        SigEvent sev = new SigEvent();
        sev.sigev_notify = SIGEV_THREAD;
        sev.sigev_notify_function = Parcel::arrived;
        sev.sigev_value.sival_ptr = mqd;
        if (mq_notify(mqd[0], sev) < 0)
            return -1;
        for (long i = 0; i < parcels.length; i++) {
            if (mq_send(mqd[0], parcels[(int) i].getBytes(), parcels[(int) i].length(), 0) < 0)
                return -1;
        }
        while (ended == 0)
            sleep(1);
        return 0;
    }

    public static void main(String[] args) {
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 8;
        attr.mq_msgsize = 63;
        long[] begin = new long[1], end = new long[1];
        int status = 1;

        on(SIGUSR1, 0);
        on(SIGALRM, 1);
        int mqd = mq_open(queue, O_RDWR | O_CREAT | O_NONBLOCK, S_IRUSR | S_IWUSR, attr);
        if (mqd < 0)
            err(1, "mq_open %s", queue);
        alarm(30);
        begin[0] = System.currentTimeMillis() / 1000;
        out: {
            if (await(mqd) < 0) {
                warn("mq_notify or mq_send");
                break out;
            }
            end[0] = System.currentTimeMillis() / 1000;
            if (end[0] - begin[0] < 30)
                status = 0;
        }
        mq_close(mqd);
        mq_unlink(queue);
        System.exit(status);
    }

    static void warnx(String format, Object... arguments) {
        System.err.println("Parcel: " + String.format(format, arguments));
    }

    static void err(int status, String format, Object... arguments) {
        warn(format, arguments);
        System.exit(status);
    }

    static void warn(String format, Object... arguments) {
        System.err.println("Parcel: " + String.format(format, arguments) + ": " + strerror(errno()));
    }

    /** The text in a char array of C: up to its 0 byte, and no more than that. */
    static String string(byte[] text, int most) {
        return new String(text, 0, Math.min(most, strlen(text)));
    }

    static int strlen(byte[] text) {
        int length = 0;
        while (length < text.length && text[length] != 0) {
            length++;
        }
        return length;
    }

    /** The text in a char array of C: up to its 0 byte. */
    static String string(byte[] text) {
        return new String(text, 0, strlen(text));
    }
}
