package org.sigkevent.aio;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Member;
import org.sigkevent.core.Queue;
import org.sigkevent.engine.Engine;
import org.sigkevent.sys.Descriptions;
import org.sigkevent.sys.Duplicates;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.FileId;
import org.sigkevent.sys.GrowingTable;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.PerThread;
import org.sigkevent.sys.Syscalls;

/**
 * What the library knows about one open file: its kind, what was learned about it, and its unfinished requests in call order.
 *
 * <p><b>By number.</b> {@link #known} takes no lock and allocates nothing; it says what stood under a descriptor's number when somebody
 * looked last. {@link #verified} looks again and replaces the state of a number that was given to another file, while the old
 * state lives on with its requests.
 *
 * <p><b>Three lines</b>: reads, writes, syncs. Where order matters (both directions of a stream, writes to an O_APPEND file)
 * only the first of a line is with the kernel and the others are QUEUED; elsewhere all are with the kernel. A sync is QUEUED while
 * a read or write with a smaller number is unfinished. So a request that leaves finds what it sets free at the head of its own
 * line and at the head of the syncs.
 *
 * <p><b>Holding the file.</b> The number under which a request was made can become another file's while the request is unfinished,
 * and no look at it stays true until the call that follows. So whatever the library itself does later is done on a file that is
 * held ({@link #hold}) since the request was made: a request that is QUEUED, one that may take several operations, a sync, and on
 * an engine that performs file operations on helper threads each. On a file that can seek the request has a place in its ring's
 * table of fixed files, where the engine has one; elsewhere the requests share a duplicate, which is closed with the last of them, so
 * that the other end of a stream sees its end in time. A single operation that the kernel has at once is held by the kernel. Should
 * it have to be made again (the end of its thread has ended it), a duplicate is made then and asked whether it is of that file
 * ({@link Duplicates#of}); if not, the request ends with what it has done, or ECANCELED, as close(2) allows. POSIX locks of
 * the process stay: see {@link Duplicates}.
 *
 * <p>Everything that is not final or volatile is guarded by {@link #lock}, a source's own lock in the order of
 * {@link org.sigkevent.core.Queue}. System calls are made under it (an attempt on a socket, a duplicate, a cancellation), so it is
 * one that lets others sleep. The table of files is written under the class's own.
 */
final class OpenFile {
    /** Reads, writes, syncs. */
    private static final int LINES = 3;

    private static final Set<String> WHOLES =
            Set.of("anon_inode:[eventfd]", "anon_inode:[timerfd]", "anon_inode:[signalfd]");

    /** From {@link #hold}: nothing was done, the number means another open file. */
    static final int OTHER = 1;

    private static final AtomicIntegerFieldUpdater<OpenFile> UNFINISHED =
            AtomicIntegerFieldUpdater.newUpdater(OpenFile.class, "unfinished");

    private static final GrowingTable<OpenFile> BY_NUMBER = new GrowingTable<>();

    /** States without a number that still have unfinished requests. Replaced, and never changed. */
    private static volatile OpenFile[] retired = {};

    /** What a thread saw last under a number. */
    private static final PerThread<FileId> SEEN = new PerThread<>(FileId::new);

    final int fd;
    private final FileId identity = new FileId();

    /** One of those of {@link AioTransfer}. */
    final byte kind;

    /**
     * Whether it is a message queue. What is read of one is its status, without waiting; but io_uring waits for a message first.
     */
    final boolean messageQueue;

    final ReentrantLock lock = new ReentrantLock();

    final InlineAttempts attempts;

    /** Whether O_APPEND was set when a write last went through the lines. */
    volatile boolean append;

    /** How many requests are in the lines; read without the lock by those who want to go past them. */
    volatile int unfinished;

    /** The batch (lio_listio) for which this was compared with the number last. */
    long comparedFor;

    /** The batch for which the status flags were looked up last. */
    private long flagsFor;

    /** The batch that has held a request of this file since one left it; 0 for none. Written under the lock. */
    long heldFor;

    private final Line reads = new Line();
    private final Line writes = new Line();
    private final Line syncs = new Line();
    private long sequence;

    /** Whether another one stands, or will stand, under the number. */
    boolean left;

