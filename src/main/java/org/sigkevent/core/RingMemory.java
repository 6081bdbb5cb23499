package org.sigkevent.core;

import static org.sigkevent.core.RingLayout.*;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Mappings;
import org.sigkevent.sys.Memory;

/**
 * The memory of a ring: a sealed memfd and its mapping. It is unmapped when this object cannot be reached any more, never
 * earlier: a late reader of a ring that was closed reads zeros.
 */
final class RingMemory {
    private static final Cleaner CLEANER = Cleaner.create();

    final int fd;
    final ByteBuffer bytes;
    private final long address;
    private final long size;

    private RingMemory(int fd, long address, long size) {
        this.fd = fd;
        this.address = address;
        this.size = size;
        this.bytes = Memory.view(address, (int) size);
        CLEANER.register(this, () -> Mappings.unmap(address, size));
    }

    static RingMemory create(int slots) {
        long size = RECORDS_AT + (long) slots * RECORD_SIZE;
        int fd = Linux.sealedMemfd("kevent", size);
        if (fd < 0) {
            throw new ErrnoException(-fd, why(-fd, size));
        }
        RingMemory made = null;
        try {
            made = of(fd, size);
        } finally {
            if (made == null) {
                Linux.close(fd);
            }
        }
        return made;
    }

    /** Maps the memory behind a descriptor. */
    static RingMemory of(int fd, long size) {
        long address = Mappings.map(fd, size, 0, 0);
        if (Linux.failed(address)) {
            throw new ErrnoException((int) -address, why((int) -address, size));
        }
        RingMemory made = null;
        try {
            made = new RingMemory(fd, address, size);
        } finally {
            if (made == null) {
                Mappings.unmap(address, size);
            }
        }
        return made;
    }

    long address() {
        return address;
    }

    private static String why(int errno, long size) {
        String what = "the ring's memory, a memfd of " + size + " bytes: " + Errnos.name(errno) + " ("
                + Errnos.text(errno) + ")";
        if (errno == Errnos.EMFILE || errno == Errnos.ENFILE) {
            return what + ": no free descriptor (ulimit -n): a queue needs two";
        }
        return errno == Errnos.ENOMEM ? what + ": address space or memory is used up (ulimit -v)" : what;
    }

    /** Gives the records' pages back; they read as zeros from now on. */
    void clear() {
        Linux.removePages(address, size);
    }
}
