package org.sigkevent.sys;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** Calls on files and descriptors that do not wait: results as in C, or an errno negated. Names with a NUL in them throw ErrnoException. */
public final class FileCalls {
    private static final boolean X86 = Native.X86_64;
    private static final int UNLINKAT = X86 ? 263 : 35;
    private static final int FACCESSAT = X86 ? 269 : 48;
    private static final int MKDIRAT = X86 ? 258 : 34;
    private static final int MKNODAT = X86 ? 259 : 33;
    private static final int SHUTDOWN = X86 ? 48 : 210;
    private static final int AT_FDCWD = -100;
    private static final int AT_EMPTY_PATH = 0x1000;

    /** STATX_BASIC_STATS: what stat(2) tells. */
    private static final int BASIC = 0x7ff;

    /** Bytes of struct statx. */
    private static final int SIZEOF_STATX = 256;

    private FileCalls() {}

    /** A pipe with these O_ flags; {@code ends} gets its ends. */
    public static int pipe(int[] ends, int flags) {
        Scratch s = Scratch.get();
        int rc = Linux.call(Syscalls.PIPE2, s.address, flags);
        if (rc == 0) {
            ends[0] = s.buffer.getInt(0);
            ends[1] = s.buffer.getInt(4);
        }
        return rc;
    }

    public static int unlink(String path) {
        return named(UNLINKAT, path, 0, 0);
    }

    public static int access(String path, int mode) {
        return named(FACCESSAT, path, mode, 0);
    }

    /** A call whose arguments are the current directory, a path, and two more. */
    static int named(int number, String path, long a, long b) {
        ByteBuffer name = CStrings.of("path", path);
        int rc = Linux.call(number, AT_FDCWD, Memory.address(name), a, b);
        Reference.reachabilityFence(name);
        return rc;
    }

    public static int mkdir(String path, int mode) {
        return named(MKDIRAT, path, mode, 0);
    }

    public static int mkfifo(String path, int mode) {
        return named(MKNODAT, path, Linux.S_IFIFO | mode & ~Linux.S_IFMT, 0);
    }

    public static int socket(int domain, int type, int protocol) {
        int made = Native.C.socket(domain, type, protocol);
        return made < 0 ? -Native.errno() : made;
    }

    public static int shutdown(int fd, int how) {
        return Linux.call(SHUTDOWN, fd, how);
    }

    /** The struct statx of an open descriptor into {@code statx}. */
    public static int stat(int fd, ByteBuffer statx) {
        if (fd < 0) {
            // AT_FDCWD among them
            return -Errnos.EBADF;
        }
        // an empty name: fd itself
        ByteBuffer name = CStrings.of("path", "");
        return statx(fd, name, AT_EMPTY_PATH, statx);
    }

    /** The struct statx of a name, or of what a symbolic link leads to. */
    public static int stat(String path, ByteBuffer statx) {
        return statx(AT_FDCWD, CStrings.of("path", path), 0, statx);
    }

    private static int statx(int fd, ByteBuffer name, int flags, ByteBuffer statx) {
        int rc = Native.C.statx(fd, Memory.address(name), flags, BASIC, Memory.address(statx));
        int errno = Native.errno();
        Reference.reachabilityFence(name);
        Reference.reachabilityFence(statx);
        return rc < 0 ? -errno : rc;
    }

    /** Memory for a struct statx. */
    public static ByteBuffer statx() {
        return Memory.allocate(SIZEOF_STATX);
    }
}