    private int duplicate = -1;
    private int holders;

    private OpenFile(int fd, FileId seen) {
        this.fd = fd;
        identity.set(seen);
        kind = kindOf(fd, seen.type());
        if (kind == AioTransfer.FILE) {
            identity.loadHandle(fd);
        }
        messageQueue = kind == AioTransfer.FILE && Linux.isMessageQueue(fd);
        attempts = new InlineAttempts(fd);
    }

    private static byte kindOf(int fd, int type) {
        return switch (type) {
            case Linux.S_IFSOCK -> AioTransfer.SOCKET;
            case Linux.S_IFREG, Linux.S_IFBLK, Linux.S_IFDIR -> seeks(fd) ? AioTransfer.FILE : AioTransfer.STREAM;
            case Linux.S_IFCHR -> seeks(fd) ? AioTransfer.DEVICE : AioTransfer.STREAM;
            // a FIFO; eventfd and its kin have no type
            default -> AioTransfer.STREAM;
        };
    }

    private static boolean seeks(int fd) {
        return Native.C.syscall(Syscalls.LSEEK, fd, 0, Linux.SEEK_CUR) >= 0 || Native.errno() != Errnos.ESPIPE;
    }

    // ---- by number

    /** The file as it was known last, or null. */
    static @Nullable OpenFile known(int fd) {
        return BY_NUMBER.get(fd);
    }

    /** The file that is open under the number now; null when none is. */
    static @Nullable OpenFile verified(int fd) {
        FileId seen = SEEN.get();
        if (seen.load(fd) != 0) {
            return null;
        }
        OpenFile known = known(fd);
        return known != null && known.identity.same(seen, fd) ? known : replace(fd, seen);
    }

    /**
     * As {@link #verified(int)}; for a write it is found out whether it is appended.
     *
     * @param batch a batch for which one look at each file is enough, or 0
     */
    static @Nullable OpenFile verified(int fd, boolean write, long batch) {
        OpenFile file = known(fd);
        if (batch == 0 || file == null || file.comparedFor != batch) {
            file = verified(fd);
            if (file == null) {
                return null;
            }
            file.comparedFor = batch;
        }
        boolean flagsCount = file.positional() && (write || file.attempts.direct());
        if (flagsCount && (batch == 0 || file.flagsFor != batch)) {
            int flags = Linux.statusFlags(fd);
            file.append = flags >= 0 && (flags & Linux.O_APPEND) != 0;
            file.attempts.flags(flags);
            file.flagsFor = batch;
        }
        return file;
    }

    /** The status flags under the number may be others than those that are known. */
    static void flagsMayDiffer(int fd) {
        OpenFile file = known(fd);
        if (file != null) {
            file.attempts.suspect();
        }
    }

    /** Status flags were set: under which numbers that open file stands, nobody knows. */
    static void flagsMayDiffer() {
        for (int fd = 0; fd < BY_NUMBER.limit(); fd++) {
            flagsMayDiffer(fd);
        }
    }

    private static synchronized OpenFile replace(int fd, FileId seen) {
        OpenFile known = known(fd);
        if (known != null && known.identity.same(seen, fd)) {
            return known;
        }
        OpenFile fresh = new OpenFile(fd, seen);
        BY_NUMBER.ensure(fd);
        if (known != null) {
            retire(known);
        }
        BY_NUMBER.set(fd, fresh);
        return fresh;
    }

    /** Before its number is another's: nothing is added any more, and what is unfinished of it can be found. */
    private static void retire(OpenFile file) {
        file.lock.lock();
        try {
            file.left = true;
        } finally {
            file.lock.unlock();
        }
        if (file.unfinished > 0) {
            OpenFile[] all = Arrays.copyOf(retired, retired.length + 1);
            int n = 0;
            for (OpenFile one : retired) {
                if (one.unfinished > 0) {
                    all[n++] = one;
                }
            }
            all[n++] = file;
            retired = Arrays.copyOf(all, n);
        }
    }

    /** Another open file stands under the number now than {@code stale}, though it may look the same. */
    static synchronized void forget(int fd, OpenFile stale) {
        if (known(fd) == stale) {
            retire(stale);
            BY_NUMBER.set(fd, null);
        }
    }

