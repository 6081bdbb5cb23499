package org.sigkevent.sys;

import java.nio.ByteBuffer;

/**
 * A signal handler that copies the first 48 bytes of the siginfo_t into a pipe: a dozen machine instructions, because no Java
 * code may run in a handler. It writes with one system call that does not block; when the pipe is full it counts instead. It
 * touches neither errno nor anything of the thread that it interrupts.
 *
 * <p>Code page, pipe and counter live as long as the process: a thread may be about to enter the handler when the signal's former
 * disposition is put back. The pipe's writing end has a high number that no ordinary open gets.
 */
final class SignalPipe extends SignalCatcher {
    private static final int SIG_DFL = 0;
    private static final int SA_SIGINFO = 4;
    private static final int HIGH_NUMBER = 512;
    private static final int F_SETPIPE_SZ = 1031;
    private static final int PROT_READ_EXEC = 5;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

    private static final String NOT_EXECUTABLE =
            "mprotect: this system allows no executable memory for a signal handler (SELinux: the boolean or permission execmem;"
                    + " systemd: MemoryDenyWriteExecute=no; prctl PR_SET_MDWE)";

    private final int readEnd;
    private final ByteBuffer counter = Memory.allocate(8);
    private final long handler;

    /** Throws ErrnoException when the system allows no executable memory, or has no descriptors. */
    SignalPipe() {
        ByteBuffer ends = Memory.allocate(8);
        ErrnoException.check(Linux.call(Syscalls.PIPE2, Memory.address(ends), Linux.O_CLOEXEC), "a pipe for signals");
        readEnd = ends.getInt(0);
        int writeEnd = ends.getInt(4);
        int high = Linux.duplicate(writeEnd, HIGH_NUMBER);
        if (high >= 0) {
            Linux.close(writeEnd);
            writeEnd = high;
        }
        Native.C.fcntl(writeEnd, Linux.F_SETFL, Linux.O_NONBLOCK);
        Native.C.fcntl(writeEnd, F_SETPIPE_SZ, 1 << 20);
        try {
            handler = install(writeEnd);
        } catch (ErrnoException | Error refused) {
            Linux.close(readEnd);
            Linux.close(writeEnd);
            throw refused;
        }
    }

    /** handler(edi = signo, rsi = siginfo, rdx = context) */
    private void x86(ByteBuffer code, int fd) {
        // mov edi, fd
        code.put((byte) 0xbf).putInt(fd);
        // mov edx, 48
        code.put((byte) 0xba).putInt(RECORD);
        // mov eax, write
        code.put((byte) 0xb8).putInt(1);
        // syscall
        code.put((byte) 0x0f).put((byte) 0x05);
        // cmp rax, 48
        code.put((byte) 0x48).put((byte) 0x83).put((byte) 0xf8).put((byte) RECORD);
        // je to the return
        code.put((byte) 0x74).put((byte) 14);
        // mov rax, counter
        code.put((byte) 0x48).put((byte) 0xb8).putLong(Memory.address(counter));
        // lock inc qword [rax]
        code.put((byte) 0xf0).put((byte) 0x48).put((byte) 0xff).put((byte) 0x00);
        // ret
        code.put((byte) 0xc3);
    }

    /** handler(w0 = signo, x1 = siginfo, x2 = context) */
    static void aarch64(ByteBuffer code, int fd, long address) {
        // movz, movk: w0 = fd
        code.putInt(0x52800000 | (fd & 0xffff) << 5);
        code.putInt(0x72a00000 | (fd >>> 16) << 5);
        // mov x2, 48
        code.putInt(0xd2800000 | RECORD << 5 | 2);
        // mov x8, write
        code.putInt(0xd2800000 | 64 << 5 | 8);
        // svc 0
        code.putInt(0xd4000001);
        // cmp x0, 48
        code.putInt(0xf1000000 | RECORD << 10 | 31);
        // b.eq to the return
        code.putInt(0x54000000 | 9 << 5);
        // movz, movk: x3 = counter
        for (int part = 0; part < 4; part++) {
            code.putInt((part == 0 ? 0xd2800000 : 0xf2800000)
                    | part << 21
                    | (int) (address >>> 16 * part & 0xffff) << 5
                    | 3);
        }
        // ldaxr x4, [x3]
        code.putInt(0xc85ffc64);
        // add x4, x4, 1
        code.putInt(0x91000484);
        // stlxr w5, x4, [x3]
        code.putInt(0xc805fc64);
        // cbnz w5, three back
        code.putInt(0x35ffffa5);
        // ret
        code.putInt(0xd65f03c0);
    }

    private long install(int fd) {
        int both = Linux.PROT_READ | Linux.PROT_WRITE;
        long page = Native.SIX.mmap(0, Linux.PAGE_SIZE, both, MAP_PRIVATE_ANONYMOUS, -1, 0);
        if (page == -1) {
            throw ErrnoException.of(Native.errno(), "a page for the signal handler");
        }
        try {
            ByteBuffer code = Memory.view(page, Linux.PAGE_SIZE);
            if (Native.X86_64) {
                x86(code, fd);
            } else {
                aarch64(code, fd, Memory.address(counter));
            }
            ErrnoException.check(Linux.call(Syscalls.MPROTECT, page, Linux.PAGE_SIZE, PROT_READ_EXEC), NOT_EXECUTABLE);
            return page;
        } catch (Throwable thrown) {
            Native.C.munmap(page, Linux.PAGE_SIZE);
            throw thrown;
        }
    }

    @Override
    public Object catchSignal(int signo) {
        ByteBuffer former = Memory.allocate(Linux.SIZEOF_SIGACTION);
        int flags = SA_SIGINFO | Linux.SA_ONSTACK | Linux.SA_RESTART;
        ErrnoException.check(
                Linux.sigaction(signo, handler, -1, flags, Memory.address(former)), "sigaction of signal " + signo);
        return former;
    }

    @Override
    boolean isDefault(Object former) {
        return ((ByteBuffer) former).getLong(0) == SIG_DFL;
    }

    @Override
    public void restore(int signo, Object former) {
        Native.C.sigaction(signo, Memory.address((ByteBuffer) former), 0);
    }

    @Override
    public int read(ByteBuffer into) {
        return (int) Linux.result(Native.C.read(readEnd, Memory.address(into), into.capacity()));
    }

    @Override
    public String describe() {
        return "a signal handler in machine code that writes to a pipe";
    }

    @Override
    public long dropped() {
        return Memory.getLongAcquire(counter, 0);
    }
}
