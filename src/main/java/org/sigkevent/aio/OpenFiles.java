package org.sigkevent.aio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.Linux;

/**
 * The open files by descriptor number. A look-up takes no lock and allocates nothing; it says what stood under the number
 * when somebody looked last. {@link #verified} looks again and replaces the state of a number that was given to another file,
 * while the old state lives on with its requests.
 */
final class OpenFiles {
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(OpenFile[].class);

    /** Grown, and its slots written, under the class's lock; slots are read with acquire semantics. */
    private static volatile OpenFile[] byNumber = new OpenFile[256];

    /** States without a number that still have unfinished requests. Under the class's lock. */
    private static final List<OpenFile> retired = new ArrayList<>();

    /** What a thread saw last under a number. */
    private static final ThreadLocal<FileId> SEEN = ThreadLocal.withInitial(FileId::new);

    private OpenFiles() {}

    /** The file as it was known last, or null. */
    static @Nullable OpenFile get(int fd) {
        OpenFile[] table = byNumber;
        return fd >= 0 && fd < table.length ? (OpenFile) SLOT.getAcquire(table, fd) : null;
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

    /** As {@link #verified}, and says whether writes are appended. */
    static @Nullable OpenFile verifiedForWriting(int fd) {
        OpenFile file = verified(fd);
        if (file != null && file.positional()) {
            int flags = Linux.statusFlags(fd);
            file.append = flags >= 0 && (flags & Linux.O_APPEND) != 0;
        }
        return file;
    }

    private static synchronized OpenFile replace(int fd, FileId seen) {
        OpenFile known = get(fd);
        if (known != null && known.identity.same(seen)) {
            return known;
        }
        retired.removeIf(f -> f.unfinished == 0);
        if (known != null && known.unfinished > 0) {
            retired.add(known);
        }
        OpenFile[] table = byNumber;
        if (fd >= table.length) {
            OpenFile[] longer = new OpenFile[Math.max(fd + 1, 2 * table.length)];
            System.arraycopy(table, 0, longer, 0, table.length);
            byNumber = longer;
            table = longer;
        }
        FileId identity = new FileId();
        identity.mode = seen.mode;
        identity.inode = seen.inode;
        identity.device = seen.device;
        OpenFile fresh = new OpenFile(fd, identity);
        SLOT.setRelease(table, fd, fresh);
        return fresh;
    }

    /** Every file with unfinished requests, also those whose number is another's by now. */
    static void forEachBusy(Consumer<OpenFile> visitor) {
        List<OpenFile> busy = new ArrayList<>();
        synchronized (OpenFiles.class) {
            for (OpenFile file : byNumber) {
                if (file != null && file.unfinished > 0) {
                    busy.add(file);
                }
            }
            busy.addAll(retired);
        }
        busy.forEach(visitor);
    }
}
