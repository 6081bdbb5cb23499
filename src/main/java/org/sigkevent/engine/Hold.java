package org.sigkevent.engine;

import java.lang.ref.WeakReference;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.IntrusiveList;
import org.sigkevent.sys.PerThread;
import org.sigkevent.sys.Threads;

/**
 * What one thread holds back for one engine, from {@link Engine#hold} to {@link Engine#release}: the operations in the order of
 * their submission. Each thread has one of these for each engine that it holds at the same time, and uses them again.
 *
 * <p>Everything here is the thread's own; only {@link Op#held} is looked at by others.
 */
final class Hold {
    private static final int FEW = 32;

    private static final PerThread<Hold> FIRST = new PerThread<>(Hold::new);

    final Thread owner = Thread.currentThread();

    /** The same thread for its operations, looked up once. */
    final WeakReference<Thread> submitter = Threads.current();

    /** The engine; null while this is not in use. */
    @Nullable
    Engine engine;

    /** Another one of the same thread. */
    private @Nullable Hold more;

    /** How many calls of hold wait for their release. */
    int depth;

    /** Places in the engine's table that are kept free for these operations. */
    int places;

    /** The operations; null where one was handed over, or refused. */
    Op[] ops = new Op[FEW];

    int count;

    /** Those that were not handed over; why is their outcome. */
    private final IntrusiveList<Op> refused = new IntrusiveList<>();

    /** Whether those are being told: what the thread submits then is not held, and a new hold needs another one of these. */
    private boolean telling;

    private Hold() {}

    /** The calling thread's hold of {@code engine}, or with null one that is not in use; null when it has none. */
    static @Nullable Hold of(@Nullable Engine engine) {
        return of(engine, null);
    }

    /** The same; {@code guess} is perhaps the one. */
    static @Nullable Hold of(@Nullable Engine engine, @Nullable Hold guess) {
        if (guess != null && guess.owner == Thread.currentThread() && guess.engine == engine && !guess.telling) {
            return guess;
        }
        for (Hold h = FIRST.get(); h != null; h = h.more) {
            if (h.engine == engine && !h.telling) {
                return h;
            }
        }
        return null;
    }

    /** One that the calling thread does not use. */
    static Hold unused() {
        Hold hold = of(null);
        if (hold == null) {
            Hold first = FIRST.get();
            hold = new Hold();
            hold.more = first.more;
            first.more = hold;
        }
        return hold;
    }

    /** Makes room for {@code n} operations. An Error that is thrown here has changed nothing that counts. */
    void ensure(int n) {
        if (n > ops.length) {
            ops = Arrays.copyOf(ops, Math.max(n, 2 * ops.length));
        }
    }

    /** Operation {@code i} is not handed over. */
    void refuse(int i, int errno) {
        Op op = ops[i];
        op.outcome = errno;
        refused.addLast(op);
        ops[i] = null;
    }

    /** Tells those that were not handed over, and is not in use any more. */
    void tell() {
        telling = true;
        try {
            for (Op op = refused.pollFirst(); op != null; op = refused.pollFirst()) {
                try {
                    op.notSubmitted(op.outcome);
                } catch (Throwable thrown) {
                    // the others still count
                    Threads.uncaught(thrown);
                }
            }
        } finally {
            telling = false;
            engine = null;
        }
    }
}
