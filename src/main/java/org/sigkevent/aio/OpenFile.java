package org.sigkevent.aio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Queue;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.ShortLock;

/**
 * What the library knows about one open file: its kind, what was learned about it, and its unfinished requests in call order.
 *
 * <p><b>Three lists</b>: reads, writes, syncs. Where order matters (both directions of a stream, writes to an O_APPEND file)
 * only the first of a list is with the kernel and the others are {@code queued}; elsewhere all are with the kernel. A sync
 * is queued while a read or write with a smaller number is unfinished. So whoever leaves finds what it sets free at the
 * head of its own list and at the head of the syncs.
 *
 * <p><b>The duplicate.</b> A request that may need the descriptor after the call that made it (it is queued, or its write may
 * be cut short) must not be turned to another file when the program closes the number. On streams such requests share one
 * duplicate, which is closed with the last of them, so that the other end sees the end of the stream in time. Files get none:
 * closing any descriptor of a file drops the process's record locks on it (fcntl(2)), which are the program's. There
 * the identity of what stands under the number is compared again, and a request whose file is gone ends with ECANCELED, as
 * close(2) allows.
 *
 * <p>Everything that is not final or volatile is guarded by {@link #lock}, a source's own lock in the order of
 * {@link org.sigkevent.core.Queue}.
 */
final class OpenFile {
    /** Regular files and block devices: a place in the file, and reads go on until the end of the file. */
    static final int FILE = 0;
    /** Character devices that can seek. */
    static final int DEVICE = 1;
    /** Pipes, FIFOs, terminals, and whatever else cannot seek. */
    static final int STREAM = 2;

    static final int SOCKET = 3;

    private static final int LSEEK = Native.X86_64 ? 8 : 62;
    private static final int SEEK_CUR = 1;

    private static final VarHandle UNFINISHED;

