package soak;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.sigkevent.SigVal;

/** Threads that post user records to a desk in batches, in bursts that now and then fill the queue: the mass of the records. */
final class Producers {
    private static final int BATCH = 64;
    private static final int MOST_BATCHES = 32;
    private static final int LARGE_BURST_ONE_IN = 200;
    private static final int LARGE_BURST_BATCHES = 300;
    private static final long PAUSE_NANOS = 9_000_000;

    private final Desk desk;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean over;

    Producers(Desk desk, SplittableRandom random) {
        this.desk = desk;
        for (int i = 0; i < desk.windows.length; i++) {
            int producer = i;
            SplittableRandom own = random.split();
            Thread thread = new Thread(() -> produce(producer, own), "soak-producer");
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
    }

    /** Ends them: what they have begun to post is posted. */
    void join() throws InterruptedException {
        over = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void produce(int producer, SplittableRandom random) {
        SigVal[] batch = new SigVal[BATCH];
        for (int i = 0; i < BATCH; i++) {
            batch[i] = new SigVal();
        }
        try {
            for (long number = 0; !over; LockSupport.parkNanos(random.nextLong(PAUSE_NANOS))) {
                boolean large = random.nextInt(LARGE_BURST_ONE_IN) == 0;
                for (int left = 1 + random.nextInt(large ? LARGE_BURST_BATCHES : MOST_BATCHES); left > 0; left--) {
                    int count = 1 + random.nextInt(BATCH);
                    for (int i = 0; i < count; i++) {
                        prepare(producer, number + i);
                        batch[i].sival_long = Desk.cookie(producer, number + i);
                    }
                    post(batch, count);
                    number += count;
                }
            }
        } catch (Throwable thrown) {
            desk.ledger.wrong("posting", thrown);
        }
    }

    private void prepare(int producer, long number) {
        Window window = desk.windows[producer];
        long began = System.nanoTime();
        while (!window.free(number)) {
            long millis = (System.nanoTime() - began) / 1_000_000;
            if (millis > Desk.PATIENCE_MILLIS) {
                throw new IllegalStateException("user record " + (number - Window.SIZE) + " of producer " + producer
                        + " was posted and not taken within a minute");
            }
            if (millis > Desk.PATIENCE_MILLIS / 12) {
                desk.claimUnnamed(Desk.cookie(producer, number - Window.SIZE));
            }
            LockSupport.parkNanos(50_000);
        }
        window.post(number);
    }

    private void post(SigVal[] batch, int count) {
        for (int done = 0; done < count; ) {
            SigVal[] rest = done == 0 ? batch : java.util.Arrays.copyOfRange(batch, done, count);
            int posted = desk.queue.offer(rest, count - done);
            desk.ledger.count(Kind.USER, Ledger.Column.SUBMITTED, posted);
            done += posted;
            if (done < count) {
                desk.ledger.count(Kind.USER, Ledger.Column.REFUSED);
                LockSupport.parkNanos(100_000);
            }
        }
    }
}
