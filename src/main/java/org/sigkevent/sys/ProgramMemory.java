package org.sigkevent.sys;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Copies between the library's memory and a buffer of the program, whose memory may be gone when it is touched: the file that is mapped
 * there has become shorter, or the buffer's arena was closed.
 *
 * <p>The JVM makes an InternalError of a page that is gone, before JDK 22 in some later call of the thread. So the kernel copies, as
 * between two processes, and says EFAULT. Memory of an arena that can be closed has no address that stays good: it is copied through
 * its buffer, in JDK 22 and later.
 */
public final class ProgramMemory {
    /** For an exception's message. */
    public static final String WHY =
            "its arena was closed during the call, or the file that is mapped there became shorter";

    private static final int REMOTE = 16;

    private ProgramMemory() {}

    /** Copies {@code length} bytes of a buffer to {@code to}: false when they are gone. */
    public static boolean copyIn(long to, ByteBuffer from, int at, int length) {
        int copied = byKernel(Syscalls.PROCESS_VM_WRITEV, from, at, to, length);
        if (copied >= 0) {
            return copied == length;
        }
        return copied != -Errnos.EFAULT && copy(Memory.view(to, length), 0, from, at, length);
    }

    /** Copies {@code length} bytes from {@code from} into a buffer: false when its memory is gone, with some of them copied. */
    public static boolean copyOut(ByteBuffer to, int at, long from, int length) {
        int copied = byKernel(Syscalls.PROCESS_VM_READV, to, at, from, length);
        if (copied >= 0) {
            return copied == length;
        }
        return copied != -Errnos.EFAULT && copy(to, at, Memory.view(from, length), 0, length);
    }

    /** How many bytes were copied, -EFAULT, or another errno negated where the kernel does not do it. */
    private static int byKernel(int call, ByteBuffer program, int at, long own, int length) {
        if (length == 0) {
            return 0;
        }
        if (!program.isDirect() || Arenas.canBeClosed(program)) {
            return -Errnos.ENOSYS;
        }
        Scratch s = Scratch.get();
        s.buffer.putLong(0, Memory.address(program) + at).putLong(8, length);
        s.buffer.putLong(REMOTE, own).putLong(REMOTE + 8, length);
        int result = (int) Linux.call(call, Native.C.getpid(), s.address, 1, s.address + REMOTE, 1, 0);
        Reference.reachabilityFence(program);
        return result;
    }

    private static boolean copy(ByteBuffer to, int at, ByteBuffer from, int fromAt, int length) {
        try {
            to.put(at, from, fromAt, length);
            return true;
        } catch (IllegalStateException | InternalError gone) {
            return false;
        }
    }
}
