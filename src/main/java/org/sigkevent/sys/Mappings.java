package org.sigkevent.sys;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Shared mappings, which are unmapped when the object that holds them cannot be reached any more. The kernel allows a process some
 * 65,000 of them, and the collector knows nothing of that; so when many are there it is asked to look, as the JDK does for direct
 * buffers.
 */
public final class Mappings {
    private static final int MANY = 6000;
    private static final int LOOKS = 50;
    private static final long NAP_NANOS = 2_000_000;

    private static final AtomicInteger COUNT = new AtomicInteger();

    /** So many are too many: {@link #MANY} more than there were at least since the collector was asked last. */
    private static volatile int collectAt = MANY;

    private Mappings() {}

    /** The address of a shared read-write mapping of a file, or the errno negated. */
    public static long map(int fd, long length, long offset, int moreFlags) {
        if (COUNT.get() >= collectAt) {
            collect();
        }
        long address = Linux.mapShared(fd, length, offset, moreFlags);
        if (address == -Errnos.ENOMEM) { // perhaps they are too many all the same
            collect();
            address = Linux.mapShared(fd, length, offset, moreFlags);
        }
        if (!Linux.failed(address)) {
            COUNT.incrementAndGet();
        }
        return address;
    }

    /** Ends one that {@link #map} made. */
    public static void unmap(long address, long length) {
        Linux.unmap(address, length);
        int left = COUNT.decrementAndGet();
        if (left + MANY < collectAt) { // cleaners may still be at work long after the collector was asked
            collectAt = Math.max(MANY, left + MANY);
        }
    }

    /** Has the collector find those that nobody holds any more, and lets their cleaners run. */
    private static synchronized void collect() {
        int before = COUNT.get();
        System.gc();
        int last = before;
        for (int looks = 0; looks < LOOKS; looks++) {
            LockSupport.parkNanos(NAP_NANOS);
            int now = COUNT.get();
            if (now < before && now == last) {
                break;
            }
            last = now;
        }
        collectAt = Math.max(MANY, COUNT.get() + MANY);
    }
}
