package org.sigkevent;

import java.nio.ByteBuffer;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.FileCalls;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Stack;

/** {@code <sys/ipc.h>}: keys and commands of System V message queues ({@link Msg}) and semaphores ({@link Sem}). */
public final class Ipc {
    /** The key of an object that nobody finds by a key. */
    public static final int IPC_PRIVATE = 0;
    /** Makes the object when it is not there. */
    public static final int IPC_CREAT = 01000;
    /** With IPC_CREAT: EEXIST when it is there. */
    public static final int IPC_EXCL = 02000;
    /** Does not wait. */
    public static final int IPC_NOWAIT = Linux.IPC_NOWAIT;
    /** Removes the object. */
    public static final int IPC_RMID = 0;
    /** Sets owner and permissions: not here. */
    public static final int IPC_SET = 1;
    /** What is known of the object. */
    public static final int IPC_STAT = 2;

    private Ipc() {}

    /**
     * ftok(3): a key that is made of a file and a number, the same that a C program gets.
     *
     * @param path a file that exists; its bytes in UTF-8, whatever the locale
     * @param id its lowest eight bits count
     * @return the key; or -1 and errno: EACCES, EFAULT (path is null), EINVAL (path has a NUL in it), ENOENT, ENOTDIR
     */
    public static int ftok(String path, int id) {
        Stack.reserve();
        return path == null
                ? Errno.fail(Errnos.EFAULT, "path is null")
                : Errno.call(() -> {
                    ByteBuffer statx = FileCalls.statx();
                    ErrnoException.check(FileCalls.stat(path, statx), "ftok of path " + path + ", id " + id);
                    // stx_ino, stx_dev_minor
                    return (int) statx.getLong(32) & 0xffff | (statx.getInt(140) & 0xff) << 16 | (id & 0xff) << 24;
                });
    }
}
