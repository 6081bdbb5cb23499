package org.sigkevent.core;

import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.FileId;

/** Which file a queue's descriptor stands for, and when that was looked at last. */
final class Identity {
    private static final long LATELY_NANOS = 1_000_000;

    final FileId file = new FileId();

    /** The file's inode as the key of a table, made once: the end of a queue allocates nothing. */
    final Long inode;

    /** Whether the queue was ever named by another number than the one it was made with. */
    volatile boolean known;

    private volatile long found = System.nanoTime();

    Identity(int fd) {
        ErrnoException.check(file.load(fd), "statx of a queue's descriptor");
        inode = file.inode;
    }

    /** Whether the number stands for this queue now. */
    boolean isBehind(int fd) {
        boolean behind = !file.isNotBehind(fd);
        if (behind) {
            found = System.nanoTime();
        }
        return behind;
    }

    /** Whether it did a moment ago. */
    boolean foundLately() {
        return System.nanoTime() - found < LATELY_NANOS;
    }

    /** Whether that file, behind another number, is the queue's. */
    boolean isKnownAs(FileId other) {
        boolean same = file.same(other);
        known |= same;
        return same;
    }
}
