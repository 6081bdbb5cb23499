package org.sigkevent.engine;

import static org.sigkevent.engine.UringLayout.*;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;

/**
 * The engine on io_uring: raw system calls and the mapped rings.
 *
 * <p><b>Submitting.</b> Under {@link #submitting} a thread draws a ticket for each operation, fills entries, publishes the
 * submission tail and enters the kernel, all before it lets the lock go: so the thread that asks for an operation is the one
 * that the kernel ties it to ({@link Op#submitterEnded}). The submission ring is empty whenever the lock is free. What the
 * kernel refuses to take is rolled back.
 *
 * <p><b>Reaping.</b> Under the reaping right ({@link AbstractEngine}). The completion head moves on before a completion is
 * handled, so what it does may submit again. The order of the two locks: reaping, then submitting.
 *
 * <p><b>Waking.</b> A wake is a NOP: its completion ends the leader's sleep, and because nobody else reaps while there is a
 * leader, it cannot be taken away before the leader has gone to sleep.
 *
 * <p><b>Set up</b> without COOP_TASKRUN, DEFER_TASKRUN and SINGLE_ISSUER: any thread may submit and reap, and a submitter that
 * computes does not hold its completions back until its next system call (measured: 1 ms instead of 84 µs). Completions
 * that do not fit their ring are kept by the kernel (NODROP) and fetched with an enter that asks for events; without that
 * they would never move.
 */
public final class IoUring extends AbstractEngine {
    private static final int COMPLETIONS = 4096;
    private static final int WORKERS = 64;

    /** The most completions that are read together. */
    private static final int AT_ONCE = 32;

    /** Completions that no operation waits for; tickets are never negative. */
    private static final long WAKE = -1;

    private static final long CANCELLATION = -2;

    private static final int ARGUMENT_SIZE = 24;

    /** The operations by the names that the system property {@code sigkevent.io_uring.without} takes. */
    private static final Map<String, Integer> NAMES = new TreeMap<>(Map.ofEntries(
            Map.entry("nop", OP_NOP),
            Map.entry("read", OP_READ),
            Map.entry("write", OP_WRITE),
            Map.entry("readv", OP_READV),
            Map.entry("writev", OP_WRITEV),
            Map.entry("fsync", OP_FSYNC),
            Map.entry("poll", OP_POLL_ADD),
            Map.entry("recv", OP_RECV),
            Map.entry("send", OP_SEND),
            Map.entry("accept", OP_ACCEPT),
            Map.entry("connect", OP_CONNECT),
            Map.entry("futex", OP_FUTEX_WAIT),
            Map.entry("waitid", OP_WAITID),
            Map.entry("sync_file_range", OP_SYNC_FILE_RANGE)));

    /** Without one of these there is no engine; what else is missing is done by helpers. */
    private static final List<String> ESSENTIAL =
            List.of("nop", "read", "write", "readv", "writev", "fsync", "poll", "recv", "send");

    private final int fd;
    private final UringMemory memory;
    private final int sqMask;
    private final int cqMask;
    private final ReentrantLock submitting = new ReentrantLock();

    /** The leader's io_uring_getevents_arg and timespec. */
    private final ByteBuffer argument = Memory.allocate(ARGUMENT_SIZE + 16);

    private final long argumentAddress = Memory.address(argument);

    /** Which operations the kernel knows, a bit for each. */
    private long known;

    private int sqTail;

    // under the reaping right
    private int cqHead;
    private final long[] foundTickets = new long[AT_ONCE];
    private final int[] foundResults = new int[AT_ONCE];
    private final boolean[] foundMore = new boolean[AT_ONCE];
    private final Op[] foundOps = new Op[AT_ONCE];
    private boolean absoluteTimeouts = true;
    private volatile long enters;
    private volatile long sleeps;

    private IoUring(int fd, UringMemory memory) {
        this.fd = fd;
        this.memory = memory;
        sqMask = memory.submissions - 1;
        cqMask = memory.completions - 1;
    }

