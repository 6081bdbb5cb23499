package bench;

import static bench.Check.ok;
import static org.sigkevent.Kevent.kevent_destroy;
import static org.sigkevent.Kevent.kevent_init;
import static org.sigkevent.Kevent.kevent_map_ringbuf;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.sigkevent.Aio;
import org.sigkevent.Aiocb;
import org.sigkevent.Fcntl;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.MessageQueue;
import org.sigkevent.MqAttr;
import org.sigkevent.SigEvent;
import org.sigkevent.SigVal;
import org.sigkevent.Unistd;

/** What one thing costs when ten times as many are in flight: made, waited for and ended, in nanoseconds for each. */
final class ScaleCase {
    private static final int LEAST_OPERATIONS = 5_000;

    /** So many timers before the first round, so that the code is compiled. */
    private static final int WARM_UP = 100_000;

    private ScaleCase() {}

    static List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        for (int n = 1; n <= 1_000_000; n *= 10) {
            int count = n;
            groups.add(new Group("scale, timers, " + n, Unit.NANOS)
                    .ours("create, arm, delete", () -> timers(new Timers.Ours(count), count))
                    .other(
                            "Netty HashedWheelTimer, 16,384 ticks of 10 ms",
                            () -> timers(new Timers.Netty(count, 10, 1 << 14), count))
                    .other(
                            "ScheduledThreadPoolExecutor, remove on cancel",
                            () -> timers(new Timers.Executor(count), count))
                    .program("scale_timers", "heap", n)
                    .program("scale_timers", "kernel", n));
        }
        for (int n : new int[] {1, 10, 100, 1000, 10_000, 65_536}) {
            groups.add(new Group("scale, requests in flight, " + n, Unit.NANOS)
                    .ours("aio_read of a pipe, taken", () -> repeated(n, ScaleCase::requests))
                    .program("scale_aio", n));
        }
        for (int n : new int[] {1, 10, 100, 1000, 10_000}) {
            groups.add(new Group("scale, mq registrations, " + n, Unit.NANOS)
                    .ours("mq_notify, notified, taken", () -> queues(n)));
        }
        for (int n = 1; n <= 1_000_000; n *= 10) {
            int count = n;
            groups.add(new Group("scale, ring slots, " + n, Unit.NANOS)
                    .ours("all posted, all taken", () -> repeated(count, ScaleCase::records)));
        }
        for (int n : new int[] {1, 2, 4}) {
            groups.add(new Group("scale, queues and threads, " + n, Unit.PER_SECOND)
                    .ours("offer and take", () -> threads(n)));
        }
        return groups;
    }

    /** Has everything made, used and ended, once: the nanoseconds that it took. */
    private interface Once {
        long nanos(int count);
    }

    /** As often as it takes for a figure; small ones many times. */
    private static Figures repeated(int count, Once once) {
        int times = Math.max(1, LEAST_OPERATIONS / count);
        for (int i = 0; i < Math.max(2, times); i++) {
            once.nanos(count);
        }
        return sink -> {
            long nanos = 0;
            for (int i = 0; i < times; i++) {
                nanos += once.nanos(count);
            }
            sink.add((double) nanos / times / count, "ns for each");
        };
    }

    /** Timers are ended in another order than that in which they were made. */
    private static Figures timers(Timers timers, int count) {
        Draw draw = new Draw();
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int other = draw.below(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        Once once = n -> {
            long begin = System.nanoTime();
            for (int i = 0; i < n; i++) {
                draw.below(n);
                timers.arm(i, draw.limit(true));
            }
            for (int one : order) {
                timers.end(one);
            }
            return System.nanoTime() - begin;
        };
        for (int i = 0; i < WARM_UP / count; i++) {
            once.nanos(count);
        }
        Figures figures = repeated(count, once);
        timers.rest();
        return sink -> {
            figures.figures(sink);
            timers.rest();
        };
    }

    private static Aiocb[] blocks = {};

    /** What is written into pipes. */
    private static final long DATA = Sys.allocate(65_536);

    private static long requests(int count) {
        int[] ends = Sys.pipe();
        int from = ends[0];
        int to = ends[1];
        int kfd = ok(kevent_init(count));
        KeventRing ring = kevent_map_ringbuf(kfd, 1);
        if (blocks.length < count) {
            blocks = new Aiocb[count];
            ByteBuffer room = ByteBuffer.allocateDirect(count);
            for (int i = 0; i < count; i++) {
                blocks[i] = new Aiocb();
                blocks[i].aio_buf = room.slice(i, 1);
                blocks[i].aio_nbytes = 1;
            }
        }
        SigEvent event = SigEvent.kevent(kfd, SigVal.of(1));
        KeventRecord record = new KeventRecord();
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            blocks[i].aio_fildes = from;
            blocks[i].aio_sigevent = event;
            ok(Aio.aio_read(blocks[i]));
        }
        for (int written = 0; written < count; ) {
            written += ok((int) Sys.C.write(to, DATA, Math.min(65_536, count - written)));
        }
        for (int taken = 0; taken < count; ) {
            int state = ring.state();
            if (ring.take(record)) {
                taken++;
            } else {
                org.sigkevent.Kevent.kevent_wait(kfd, state, null, null);
            }
        }
        long nanos = System.nanoTime() - begin;
        ok(kevent_destroy(kfd, null, 0));
        Unistd.close(from);
        Unistd.close(to);
        return nanos;
    }

    /** As many message queues as the machine allows, which are there for a round: the next subject needs them. */
    private static Figures queues(int wanted) {
        return sink -> {
            List<MessageQueue> all = open(wanted);
            try (KeventQueue queue = KeventQueue.open(all.size())) {
                queues(queue, all, sink);
            } finally {
                all.forEach(MessageQueue::close);
            }
        };
    }

    private static List<MessageQueue> open(int wanted) {
        List<MessageQueue> all = new ArrayList<>();
        MqAttr small = new MqAttr();
        small.mq_maxmsg = 1;
        small.mq_msgsize = 8;
        for (int i = 0; i < wanted; i++) {
            String name = "/sigkevent-bench." + ProcessHandle.current().pid() + "." + i;
            try {
                all.add(MessageQueue.open(name, Fcntl.O_CREAT | Fcntl.O_RDWR, 0600, small));
            } catch (org.sigkevent.KeventException limit) {
                break;
            }
            MessageQueue.unlink(name);
        }
        if (all.isEmpty()) {
            throw new IllegalStateException("no message queue can be made: " + org.sigkevent.Errno.message());
        }
        return all;
    }

    private static void queues(KeventQueue queue, List<MessageQueue> all, Rounds.Sink sink) throws Exception {
        ByteBuffer message = ByteBuffer.allocateDirect(8192);
        KeventRecord record = new KeventRecord();
        int times = Math.max(1, LEAST_OPERATIONS / all.size());
        long nanos = 0;
        // the first half warms up
        for (int t = -times; t < times; t++) {
            long begin = System.nanoTime();
            for (MessageQueue one : all) {
                one.notifyInto(queue, SigVal.of(1));
            }
            for (MessageQueue one : all) {
                one.send(message.limit(1), 0);
            }
            for (int i = 0; i < all.size(); i++) {
                queue.take(record);
            }
            for (MessageQueue one : all) {
                one.tryReceive(message.clear());
            }
            nanos += t < 0 ? 0 : System.nanoTime() - begin;
        }
        sink.add((double) nanos / times / all.size(), "ns for each");
        sink.add(all.size(), "queues that the machine allowed");
    }

    private static long records(int count) {
        KeventQueue queue = KeventQueue.open(count);
        KeventRing ring = kevent_map_ringbuf(queue.fd(), 1);
        KeventRecord record = new KeventRecord();
        SigVal cookie = SigVal.of(1);
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            queue.offer(cookie);
        }
        while (ring.take(record)) {
            Thread.onSpinWait();
        }
        long nanos = System.nanoTime() - begin;
        queue.close();
        return nanos;
    }

    private static Work threads(int count) {
        ExecutorService pool = Executors.newFixedThreadPool(count);
        List<KeventQueue> queues = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            queues.add(KeventQueue.open(1024));
        }
        SigVal cookie = SigVal.of(1);
        return (operations, watch) -> {
            List<Future<?>> all = new ArrayList<>();
            for (KeventQueue queue : queues) {
                all.add(pool.submit(() -> {
                    KeventRing ring = kevent_map_ringbuf(queue.fd(), 1);
                    KeventRecord record = new KeventRecord();
                    for (int i = 0; i < operations / count; i++) {
                        queue.offer(cookie);
                        ring.take(record);
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        };
    }
}
