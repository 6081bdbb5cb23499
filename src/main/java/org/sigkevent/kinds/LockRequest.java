package org.sigkevent.kinds;

import java.nio.ByteBuffer;
import jnr.constants.platform.Fcntl;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.BlockingRequest;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Duplicates;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Syscalls;

/**
 * KEVENT_FLOCK: flock(2), POSIX record locks (fcntl, lockf) and open-file-description locks.
 *
 * <p>A request that must wait does so on a duplicate of the descriptor, and means the file that was open when it was made. Closing a
 * duplicate drops the process's POSIX locks on the file: how that is avoided is told in {@link Duplicates}.
 */
public final class LockRequest extends BlockingRequest {
    public static final int LOCK_SH = 1;
    public static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int LOCK_UN = 8;
    private static final int F_SETLK = Fcntl.F_SETLK.intValue();
    private static final int F_SETLKW = Fcntl.F_SETLKW.intValue();
    private static final int F_OFD_SETLK = 37;
    private static final int F_OFD_SETLKW = 38;
    public static final int F_RDLCK = Fcntl.F_RDLCK.intValue();
    public static final int F_WRLCK = Fcntl.F_WRLCK.intValue();
    private static final int F_UNLCK = Fcntl.F_UNLCK.intValue();

    private final int operation;
    private final boolean posix;
    private int fd;
    private volatile boolean granted;
    private final FileId meant = new FileId();

    /** struct flock: l_type 0, l_whence 2, l_start 8, l_len 16, l_pid 24; null for flock(2). */
    private final @Nullable ByteBuffer range;

    private LockRequest(Destination to, int fd, int operation, boolean posix, @Nullable ByteBuffer range) {
        super(to, Kinds.KEVENT_FLOCK, fd);
        this.operation = operation;
        this.posix = posix;
        this.range = range;
    }

    /** flock(2) with LOCK_SH (1) or LOCK_EX (2). */
    public static LockRequest flock(Destination to, int fd, int operation) {
        return new LockRequest(to, fd, operation, false, null);
    }

    /** fcntl(2) with F_RDLCK (0) or F_WRLCK (1) on a range; {@code ofd} for a lock of the open file description. */
    public static LockRequest range(
            Destination to, int fd, int type, int whence, long start, long length, boolean ofd) {
        ByteBuffer range = Memory.allocate(32);
        range.putShort(0, (short) type);
        range.putShort(2, (short) whence);
        range.putLong(8, start);
        range.putLong(16, length);
        return new LockRequest(to, fd, type, !ofd, range);
    }

    @Override
    protected int check() {
        int lowest = range == null ? LOCK_SH : F_RDLCK;
        if (operation < lowest || operation > (range == null ? LOCK_EX : F_WRLCK)) {
            return -Errnos.EINVAL;
        }
        fd = descriptor;
        int rc = meant.load(descriptor);
        if (rc == 0) {
            meant.loadHandle(descriptor);
        }
        return rc;
    }

    @Override
    protected int aboutToBlock() {
        own = Duplicates.makeExact(descriptor);
        fd = own;
        return Math.min(0, own);
    }

    @Override
    protected void closeOwn(int duplicate) {
        Duplicates.close(duplicate, descriptor);
    }

    @Override
    protected long attempt() {
        return lock(false);
    }

    @Override
    protected boolean mustWait(long result) {
        return result == -Errnos.EAGAIN || range != null && result == -Errnos.EACCES && posix;
    }

    @Override
    public long blocking() {
        long result = lock(true);
        if (result == 0 && posix && !meant.isBehind(descriptor)) {
            // the program has closed it meanwhile, and gave up all its locks; as the kernel does when it sees such a
            // close
            unlock();
            return -Errnos.EBADF;
        }
        return result;
    }

    private void unlock() {
        if (range == null) {
            Linux.call(Syscalls.FLOCK, fd, LOCK_UN);
        } else {
            range.putShort(0, (short) F_UNLCK);
            lock(false);
        }
    }

    private long lock(boolean wait) {
        if (range == null) {
            return Linux.call(Syscalls.FLOCK, fd, operation | (wait ? 0 : LOCK_NB));
        }
        int command = posix ? wait ? F_SETLKW : F_SETLK : wait ? F_OFD_SETLKW : F_OFD_SETLK;
        return Linux.call(Syscalls.FCNTL, fd, command, Memory.address(range));
    }

    @Override
    public void ended(long result) {
        granted = result == 0;
        super.ended(result);
    }

    @Override
    protected boolean taken(RingRecord record) {
        granted = false;
        return super.taken(record);
    }

    /** Nobody will hear that the lock is held: then it is not. */
    @Override
    protected void abandoned() {
        int file = granted ? Duplicates.makeExact(descriptor) : -1;
        if (file < 0) {
            return;
        }
        if (meant.isExactlyBehind(file)) {
            fd = file;
            unlock();
        }
        Duplicates.close(file, descriptor);
    }
}
