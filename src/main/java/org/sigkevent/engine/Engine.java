package org.sigkevent.engine;

import java.lang.ref.Reference;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.sigkevent.sys.Stack;

/**
 * What carries operations to the kernel and their completions back; one for each queue.
 *
 * <p>Any thread may {@link #submit} and {@link #cancel}. Completions are taken by whoever holds the reaping right: a thread
 * that calls in takes it for a moment with {@link #reap}; the one thread that sleeps in the engine (the leader of the
 * queue) holds it from {@link #lead} to {@link #unlead}, and then nobody else reaps. So a completion, and with it a
 * {@link #wake}, cannot be taken away from a leader between its last look and its sleep.
 *
 * <p>What both engines have in common is here: the reaping right, which is a lock, and how completions are handled under it, all
 * in one batch: {@link Batches} hears of its beginning and of its end. An operation whose completion throws takes nothing from the
 * others.
 */
public abstract class Engine {
    /** Hears of the completions that are handled together. Called under the reaping right, by the thread that handles them. */
    public interface Batches {
        /** Nobody wants to hear of them. */
        Batches NOBODY = new Batches() {};

        default void begins() {}

        /** More completions were found, which are not as old as those before. */
        default void foundMore() {}

        default void ended() {}
    }

    /** {@code io_uring} or {@code epoll}. */
    public final String name;

    /**
     * Whether the kernel itself is asynchronous: takes a batch in one system call, and carries each operation to its end while
     * nobody reaps. If not, handing over a batch is no cheaper than an attempt for each, and reads and writes of streams that
     * had to wait go on only when somebody reaps.
     */
    public final boolean asynchronous;

    /** A descriptor that poll(2) reports readable while there is something to reap. */
    public final int pollFd;

    /** Operations in flight. */
    final InFlightTable tickets = new InFlightTable();

    private final ReentrantLock reaping = new ReentrantLock();

    volatile boolean refusing;
    volatile boolean closed;

    // under the reaping right
    private boolean handling;
    Batches batches = Batches.NOBODY;

    Engine(String name, boolean asynchronous, int pollFd) {
        this.name = name;
        this.asynchronous = asynchronous;
        this.pollFd = pollFd;
    }

    /** Whether the kernel performs operations of this code of {@link Op} for this engine. */
    public abstract boolean supports(int code);

    /**
     * Holds the file that is open under a descriptor's number now: an operation on what this gives ({@link Op#fixed}) is for that
     * file, whatever becomes of the number. Until {@link #letGoOfFile} the file stays open for others to see. Neither of the two
     * takes a POSIX lock away from the process.
     *
     * @return a number for {@link Op#fd}; or an errno negated: -EBADF, and for want of room -EAGAIN, -EMFILE, -ENOMEM
     */
    public abstract int holdFile(int descriptor);

    /** Lets go of what {@link #holdFile} gave for this descriptor, when no operation on it is in flight. */
    public abstract void letGoOfFile(int held, int descriptor);

    /**
     * Hands one operation to the kernel in the calling thread, with one system call; or, between {@link #hold} and
     * {@link #release} of this thread, puts it last in what is handed over then. A full fence: what was written before it is seen by
     * whoever the operation is seen by, and what is read after it is not older.
     *
     * <p>Should it throw (no memory, no stack), nothing has been done.
     *
     * @return 0, or the errno negated with nothing done: -EAGAIN (no room now), -EBADF (this engine is closed; or, from one that is
     *     not {@link #asynchronous}, there is nothing open that a poll could wait for). What is
     *     wrong with the operation itself is reported by its completion
     */
    public abstract int submit(Op op);

    /**
     * Begins a batch of the calling thread: what it submits to this engine from here on goes to the kernel with
     * {@link #release}, in order and in one system call (more only when they are more than the submission ring holds).
     *
     * <pre>{@code
     * engine.hold(n);
     * try {
     *     // at most n times, under whichever locks
     *     engine.submit(op);
     * } finally {
     *     engine.release();
     * }
     * }</pre>
     *
     * <p>No lock is held in between, other threads submit and release as if nothing were held, and one thread may hold several
     * engines. Held again before the release it is one batch, which the last release ends. An operation counts as in flight from
     * the release on. An engine that is not {@link #asynchronous} holds nothing: each operation starts when it is submitted.
     *
     * <p>Should it throw, nothing is held.
     *
     * @param n makes room for so many operations, whose {@link #submit} then allocates nothing; more may follow
     */
    public void hold(int n) {}

