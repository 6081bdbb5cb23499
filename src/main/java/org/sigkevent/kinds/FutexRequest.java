package org.sigkevent.kinds;

import org.jspecify.annotations.Nullable;
import org.sigkevent.core.EventRequest;
import org.sigkevent.core.Kinds;
import org.sigkevent.core.Queue;
import org.sigkevent.engine.Op;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Syscalls;

/**
 * KEVENT_FUTEX: woken on a futex word of 32 bits in native memory, or EAGAIN at once when its value is not the expected one.
 * The keeper arms it: a futex wait that ended with its thread could have missed its wake-up.
 */
public final class FutexRequest extends EventRequest {
    private static final int FUTEX_WAIT_BITSET = 9;
    private static final int FUTEX_PRIVATE_FLAG = 128;

    private final Operation wait;
    private final Object pinned;

    /** {@code pinned} is held until the request is done: what owns the memory. */
    public FutexRequest(
            Queue queue,
            long cookie,
            @Nullable Object object,
            long address,
            int expected,
            int bitset,
            boolean shared,
            Object pinned) {
        super(queue, Kinds.KEVENT_FUTEX, 0, cookie, object, false);
        this.pinned = pinned;
        wait = new Operation(this, Op.FUTEX_WAIT) {
            @Override
            protected void ended(int result) {
                java.lang.ref.Reference.reachabilityFence(FutexRequest.this.pinned);
                complete(result, address, 0);
            }

            @Override
            protected long blocking() {
                int operation = FUTEX_WAIT_BITSET | (shared ? 0 : FUTEX_PRIVATE_FLAG);
                return Linux.call(Syscalls.FUTEX, address, operation, expected, 0, 0, bitset & 0xffffffffL);
            }
        };
        wait.address = address;
        wait.offset = expected & 0xffffffffL;
        wait.extra = bitset & 0xffffffffL;
        wait.flags = shared ? 1 : 0;
    }

    @Override
    protected int begin() {
        if (wait.extra == 0 || (wait.address & 3) != 0) {
            return -Errnos.EINVAL;
        }
        return wait.address == 0 ? -Errnos.EFAULT : wait.begin(true);
    }

    @Override
    protected void stop() {
        wait.stop();
    }
}
