package org.sigkevent.core;

import static org.sigkevent.core.RingLayout.*;

import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import jnr.constants.platform.Errno;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Limits;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Mappings;
import org.sigkevent.sys.Memory;

/**
 * The memory of a ring: a sealed memfd and its mapping. It is unmapped when this object cannot be reached any more, never
 * earlier: a late reader of a ring that was closed reads zeros.
 */
final class RingMemory {
    private static final int EFBIG = Errno.EFBIG.intValue();

    final int fd;
    final ByteBuffer bytes;

    /**
     * The same memory as words. A look at the bounds for each is compiled; jffi's MemoryIO has none, but calls native code on JDK 25: a
     * record posted and taken took 107 ns there, and takes 46 with these (JDK 17: 44 either way).
     */
    final LongBuffer words;

    private final long address;
    private final long size;

    /** Maps the memory behind a descriptor. */
    RingMemory(int fd, long size) {
        this.fd = fd;
        this.size = size;
        bytes = Mappings.map(this, fd, (int) size, 0, 0, errno -> new ErrnoException(errno, why(errno, size)));
        words = bytes.asLongBuffer();
        address = Memory.address(bytes);
    }

    static RingMemory create(int slots) {
        long size = RECORDS_AT + (long) slots * RECORD_SIZE;
        int fd = Linux.sealedMemfd("kevent", size);
        if (fd < 0) {
            throw new ErrnoException(-fd, why(-fd, size));
        }
        try {
            return new RingMemory(fd, size);
        } catch (Throwable thrown) {
            Linux.close(fd);
            throw thrown;
        }
    }

    long address() {
        return address;
    }

    private static String why(int errno, long size) {
        String what = "the ring's memory, a memfd of " + size + " bytes: " + Errnos.name(errno) + " ("
                + Errnos.text(errno) + ")";
        if (errno == Errnos.EMFILE) {
            return what + ": " + Limits.noDescriptor() + "; a queue needs two";
        }
        if (errno == Errnos.ENFILE) {
            return what + ": the machine's open files are used up (/proc/sys/fs/file-max)";
        }
        if (errno == EFBIG) {
            return what + ": a file of this process may have " + Limits.text(Limits.resource(Limits.RLIMIT_FSIZE))
                    + " bytes (RLIMIT_FSIZE: ulimit -f, which counts KiB, systemd's LimitFSIZE=): raise it, or ask for"
                    + " fewer events";
        }
        return errno == Errnos.ENOMEM
                ? what + ": address space or memory is used up (RLIMIT_AS: ulimit -v; the cgroup's" + " memory.max)"
                : what;
    }

    /** More than the moves of a futex word between two steps of one thread. */
    private static final int FAR = 1 << 30;

    /**
     * Whoever looks finds no ring from now on. The magic goes first: a kernel may refuse to give pages of shared memory back (they
     * are locked, say), and then the records stay until nothing maps them. The header stays: a taker of another process that is on its
     * way must not find the read word that it has seen again. The word that consumers sleep on goes on far from where it was:
     * one that has read it and is about to sleep must not find it again when it has been moved a little more, by this thread or by one
     * that has just posted.
     */
    void clear() {
        Memory.setIntRelease(bytes, MAGIC_AT, 0);
        // larger than the header on some machines: then the first records stay with it
        int page = Memory.PAGE_SIZE;
        if (size > page) {
            Linux.removePages(address + page, size - page);
        }
        Memory.getAndAddInt(bytes, FOREIGN_FUTEX_AT, FAR);
    }
}
