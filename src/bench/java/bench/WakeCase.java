package bench;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Exchanger;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigVal;

/** Round trips of two threads: each wakes the other and sleeps until it is woken. */
final class WakeCase {
    /** What two threads do, as often as each other. */
    private interface Link {
        void ask() throws InterruptedException;

        void answer() throws InterruptedException;
    }

    private WakeCase() {}

    static List<Group> groups() {
        return List.of(new Group("wake, round trips of two threads", Unit.PER_SECOND)
                .ours("post and take, two queues", () -> trips(ours()))
                .other("SynchronousQueue", () -> trips(queues(new SynchronousQueue<>(), new SynchronousQueue<>())))
                .other(
                        "ArrayBlockingQueue",
                        () -> trips(queues(new ArrayBlockingQueue<>(1), new ArrayBlockingQueue<>(1))))
                .other("Exchanger", () -> trips(exchanger()))
                .program("wake"));
    }

    private static Work trips(Link link) {
        ExecutorService other = Executors.newSingleThreadExecutor();
        return (operations, watch) -> {
            Future<Void> answering = other.submit(() -> {
                for (int i = 0; i < operations; i++) {
                    link.answer();
                }
                return null;
            });
            for (int i = 0; i < operations; i++) {
                long started = watch.start();
                link.ask();
                watch.stop(started);
            }
            answering.get();
        };
    }

    private static Link ours() {
        KeventQueue there = KeventQueue.open(16);
        KeventQueue here = KeventQueue.open(16);
        KeventRecord asked = new KeventRecord();
        KeventRecord answered = new KeventRecord();
        SigVal cookie = SigVal.of(7);
        return new Link() {
            @Override
            public void ask() throws InterruptedException {
                there.post(cookie);
                here.take(answered);
            }

            @Override
            public void answer() throws InterruptedException {
                there.take(asked);
                here.post(cookie);
            }
        };
    }

    private static Link queues(BlockingQueue<Object> there, BlockingQueue<Object> here) {
        Object message = new Object();
        return new Link() {
            @Override
            public void ask() throws InterruptedException {
                there.put(message);
                here.take();
            }

            @Override
            public void answer() throws InterruptedException {
                there.take();
                here.put(message);
            }
        };
    }

    private static Link exchanger() {
        Exchanger<Object> exchanger = new Exchanger<>();
        Object message = new Object();
        return new Link() {
            @Override
            public void ask() throws InterruptedException {
                exchanger.exchange(message);
                exchanger.exchange(message);
            }

            @Override
            public void answer() throws InterruptedException {
                ask();
            }
        };
    }
}
