package org.sigkevent.kinds;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;
import org.sigkevent.sys.Syscalls;

/**
 * The locks that the process, or the open file, had in a range before one was asked for: whoever was told of them keeps them when that one
 * is let go. The kernel has one lock for both, and would drop both.
 *
 * <p>For POSIX locks F_OFD_GETLK names one that another owner, which the process is to it, has in a range; what it leaves on either side is
 * asked for again. For the others /proc/self/fdinfo has a line for each.
 */
final class FormerLocks {
    private static final int F_OFD_GETLK = 36;
    private static final int MOST = 256;

    private final short none;
    private final short read;
    private final short write;

    /** Of each one: its first byte, its last one, and its type. */
    private long[] locks = {};

    private int count;

    /** With the types as fcntl(2) has them, or flock(2). */
    FormerLocks(int none, int read, int write) {
        this.none = (short) none;
        this.read = (short) read;
        this.write = (short) write;
    }

    FormerLocks(FormerLocks other) {
        this(other.none, other.read, other.write);
        locks = other.locks.clone();
        count = other.count;
    }

    /** Sets the bytes of a range to a type. */
    interface Setter {
        void set(int type, long first, long last);
    }

    /** Takes a lock of type {@code mine} away from {@code first} to {@code last}: what was locked before is locked as before. */
    void restore(int mine, long first, long last, Setter setter) {
        long at = first;
        while (at <= last && at >= 0) {
            int next = next(at);
            long begin = next < 0 ? Long.MAX_VALUE : Math.max(at, locks[3 * next]);
            if (next < 0 || begin > last) {
                setter.set(none, at, last);
                return;
            }
            if (begin > at) {
                setter.set(none, at, begin - 1);
            }
            long end = Math.min(last, locks[3 * next + 1]);
            if (locks[3 * next + 2] != mine) {
                setter.set((int) locks[3 * next + 2], begin, end);
            }
            at = end == Long.MAX_VALUE ? -1 : end + 1;
        }
    }

    /** The first one that does not end before {@code at}, or -1. */
    private int next(long at) {
        int next = -1;
        for (int i = 0; i < count; i++) {
            if (locks[3 * i + 1] >= at && (next < 0 || locks[3 * i] < locks[3 * next])) {
                next = i;
            }
        }
        return next;
    }

    /** A lock was let go, which may be among these: from {@code first} to {@code last} there is now what was before that one. */
    void replace(long first, long last, FormerLocks by) {
        int n = count;
        long[] old = locks;
        count = 0;
        locks = new long[old.length + 3 * by.count + 3];
        for (int i = 0; i < n; i++) {
            addPart(old, i, 0, first - 1);
            if (last < Long.MAX_VALUE) {
                addPart(old, i, last + 1, Long.MAX_VALUE);
            }
        }
        for (int i = 0; i < by.count; i++) {
            addPart(by.locks, i, first, last);
        }
    }

    /** So much is locked by another. */
    void keep(long first, long last, int type) {
        FormerLocks one = new FormerLocks(none, read, write);
        one.add(first, last, type);
        replace(first, last, one);
    }

    private void addPart(long[] of, int i, long first, long last) {
        long begin = Math.max(first, of[3 * i]);
        long end = Math.min(last, of[3 * i + 1]);
        if (begin <= end) {
            add(begin, end, (int) of[3 * i + 2]);
        }
    }

    private void add(long first, long last, int type) {
        if (3 * count == locks.length) {
            locks = Arrays.copyOf(locks, 2 * locks.length + 3);
        }
        locks[3 * count] = first;
        locks[3 * count + 1] = last;
        locks[3 * count + 2] = type;
        count++;
    }

    /** Loads the POSIX locks of the process from byte {@code first} to byte {@code last} of a file. */
    void loadPosix(int fd, long first, long last) {
        count = 0;
        loadBetween(fd, first, last, Native.C.getpid());
    }

    private void loadBetween(int fd, long first, long last, int self) {
        if (first > last || count >= MOST) {
            return;
        }
        Scratch s = Scratch.get();
        ByteBuffer b = s.buffer;
        // struct flock: l_type 0, l_whence 2, l_start 8, l_len 16, l_pid 24
        Memory.clear(b, 0, 32);
        b.putShort(0, write).putLong(8, first).putLong(16, last == Long.MAX_VALUE ? 0 : last - first + 1);
        if (Linux.call(Syscalls.FCNTL, fd, F_OFD_GETLK, s.address) < 0 || b.getShort(0) == none) {
            return;
        }
        int type = b.getShort(0);
        boolean ours = b.getInt(24) == self;
        long begin = Math.max(first, b.getLong(8));
        long length = b.getLong(16);
        long end = length == 0 ? last : Math.min(last, b.getLong(8) + length - 1);
        if (ours) {
            add(begin, end, type);
        }
        loadBetween(fd, first, begin - 1, self);
        if (end < last) {
            loadBetween(fd, end + 1, last, self);
        }
    }

    /** Loads the flock of an open file, of which there is one at most: it comes first in its fdinfo. */
    void loadFlock(int fd) {
        count = 0;
        Scratch s = Scratch.get();
        ByteBuffer b = s.buffer;
        String path = "/proc/self/fdinfo/" + fd;
        for (int i = 0; i < path.length(); i++) {
            b.put(i, (byte) path.charAt(i));
        }
        b.put(path.length(), (byte) 0);
        int info = Native.C.open(s.address, Linux.O_CLOEXEC, 0);
        if (info < 0) {
            return;
        }
        int length = (int) Native.C.read(info, s.address, Scratch.SIZE);
        Native.C.close(info);
        int at = find(b, length, 0, "FLOCK");
        if (at >= 0) {
            // "FLOCK  ADVISORY  READ" or WRITE
            add(0, Long.MAX_VALUE, find(b, Math.min(length, at + 24), at, "READ") >= 0 ? read : write);
        }
    }

    private static int find(ByteBuffer in, int end, int from, String word) {
        for (int at = from; at + word.length() <= end; at++) {
            int same = 0;
            while (same < word.length() && in.get(at + same) == word.charAt(same)) {
                same++;
            }
            if (same == word.length()) {
                return at;
            }
        }
        return -1;
    }

    /** Loads those that belong to the open file, of one kind (OFDLCK). None where there is no /proc. */
    void loadOpenFile(int fd, String kind) {
        count = 0;
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd))) {
                // lock: number: kind ADVISORY type pid device first last
                String[] words = line.split("\\s+", -1);
                if (words.length >= 9 && words[0].equals("lock:") && words[2].equals(kind)) {
                    long last = words[8].equals("EOF") ? Long.MAX_VALUE : Long.parseLong(words[8]);
                    add(Long.parseLong(words[7]), last, words[4].equals("READ") ? read : write);
                }
            }
        } catch (IOException | NumberFormatException unknown) {
            count = 0;
        }
    }
}