    /**
     * Sets up an io_uring with room for {@code entries} submissions at once.
     *
     * @throws ErrnoException EPERM or ENOSYS (refused or too old), ENOMEM, EMFILE, ENFILE; in words, with what to do about it
     */
    public static IoUring create(int entries) {
        ByteBuffer params = Memory.allocate(PARAMS_SIZE);
        int fd = setup(params, entries, SETUP_NO_SQARRAY);
        if (fd == -Errnos.EINVAL) { // before Linux 6.6
            fd = setup(params, entries, 0);
        }
        if (fd < 0) {
            throw new ErrnoException(-fd, whyNot(-fd));
        }
        int features = params.getInt(PARAMS_FEATURES);
        int needed = FEAT_SINGLE_MMAP | FEAT_NODROP | FEAT_EXT_ARG;
        if ((features & needed) != needed) {
            Linux.close(fd);
            throw new ErrnoException(Errnos.ENOSYS, "io_uring of this kernel is too old: Linux 5.11 is needed");
        }
        try {
            IoUring engine = new IoUring(fd, new UringMemory(fd, params));
            engine.limitWorkers();
            engine.probe();
            engine.checkEssentials();
            return engine;
        } catch (RuntimeException | Error refused) {
            Linux.close(fd);
            throw refused;
        }
    }

    private static int setup(ByteBuffer params, int entries, int flags) {
        for (int i = 0; i < PARAMS_SIZE; i += 8) {
            params.putLong(i, 0);
        }
        params.putInt(PARAMS_FLAGS, SETUP_CQSIZE | SETUP_CLAMP | flags);
        params.putInt(PARAMS_CQ_ENTRIES, COMPLETIONS);
        int fd = Linux.ioUringSetup(entries, Memory.address(params));
        Reference.reachabilityFence(params);
        return fd;
    }

    private static String whyNot(int errno) {
        String what = "io_uring_setup: " + Errnos.name(errno) + " (" + Errnos.text(errno) + ")";
        if (errno == Errnos.EPERM || errno == Errnos.EACCES) {
            return what
                    + ": io_uring is refused here, by a seccomp profile (Docker's and Kubernetes' default ones do) or by"
                    + " /proc/sys/kernel/io_uring_disabled, which is " + disabled();
        }
        if (errno == Errnos.ENOSYS) {
            return what + ": this kernel, or what stands between it and this process, has no io_uring";
        }
        if (errno == Errnos.ENOMEM) {
            return what + ": not enough memory, or locked memory (ulimit -l) on kernels before 5.12";
        }
        if (errno == Errnos.EMFILE || errno == Errnos.ENFILE) {
            return what + ": no free descriptor (ulimit -n): a queue needs two";
        }
        return what;
    }

