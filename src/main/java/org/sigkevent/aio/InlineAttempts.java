package org.sigkevent.aio;

import org.sigkevent.sys.Linux;
import org.sigkevent.sys.PerThread;

/**
 * Whether a transfer of one file is worth an attempt in the thread that submits it: what former attempts have shown.
 *
 * <p>An attempt (RWF_NOWAIT) copies what is in the page cache, and the kernel declines everything else at once, with two exceptions.
 * Where the page cache is left out (O_DIRECT), and where a write has to be on the disk when it returns (O_SYNC, O_DSYNC), it waits for the
 * device all the same. O_DIRECT can be set and cleared at any time, by another process too. So:
 *
 * <ul>
 *   <li>before a write is attempted its descriptor is asked; file systems that decline all of them are remembered
 *   <li>before a read it is asked only when it may have changed: when the file is new, when this library set the flag
 *       ({@link #suspect}), and when the attempt before it ended late ({@link #ended}), which one that waited has done
 * </ul>
 *
 * <p>Of a file that is not in the page cache an attempt has the kernel begin to read it, and costs that much more. After one that found nothing
 * some are left out, twice as many each time, up to {@value #MOST_LEFT_OUT}; after one that found what it wanted none is.
 *
 * <p>No lock: whoever misses what another thread just wrote makes an attempt too many or too few.
 */
final class InlineAttempts {
    /** More than an attempt takes that does not wait. */
    private static final long LATE_NANOS = 20_000;

    private static final int MOST_LEFT_OUT = 31;
    private static final int WAITING_WRITES = Linux.O_APPEND | Linux.O_DIRECT | Linux.O_DSYNC;

    /** When the calling thread's last attempt ended. */
    private static final class Last {
        private long nanos;
    }

    private static final PerThread<Last> LAST = new PerThread<>(Last::new);

    private final int fd;
    private volatile boolean noReads;
    private volatile boolean noWrites;
    private volatile boolean suspect;
    private volatile boolean direct;
    private int leftOut;
    private int toLeaveOut;

    InlineAttempts(int fd) {
        this.fd = fd;
        flags(Linux.statusFlags(fd));
    }

    /** The descriptor's flags may be others by now. */
    void suspect() {
        suspect = true;
    }

    /** Takes note of the descriptor's status flags, or of an errno negated. */
    void flags(int flags) {
        suspect = false;
        boolean now = flags >= 0 && (flags & Linux.O_DIRECT) != 0;
        // a look costs less than a fence
        if (now != direct) {
            direct = now;
        }
    }

    /** Whether the file was last seen to leave the page cache out. */
    boolean direct() {
        return direct;
    }

    /** Whether to make the attempt now. Prepares {@link #ended}. */
    boolean worthwhile(boolean write) {
        LAST.get();
        if (write) {
            return !noWrites && (Linux.statusFlags(fd) & WAITING_WRITES) == 0;
        }
        if (noReads || direct) {
            return false;
        }
        if (suspect) {
            flags(Linux.statusFlags(fd));
            if (direct) {
                return false;
            }
        }
        if (toLeaveOut > 0) {
            toLeaveOut--;
            return false;
        }
        return true;
    }

    /** An attempt has moved something: now, in nanoseconds as System.nanoTime() counts them. */
    long ended() {
        long now = System.nanoTime();
        Last last = LAST.get();
        if (now - last.nanos > LATE_NANOS) {
            suspect = true;
        }
        last.nanos = now;
        if (leftOut > 0) {
            leftOut = 0;
        }
        return now;
    }

    /** An attempt found nothing: what was to be read is not in the page cache. */
    void foundNothing() {
        int more = Math.min(MOST_LEFT_OUT, 2 * leftOut + 1);
        leftOut = more;
        toLeaveOut = more;
    }

    /** The file system makes no attempts. */
    void none(boolean write) {
        if (write) {
            noWrites = true;
        } else {
            noReads = true;
        }
    }
}
