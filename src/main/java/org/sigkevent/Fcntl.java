package org.sigkevent;

import java.nio.ByteBuffer;
import org.sigkevent.aio.AioSubmission;
import org.sigkevent.kinds.LockRequest;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.LockCalls;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Stack;

/**
 * {@code <fcntl.h>}: open, for those who need a descriptor that a FileChannel does not tell, fcntl, and what the requests for locks and
 * syncs of {@link KeventEvent} take. Errors as in {@link Unistd}.
 */
public final class Fcntl {
    /** For reading. */
    public static final int O_RDONLY = 0;
    /** For writing. */
    public static final int O_WRONLY = 1;
    /** For both. */
    public static final int O_RDWR = 2;
    /** The bits of F_GETFL that say which of the three. */
    public static final int O_ACCMODE = 3;
    /** Makes the file when it is not there. */
    public static final int O_CREAT = 0100;
    /** With O_CREAT: EEXIST when it is there. */
    public static final int O_EXCL = 0200;
    /** A terminal does not become the process's own. */
    public static final int O_NOCTTY = 0400;
    /** Empties the file. */
    public static final int O_TRUNC = 01000;
    /** Every write goes to the end. */
    public static final int O_APPEND = Linux.O_APPEND;
    /** No call on the descriptor waits; asynchronous requests do. */
    public static final int O_NONBLOCK = Linux.O_NONBLOCK;
    /** The same number as O_NONBLOCK. */
    public static final int O_NDELAY = Linux.O_NONBLOCK;
    /** Writes are durable, as after fdatasync; the op of aio_fsync. */
    public static final int O_DSYNC = Linux.O_DSYNC;
    /** A signal when the descriptor is ready: SIGIO, which ends the JVM where nobody handles it. */
    public static final int O_ASYNC = 020000;
    /** Reading does not change the time of the last access. */
    public static final int O_NOATIME = 01000000;
    /** Closed by exec; always set here. */
    public static final int O_CLOEXEC = Linux.O_CLOEXEC;
    /** Writes are durable, as after fsync; the op of aio_fsync. */
    public static final int O_SYNC = 04010000;
    /** The same number as O_SYNC. */
    public static final int O_RSYNC = 04010000;
    /** Names the file, without access to what is in it. */
    public static final int O_PATH = 010000000;
    /** Past the page cache; its number is the processor's. */
    public static final int O_DIRECT = Linux.O_DIRECT;
    /** Every file may be large: 0, as in C on 64 bits. */
    public static final int O_LARGEFILE = 0;
    /** ENOTDIR when it is no directory; its number is the processor's. */
    public static final int O_DIRECTORY = Native.X86_64 ? 0200000 : 040000;
    /** ELOOP when it is a symbolic link; its number is the processor's. */
    public static final int O_NOFOLLOW = Native.X86_64 ? 0400000 : 0100000;
    /** A file without a name in this directory; its number is the processor's. */
    public static final int O_TMPFILE = 020000000 | O_DIRECTORY;
    /** fcntl: a duplicate, at the number of the argument or above, that exec does not close. */
    public static final int F_DUPFD = 0;
    /** fcntl: a duplicate, at the number of the argument or above, that exec closes. */
    public static final int F_DUPFD_CLOEXEC = 1030;
    /** fcntl: FD_CLOEXEC or 0. */
    public static final int F_GETFD = 1;
    /** fcntl: sets or clears FD_CLOEXEC. */
    public static final int F_SETFD = 2;
    /** fcntl: the O_ flags. */
    public static final int F_GETFL = 3;
    /** fcntl: sets O_APPEND, O_ASYNC, O_DIRECT, O_NOATIME and O_NONBLOCK. */
    public static final int F_SETFL = 4;
    /** fcntl: a lock of another process that is in the way. */
    public static final int F_GETLK = 5;
    /** fcntl: takes or gives back a lock of the process. */
    public static final int F_SETLK = 6;
    /** fcntl: as F_SETLK, and waits. */
    public static final int F_SETLKW = 7;
    /** fcntl: who gets the signals of O_ASYNC. */
    public static final int F_SETOWN = 8;
    /** fcntl: who gets the signals of O_ASYNC. */
    public static final int F_GETOWN = 9;
    /** fcntl: the signal of O_ASYNC. */
    public static final int F_SETSIG = 10;
    /** fcntl: the signal of O_ASYNC. */
    public static final int F_GETSIG = 11;
    /** fcntl: a lock that is in the way of one of the open file (Linux). */
    public static final int F_OFD_GETLK = 36;
    /** fcntl: takes or gives back a lock of the open file (Linux). */
    public static final int F_OFD_SETLK = 37;
    /** fcntl: as F_OFD_SETLK, and waits. */
    public static final int F_OFD_SETLKW = 38;
    /** fcntl: takes or gives back a lease. */
    public static final int F_SETLEASE = 1024;
    /** fcntl: which lease there is. */
    public static final int F_GETLEASE = 1025;
    /** fcntl: signals for changes of a directory. */
    public static final int F_NOTIFY = 1026;
    /** fcntl: sets the capacity of a pipe, in bytes. */
    public static final int F_SETPIPE_SZ = 1031;
    /** fcntl: the capacity of a pipe, in bytes. */
    public static final int F_GETPIPE_SZ = 1032;
    /** fcntl: seals a memory file. */
    public static final int F_ADD_SEALS = 1033;
    /** fcntl: the seals of a memory file. */
    public static final int F_GET_SEALS = 1034;
    /** No more seals. */
    public static final int F_SEAL_SEAL = 0x1;
    /** The file cannot shrink. */
    public static final int F_SEAL_SHRINK = 0x2;
    /** The file cannot grow. */
    public static final int F_SEAL_GROW = 0x4;
    /** The file cannot be written to. */
    public static final int F_SEAL_WRITE = 0x8;
    /** The file cannot be written to but through mappings that exist. */
    public static final int F_SEAL_FUTURE_WRITE = 0x10;
    /** F_GETFD and F_SETFD: closed by exec. */
    public static final int FD_CLOEXEC = 1;
    /** A record lock that others may share. */
    public static final int F_RDLCK = LockRequest.F_RDLCK;
    /** A record lock for one alone. */
    public static final int F_WRLCK = LockRequest.F_WRLCK;
    /** No record lock: gives it back. */
    public static final int F_UNLCK = 2;
    /** A place counted from the start of the file. */
    public static final int SEEK_SET = 0;
    /** A place counted from the descriptor's offset. */
    public static final int SEEK_CUR = Linux.SEEK_CUR;
    /** A place counted from the end of the file. */
    public static final int SEEK_END = 2;
    /** A lock of flock(2) that others may share. */
    public static final int LOCK_SH = LockRequest.LOCK_SH;
    /** A lock of flock(2) for one alone. */
    public static final int LOCK_EX = LockRequest.LOCK_EX;
    /** flock(2): with one of the others, does not wait. */
    public static final int LOCK_NB = 4;
    /** flock(2): gives the lock back. */
    public static final int LOCK_UN = 8;
    /** sync_file_range(2): first waits for what is being written already. */
    public static final int SYNC_FILE_RANGE_WAIT_BEFORE = 1;
    /** sync_file_range(2): has what is dirty written. */
    public static final int SYNC_FILE_RANGE_WRITE = 2;
    /** sync_file_range(2): then waits until it is written. */
    public static final int SYNC_FILE_RANGE_WAIT_AFTER = 4;

