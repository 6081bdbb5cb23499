package soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Where the scenes play: two desks, one of them shared with other processes. From time to time all scenes hold still, the desks are closed
 * and looked at, and others come. {@link #quiet} is for whatever wants nobody to be under way.
 */
final class Stage implements AutoCloseable {
    private static final int LEAST_CAPACITY = 4096;

    final Ledger ledger;
    final Peer peer;
    private final SplittableRandom random;
    private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock(true);
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean over;
    private Desk own;
    private Desk shared;
    private Producers ofOwn;
    private Producers ofShared;
    private Consumers consumers;

    Stage(Ledger ledger, long seed) throws IOException {
        this.ledger = ledger;
        random = new SplittableRandom(seed);
        peer = new Peer();
        openDesks();
    }

    synchronized SplittableRandom random() {
        return random.split();
    }

    private void openDesks() throws IOException {
        own = new Desk(ledger, LEAST_CAPACITY << random.nextInt(3), 2, false, random());
        shared = new Desk(ledger, LEAST_CAPACITY << random.nextInt(3), 2, true, random());
        consumers = new Consumers(shared, 2, random());
        ofOwn = new Producers(own, random());
        ofShared = new Producers(shared, random());
    }

    private void closeDesks() throws Exception {
        ofOwn.join();
        ofShared.join();
        own.close(null);
        shared.close(consumers);
        ledger.count(Ledger.Event.DESTROYS, 2);
    }

    /** A scene plays in a thread of its own until the end. */
    void play(Scene scene) {
        Thread thread =
                new Thread(() -> rounds(scene), "soak-" + scene.getClass().getSimpleName());
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
    }

    private void rounds(Scene scene) {
        try (scene) {
            while (!over) {
                gate.readLock().lock();
                try {
                    scene.round(scene.mayBeShared() && scene.oneIn(2) ? shared : own);
                } catch (Throwable thrown) {
                    ledger.wrong(scene.getClass().getSimpleName(), thrown);
                    Thread.sleep(100);
                } finally {
                    gate.readLock().unlock();
                }
                scene.pause();
            }
        } catch (Throwable thrown) {
            ledger.wrong("the end of " + scene.getClass().getSimpleName(), thrown);
        }
    }

    /** Something that is done while no scene is under way. */
    interface Quiet {
        void run() throws Exception;
    }

    void quiet(Quiet action) throws Exception {
        gate.writeLock().lock();
        try {
            action.run();
        } finally {
            gate.writeLock().unlock();
        }
    }

    /** Closes the desks and opens others, with {@code between} at the moment when nothing is there. */
    void newDesks(Quiet between) throws Exception {
        quiet(() -> {
            closeDesks();
            between.run();
            openDesks();
        });
    }

    @Override
    public void close() throws Exception {
        over = true;
        for (Thread thread : threads) {
            thread.join(2 * Desk.PATIENCE_MILLIS);
            if (thread.isAlive()) {
                ledger.wrong(thread.getName() + " does not end: " + List.of(thread.getStackTrace()));
            }
        }
        quiet(this::closeDesks);
        peer.close();
    }
}
