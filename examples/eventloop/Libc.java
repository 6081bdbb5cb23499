package eventloop;

import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;

/** What the example makes its things with: the library waits for pipes, sockets and System V objects, but makes none. */
public interface Libc {
    Libc C = LibraryLoader.create(Libc.class).load("c");

    int O_CLOEXEC = 02000000;
    int AF_UNIX = 1;
    int SOCK_STREAM = 1;
    int IPC_PRIVATE = 0;
    int IPC_CREAT = 01000;
    int IPC_RMID = 0;
    int FUTEX_WAKE_PRIVATE = 1 | 128;

    int pipe2(int[] ends, int flags);

    long write(int fd, byte[] bytes, long length);

    int socket(int domain, int type, int protocol);

    int msgget(int key, int flags);

    int msgctl(int msqid, int command, long buffer);

    int semget(int key, int number, int flags);

    int semctl(int semid, int number, int command, long argument);

    long syscall(long number, ByteBuffer word, long operation, long value, long timeout, long second, long third);

    /** Wakes one who waits on a word in this process. */
    static long futexWake(ByteBuffer word) {
        long number = Platform.getNativePlatform().getCPU() == Platform.CPU.X86_64 ? 202 : 98;
        return C.syscall(number, word, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
    }
}
