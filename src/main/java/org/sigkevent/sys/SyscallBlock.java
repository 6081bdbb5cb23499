package org.sigkevent.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * System calls of six arguments, which with their number are seven of syscall(3): jffi takes six at most without an object for each call.
 * Here they stand in native memory, of each thread's own, and jffi is told where; so a wait that sleeps allocates nothing.
 */
final class SyscallBlock {
    private static final int ARGUMENTS = 7;

    private static final Invoker INVOKER = Invoker.getInstance();
    private static final CallContext LONGS = context();
    private static final long SYSCALL = Objects.requireNonNull(
                    Library.getCachedInstance("libc.so.6", Library.LAZY | Library.GLOBAL), "libc.so.6")
            .getSymbolAddress("syscall");

    private static final ThreadLocal<SyscallBlock> OWN = ThreadLocal.withInitial(SyscallBlock::new);

    /** The arguments, and behind them what comes back. */
    private final ByteBuffer block = Memory.allocate(8 * (ARGUMENTS + 1));

    private final long[] addresses = new long[ARGUMENTS];

    private SyscallBlock() {
        for (int i = 0; i < ARGUMENTS; i++) {
            addresses[i] = Memory.address(block) + 8 * i;
        }
    }

    private static CallContext context() {
        Type[] types = new Type[ARGUMENTS];
        Arrays.fill(types, Type.SINT64);
        return CallContext.getCallContext(Type.SINT64, types, CallingConvention.DEFAULT, true);
    }

    /** As syscall(3): -1, and errno is that of the thread. */
    static long call(long number, long a, long b, long c, long d, long e, long f) {
        SyscallBlock own = OWN.get();
        own.block
                .putLong(0, number)
                .putLong(8, a)
                .putLong(16, b)
                .putLong(24, c)
                .putLong(32, d)
                .putLong(40, e)
                .putLong(48, f);
        INVOKER.invoke(LONGS, SYSCALL, own.addresses[0] + 8 * ARGUMENTS, own.addresses);
        return own.block.getLong(8 * ARGUMENTS);
    }
}
