package org.sigkevent.sys;

import static org.sigkevent.sys.Native.C;
import static org.sigkevent.sys.Native.errno;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * System calls as the layers above use them: a result, or the errno negated. Nothing here throws an exception, but a name with a NUL in
 * it is refused. Where a call makes
 * a descriptor or a mapping, no method follows it that could fail (on a stack that is full) and lose it.
 */
public final class Linux {
    public static final int O_APPEND = 02000;
    public static final int O_NONBLOCK = 04000;
    /** A part of O_SYNC, too. */
    public static final int O_DSYNC = 010000;

    public static final int O_DIRECT = Native.X86_64 ? 040000 : 0200000;
    public static final int O_CLOEXEC = 02000000;

    private static final int F_GETFL = 3;
    public static final int F_SETFL = 4;
    private static final int F_OFD_GETLK = 36;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_GET_SEALS = 1034;
    private static final int F_SEAL_SEAL = 1;
    public static final int F_SEAL_SHRINK = 2;
    private static final int F_SEAL_GROW = 4;
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;

    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int MAP_POPULATE = 0x8000;
    private static final int MADV_REMOVE = 9;

    public static final int TFD_TIMER_CANCEL_ON_SET = 2;

    public static final int EPOLL_CTL_ADD = 1;
    public static final int EPOLL_CTL_DEL = 2;
    public static final int EPOLL_CTL_MOD = 3;
    public static final int EPOLLIN = 1;
    public static final int EPOLLONESHOT = 1 << 30;
    public static final int EPOLLET = 1 << 31;

    public static final int POLLIN = 1;
    public static final int POLLOUT = 4;

    /** A write of so many bytes to a pipe is all or nothing, and a writable pipe takes it without blocking. */
    public static final int PIPE_BUF = 4096;

    private static final int FUTEX_WAKE = 1;
    public static final int FUTEX_WAIT_BITSET = 9;
    public static final int FUTEX_PRIVATE_FLAG = 128;
    public static final int SI_TIMER = -2;
    public static final int SIGEV_NONE = 1;
    public static final int SIGEV_THREAD = 2;
    public static final int SIGEV_THREAD_ID = 4;
    static final int SA_ONSTACK = 0x08000000;
    static final int SA_RESTART = 0x10000000;

    /** Of the C library's struct. */
    static final int SIZEOF_SIGACTION = 152;

    public static final int SEEK_CUR = 1;
    public static final int IPC_NOWAIT = 04000;

    public static final int CLOCK_REALTIME = 0;
    public static final int CLOCK_MONOTONIC = 1;
    public static final int CLOCK_PROCESS_CPUTIME_ID = 2;
    public static final int CLOCK_THREAD_CPUTIME_ID = 3;
    public static final int CLOCK_BOOTTIME = 7;
    public static final int CLOCK_TAI = 11;
    public static final int TIMER_ABSTIME = 1;
    public static final int MS_SYNC = 4;

    public static final int RWF_NOWAIT = 8;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int MSG_NOSIGNAL = 0x4000;

    public static final int S_IFMT = 0170000;
    public static final int S_IFSOCK = 0140000;
    public static final int S_IFREG = 0100000;
    public static final int S_IFBLK = 0060000;
    public static final int S_IFDIR = 0040000;
    public static final int S_IFCHR = 0020000;
    public static final int S_IFIFO = 0010000;

    private static final int AT_EMPTY_PATH = 0x1000;
    private static final ByteBuffer EMPTY_NAME = Memory.cString("");
    private static final long EMPTY_NAME_ADDRESS = Memory.address(EMPTY_NAME);

    static {
        // first calls: they initialise classes, which near the end of a stack would fail for good, and need memory
        errno();
        C.syscall(Syscalls.GETTID, 0, 0, 0, 0, 0, 0);
        call(Syscalls.GETTID, 0, 0, 0, 0, 0, 0);
    }

    private Linux() {}

    private static int result(int r) {
        return r < 0 ? -errno() : r;
    }

    /** What a function of the C library has just returned, or the errno negated. */
    public static long result(long r) {
        return r < 0 ? -errno() : r;
    }

    public static int close(int fd) {
        return result(C.close(fd));
    }

    /** Throws ErrnoException EINVAL for a path with a NUL in it. */
    public static int open(String path, int flags, int mode) {
        return open(CStrings.of("path", path), flags, mode);
    }

    /** Opens the path that {@code name} is, zero-terminated. */
    public static int open(ByteBuffer name, int flags, int mode) {
        int fd = C.open(Memory.address(name), flags, mode);
        java.lang.ref.Reference.reachabilityFence(name);
        return fd < 0 ? -errno() : fd;
    }

