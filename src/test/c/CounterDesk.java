/*
 * A desk where orders come in through a message queue. Nobody waits for them: mq_notify starts a thread when the first one
 * arrives, and that thread registers again before it empties the queue, so that none is overlooked.
 *
 *     java -cp sigkevent.jar:LIBRARIES CounterDesk.java
 */

import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Mqueue.*;
import static org.sigkevent.Signal.*;
import static org.sigkevent.Stdio.*;
import static org.sigkevent.Time.*;
import static org.sigkevent.Unistd.*;

import org.sigkevent.MqAttr;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.TimeSpec;

public class CounterDesk {
    static final int ORDERS = 6;
    static final int LONGEST = 64;

    static int desk;
    static volatile int served;

    static void fatal(String where) {
        perror(where);
        System.exit(1);
    }

    static void expect_more() {
        SigEvent event = new SigEvent();
        event.sigev_notify = SIGEV_THREAD;
        event.sigev_notify_function = CounterDesk::arrived;
        event.sigev_value.sival_int = 7;
        if (mq_notify(desk, event) == -1)
            fatal("mq_notify");
    }

    static void arrived(SigVal value) {
        byte[] order = new byte[LONGEST];
        int[] priority = new int[1];
        long length;

        expect_more();
        while ((length = mq_receive(desk, order, order.length, priority)) >= 0) {
            System.out.printf("desk %d, priority %d: %s\n", value.sival_int, priority[0], new String(order, 0, (int) length));
            served++;
        }
        if (errno() != EAGAIN)
            fatal("mq_receive");
    }

    public static void main(String[] args) {
        String name = String.format("/desk.%d", getpid());
        MqAttr attr = new MqAttr();

        attr.mq_maxmsg = 4;
        attr.mq_msgsize = LONGEST;
        desk = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, attr);
        if (desk == -1)
            fatal("mq_open");
        if (mq_unlink(name) == -1)
            fatal("mq_unlink");
        expect_more();

        for (int i = 0; i < ORDERS; i++) {
            byte[] text = String.format("order number %d", i + 1).getBytes();
            while (mq_send(desk, text, text.length, i % 3) == -1) {
                if (errno() != EAGAIN)
                    fatal("mq_send");
                nanosleep(new TimeSpec(0, 1000000), null);
            }
        }
        while (served < ORDERS) {
            TimeSpec moment = new TimeSpec(0, 1000000);
            nanosleep(moment, null);
        }
        mq_close(desk);
        System.out.printf("%d orders served\n", served);
        System.exit(0);
    }
}
