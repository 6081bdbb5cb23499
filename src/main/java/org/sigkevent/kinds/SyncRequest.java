package org.sigkevent.kinds;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.EventRequest;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.Queue;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Syscalls;

/** KEVENT_SYNC of a file: fsync, fdatasync, sync_file_range. */
public final class SyncRequest extends EventRequest {
    private final Operation sync;

    private SyncRequest(
            Queue queue, long cookie, @Nullable Object object, int fd, int code, long offset, int length, int flags) {
        super(queue, Kinds.KEVENT_SYNC, fd, cookie, object, false);
        sync = new Operation(this, code) {
            @Override
            protected void ended(int result) {
                // the kernel looks the descriptor up late: perhaps it synchronised another file
                complete(result < 0 || sameFile() ? result : -Errnos.ECANCELED, 0, 0);
            }

            @Override
            protected long blocking() {
                return Linux.call(Syscalls.SYNC_FILE_RANGE, fd, offset, length, flags);
            }
        };
        sync.fd = fd;
        sync.offset = offset;
        sync.length = length;
        sync.flags = flags;
    }

    /** fsync(2), or fdatasync(2). */
    public static SyncRequest file(Queue queue, long cookie, @Nullable Object object, int fd, boolean dataOnly) {
        return new SyncRequest(queue, cookie, object, fd, Op.FSYNC, 0, 0, dataOnly ? Op.FLAG_DATASYNC : 0);
    }

    /** sync_file_range(2). */
    public static SyncRequest range(
            Queue queue, long cookie, @Nullable Object object, int fd, long offset, int length, int flags) {
        return new SyncRequest(queue, cookie, object, fd, Op.SYNC_RANGE, offset, length, flags);
    }

    @Override
    protected int begin() {
        if (sync.offset < 0 || sync.length < 0) {
            return -Errnos.EINVAL;
        }
        int rc = sync.means(sync.fd);
        return rc < 0 ? rc : sync.begin(false);
    }

    @Override
    protected void stop() {
        sync.stop();
    }
}
