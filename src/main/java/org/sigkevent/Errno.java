package org.sigkevent;

import java.util.Objects;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;

/**
 * {@code <errno.h>}: the error of the last call of the C face that failed, for each Java thread (virtual ones too).
 *
 * <p>A call that succeeds leaves it untouched. The numbers are Linux's, from jnr-constants.
 */
public final class Errno {
    /** Not allowed. */
    public static final int EPERM = Errnos.EPERM;
    /** No such name; the request is done. */
    public static final int ENOENT = Errnos.ENOENT;
    /** No such process. */
    public static final int ESRCH = Errnos.ESRCH;
    /** The thread was interrupted, or took a signal. */
    public static final int EINTR = Errnos.EINTR;
    /** Input or output failed; some element of a list failed. */
    public static final int EIO = Errnos.EIO;
    /** Not an open descriptor; not a queue, or destroyed. */
    public static final int EBADF = Errnos.EBADF;
    /** No such child. */
    public static final int ECHILD = Errnos.ECHILD;
    /** No room, or nothing there, for now. */
    public static final int EAGAIN = Errnos.EAGAIN;
    /** The same number as EAGAIN: the ring state had moved. */
    public static final int EWOULDBLOCK = Errnos.EWOULDBLOCK;
    /** No memory. */
    public static final int ENOMEM = Errnos.ENOMEM;
    /** Permission denied. */
    public static final int EACCES = Errnos.EACCES;
    /** No buffer, or one that cannot be written to. */
    public static final int EFAULT = Errnos.EFAULT;
    /** In use: a block in flight, a registration, a waiter. */
    public static final int EBUSY = Errnos.EBUSY;
    /** The name is taken. */
    public static final int EEXIST = jnr.constants.platform.Errno.EEXIST.intValue();
    /** A directory. */
    public static final int EISDIR = jnr.constants.platform.Errno.EISDIR.intValue();
    /** An argument is not allowed. */
    public static final int EINVAL = Errnos.EINVAL;
    /** The machine has no more open files. */
    public static final int ENFILE = Errnos.ENFILE;
    /** The process has no more descriptors. */
    public static final int EMFILE = Errnos.EMFILE;
    /** No space on the device; too many message queues. */
    public static final int ENOSPC = jnr.constants.platform.Errno.ENOSPC.intValue();
    /** The descriptor cannot seek. */
    public static final int ESPIPE = Errnos.ESPIPE;
    /** Nobody reads. */
    public static final int EPIPE = jnr.constants.platform.Errno.EPIPE.intValue();
    /** The name is too long. */
    public static final int ENAMETOOLONG = Errnos.ENAMETOOLONG;
    /** No such call, command or kind. */
    public static final int ENOSYS = Errnos.ENOSYS;
    /** A number does not fit; records were dropped. */
    public static final int EOVERFLOW = Errnos.EOVERFLOW;
    /** The message or its buffer has the wrong size. */
    public static final int EMSGSIZE = Errnos.EMSGSIZE;
    /** Not supported. */
    public static final int ENOTSUP = Errnos.ENOTSUP;
    /** The same number as ENOTSUP. */
    public static final int EOPNOTSUPP = Errnos.EOPNOTSUPP;
    /** Not a socket. */
    public static final int ENOTSOCK = Errnos.ENOTSOCK;
    /** The time is up. */
    public static final int ETIMEDOUT = Errnos.ETIMEDOUT;
    /** The request is not done. */
    public static final int EINPROGRESS = Errnos.EINPROGRESS;
    /** The message does not fit its buffer; too many operations. */
    public static final int E2BIG = jnr.constants.platform.Errno.E2BIG.intValue();
    /** No such device, or nobody reads the FIFO. */
    public static final int ENXIO = jnr.constants.platform.Errno.ENXIO.intValue();
    /** Not a directory. */
    public static final int ENOTDIR = jnr.constants.platform.Errno.ENOTDIR.intValue();
    /** The file would become too big; no such semaphore. */
    public static final int EFBIG = jnr.constants.platform.Errno.EFBIG.intValue();
    /** A read-only file system. */
    public static final int EROFS = jnr.constants.platform.Errno.EROFS.intValue();
    /** Out of range. */
    public static final int ERANGE = jnr.constants.platform.Errno.ERANGE.intValue();
    /** Waiting would never end. */
    public static final int EDEADLK = jnr.constants.platform.Errno.EDEADLK.intValue();
    /** No more locks. */
    public static final int ENOLCK = jnr.constants.platform.Errno.ENOLCK.intValue();
    /** Too many symbolic links. */
    public static final int ELOOP = jnr.constants.platform.Errno.ELOOP.intValue();
    /** No message of that type. */
    public static final int ENOMSG = Errnos.ENOMSG;
    /** The queue or the set of semaphores was removed. */
    public static final int EIDRM = Errnos.EIDRM;
    /** The time is up (kernel calls). */
    public static final int ETIME = Errnos.ETIME;
    /** The address is in use. */
    public static final int EADDRINUSE = Errnos.EADDRINUSE;
    /** No such address here. */
    public static final int EADDRNOTAVAIL = jnr.constants.platform.Errno.EADDRNOTAVAIL.intValue();
    /** No such family of addresses. */
    public static final int EAFNOSUPPORT = jnr.constants.platform.Errno.EAFNOSUPPORT.intValue();
    /** The network cannot be reached. */
    public static final int ENETUNREACH = jnr.constants.platform.Errno.ENETUNREACH.intValue();
    /** The connection was given up before it was accepted. */
    public static final int ECONNABORTED = jnr.constants.platform.Errno.ECONNABORTED.intValue();
    /** The peer has reset the connection. */
    public static final int ECONNRESET = jnr.constants.platform.Errno.ECONNRESET.intValue();
    /** No room for buffers. */
    public static final int ENOBUFS = jnr.constants.platform.Errno.ENOBUFS.intValue();
    /** Connected already. */
    public static final int EISCONN = jnr.constants.platform.Errno.EISCONN.intValue();
    /** Not connected. */
    public static final int ENOTCONN = jnr.constants.platform.Errno.ENOTCONN.intValue();
    /** Nobody listens. */
    public static final int ECONNREFUSED = jnr.constants.platform.Errno.ECONNREFUSED.intValue();
    /** The host cannot be reached. */
    public static final int EHOSTUNREACH = jnr.constants.platform.Errno.EHOSTUNREACH.intValue();
    /** Under way already. */
    public static final int EALREADY = jnr.constants.platform.Errno.EALREADY.intValue();
    /** The file handle is stale. */
    public static final int ESTALE = jnr.constants.platform.Errno.ESTALE.intValue();
    /** The quota is used up. */
    public static final int EDQUOT = jnr.constants.platform.Errno.EDQUOT.intValue();
    /** The library was ended: see {@link Sigkevent#shutdown}. */
    public static final int ESHUTDOWN = Errnos.ESHUTDOWN;
    /** The request was cancelled. */
    public static final int ECANCELED = Errnos.ECANCELED;

