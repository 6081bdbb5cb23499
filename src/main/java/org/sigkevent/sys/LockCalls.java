package org.sigkevent.sys;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * fcntl(2) and flock(2): a result, or an errno negated. Thread.interrupt, and a handler of the thread
 * without SA_RESTART, ends a wait for a lock with -EINTR.
 */
public final class LockCalls {
    /** Bytes of struct flock: l_type 0, l_whence 2, l_start 8, l_len 16, l_pid 24. */
    public static final int SIZEOF_FLOCK = 32;

    private static final int F_SETLK = 6;
    private static final int F_SETLKW = 7;
    private static final int F_OFD_SETLK = 37;
    private static final int F_OFD_SETLKW = 38;
    private static final int F_GETOWN_EX = 16;
    private static final int F_OWNER_PGRP = 2;
    private static final int LOCK_NB = 4;

    private LockCalls() {}

    /** flock(2). */
    public static int flock(int fd, int operation) {
        if ((operation & LOCK_NB) != 0) {
            return Posix.result(Posix.calls().flock(fd, operation));
        }
        return (int) WaitingCalls.call(
                BlockingCall.ByHandlers.RESTARTS,
                () -> Posix.result(Posix.calls().flock(fd, operation | LOCK_NB)),
                rc -> rc == -Errnos.EAGAIN,
                () -> Posix.result(Posix.calls().flock(fd, operation)));
    }

    /** fcntl(2) with a number. */
    public static int control(int fd, int command, int argument) {
        int rc = Native.C.fcntl(fd, command, argument);
        return rc < 0 ? -Native.errno() : rc;
    }

    /** F_GETOWN into {@code owner}: a process, or a process group negated. F_GETOWN itself does not tell that from an error. */
    public static int owner(int fd, int[] owner) {
        Scratch s = Scratch.get();
        int rc = (int) Linux.result(Native.C.fcntl(fd, F_GETOWN_EX, s.address));
        // struct f_owner_ex: type 0, pid 4
        owner[0] = s.buffer.getInt(0) == F_OWNER_PGRP ? -s.buffer.getInt(4) : s.buffer.getInt(4);
        return rc;
    }

    /** fcntl(2) with a struct flock, which stays as it is or gets what was asked for. */
    public static int lock(int fd, int command, ByteBuffer flock) {
        long address = Memory.address(flock);
        int now = command == F_SETLKW ? F_SETLK : command == F_OFD_SETLKW ? F_OFD_SETLK : command;
        long rc = now == command
                ? Linux.result(Native.C.fcntl(fd, command, address))
                : WaitingCalls.call(
                        BlockingCall.ByHandlers.RESTARTS,
                        () -> Linux.result(Native.C.fcntl(fd, now, address)),
                        refused -> refused == -Errnos.EAGAIN || refused == -Errnos.EACCES && now == F_SETLK,
                        () -> Linux.result(Native.C.fcntl(fd, command, address)));
        Reference.reachabilityFence(flock);
        return (int) rc;
    }
}
