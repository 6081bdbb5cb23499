package org.sigkevent.kinds;

import org.sigkevent.core.Destination;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.OperationRequest;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Syscalls;

/**
 * KEVENT_FUTEX: woken on a futex word of 32 bits in native memory, or EAGAIN at once when its value is not the expected one.
 * The driver arms it: a futex wait that ended with its thread could have missed its wake-up.
 */
public final class FutexRequest extends OperationRequest {
    private final Object pinned;

    /** {@code pinned} is held until the request is done: what owns the memory. */
    public FutexRequest(Destination to, long address, int expected, int bitset, boolean shared, Object pinned) {
        super(to, Kinds.KEVENT_FUTEX, 0, Op.FUTEX_WAIT, false);
        this.pinned = pinned;
        operation.address = address;
        operation.offset = expected & 0xffffffffL;
        operation.extra = bitset & 0xffffffffL;
        operation.flags = shared ? 1 : 0;
    }

    @Override
    protected int begin() {
        if (operation.extra == 0 || (operation.address & 3) != 0) {
            return -Errnos.EINVAL;
        }
        return operation.address == 0 ? -Errnos.EFAULT : handOver();
    }

    @Override
    protected int arm() {
        return queue.armInDriver(operation);
    }

    @Override
    public long blocking() {
        int command = Linux.FUTEX_WAIT_BITSET | (operation.flags == 1 ? 0 : Linux.FUTEX_PRIVATE_FLAG);
        return Linux.call(Syscalls.FUTEX, operation.address, command, operation.offset, 0, 0, operation.extra);
    }

    @Override
    public void ended(long result) {
        java.lang.ref.Reference.reachabilityFence(pinned);
        complete(result, operation.address, 0);
    }
}
