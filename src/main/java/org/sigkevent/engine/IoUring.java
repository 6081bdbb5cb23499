package org.sigkevent.engine;

import static org.sigkevent.engine.UringLayout.OP_ASYNC_CANCEL;

import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Threads;

/**
 * The engine on io_uring: raw system calls and the mapped rings.
 *
 * <p><b>Submitting.</b> Under {@link #submitting} a thread gives each operation a ticket, fills entries of the
 * {@link SubmissionRing}, and enters the kernel, all before it releases the lock: so the thread that asks for an operation is the
 * one that the kernel ties it to ({@link Op#submitterEnded}). What the kernel does not take is rolled back, also when something was
 * thrown on the way: then the kernel's own index says what it has taken.
 *
 * <p><b>Holding.</b> What a thread holds ({@link Hold}) is its own list, which no other thread sees; the lock is taken in
 * {@link #release} only. {@link #holders} says whether any thread holds something, so that a submission looks for a hold of its
 * thread only then. Whether an operation was cancelled while it was held is decided under the submission lock.
 *
 * <p><b>Reaping.</b> Under the reaping right ({@link Engine}). What completes is read and told by the
 * {@link CompletionRing}. The order of the two locks: reaping, then submitting.
 *
 * <p><b>Waking.</b> A wake is a NOP: its completion ends the leader's sleep, and because nobody else reaps while there is a
 * leader, it cannot be taken away before the leader has gone to sleep.
 */
final class IoUring extends Engine {
    /** Completions that no operation waits for; tickets are never negative. */
    private static final long WAKE = -1;

    private static final long CANCELLATION = -2;

    /** With the ticket of what it is to end: a cancellation that is repeated when it missed that. */
    private static final long REPEATED = Long.MIN_VALUE;

    private final int fd;

    /** Which operations the kernel performs for us, a bit for each opcode. */
    private final long opcodes;

    private final ReentrantLock submitting = new ReentrantLock();
    private final SubmissionRing ring;
    private final FixedFiles files;

    /** How many threads hold; a hint that is exact for the thread that asks. */
    private final AtomicInteger holders = new AtomicInteger();

    /** The hold that began last: a guess, so that its thread need not look for it with each operation. A race; holds know their thread. */
    private @Nullable Hold recent;

    // under the reaping right
    private final CompletionRing completions;

    private IoUring(UringSetup setup) {
        super("io_uring", true, setup.fd);
        fd = setup.fd;
        opcodes = setup.opcodes;
        ring = new SubmissionRing(setup);
        files = new FixedFiles(fd);
        completions = new CompletionRing(setup, tickets);
    }

    /**
     * Makes one with room for {@code entries} submissions at once.
     *
     * @throws ErrnoException EPERM or ENOSYS (refused or too old), ENOMEM, EMFILE, ENFILE; the message says what to do about it
     */
    static IoUring create(int entries) {
        UringSetup setup = new UringSetup(entries);
        try {
            return new IoUring(setup);
        } catch (Throwable thrown) {
            Linux.close(setup.fd);
            throw thrown;
        }
    }

    @Override
    public boolean supports(int code) {
        return (opcodes >>> (code & Op.OPCODE) & 1) != 0;
    }

