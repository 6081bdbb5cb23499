package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.sigkevent.Support;

/** What the tests need of the system that the library has no call for. */
final class NativeCalls {
    /** The functions of the C library, as jnr binds them. */
    public interface C {
        int dup(int fd);

        int getppid();

        int getpid();

        int unshare(int flags);

        long syscall(long number, long a, long b, long c);

        int prlimit(int pid, int resource, Pointer now, Pointer former);

        long signal(int signo, long handler);
    }

    static final C LIBC = LibraryLoader.create(C.class).load("c");

    static final int RLIMIT_NOFILE = 7;
    static final int RLIMIT_MSGQUEUE = 12;

    private static final boolean X86_64 = System.getProperty("os.arch").equals("amd64");
    private static final int CLONE_NEWIPC = 0x08000000;
    private static final int CAP_SYS_RESOURCE = 24;
    private static final int NOBODY = 65_534;

    private NativeCalls() {}

    static boolean isRoot() {
        return statusOf("Uid:").split("\\s+")[1].equals("0");
    }

    /** Whether the limits of fs.mqueue bind this process. */
    static boolean limitsBind() {
        return (Long.parseUnsignedLong(statusOf("CapEff:"), 16) >>> CAP_SYS_RESOURCE & 1) == 0;
    }

    /** What a line of /proc/self/status says. */
    static String statusOf(String key) {
        for (String line : MqScene.read(Path.of("/proc/thread-self/status")).split("\n")) {
            if (line.startsWith(key)) {
                return line.substring(key.length()).trim();
            }
        }
        throw new AssertionError("no " + key);
    }

    /** Runs on a thread that belongs to another user. The system call changes the calling thread only, and that one ends here. */
    static <T> T asNobody(Callable<T> body) throws Exception {
        assumeTrue(isRoot(), "needs root, to make a thread of another user");
        return Support.get(Support.start(() -> {
            assertEquals(0, LIBC.syscall(X86_64 ? 117 : 147, NOBODY, NOBODY, NOBODY), "setresuid");
            return body.call();
        }));
    }

    /** Runs on a thread that has System V and POSIX queues of its own, so that using up all of them disturbs nobody. */
    static <T> T amongNoOtherQueues(Callable<T> body) throws Exception {
        return Support.get(Support.start(() -> LIBC.unshare(CLONE_NEWIPC) == 0))
                ? Support.get(Support.start(() -> {
                    assertEquals(0, LIBC.unshare(CLONE_NEWIPC), "unshare");
                    return body.call();
                }))
                : null;
    }

    /** Lowers a limit of this process while {@code body} runs. */
    static void limited(int resource, long soft, Runnable body) {
        Pointer former = Memory.allocateDirect(Runtime.getSystemRuntime(), 16);
        Pointer now = Memory.allocateDirect(Runtime.getSystemRuntime(), 16);
        assertEquals(0, LIBC.prlimit(0, resource, null, former));
        now.putLong(0, soft);
        now.putLong(8, former.getLong(8));
        assertEquals(0, LIBC.prlimit(0, resource, now, null));
        try {
            body.run();
        } finally {
            LIBC.prlimit(0, resource, former, null);
        }
    }
}
