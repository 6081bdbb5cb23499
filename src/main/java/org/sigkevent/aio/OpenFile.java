package org.sigkevent.aio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Fields;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.IntrusiveList;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Syscalls;

/**
 * What the library knows about one open file: its kind, what was learned about it, and its unfinished requests in call order.
 *
 * <p><b>Three lines</b>: reads, writes, syncs. Where order matters (both directions of a stream, writes to an O_APPEND file)
 * only the first of a line is with the kernel and the others are QUEUED; elsewhere all are with the kernel. A sync is QUEUED while
 * a read or write with a smaller number is unfinished. So a request that leaves finds what it sets free at the head of its own
 * line and at the head of the syncs.
 *
 * <p><b>The duplicate.</b> A request that may need the descriptor after the call that made it (it is QUEUED, or its write may
 * be cut short) must not be turned to another file when the program closes the number. On streams such requests share one
 * duplicate, which is closed with the last of them, so that the other end sees the end of the stream in time. Files get none:
 * closing any descriptor of a file drops the process's record locks on it (fcntl(2)), which are the program's. There
 * the identity of what stands under the number is compared again, and a request whose file is gone ends with ECANCELED, as
 * close(2) allows.
 *
 * <p>Everything that is not final or volatile is guarded by {@link #lock}, a source's own lock in the order of
 * {@link org.sigkevent.core.Queue}. System calls are made under it (an attempt on a socket, a duplicate, a cancellation), so it is
 * one that lets others sleep. What is done to the lines can be done again after an Error: each step either has happened or has not.
 */
final class OpenFile {
    /** Regular files and block devices: a place in the file, and reads go on until the end of the file. */
    static final int FILE = 0;
    /** Character devices that can seek. */
    static final int DEVICE = 1;
    /** Pipes, FIFOs, terminals, and whatever else cannot seek. */
    static final int STREAM = 2;

    static final int SOCKET = 3;

    private static final VarHandle UNFINISHED = Fields.handle(MethodHandles.lookup(), "unfinished", int.class);

    final int fd;
    final FileId identity;
    final int kind;
    final ReentrantLock lock = new ReentrantLock();

    /** RWF_NOWAIT is not for this file: not asked again. */
    private volatile boolean noInlineReads;

    private volatile boolean noInlineWrites;

    /** Whether O_APPEND was set when a write last went through the lines. */
    volatile boolean append;

    /** How many requests are in the lines; read without the lock by those who want to go past them. */
    volatile int unfinished;

    /** The batch ({@link ListIo}) for which this was compared with the number last. */
    long comparedFor;

    /** The batch for which {@link #append} was looked up last. */
    long appendFor;

    private final IntrusiveList<AioRequest> reads = new IntrusiveList<>();
    private final IntrusiveList<AioRequest> writes = new IntrusiveList<>();
    private final IntrusiveList<AioRequest> syncs = new IntrusiveList<>();
    private long sequence;
    private int duplicate = -1;
    private int holders;

    OpenFile(int fd, FileId identity) {
        this.fd = fd;
        this.identity = identity;
        this.kind = kindOf(fd, identity.type());
    }

    private static int kindOf(int fd, int type) {
        switch (type) {
            case Linux.S_IFSOCK:
                return SOCKET;
            case Linux.S_IFREG:
            case Linux.S_IFBLK:
            case Linux.S_IFDIR:
                return seeks(fd) ? FILE : STREAM;
            case Linux.S_IFCHR:
                return seeks(fd) ? DEVICE : STREAM;
            default:
                // a FIFO; eventfd and its kin have no type
                return STREAM;
        }
    }

    private static boolean seeks(int fd) {
        return Native.C.syscall(Syscalls.LSEEK, fd, 0, Linux.SEEK_CUR) >= 0 || Native.errno() != Errnos.ESPIPE;
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

    void noInline(boolean write) {
        if (write) {
            noInlineWrites = true;
        } else {
            noInlineReads = true;
        }
    }

    // ---- the lines: under the lock

    /** Whether a request of this direction is unfinished. */
    boolean busy(boolean write) {
        return !(write ? writes : reads).isEmpty();
    }

    private IntrusiveList<AioRequest> lineOf(AioRequest r) {
        return r.transfer.syncs() ? syncs : r.transfer.writes() ? writes : reads;
    }

    /** Whether a request that comes now may go to the kernel. */
    boolean free(AioRequest r) {
        IntrusiveList<AioRequest> line = lineOf(r);
        if (line == syncs) {
            return reads.isEmpty() && writes.isEmpty();
        }
        boolean serial = kind >= STREAM || line == writes && append;
        return !serial || line.isEmpty();
    }

    /** Puts a request at the end of its line. */
    void add(AioRequest r) {
        lineOf(r).addLast(r.link);
        r.sequence = ++sequence;
        // read without the lock by those who want to go past
        UNFINISHED.setRelease(this, unfinished + 1);
    }

    /** Takes a request out, if it is in, and chains what is free to start now to {@link AioRequest#freed}. */
    void remove(AioRequest r) {
        IntrusiveList<AioRequest> line = lineOf(r);
        if (line.remove(r.link)) {
            UNFINISHED.setRelease(this, unfinished - 1);
        }
        if (line == syncs) {
            return;
        }
        AioRequest head = line.first();
        if (head != null && head.takesTurn()) {
            head.startNext = r.freed;
            r.freed = head;
        }
        long oldest = Math.min(sequenceOf(reads.first()), sequenceOf(writes.first()));
        for (AioRequest s = syncs.first(); s != null && s.sequence < oldest; s = s.link.following()) {
            if (s.takesTurn()) {
                s.startNext = r.freed;
                r.freed = s;
            }
        }
    }

    private static long sequenceOf(@Nullable AioRequest first) {
        return first == null ? Long.MAX_VALUE : first.sequence;
    }

    /** The first of the reads (0), of the writes (1) or of the syncs (2); the others follow it. */
    @Nullable
    AioRequest first(int line) {
        return (line == 0 ? reads : line == 1 ? writes : syncs).first();
    }

    /** One more request depends on the duplicate: its number, or the errno negated. */
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

    /** One fewer. */
    void letGo() {
        if (holders == 1) {
            Linux.close(duplicate);
        }
        holders--;
    }

    @Override
    public String toString() {
        return "descriptor " + fd + " [kind " + kind + ", unfinished " + unfinished + "]";
    }
}
