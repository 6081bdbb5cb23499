package org.sigkevent.sys;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Function;
import com.kenai.jffi.HeapInvocationBuffer;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Library;
import com.kenai.jffi.Type;
import java.util.Arrays;

/**
 * The C library's functions, called through jffi, which is what jnr-ffi stands on. jnr-ffi itself would generate a class and a piece of
 * machine code for each function before the first call, 150 ms and 25 MB; a call takes the same 9 to 12 ns either way, and
 * jnr-ffi's machine code for x86-64 passes a wrong sixth argument.
 *
 * <p>Every argument goes as a {@code long}: on both processors an {@code int} is the lower half of the register.
 */
final class JffiLibc implements Libc {
    private static final Invoker INVOKER = Invoker.getInstance();

    // the library, which must stay reachable: a collected one would be unloaded
    private static final Library LIBRARY = open();

    private static final CallContext OF_0 = context(0);
    private static final CallContext OF_1 = context(1);
    private static final CallContext OF_2 = context(2);
    private static final CallContext OF_3 = context(3);
    private static final CallContext OF_4 = context(4);
    private static final CallContext OF_5 = context(5);
    private static final CallContext OF_6 = context(6);

    private static final long OPEN = address("open");
    private static final long CLOSE = address("close");
    private static final long READ = address("read");
    private static final long WRITE = address("write");
    private static final long PREAD = address("pread");
    private static final long PREADV2 = address("preadv2");
    private static final long PWRITEV2 = address("pwritev2");
    private static final long RECV = address("recv");
    private static final long SEND = address("send");
    private static final long RECVMMSG = address("recvmmsg");
    private static final long SOCKET = address("socket");
    private static final long SETSOCKOPT = address("setsockopt");
    private static final long FCNTL = address("fcntl");
    private static final long FTRUNCATE = address("ftruncate");
    private static final long MEMFD_CREATE = address("memfd_create");
    private static final long MUNMAP = address("munmap");
    private static final long MADVISE = address("madvise");
    private static final long EVENTFD = address("eventfd");
    private static final long TIMERFD_CREATE = address("timerfd_create");
    private static final long TIMERFD_SETTIME = address("timerfd_settime");
    private static final long EPOLL_CREATE1 = address("epoll_create1");
    private static final long EPOLL_CTL = address("epoll_ctl");
    private static final long EPOLL_WAIT = address("epoll_wait");
    private static final long PPOLL = address("ppoll");
    private static final long STATX = address("statx");
    private static final long CLOCK_GETTIME = address("clock_gettime");
    private static final long CLOCK_SETTIME = address("clock_settime");
    private static final long CLOCK_GETRES = address("clock_getres");
    private static final long CLOCK_GETCPUCLOCKID = address("clock_getcpuclockid");
    private static final long SIGACTION = address("sigaction");
    private static final long PTHREAD_SIGMASK = address("pthread_sigmask");
    private static final long GETPID = address("getpid");
    private static final long GETUID = address("getuid");
    private static final long SYSCONF = address("sysconf");
    private static final long PRCTL = address("prctl");
    private static final long SYSCALL = address("syscall");
    private static final long MMAP = address("mmap");
    private static final long SNPRINTF = address("snprintf");

    static {
        // the JVM looks for a native method when it is first called, and needs memory for that: here and not where a
        // request ends. A function does not mind more arguments than it has
        INVOKER.invokeL0(OF_0, GETPID);
        INVOKER.invokeL1(OF_1, GETPID, 0);
        INVOKER.invokeL2(OF_2, GETPID, 0, 0);
        INVOKER.invokeL3(OF_3, GETPID, 0, 0, 0);
        INVOKER.invokeL4(OF_4, GETPID, 0, 0, 0, 0);
        INVOKER.invokeL5(OF_5, GETPID, 0, 0, 0, 0, 0);
        INVOKER.invokeL6(OF_6, GETPID, 0, 0, 0, 0, 0, 0);
    }

    private JffiLibc() {}

    /** The one instance. */
    static Libc load() {
        return new JffiLibc();
    }

