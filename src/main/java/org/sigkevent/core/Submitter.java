package org.sigkevent.core;

import org.sigkevent.engine.Engine;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Threads;

/**
 * Hands the requests of one queue to its engine: in the calling thread, or, where that would tie the request to a thread that may
 * end or move (virtual threads), in the driver.
 *
 * <p>A queue that closes cancels its members' requests first and has the engine refuse afterwards. A request that is handed over
 * in between finds the queue closing after it was handed over, and is cancelled then.
 */
record Submitter(Engine engine, Ring ring, Driver.Attendance driver) {
    /** 0, or -errno with nothing done. */
    int arm(Request request) {
        if (Threads.isVirtual(Thread.currentThread())) {
            return armInDriver(request);
        }
        if (ring.closing) {
            return -Errnos.EBADF;
        }
        request.byWayOf(engine, driver);
        // a full fence: what lists the request comes before the look whether the queue closes; pairs with the write in
        // Members.leave
        int rc = submit(request);
        if (rc == 0 && ring.closing) {
            cancel(request);
        }
        return rc;
    }

    /** In this thread, and whatever the queue is about to do: 0, or -errno with nothing done. */
    int submit(Request request) {
        if (engine.holds()) {
            // it is in flight after handOver, and the driver needed then
            return engine.submit(request);
        }
        // what the driver is called with must not be missing once the request is in flight
        Scratch.get();
        int rc = engine.submit(request);
        if (rc == 0) {
            // after it is in flight; pairs with Upkeep.leaveUnlessNeeded
            driver.needed();
        }
        return rc;
    }

    /** What the calling thread has held; before it held anything, it got its Scratch, with which the driver is called. */
    void handOver() {
        engine.release();
        // after they are in flight; pairs with Upkeep.leaveUnlessNeeded
        driver.needed();
    }

    int armInDriver(Request request) {
        if (ring.closing) {
            return -Errnos.EBADF;
        }
        request.byWayOf(engine, driver);
        request.armInDriver();
        return 0;
    }

    void cancel(Request request) {
        request.markCancelled();
        engine.cancel(request);
    }
}
