package org.sigkevent.aio;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.GrowingTable;
import org.sigkevent.sys.Linux;

/**
 * The open files by descriptor number. A look-up takes no lock and allocates nothing; it says what stood under the number
 * when somebody looked last. {@link #verified} looks again and replaces the state of a number that was given to another file,
 * while the old state lives on with its requests.
 */
final class OpenFiles {
    /** Written under the class's lock. */
    private static final GrowingTable<OpenFile> BY_NUMBER = new GrowingTable<>();

    /** States without a number that still have unfinished requests. Replaced, under the class's lock, and never changed. */
    private static volatile OpenFile[] retired = {};

    /** What a thread saw last under a number. */
    private static final ThreadLocal<FileId> SEEN = ThreadLocal.withInitial(FileId::new);

    private OpenFiles() {}

    /** The file as it was known last, or null. */
    static @Nullable OpenFile get(int fd) {
        return BY_NUMBER.get(fd);
    }

    /** Asks the kernel what stands under the number; the answer is in {@link #seen}. 0, or the errno negated. */
    static int look(int fd) {
        return SEEN.get().load(fd);
    }

    static FileId seen() {
        return SEEN.get();
    }

    /** The file that is open under the number now; null when none is. */
    static @Nullable OpenFile verified(int fd) {
        FileId seen = SEEN.get();
        if (seen.load(fd) != 0) {
            return null;
        }
        OpenFile known = get(fd);
        return known != null && known.identity.same(seen) ? known : replace(fd, seen);
    }

    /**
     * As {@link #verified}; for a write it is found out whether it is appended.
     *
     * @param batch a batch for which one look at each file is enough, or 0
     */
    static @Nullable OpenFile verified(int fd, boolean write, long batch) {
        OpenFile file = get(fd);
        if (batch == 0 || file == null || file.comparedFor != batch) {
            file = verified(fd);
            if (file == null) {
                return null;
            }
            file.comparedFor = batch;
        }
        if (write && file.positional() && (batch == 0 || file.appendFor != batch)) {
            int flags = Linux.statusFlags(fd);
            file.append = flags >= 0 && (flags & Linux.O_APPEND) != 0;
            file.appendFor = batch;
        }
        return file;
    }

    private static synchronized OpenFile replace(int fd, FileId seen) {
        OpenFile known = get(fd);
        if (known != null && known.identity.same(seen)) {
            return known;
        }
        FileId identity = new FileId();
        identity.mode = seen.mode;
        identity.inode = seen.inode;
        identity.device = seen.device;
        OpenFile fresh = new OpenFile(fd, identity);
        BY_NUMBER.ensure(fd);
        if (known != null && known.unfinished > 0) {
            retired = retiredWith(known);
        }
        BY_NUMBER.set(fd, fresh);
        return fresh;
    }

    private static OpenFile[] retiredWith(OpenFile more) {
        OpenFile[] all = Arrays.copyOf(retired, retired.length + 1);
        int n = 0;
        for (OpenFile file : retired) {
            if (file.unfinished > 0) {
                all[n++] = file;
            }
        }
        all[n++] = more;
        return Arrays.copyOf(all, n);
    }

    /** Cancels what a dead queue has unfinished, also on files whose number is another's by now. Allocates nothing. */
    static void cancelAllOf(Queue dying) {
        for (int fd = 0; fd < BY_NUMBER.limit(); fd++) {
            OpenFile file = get(fd);
            if (file != null && file.unfinished > 0) {
                AioCancel.abandon(file, dying);
            }
        }
        // after the table: what was replaced meanwhile is there
        for (OpenFile file : retired) {
            AioCancel.abandon(file, dying);
        }
    }
}
