package org.sigkevent.sys;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** Calls on files and descriptors that do not wait: results as in C, or an errno negated. Names with a NUL in them throw ErrnoException. */
public final class FileCalls {
    private static final boolean X86 = Native.X86_64;
    private static final int UNLINKAT = X86 ? 263 : 35;
    private static final int FACCESSAT = X86 ? 269 : 48;
    private static final int AT_FDCWD = -100;

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
}
