package org.sigkevent.failure;

import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.locks.LockSupport;
import org.sigkevent.Errno;

/** A new thread, which makes a trial's calls and lives until the trial is over: a request ends with its thread. */
final class Caller extends Thread {
    private final SynchronousQueue<Runnable> work = new SynchronousQueue<>();
    private final SynchronousQueue<Boolean> done = new SynchronousQueue<>();

    /** A result below it is this minus an errno, of a call that does not set errno. */
    static final long SAYS_WHY = -10_000;

    long result;
    int errno;
    Throwable thrown;
    FailingPoints.Failure fired;
    long passed;
    /** Locks that the call left held. */
    List<Object> held;

    Caller() {
        super("caller");
        setDaemon(true);
        start();
    }

    @Override
    public void run() {
        try {
            for (Runnable next = work.take(); next != this; next = work.take()) {
                next.run();
                done.put(true);
            }
        } catch (InterruptedException strange) {
            throw new AssertionError(strange);
        }
    }

    /** Makes the call, its n-th point failing. */
    void call(PublicCall call, Scene scene, long n, int way) throws InterruptedException {
        work.put(() -> {
            thrown = null;
            result = 0;
            errno = 0;
            FailingPoints.arm(n, way);
            try {
                result = call.call(scene);
            } catch (Throwable failure) {
                thrown = failure;
            }
            fired = FailingPoints.disarm();
            if (thrown == null && result < 0) {
                errno = result < SAYS_WHY ? (int) (SAYS_WHY - result) : Errno.errno();
            }
            passed = FailingPoints.passed();
            held = FailingPoints.heldLocks();
            for (int tries = 0; !held.isEmpty() && tries < 40; tries++) {
                // another thread may have it for a moment
                LockSupport.parkNanos(5_000_000);
                held = FailingPoints.heldLocks();
            }
            // so that the others can be tried in the same process
            held.forEach(LockStates::release);
            if (Thread.interrupted() && thrown == null) {
                thrown = new IllegalStateException("left its thread interrupted");
            }
        });
        done.take();
    }

    /** The thread may end. */
    void end() throws InterruptedException {
        work.put(this);
    }
}