    private static String disabled() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/io_uring_disabled"))
                    .trim();
        } catch (IOException unknown) {
            return "not there";
        }
    }

    /** Blocking file operations run on workers of the kernel: bounded, so that many slow ones do not become as many threads. */
    private void limitWorkers() {
        argument.putInt(0, WORKERS);
        argument.putInt(4, WORKERS);
        Linux.ioUringRegister(
                fd, REGISTER_IOWQ_MAX_WORKERS, argumentAddress, 2); // before Linux 5.15: EINVAL, unlimited
    }

    private void probe() {
        ByteBuffer probe = Memory.allocate(PROBE_SIZE);
        if (Linux.ioUringRegister(fd, REGISTER_PROBE, Memory.address(probe), PROBE_OPS) < 0) {
            return;
        }
        int n = Math.min(PROBE_OPS, probe.get(1) & 0xff);
        for (int i = 0; i < n; i++) {
            if ((probe.getShort(16 + 8 * i + 2) & PROBE_SUPPORTED) != 0) {
                known |= 1L << probe.get(16 + 8 * i);
            }
        }
    }

    /**
     * The operations, a bit for each, that are to be left alone, as if the kernel did not have them.
     *
     * @throws ErrnoException EINVAL: the system property names what is none
     */
    static long leftAlone() {
        long bits = 0;
        for (String name : System.getProperty("sigkevent.io_uring.without", "").split(",", -1)) {
            Integer opcode = NAMES.get(name.trim());
            if (opcode != null) {
                bits |= 1L << opcode;
            } else if (!name.isBlank()) {
                throw new ErrnoException(
                        Errnos.EINVAL,
                        "the system property sigkevent.io_uring.without has \"" + name.trim() + "\", which is none of "
                                + NAMES.keySet());
            }
        }
        return bits;
    }

    private void checkEssentials() {
        known &= ~leftAlone();
        for (String name : ESSENTIAL) {
            if ((known >>> Objects.requireNonNull(NAMES.get(name)) & 1) == 0) {
                throw new ErrnoException(
                        Errnos.ENOSYS, "io_uring has no operation " + name + " here, which every queue needs");
            }
        }
    }

    @Override
    public boolean asynchronous() {
        return true;
    }

    @Override
    public boolean supports(int code) {
        return (known >>> opcode(code) & 1) != 0;
    }

    @Override
    public String name() {
        return "io_uring";
    }

    // ---- submitting

    @Override
    public int submit(Op op) {
        submitting.lock();
        try {
            if (refusing) {
                return -Errnos.EBADF;
            }
            tickets.draw(op);
            fill(op);
            int taken = enter(1);
            if (taken == 1) {
                return 0;
            }
            takeBack(op);
            return taken == 0 ? -Errnos.EAGAIN : taken;
        } finally {
            submitting.unlock();
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public int submit(Op[] ops, int count) {
        submitting.lock();
        try {
            int done = 0;
            while (done < count && !refusing) {
                int chunk = Math.min(count - done, memory.submissions);
                tickets.draw(ops, done, chunk);
                for (int i = 0; i < chunk; i++) {
                    fill(ops[done + i]);
                }
                int taken = Math.max(0, enter(chunk));
                for (int i = taken; i < chunk; i++) {
                    takeBack(ops[done + i]);
                }
                done += taken;
                if (taken < chunk) {
                    break;
                }
            }
            return done;
        } finally {
            submitting.unlock();
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void cancel(Op op) {
        submitting.lock();
        try {
            while (!closed && tickets.holder(op.ticket) == op) {
                int at = entry();
                memory.entries.put(at + SQE_OPCODE, (byte) OP_ASYNC_CANCEL);
                memory.entries.putInt(at + SQE_FD, -1);
                memory.entries.putLong(at + SQE_ADDR, op.ticket);
                memory.entries.putLong(at + SQE_USER_DATA, CANCELLATION);
                int rc = enter(1);
                if (rc != -Errnos.EAGAIN && rc != -Errnos.ENOMEM) {
                    return;
                }
                Thread.yield(); // a cancellation that is lost could leave the queue's end waiting for ever
            }
        } finally {
            submitting.unlock();
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void wake() {
        submitting.lock();
        try {
            while (!closed) {
                int at = entry();
                memory.entries.put(at + SQE_OPCODE, (byte) OP_NOP);
                memory.entries.putInt(at + SQE_FD, -1);
                memory.entries.putLong(at + SQE_USER_DATA, WAKE);
                int rc = enter(1);
                if (rc != -Errnos.EAGAIN && rc != -Errnos.ENOMEM) {
                    return;
                }
                Thread.yield(); // no memory for a NOP: there is nothing better to do than to try again
            }
        } finally {
            submitting.unlock();
            Reference.reachabilityFence(this);
        }
    }

    /** A zeroed entry at the tail: its offset. */
    private int entry() {
        int at = (sqTail++ & sqMask) * SQE_SIZE;
        ByteBuffer e = memory.entries;
        for (int i = 0; i < SQE_SIZE; i += 8) {
            e.putLong(at + i, 0);
        }
        return at;
    }

    private void fill(Op op) {
        int at = entry();
        ByteBuffer e = memory.entries;
        op.submitter = Thread.currentThread();
        e.put(at + SQE_OPCODE, (byte) opcode(op.code));
        e.put(at + SQE_FLAGS, (byte) (op.offload ? IOSQE_ASYNC : 0));
        e.putShort(at + SQE_IOPRIO, (short) op.ioprio);
        e.putInt(at + SQE_FD, op.fd);
        e.putLong(at + SQE_OFF, op.offset);
        e.putLong(at + SQE_ADDR, op.address);
        e.putInt(at + SQE_LEN, op.length);
        e.putInt(at + SQE_OP_FLAGS, op.flags);
        e.putLong(at + SQE_USER_DATA, op.ticket);
        if (op.code == Op.POLL || op.code == Op.POLL_EDGES) {
            e.putLong(at + SQE_OFF, 0);
            e.putLong(at + SQE_ADDR, 0);
            e.putInt(at + SQE_LEN, op.code == Op.POLL_EDGES ? POLL_ADD_MULTI : 0);
        } else if (op.code == Op.FSYNC || op.code == Op.NOP) {
            e.putLong(at + SQE_OFF, 0);
            e.putLong(at + SQE_ADDR, 0);
            e.putInt(at + SQE_LEN, 0);
        } else if (op.code == Op.RECV || op.code == Op.SEND) {
            e.putLong(at + SQE_OFF, 0);
        } else if (op.code == Op.FUTEX_WAIT) {
            e.putInt(at + SQE_FD, FUTEX2_SIZE_U32 | (op.flags == 0 ? FUTEX2_PRIVATE : 0));
            e.putInt(at + SQE_OP_FLAGS, 0);
            e.putInt(at + SQE_LEN, 0);
            e.putLong(at + SQE_ADDR3, op.extra);
        } else if (op.code == Op.WAITID) {
            e.putLong(at + SQE_ADDR, 0);
            e.putInt(at + SQE_OP_FLAGS, 0);
            e.putInt(at + SQE_FILE_INDEX, (int) op.extra);
        }
    }

    private static int opcode(int code) {
        return switch (code) {
            case Op.NOP -> OP_NOP;
            case Op.READ -> OP_READ;
            case Op.WRITE -> OP_WRITE;
            case Op.READV -> OP_READV;
            case Op.WRITEV -> OP_WRITEV;
            case Op.FSYNC -> OP_FSYNC;
            case Op.POLL, Op.POLL_EDGES -> OP_POLL_ADD;
            case Op.RECV -> OP_RECV;
            case Op.SEND -> OP_SEND;
            case Op.ACCEPT -> OP_ACCEPT;
            case Op.CONNECT -> OP_CONNECT;
            case Op.FUTEX_WAIT -> OP_FUTEX_WAIT;
            case Op.WAITID -> OP_WAITID;
            case Op.SYNC_RANGE -> OP_SYNC_FILE_RANGE;
            default -> throw new IllegalArgumentException("operation " + code);
        };
    }

    private void takeBack(Op op) {
        if (tickets.redeem(op.ticket) != null) {
            tickets.done(1);
        }
    }

    /**
     * Hands the {@code count} entries before the tail to the kernel.
     *
     * @return how many it took, from the front; the rest is rolled back. An errno negated when it took none
     */
    private int enter(int count) {
        Memory.INT.setRelease(memory.rings, memory.sqTail, sqTail); // pairs with the kernel's acquire of the tail
        int taken = 0;
        int patience = 100;
        while (taken < count) {
            enters++;
            int rc = Linux.ioUringSubmit(fd, count - taken, 0);
            if (rc > 0) {
                taken += rc;
            } else if (rc == -Errnos.EBUSY && patience-- > 0) {
                // completions wait for room in their ring: have the kernel move what fits
                Linux.ioUringEnter(fd, 0, 0, ENTER_GETEVENTS, 0, 0);
            } else if (rc != -Errnos.EINTR) {
                sqTail -= count - taken;
                Memory.INT.setRelease(memory.rings, memory.sqTail, sqTail); // nothing reads it before the next enter
                return taken > 0 ? taken : rc == -Errnos.EBUSY ? -Errnos.EAGAIN : rc;
            }
        }
        return taken;
    }

    // ---- reaping

    @Override
    boolean nothingToReap() {
        int tail = (int) Memory.INT.getAcquire(memory.rings, memory.cqTail);
        int head = (int) Memory.INT.getOpaque(memory.rings, memory.cqHead);
        return head == tail && !overflowing();
    }

    private boolean overflowing() {
        return ((int) Memory.INT.getOpaque(memory.rings, memory.sqFlags) & SQ_CQ_OVERFLOW) != 0;
    }

    @Override
    int handleAll() {
        int n = 0;
        for (; ; ) {
            int tail = (int) Memory.INT.getAcquire(memory.rings, memory.cqTail); // pairs with the kernel's release
            if (cqHead == tail) {
                if (!overflowing()) {
                    return n;
                }
                sleeps++;
                Linux.ioUringEnter(fd, 0, 0, ENTER_GETEVENTS, 0, 0);
                if (cqHead == (int) Memory.INT.getAcquire(memory.rings, memory.cqTail)) {
                    return n;
                }
                continue;
            }
            foundMore();
            while (cqHead != tail) {
                n += handleSome(Math.min(tail - cqHead, AT_ONCE));
            }
        }
    }

    /**
     * Handles the next {@code count} completions: reads all of them, lets the kernel use their entries again, finds their
     * operations under one lock, and then tells each.
     */
    private int handleSome(int count) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            int at = memory.cqes + (cqHead++ & cqMask) * CQE_SIZE;
            long ticket = memory.rings.getLong(at + CQE_USER_DATA);
            if (ticket >= 0) {
                foundTickets[found] = ticket;
                foundResults[found] = memory.rings.getInt(at + CQE_RES);
                foundMore[found++] = (memory.rings.getInt(at + CQE_FLAGS) & CQE_F_MORE) != 0;
            }
        }
        // the entries were read: the kernel may use them again; pairs with its acquire of the head
        Memory.INT.setRelease(memory.rings, memory.cqHead, cqHead);
        tickets.redeem(foundTickets, foundMore, foundOps, found);
        int over = 0;
        for (int i = 0; i < found; i++) {
            Op op = foundOps[i];
            if (op != null) {
                foundOps[i] = null;
                over += foundMore[i] ? 0 : 1;
                tell(op, foundResults[i], foundMore[i]);
            }
        }
        if (over > 0) {
            tickets.done(over);
        }
        return found;
    }

    @Override
    public int sleep(long deadline, long sigmask) {
        if (closed) {
            return 0;
        }
        if (!nothingToReap()) {
            return 0;
        }
        argument.putLong(0, sigmask);
        argument.putInt(8, sigmask == 0 ? 0 : 8);
        argument.putInt(12, 0);
        int flags = ENTER_GETEVENTS | ENTER_EXT_ARG;
        if (deadline == Long.MAX_VALUE) {
            argument.putLong(16, 0);
        } else {
            long time = absoluteTimeouts ? Math.max(0, deadline) : Math.max(0, deadline - System.nanoTime());
            argument.putLong(16, argumentAddress + ARGUMENT_SIZE);
            argument.putLong(ARGUMENT_SIZE, time / 1_000_000_000L);
            argument.putLong(ARGUMENT_SIZE + 8, time % 1_000_000_000L);
            flags |= absoluteTimeouts ? ENTER_ABS_TIMER : 0;
        }
        sleeps++;
        int rc = Linux.ioUringEnter(fd, 0, 1, flags, argumentAddress, ARGUMENT_SIZE);
        Reference.reachabilityFence(this);
        if (rc == -Errnos.EINVAL && absoluteTimeouts && deadline != Long.MAX_VALUE) { // before Linux 6.12
            absoluteTimeouts = false;
            return sleep(deadline, sigmask);
        }
        return rc >= 0 ? 0 : rc;
    }

    // ---- the rest

    @Override
    public void refuse() {
        submitting.lock();
        refusing = true;
        submitting.unlock();
    }

    @Override
    public int pollFd() {
        return fd;
    }

    @Override
    public long systemCalls() {
        return enters + sleeps;
    }

    @Override
    public void close() {
        lead(); // nobody is about to sleep with this number
        submitting.lock();
        try {
            refusing = true;
            if (!closed) {
                closed = true;
                Linux.close(fd);
            }
        } finally {
            submitting.unlock();
            unlead();
        }
    }

    @Override
    public String toString() {
        return "io_uring " + fd + (closed ? " (closed)" : "") + " [in flight " + inFlight() + ", enters " + enters
                + ", sleeps " + sleeps + "]";
    }
}
