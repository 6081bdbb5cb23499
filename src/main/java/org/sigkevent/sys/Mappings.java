package org.sigkevent.sys;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/**
 * Shared mappings, which are unmapped when the object that holds them cannot be reached any more, never earlier: a late reader of what
 * was closed reads what was there last. The kernel allows a process some 65,000 of them, and the collector knows nothing of that; so
 * when many are there it is asked to look, as the JDK does for direct buffers.
 */
public final class Mappings {
    private static final int MAP_SHARED = 1;
    private static final int MANY = 6000;
    private static final int LOOKS = 50;
    private static final long NAP_NANOS = 2_000_000;

    private static final AtomicInteger COUNT = new AtomicInteger();

    /** So many are too many: {@link #MANY} more than there were at least since the collector was asked last. */
    private static volatile int collectAt = MANY;

    private Mappings() {}

    /**
     * Maps a file, to read and write, for as long as {@code holder} can be reached.
     *
     * @param refusal what is thrown for an errno when the kernel refuses
     * @throws ErrnoException EAGAIN no thread can be had that unmaps it
     */
    public static ByteBuffer map(
            Object holder, int fd, int length, long offset, int moreFlags, IntFunction<ErrnoException> refusal) {
        Cleaner cleaner = Unreachable.cleaner();
        if (COUNT.get() >= collectAt) {
            collect();
        }
        long first = mapShared(fd, length, offset, moreFlags);
        // perhaps they are too many all the same
        if (first == -Errnos.ENOMEM) {
            collect();
        }
        long address = first == -Errnos.ENOMEM ? mapShared(fd, length, offset, moreFlags) : first;
        // an address is never negative
        if (address < 0) {
            throw refusal.apply((int) -address);
        }
        COUNT.incrementAndGet();
        try {
            ByteBuffer view = Memory.view(address, length);
            cleaner.register(holder, () -> unmap(address, length));
            return view;
        } catch (Throwable thrown) {
            unmap(address, length);
            throw thrown;
        }
    }

    /** The address of a shared mapping that the caller unmaps, or the errno negated. */
    public static long mapShared(int fd, long length, long offset, int moreFlags) {
        int protection = Linux.PROT_READ | Linux.PROT_WRITE;
        long address = Native.C.mmap(0, length, protection, MAP_SHARED | moreFlags, fd, offset);
        return address == -1 ? -Native.errno() : address;
    }

    private static void unmap(long address, long length) {
        Native.C.munmap(address, length);
        int left = COUNT.decrementAndGet();
        // cleaners may still be at work long after the collector was asked
        if (left + MANY < collectAt) {
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
