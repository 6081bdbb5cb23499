package org.sigkevent;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.sigkevent.sys.Arenas;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Stack;
import org.sigkevent.sys.Syscalls;

/** {@code <linux/futex.h>}: waking. {@link KeventEvent#futex} waits. */
public final class Futex {
    /** Waits: a request in a ring, {@link KeventEvent#futex}. */
    public static final int FUTEX_WAIT = 0;
    /** Wakes. */
    public static final int FUTEX_WAKE = 1;
    /** With one of the others: the word is shared with no other process. */
    public static final int FUTEX_PRIVATE_FLAG = 128;
    /** FUTEX_WAIT on a word that is shared with no other process. */
    public static final int FUTEX_WAIT_PRIVATE = FUTEX_WAIT | FUTEX_PRIVATE_FLAG;
    /** FUTEX_WAKE on a word that is shared with no other process. */
    public static final int FUTEX_WAKE_PRIVATE = FUTEX_WAKE | FUTEX_PRIVATE_FLAG;

    private Futex() {}

    /**
     * futex(2) with an operation that wakes.
     *
     * @param uaddr native memory whose first four remaining bytes, aligned to four, are the word
     * @param futex_op {@link #FUTEX_WAKE}; or {@link #FUTEX_WAKE_PRIVATE}, which wakes those who wait with {@code shared} false, and no
     *     others
     * @param val how many are woken at most
     * @return how many were woken; or -1 and errno: EFAULT (uaddr is null or on the heap, or its memory is gone), EINVAL (uaddr is not
     *     aligned or has fewer than four bytes; val is negative), ENOSYS (futex_op)
     */
    public static int futex(ByteBuffer uaddr, int futex_op, int val) {
        Stack.reserve();
        if (futex_op != FUTEX_WAKE && futex_op != FUTEX_WAKE_PRIVATE) {
            return Errno.fail(
                    Errnos.ENOSYS,
                    "futex_op " + futex_op
                            + " is neither FUTEX_WAKE (1) nor FUTEX_WAKE_PRIVATE (129); KeventEvent.futex waits");
        }
        if (uaddr == null || !uaddr.isDirect()) {
            return Errno.fail(
                    Errnos.EFAULT,
                    uaddr == null
                            ? "uaddr is null"
                            : "uaddr is a heap buffer: a futex is in native memory, allocate it direct");
        }
        int position = uaddr.position();
        int room = Math.max(0, uaddr.limit() - position);
        if (room < Integer.BYTES) {
            return Errno.fail(Errnos.EINVAL, "uaddr has " + room + " bytes from its position on, a futex has 4");
        }
        if (val < 0) {
            return Errno.fail(Errnos.EINVAL, "val " + val + " is negative: how many are woken at most");
        }
        String refusal = Arenas.canBeClosed(uaddr) ? Arenas.refusal(uaddr, true) : null;
        if (refusal != null) {
            return Errno.fail(Errnos.EFAULT, "uaddr is " + refusal);
        }
        long address = Memory.address(uaddr) + position;
        int rc = Linux.call(Syscalls.FUTEX, address, futex_op, val);
        Reference.reachabilityFence(uaddr);
        return rc < 0
                ? Errno.fail(ErrnoException.of(
                        -rc,
                        "futex of uaddr 0x" + Long.toHexString(address) + ", futex_op " + futex_op + ", val " + val))
                : rc;
    }
}
