package soak;

import java.nio.ByteBuffer;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.sigkevent.Errno;

/** The functions of the C library that the campaign needs beside the library under test, as jnr binds them. */
public interface Libc {
    Libc C = LibraryLoader.create(Libc.class).load("c");

    int AF_UNIX = 1;
    int AF_INET = 2;
    int SOCK_STREAM = 1;
    int O_CLOEXEC = 02000000;
    int LOCK_EX = 2;
    int LOCK_NB = 4;
    int LOCK_UN = 8;
    int RLIMIT_NOFILE = 7;
    int FUTEX = System.getProperty("os.arch").equals("amd64") ? 202 : 98;
    int FUTEX_WAKE = 1;

    int pipe2(int[] two, int flags);

    int socketpair(int domain, int type, int protocol, int[] two);

    int socket(int domain, int type, int protocol);

    int getsockname(int fd, byte[] address, int[] length);

    long write(int fd, byte[] from, long count);

    long read(int fd, byte[] into, long count);

    int flock(int fd, int operation);

    int msgget(int key, int flags);

    int msgctl(int id, int command, long into);

    int semget(int key, int count, int flags);

    int semctl(int id, int number, int command, long value);

    int semop(int id, short[] operations, long count);

    int kill(int pid, int signal);

    int posix_spawn_file_actions_init(Pointer actions);

    int posix_spawn_file_actions_addclosefrom_np(Pointer actions, int from);

    int posix_spawn_file_actions_destroy(Pointer actions);

    int posix_spawnp(int[] pid, Pointer file, Pointer actions, Pointer attributes, Pointer argv, Pointer envp);

    int prlimit(int pid, int resource, long[] now, long[] former);

    long syscall(long number, ByteBuffer address, long second, long third);

    /** An answer that must not be -1. */
    static int ok(long answer, String call) {
        if (answer < 0) {
            throw new IllegalStateException(
                    call + ": " + Errno.strerror(LastError.getLastError(Runtime.getRuntime(C))));
        }
        return (int) answer;
    }
}
