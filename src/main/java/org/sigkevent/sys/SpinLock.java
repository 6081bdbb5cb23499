package org.sigkevent.sys;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A lock for a few instructions that neither block nor call out. It is not reentrant. A thread that does not get it at once
 * yields, so that a holder that was preempted can go on; a virtual thread cannot be unmounted while it holds one.
 */
public final class SpinLock {
    private static final VarHandle HELD;

    static {
        try {
            HELD = MethodHandles.lookup().findVarHandle(SpinLock.class, "held", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private volatile int held;

    public void lock() {
        if (!HELD.compareAndSet(this, 0, 1)) { // pairs with the release in unlock()
            contend();
        }
    }

    private void contend() {
        int spins = 0;
        while (held != 0 || !HELD.compareAndSet(this, 0, 1)) {
            if (++spins < 50) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    public void unlock() {
        HELD.setRelease(this, 0); // pairs with the compare-and-set in lock()
    }

    /** Whether somebody holds it now. */
    public boolean held() {
        return held != 0;
    }
}