    /** Whether what the calling thread submits now is held. */
    public boolean holds() {
        return false;
    }

    /**
     * Ends the batch: hands over what the thread has submitted since {@link #hold}. Each operation is then in flight, or is told that
     * it is not ({@link Op#notSubmitted}), in this thread, when all others were handed over and no lock of the engine is held: with
     * EAGAIN or ENOMEM when the kernel did not take it, also not alone; with EBADF when the engine refuses by now; with ECANCELED when
     * it was cancelled since. Without a hold it does nothing. It throws nothing that leaves an operation untold.
     */
    public void release() {}

    /**
     * Asks the kernel to give up an operation in flight; its completion comes in any case, as -ECANCELED or with its real
     * result. One that is still held is not handed over, and told so with {@link #release}. No effect on one that is done.
     */
    public abstract void cancel(Op op);

    /**
     * Completes what is complete, without a system call; returns at once when another thread reaps or leads.
     *
     * @return the number of completions handled
     */
    public final int reap() {
        if (closed || nothingToReap() || !reaping.tryLock()) {
            return 0;
        }
        try {
            // closed since it was looked at: the numbers of what was closed are perhaps others' by now
            return handling || closed ? 0 : handleBatch();
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
            batches.ended();
        }
    }

    /** A look without the right and without a system call: true when {@link #reap} would find something. */
    public boolean anythingToReap() {
        return !nothingToReap();
    }

    /** The leader looks again and again whether there is {@link #anythingToReap}, or does so no more: meanwhile it need not be woken for that. */
    public void looksAround(boolean whether) {}

    /** A look without the right: what it misses, the next look or the leader finds. */
    abstract boolean nothingToReap();

    /** Handles everything that is complete, under the right: how many. */
    abstract int handleAll();

    /** Says who is to hear of batches; before the first operation. */
    public final void batches(Batches listener) {
        batches = listener;
    }

    /** Takes the reaping right for a leader; waits while another thread is in the middle of {@link #reap}. */
    public final void lead() {
        reaping.lock();
    }

    /** As {@link #lead}, but waits no longer than {@code nanos}, nor when the thread is interrupted: whether it has the right. */
    public final boolean tryLead(long nanos) {
        try {
            return reaping.tryLock(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Gives the reaping right back. */
    public final void unlead() {
        reaping.unlock();
    }

    /**
     * The leader's sleep: until there is something to reap, a wake, the deadline, or a signal. Only between {@link #lead}
     * and {@link #unlead}. Reaps nothing itself: the leader calls {@link #reap} afterwards (which the holder of the right may).
     *
     * @param deadline nanoseconds of CLOCK_MONOTONIC (as System.nanoTime counts them); Long.MAX_VALUE for none
     * @param exact false when it may be late by the thread's timer slack, which is 50 µs as a rule
     * @param sigmask address of a kernel signal mask (8 bytes) that holds during the sleep, or 0
     * @return 0 (also at the deadline), or an errno negated: -EINTR when a signal arrived
     */
    public abstract int sleep(long deadline, boolean exact, long sigmask);

    /** Ends the leader's sleep, or the next one if it has not begun. */
    public abstract void wake();

    /** From now on {@link #submit} fails with -EBADF, and so does what is held; cancel, reap and sleep go on. */
    public abstract void refuse();

    /** Operations in flight. */
    public final int inFlight() {
        return tickets.inFlight;
    }

    /** System calls made so far: submissions, sleeps and wakes. */
    public abstract long systemCalls();

    /**
     * Closes the engine. Nothing may be in flight any more. Its memory stays mapped until the engine is unreachable, so a
     * late reader reads zeros and does not crash.
     */
    public final void close() {
        // nobody is about to sleep in it
        lead();
        try {
            refuse();
            if (!closed) {
                free();
            }
        } finally {
            unlead();
        }
    }

    /** Sets {@link #closed} and gives back what the engine has, once, under the reaping right. */
    abstract void free();
}
