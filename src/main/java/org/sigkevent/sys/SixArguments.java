package org.sigkevent.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * System calls of five and six arguments, among them those that a thread sleeps in. With the number they have up to seven, and jffi
 * allocates an object for each call of seven; so they stand in memory of the thread's own, and machine code takes them from there. Where the system allows no executable memory, the C library's syscall(2) makes the call, and it allocates.
 */
final class SixArguments {
    private static final Invoker INVOKER = Invoker.getInstance();
    private static final CallContext ONE_POINTER =
            CallContext.getCallContext(Type.SINT64, new Type[] {Type.SINT64}, CallingConvention.DEFAULT, false);
    private static final long CODE = load();

    private SixArguments() {}

    private static long load() {
        try {
            return MachineCode.load(SixArguments::x86, SixArguments::aarch64);
        } catch (ErrnoException notAllowed) {
            return 0;
        }
    }

    /** Whether a call allocates nothing. */
    static boolean available() {
        return CODE != 0;
    }

    /** The thread's memory for {@link #call}; null where there is no code, or no memory: what is half done goes on all the same. */
    static @Nullable Scratch words() {
        try {
            return available() ? Scratch.get() : null;
        } catch (OutOfMemoryError none) {
            return null;
        }
    }

    /** The result, or the errno negated. */
    static long call(Scratch s, int number, long a, long b, long c, long d, long e, long f) {
        s.call.putLong(0, number)
                .putLong(8, a)
                .putLong(16, b)
                .putLong(24, c)
                .putLong(32, d)
                .putLong(40, e)
                .putLong(48, f);
        long result = INVOKER.invokeL1NoErrno(ONE_POINTER, CODE, s.callAddress);
        Reference.reachabilityFence(s);
        return result;
    }

    /** call(rdi = seven words) */
    static void x86(ByteBuffer code, long unused) {
        // endbr64
        code.putInt(0xfa1e0ff3);
        // mov rax, [rdi]; mov rsi, [rdi + 16]; mov rdx, [rdi + 24]
        code.put(new byte[] {0x48, (byte) 0x8b, 0x07, 0x48, (byte) 0x8b, 0x77, 16, 0x48, (byte) 0x8b, 0x57, 24});
        // mov r10, [rdi + 32]; mov r8, [rdi + 40]; mov r9, [rdi + 48]; mov rdi, [rdi + 8]
        code.put(new byte[] {0x4c, (byte) 0x8b, 0x57, 32, 0x4c, (byte) 0x8b, 0x47, 40, 0x4c, (byte) 0x8b, 0x4f, 48});
        code.put(new byte[] {0x48, (byte) 0x8b, 0x7f, 8});
        // syscall; ret
        code.put(new byte[] {0x0f, 0x05, (byte) 0xc3});
    }

    /** call(x0 = seven words) */
    static void aarch64(ByteBuffer code, long unused) {
        // mov x9, x0; ldr x8, [x9]
        code.putInt(0xaa0003e9).putInt(0xf9400128);
        // ldp x0, x1, [x9, 8]; ldp x2, x3, [x9, 24]; ldp x4, x5, [x9, 40]
        code.putInt(0xa9408520).putInt(0xa9418d22).putInt(0xa9429524);
        // svc 0; ret
        code.putInt(0xd4000001).putInt(0xd65f03c0);
    }
}