    @Override
    public int holdFile(int descriptor) {
        try {
            return files.add(descriptor);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void letGoOfFile(int held, int descriptor) {
        files.remove(held);
        Reference.reachabilityFence(this);
    }

    // ---- submitting

    @Override
    public boolean holds() {
        return holders.get() != 0 && Hold.of(this, recent) != null;
    }

    @Override
    public int submit(Op op) {
        if (holders.get() != 0) {
            Hold hold = Hold.of(this, recent);
            if (hold != null) {
                return hold(hold, op);
            }
        }
        submitting.lock();
        try {
            return refusing ? -Errnos.EBADF : handOver(op, Threads.current());
        } finally {
            submitting.unlock();
            Reference.reachabilityFence(this);
        }
    }

    /** Hands one operation over, under the lock: 0, or an errno negated with nothing done. */
    private int handOver(Op op, WeakReference<Thread> submitter) {
        tickets.add(op);
        int mark = ring.begin();
        int taken;
        try {
            ring.add(op, submitter);
            taken = ring.enter(1);
        } catch (RuntimeException | Error thrown) {
            if (ring.takenSince(mark) == 0) {
                takeBack(op);
                throw thrown;
            }
            // it is in flight; what was thrown came after that
            taken = 1;
        }
        if (taken == 1) {
            return 0;
        }
        takeBack(op);
        return taken == 0 ? -Errnos.EAGAIN : taken;
    }

    private void takeBack(Op op) {
        if (tickets.remove(op.ticket) != null) {
            tickets.done(1);
        }
    }

    @Override
    public void hold(int n) {
        Hold own = Hold.of(this);
        Hold hold = own == null ? Hold.unused() : own;
        keep(hold, n);
        if (hold.depth++ == 0) {
            holders.incrementAndGet();
            hold.engine = this;
            recent = hold;
        }
    }

    /** Makes room for so many operations more, here and in the table. */
    private void keep(Hold hold, int n) {
        hold.ensure(hold.places + n);
        tickets.keepFree(n);
        hold.places += n;
    }

    private int hold(Hold hold, Op op) {
        if (refusing) {
            return -Errnos.EBADF;
        }
        if (hold.count == hold.places) {
            keep(hold, Math.max(1, hold.count));
        }
        hold.ops[hold.count++] = op;
        op.held = Op.HELD;
        // before a look of the caller's at whether it was cancelled meanwhile, or the queue closes; pairs with the lock
        // in cancel()
        VarHandle.fullFence();
        return 0;
    }

    @Override
    public void release() {
        Hold hold = Hold.of(this);
        if (hold == null || --hold.depth > 0) {
            return;
        }
        submitting.lock();
        try {
            sift(hold);
            for (int from = 0; from < hold.count; from += ring.capacity) {
                handOver(hold, from, Math.min(hold.count, from + ring.capacity));
            }
        } catch (RuntimeException | Error thrown) {
            // none is left untold: what is still here was not handed over
            for (int i = 0; i < hold.count; i++) {
                if (hold.ops[i] != null) {
                    hold.ops[i].held = Op.FREE;
                    hold.refuse(i, Errnos.ENOMEM);
                }
            }
        } finally {
            submitting.unlock();
        }
        holders.decrementAndGet();
        recent = null;
        int unused = hold.places;
        hold.places = 0;
        hold.count = 0;
        try {
            tickets.tryKeep(-unused);
        } finally {
            hold.tell();
        }
        Reference.reachabilityFence(this);
    }

    /** From here on nothing of it is held, and what was cancelled meanwhile is not handed over. Under the lock. */
    private void sift(Hold hold) {
        int kept = 0;
        for (int i = 0; i < hold.count; i++) {
            Op op = hold.ops[i];
            boolean cancelled = op.held == Op.WITHDRAWN;
            op.held = Op.FREE;
            if (cancelled || refusing) {
                hold.refuse(i, cancelled ? Errnos.ECANCELED : Errnos.EBADF);
            } else {
                hold.ops[i] = null;
                hold.ops[kept++] = op;
            }
        }
        hold.count = kept;
    }

    /** Hands over some of what is held, as many as the ring has room for: together, and then alone what was not taken so. */
    private void handOver(Hold hold, int from, int end) {
        int mark = ring.begin();
        tickets.addKept(hold.ops, from, end - from);
        hold.places -= end - from;
        int taken;
        try {
            for (int i = from; i < end; i++) {
                ring.add(hold.ops[i], hold.submitter);
            }
            taken = Math.max(0, ring.enter(end - from));
        } catch (RuntimeException | Error thrown) {
            taken = ring.takenSince(mark);
        }
        // what is in flight may be over and in use again: it is not looked at any more
        Arrays.fill(hold.ops, from, from + taken, null);
        for (int i = from + taken; i < end; i++) {
            takeBack(hold.ops[i]);
        }
        for (int i = from + taken; i < end; i++) {
            int rc = handOver(hold.ops[i], hold.submitter);
            if (rc < 0) {
                hold.refuse(i, -rc);
            } else {
                hold.ops[i] = null;
            }
        }
    }

    @Override
    public void cancel(Op op) {
        submitting.lock();
        try {
            if (op.held != Op.FREE) {
                op.held = Op.WITHDRAWN;
                return;
            }
            if (tickets.holder(op.ticket) == op) {
                insist(OP_ASYNC_CANCEL, op.ticket, op.mayBlock ? REPEATED | op.ticket : CANCELLATION);
            }
        } finally {
            submitting.unlock();
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void wake() {
        submitting.lock();
        try {
            insist(Op.NOP, 0, WAKE);
        } finally {
            submitting.unlock();
            Reference.reachabilityFence(this);
        }
    }

    /** Hands over what must not be lost: a wake, or a cancellation, which the queue's end may wait for. Under the lock. */
    private void insist(int opcode, long address, long userData) {
        while (!closed) {
            ring.begin();
            ring.add(opcode, address, userData);
            int rc = ring.enter(1);
            if (rc != -Errnos.EAGAIN && rc != -Errnos.ENOMEM) {
                return;
            }
            // no memory: there is nothing better to do than to try again
            Thread.yield();
        }
    }

    // ---- reaping

    @Override
    boolean nothingToReap() {
        return completions.nothingToDo();
    }

    @Override
    int handleAll() {
        int n = completions.tell();
        for (; ; ) {
            int ready = completions.ready();
            if (ready == 0) {
                if (!completions.overflowing()) {
                    return n;
                }
                completions.fetch();
                ready = completions.ready();
                if (ready == 0) {
                    return n;
                }
            }
            batches.foundMore();
            while (ready > 0) {
                ready -= completions.take(ready);
                cancelAgain();
                n += completions.tell();
            }
        }
    }

    /**
     * A call that may block goes from a worker of the kernel's to a poll and back, and a cancellation that comes on the way finds it
     * neither here nor there, or tells the worker just before that turns to the poll.
     */
    private void cancelAgain() {
        for (long ticket = completions.missed(); ticket >= 0; ticket = completions.missed()) {
            submitting.lock();
            try {
                if (tickets.holder(ticket) != null) {
                    insist(OP_ASYNC_CANCEL, ticket, REPEATED | ticket);
                }
            } finally {
                submitting.unlock();
            }
        }
    }

    @Override
    public int sleep(long deadline, boolean exact, long sigmask) {
        return closed || !nothingToReap() ? 0 : completions.sleep(deadline, sigmask);
    }

    // ---- the rest

    @Override
    public void refuse() {
        submitting.lock();
        try {
            refusing = true;
        } finally {
            submitting.unlock();
        }
    }

    @Override
    public long systemCalls() {
        return ring.enters + completions.sleeps;
    }

    @Override
    void free() {
        submitting.lock();
        try {
            closed = true;
            Linux.close(fd);
        } finally {
            submitting.unlock();
        }
    }
}
