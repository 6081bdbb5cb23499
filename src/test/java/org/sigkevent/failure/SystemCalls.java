package org.sigkevent.failure;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.Map;
import org.sigkevent.Errno;
import org.sigkevent.sys.Syscalls;

/**
 * In which ways a system call can fail: the errnos of its man page that a correct caller can meet. Those that only a wrong
 * argument brings about (EBADF, EFAULT, EINVAL) are left out.
 *
 * <p>Left out as a whole, because their failure makes no sense: close and munmap (nobody could do anything about it); getpid,
 * gettid, getuid, clock_gettime, clock_getres, sysconf, ioprio_get, F_GETFL, F_GET_SEALS, rt_sigaction, timer_gettime,
 * timer_getoverrun, mq_getsetattr, getsockopt (with arguments that are right they cannot fail); timer_settime, timer_delete,
 * epoll_ctl DEL, futex wake, mq_unlink and listen (they give back or change what is there); clock_getcpuclockid and
 * pthread_sigmask (they return the error number itself).
 */
final class SystemCalls {
    static final int[] NONE = {};

    private static final int EPOLL_CTL_ADD = 1;
    private static final int F_SETLK = 6;
    private static final int F_SETLKW = 7;
    private static final int F_OFD_SETLK = 37;
    private static final int F_OFD_SETLKW = 38;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_ADD_SEALS = 1033;

    private static final Map<String, int[]> BY_NAME = new HashMap<>();
    private static final Map<Long, int[]> BY_NUMBER = new HashMap<>();
    private static final Map<Long, String> NAMES = names(Syscalls.class);
    private static final Map<Long, String> ERRNOS = names(Errno.class);

    static {
        byName("open", Errno.EINTR, Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.ENOSPC, Errno.EPERM);
        byName("read", Errno.EAGAIN, Errno.EINTR);
        byName("pread", Errno.EINTR);
        byName("write", Errno.EAGAIN, Errno.EINTR, Errno.ENOSPC);
        byName("preadv2", Errno.EAGAIN, Errno.EINTR, Errno.EOPNOTSUPP);
        byName("pwritev2", Errno.EAGAIN, Errno.EINTR, Errno.EOPNOTSUPP, Errno.ENOSPC);
        byName("recv", Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM);
        byName("send", Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM);
        byName("recvmmsg", Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM);
        byName("socket", Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.EPERM);
        byName("setsockopt", Errno.EPERM, Errno.ENOMEM);
        byName("ftruncate", Errno.EINTR, Errno.EPERM);
        byName("memfd_create", Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.ENOSYS);
        byName("mmap", Errno.EAGAIN, Errno.ENFILE, Errno.ENOMEM, Errno.EPERM);
        byName("madvise", Errno.EAGAIN, Errno.ENOMEM);
        byName("eventfd", Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM);
        byName("timerfd_create", Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.EPERM);
        byName("timerfd_settime", Errno.ECANCELED);
        byName("epoll_create1", Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM);
        byName("epoll_wait", Errno.EINTR);
        byName("ppoll", Errno.EINTR, Errno.ENOMEM);
        byName("statx", Errno.ENOMEM);
        byName("clock_settime", Errno.EPERM);
        byNumber(Syscalls.IO_URING_SETUP, Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.EPERM, Errno.ENOSYS);
        byNumber(Syscalls.IO_URING_ENTER, Errno.EAGAIN, Errno.EBUSY, Errno.EINTR, Errno.ENOMEM);
        byNumber(Syscalls.IO_URING_REGISTER, Errno.ENOMEM, Errno.EPERM);
        byNumber(Syscalls.EPOLL_PWAIT2, Errno.EINTR, Errno.ENOSYS);
        byNumber(Syscalls.PPOLL, Errno.EINTR);
        byNumber(Syscalls.TGKILL, Errno.EAGAIN);
        byNumber(Syscalls.RT_SIGTIMEDWAIT, Errno.EAGAIN, Errno.EINTR);
        byNumber(Syscalls.RT_SIGQUEUEINFO, Errno.EAGAIN, Errno.EPERM);
        byNumber(Syscalls.RT_TGSIGQUEUEINFO, Errno.EAGAIN, Errno.EPERM);
        byNumber(Syscalls.TIMER_CREATE, Errno.EAGAIN, Errno.ENOMEM);
        byNumber(Syscalls.CLOCK_NANOSLEEP, Errno.EINTR);
        byNumber(Syscalls.MQ_OPEN, Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.ENOSPC);
        byNumber(Syscalls.MQ_TIMEDSEND, Errno.EAGAIN, Errno.EINTR);
        byNumber(Syscalls.MQ_TIMEDRECEIVE, Errno.EAGAIN, Errno.EINTR);
        byNumber(Syscalls.MQ_NOTIFY, Errno.EBUSY, Errno.ENOMEM);
        byNumber(Syscalls.FLOCK, Errno.EINTR, Errno.ENOLCK);
        byNumber(Syscalls.FSYNC, Errno.EINTR, Errno.EIO, Errno.ENOSPC);
        byNumber(Syscalls.FDATASYNC, Errno.EINTR, Errno.EIO, Errno.ENOSPC);
        byNumber(Syscalls.MSYNC, Errno.ENOMEM);
        byNumber(Syscalls.SYNC_FILE_RANGE, Errno.EIO, Errno.ENOMEM, Errno.ENOSPC);
        byNumber(Syscalls.SENDMSG, Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM);
        byNumber(Syscalls.RECVMSG, Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM);
        byNumber(Syscalls.WAITID, Errno.EINTR);
        byNumber(Syscalls.ACCEPT4, Errno.EAGAIN, Errno.EINTR, Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.EPERM);
        byNumber(Syscalls.CONNECT, Errno.EAGAIN, Errno.EINTR, Errno.EPERM);
        byNumber(Syscalls.BIND, Errno.ENOMEM);
        byNumber(Syscalls.PIDFD_OPEN, Errno.EMFILE, Errno.ENFILE, Errno.ENOMEM, Errno.ENOSYS);
        byNumber(Syscalls.MSGSND, Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM);
        byNumber(Syscalls.MSGRCV, Errno.EINTR);
        byNumber(Syscalls.SEMOP, Errno.EAGAIN, Errno.EINTR, Errno.ENOMEM);
    }