    // those that take a pointer
    private static final int F_SETOWN_EX = 15;
    private static final int F_GETOWN_EX = 16;
    private static final int F_GET_RW_HINT = 1035;
    private static final int F_SET_FILE_RW_HINT = 1038;

    private Fcntl() {}

    /**
     * open(2). The descriptor is always close-on-exec.
     *
     * @param path the file; its bytes in UTF-8, whatever the locale (for a {@link java.nio.file.Path} see {@link AioFile#open})
     * @param flags O_ constants
     * @param mode permission bits of a file that is created, before the umask
     * @return the descriptor; or -1 and errno as open(2) has it (ENOENT, EACCES, EEXIST, EMFILE, ...); EFAULT when path is null,
     *     EINVAL when it has a NUL in it
     */
    public static int open(String path, int flags, int mode) {
        Stack.reserve();
        if (path == null) {
            return Errno.fail(Errnos.EFAULT, "path is null");
        }
        try {
            int fd = Linux.open(path, flags | O_CLOEXEC, mode);
            if (fd >= 0 && (flags & O_DIRECT) != 0) {
                AioSubmission.openedDirect(fd);
            }
            return fd < 0 ? Errno.fail(refused(-fd, path, flags, mode)) : fd;
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        }
    }

    static ErrnoException refused(int errno, Object path, int flags, int mode) {
        return ErrnoException.of(
                errno,
                "open of path " + path + ", flags 0" + Integer.toOctalString(flags) + ", mode 0"
                        + Integer.toOctalString(mode));
    }

    /**
     * {@link #open(String, int, int)} of a file that is not created.
     *
     * @param path the file
     * @param flags O_ constants
     * @return the descriptor; or -1 and errno, as the call with a mode
     */
    public static int open(String path, int flags) {
        return open(path, flags, 0);
    }

    /**
     * fcntl(2) with a command that takes no argument: {@link #F_GETFD}, {@link #F_GETFL} and the others that read.
     *
     * @param fildes the descriptor
     * @param cmd the command
     * @return as the call with an argument
     */
    public static int fcntl(int fildes, int cmd) {
        return fcntl(fildes, cmd, 0);
    }

