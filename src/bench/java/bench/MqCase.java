package bench;

import static bench.Check.ok;
import static org.sigkevent.Kevent.*;
import static org.sigkevent.Mqueue.*;

import java.nio.ByteBuffer;
import java.util.List;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.MqAttr;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;

/** Register, send, be notified, receive: one round of mq_notify on one thread. */
final class MqCase {
    private MqCase() {}

    static List<Group> groups() {
        return List.of(new Group("mq_notify round", Unit.PER_SECOND)
                .ours("SIGEV_KEVENT", MqCase::rounds)
                .program("mq_glibc", "all"));
    }

    private static Work rounds() {
        int kfd = ok(kevent_init(16));
        KeventRing ring = kevent_map_ringbuf(kfd, 1);
        String name = "/sigkevent-bench." + ProcessHandle.current().pid();
        MqAttr attr = new MqAttr();
        attr.mq_maxmsg = 8;
        attr.mq_msgsize = 64;
        int mqd = ok(mq_open(name, Fcntl.O_RDWR | Fcntl.O_CREAT, 0600, attr));
        ok(mq_unlink(name));
        SigEvent event = SigEvent.kevent(kfd, SigVal.of(7));
        ByteBuffer message = ByteBuffer.allocateDirect(64);
        KeventRecord record = new KeventRecord();
        return (operations, watch) -> {
            for (int i = 0; i < operations; i++) {
                long started = watch.start();
                ok(mq_notify(mqd, event));
                ok(mq_send(mqd, message, 8, 0));
                for (; ; ) {
                    int state = ring.state();
                    if (ring.take(record)) {
                        break;
                    }
                    kevent_wait(kfd, state, null, null);
                }
                ok((int) mq_receive(mqd, message, 64, null));
                watch.stop(started);
            }
        };
    }
}
