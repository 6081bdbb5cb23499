package org.sigkevent.sys;

import java.nio.ByteBuffer;

/**
 * A few hundred bytes of native memory of each thread's own, for the structs of one system call.
 *
 * <p>Nothing in it survives the next call that uses it.
 */
public final class Scratch {
    /** Bytes that a thread has. */
    public static final int SIZE = 1024;

    private static final int CALL_SIZE = 56;

    private static final PerThread<Scratch> OWN = new PerThread<>(Scratch::new);

    public final ByteBuffer buffer = Memory.allocate(SIZE);
    public final long address = Memory.address(buffer);

    /** The words of {@link SixArguments}. */
    final ByteBuffer call = Memory.allocate(CALL_SIZE);

    final long callAddress = Memory.address(call);

    private Scratch() {}

    public static Scratch get() {
        return OWN.get();
    }
}
