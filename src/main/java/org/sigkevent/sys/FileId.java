package org.sigkevent.sys;

/** What an open descriptor stands for: type, device and inode, as statx(2) tells it. Reused: it holds the last answer. */
public final class FileId {
    private static final int MOST_TRIES = 10;

    public int mode;
    public long inode;
    public long device;

    /** Asks about {@code fd}: 0, or the errno negated (-EBADF for a closed one). */
    public int load(int fd) {
        Scratch s = Scratch.get();
        int r = ask(fd, s);
        if (r == 0) {
            mode = mode(s);
            inode = inode(s);
            device = device(s);
        }
        return r;
    }

    /** Whether {@code fd} is open and stands for this file now. */
    public boolean isBehind(int fd) {
        Scratch s = Scratch.get();
        return ask(fd, s) == 0 && inode == inode(s) && device == device(s) && type() == (mode(s) & Linux.S_IFMT);
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

    // struct statx: stx_mode at 28, stx_ino at 32, stx_dev_major at 136, stx_dev_minor at 140

    private static int mode(Scratch s) {
        return s.buffer.getShort(28) & 0xffff;
    }

    private static long inode(Scratch s) {
        return s.buffer.getLong(32);
    }

    private static long device(Scratch s) {
        return ((long) s.buffer.getInt(136) << 32) | (s.buffer.getInt(140) & 0xffffffffL);
    }

    public int type() {
        return mode & Linux.S_IFMT;
    }

    public boolean same(FileId other) {
        return inode == other.inode && device == other.device && type() == other.type();
    }
}
