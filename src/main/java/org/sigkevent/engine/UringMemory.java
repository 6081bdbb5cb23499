package org.sigkevent.engine;

import static org.sigkevent.engine.UringLayout.*;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Mappings;
import org.sigkevent.sys.Memory;

/**
 * The two mappings of an io_uring: one with both rings, one with the submission entries. They are unmapped when this object
 * cannot be reached any more, never earlier: a thread that still reads them after the descriptor was closed reads what
 * was there last.
 */
final class UringMemory {
    private static final Cleaner CLEANER = Cleaner.create();

    /** Both rings' control words, and the completion entries. */
    final ByteBuffer rings;

    final ByteBuffer entries;
    final int submissions;
    final int completions;
    final int sqHead;
    final int sqTail;
    final int sqFlags;
    final int cqHead;
    final int cqTail;
    final int cqes;

    /** Maps the rings that io_uring_setup described in {@code params}. */
    UringMemory(int fd, ByteBuffer params) {
        submissions = params.getInt(PARAMS_SQ_ENTRIES);
        completions = params.getInt(PARAMS_CQ_ENTRIES);
        sqHead = params.getInt(SQ_OFF_HEAD);
        sqTail = params.getInt(SQ_OFF_TAIL);
        sqFlags = params.getInt(SQ_OFF_FLAGS);
        cqHead = params.getInt(CQ_OFF_HEAD);
        cqTail = params.getInt(CQ_OFF_TAIL);
        cqes = params.getInt(CQ_OFF_CQES);
        boolean indirect = (params.getInt(PARAMS_FLAGS) & SETUP_NO_SQARRAY) == 0;
        int array = params.getInt(SQ_OFF_ARRAY);
        int ringBytes = Math.max(cqes + completions * CQE_SIZE, indirect ? array + submissions * 4 : 0);
        int entryBytes = submissions * SQE_SIZE;
        long ringAddress = map(fd, ringBytes, OFF_SQ_RING);
        long entryAddress = 0;
        try {
            entryAddress = map(fd, entryBytes, OFF_SQES);
            rings = Memory.view(ringAddress, ringBytes);
            entries = Memory.view(entryAddress, entryBytes);
            CLEANER.register(this, unmapping(ringAddress, ringBytes, entryAddress, entryBytes));
        } catch (Throwable thrown) {
            Mappings.unmap(ringAddress, ringBytes);
            if (entryAddress != 0) {
                Mappings.unmap(entryAddress, entryBytes);
            }
            throw thrown;
        }
        if (indirect) { // entry i always stands at place i
            for (int i = 0; i < submissions; i++) {
                rings.putInt(array + 4 * i, i);
            }
        }
    }

    private static Runnable unmapping(long ringAddress, int ringBytes, long entryAddress, int entryBytes) {
        return () -> {
            Mappings.unmap(ringAddress, ringBytes);
            Mappings.unmap(entryAddress, entryBytes);
        };
    }

    private static long map(int fd, long length, long offset) {
        long address = Mappings.map(fd, length, offset, Linux.MAP_POPULATE);
        if (Linux.failed(address)) {
            throw ErrnoException.of((int) -address, "mmap of an io_uring's rings");
        }
        return address;
    }
}
