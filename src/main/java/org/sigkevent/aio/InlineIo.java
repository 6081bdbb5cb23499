package org.sigkevent.aio;

import static org.sigkevent.sys.Native.C;

import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Scratch;

/**
 * Tries in the calling thread, which never block: preadv2 and pwritev2 with RWF_NOWAIT on files, recv and send with
 * MSG_DONTWAIT on sockets. Results are those of the system calls, or the errno negated.
 */
final class InlineIo {
    /** Longer requests are not tried: copying them would hold the caller up. */
    static final long MOST = 64 << 10;

    /** More pieces than that are not tried: they would not fit into a thread's scratch memory. */
    static final int MOST_PIECES = Scratch.SIZE / 16;

    private InlineIo() {}

    static long file(boolean write, int fd, long address, long length, long offset) {
        if (length == 0 && !write) { // of nothing the vectored call says 0, where this one says what is wrong (EISDIR)
            long r = C.pread(fd, address, 0, offset);
            return r < 0 ? -Native.errno() : r;
        }
        Scratch s = Scratch.get();
        s.buffer.putLong(0, address);
        s.buffer.putLong(8, length);
        return call(write, fd, s.address, 1, offset);
    }

    /** Pieces are pairs of address and length; {@code done} bytes of them are left out. */
    static long file(boolean write, int fd, long[] pieces, int count, long done, long offset) {
        Scratch s = Scratch.get();
        return call(write, fd, s.address, layOut(s.address, pieces, count, done, MOST), offset);
    }

    /** Writes iovecs for the pieces, without their first {@code done} bytes and for at most {@code most} more; how many. */
    static int layOut(long iovecs, long[] pieces, int count, long done, long most) {
        int n = 0;
        long skip = done;
        long room = most;
        for (int i = 0; i < count && room > 0; i++) {
            long length = pieces[2 * i + 1];
            if (skip >= length) {
                skip -= length;
                continue;
            }
            long part = Math.min(length - skip, room);
            Memory.putLong(iovecs + 16L * n, pieces[2 * i] + skip);
            Memory.putLong(iovecs + 16L * n + 8, part);
            skip = 0;
            room -= part;
            n++;
        }
        return n;
    }

    private static long call(boolean write, int fd, long iovecs, int count, long offset) {
        long r = write
                ? C.pwritev2(fd, iovecs, count, offset, Linux.RWF_NOWAIT)
                : C.preadv2(fd, iovecs, count, offset, Linux.RWF_NOWAIT);
        return r < 0 ? -Native.errno() : r;
    }

    static long socket(boolean write, int fd, long address, long length) {
        long r = write
                ? C.send(fd, address, length, Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL)
                : C.recv(fd, address, length, Linux.MSG_DONTWAIT);
        return r < 0 ? -Native.errno() : r;
    }
}
