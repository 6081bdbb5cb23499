package org.sigkevent.engine;

import static org.sigkevent.engine.UringLayout.*;

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
        return (int) Memory.INT.getAcquire(memory.rings, memory.sqHead); // pairs with the kernel's release of the head
    }

    /** A zeroed entry at the tail, which does not count yet: its offset. */
    private int entry(int opcode, int descriptor, long userData) {
        int at = (tail & mask) * SQE_SIZE;
        ByteBuffer e = entries;
        Memory.clear(e, at, SQE_SIZE);
        e.put(at + SQE_OPCODE, (byte) opcode);
        e.putInt(at + SQE_FD, descriptor);
        e.putLong(at + SQE_USER_DATA, userData);
        return at;
    }

    /** Adds what is no operation of the floors above: nothing, or a cancellation. */
    void add(int opcode, long address, long userData) {
        entries.putLong(entry(opcode, -1, userData) + SQE_ADDR, address);
        tail++;
    }

    /** Adds an operation. */
    void add(Op op) {
        int code = op.code;
        boolean polls = code == Op.POLL || code == Op.POLL_EDGES;
        boolean bare = polls || code == Op.FSYNC || code == Op.NOP;
        ByteBuffer e = entries;
        int at = entry(code & Op.OPCODE, op.fd, op.ticket);
        op.submitter = Thread.currentThread();
        e.putShort(at + SQE_IOPRIO, (short) op.ioprio);
        e.putLong(at + SQE_OFF, bare || code == Op.SEND ? 0 : op.offset);
        e.putLong(at + SQE_ADDR, bare || code == Op.WAITID ? 0 : op.address);
        e.putInt(at + SQE_LEN, code == Op.POLL_EDGES ? POLL_ADD_MULTI : bare || code == Op.FUTEX_WAIT ? 0 : op.length);
        if (code == Op.FUTEX_WAIT) {
            e.putInt(at + SQE_FD, FUTEX2_SIZE_U32 | (op.flags == 0 ? Linux.FUTEX_PRIVATE_FLAG : 0));
            e.putLong(at + SQE_ADDR3, op.extra);
        } else if (code == Op.WAITID) {
            e.putInt(at + SQE_FILE_INDEX, (int) op.extra);
        } else {
            e.putInt(at + SQE_OP_FLAGS, op.flags);
        }
        tail++;
    }

    /**
     * Hands the {@code count} entries before the tail to the kernel.
     *
     * @return how many it took, from the front; the rest is rolled back. An errno negated when it took none
     */
    int enter(int count) {
        Memory.INT.setRelease(memory.rings, memory.sqTail, tail); // pairs with the kernel's acquire of the tail
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
        Memory.INT.setRelease(memory.rings, memory.sqTail, entry); // nothing reads it before the next enter
    }
}