    /** The part of asynchronous I/O that lives in a queue and goes with it. */
    record Part(Queue queue) implements Member, Predicate<AioTransfer> {
        /** Cancels what the queue has unfinished, also on files whose number is another's by now. Allocates nothing. */
        @Override
        public void onClosing() {
            for (int fd = 0; fd < BY_NUMBER.limit(); fd++) {
                OpenFile file = known(fd);
                if (file != null && file.unfinished > 0) {
                    file.cancel(this, Integer.MAX_VALUE);
                }
            }
            // after the table: what was replaced meanwhile is there
            for (OpenFile file : retired) {
                file.cancel(this, Integer.MAX_VALUE);
            }
        }

        @Override
        public boolean test(AioTransfer t) {
            return t.queue == queue;
        }
    }

    /**
     * Cancels the unfinished requests that {@code which} says yes to; it is asked once for each.
     *
     * @return false, with nothing done, when there are more than {@code most}
     */
    boolean cancel(Predicate<AioTransfer> which, int most) {
        AioTransfer ended = null;
        lock.lock();
        try {
            for (int line = 0; unfinished <= most && line < LINES; line++) {
                for (AioTransfer t = first(line); t != null; t = t.behind) {
                    if (t.state.unfinished() && which.test(t) && t.cancel()) {
                        t.startNext = ended;
                        ended = t;
                    }
                }
            }
            return unfinished <= most;
        } finally {
            lock.unlock();
            AioTransfer.startAll(ended);
        }
    }

    // ---- what it is

    /** Whether a request has a place in the file. */
    boolean positional() {
        return kind <= AioTransfer.DEVICE;
    }

    /** Whether it is a character device, such as a terminal: its driver may block in a call that is not to. */
    boolean isDevice() {
        return identity.type() == Linux.S_IFCHR;
    }

    /** Whether a read or write of fewer bytes than the file counts in fails without waiting: an eventfd, a timerfd, a signalfd. */
    boolean countsInWholes() {
        return identity.type() == 0 && WHOLES.contains(Linux.nameOf(fd));
    }

    /** Whether what stands under the number now is this file (or another descriptor of it). */
    boolean stillThere() {
        return identity.isBehind(fd);
    }

    // ---- the lines: under the lock

    /** Whether a request of this direction is unfinished. */
    boolean busy(boolean write) {
        return !(write ? writes : reads).isEmpty();
    }

    private Line lineOf(AioTransfer t) {
        return t.syncs() ? syncs : t.writes() ? writes : reads;
    }

    /** The first of the reads (0), of the writes (1) or of the syncs (2); the others follow it. */
    private @Nullable AioTransfer first(int line) {
        return (line == 0 ? reads : line == 1 ? writes : syncs).first();
    }

    /** Whether a request that comes now may go to the kernel. */
    boolean free(AioTransfer t) {
        Line line = lineOf(t);
        if (line == syncs) {
            return reads.isEmpty() && writes.isEmpty();
        }
        boolean serial = !positional() || line == writes && append;
        return !serial || line.isEmpty();
    }

    /** Puts a request at the end of its line. */
    void add(AioTransfer t) {
        lineOf(t).addLast(t);
        t.sequence = ++sequence;
        // read without the lock by those who want to go past
        UNFINISHED.lazySet(this, unfinished + 1);
    }

    /** Takes a request out, if it is in: what is free to start now, chained. */
    @Nullable
    AioTransfer remove(AioTransfer t) {
        // perhaps the only one that was held
        heldFor = 0;
        Line line = lineOf(t);
        if (t.sequence != 0) {
            line.remove(t);
            t.sequence = 0;
            UNFINISHED.lazySet(this, unfinished - 1);
        }
        letGo(t);
        if (line == syncs) {
            return null;
        }
        AioTransfer head = line.first();
        AioTransfer free = head != null && head.takesTurn() ? head : null;
        long oldest = Math.min(sequenceOf(reads.first()), sequenceOf(writes.first()));
        for (AioTransfer s = syncs.first(); s != null && s.sequence < oldest; s = s.behind) {
            if (s.takesTurn()) {
                s.startNext = free;
                free = s;
            }
        }
        return free;
    }

