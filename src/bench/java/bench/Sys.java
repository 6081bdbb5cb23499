package bench;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;

/**
 * The C library's functions and the native memory that the cases need for themselves. They use nothing of the library's
 * internals, so that the same cases run with another version of it.
 */
final class Sys {
    /** Bound by jnr-ffi: addresses are longs. */
    public interface Libc {
        int pipe(long two);

        long read(int fd, long buffer, long count);

        long write(int fd, long buffer, long count);

        int socket(int domain, int type, int protocol);

        int connect(int fd, long address, int length);

        int flock(int fd, int operation);

        int getpid();

        long syscall(long number, long first, long second, long third);

        int mincore(long address, long length, long resident);

        int posix_fadvise(int fd, long offset, long length, int advice);
    }

    static final Libc C = LibraryLoader.create(Libc.class).load("c");

    static final int SOCK_CLOEXEC = 0x80000;
    static final int LOCK_UN = 8;
    static final int FADV_WILLNEED = 3;
    static final int FADV_DONTNEED = 4;
    static final MemoryIO MEMORY = MemoryIO.getInstance();

    private static final long FUTEX = System.getProperty("os.arch").equals("aarch64") ? 98 : 202;
    private static final int FUTEX_WAKE_PRIVATE = 129;

    private Sys() {}

    /** Zeroed native memory; it is never freed. */
    static long allocate(int size) {
        return MEMORY.allocateMemory(size, true);
    }

    /** The address of a direct buffer's byte 0. */
    static long address(ByteBuffer direct) {
        return MEMORY.getDirectBufferAddress(direct);
    }

    /** The reading and the writing end of a pipe. */
    static int[] pipe() {
        long two = allocate(8);
        Check.ok(C.pipe(two));
        return new int[] {MEMORY.getInt(two), MEMORY.getInt(two + 4)};
    }

    /** Wakes one thread that waits for a futex of this process: how many there were, 0 or 1. */
    static int futexWake(long word) {
        return (int) C.syscall(FUTEX, word, FUTEX_WAKE_PRIVATE, 1);
    }
}
