package org.sigkevent.sys;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * A lock for short sections that hardly ever meet, and under which nothing blocks, allocates or calls out. Taking it is one
 * compare-and-set and releasing it one store, which is less than half of what the locks of java.util.concurrent cost. A thread
 * that does not get it tries again: a few times immediately, then after yielding, in the end after naps of {@value #NAP_NANOS} ns,
 * so that a holder that was preempted can go on. It is neither reentrant nor fair.
 *
 * <p><b>Releasing is a store and not a call</b>, so that nothing (a StackOverflowError, above all) can come in between and leave
 * it held:
 *
 * <pre>{@code
 * lock.lock();
 * try {
 *     // what may not throw
 *     lock.publish();
 * } finally {
 *     lock.held = 0;
 * }
 * }</pre>
 *
 * <p>{@link #publish} orders what was written in the section before the store of {@link #held}; together they are the release that
 * {@link #lock} acquires. Should an Error skip it the lock is free all the same.
 */
public final class AdaptiveSpinLock {
    private static final int SPINS = 50;
    static final int YIELDS = 200;
    private static final long NAP_NANOS = 20_000;

    private static final VarHandle HELD;

    static {
        try {
            HELD = MethodHandles.lookup().findVarHandle(AdaptiveSpinLock.class, "held", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
        // what contend() calls is looked up, and may need memory, the first time
        AdaptiveSpinLock once = new AdaptiveSpinLock();
        pause(0);
        pause(SPINS);
        pause(YIELDS);
        once.contend();
    }

    /** 0 when the lock is free. Outside this class only its holder writes it, and only 0. */
    public int held;

    public void lock() {
        // pairs with the release: publish() and the store of held
        if (!HELD.compareAndSet(this, 0, 1)) {
            contend();
        }
    }

    private void contend() {
        for (int tries = 0; isHeld() || !HELD.compareAndSet(this, 0, 1); tries++) {
            pause(tries);
        }
    }

    /**
     * Before something is tried again that another thread is in the way of: that one may need this processor, or this thread's
     * carrier.
     *
     * @param tries how often it was tried before
     */
    public static void pause(int tries) {
        if (tries < SPINS) {
            Thread.onSpinWait();
        } else if (tries < YIELDS) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(NAP_NANOS);
        }
    }

    /** The last statement of a section: what was written in it comes before the store that releases the lock. */
    public void publish() {
        VarHandle.releaseFence();
    }

    /** Whether any thread holds it now. */
    public boolean isHeld() {
        return (int) HELD.getAcquire(this) != 0;
    }
}
