package org.sigkevent;

import java.nio.ByteBuffer;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.FileCalls;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Posix;
import org.sigkevent.sys.Stack;

/**
 * {@code <sys/stat.h>}: its functions and constants, and {@code struct stat}, which has the header's name, as in C. Errors as in
 * {@link Unistd}; a path is its bytes in UTF-8, whatever the locale.
 *
 * <p>As a struct it is plain: written during the call only, not thread-safe. The type and size of each field are those of 64 bits.
 */
public final class Stat {
    /** The bits of st_mode that have the type of the file. */
    public static final int S_IFMT = Linux.S_IFMT;
    /** A socket. */
    public static final int S_IFSOCK = Linux.S_IFSOCK;
    /** A symbolic link. */
    public static final int S_IFLNK = 0120000;
    /** A regular file. */
    public static final int S_IFREG = Linux.S_IFREG;
    /** A block device. */
    public static final int S_IFBLK = Linux.S_IFBLK;
    /** A directory. */
    public static final int S_IFDIR = Linux.S_IFDIR;
    /** A character device. */
    public static final int S_IFCHR = Linux.S_IFCHR;
    /** A pipe or FIFO. */
    public static final int S_IFIFO = Linux.S_IFIFO;
    /** Runs as its owner. */
    public static final int S_ISUID = 04000;
    /** Runs as its group. */
    public static final int S_ISGID = 02000;
    /** Of a directory: only who owns a file removes it. */
    public static final int S_ISVTX = 01000;
    /** The owner may do all. */
    public static final int S_IRWXU = 0700;
    /** The owner may read. */
    public static final int S_IRUSR = 0400;
    /** The owner may write. */
    public static final int S_IWUSR = 0200;
    /** The owner may run it. */
    public static final int S_IXUSR = 0100;
    /** The group may do all. */
    public static final int S_IRWXG = 070;
    /** The group may read. */
    public static final int S_IRGRP = 040;
    /** The group may write. */
    public static final int S_IWGRP = 020;
    /** The group may run it. */
    public static final int S_IXGRP = 010;
    /** Others may do all. */
    public static final int S_IRWXO = 07;
    /** Others may read. */
    public static final int S_IROTH = 04;
    /** Others may write. */
    public static final int S_IWOTH = 02;
    /** Others may run it. */
    public static final int S_IXOTH = 01;

    /** The device that the file is on. */
    public long st_dev;

    /** The file's number there. */
    public long st_ino;

    /** Type and permissions. */
    public int st_mode;

    /** How many names it has. */
    public long st_nlink;

    /** The owner. */
    public int st_uid;

    /** The group. */
    public int st_gid;

    /** The device that it is. */
    public long st_rdev;

    /** How long it is, in bytes. */
    public long st_size;

    /** The best size of a transfer, in bytes. */
    public long st_blksize;

    /** What it takes, in blocks of 512 bytes. */
    public long st_blocks;

    /** When it was last read. */
    public TimeSpec st_atim = new TimeSpec();

    /** When it was last written to. */
    public TimeSpec st_mtim = new TimeSpec();

    /** When it was last changed in any way. */
    public TimeSpec st_ctim = new TimeSpec();

    /** All zero. */
    public Stat() {}

    /**
     * fstat(2).
     *
     * @param fildes the descriptor
     * @param buf gets what is known of its file
     * @return 0; or -1 and errno: EBADF, EFAULT (buf is null)
     */
    public static int fstat(int fildes, Stat buf) {
        Stack.reserve();
        if (buf == null) {
            return Errno.fail(Errnos.EFAULT, "buf is null");
        }
        ByteBuffer statx = FileCalls.statx();
        int rc = FileCalls.stat(fildes, statx);
        return rc < 0 ? Unistd.answer(rc, "fildes", fildes, "fstat") : buf.load(statx);
    }

    /**
     * stat(2).
     *
     * @param path the name
     * @param buf gets what is known of the file, or of the one that a symbolic link leads to
     * @return 0; or -1 and errno: EACCES, EFAULT (path or buf is null), EINVAL (path has a NUL in it), ELOOP, ENAMETOOLONG, ENOENT,
     *     ENOTDIR
     */
    public static int stat(String path, Stat buf) {
        Stack.reserve();
        return path == null || buf == null
                ? Errno.fail(Errnos.EFAULT, path == null ? "path is null" : "buf is null")
                : Errno.call(() -> {
                    ByteBuffer statx = FileCalls.statx();
                    ErrnoException.check(FileCalls.stat(path, statx), "stat of path " + path);
                    return buf.load(statx);
                });
    }

