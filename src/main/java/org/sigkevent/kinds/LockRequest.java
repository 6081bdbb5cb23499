package org.sigkevent.kinds;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.BlockingRequest;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.RingRecord;
import org.sigkevent.sys.Descriptions;
import org.sigkevent.sys.Duplicates;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.IntrusiveList;
import org.sigkevent.sys.Link;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/**
 * KEVENT_FLOCK: flock(2), POSIX record locks (fcntl, lockf) and open-file-description locks.
 *
 * <p>A request that must wait does so on a duplicate of the descriptor, and means the file that was open when it was made. Closing a
 * duplicate drops the process's POSIX locks on the file: how that is avoided is told in {@link Duplicates}.
 *
 * <p>A range is made absolute when it is submitted: what it counts from may move until the lock is held. A lock that nobody was told of is
 * let go with its queue, down to the locks that were there before ({@link FormerLocks}).
 */
public final class LockRequest extends BlockingRequest {
    public static final int LOCK_SH = 1;
    public static final int LOCK_EX = 2;
    private static final int SEEK_SET = 0;
    private static final int SEEK_END = 2;
    private static final String BEFORE_FILE = "the range begins before the file";
    private static final int LOCK_NB = 4;
    private static final int LOCK_UN = 8;
    private static final int F_SETLK = 6;
    private static final int F_SETLKW = 7;
    private static final int F_OFD_SETLK = 37;
    private static final int F_OFD_SETLKW = 38;
    public static final int F_RDLCK = 0;
    public static final int F_WRLCK = 1;
    private static final int F_UNLCK = 2;

    /** Those that were got, in this order, as long as there is one that nobody was told of; under its monitor. */
    private static final IntrusiveList<LockRequest> GRANTED = new IntrusiveList<>();

    private final Link<LockRequest> listed = new Link<>(this);
    private final int operation;
    private final boolean posix;
    private int fd;

    /** The lock was got, and nobody was told; under the monitor of those. */
    private boolean granted;

    private final FileId meant = new FileId();

    /** Loaded before each attempt: what remains when the lock that was got is let go. */
    private final FormerLocks former;

    /** struct flock: l_type 0, l_whence 2, l_start 8, l_len 16, l_pid 24; null for flock(2). */
    private final @Nullable ByteBuffer range;

    // as asked for; zero for flock(2)
    private final int whence;
    private final long start;
    private final long length;

    private LockRequest(
            Destination to,
            int fd,
            int operation,
            boolean posix,
            @Nullable ByteBuffer range,
            int whence,
            long start,
            long length) {
        super(to, Kinds.KEVENT_FLOCK, fd);
        this.operation = operation;
        this.posix = posix;
        this.range = range;
        this.whence = whence;
        this.start = start;
        this.length = length;
        this.former =
                range == null ? new FormerLocks(LOCK_UN, LOCK_SH, LOCK_EX) : new FormerLocks(F_UNLCK, F_RDLCK, F_WRLCK);
    }

    /** flock(2) with LOCK_SH (1) or LOCK_EX (2). */
    public static LockRequest flock(Destination to, int fd, int operation) {
        return new LockRequest(to, fd, operation, false, null, SEEK_SET, 0, 0);
    }

    /** fcntl(2) with F_RDLCK (0) or F_WRLCK (1) on a range; {@code ofd} for a lock of the open file description. */
    public static LockRequest range(
            Destination to, int fd, int type, int whence, long start, long length, boolean ofd) {
        ByteBuffer range = Memory.allocate(32);
        range.putShort(0, (short) type);
        range.putShort(2, (short) whence);
        range.putLong(8, start);
        range.putLong(16, length);
        return new LockRequest(to, fd, type, !ofd, range, whence, start, length);
    }

    @Override
    protected void check() {
        if (range == null && operation != LOCK_SH && operation != LOCK_EX) {
            throw ErrnoException.invalid("operation " + operation + " is neither LOCK_SH (1) nor LOCK_EX (2)");
        }
        if (range != null && operation != F_RDLCK && operation != F_WRLCK) {
            throw ErrnoException.invalid("type " + operation + " is neither F_RDLCK (0) nor F_WRLCK (1)");
        }
        if (whence < SEEK_SET || whence > SEEK_END) {
            throw ErrnoException.invalid("whence " + whence + " is not SEEK_SET (0), SEEK_CUR (1) or SEEK_END (2)");
        }
        if (whence == SEEK_SET && start < 0) {
            throw ErrnoException.invalid("start " + start + " is negative, counted from SEEK_SET");
        }
        fd = descriptor;
        int rc = meant.load(descriptor);
        if (rc == -Errnos.EBADF) {
            throw ErrnoException.notOpen("fd", descriptor);
        }
        ErrnoException.check(rc, asked());
        meant.loadHandle(descriptor);
        if (range != null) {
            makeAbsolute(range);
        }
    }

    @Override
    protected String asked() {
        return range == null
                ? "flock of fd " + descriptor + ", operation " + operation
                : (posix ? "lock" : "ofdLock") + " of fd " + descriptor + ", type " + operation + ", whence " + whence
                        + ", start " + start + ", length " + length;
    }

