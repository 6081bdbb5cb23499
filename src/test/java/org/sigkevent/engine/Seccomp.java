package org.sigkevent.engine;

import java.nio.ByteBuffer;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/** A filter of system calls, as seccomp(2) takes it: a program of the classic BPF machine over struct seccomp_data. */
public final class Seccomp {
    /** The filter holds for all threads, not only for the calling one and those that it starts. */
    public static final int ALL_THREADS = 1;

    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int SECCOMP = Native.X86_64 ? 317 : 277;
    private static final int SECCOMP_SET_MODE_FILTER = 1;

    private Seccomp() {}

    /** Loads the number of the call. */
    public static long[] load() {
        return new long[] {0x20, 0, 0, 0};
    }

    /** Loads the lower half of an argument of the call. */
    public static long[] loadArgument(int which) {
        return new long[] {0x20, 0, 0, 16 + 8 * which};
    }

    /** Skips {@code yes} instructions if it is {@code number}, else {@code no}. */
    public static long[] is(int number, int yes, int no) {
        return new long[] {0x15, yes, no, number};
    }

    /** Skips {@code yes} instructions if it is {@code number} or more, else {@code no}. */
    public static long[] isAtLeast(int number, int yes, int no) {
        return new long[] {0x35, yes, no, number};
    }

    /** The call is not made and fails. */
    public static long[] fail(int errno) {
        return new long[] {0x06, 0, 0, 0x0005_0000 | errno};
    }

    /** The call is made. */
    public static long[] allow() {
        return new long[] {0x06, 0, 0, 0x7fff_0000};
    }

    public static void install(int flags, long[]... program) {
        ByteBuffer filter = Memory.allocate(8 * program.length);
        for (long[] one : program) {
            filter.putShort((short) one[0])
                    .put((byte) one[1])
                    .put((byte) one[2])
                    .putInt((int) one[3]);
        }
        ByteBuffer header = Memory.allocate(16);
        header.putShort(0, (short) program.length);
        header.putLong(8, Memory.address(filter));
        if (Native.C.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
                || Native.C.syscall(SECCOMP, SECCOMP_SET_MODE_FILTER, flags, Memory.address(header)) != 0) {
            throw new IllegalStateException("seccomp: errno " + Native.errno());
        }
    }
}
