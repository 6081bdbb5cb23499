package org.sigkevent.kinds;

import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.OperationRequest;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Syscalls;

/** KEVENT_SYNC of a file: fsync, fdatasync, sync_file_range. */
public final class SyncRequest extends OperationRequest {
    private static final int RANGE_FLAGS = 7;

    private SyncRequest(Destination to, int fd, int code, long offset, int length, int flags) {
        super(to, Kinds.KEVENT_SYNC, fd, code, false);
        operation.offset = offset;
        operation.length = length;
        operation.flags = flags;
    }

    /** fsync(2), or fdatasync(2). */
    public static SyncRequest file(Destination to, int fd, boolean dataOnly) {
        return new SyncRequest(to, fd, Op.FSYNC, 0, 0, dataOnly ? Op.FLAG_DATASYNC : 0);
    }

    /** sync_file_range(2). */
    public static SyncRequest range(Destination to, int fd, long offset, int length, int flags) {
        return new SyncRequest(to, fd, Op.SYNC_RANGE, offset, length, flags);
    }

    @Override
    protected void check() {
        if (operation.offset < 0 || operation.length < 0) {
            throw ErrnoException.invalid(
                    (operation.offset < 0 ? "offset " + operation.offset : "length " + operation.length)
                            + " is negative");
        }
        if (operation.code == Op.SYNC_RANGE && (operation.flags & ~RANGE_FLAGS) != 0) {
            throw ErrnoException.invalid("flags 0x" + Integer.toHexString(operation.flags)
                    + " is not made of SYNC_FILE_RANGE_WAIT_BEFORE (1), _WRITE (2) and _WAIT_AFTER (4)");
        }
        if (Linux.statusFlags(descriptor) < 0) {
            throw ErrnoException.notOpen("fd", descriptor);
        }
    }

    @Override
    protected String asked() {
        return operation.code == Op.FSYNC
                ? "a sync of fd " + descriptor
                : "syncFileRange of fd " + descriptor + ", offset " + operation.offset + ", length " + operation.length
                        + ", flags " + operation.flags;
    }

    @Override
    protected int begin() {
        int rc = holdFile();
        return rc < 0 ? rc : handOver();
    }

    @Override
    public long blocking() {
        return Linux.call(Syscalls.SYNC_FILE_RANGE, own, operation.offset, operation.length, operation.flags);
    }
}
