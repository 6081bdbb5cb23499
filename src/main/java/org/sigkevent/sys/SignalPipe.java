package org.sigkevent.sys;

import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A signal handler that copies the first 48 bytes of the siginfo_t into a pipe: a dozen machine instructions, because no Java
 * code may run in a handler. It writes with one system call that does not block. It touches neither errno nor anything of the thread
 * that it interrupts.
 *
 * <p>When the pipe is full, the handler sets the signal's bit in a word, counts the instance if it is one of a real-time signal, and
 * tries to write a record that says nothing. If that goes, the reader has something to read behind the bit; if not, the pipe was full
 * behind the bit, and the reader has all of it to read. So a reader that takes the word before each read misses none, though it
 * may have emptied the pipe between the first write and the bit.
 *
 * <p>The page of the code, and behind it one with what the handler reads and writes, stay as long as the process: a thread may be
 * about to enter the handler when the signal's former disposition is put back, and somebody else's handler may call it. So the number of
 * the pipe's writing end stands in that memory and not in the code: it becomes -1, then threads that are inside are waited for, then
 * the pipe is closed. The number is a high one that no ordinary open gets.
 *
 * <p>Another copy of the library, or another library, may install its handler on top of this one, and later put this one back. What
 * was below this one is then told by {@link FormerDispositions}.
 */
final class SignalPipe extends SignalCatcher {
    private static final int SIG_DFL = 0;
    private static final int SA_SIGINFO = 4;
    private static final int HIGH_NUMBER = 512;
    private static final int F_SETPIPE_SZ = 1031;
    private static final int F_GETPIPE_SZ = 1032;

    /**
     * What the handler reads and writes: the number of real-time signals for which the pipe had no room, how many threads are in it, the
     * pipe, the signals for which it had no room, and a record that says nothing.
     */
    static final int DROPPED_AT = 0;

    static final int INSIDE_AT = 8;
    static final int PIPE_AT = 12;
    static final int UNREAD_AT = 16;
    static final int LOOK_AT = 64;
    private static final long NAP_NANOS = 100_000;

    private final int readEnd;
    private final int writeEnd;
    final long handler;
    private final ByteBuffer cells;

    /** Of signals that were caught again, above a handler of somebody else, what was there at first. */
    private final @Nullable ByteBuffer[] lowest = new ByteBuffer[65];

    /** Throws ErrnoException when the system allows no executable memory, or has no descriptors. */
    SignalPipe() {
        ByteBuffer ends = Memory.allocate(8);
        ErrnoException.check(Linux.call(Syscalls.PIPE2, Memory.address(ends), Linux.O_CLOEXEC), "a pipe for signals");
        readEnd = ends.getInt(0);
        int low = ends.getInt(4);
        int high = Linux.duplicate(low, HIGH_NUMBER);
        if (high >= 0) {
            Linux.close(low);
        }
        writeEnd = high >= 0 ? high : low;
        Native.C.fcntl(writeEnd, Linux.F_SETFL, Linux.O_NONBLOCK);
        Native.C.fcntl(writeEnd, F_SETPIPE_SZ, 1 << 20);
        try {
            handler = MachineCode.load(SignalPipe::x86, SignalPipe::aarch64);
            cells = Memory.view(handler + Memory.PAGE_SIZE, Memory.PAGE_SIZE);
            cells.putInt(LOOK_AT, LOOK);
            Memory.setIntVolatile(cells, PIPE_AT, writeEnd);
        } catch (ErrnoException | Error refused) {
            Linux.close(readEnd);
            Linux.close(writeEnd);
            throw refused;
        }
    }