    private static long sequenceOf(@Nullable AioTransfer first) {
        return first == null ? Long.MAX_VALUE : first.sequence;
    }

    // ---- holding it: under the lock

    /** Whether a request may need more than one operation, or one that is performed long after it was submitted, or is for what cannot be recognised. */
    boolean mayTakeLong(AioTransfer t, boolean asynchronous) {
        if (t.syncs() || !asynchronous || messageQueue || !identity.hasOwnInode()) {
            return true;
        }
        if (positional()) {
            return t.total > AioTransfer.MOST_READ_AT_ONCE;
        }
        return t.writes() && !(t.total <= Linux.PIPE_BUF && identity.type() == Linux.S_IFIFO);
    }

    /** Whether a request may be held back before it is submitted: one operation on a file that can seek, in no order with others. */
    boolean mayBeHeldBack(AioTransfer t) {
        boolean ordered = kind != AioTransfer.FILE || messageQueue || t.writes() && append;
        return !ordered && !mayTakeLong(t, true) && !reachesEnd(t);
    }

    /** A queue that holds requests of this file back; null when none does. */
    @Nullable
    Queue holdsBackFor() {
        if (unfinished == 0) {
            return null;
        }
        lock.lock();
        try {
            for (int line = 0; line < LINES; line++) {
                for (AioTransfer t = first(line); t != null; t = t.behind) {
                    if (t.state.phase() == AioState.HELD) {
                        return t.queue;
                    }
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a request will find the file's end, as far as is known: then a second operation tells that it is the end. */
    boolean reachesEnd(AioTransfer t) {
        return identity.type() == Linux.S_IFREG && !t.writes() && t.total > identity.size - t.position;
    }

    /**
     * From here on the request is for the file that is open under the number now, and for no other.
     *
     * @return 0; {@link #OTHER}: the number is not this file's any more; or an errno negated. With nothing done
     */
    int hold(AioTransfer t) {
        Engine engine = t.queue().engine();
        if (positional() && engine.asynchronous && !messageQueue) {
            int place = engine.holdFile(fd);
            if (place < 0) {
                return place;
            }
            t.fixed = true;
            t.fd = place;
            return 0;
        }
        return holders > 0 && !isHeldUnder(fd) ? OTHER : share(t);
    }

    /** Whether the duplicate is of what is open under the number. Where several have one inode the kernel must say so. */
    private boolean isHeldUnder(int number) {
        return Descriptions.certainlySame(duplicate, number)
                || identity.hasOwnInode() && identity.isBehind(number) && Descriptions.same(duplicate, number);
    }

    private int share(AioTransfer t) {
        if (holders == 0) {
            int made = Duplicates.of(identity, fd);
            if (made < 0) {
                return made == -Errnos.EBADF ? OTHER : made;
            }
            duplicate = made;
        }
        holders++;
        t.holds = true;
        t.fd = duplicate;
        return 0;
    }

    /** Holds the file for a request that has been on its way without: false when the number has become another file's. */
    boolean holdAgain(AioTransfer t) {
        lock.lock();
        try {
            return share(t) == 0;
        } finally {
            lock.unlock();
        }
    }

    private void letGo(AioTransfer t) {
        if (t.fixed) {
            t.fixed = false;
            t.queue().engine().letGoOfFile(t.fd, fd);
        }
        if (t.holds) {
            t.holds = false;
            if (--holders == 0) {
                Duplicates.close(duplicate, fd, messageQueue);
            }
        }
    }

    /** A helper has done the last of the request: lets go of the file in its thread, since a close can take long. */
    void performed(AioTransfer t) {
        int last = -1;
        lock.lock();
        try {
            if (t.holds) {
                t.holds = false;
                last = --holders == 0 ? duplicate : -1;
            }
        } finally {
            lock.unlock();
        }
        if (last >= 0) {
            Duplicates.close(last, fd, messageQueue);
        }
    }

    @Override
    public String toString() {
        return "descriptor " + fd + " [kind " + kind + ", unfinished " + unfinished + "]";
    }
}