    private static Library open() {
        Library library = Library.openLibrary("libc.so.6", Library.LAZY | Library.LOCAL);
        if (library == null) {
            throw new UnsatisfiedLinkError("sigkevent needs the GNU C library: " + Library.getLastError());
        }
        return library;
    }

    private static long address(String name) {
        long address = LIBRARY.getSymbolAddress(name);
        if (address == 0) {
            throw new UnsatisfiedLinkError("sigkevent needs a newer C library: " + Library.getLastError());
        }
        return address;
    }

    /** How a function of so many arguments is called; errno is kept for {@link Native#errno}. */
    private static CallContext context(int arguments) {
        Type[] types = new Type[arguments];
        Arrays.fill(types, Type.SINT64);
        return CallContext.getCallContext(Type.SINT64, types, CallingConvention.DEFAULT, true);
    }

    /** jffi has no short way for these: each call allocates. See {@link SixArguments}. */
    private static final class SevenArguments {
        static final Function SYSCALL = new Function(JffiLibc.SYSCALL, context(7));
    }

    @Override
    public int open(long path, int flags, int mode) {
        return (int) INVOKER.invokeL3(OF_3, OPEN, path, flags, mode);
    }

    @Override
    public int close(int fd) {
        return (int) INVOKER.invokeL1(OF_1, CLOSE, fd);
    }

    @Override
    public long read(int fd, long buffer, long count) {
        return INVOKER.invokeL3(OF_3, READ, fd, buffer, count);
    }

    @Override
    public long write(int fd, long buffer, long count) {
        return INVOKER.invokeL3(OF_3, WRITE, fd, buffer, count);
    }

    @Override
    public long pread(int fd, long buffer, long count, long offset) {
        return INVOKER.invokeL4(OF_4, PREAD, fd, buffer, count, offset);
    }

    @Override
    public long preadv2(int fd, long iov, int count, long offset, int flags) {
        return INVOKER.invokeL5(OF_5, PREADV2, fd, iov, count, offset, flags);
    }

    @Override
    public long pwritev2(int fd, long iov, int count, long offset, int flags) {
        return INVOKER.invokeL5(OF_5, PWRITEV2, fd, iov, count, offset, flags);
    }

    @Override
    public long recv(int fd, long buffer, long count, int flags) {
        return INVOKER.invokeL4(OF_4, RECV, fd, buffer, count, flags);
    }

    @Override
    public long send(int fd, long buffer, long count, int flags) {
        return INVOKER.invokeL4(OF_4, SEND, fd, buffer, count, flags);
    }

    @Override
    public int recvmmsg(int fd, long messages, int count, int flags, long timeout) {
        return (int) INVOKER.invokeL5(OF_5, RECVMMSG, fd, messages, count, flags, timeout);
    }

    @Override
    public int socket(int domain, int type, int protocol) {
        return (int) INVOKER.invokeL3(OF_3, SOCKET, domain, type, protocol);
    }

    @Override
    public int setsockopt(int fd, int level, int name, long value, int length) {
        return (int) INVOKER.invokeL5(OF_5, SETSOCKOPT, fd, level, name, value, length);
    }

    @Override
    public int fcntl(int fd, int command, long argument) {
        return (int) INVOKER.invokeL3(OF_3, FCNTL, fd, command, argument);
    }

    @Override
    public int ftruncate(int fd, long length) {
        return (int) INVOKER.invokeL2(OF_2, FTRUNCATE, fd, length);
    }

    @Override
    public int memfd_create(long name, int flags) {
        return (int) INVOKER.invokeL2(OF_2, MEMFD_CREATE, name, flags);
    }

    @Override
    public int munmap(long address, long length) {
        return (int) INVOKER.invokeL2(OF_2, MUNMAP, address, length);
    }

    @Override
    public int madvise(long address, long length, int advice) {
        return (int) INVOKER.invokeL3(OF_3, MADVISE, address, length, advice);
    }

    @Override
    public int eventfd(int initial, int flags) {
        return (int) INVOKER.invokeL2(OF_2, EVENTFD, initial, flags);
    }

    @Override
    public int timerfd_create(int clockId, int flags) {
        return (int) INVOKER.invokeL2(OF_2, TIMERFD_CREATE, clockId, flags);
    }

