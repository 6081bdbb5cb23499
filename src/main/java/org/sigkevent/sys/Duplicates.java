package org.sigkevent.sys;

import java.util.Arrays;

/**
 * Duplicates of descriptors, and closing them without harm to the process's POSIX locks and registrations of mq_notify.
 *
 * <p>Closing any descriptor of a file gives up all POSIX locks that the process has on that file (fcntl(2)), and closing any descriptor
 * of a message queue ends the process's registration for it; a duplicate of this library's is no exception. So a duplicate whose close
 * would do that is not closed but kept, and taken again by those who use the same file. It is closed when there is no such lock or
 * registration left and the program's number means another open file: closing that number has given them up already. Who closes it
 * through the library looks for this, and a thread does once a second as long as something is kept.
 *
 * <p>Only who takes the very first lock on a file in the fraction of a microsecond between the look and the close loses it. On
 * io_uring asynchronous I/O on files needs no duplicates.
 */
public final class Duplicates {
    private static final int DUPLICATE = 0;
    private static final int NUMBER = 1;
    private static final int USERS = 2;
    private static final int FIELDS = 3;

    private static final long PAUSE_MILLIS = 1000;

    // under the monitor of the class
    /** Of each one that is kept: the duplicate, the program's number, and how many use it. */
    private static int[] kept = new int[4 * FIELDS];

    private static int count;

    /** The file that is compared with those that are kept. */
    private static final FileId SEEN = new FileId();

    /** How many are made and neither closed nor kept: for each of them there is room in the table. */
    private static int open;

    private static boolean watched;

    private static boolean ended;

    private Duplicates() {}

    /**
     * A close-on-exec duplicate; or an errno negated: -EBADF, -EMFILE. Each is given back with {@link #close}.
     *
     * @throws OutOfMemoryError nothing was done
     */
    public static int make(int fd) {
        int again = takeKept(fd);
        return again >= 0 ? again : makeNew(fd, 0);
    }

    /**
     * As {@link #make}, of the very open file description that {@code fd} stands for, which locks belong to, and nobody else uses it
     * meanwhile.
     */
    public static int makeExact(int fd) {
        return makeExact(fd, 0);
    }

    /** As {@link #makeExact(int)}; one that is made has the number {@code atLeast} or, if that is taken, a higher one. */
    public static int makeExact(int fd, int atLeast) {
        int again = takeKeptExact(fd);
        return again >= 0 ? again : makeNew(fd, atLeast);
    }

    private static int makeNew(int fd, int atLeast) {
        makeRoom();
        int made = Linux.duplicate(fd, atLeast);
        if (made < 0 && atLeast > 0) {
            // perhaps none of those is free, or the limit is lower by now
            made = Linux.duplicate(fd, 0);
        }
        if (made < 0) {
            closed();
        }
        return made;
    }

    /**
     * A duplicate of {@code fd} if that stands for this file still: the answer is about the duplicate, so it does not become wrong.
     *
     * @return the duplicate, given back with {@link #close}; -EBADF when the number means another file; or another errno negated
     */
    public static int of(FileId file, int fd) {
        int made = make(fd);
        if (made < 0 || file.isExactlyBehind(made)) {
            return made;
        }
        close(made, fd);
        return -Errnos.EBADF;
    }

    /** A kept one of the same file, opened alike (of the same open file, where one inode stands for several); else -1. */
    private static synchronized int takeKept(int fd) {
        if (count > 0) {
            int flags = SEEN.load(fd) == 0 ? Linux.statusFlags(fd) : -1;
            for (int i = 0; i < count && flags >= 0; i++) {
                int duplicate = kept[i * FIELDS + DUPLICATE];
                if (SEEN.isBehind(duplicate)
                        && Linux.statusFlags(duplicate) == flags
                        && (SEEN.hasOwnInode() || Descriptions.certainlySame(duplicate, fd))) {
                    kept[i * FIELDS + NUMBER] = fd;
                    kept[i * FIELDS + USERS]++;
                    return duplicate;
                }
            }
        }
        return -1;
    }

    /** A kept one of the same open file description that nobody uses; else -1. */
    private static synchronized int takeKeptExact(int fd) {
        for (int i = 0; i < count; i++) {
            int at = i * FIELDS;
            if (kept[at + USERS] == 0 && Descriptions.certainlySame(kept[at + DUPLICATE], fd)) {
                kept[at + NUMBER] = fd;
                kept[at + USERS] = 1;
                return kept[at + DUPLICATE];
            }
        }
        return -1;
    }

    private static synchronized void makeRoom() {
        if ((count + open + 1) * FIELDS > kept.length) {
            kept = Arrays.copyOf(kept, 2 * kept.length);
        }
        open++;
    }

