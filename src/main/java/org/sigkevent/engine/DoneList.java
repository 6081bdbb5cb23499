package org.sigkevent.engine;

import org.sigkevent.sys.AdaptiveSpinLock;
import org.sigkevent.sys.IntrusiveList;

/** Operations that are done, in the order in which they were: any thread adds, the reaper takes all. */
final class DoneList {
    private final AdaptiveSpinLock lock = new AdaptiveSpinLock();
    private IntrusiveList<Op> ops = new IntrusiveList<>();
    private volatile boolean any;

    /** Whether there are any. */
    boolean any() {
        return any;
    }

    /** Adds one: whether it is the only one. */
    boolean add(Op op) {
        lock.lock();
        try {
            boolean first = ops.isEmpty();
            ops.addLast(op);
            any = true;
            lock.publish();
            return first;
        } finally {
            lock.held = 0;
        }
    }

    /** Takes all, and goes on with the list {@code empty}. */
    IntrusiveList<Op> take(IntrusiveList<Op> empty) {
        lock.lock();
        try {
            IntrusiveList<Op> taken = ops;
            ops = empty;
            any = false;
            lock.publish();
            return taken;
        } finally {
            lock.held = 0;
        }
    }
}
