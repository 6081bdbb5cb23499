package org.sigkevent.sys;

import java.nio.ByteBuffer;

/** Pages with machine code of ours, which stay as long as the process: a thread may be in them, or come back to them, at any time. */
final class MachineCode {
    private static final int PROT_READ_WRITE = 3;
    private static final int PROT_READ_EXEC = 5;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

    private static final String NOT_EXECUTABLE =
            "mprotect: this system allows no executable memory for a signal handler (SELinux: the boolean or permission execmem;"
                    + " systemd: MemoryDenyWriteExecute=no; prctl PR_SET_MDWE)";

    /** Writes code that may use the memory at {@code data}. */
    interface Writer {
        void write(ByteBuffer code, long data);
    }

    private MachineCode() {}

    /**
     * A page with code, and behind it one for what the code reads and writes: its address.
     *
     * @throws ErrnoException the system allows no executable memory, or has no memory
     */
    static long load(Writer x86, Writer aarch64) {
        long page = Native.C.mmap(0, 2L * Memory.PAGE_SIZE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
        if (page == -1) {
            throw ErrnoException.of(Native.errno(), "a page for machine code");
        }
        try {
            Writer writer = Native.X86_64 ? x86 : aarch64;
            writer.write(Memory.view(page, Memory.PAGE_SIZE), page + Memory.PAGE_SIZE);
            if (Native.C.syscall(Syscalls.MPROTECT, page, Memory.PAGE_SIZE, PROT_READ_EXEC) < 0) {
                throw ErrnoException.of(Native.errno(), NOT_EXECUTABLE);
            }
            return page;
        } catch (Throwable thrown) {
            Native.C.munmap(page, 2L * Memory.PAGE_SIZE);
            throw thrown;
        }
    }
}
