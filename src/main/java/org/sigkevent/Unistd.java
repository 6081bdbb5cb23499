package org.sigkevent;

import org.sigkevent.core.Queues;
import org.sigkevent.sys.Duplicates;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;

/** {@code <unistd.h>}: close, for what {@link Fcntl#open} and {@link Mqueue#mq_open} gave. */
public final class Unistd {
    private Unistd() {}

    /**
     * close(2): 0; or -1 and errno EBADF, EIO, ... Requests in flight on the descriptor go on with the file that it was, and
     * keep it open: a socket's peer sees no end before they are done. To have them end, cancel them first ({@link Aio#aio_cancel},
     * {@link Kevent#KEVENT_CTL_CANCEL}), or shut the socket down.
     *
     * @param fd the descriptor
     * @return 0; or -1 and errno, as close(2)
     */
    public static int close(int fd) {
        int rc = Duplicates.closeOfProgram(fd);
        Queues.closed(fd);
        return rc == 0
                ? 0
                : Errno.fail(
                        rc == -Errnos.EBADF
                                ? ErrnoException.notOpen("fd", fd)
                                : ErrnoException.of(-rc, "close of fd " + fd));
    }
}
