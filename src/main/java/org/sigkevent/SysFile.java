package org.sigkevent;

import org.sigkevent.kinds.LockRequest;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.LockCalls;
import org.sigkevent.sys.Stack;

/** {@code <sys/file.h>}: flock. Its operations stand in {@link Fcntl}. */
public final class SysFile {
    private SysFile() {}

    /**
     * flock(2): takes or gives back the lock of an open file. {@link KeventEvent#flock} waits for it in a ring.
     *
     * @param fd a descriptor of the open file
     * @param operation {@link Fcntl#LOCK_SH}, {@link Fcntl#LOCK_EX}, or {@link Fcntl#LOCK_UN}; with {@link Fcntl#LOCK_NB} it does not wait
     * @return 0; or -1 and errno: EBADF, EINTR (while it waited the thread was interrupted, whose status is cleared, or a handler of its own
     *     without SA_RESTART has returned), EINVAL
     *     (operation), ENOLCK, EWOULDBLOCK (held by another, and LOCK_NB)
     */
    public static int flock(int fd, int operation) {
        Stack.reserve();
        int what = operation & ~Fcntl.LOCK_NB;
        if (what != LockRequest.LOCK_SH && what != LockRequest.LOCK_EX && what != Fcntl.LOCK_UN) {
            return Errno.fail(
                    Errnos.EINVAL,
                    "operation " + operation
                            + " is not LOCK_SH (1), LOCK_EX (2) or LOCK_UN (8), alone or with LOCK_NB (4)");
        }
        int rc = LockCalls.flock(fd, operation);
        if (rc == -Errnos.EINTR) {
            return Errno.fail(Errnos.EINTR, "fd", fd, Errno.ENDED_EARLY);
        }
        if (rc == -Errnos.EBADF) {
            return Errno.fail(ErrnoException.notOpen("fd", fd));
        }
        return rc == 0 ? 0 : Unistd.answer(rc, "fd", fd, "flock, operation " + operation + ",");
    }
}
