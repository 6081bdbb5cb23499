package org.sigkevent.kinds;

import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.OperationRequest;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Syscalls;

/**
 * KEVENT_FUTEX: woken on a futex word of 32 bits in native memory, or EAGAIN at once when its value is not the expected one.
 * The driver arms it: a futex wait that ended with its thread could have missed its wake-up.
 */
public final class FutexRequest extends OperationRequest {
    private final int room;
    private final Object pinned;

    /**
     * @param address where the word is; 0 when its buffer is not direct
     * @param room the bytes that are there
     * @param pinned what owns the memory, held until the request is done
     */
    public FutexRequest(
            Destination to, long address, int room, int expected, int bitset, boolean shared, Object pinned) {
        super(to, Kinds.KEVENT_FUTEX, 0, Op.FUTEX_WAIT, false);
        this.room = room;
        this.pinned = pinned;
        operation.address = address;
        operation.offset = expected & 0xffffffffL;
        operation.length = bitset;
        operation.flags = shared ? 1 : 0;
    }

    @Override
    protected void check() {
        if (operation.length == 0) {
            throw ErrnoException.invalid("bitset 0 lets no wake-up count: -1 is all, each bit is one kind");
        }
        if (operation.address == 0) {
            throw new ErrnoException(
                    Errnos.EFAULT, "word is a heap buffer: a futex is in native memory, allocate it direct");
        }
        if (room < Integer.BYTES) {
            throw ErrnoException.invalid("word has " + room + " bytes from its position on, a futex has 4");
        }
        if ((operation.address & 3) != 0) {
            throw ErrnoException.invalid(
                    "word is at 0x" + Long.toHexString(operation.address) + ", which is not aligned to 4 bytes");
        }
    }

    @Override
    protected String asked() {
        return "futex of the word at 0x" + Long.toHexString(operation.address) + ", expected " + (int) operation.offset
                + ", bitset 0x" + Integer.toHexString(operation.length);
    }

    @Override
    protected int begin() {
        return handOver();
    }

    @Override
    protected int arm() {
        return queue.armInDriver(operation);
    }

    @Override
    public long blocking() {
        int command = Linux.FUTEX_WAIT_BITSET | (operation.flags == 1 ? 0 : Linux.FUTEX_PRIVATE_FLAG);
        return Linux.call(
                Syscalls.FUTEX, operation.address, command, operation.offset, 0, 0, operation.length & 0xffffffffL);
    }

    @Override
    public void ended(long result) {
        java.lang.ref.Reference.reachabilityFence(pinned);
        complete(result, operation.address, 0);
    }
}