    @Override
    protected String because(int errno) {
        if (range != null && errno == Errnos.EBADF) {
            return "type F_WRLCK needs an fd that is open for writing, F_RDLCK one that is open for reading";
        }
        return range != null && errno == Errnos.EINVAL ? BEFORE_FILE + ", or the file cannot be locked" : "";
    }

    /** What the kernel refuses is left as it is: it says what is wrong. */
    private void makeAbsolute(ByteBuffer flock) {
        long base = whence == Linux.SEEK_CUR
                ? Linux.result(Native.C.syscall(Syscalls.LSEEK, fd, 0, Linux.SEEK_CUR))
                : whence == SEEK_END ? Linux.size(fd) : 0;
        if (base < 0 || start > Long.MAX_VALUE - base) {
            // no file with an offset
            return;
        }
        long first = start + base + Math.min(0, length);
        if (first < 0) {
            throw ErrnoException.invalid(asked() + " (" + BEFORE_FILE + ")");
        }
        flock.putShort(2, (short) SEEK_SET).putLong(8, first).putLong(16, Math.abs(length));
    }

    private void loadFormer() {
        if (range == null) {
            former.loadFlock(fd);
        } else if (posix) {
            former.loadPosix(fd, first(), last());
        } else {
            former.loadOpenFile(fd, "OFDLCK");
        }
    }

    private long first() {
        return range == null ? 0 : range.getLong(8);
    }

    private long last() {
        long length = range == null ? 0 : range.getLong(16);
        return length == 0 || first() > Long.MAX_VALUE - length ? Long.MAX_VALUE : first() + length - 1;
    }

    @Override
    protected int aboutToBlock() {
        own = duplicate();
        fd = own;
        return Math.min(0, own);
    }

    /** A POSIX lock belongs to the process, the others to the open file description. */
    private int duplicate() {
        return posix ? Duplicates.make(descriptor) : Duplicates.makeExact(descriptor);
    }

    @Override
    protected void closeOwn(int duplicate) {
        Duplicates.close(duplicate, descriptor);
    }

    @Override
    protected long attempt() {
        loadFormer();
        return lock(false);
    }

    @Override
    protected boolean mustWait(long result) {
        return result == -Errnos.EAGAIN || range != null && result == -Errnos.EACCES && posix;
    }

    @Override
    public long blocking() {
        loadFormer();
        long result = lock(true);
        if (result == 0 && posix && !meant.isBehind(descriptor)) {
            // the program has closed it meanwhile, and gave up all its locks; as the kernel does when it sees such a
            // close
            unlock();
            return -Errnos.EBADF;
        }
        return result;
    }

    /** Takes the lock away again. */
    private void unlock() {
        ByteBuffer flock = range;
        if (flock == null) {
            former.restore(
                    operation,
                    0,
                    Long.MAX_VALUE,
                    (type, first, last) -> Linux.call(Syscalls.FLOCK, fd, type | LOCK_NB));
            return;
        }
        former.restore(operation, first(), last(), (type, first, last) -> {
            flock.putShort(0, (short) type)
                    .putLong(8, first)
                    .putLong(16, last == Long.MAX_VALUE ? 0 : last - first + 1);
            lock(false);
        });
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
        if (result == 0) {
            synchronized (GRANTED) {
                granted = true;
                GRANTED.addLast(listed);
            }
        }
        super.ended(result);
    }

    @Override
    protected boolean taken(RingRecord record) {
        told();
        return super.taken(record);
    }

    /** Somebody has heard of it. */
    @Override
    protected void abandonedElsewhere() {
        told();
    }

    /** Somebody knows that the lock is held: it stays. Those behind one that nobody knows of stay listed, because they may hold a part of it. */
    private void told() {
        synchronized (GRANTED) {
            granted = false;
            forgetTold();
        }
    }

    private static void forgetTold() {
        for (LockRequest first = GRANTED.first(); first != null && !first.granted; first = GRANTED.first()) {
            GRANTED.remove(first.listed);
        }
    }

    /** Nobody will hear that the lock is held: then it is not. */
    @Override
    protected void abandoned() {
        synchronized (GRANTED) {
            if (!granted) {
                return;
            }
            granted = false;
            int file = duplicate();
            if (file >= 0) {
                if (meant.isExactlyBehind(file)) {
                    fd = file;
                    letGo();
                }
                Duplicates.close(file, descriptor);
            }
            GRANTED.remove(listed);
            forgetTold();
        }
    }

    /** What others got after it is theirs, and what they found locked is not this one's any more. */
    private void letGo() {
        FormerLocks before = new FormerLocks(former);
        for (LockRequest later = listed.following(); later != null; later = later.listed.following()) {
            if (posix == later.posix && (range == null) == (later.range == null) && sameOwner(later)) {
                former.keep(later.first(), later.last(), later.operation);
                later.former.replace(first(), last(), before);
            }
        }
        unlock();
    }

    private boolean sameOwner(LockRequest other) {
        return posix ? other.meant.isBehind(fd) : Descriptions.same(fd, other.descriptor);
    }
}