    /**
     * close(2) of a descriptor of the program's, which gives up the locks on its file and the registration for it: what was kept for their
     * sake is closed as well, because an flock of the same open file lasts until then.
     */
    public static int closeOfProgram(int fd) {
        int rc = Linux.close(fd);
        sweep();
        return rc;
    }

    /** dup2(2) of descriptors of the program's: what {@code onto} was is closed as by {@link #closeOfProgram}. */
    public static int duplicateOfProgram(int fd, int onto) {
        int rc = Posix.result(Posix.calls().dup2(fd, onto));
        sweep();
        return rc;
    }

    /** Gives a duplicate of the number {@code fd} back. */
    public static void close(int duplicate, int fd) {
        close(duplicate, fd, true);
    }

    /** As {@link #close(int, int)}; {@code mayBeQueue} is false when it is known not to be a message queue's. */
    public static void close(int duplicate, int fd, boolean mayBeQueue) {
        if (stays(duplicate)) {
            return;
        }
        if (!PosixLocks.on(duplicate) && !(mayBeQueue && MqRegistration.on(duplicate))) {
            Linux.close(duplicate);
            closed();
            return;
        }
        if (keep(duplicate, fd)) {
            try {
                Threads.daemon("sigkevent-duplicates", Duplicates::watch);
            } catch (Throwable refused) {
                // the next one that is kept tries again
                unwatched();
            }
        }
    }

    /** Whether its close would take something of the process's along. */
    private static boolean doesHarm(int duplicate) {
        return PosixLocks.on(duplicate) || MqRegistration.on(duplicate);
    }

    private static synchronized void closed() {
        open--;
    }

    private static synchronized void unwatched() {
        watched = false;
    }

    /** Whether it is one of those that are kept: then it has a user less. */
    private static synchronized boolean stays(int duplicate) {
        for (int i = 0; i < count; i++) {
            if (kept[i * FIELDS + DUPLICATE] == duplicate) {
                kept[i * FIELDS + USERS]--;
                return true;
            }
        }
        return false;
    }

    /** Whether somebody has to begin to watch what is kept. */
    private static synchronized boolean keep(int duplicate, int fd) {
        int at = count++ * FIELDS;
        open--;
        kept[at + DUPLICATE] = duplicate;
        kept[at + NUMBER] = fd;
        kept[at + USERS] = 0;
        boolean begins = !watched && !ended;
        watched |= begins;
        return begins;
    }

    private static void watch() {
        boolean goesOn = true;
        while (goesOn) {
            pause();
            sweep();
            goesOn = goesOn();
        }
    }

    // it is called in one
    @SuppressWarnings("WaitNotInLoop")
    private static synchronized void pause() {
        try {
            if (!ended) {
                Duplicates.class.wait(PAUSE_MILLIS);
            }
        } catch (InterruptedException strange) {
            // nobody knows this thread
        }
    }

    /** Closes what need not be kept any more, outside the monitor: a close may take long. */
    private static void sweep() {
        for (int over = takeUnneeded(); over >= 0; over = takeUnneeded()) {
            Linux.close(over);
        }
    }

    /** Takes one that need not be kept out of the table: it, or -1. */
    private static synchronized int takeUnneeded() {
        for (int i = count - 1; i >= 0; i--) {
            int at = i * FIELDS;
            if (!needed(at)) {
                int over = kept[at + DUPLICATE];
                count--;
                System.arraycopy(kept, count * FIELDS, kept, at, FIELDS);
                return over;
            }
        }
        return -1;
    }

    private static boolean needed(int at) {
        int duplicate = kept[at + DUPLICATE];
        return kept[at + USERS] > 0
                || SEEN.load(duplicate) == 0
                        && SEEN.isBehind(kept[at + NUMBER])
                        && Descriptions.same(duplicate, kept[at + NUMBER])
                || doesHarm(duplicate);
    }

    private static synchronized boolean goesOn() {
        watched = count > 0 && !ended;
        return watched;
    }

    /** The end of the library: the thread that looks after what is kept ends. */
    public static synchronized void end() {
        ended = true;
        Duplicates.class.notifyAll();
    }

    /**
     * At the end of the library, when nobody uses one any more: closes what is kept, but for files on which the process has locks. Those
     * stay open until it ends, because the locks are the program's.
     */
    public static synchronized void closeKept() {
        for (; count > 0; count--) {
            int duplicate = kept[(count - 1) * FIELDS + DUPLICATE];
            if (!doesHarm(duplicate)) {
                Linux.close(duplicate);
            }
        }
    }
}