    /** From a struct statx. */
    private int load(ByteBuffer statx) {
        st_blksize = statx.getInt(4);
        st_nlink = statx.getInt(16) & 0xffffffffL;
        st_uid = statx.getInt(20);
        st_gid = statx.getInt(24);
        st_mode = statx.getShort(28) & 0xffff;
        st_ino = statx.getLong(32);
        st_size = statx.getLong(40);
        st_blocks = statx.getLong(48);
        st_atim = time(statx, 64);
        st_ctim = time(statx, 96);
        st_mtim = time(statx, 112);
        st_rdev = device(statx, 128);
        st_dev = device(statx, 136);
        return 0;
    }

    private static TimeSpec time(ByteBuffer statx, int at) {
        return new TimeSpec(statx.getLong(at), statx.getInt(at + 8));
    }

    /** makedev(3) of two numbers. */
    private static long device(ByteBuffer statx, int at) {
        long major = statx.getInt(at) & 0xffffffffL;
        long minor = statx.getInt(at + 4) & 0xffffffffL;
        return (major & 0xfff) << 8 | minor & 0xff | (minor & ~0xffL) << 12 | (major & ~0xfffL) << 32;
    }

    /**
     * mkdir(2).
     *
     * @param path the name
     * @param mode permission bits, before the umask
     * @return 0; or -1 and errno: EACCES, EEXIST, EFAULT (path is null), EINVAL (path has a NUL in it), ENOENT, ENOSPC, ENOTDIR, EROFS
     */
    public static int mkdir(String path, int mode) {
        Stack.reserve();
        return path == null
                ? Errno.fail(Errnos.EFAULT, "path is null")
                : Errno.call(() -> made("mkdir", FileCalls.mkdir(path, mode), path, mode));
    }

    /**
     * mkfifo(3).
     *
     * @param path the name
     * @param mode permission bits, before the umask
     * @return as {@link #mkdir}
     */
    public static int mkfifo(String path, int mode) {
        Stack.reserve();
        return path == null
                ? Errno.fail(Errnos.EFAULT, "path is null")
                : Errno.call(() -> made("mkfifo", FileCalls.mkfifo(path, mode), path, mode));
    }

    private static int made(String call, int rc, String path, int mode) {
        return rc == 0
                ? 0
                : Errno.fail(
                        ErrnoException.of(-rc, call + " of path " + path + ", mode 0" + Integer.toOctalString(mode)));
    }

    /**
     * umask(2): which permissions files that are made do not get; for the whole process, the JDK's files too.
     *
     * @param cmask permission bits
     * @return what it was
     */
    public static int umask(int cmask) {
        Stack.reserve();
        return Posix.calls().umask(cmask);
    }

    /**
     * Whether st_mode says so.
     *
     * @param mode st_mode
     * @return whether it is a regular file
     */
    public static boolean S_ISREG(int mode) {
        return (mode & S_IFMT) == S_IFREG;
    }

    /**
     * Whether st_mode says so.
     *
     * @param mode st_mode
     * @return whether it is a directory
     */
    public static boolean S_ISDIR(int mode) {
        return (mode & S_IFMT) == S_IFDIR;
    }

    /**
     * Whether st_mode says so.
     *
     * @param mode st_mode
     * @return whether it is a pipe or FIFO
     */
    public static boolean S_ISFIFO(int mode) {
        return (mode & S_IFMT) == S_IFIFO;
    }

    /**
     * Whether st_mode says so.
     *
     * @param mode st_mode
     * @return whether it is a socket
     */
    public static boolean S_ISSOCK(int mode) {
        return (mode & S_IFMT) == S_IFSOCK;
    }

    /**
     * Whether st_mode says so.
     *
     * @param mode st_mode
     * @return whether it is a character device
     */
    public static boolean S_ISCHR(int mode) {
        return (mode & S_IFMT) == S_IFCHR;
    }

    /**
     * Whether st_mode says so.
     *
     * @param mode st_mode
     * @return whether it is a block device
     */
    public static boolean S_ISBLK(int mode) {
        return (mode & S_IFMT) == S_IFBLK;
    }
}
