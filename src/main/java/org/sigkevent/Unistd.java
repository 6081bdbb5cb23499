package org.sigkevent;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.aio.HeldRequests;
import org.sigkevent.core.Queues;
import org.sigkevent.notify.Notify;
import org.sigkevent.signal.Signals;
import org.sigkevent.sys.Duplicates;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.FileCalls;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Native;
import org.sigkevent.sys.Posix;
import org.sigkevent.sys.Stack;
import org.sigkevent.sys.Threads;
import org.sigkevent.sys.WaitingCalls;
import org.sigkevent.timer.ClockTimer;
import org.sigkevent.timer.TimerSetting;

/**
 * {@code <unistd.h>}: what programs use beside asynchronous I/O.
 *
 * <p>Every call answers -1 and sets {@link Errno#errno} when it fails, with {@link Errno#message} in words. All may be called from any
 * thread. What waits ends with EINTR when the thread is interrupted, whose interrupt status is cleared then, or when a
 * handler without SA_RESTART that it has installed ({@link Signal#sigaction}) has returned; a virtual thread that waits
 * here holds its carrier. Descriptors that are made here are close-on-exec, {@link #dup2} excepted.
 *
 * <p>After POSIX.1-2024, {@code <unistd.h>}, and the manual pages of Linux.
 */
public final class Unistd {
    /** Standard input. */
    public static final int STDIN_FILENO = 0;
    /** Standard output. */
    public static final int STDOUT_FILENO = 1;
    /** Standard error. */
    public static final int STDERR_FILENO = 2;
    /** {@link #access}: it exists. */
    public static final int F_OK = 0;
    /** {@link #access}: it can be run, or looked through. */
    public static final int X_OK = 1;
    /** {@link #access}: it can be written to. */
    public static final int W_OK = 2;
    /** {@link #access}: it can be read. */
    public static final int R_OK = 4;

    private static final long NANOS = 1_000_000_000L;

    private Unistd() {}

    // ---- waiting for signals

    /**
     * Waits until a handler of a signal has returned ({@link Signal#sigaction}).
     *
     * @return -1 and errno: EINTR (a handler has returned, or the thread was interrupted, whose status is cleared), EMFILE, ENFILE, EAGAIN,
     *     ENOMEM (the first use of a signal)
     */
    public static int pause() {
        Stack.reserve();
        return Errno.call(() -> {
            Signals.instance().awaitHandler(Long.MAX_VALUE);
            throw new ErrnoException(
                    Errnos.EINTR, "pause ended: a handler has returned, or the thread was interrupted");
        });
    }

    /**
     * Sleeps until the time is up, a handler of a signal has returned, or the thread is interrupted, whose status is cleared then.
     *
     * @param seconds how long, on CLOCK_MONOTONIC; as an unsigned number
     * @return 0; or what was left, in whole seconds, rounded down
     */
    public static int sleep(int seconds) {
        Stack.reserve();
        long end = Kevent.after(Integer.toUnsignedLong(seconds) * NANOS);
        try {
            Signals.instance().awaitHandler(end);
        } catch (ErrnoException noSignals) {
            // then no handler can come either
            Threads.sleep(end);
        }
        return (int) (Math.max(0, end - System.nanoTime()) / NANOS);
    }

    /** The timer of {@link #alarm}; guarded by the class. */
    private static @Nullable ClockTimer alarm;

    /**
     * Has SIGALRM generated for this process when the time is up, as by a timer. There is one such time.
     *
     * @param seconds how long, on CLOCK_MONOTONIC; as an unsigned number; 0 for never
     * @return what was left of the time before, in seconds, at least 1 if anything was; 0 if there was none. -1 and errno where C has no
     *     failure: EINVAL (SIGALRM has its default disposition, which would end the JVM), EAGAIN, EMFILE, ENFILE, ENOMEM (the first use)
     */
    public static synchronized int alarm(int seconds) {
        Stack.reserve();
        return Errno.call(() -> {
            ClockTimer timer = alarm;
            if (seconds != 0) {
                int signo = SigEvent.checkedSignal(Signal.SIGALRM, 0);
                if (timer == null) {
                    timer = ClockTimer.create(Time.CLOCK_MONOTONIC, id -> Notify.signal(signo, 0, null, 0));
                    alarm = timer;
                }
            }
            if (timer == null) {
                return 0;
            }
            TimerSetting before = new TimerSetting();
            timer.set(false, Integer.toUnsignedLong(seconds) * NANOS, 0, before);
            long left = before.valueNanos / NANOS;
            long rest = before.valueNanos % NANOS;
            return (int) (left == 0 && rest > 0 || rest >= NANOS / 2 ? left + 1 : left);
        });
    }

    // ---- descriptors

