package org.sigkevent.engine;

import static org.sigkevent.engine.UringLayout.*;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Syscalls;

/**
 * The submission side of an io_uring: entries are added behind the tail and handed to the kernel with one system call. Guarded by
 * the engine's submission lock; the ring is empty whenever that is free.
 *
 * <p>An entry counts when it is complete: whatever is thrown while one is filled leaves the ring as it was. How many entries the
 * kernel took is what its head says; so that is known also when something was thrown around the system call
 * ({@link #takenSince}).
 */
final class SubmissionRing {
    /** How often the kernel is asked to make room for completions. */
    private static final int PATIENCE = 100;

    private final int fd;
    private final UringSetup memory;
    private final ByteBuffer entries;
    private final int mask;

    /** How many entries there is room for at once. */
    final int capacity;

    private int tail;

    /** System calls made. */
    volatile long enters;

    SubmissionRing(UringSetup memory) {
        fd = memory.fd;
        this.memory = memory;
        entries = memory.entries;
        capacity = memory.submissions;
        mask = capacity - 1;
    }

    /** Begins to fill the ring, which is empty: forgets entries that something thrown has left. The mark for {@link #takenSince}. */
    int begin() {
        tail = head();
        return tail;
    }

    private int head() {
        // pairs with the kernel's release of the head
        return Memory.getIntAcquire(memory.rings, memory.sqHead);
    }

    /** Adds what is no operation of the floors above: nothing, or a cancellation. */
    void add(int opcode, long address, long userData) {
        fill(opcode, -1, 0, 0, address, 0, 0, userData);
        tail++;
    }

    /** Adds an operation that the calling thread submits, as whom it is named by {@code submitter}. */
    void add(Op op, WeakReference<Thread> submitter) {
        int code = op.code;
        int fixed = op.fixed ? SQE_FIXED_FILE << 8 : 0;
        op.submitter = submitter;
        switch (code) {
            case Op.POLL, Op.FSYNC, Op.NOP -> fill(code | fixed, op.fd, op.ioprio, 0, 0, 0, op.flags, op.ticket);
            case Op.POLL_EDGES -> fill(Op.POLL | fixed, op.fd, op.ioprio, 0, 0, POLL_ADD_MULTI, op.flags, op.ticket);
            case Op.SEND -> fill(code | fixed, op.fd, op.ioprio, 0, op.address, op.length, op.flags, op.ticket);
            case Op.FUTEX_WAIT -> {
                int kind = FUTEX2_SIZE_U32 | (op.flags == 0 ? Linux.FUTEX_PRIVATE_FLAG : 0);
                int at = fill(code | fixed, kind, op.ioprio, op.offset, op.address, 0, 0, op.ticket);
                entries.putLong(at + SQE_ADDR3, op.length & 0xffffffffL);
            }
            case Op.WAITID -> {
                int at = fill(code | fixed, op.fd, op.ioprio, op.offset, 0, op.length, 0, op.ticket);
                entries.putInt(at + SQE_FILE_INDEX, op.flags);
            }
            default -> {
                int apart = op.mayBlock ? SQE_ASYNC << 8 : 0;
                fill(code | fixed | apart, op.fd, op.ioprio, op.offset, op.address, op.length, op.flags, op.ticket);
            }
        }
        tail++;
    }

    /** Fills the entry at the tail, which does not count yet, by whole words of eight bytes: its offset. */
    private int fill(int opcodeAndFlags, int fd, int ioprio, long off, long addr, int len, int opFlags, long userData) {
        int at = (tail & mask) * SQE_SIZE;
        ByteBuffer e = entries;
        // opcode, flags, ioprio, fd
        e.putLong(at, opcodeAndFlags | (long) (ioprio & 0xffff) << 16 | (long) fd << 32);
        e.putLong(at + SQE_OFF, off);
        e.putLong(at + SQE_ADDR, addr);
        e.putLong(at + SQE_LEN, len & 0xffffffffL | (long) opFlags << 32);
        e.putLong(at + SQE_USER_DATA, userData);
        e.putLong(at + SQE_BUF_INDEX, 0);
        e.putLong(at + SQE_ADDR3, 0);
        e.putLong(at + SQE_PAD, 0);
        return at;
    }

    /**
     * Hands the {@code count} entries before the tail to the kernel.
     *
     * @return how many it took, from the front; the rest is rolled back. An errno negated when it took none
     */
    int enter(int count) {
        // pairs with the kernel's acquire of the tail
        Memory.setIntRelease(memory.rings, memory.sqTail, tail);
        int taken = 0;
        int patience = PATIENCE;
        while (taken < count) {
            enters++;
            int rc = Linux.call(Syscalls.IO_URING_ENTER, fd, count - taken, 0, 0);
            if (rc >= 0) {
                taken += rc;
            } else if (rc == -Errnos.EBUSY && patience-- > 0) {
                // completions wait for room in their ring: have the kernel move what fits
                Linux.call(Syscalls.IO_URING_ENTER, fd, 0, 0, ENTER_GETEVENTS);
            } else if (rc != -Errnos.EINTR) {
                rollBackTo(tail - (count - taken));
                return taken > 0 ? taken : rc == -Errnos.EBUSY ? -Errnos.EAGAIN : rc;
            }
        }
        return taken;
    }

    /** After something was thrown: how many entries the kernel took since {@link #begin}; the rest is rolled back. */
    int takenSince(int mark) {
        int head = head();
        rollBackTo(head);
        return head - mark;
    }

    private void rollBackTo(int entry) {
        tail = entry;
        // nothing reads it before the next enter
        Memory.setIntRelease(memory.rings, memory.sqTail, entry);
    }
}