    /** handler(edi = signo, rsi = siginfo, rdx = context) */
    static void x86(ByteBuffer code, long cells) {
        // movabs r8, cells
        code.put((byte) 0x49).put((byte) 0xb8).putLong(cells);
        // lock inc dword [r8 + 8]
        code.putInt(0x40ff41f0).put((byte) INSIDE_AT);
        // mov edi, [r8 + 12]
        code.put((byte) 0x41).put((byte) 0x8b).put((byte) 0x78).put((byte) PIPE_AT);
        // mov edx, 48
        code.put((byte) 0xba).putInt(RECORD);
        // mov eax, write
        code.put((byte) 0xb8).putInt(1);
        // syscall
        code.put((byte) 0x0f).put((byte) 0x05);
        // cmp rax, 48
        code.put((byte) 0x48).put((byte) 0x83).put((byte) 0xf8).put((byte) RECORD);
        // je to where it leaves
        code.put((byte) 0x74).put((byte) 30);
        // mov ecx, [rsi]; dec ecx: system calls change rcx
        code.putInt(0xc9ff0e8b);
        // lock bts qword [r8 + 16], rcx: before the count, whose reader finds it
        code.putInt(0xab0f49f0).put((byte) 0x48).put((byte) UNREAD_AT);
        // cmp ecx, 31
        code.put((byte) 0x83).put((byte) 0xf9).put((byte) (FIRST_QUEUED - 1));
        // jb behind the next
        code.put((byte) 0x72).put((byte) 4);
        // lock inc qword [r8]
        code.putInt(0x00ff49f0);
        // lea rsi, [r8 + 64]
        code.put((byte) 0x49).put((byte) 0x8d).put((byte) 0x70).put((byte) LOOK_AT);
        // mov eax, write
        code.put((byte) 0xb8).putInt(1);
        // syscall
        code.put((byte) 0x0f).put((byte) 0x05);
        // lock dec dword [r8 + 8]
        code.putInt(0x48ff41f0).put((byte) INSIDE_AT);
        // ret
        code.put((byte) 0xc3);
    }

    /** handler(w0 = signo, x1 = siginfo, x2 = context) */
    static void aarch64(ByteBuffer code, long cells) {
        // movz, movk: x3 = cells
        for (int part = 0; part < 4; part++) {
            code.putInt(
                    (part == 0 ? 0xd2800000 : 0xf2800000) | part << 21 | (int) (cells >>> 16 * part & 0xffff) << 5 | 3);
        }
        // add x6, x3, 8
        code.putInt(0x91000066 | INSIDE_AT << 10);
        // ldaxr w4, [x6]; add w4, w4, 1; stlxr w5, w4, [x6]; cbnz w5, three back
        code.putInt(0x885ffcc4).putInt(0x11000484).putInt(0x8805fcc4).putInt(0x35ffffa5);
        // dmb ish: others see that it is inside before it looks for the pipe
        code.putInt(0xd5033bbf);
        // ldr w0, [x3, 12]
        code.putInt(0xb9400060 | PIPE_AT / 4 << 10);
        // mov x2, 48
        code.putInt(0xd2800002 | RECORD << 5);
        // mov x8, write
        code.putInt(0xd2800008 | 64 << 5);
        // svc 0
        code.putInt(0xd4000001);
        // cmp x0, 48
        code.putInt(0xf100001f | RECORD << 10);
        // b.eq to where it leaves
        code.putInt(0x54000000 | 19 << 5);
        // ldr w9, [x1]; sub w9, w9, 1
        code.putInt(0xb9400029).putInt(0x51000529);
        // mov x10, 1; lsl x10, x10, x9
        code.putInt(0xd280002a).putInt(0x9ac9214a);
        // add x11, x3, 16
        code.putInt(0x9100006b | UNREAD_AT << 10);
        // ldaxr x4, [x11]; orr x4, x4, x10; stlxr w5, x4, [x11]; cbnz w5, three back: before the count, whose reader
        // finds it
        code.putInt(0xc85ffd64).putInt(0xaa0a0084).putInt(0xc805fd64).putInt(0x35ffffa5);
        // cmp w9, 31
        code.putInt(0x7100013f | FIRST_QUEUED - 1 << 10);
        // b.lo behind the next four
        code.putInt(0x54000003 | 5 << 5);
        // ldaxr x4, [x3]; add x4, x4, 1; stlxr w5, x4, [x3]; cbnz w5, three back
        code.putInt(0xc85ffc64).putInt(0x91000484).putInt(0xc805fc64).putInt(0x35ffffa5);
        // ldr w0, [x3, 12]
        code.putInt(0xb9400060 | PIPE_AT / 4 << 10);
        // add x1, x3, 64
        code.putInt(0x91000061 | LOOK_AT << 10);
        // svc 0: the pipe's lock in the kernel orders the bit before what is read
        code.putInt(0xd4000001);
        // ldaxr w4, [x6]; sub w4, w4, 1; stlxr w5, w4, [x6]; cbnz w5, three back
        code.putInt(0x885ffcc4).putInt(0x51000484).putInt(0x8805fcc4).putInt(0x35ffffa5);
        // ret
        code.putInt(0xd65f03c0);
    }