    /** The open file's status flags (O_APPEND, O_NONBLOCK, access mode), or -EBADF. */
    public static int statusFlags(int fd) {
        return result(C.fcntl(fd, F_GETFL, 0));
    }

    /** Whether the descriptor is a message queue's. */
    public static boolean isMessageQueue(int fd) {
        return messageQueue(fd) >= 0;
    }

    /** 0 for the descriptor of a message queue, else -EBADF. Of one who asks for no attributes qemu does not look at the descriptor. */
    public static int messageQueue(int fd) {
        return call(Syscalls.MQ_GETSETATTR, fd, 0, Scratch.get().address);
    }

    /** A close-on-exec duplicate, at number {@code atLeast} or above. */
    public static int duplicate(int fd, int atLeast) {
        int made = C.fcntl(fd, F_DUPFD_CLOEXEC, atLeast);
        return made < 0 ? -errno() : made;
    }

    /**
     * Asks for a lock on the file that is in the way of a write lock on all of it: one of a process, or one of another open file
     * description than this one's.
     *
     * @return 0 for none; the number of its process, which is 0x7fffffff for one that is not seen from here; -1 for one of an open file
     *     description
     */
    static int lockOwner(int fd) {
        Scratch s = Scratch.get();
        // struct flock: l_type 0, l_whence 2, l_start 8, l_len 16, l_pid 24
        Memory.clear(s.buffer, 0, 32);
        s.buffer.putShort(0, F_WRLCK);
        if (C.fcntl(fd, F_OFD_GETLK, s.address) != 0 || s.buffer.getShort(0) == F_UNLCK) {
            return 0;
        }
        int owner = s.buffer.getInt(24);
        return owner == 0 ? Integer.MAX_VALUE : owner;
    }