    /**
     * fcntl(2) with a number. What F_SETFL sets counts for asynchronous requests that are made later; with O_NONBLOCK they wait all the
     * same.
     *
     * @param fildes the descriptor
     * @param cmd {@link #F_DUPFD}, {@link #F_DUPFD_CLOEXEC}, {@link #F_GETFD}, {@link #F_SETFD}, {@link #F_GETFL}, {@link #F_SETFL}, or
     *     one of Linux's that take a number
     * @param arg its argument; not looked at by commands that take none
     * @return what the command gives; or -1 and errno: EBADF, EINVAL (cmd, also one that takes a struct; arg), EMFILE, and what else
     *     fcntl(2) says
     */
    public static int fcntl(int fildes, int cmd, int arg) {
        Stack.reserve();
        if (takesFlock(cmd)) {
            return Errno.fail(
                    Errnos.EINVAL,
                    "cmd " + cmd + " takes a Flock, not a number: fcntl(int, int, Flock) is the call for it");
        }
        if (cmd == F_SETOWN_EX || cmd == F_GETOWN_EX || cmd >= F_GET_RW_HINT && cmd <= F_SET_FILE_RW_HINT) {
            return Errno.fail(Errnos.EINVAL, "cmd " + cmd + " takes a pointer, which cannot be given here");
        }
        int rc;
        if (cmd == F_GETOWN) {
            int[] owner = new int[1];
            rc = LockCalls.owner(fildes, owner);
            if (rc == 0) {
                // that of a process group is negative
                return owner[0];
            }
        } else {
            rc = LockCalls.control(fildes, cmd, arg);
            if (rc >= 0 && cmd == F_SETFL && (arg & O_DIRECT) != 0) {
                AioSubmission.becameDirect();
            }
        }
        return rc >= 0 ? rc : Unistd.answer(rc, "fildes", fildes, "fcntl, cmd " + cmd + ", arg " + arg + ",");
    }

    /**
     * fcntl(2) with a record lock. Closing any descriptor of the file gives up the locks that the process has on it; the library's own
     * duplicates do not. {@link KeventEvent#lock} and {@link KeventEvent#ofdLock} wait for a lock in a ring.
     *
     * @param fildes the descriptor
     * @param cmd {@link #F_SETLK}, {@link #F_SETLKW} or {@link #F_GETLK}, or for locks of the open file {@link #F_OFD_SETLK},
     *     {@link #F_OFD_SETLKW} or {@link #F_OFD_GETLK}
     * @param lock what is to be locked; F_GETLK and F_OFD_GETLK write into it what is in the way, or F_UNLCK into l_type
     * @return 0; or -1 and errno: EAGAIN or EACCES (held by another), EBADF (also not open for that), EDEADLK, EFAULT (lock is null),
     *     EINTR (while it waited the thread was interrupted, whose status is cleared, or a handler of its own without SA_RESTART has
     *     returned), EINVAL (cmd, a field of lock), ENOLCK,
     *     EOVERFLOW
     */
    public static int fcntl(int fildes, int cmd, Flock lock) {
        Stack.reserve();
        if (!takesFlock(cmd)) {
            return Errno.fail(
                    Errnos.EINVAL,
                    "cmd " + cmd
                            + " takes no Flock: those that do are F_GETLK (5), F_SETLK (6), F_SETLKW (7) and F_OFD_GETLK (36),"
                            + " F_OFD_SETLK (37), F_OFD_SETLKW (38)");
        }
        if (lock == null) {
            return Errno.fail(Errnos.EFAULT, "lock is null");
        }
        int type = lock.l_type;
        int whence = lock.l_whence;
        if (type < F_RDLCK || type > F_UNLCK || whence < SEEK_SET || whence > SEEK_END) {
            return Errno.fail(
                    Errnos.EINVAL,
                    type < F_RDLCK || type > F_UNLCK
                            ? "l_type " + type + " is not F_RDLCK (0), F_WRLCK (1) or F_UNLCK (2)"
                            : "l_whence " + whence + " is not SEEK_SET (0), SEEK_CUR (1) or SEEK_END (2)");
        }
        ByteBuffer flock = Memory.allocate(LockCalls.SIZEOF_FLOCK);
        flock.putShort(0, (short) type).putShort(2, (short) whence);
        flock.putLong(8, lock.l_start).putLong(16, lock.l_len).putInt(24, lock.l_pid);
        int rc = LockCalls.lock(fildes, cmd, flock);
        if (rc == -Errnos.EINTR) {
            return Errno.fail(Errnos.EINTR, "fildes", fildes, Errno.ENDED_EARLY);
        }
        if (rc >= 0 && (cmd == F_GETLK || cmd == F_OFD_GETLK)) {
            lock.l_type = flock.getShort(0);
            lock.l_whence = flock.getShort(2);
            lock.l_start = flock.getLong(8);
            lock.l_len = flock.getLong(16);
            lock.l_pid = flock.getInt(24);
        }
        return rc >= 0 ? rc : Unistd.answer(rc, "fildes", fildes, "fcntl, cmd " + cmd + ", lock " + lock + ",");
    }

    private static boolean takesFlock(int cmd) {
        return cmd >= F_GETLK && cmd <= F_SETLKW || cmd >= F_OFD_GETLK && cmd <= F_OFD_SETLKW;
    }
}
