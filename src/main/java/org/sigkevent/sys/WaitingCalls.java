package org.sigkevent.sys;

import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import org.sigkevent.sys.BlockingCall.ByHandlers;

/**
 * Calls that the calling thread may have to wait in: a result, or an errno negated. Thread.interrupt ends them with -EINTR and clears
 * the interrupt status. So does the return of a handler, as {@link BlockingCall.ByHandlers} says.
 */
public final class WaitingCalls {
    /** While a blocked call cannot be ended by a signal it is made in slices of time. */
    private static final int SLICE_MILLIS = 50;

    private static final int READ = Native.X86_64 ? 0 : 63;
    private static final int WRITE = Native.X86_64 ? 1 : 64;
    private static final int PREAD64 = Native.X86_64 ? 17 : 67;
    private static final int PWRITE64 = Native.X86_64 ? 18 : 68;

    private static final int POLLFD_AT = 0;
    private static final int TIME_AT = 8;

    private WaitingCalls() {}

    /** read(2). */
    public static int read(int fd, long address, long count) {
        return transfer(READ, fd, address, count, 0);
    }

    /** write(2). */
    public static int write(int fd, long address, long count) {
        return transfer(WRITE, fd, address, count, 0);
    }

    /** pread(2). */
    public static int pread(int fd, long address, long count, long offset) {
        return transfer(PREAD64, fd, address, count, offset);
    }

    /** pwrite(2). */
    public static int pwrite(int fd, long address, long count, long offset) {
        return transfer(PWRITE64, fd, address, count, offset);
    }

    private static int transfer(int number, int fd, long address, long count, long offset) {
        BlockingCall call = BlockingCall.own();
        int before = call.handled(ByHandlers.RESTARTS);
        for (; ; ) {
            int rc = BlockingCall.available() || ready(fd, number == READ || number == PREAD64) ? 0 : -Errnos.EINTR;
            if (rc == 0) {
                call.enter(ByHandlers.RESTARTS);
                try {
                    rc = call.handled(ByHandlers.RESTARTS) == before
                            ? Linux.call(number, fd, address, count, offset)
                            : -Errnos.EINTR;
                } finally {
                    call.leave();
                }
            }
            // the kernel makes no more than 2 GiB in one call
            if (rc != -Errnos.EINTR || call.handled(ByHandlers.RESTARTS) != before || Thread.interrupted()) {
                return rc;
            }
        }
    }

    /** Waits a slice of time: whether there is something to read, or room. Who shares the descriptor may be quicker. */
    private static boolean ready(int fd, boolean read) {
        Scratch s = Scratch.get();
        s.buffer.putInt(POLLFD_AT, fd).putInt(POLLFD_AT + 4, read ? Linux.POLLIN : Linux.POLLOUT);
        Memory.putTime(s.buffer, TIME_AT, SLICE_MILLIS * 1_000_000L);
        return Native.C.ppoll(s.address + POLLFD_AT, 1, s.address + TIME_AT, 0) > 0;
    }

    /**
     * A call that has a form which does not wait.
     *
     * @param how what the return of a handler does to it
     * @param now that form; null where there is nothing to wait for
     * @param wouldWait whether what it answers means that the other one would wait
     * @param waits the call; nothing else may happen in it
     */
    public static long call(ByHandlers how, LongSupplier now, LongPredicate wouldWait, LongSupplier waits) {
        BlockingCall call = BlockingCall.own();
        int before = call.handled(how);
        for (; ; ) {
            long rc = now.getAsLong();
            if (!wouldWait.test(rc)) {
                return rc;
            }
            if (BlockingCall.available()) {
                call.enter(how);
                try {
                    rc = call.handled(how) == before ? waits.getAsLong() : -Errnos.EINTR;
                } finally {
                    call.leave();
                }
                if (rc != -Errnos.EINTR) {
                    return rc;
                }
            } else {
                nap();
            }
            if (call.handled(how) != before || Thread.interrupted()) {
                return -Errnos.EINTR;
            }
        }
    }

    private static void nap() {
        try {
            Thread.sleep(SLICE_MILLIS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