    /**
     * close(2): 0; or -1 and errno EBADF, EIO, ... Requests in flight on the descriptor go on with the file that it was, and
     * keep it open: a socket's peer sees no end before they are done. To have them end, cancel them first ({@link Aio#aio_cancel},
     * {@link Kevent#KEVENT_CTL_CANCEL}), or shut the socket down.
     *
     * @param fd the descriptor
     * @return 0; or -1 and errno, as close(2)
     */
    public static int close(int fd) {
        HeldRequests.handOver(fd);
        int rc = Duplicates.closeOfProgram(fd);
        Queues.closed(fd);
        return rc == 0 ? 0 : refused(-rc, rc == -Errnos.EBADF, "fd", fd, "close");
    }

    /**
     * pipe(2).
     *
     * @param fildes its first element gets the end to read from, its second the one to write to; both are close-on-exec
     * @return 0; or -1 and errno: EFAULT (fildes is null), EINVAL (fildes has fewer than two elements), EMFILE, ENFILE
     */
    public static int pipe(int[] fildes) {
        return pipe2(fildes, 0);
    }

    /**
     * pipe2(2), of Linux.
     *
     * @param fildes as {@link #pipe}
     * @param flags {@link Fcntl#O_NONBLOCK}, {@link Fcntl#O_DIRECT} (packets), or 0; O_CLOEXEC is always set
     * @return as {@link #pipe}; EINVAL also for flags
     */
    public static int pipe2(int[] fildes, int flags) {
        Stack.reserve();
        if (fildes == null) {
            return Errno.fail(Errnos.EFAULT, "fildes is null");
        }
        if (fildes.length < 2) {
            return Errno.fail(
                    Errnos.EINVAL, "fildes has " + fildes.length + " elements, fewer than the 2 ends of a pipe");
        }
        int rc = FileCalls.pipe(fildes, flags | Linux.O_CLOEXEC);
        return rc == 0 ? 0 : Errno.fail(ErrnoException.of(-rc, "pipe, flags 0" + Integer.toOctalString(flags)));
    }

    /**
     * dup(2).
     *
     * @param fildes the descriptor
     * @return the lowest free number, for the same open file; close-on-exec ({@link Fcntl#F_DUPFD} makes one that is not); or -1 and
     *     errno: EBADF, EMFILE
     */
    public static int dup(int fildes) {
        Stack.reserve();
        return answer(Linux.duplicate(fildes, 0), "fildes", fildes, "dup");
    }

    /**
     * dup2(2). What {@code fildes2} was is closed as by {@link #close}: requests in flight go on with it, and a queue is destroyed.
     *
     * @param fildes the descriptor
     * @param fildes2 the number that is to stand for the same open file; exec does not close it, as it is for standard streams
     * @return fildes2; or -1 and errno: EBADF (fildes is not open, or fildes2 is out of range: it stays as it was), EBUSY
     */
    public static int dup2(int fildes, int fildes2) {
        Stack.reserve();
        HeldRequests.handOver(fildes2);
        int rc = Duplicates.duplicateOfProgram(fildes, fildes2);
        if (rc < 0) {
            boolean open = rc != -Errnos.EBADF || Linux.statusFlags(fildes) >= 0;
            return refused(-rc, !open, "fildes", fildes, "dup2, fildes2 " + fildes2 + ",");
        }
        if (fildes != fildes2) {
            Queues.closed(fildes2);
        }
        return rc;
    }

    /**
     * Whether a descriptor is a terminal's.
     *
     * @param fildes the descriptor
     * @return 1; or 0 and errno: ENOTTY, EBADF
     */
    public static int isatty(int fildes) {
        Stack.reserve();
        int is = Posix.calls().isatty(fildes);
        if (is != 1) {
            // not what the C library leaves in errno: that may be from before
            refused(
                    Linux.statusFlags(fildes) < 0 ? Errnos.EBADF : Errno.ENOTTY,
                    Linux.statusFlags(fildes) < 0,
                    "fildes",
                    fildes,
                    "isatty");
        }
        return is;
    }

    // ---- reading and writing

    /**
     * read(2).
     *
     * @param fildes the descriptor
     * @param buf where the bytes go: a {@link ByteBuffer} (from its position, which stays), a byte[] or a jnr {@link Pointer}
     * @param nbyte how many bytes at most
     * @return how many bytes were read, 0 at the end; or -1 and errno as read(2) has it (EAGAIN, EBADF, EIO, EISDIR, ...); EFAULT when
     *     buf is null or read-only, EINVAL when it is shorter than nbyte, EINTR when the thread was interrupted, or a handler has
     *     returned, before anything came, ENOMEM (for heap data)
     */
    public static long read(int fildes, Object buf, long nbyte) {
        return receive(false, fildes, buf, nbyte, 0);
    }