    /** A shared-memory file of {@code size} bytes, sealed against any change of that size. */
    public static int sealedMemfd(String name, long size) {
        ByteBuffer text = Memory.cString(name);
        int fd = C.memfd_create(Memory.address(text), MFD_CLOEXEC | MFD_ALLOW_SEALING);
        java.lang.ref.Reference.reachabilityFence(text);
        if (fd >= 0
                && C.ftruncate(fd, size) == 0
                && C.fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW) == 0) {
            return fd;
        }
        int r = -errno();
        if (fd >= 0) {
            C.close(fd);
        }
        return r;
    }

    /** The size of a file, or the errno negated. */
    public static long size(int fd) {
        Scratch s = Scratch.get();
        int r = statx(fd, s.address);
        // stx_size
        return r < 0 ? r : s.buffer.getLong(40);
    }

    /** Gives the pages back while the mapping stays: later reads see zeros. */
    public static int removePages(long address, long length) {
        return result(C.madvise(address, length, MADV_REMOVE));
    }

    /** Wakes at most {@code n} threads, of whatever process, that wait on a futex word in shared memory: how many. */
    public static int futexWake(long word, int n) {
        return call(Syscalls.FUTEX, word, FUTEX_WAKE, n);
    }

    /** What /proc calls the file behind an open descriptor; empty where it does not say. */
    public static String nameOf(int fd) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
        } catch (IOException unknown) {
            return "";
        }
    }

    /** The seals of a memfd (F_SEAL_ bits), or the errno negated; EINVAL for another file. */
    public static int seals(int fd) {
        return result(C.fcntl(fd, F_GET_SEALS, 0));
    }

    public static int eventfd() {
        int made = C.eventfd(0, O_CLOEXEC | O_NONBLOCK);
        return made < 0 ? -errno() : made;
    }

    /** Adds one to an eventfd. */
    public static void signalEventfd(int fd) {
        Scratch s = Scratch.get();
        s.buffer.putLong(0, 1);
        C.write(fd, s.address, 8);
    }

    /** Reads (and so resets) an eventfd or timerfd: its count, or the errno negated. */
    public static long readCount(int fd) {
        Scratch s = Scratch.get();
        long r = result(C.read(fd, s.address, 8));
        return r < 0 ? r : s.buffer.getLong(0);
    }

    public static int timerfd(int clockId) {
        int made = C.timerfd_create(clockId, O_CLOEXEC | O_NONBLOCK);
        return made < 0 ? -errno() : made;
    }

    /** Arms a timerfd once, at {@code nanos} of its clock (at least 1), or disarms it when {@code nanos} is 0. */
    public static int armTimerfd(int fd, long nanos, int flags) {
        Scratch s = Scratch.get();
        s.buffer.putLong(0, 0);
        s.buffer.putLong(8, 0);
        Memory.putTime(s.buffer, 16, nanos);
        return result(C.timerfd_settime(fd, flags | TIMER_ABSTIME, s.address, 0));
    }

    public static int epollCreate() {
        int made = C.epoll_create1(O_CLOEXEC);
        return made < 0 ? -errno() : made;
    }

    /** Bytes of a struct epoll_event, and where its data stands: packed on x86-64 only. */
    public static final int EPOLL_EVENT_SIZE = Native.X86_64 ? 12 : 16;

    public static final int EPOLL_EVENT_DATA = Native.X86_64 ? 4 : 8;

    /** epoll_ctl with the descriptor itself as data. */
    public static int epollControl(int epfd, int operation, int fd, int events) {
        return epollControl(epfd, operation, fd, events, fd);
    }

    /** epoll_ctl. */
    public static int epollControl(int epfd, int operation, int fd, int events, long data) {
        Scratch s = Scratch.get();
        s.buffer.putInt(0, events);
        s.buffer.putLong(EPOLL_EVENT_DATA, data);
        return result(C.epoll_ctl(epfd, operation, fd, s.address));
    }

    /** ioctl-free file type and identity of an open descriptor: see {@link FileId}. */
    public static int statx(int fd, long buffer) {
        // AT_EMPTY_PATH on an empty name asks about fd itself; STATX_TYPE | STATX_MODE | STATX_INO | STATX_BTIME
        return result(C.statx(fd, EMPTY_NAME_ADDRESS, AT_EMPTY_PATH, 0x903, buffer));
    }

    /** name_to_handle_at(2) of an open descriptor: what the file system tells files by. 0, or the errno negated. */
    static int fileHandle(int fd, long handle, long mountId, int flags) {
        return (int) call(Syscalls.NAME_TO_HANDLE_AT, fd, EMPTY_NAME_ADDRESS, handle, mountId, AT_EMPTY_PATH | flags);
    }

    /** A system call by number: its result, or the errno negated. */
    public static int call(int number, long a) {
        return call(number, a, 0, 0, 0);
    }

    /** A system call by number: its result, or the errno negated. */
    public static int call(int number, long a, long b) {
        return call(number, a, b, 0, 0);
    }

    /** A system call by number: its result, or the errno negated. */
    public static int call(int number, long a, long b, long c) {
        return call(number, a, b, c, 0);
    }

    /** A system call by number: its result, or the errno negated. */
    public static int call(int number, long a, long b, long c, long d) {
        int r = (int) C.syscall(number, a, b, c, d);
        return r < 0 ? -errno() : r;
    }

    /** A system call by number: its result, or the errno negated. */
    public static long call(int number, long a, long b, long c, long d, long e) {
        return call(number, a, b, c, d, e, 0);
    }

    /** A system call by number: its result, or the errno negated. */
    public static long call(int number, long a, long b, long c, long d, long e, long f) {
        Scratch words = SixArguments.words();
        if (words != null) {
            return SixArguments.call(words, number, a, b, c, d, e, f);
        }
        long r = C.syscall(number, a, b, c, d, e, f);
        return r < 0 ? -errno() : r;
    }

    public static int gettid() {
        return (int) C.syscall(Syscalls.GETTID, 0, 0);
    }

    /**
     * Installs a signal handler, during which the signals of {@code mask} are blocked: 0, or an errno negated. The one that was
     * there before is at {@code former}, unless that is 0.
     */
    static int sigaction(int signo, long handler, long mask, int flags, long former) {
        Scratch s = Scratch.get();
        // handler 0, sa_mask (128 bytes) 8, sa_flags 136
        Memory.clear(s.buffer, 0, SIZEOF_SIGACTION);
        s.buffer.putLong(0, handler).putLong(8, mask).putInt(136, flags);
        return result(C.sigaction(signo, s.address, former));
    }

    /** Whether a handler is called when {@code signo} arrives. */
    public static boolean handled(int signo) {
        // SIG_IGN is 1
        return (handler(signo) & ~1L) != 0;
    }

    /** Whether nobody has said what is to happen when {@code signo} arrives. */
    public static boolean defaultDisposition(int signo) {
        return handler(signo) == 0;
    }

    /** The address of the handler, which comes first in the kernel's struct sigaction, and stays in the thread's scratch; SIG_DFL is 0. */
    private static long handler(int signo) {
        Scratch s = Scratch.get();
        int rc = call(Syscalls.RT_SIGACTION, signo, 0, s.address, 8);
        return rc == 0 ? s.buffer.getLong(0) : 1;
    }
}
