package org.sigkevent.engine;

import java.lang.ref.Reference;
import java.util.concurrent.locks.ReentrantLock;
import org.sigkevent.sys.Stack;

/**
 * What both engines have in common: the reaping right, and how a completion is handled under it.
 *
 * <p>The right is a lock. A caller tries to take it and goes its way if it cannot; a leader holds it while it leads. Whoever
 * holds it handles what is complete, all in one batch: {@link Batches} hears of its beginning and of its end, and one reading of
 * the clock serves for it. An operation whose completion throws takes nothing from the others.
 */
abstract class AbstractEngine implements Engine {
    /** Operations in flight. */
    final InFlightTable tickets = new InFlightTable();

    private final ReentrantLock reaping = new ReentrantLock();

    volatile boolean refusing;
    volatile boolean closed;

    // under the reaping right
    private boolean handling;
    private Batches batches = Batches.NOBODY;

    /** When the completions that are being handled were found; 0 when nobody has asked yet. */
    private long batchTime;

    /** A look without the right: what it misses, the next look or the leader finds. */
    abstract boolean nothingToReap();

    /** Handles everything that is complete, under the right: how many. */
    abstract int handleAll();

    @Override
    public final void batches(Batches listener) {
        batches = listener;
    }

    @Override
    public final int reap() {
        if (closed || nothingToReap() || !reaping.tryLock()) {
            return 0;
        }
        try {
            return handling ? 0 : handleBatch();
        } finally {
            reaping.unlock();
            Reference.reachabilityFence(this);
        }
    }

    private int handleBatch() {
        Stack.reserve();
        handling = true;
        try {
            batches.begins();
            return handleAll();
        } finally {
            handling = false;
            batchTime = 0;
            batches.ended();
        }
    }

    /** More completions were found, which are not as old as those before. */
    final void foundMore() {
        batchTime = 0;
    }

    @Override
    public final long completedAt() {
        long time = batchTime;
        if (time == 0) {
            time = System.nanoTime();
            batchTime = time;
        }
        return time;
    }

    @Override
    public final void lead() {
        reaping.lock();
    }

    @Override
    public final void unlead() {
        reaping.unlock();
    }

    @Override
    public final int inFlight() {
        return tickets.inFlight();
    }
}
