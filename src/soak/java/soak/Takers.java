package soak;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventException;
import org.sigkevent.KeventQueue;
import org.sigkevent.KeventRecord;
import org.sigkevent.KeventRing;
import org.sigkevent.SigSet;
import org.sigkevent.Signal;
import org.sigkevent.TimeSpec;

/**
 * Threads that take from a desk's queue in every way that there is, with and without time limits and signal masks, and are interrupted
 * at any moment. They end when the queue is destroyed.
 */
final class Takers {
    private static final int BATCH = 64;
    private static final int REQUEUE_ONE_IN = 4096;

    private final Desk desk;
    private final List<Thread> threads = new ArrayList<>();
    private final Thread interrupter;
    private final LongAdder requeued = new LongAdder();

    Takers(Desk desk, int count, SplittableRandom random) {
        this.desk = desk;
        for (int i = 0; i < count; i++) {
            Taker taker = new Taker(random.split());
            threads.add(new Thread(taker, "soak-taker"));
        }
        SplittableRandom whom = random.split();
        interrupter = new Thread(() -> interrupt(whom), "soak-interrupter");
        threads.forEach(Takers::start);
        start(interrupter);
    }

    private static void start(Thread thread) {
        thread.setDaemon(true);
        thread.start();
    }

    private void interrupt(SplittableRandom whom) {
        try {
            for (; ; ) {
                Thread.sleep(1 + whom.nextInt(40));
                threads.get(whom.nextInt(threads.size())).interrupt();
            }
        } catch (InterruptedException over) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for their end, which comes with that of the queue. */
    void join() throws InterruptedException {
        interrupter.interrupt();
        interrupter.join();
        for (Thread thread : threads) {
            thread.join(Desk.PATIENCE_MILLIS);
            if (thread.isAlive()) {
                desk.ledger.wrong(
                        "a thread still waits for a queue that was destroyed: " + List.of(thread.getStackTrace()));
            }
        }
    }

    long requeued() {
        return requeued.sum();
    }

    private final class Taker implements Runnable {
        private final SplittableRandom random;
        private final KeventRecord[] batch = new KeventRecord[BATCH];
        private final KeventQueue queue = desk.queue;
        private final SigSet mask = new SigSet();
        private KeventRing ring;
        private long sequence = -1;

        Taker(SplittableRandom random) {
            this.random = random;
            for (int i = 0; i < BATCH; i++) {
                batch[i] = new KeventRecord();
            }
            Signal.sigaddset(mask, Signal.SIGRTMAX);
        }

        @Override
        public void run() {
            try {
                ring = Kevent.kevent_map_ringbuf(queue.fd(), 1);
                for (; ; ) {
                    try {
                        take();
                    } catch (InterruptedException interrupted) {
                        desk.ledger.count(Ledger.Event.INTERRUPTS, 1);
                    }
                }
            } catch (KeventException destroyed) {
                desk.ledger.check(destroyed.errno() == Errno.EBADF, "taking: " + destroyed);
            } catch (Throwable thrown) {
                desk.ledger.wrong("taking", thrown);
            }
        }

        private void take() throws InterruptedException {
            switch (random.nextInt(16)) {
                case 0 -> {
                    queue.take(batch[0]);
                    taken(batch[0]);
                }
                case 1 -> {
                    if (queue.poll(batch[0], java.time.Duration.ofNanos(random.nextInt(20_000_000)))) {
                        taken(batch[0]);
                    }
                }
                case 2 -> queue.drain(this::taken, 1 + random.nextInt(BATCH));
                case 3 -> {
                    if (ring.take(batch[0])) {
                        taken(batch[0]);
                    }
                }
                default -> {
                    int state = ring.state();
                    int n = queue.poll(batch);
                    for (int i = 0; i < n; i++) {
                        taken(batch[i]);
                    }
                    if (n == 0) {
                        sleep(state);
                    }
                }
            }
        }

        private void sleep(int state) throws InterruptedException {
            TimeSpec limit = random.nextInt(4) == 0 ? null : TimeSpec.ofNanos(random.nextInt(50_000_000));
            if (Kevent.kevent_wait(queue.fd(), state, limit, random.nextInt(8) == 0 ? mask : null) < 0) {
                int errno = Errno.errno();
                if (errno == Errno.EINTR) {
                    throw new InterruptedException();
                }
                boolean known = errno == Errno.ETIMEDOUT || errno == Errno.EWOULDBLOCK || errno == Errno.EBADF;
                desk.ledger.check(known, "kevent_wait: " + Errno.message());
            }
        }

        private void taken(KeventRecord record) {
            if (record.sequence <= sequence) {
                desk.ledger.wrong("out of order behind #" + sequence + ": " + record);
            }
            sequence = record.sequence;
            boolean back = record.id == Kevent.KEVENT_USER && random.nextInt(REQUEUE_ONE_IN) == 0;
            if (back && queue.requeue(record)) {
                requeued.increment();
                desk.ledger.count(Ledger.Event.REQUEUES, 1);
            } else {
                desk.taken(record, false);
            }
        }
    }
}