    /**
     * pread(2): as {@link #read}, at a place, and the descriptor's offset stays.
     *
     * @param fildes the descriptor
     * @param buf as there
     * @param nbyte as there
     * @param offset the place, in bytes
     * @return as there; EINVAL also for a negative offset, ESPIPE for a descriptor that cannot seek
     */
    public static long pread(int fildes, Object buf, long nbyte, long offset) {
        return receive(true, fildes, buf, nbyte, offset);
    }

    private static long receive(boolean placed, int fildes, Object buf, long nbyte, long offset) {
        Stack.reserve();
        MessageBuffers own = MessageBuffers.own("buf", "nbyte");
        try {
            checkLength(nbyte);
            long address = own.forReading(buf, nbyte);
            int rc = placed
                    ? WaitingCalls.pread(fildes, address, nbyte, offset)
                    : WaitingCalls.read(fildes, address, nbyte);
            if (rc > 0) {
                own.deliver(buf, rc);
            }
            Reference.reachabilityFence(buf);
            return rc < 0 ? refused(-rc, placed ? "pread" : "read", fildes, nbyte, placed ? offset : -1) : rc;
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        } finally {
            own.release();
        }
    }

    /**
     * write(2).
     *
     * @param fildes the descriptor
     * @param buf the bytes: a {@link ByteBuffer} (from its position, which stays), a byte[] or a jnr {@link Pointer}; of a String its
     *     {@code getBytes}
     * @param nbyte how many
     * @return how many bytes were written; or -1 and errno as write(2) has it (EAGAIN, EBADF, EFBIG, EIO, ENOSPC, ...; EPIPE comes without
     *     a signal); EFAULT when buf is null, EINVAL when it is shorter than nbyte, EINTR when the thread was interrupted, or a handler
     *     has returned, before anything went, ENOMEM (for heap data)
     */
    public static long write(int fildes, Object buf, long nbyte) {
        return send(false, fildes, buf, nbyte, 0);
    }

    /**
     * pwrite(2): as {@link #write}, at a place, and the descriptor's offset stays. With O_APPEND Linux appends all the same.
     *
     * @param fildes the descriptor
     * @param buf as there
     * @param nbyte as there
     * @param offset the place, in bytes
     * @return as there; EINVAL also for a negative offset, ESPIPE for a descriptor that cannot seek
     */
    public static long pwrite(int fildes, Object buf, long nbyte, long offset) {
        return send(true, fildes, buf, nbyte, offset);
    }

    private static long send(boolean placed, int fildes, Object buf, long nbyte, long offset) {
        Stack.reserve();
        MessageBuffers own = MessageBuffers.own("buf", "nbyte");
        try {
            checkLength(nbyte);
            long address = own.forWriting(buf, nbyte);
            int rc = placed
                    ? WaitingCalls.pwrite(fildes, address, nbyte, offset)
                    : WaitingCalls.write(fildes, address, nbyte);
            Reference.reachabilityFence(buf);
            return rc < 0 ? refused(-rc, placed ? "pwrite" : "write", fildes, nbyte, placed ? offset : -1) : rc;
        } catch (ErrnoException refused) {
            return Errno.fail(refused);
        } finally {
            own.release();
        }
    }

    private static void checkLength(long nbyte) {
        if (nbyte < 0) {
            throw ErrnoException.invalid("nbyte " + nbyte + " is negative");
        }
    }

    /** What ends while a program drains or fills a pipe costs nothing to say. */
    private static int refused(int errno, String call, int fildes, long nbyte, long offset) {
        if (errno == Errnos.EAGAIN) {
            return Errno.fail(
                    errno, "fildes", fildes, ": the call would wait, and the descriptor is O_NONBLOCK (EAGAIN)");
        }
        if (errno == Errnos.EINTR) {
            return Errno.fail(errno, "fildes", fildes, Errno.ENDED_EARLY);
        }
        String asked = call + ", nbyte " + nbyte + (offset < 0 ? "," : ", offset " + offset + ",");
        return refused(errno, errno == Errnos.EBADF && Linux.statusFlags(fildes) < 0, "fildes", fildes, asked);
    }

    /**
     * lseek(2).
     *
     * @param fildes the descriptor
     * @param offset how far, in bytes
     * @param whence {@link Fcntl#SEEK_SET}, {@link Fcntl#SEEK_CUR} or {@link Fcntl#SEEK_END}
     * @return the descriptor's new offset; or -1 and errno: EBADF, EINVAL (whence, or the offset would be negative), EOVERFLOW, ESPIPE
     */
    public static long lseek(int fildes, long offset, int whence) {
        Stack.reserve();
        long rc = Posix.calls().lseekLong(fildes, offset, whence);
        if (rc >= 0) {
            return rc;
        }
        int errno = Native.errno();
        return refused(
                errno, errno == Errnos.EBADF, "fildes", fildes, "lseek, offset " + offset + ", whence " + whence + ",");
    }