    /**
     * Of each thread, in an int[], its error number; what there is to say of it; and, or null, an argument's name that stands before
     * that, with its value in a long[], so that the words need not be put together. No class of the library's: a thread may outlive it.
     */
    private static final ThreadLocal<@Nullable Object[]> LAST =
            ThreadLocal.withInitial(() -> new @Nullable Object[] {new int[1], null, null, new long[1]});

    private Errno() {}

    /**
     * The error number of this thread's last failed call of the C face; 0 before the first.
     *
     * @return the error number
     */
    public static int errno() {
        return number(LAST.get())[0];
    }

    /**
     * Sets this thread's errno, as a C program does with {@code errno = 0}.
     *
     * @param errno an error number
     */
    public static void errno(int errno) {
        fail(errno, null);
    }

    /**
     * The description of an error number, as strerror(3) gives it.
     *
     * @param errno an error number
     * @return the text; never null
     */
    public static String strerror(int errno) {
        return Errnos.text(errno);
    }

    /**
     * What this thread's last failed call of the C face has to say: which argument and why, or what the kernel answered and
     * what can be done. Never null; where there is nothing to add it is the name and description of {@link #errno()}.
     *
     * @return the words; never null
     */
    public static String message() {
        @Nullable Object[] last = LAST.get();
        int errno = number(last)[0];
        String words = (String) last[1];
        if (last[2] != null) {
            return last[2] + " " + value(last)[0] + words;
        }
        return words != null ? words : Errnos.name(errno) + " (" + Errnos.text(errno) + ")";
    }

    /** Sets errno with the words for {@link #message}; the answer is the -1 that the caller returns. */
    static int fail(int errno, @Nullable String words) {
        @Nullable Object[] last = LAST.get();
        number(last)[0] = errno;
        last[1] = words;
        last[2] = null;
        return -1;
    }

    /** As {@link #fail(int, String)} with "argument value" before the words; allocates nothing. */
    static int fail(int errno, String argument, long value, String words) {
        @Nullable Object[] last = LAST.get();
        number(last)[0] = errno;
        last[1] = words;
        last[2] = argument;
        value(last)[0] = value;
        return -1;
    }

    private static int[] number(@Nullable Object[] last) {
        return (int[]) Objects.requireNonNull(last[0]);
    }

    private static long[] value(@Nullable Object[] last) {
        return (long[]) Objects.requireNonNull(last[3]);
    }

    static int fail(ErrnoException refused) {
        return fail(refused.errno(), refused.getMessage());
    }

    /** A lower floor's result (an errno negated) as C has it. */
    static int answer(int result, @Nullable String words) {
        return result < 0 ? fail(-result, words) : result;
    }

    /** What a call answers; or -1, with the error and the words of the exception that refuses it. */
    static int call(IntSupplier call) {
        try {
            return call.getAsInt();
        } catch (ErrnoException refused) {
            return fail(refused);
        }
    }
}
