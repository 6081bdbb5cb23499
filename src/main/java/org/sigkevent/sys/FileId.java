package org.sigkevent.sys;

/**
 * What an open descriptor stands for: type, device, inode and time of birth, as statx(2) tells them. Reused: it holds the last
 * answer.
 *
 * <p>Several files can have had these in turn: a file system may give the number of an inode out again as soon as the file is
 * gone, and a time of birth is as coarse as the clock's tick. While somebody holds the file they are certain. What else tells a
 * file from all others of its time is its handle ({@link #loadHandle}).
 */
public final class FileId {
    private static final int MOST_TRIES = 10;
    private static final int MOST_HANDLE = 128;
    private static final int HANDLE_AT = 256;
    private static final int AT_HANDLE_FID = 0x200;

    /** More than a tick of any kernel's clock. */
    private static final long TICK_MILLIS = 100;

    public int mode;
    public long inode;
    public long device;

    /** The file's size in bytes as the last answer had it: a hint, since nobody asked the file system to make sure of it. */
    public long size;

    private long born;

    /** A digest of the file handle; 0 when it is not known. */
    private long handle;

    /**
     * Whether the file was there, by its handle, when the tick of its birth was over: then no other one has its number and that time.
     * Once true it stays so; threads that do not see it ask once more.
     */
    private boolean certain;

    /** Asks about {@code fd}: 0, or the errno negated (-EBADF for a closed one). */
    public int load(int fd) {
        Scratch s = Scratch.get();
        int r = ask(fd, s);
        if (r == 0) {
            mode = mode(s);
            inode = inode(s);
            device = device(s);
            size = size(s);
            born = born(s);
            handle = 0;
            certain = false;
        }
        return r;
    }

    /** Takes over what another one has. */
    public void set(FileId other) {
        mode = other.mode;
        inode = other.inode;
        device = other.device;
        size = other.size;
        born = other.born;
        handle = other.handle;
        certain = false;
    }

    /** Asks for the handle, which contains the inode's generation, too. A file system may have none: then nothing changes. */
    public void loadHandle(int fd) {
        handle = handleOf(fd);
    }

    /** Whether {@code fd} is open and stands for this file now. */
    public boolean isBehind(int fd) {
        Scratch s = Scratch.get();
        boolean same = ask(fd, s) == 0
                && inode == inode(s)
                && device == device(s)
                && type() == (mode(s) & Linux.S_IFMT)
                && born == born(s);
        if (same) {
            size = size(s);
        }
        return same && (certain || confirmed(fd));
    }

    private boolean confirmed(int fd) {
        boolean exact = handle == 0 || handle == handleOf(fd);
        certain = exact && (handle == 0 || System.currentTimeMillis() - born / 1_000_000 > TICK_MILLIS);
        return exact;
    }

    /** Whether {@code fd} is closed, or stands for another file; false also when the kernel does not say. */
    public boolean isNotBehind(int fd) {
        Scratch s = Scratch.get();
        int r = ask(fd, s);
        return r == -Errnos.EBADF || r == 0 && (inode != inode(s) || device != device(s) || born != born(s));
    }

    /** As {@link #isBehind}, and no other file that had its inode before or after it. */
    public boolean isExactlyBehind(int fd) {
        return isBehind(fd) && (handle == 0 || handle == handleOf(fd));
    }

    private static int ask(int fd, Scratch s) {
        if (fd < 0) {
            // not asked: AT_FDCWD, which is negative, would be the working directory
            return -Errnos.EBADF;
        }
        int r = Linux.statx(fd, s.address);
        // a moment without memory must not make a file look like another
        for (int tries = 0; r == -Errnos.ENOMEM && tries < MOST_TRIES; tries++) {
            r = Linux.statx(fd, s.address);
        }
        return r;
    }

    private static long handleOf(int fd) {
        Scratch s = Scratch.get();
        // struct file_handle: handle_bytes 0, handle_type 4, f_handle from 8 on; behind it the mount's number
        long at = s.address + HANDLE_AT;
        long mount = at + 8 + MOST_HANDLE;
        s.buffer.putInt(HANDLE_AT, MOST_HANDLE);
        int rc = Linux.fileHandle(fd, at, mount, 0);
        if (rc < 0) {
            // overlay file systems, from Linux 6.6 on, have handles that only identify
            s.buffer.putInt(HANDLE_AT, MOST_HANDLE);
            rc = Linux.fileHandle(fd, at, mount, AT_HANDLE_FID);
        }
        long digest = rc < 0 ? 0 : s.buffer.getInt(HANDLE_AT + 4) + 1L;
        int bytes = rc < 0 ? 0 : s.buffer.getInt(HANDLE_AT);
        for (int i = 0; i < bytes; i++) {
            digest = (digest ^ s.buffer.get(HANDLE_AT + 8 + i) & 0xff) * 0x100000001b3L;
        }
        return digest;
    }

    // struct statx: stx_mode at 28, stx_ino at 32, stx_size at 40, stx_btime at 80, stx_dev_major at 136, stx_dev_minor
    // at 140

    private static int mode(Scratch s) {
        return s.buffer.getShort(28) & 0xffff;
    }

    private static long inode(Scratch s) {
        return s.buffer.getLong(32);
    }

    private static long size(Scratch s) {
        return s.buffer.getLong(40);
    }

    private static long born(Scratch s) {
        return s.buffer.getLong(80) * 1_000_000_000 + s.buffer.getInt(88);
    }

    private static long device(Scratch s) {
        return ((long) s.buffer.getInt(136) << 32) | (s.buffer.getInt(140) & 0xffffffffL);
    }

    public int type() {
        return mode & Linux.S_IFMT;
    }

    /**
     * Whether its inode is no other file's at the same time. All eventfds have the same, and so have other files without a name;
     * a character device may make another file of each open, as /dev/ptmx does. Those are told from each other only while both are open.
     */
    public boolean hasOwnInode() {
        return type() != 0 && type() != Linux.S_IFCHR;
    }

    public boolean same(FileId other) {
        return inode == other.inode && device == other.device && type() == other.type() && born == other.born;
    }

    /** Whether this is the file that was just found behind {@code fd}. */
    public boolean same(FileId found, int fd) {
        if (!same(found)) {
            return false;
        }
        size = found.size;
        return certain || confirmed(fd);
    }
}
