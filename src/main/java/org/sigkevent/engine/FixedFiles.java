package org.sigkevent.engine;

import static org.sigkevent.engine.UringLayout.REGISTER_FILES;
import static org.sigkevent.engine.UringLayout.REGISTER_FILES_UPDATE;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Syscalls;

/**
 * The files that an io_uring holds: its table of fixed files, by places. What stands in it is the open file, and not a descriptor's
 * number, so it does not matter to an operation on a place what becomes of the number. And a file that is taken out is not closed
 * as a descriptor is: the POSIX locks of the process stay.
 *
 * <p>The table is registered when the first file comes, as large as the limit of open files lets it be.
 */
final class FixedFiles {
    private static final int[] SIZES = {1 << 14, 1 << 10, 1 << 7, 1 << 6, 1 << 4};

    private final int ring;

    /** struct io_uring_files_update: offset 0, fds 8; behind it the one descriptor; made with the table. */
    private @Nullable ByteBuffer update;

    private long address;
    private int size;

    /** The places that are taken; null before there is a table. */
    private @Nullable BitSet taken;

    FixedFiles(int ring) {
        this.ring = ring;
    }

    /**
     * Puts the file behind a descriptor into the table: its place, or an errno negated: -EBADF, -EAGAIN (no place is left), -EMFILE
     * (the limit of open files is below the smallest table), -ENOMEM.
     */
    synchronized int add(int fd) {
        if (fd < 0) {
            // negative numbers mean other things in an update of the table
            return -Errnos.EBADF;
        }
        BitSet places = taken;
        if (places == null) {
            places = new BitSet(SIZES[0]);
            ByteBuffer made = Memory.allocate(24);
            address = Memory.address(made);
            made.putLong(8, address + 16);
            int rc = register();
            if (rc < 0) {
                return rc;
            }
            update = made;
            taken = places;
        }
        int place = places.nextClearBit(0);
        if (place >= size) {
            return -Errnos.EAGAIN;
        }
        int rc = set(place, fd);
        if (rc == 1) {
            places.set(place);
        }
        return rc == 1 ? place : rc < 0 ? rc : -Errnos.EBADF;
    }

    /** Takes a file out. */
    synchronized void remove(int place) {
        set(place, -1);
        if (taken != null) {
            taken.clear(place);
        }
    }

    private int set(int place, int fd) {
        ByteBuffer one = Objects.requireNonNull(update);
        one.putInt(0, place);
        one.putInt(16, fd);
        return Linux.call(Syscalls.IO_URING_REGISTER, ring, REGISTER_FILES_UPDATE, address, 1);
    }

    /** Registers a table without files. */
    private int register() {
        int rc = -Errnos.EMFILE;
        ByteBuffer none = Memory.allocate(SIZES[0] * 4);
        for (int i = 0; i < SIZES[0]; i++) {
            none.putInt(4 * i, -1);
        }
        for (int i = 0; i < SIZES.length && rc == -Errnos.EMFILE; i++) {
            size = SIZES[i];
            rc = Linux.call(Syscalls.IO_URING_REGISTER, ring, REGISTER_FILES, Memory.address(none), size);
        }
        java.lang.ref.Reference.reachabilityFence(none);
        return rc;
    }
}