    // ---- files

    /**
     * ftruncate(2).
     *
     * @param fildes the descriptor
     * @param length the file's new length, in bytes
     * @return 0; or -1 and errno: EBADF, EFBIG, EINVAL (a negative length, or not open for writing), EIO, EPERM
     */
    public static int ftruncate(int fildes, long length) {
        Stack.reserve();
        int rc = Posix.result(Posix.calls().ftruncate(fildes, length));
        return rc == 0 ? 0 : answer(rc, "fildes", fildes, "ftruncate, length " + length + ",");
    }

    /**
     * fsync(2): returns when what was written is durable. {@link KeventEvent#fsync} and {@link Aio#aio_fsync} do not hold the thread.
     *
     * @param fildes the descriptor
     * @return 0; or -1 and errno: EBADF, EDQUOT, EINVAL (it cannot be synchronised), EIO, ENOSPC
     */
    public static int fsync(int fildes) {
        Stack.reserve();
        return answer(Posix.result(Posix.calls().fsync(fildes)), "fildes", fildes, "fsync");
    }

    /**
     * fdatasync(2): as {@link #fsync}, without what is not needed to read the data again.
     *
     * @param fildes the descriptor
     * @return as {@link #fsync}
     */
    public static int fdatasync(int fildes) {
        Stack.reserve();
        return answer(Posix.result(Posix.calls().fdatasync(fildes)), "fildes", fildes, "fdatasync");
    }

    /**
     * unlink(2): removes a name.
     *
     * @param path the name; its bytes in UTF-8, whatever the locale
     * @return 0; or -1 and errno as unlink(2) has it (ENOENT, EACCES, EISDIR, EPERM, ...); EFAULT when path is null, EINVAL when it has a
     *     NUL in it
     */
    public static int unlink(String path) {
        Stack.reserve();
        return path == null
                ? Errno.fail(Errnos.EFAULT, "path is null")
                : Errno.call(() -> {
                    int rc = FileCalls.unlink(path);
                    return rc == 0 ? 0 : Errno.fail(ErrnoException.of(-rc, "unlink of path " + path));
                });
    }

    /**
     * access(2): whether the real user may do that with a file.
     *
     * @param path the name; its bytes in UTF-8, whatever the locale
     * @param amode {@link #F_OK}, or {@link #R_OK}, {@link #W_OK} and {@link #X_OK} together
     * @return 0; or -1 and errno as access(2) has it (EACCES, ENOENT, EROFS, ...); EFAULT when path is null, EINVAL when it has a NUL in
     *     it, or for amode
     */
    public static int access(String path, int amode) {
        Stack.reserve();
        return path == null
                ? Errno.fail(Errnos.EFAULT, "path is null")
                : Errno.call(() -> ErrnoException.check(
                        FileCalls.access(path, amode), "access of path " + path + ", amode " + amode));
    }

    // ---- who

    /**
     * The process's id.
     *
     * @return the id
     */
    public static int getpid() {
        Stack.reserve();
        return Native.C.getpid();
    }

    /**
     * The id of the process that started this one.
     *
     * @return the id; 0 for one outside of the namespace
     */
    public static int getppid() {
        Stack.reserve();
        return Posix.calls().getppid();
    }

    /**
     * The kernel's id of the calling thread, for {@link SigEvent#sigev_notify_thread_id}. That of a virtual thread is its carrier's, and
     * may be another one in the next moment.
     *
     * @return the id
     */
    public static int gettid() {
        Stack.reserve();
        return Linux.gettid();
    }

    /**
     * The process's real user.
     *
     * @return the user's id
     */
    public static int getuid() {
        Stack.reserve();
        return Native.C.getuid();
    }

    /**
     * The process's effective user.
     *
     * @return the user's id
     */
    public static int geteuid() {
        Stack.reserve();
        return Posix.calls().geteuid();
    }

    /**
     * The process's real group.
     *
     * @return the group's id
     */
    public static int getgid() {
        Stack.reserve();
        return Posix.calls().getgid();
    }

    /**
     * The process's effective group.
     *
     * @return the group's id
     */
    public static int getegid() {
        Stack.reserve();
        return Posix.calls().getegid();
    }

    /** What a call with a descriptor answers; or -1 and errno, in words. What was done is not to be lost for want of memory for the words. */
    static int answer(int rc, String argument, int fd, String asked) {
        return rc < 0 ? refused(-rc, rc == -Errnos.EBADF && Linux.statusFlags(fd) < 0, argument, fd, asked) : rc;
    }

    private static int refused(int errno, boolean notOpen, String argument, int fd, String asked) {
        return Errno.fail(
                notOpen
                        ? ErrnoException.notOpen(argument, fd)
                        : ErrnoException.of(errno, asked + " of " + argument + " " + fd));
    }
}
