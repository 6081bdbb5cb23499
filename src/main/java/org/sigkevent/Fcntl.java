package org.sigkevent;

import org.sigkevent.kinds.LockRequest;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Stack;

/**
 * {@code <fcntl.h>}: open, for those who need a descriptor that a FileChannel does not tell, and what the requests for locks and
 * syncs of {@link KeventEvent} take.
 */
public final class Fcntl {
    /** For reading. */
    public static final int O_RDONLY = 0;
    /** For writing. */
    public static final int O_WRONLY = 1;
    /** For both. */
    public static final int O_RDWR = 2;
    /** Makes the file when it is not there. */
    public static final int O_CREAT = 0100;
    /** With O_CREAT: EEXIST when it is there. */
    public static final int O_EXCL = 0200;
    /** Empties the file. */
    public static final int O_TRUNC = 01000;
    /** Every write goes to the end. */
    public static final int O_APPEND = Linux.O_APPEND;
    /** No call on the descriptor waits; asynchronous requests do. */
    public static final int O_NONBLOCK = Linux.O_NONBLOCK;
    /** Writes are durable, as after fdatasync; the op of aio_fsync. */
    public static final int O_DSYNC = 010000;
    /** Writes are durable, as after fsync; the op of aio_fsync. */
    public static final int O_SYNC = 04010000;
    /** Closed by exec; always set here. */
    public static final int O_CLOEXEC = Linux.O_CLOEXEC;
    /** Past the page cache; its number is the processor's. */
    public static final int O_DIRECT = Native.X86_64 ? 040000 : 0200000;
    /** A record lock that others may share. */
    public static final int F_RDLCK = LockRequest.F_RDLCK;
    /** A record lock for one alone. */
    public static final int F_WRLCK = LockRequest.F_WRLCK;
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
    /** sync_file_range(2): first waits for what is being written already. */
    public static final int SYNC_FILE_RANGE_WAIT_BEFORE = 1;
    /** sync_file_range(2): has what is dirty written. */
    public static final int SYNC_FILE_RANGE_WRITE = 2;
    /** sync_file_range(2): then waits until it is written. */
    public static final int SYNC_FILE_RANGE_WAIT_AFTER = 4;

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
}
