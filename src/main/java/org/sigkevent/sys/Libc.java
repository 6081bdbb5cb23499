package org.sigkevent.sys;

/**
 * The C library's functions that this library calls. {@link JffiLibc} binds them.
 *
 * <p>Addresses and sizes are {@code long}: a {@code Struct}, array or buffer argument would cost five to fifty times the
 * call.
 */
public interface Libc {
    int open(long path, int flags, int mode);

    int close(int fd);

    long read(int fd, long buffer, long count);

    long write(int fd, long buffer, long count);

    long pread(int fd, long buffer, long count, long offset);

    long preadv2(int fd, long iov, int count, long offset, int flags);

    long pwritev2(int fd, long iov, int count, long offset, int flags);

    long recv(int fd, long buffer, long count, int flags);

    long send(int fd, long buffer, long count, int flags);

    int recvmmsg(int fd, long messages, int count, int flags, long timeout);

    int socket(int domain, int type, int protocol);

    int setsockopt(int fd, int level, int name, long value, int length);

    int fcntl(int fd, int command, long argument);

    int ftruncate(int fd, long length);

    int memfd_create(long name, int flags);

    int munmap(long address, long length);

    int madvise(long address, long length, int advice);

    int eventfd(int initial, int flags);

    int timerfd_create(int clockId, int flags);

    int timerfd_settime(int fd, int flags, long newValue, long oldValue);

    int epoll_create1(int flags);

    int epoll_ctl(int epfd, int operation, int fd, long event);

    int epoll_wait(int epfd, long events, int maximum, int timeoutMillis);

    int ppoll(long fds, long count, long timeout, long sigmask);

    int statx(int dirfd, long path, int flags, int mask, long statx);

    int clock_gettime(int clockId, long timespec);

    int clock_settime(int clockId, long timespec);

    int clock_getres(int clockId, long timespec);

    int clock_getcpuclockid(int pid, long clockId);

    int sigaction(int signo, long act, long oldact);

    int pthread_sigmask(int how, long set, long oldset);

    int getpid();

    int getuid();

    long sysconf(int name);

    int prctl(int option, long a, long b, long c, long d);

    long syscall(long number, long a, long b);

    long syscall(long number, long a, long b, long c);

    long syscall(long number, long a, long b, long c, long d);

    long mmap(long address, long length, int protection, int flags, int fd, long offset);

    long syscall(long number, long a, long b, long c, long d, long e, long f);

    /** Only there so that a test can see whether a sixth argument arrives. */
    int snprintf(long buffer, long size, long format, long first, long second, long third);
}