    @Override
    public int timerfd_settime(int fd, int flags, long newValue, long oldValue) {
        return (int) INVOKER.invokeL4(OF_4, TIMERFD_SETTIME, fd, flags, newValue, oldValue);
    }

    @Override
    public int epoll_create1(int flags) {
        return (int) INVOKER.invokeL1(OF_1, EPOLL_CREATE1, flags);
    }

    @Override
    public int epoll_ctl(int epfd, int operation, int fd, long event) {
        return (int) INVOKER.invokeL4(OF_4, EPOLL_CTL, epfd, operation, fd, event);
    }

    @Override
    public int epoll_wait(int epfd, long events, int maximum, int timeoutMillis) {
        return (int) INVOKER.invokeL4(OF_4, EPOLL_WAIT, epfd, events, maximum, timeoutMillis);
    }

    @Override
    public int ppoll(long fds, long count, long timeout, long sigmask) {
        return (int) INVOKER.invokeL4(OF_4, PPOLL, fds, count, timeout, sigmask);
    }

    @Override
    public int statx(int dirfd, long path, int flags, int mask, long statx) {
        return (int) INVOKER.invokeL5(OF_5, STATX, dirfd, path, flags, mask, statx);
    }

    @Override
    public int clock_gettime(int clockId, long timespec) {
        return (int) INVOKER.invokeL2(OF_2, CLOCK_GETTIME, clockId, timespec);
    }

    @Override
    public int clock_settime(int clockId, long timespec) {
        return (int) INVOKER.invokeL2(OF_2, CLOCK_SETTIME, clockId, timespec);
    }

    @Override
    public int clock_getres(int clockId, long timespec) {
        return (int) INVOKER.invokeL2(OF_2, CLOCK_GETRES, clockId, timespec);
    }

    @Override
    public int clock_getcpuclockid(int pid, long clockId) {
        return (int) INVOKER.invokeL2(OF_2, CLOCK_GETCPUCLOCKID, pid, clockId);
    }

    @Override
    public int sigaction(int signo, long act, long oldact) {
        return (int) INVOKER.invokeL3(OF_3, SIGACTION, signo, act, oldact);
    }

    @Override
    public int pthread_sigmask(int how, long set, long oldset) {
        return (int) INVOKER.invokeL3(OF_3, PTHREAD_SIGMASK, how, set, oldset);
    }

    @Override
    public int getpid() {
        return (int) INVOKER.invokeL0(OF_0, GETPID);
    }

    @Override
    public int getuid() {
        return (int) INVOKER.invokeL0(OF_0, GETUID);
    }

    @Override
    public long sysconf(int name) {
        return INVOKER.invokeL1(OF_1, SYSCONF, name);
    }

    @Override
    public int prctl(int option, long a, long b, long c, long d) {
        return (int) INVOKER.invokeL5(OF_5, PRCTL, option, a, b, c, d);
    }

    @Override
    public long syscall(long number, long a, long b) {
        return INVOKER.invokeL3(OF_3, SYSCALL, number, a, b);
    }

    @Override
    public long syscall(long number, long a, long b, long c) {
        return INVOKER.invokeL4(OF_4, SYSCALL, number, a, b, c);
    }

    @Override
    public long syscall(long number, long a, long b, long c, long d) {
        return INVOKER.invokeL5(OF_5, SYSCALL, number, a, b, c, d);
    }

    @Override
    public long mmap(long address, long length, int protection, int flags, int fd, long offset) {
        return INVOKER.invokeL6(OF_6, MMAP, address, length, protection, flags, fd, offset);
    }

    @Override
    public long syscall(long number, long a, long b, long c, long d, long e, long f) {
        HeapInvocationBuffer words = new HeapInvocationBuffer(SevenArguments.SYSCALL);
        words.putLong(number);
        words.putLong(a);
        words.putLong(b);
        words.putLong(c);
        words.putLong(d);
        words.putLong(e);
        words.putLong(f);
        return INVOKER.invokeLong(SevenArguments.SYSCALL, words);
    }

    @Override
    public int snprintf(long buffer, long size, long format, long first, long second, long third) {
        return (int) INVOKER.invokeL6(OF_6, SNPRINTF, buffer, size, format, first, second, third);
    }
}
