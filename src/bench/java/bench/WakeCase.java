package bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Exchanger;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.locks.LockSupport;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigVal;

/**
 * Round trips of two threads: each wakes the other and waits until it is woken. On one processor and on two; one trip after the other, and
 * with work or sleep between them, so that whoever looks around for a while before it sleeps does so in vain.
 */
final class WakeCase {
    private static final long ROUND = 300_000_000;
    private static final long TRIP = 50_000;
    private static final int WARM_UP = 20_000;

    /** What two threads do, as often as each other. */
    private interface Link {
        void ask() throws InterruptedException;

        void answer() throws InterruptedException;
    }

    private interface Making {
        Link make();
    }

    /** What is between two trips. */
    private enum Gap {
        NONE("", 0),
        WORK(", 50 µs of work between them", 50_000),
        SLEEP(", 1 ms of sleep between them", 1_000_000);

        final String words;
        final long nanos;

        Gap(String words, long nanos) {
            this.words = words;
            this.nanos = nanos;
        }

        void pass() {
            if (this == SLEEP) {
                LockSupport.parkNanos(nanos);
            } else if (this == WORK) {
                for (long begin = System.nanoTime(); System.nanoTime() - begin < nanos; ) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    private WakeCase() {}

    static List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        for (Gap gap : Gap.values()) {
            for (int processors : new int[] {1, 2}) {
                String name =
                        "wake, round trips on " + (processors == 1 ? "one processor" : "two processors") + gap.words;
                groups.add(subjects(new Group(name, Unit.PER_SECOND), gap)
                        .pinned(processors)
                        .program("wake", gap.name().toLowerCase(java.util.Locale.ROOT)));
            }
        }
        return groups;
    }

    private static Group subjects(Group group, Gap gap) {
        return group.ours("post and take, two queues", opening(WakeCase::ours, gap))
                .other(
                        "SynchronousQueue",
                        opening(() -> queues(new SynchronousQueue<>(), new SynchronousQueue<>()), gap))
                .other(
                        "LinkedTransferQueue",
                        opening(() -> queues(new LinkedTransferQueue<>(), new LinkedTransferQueue<>()), gap))
                .other(
                        "ArrayBlockingQueue",
                        opening(() -> queues(new ArrayBlockingQueue<>(1), new ArrayBlockingQueue<>(1)), gap))
                .other("Exchanger", opening(WakeCase::exchanger, gap));
    }

    private static Group.Opening opening(Making making, Gap gap) {
        return () -> gap == Gap.NONE ? trips(making.make(), gap) : apart(making.make(), gap);
    }

    private static Work trips(Link link, Gap gap) {
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
                gap.pass();
            }
            answering.get();
        };
    }

    /** With gaps a rate says nothing: how long the trips take, and the processor time of both threads, that of the work included. */
    private static Figures apart(Link link, Gap gap) throws Exception {
        Stopwatch watch = new Stopwatch();
        Work trips = trips(link, gap);
        int operations = (int) (ROUND / (gap.nanos + TRIP));
        watch.reset(true);
        trips(link, Gap.NONE).run(WARM_UP, watch);
        trips.run(operations, watch);
        return sink -> {
            watch.reset(true);
            long cpu = Rounds.cpuNanos();
            trips.run(operations, watch);
            double each = (double) (Rounds.cpuNanos() - cpu) / operations;
            sink.add(watch.percentile(50), "p50 ns");
            sink.add(watch.percentile(99), "p99 ns");
            sink.add(watch.percentile(99.9), "p99.9 ns");
            sink.add(each, "cpu ns/op");
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
