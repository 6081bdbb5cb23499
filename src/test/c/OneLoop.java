/*
 * One loop for timers, a message queue and a file, with the kevent calls of 2006: everything that completes is a record in the
 * ring, and its cookie says which it is.
 */

import static org.sigkevent.Aio.*;
import static org.sigkevent.Errno.*;
import static org.sigkevent.Fcntl.*;
import static org.sigkevent.Kevent.*;
import static org.sigkevent.Mqueue.*;
import static org.sigkevent.Signal.*;
import static org.sigkevent.Time.*;
import static org.sigkevent.Unistd.*;

import org.sigkevent.Aiocb;
import org.sigkevent.ItimerSpec;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.MqAttr;
import org.sigkevent.SigEvent;
import org.sigkevent.TimeSpec;

public class OneLoop {
    static final int TICK = 1, MAIL = 2, BLOCK = 3, QUIT = 4;

    static int kfd;
    static int mqd;
    static Aiocb cb = new Aiocb();
    static byte[] block = new byte[512];
    static int ticks;
    static boolean told;

    static void check(int result, String call) {
        if (result < 0) {
            System.err.printf("%s: %s\n", call, strerror(errno()));
            System.exit(1);
        }
    }

    static SigEvent to_ring(int cookie) {
        SigEvent event = new SigEvent();
        event.sigev_notify = SIGEV_KEVENT;
        event.sigev_notify_kqueue = kfd;
        event.sigev_value.sival_int = cookie;
        return event;
    }

    static void on_tick(KeventRecord record) {
        ticks += 1 + (int) record.result;
        if (ticks >= 3 && !told) {
            told = true;
            check(mq_send(mqd, "tick".getBytes(), 4, 1), "mq_send");
        }
    }

    static void on_mail() {
        byte[] text = new byte[32];
        long length = mq_receive(mqd, text, text.length, null);
        check((int) length, "mq_receive");
        System.out.printf("mail: %s\n", new String(text, 0, (int) length));
        cb.aio_fildes = open("/proc/self/status", O_RDONLY);
        check(cb.aio_fildes, "open");
        cb.aio_buf = block;
        cb.aio_nbytes = block.length;
        cb.aio_sigevent = to_ring(BLOCK);
        check(aio_read(cb), "aio_read");
    }

    static void on_block(KeventRecord record) {
        KeventEvent quit = new KeventEvent();
        if (record.error != 0)
            System.err.printf("aio_read: %s\n", strerror(record.error));
        else
            System.out.printf("read %d bytes\n", record.result);
        close(cb.aio_fildes);
        quit.id = KEVENT_USER;
        quit.value.sival_int = QUIT;
        check(kevent_submit(kfd, quit, KEVENT_NOWAIT, null), "kevent_submit");
    }

    public static void main(String[] args) {
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 1;
        attr.mq_msgsize = 32;
        ItimerSpec period = new ItimerSpec();
        period.it_interval = new TimeSpec(0, 10000000);
        period.it_value = new TimeSpec(0, 10000000);
        TimeSpec limit = new TimeSpec(10, 0);
        KeventRecord record = new KeventRecord();
        SigEvent event = new SigEvent();
        int[] timer = new int[1];
        int running = 1;

        kfd = kevent_init(16);
        check(kfd, "kevent_init");
        mqd = mq_open("/one_loop", O_RDWR | O_CREAT | O_NONBLOCK, 0600, attr);
        check(mqd, "mq_open");
        check(mq_unlink("/one_loop"), "mq_unlink");
        event = to_ring(MAIL);
        check(mq_notify(mqd, event), "mq_notify");
        event = to_ring(TICK);
        check(timer_create(CLOCK_MONOTONIC, event, timer), "timer_create");
        check(timer_settime(timer[0], 0, period, null), "timer_settime");

        while (running != 0) {
            int got = kevent_take(kfd, record, limit);
            check(got, "kevent_take");
            if (got == 0) {
                System.err.println("nothing has happened for 10 s");
                System.exit(1);
            }
            switch ((int) record.cookie) {
            case TICK:
                on_tick(record);
                break;
            case MAIL:
                on_mail();
                break;
            case BLOCK:
                on_block(record);
                break;
            case QUIT:
                running = 0;
                break;
            }
        }
        timer_delete(timer[0]);
        mq_close(mqd);
        kevent_destroy(kfd, null, 0);
        System.out.printf("%d ticks or more: %s\n", 3, ticks >= 3 ? "yes" : "no");
        System.exit(0);
    }
}