    private SystemCalls() {}

    private static void byName(String name, int... errnos) {
        BY_NAME.put(name, errnos);
    }

    private static void byNumber(long number, int... errnos) {
        BY_NUMBER.put(number, errnos);
    }

    /** The errnos of a call of the bound C library, in a fixed order; none when it does not fail. */
    static int[] ways(String name, Object[] arguments) {
        if (name.equals("syscall")) {
            return BY_NUMBER.getOrDefault(number(arguments, 0), NONE);
        }
        if (name.equals("fcntl")) {
            return ofFcntl((int) number(arguments, 1));
        }
        if (name.equals("epoll_ctl")) {
            boolean adds = number(arguments, 1) == EPOLL_CTL_ADD;
            return adds ? new int[] {Errno.ENOMEM, Errno.ENOSPC, Errno.EPERM} : NONE;
        }
        return BY_NAME.getOrDefault(name, NONE);
    }

    private static int[] ofFcntl(int command) {
        switch (command) {
            case F_DUPFD_CLOEXEC:
                return new int[] {Errno.EMFILE};
            case F_ADD_SEALS:
                return new int[] {Errno.EPERM};
            case F_SETLK:
            case F_OFD_SETLK:
                return new int[] {Errno.EAGAIN, Errno.ENOLCK};
            case F_SETLKW:
            case F_OFD_SETLKW:
                return new int[] {Errno.EINTR, Errno.ENOLCK};
            default:
                return NONE;
        }
    }

    /**
     * Whether a call at this place does not fail though others of its name do: an eventfd or timerfd that does not block is not
     * interrupted, and is only full after 2^64 wakes; the pipe of signals is not interrupted either.
     */
    static boolean neverFails(Throwable here) {
        for (StackTraceElement frame : here.getStackTrace()) {
            String method = frame.getMethodName();
            boolean pipe = method.equals("end") && frame.getClassName().endsWith(".SignalPipe");
            if (pipe || method.equals("signalEventfd") || method.equals("readCount")) {
                return true;
            }
        }
        return false;
    }

    static String name(String name, Object[] arguments) {
        return name.equals("syscall")
                ? NAMES.getOrDefault(number(arguments, 0), "" + number(arguments, 0))
                        .toLowerCase(java.util.Locale.ROOT)
                : name;
    }

    static String errnoName(int errno) {
        return ERRNOS.getOrDefault((long) errno, "" + errno);
    }

    private static long number(Object[] arguments, int i) {
        return ((Number) arguments[i]).longValue();
    }

    private static Map<Long, String> names(Class<?> constants) {
        Map<Long, String> names = new HashMap<>();
        for (Field field : constants.getFields()) {
            if (field.getType() == int.class && Modifier.isStatic(field.getModifiers())) {
                try {
                    names.putIfAbsent(((Integer) field.get(null)).longValue(), field.getName());
                } catch (IllegalAccessException impossible) {
                    throw new AssertionError(impossible);
                }
            }
        }
        return names;
    }
}