    @Override
    public Object catchSignal(int signo) {
        ByteBuffer former = Memory.allocate(Linux.SIZEOF_SIGACTION);
        int flags = SA_SIGINFO | Linux.SA_ONSTACK | Linux.SA_RESTART;
        FormerDispositions.forget(handler, signo);
        int rc = Linux.sigaction(signo, handler, -1, flags, Memory.address(former));
        if (rc < 0) {
            throw ErrnoException.of(-rc, "sigaction of signal " + signo);
        }
        // nothing that could fail: the handler is there
        return former;
    }

    @Override
    public Object catchAgain(int signo, Object former) {
        ByteBuffer now = (ByteBuffer) catchSignal(signo);
        if (now.getLong(0) == handler) {
            return former;
        }
        // whose handler it was may put this one back, when it is not wanted any more
        if (lowest[signo] == null) {
            lowest[signo] = (ByteBuffer) former;
        }
        return now;
    }

    @Override
    boolean isDefault(int signo, Object former) {
        return FormerDispositions.below(signo, (ByteBuffer) former).getLong(0) == SIG_DFL;
    }

    @Override
    public void restore(int signo, Object former) {
        ByteBuffer first = lowest[signo];
        lowest[signo] = null;
        ByteBuffer below = FormerDispositions.below(signo, (ByteBuffer) former);
        ByteBuffer now = Memory.allocate(Linux.SIZEOF_SIGACTION);
        Native.C.sigaction(signo, 0, Memory.address(now));
        if (now.getLong(0) == handler) {
            Native.C.sigaction(signo, Memory.address(below), Memory.address(now));
            if (now.getLong(0) == handler) {
                if (first != null) {
                    FormerDispositions.remember(handler, signo, first);
                }
                return;
            }
            // somebody else was faster
            Native.C.sigaction(signo, Memory.address(now), 0);
        }
        FormerDispositions.remember(handler, signo, first == null ? below : first);
    }

    @Override
    public int read(ByteBuffer into) {
        return (int) Linux.result(Native.C.read(readEnd, Memory.address(into), into.capacity()));
    }

    @Override
    public void look() {
        Scratch s = Scratch.get();
        Memory.clear(s.buffer, 0, RECORD);
        s.buffer.putInt(0, LOOK);
        Native.C.write(writeEnd, s.address, RECORD);
    }

    @Override
    public void end() {
        ByteBuffer last = Memory.allocate(RECORD);
        // full: whoever enters from now on finds no pipe. Pairs with the handler, which counts itself first
        Memory.setIntVolatile(cells, PIPE_AT, -1);
        while (Memory.getIntVolatile(cells, INSIDE_AT) != 0) {
            LockSupport.parkNanos(NAP_NANOS);
        }
        while (Native.C.write(writeEnd, Memory.address(last), RECORD) < 0 && Native.errno() == Errnos.EAGAIN) {
            LockSupport.parkNanos(NAP_NANOS);
        }
    }

    @Override
    public void close() {
        Linux.close(readEnd);
        Linux.close(writeEnd);
    }

    @Override
    public String describe() {
        return "a signal handler in machine code that writes to a pipe";
    }

    @Override
    public long takeUnread() {
        return Memory.getLongAcquire(cells, UNREAD_AT) == 0 ? 0 : Memory.getAndSetLong(cells, UNREAD_AT, 0);
    }

    @Override
    public long dropped() {
        // pairs with the handler, which counts behind the bit
        return Memory.getLongAcquire(cells, DROPPED_AT);
    }

    @Override
    public int room() {
        // a record is in one page
        int pages = Native.C.fcntl(writeEnd, F_GETPIPE_SZ, 0) / Memory.PAGE_SIZE;
        return pages * (Memory.PAGE_SIZE / RECORD);
    }
}