    static {
        try {
            UNFINISHED = MethodHandles.lookup().findVarHandle(OpenFile.class, "unfinished", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    final int fd;
    final FileId identity;
    final int kind;
    final ShortLock lock = new ShortLock();

    /** RWF_NOWAIT is not for this file: not asked again. */
    volatile boolean noInlineReads;

    volatile boolean noInlineWrites;

    /** Whether O_APPEND was set when a write last went through the lists. */
    volatile boolean append;

    /** How many requests are in the lists; read without the lock by those who want to go past them. */
    volatile int unfinished;

    /** The list of requests ({@link AioRequest#submitList}) for which this was compared with the number last. */
    long comparedFor;

    /** The list for which {@link #append} was looked up last. */
    long appendFor;

    private final Line reads = new Line();
    private final Line writes = new Line();
    private final Line syncs = new Line();
    private long sequence;
    private int duplicate = -1;
    private int holders;

    /** The queue of all unfinished requests; null when they are of several. */
    private @Nullable Queue only;

    /** Whether a request has been queued while there were unfinished ones of several queues. */
    private boolean crossed;

    /** Requests in call order, linked through themselves. */
    private static final class Line {
        @Nullable
        AioRequest first;

        @Nullable
        AioRequest last;

        void add(AioRequest r) {
            r.next = null;
            r.previous = last;
            if (last == null) {
                first = r;
            } else {
                last.next = r;
            }
            last = r;
        }

        void remove(AioRequest r) {
            if (r.previous == null) {
                first = r.next;
            } else {
                r.previous.next = r.next;
            }
            if (r.next == null) {
                last = r.previous;
            } else {
                r.next.previous = r.previous;
            }
            r.previous = null;
            r.next = null;
        }
    }

    OpenFile(int fd, FileId identity) {
        this.fd = fd;
        this.identity = identity;
        this.kind = kindOf(fd, identity.type());
    }

    private static int kindOf(int fd, int type) {
        switch (type) {
            case Linux.S_IFSOCK:
                return SOCKET;
            case Linux.S_IFIFO:
                return STREAM;
            case Linux.S_IFREG:
            case Linux.S_IFBLK:
            case Linux.S_IFDIR:
                return seeks(fd) ? FILE : STREAM;
            case Linux.S_IFCHR:
                return seeks(fd) ? DEVICE : STREAM;
            default:
                return STREAM; // eventfd and its kin have no type
        }
    }

    private static boolean seeks(int fd) {
        return Native.C.syscall(LSEEK, fd, 0, SEEK_CUR) >= 0 || Native.errno() != Errnos.ESPIPE;
    }

    /** Whether a request has a place in the file. */
    boolean positional() {
        return kind <= DEVICE;
    }

    /** Whether what stands under the number now is still this file (or another descriptor of it). */
    boolean stillThere() {
        return OpenFiles.look(fd) == 0 && identity.same(OpenFiles.seen());
    }

    /** Whether RWF_NOWAIT has a chance and nothing would be overtaken. */
    boolean inlineFor(boolean write) {
        return write ? !noInlineWrites && !append : !noInlineReads;
    }

    /** Whether requests of this direction are served one after the other. */
    private boolean serial(boolean write) {
        return kind >= STREAM || write && append;
    }

    /** Whether a request of this direction is unfinished. Under the lock. */
    boolean busy(boolean write) {
        return (write ? writes : reads).first != null;
    }

    private Line lineOf(AioRequest r) {
        return r.syncs() ? syncs : r.writes() ? writes : reads;
    }

    /** Puts a request at the end of its line; it is {@code queued} unless it may go to the kernel at once. Under the lock. */
    void enter(AioRequest r) {
        if (unfinished == 0) {
            only = r.queue();
            crossed = false;
        } else if (only != r.queue()) {
            only = null;
        }
        Line line = lineOf(r);
        line.add(r);
        r.sequence = ++sequence;
        r.queued = line == syncs ? oldest() < r.sequence : serial(line == writes) && line.first != r;
        UNFINISHED.setRelease(this, unfinished + 1); // of what else it needs AioRequest.enter sees to
    }

    /**
     * Whether a request of one queue may wait here for one of another, which whoever waits for the first does not drive. Called
     * for each request that enters; those that are here already are told when it begins. Under the lock.
     */
    boolean crossedBy(AioRequest r) {
        if (r.queued && only == null && !crossed) {
            crossed = true;
            forEach(other -> {
                if (other != r) {
                    other.stepsFromNowOn();
                }
            });
        }
        return crossed;
    }

    boolean crossed() {
        return crossed;
    }

    /**
     * Takes a request out. Under the lock.
     *
     * @return requests that were queued and are free to start now, chained by {@code startNext}; the caller starts them
     */
    @Nullable
    AioRequest leave(AioRequest r) {
        Line line = lineOf(r);
        line.remove(r);
        UNFINISHED.setRelease(this, unfinished - 1);
        AioRequest free = null;
        if (line != syncs) {
            AioRequest head = line.first;
            if (head != null && head.queued) {
                head.queued = false;
                free = head;
            }
            long oldest = oldest();
            for (AioRequest s = syncs.first; s != null && s.sequence < oldest; s = s.next) {
                if (s.queued) {
                    s.queued = false;
                    free = AioRequest.chain(free, s);
                }
            }
        }
        return free;
    }

    private long oldest() {
        long read = reads.first == null ? Long.MAX_VALUE : reads.first.sequence;
        long write = writes.first == null ? Long.MAX_VALUE : writes.first.sequence;
        return Math.min(read, write);
    }

    /** Calls {@code visitor} for every unfinished request; it may not change the lists. Under the lock. */
    void forEach(java.util.function.Consumer<AioRequest> visitor) {
        for (Line line : new Line[] {reads, writes, syncs}) {
            for (AioRequest r = line.first; r != null; r = r.next) {
                visitor.accept(r);
            }
        }
    }

    /** One more request depends on the duplicate: its number, or the errno negated. Under the lock. */
    int hold() {
        if (holders == 0) {
            int made = Linux.duplicate(fd, 0);
            if (made < 0) {
                return made;
            }
            duplicate = made;
        }
        holders++;
        return duplicate;
    }

    /** One fewer: the number to close after the lock is released, or -1. Under the lock. */
    int letGo() {
        if (--holders > 0) {
            return -1;
        }
        int close = duplicate;
        duplicate = -1;
        return close;
    }

    @Override
    public String toString() {
        return "descriptor " + fd + " [kind " + kind + ", unfinished " + unfinished + "]";
    }
}
