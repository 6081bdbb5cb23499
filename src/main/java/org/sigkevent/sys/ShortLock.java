package org.sigkevent.sys;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A reentrant lock for short sections that hardly ever meet. Taking it is one compare-and-set and letting it go one store, which
 * is less than half of what java.util.concurrent's costs: that one needs a fence at its release, to look for whom to wake. Here
 * nobody is woken; who does not get it looks again by itself, at first at once, then after yielding, in the end after naps of
 * {@value #NAP_NANOS} ns, so that a holder that was preempted, or a lower-priority one, can go on. Not fair.
 */
public final class ShortLock {
    private static final int SPINS = 50;
    private static final int YIELDS = 200;
    private static final long NAP_NANOS = 20_000;

    private static final VarHandle OWNER;

    static {
        try {
            OWNER = MethodHandles.lookup().findVarHandle(ShortLock.class, "owner", Thread.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private volatile @Nullable Thread owner;

    /** How often the owner took it besides the first time; the owner's alone. */
    private int again;

    public void lock() {
        Thread me = Thread.currentThread();
        if (!OWNER.compareAndSet(this, null, me)) { // pairs with the release in unlock()
            lockAgainOrLater(me);
        }
    }

    private void lockAgainOrLater(Thread me) {
        if (owner == me) {
            again++;
            return;
        }
        for (int tries = 0; owner != null || !OWNER.compareAndSet(this, null, me); tries++) {
            if (tries < SPINS) {
                Thread.onSpinWait();
            } else if (tries < YIELDS) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(this, NAP_NANOS);
            }
        }
    }

    /** Lets it go; only the owner may. */
    public void unlock() {
        if (again > 0) {
            again--;
        } else {
            OWNER.setRelease(this, null); // pairs with the compare-and-set in lock()
        }
    }

    /** Whether the calling thread, the owner, took it more than once. */
    public boolean heldAgain() {
        return again > 0;
    }

    public boolean heldByCurrentThread() {
        return owner == Thread.currentThread();
    }
}
