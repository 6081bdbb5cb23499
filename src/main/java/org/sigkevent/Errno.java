package org.sigkevent;

import java.util.Objects;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;

/**
 * {@code <errno.h>}: the error of the last call of the C face that failed, for each Java thread (virtual ones too).
 *
 * <p>A call that succeeds leaves it untouched. The numbers are those of Linux on x86-64 and
 * aarch64, and compile-time constants: {@code case Errno.EINPROGRESS:} compiles.
 */
public final class Errno {
    /** Not allowed. */
    public static final int EPERM = 1;
    /** No such name; the request is done. */
    public static final int ENOENT = 2;
    /** No such process. */
    public static final int ESRCH = 3;
    /** The thread was interrupted, or took a signal. */
    public static final int EINTR = 4;
    /** Input or output failed; some element of a list failed. */
    public static final int EIO = 5;
    /** No such device, or nobody reads the FIFO. */
    public static final int ENXIO = 6;
    /** The message does not fit its buffer; too many operations. */
    public static final int E2BIG = 7;
    /** Not a program. */
    public static final int ENOEXEC = 8;
    /** Not an open descriptor; not a queue, or destroyed. */
    public static final int EBADF = 9;
    /** No such child. */
    public static final int ECHILD = 10;
    /** No room, or nothing there, for now. */
    public static final int EAGAIN = 11;
    /** The same number as EAGAIN: the ring state had moved. */
    public static final int EWOULDBLOCK = 11;
    /** No memory. */
    public static final int ENOMEM = 12;
    /** Permission denied. */
    public static final int EACCES = 13;
    /** No buffer, or one that cannot be written to. */
    public static final int EFAULT = 14;
    /** Not a block device. */
    public static final int ENOTBLK = 15;
    /** In use: a block in flight, a registration, a waiter. */
    public static final int EBUSY = 16;
    /** The name is taken. */
    public static final int EEXIST = 17;
    /** On another file system. */
    public static final int EXDEV = 18;
    /** No such device. */
    public static final int ENODEV = 19;
    /** Not a directory. */
    public static final int ENOTDIR = 20;
    /** A directory. */
    public static final int EISDIR = 21;
    /** An argument is not allowed. */
    public static final int EINVAL = 22;
    /** The machine has no more open files. */
    public static final int ENFILE = 23;
    /** The process has no more descriptors. */
    public static final int EMFILE = 24;
    /** Not a terminal; the device has no such operation. */
    public static final int ENOTTY = 25;
    /** The program is running. */
    public static final int ETXTBSY = 26;
    /** The file would become too big; no such semaphore. */
    public static final int EFBIG = 27;
    /** No space on the device; too many message queues. */
    public static final int ENOSPC = 28;
    /** The descriptor cannot seek. */
    public static final int ESPIPE = 29;
    /** A read-only file system. */
    public static final int EROFS = 30;
    /** Too many links. */
    public static final int EMLINK = 31;
    /** Nobody reads. */
    public static final int EPIPE = 32;
    /** Out of a function's domain. */
    public static final int EDOM = 33;
    /** Out of range. */
    public static final int ERANGE = 34;
    /** Waiting would never end. */
    public static final int EDEADLK = 35;
    /** The same number as EDEADLK. */
    public static final int EDEADLOCK = 35;
    /** The name is too long. */
    public static final int ENAMETOOLONG = 36;
    /** No more locks. */
    public static final int ENOLCK = 37;
    /** No such call, command or kind. */
    public static final int ENOSYS = 38;
    /** The directory is not empty. */
    public static final int ENOTEMPTY = 39;
    /** Too many symbolic links. */
    public static final int ELOOP = 40;
    /** No message of that type. */
    public static final int ENOMSG = 42;
    /** The queue or the set of semaphores was removed. */
    public static final int EIDRM = 43;
    /** The number of a channel is out of range (STREAMS). */
    public static final int ECHRNG = 44;
    /** Level 2 is not synchronised (STREAMS). */
    public static final int EL2NSYNC = 45;
    /** Level 3 has halted (STREAMS). */
    public static final int EL3HLT = 46;
    /** Level 3 was reset (STREAMS). */
    public static final int EL3RST = 47;
    /** The number of a link is out of range (STREAMS). */
    public static final int ELNRNG = 48;
    /** The driver of the protocol is not attached (STREAMS). */
    public static final int EUNATCH = 49;
    /** There is no CSI structure (STREAMS). */
    public static final int ENOCSI = 50;
    /** Level 2 has halted (STREAMS). */
    public static final int EL2HLT = 51;
    /** A bad exchange. */
    public static final int EBADE = 52;
    /** A bad descriptor of a request. */
    public static final int EBADR = 53;
    /** The exchange is full. */
    public static final int EXFULL = 54;
    /** No anode. */
    public static final int ENOANO = 55;
    /** A bad code of a request. */
    public static final int EBADRQC = 56;
    /** A bad slot. */
    public static final int EBADSLT = 57;
    /** The format of a font file is bad. */
    public static final int EBFONT = 59;
    /** Not a stream (STREAMS). */
    public static final int ENOSTR = 60;
    /** There is no data, or no such attribute. */
    public static final int ENODATA = 61;
    /** The time is up (kernel calls). */
    public static final int ETIME = 62;
    /** No resources for streams (STREAMS). */
    public static final int ENOSR = 63;
    /** The machine is on no network. */
    public static final int ENONET = 64;
    /** The package is not installed. */
    public static final int ENOPKG = 65;
    /** The object is on another machine. */
    public static final int EREMOTE = 66;
    /** The link was cut. */
    public static final int ENOLINK = 67;
    /** Advertise failed. */
    public static final int EADV = 68;
    /** Srmount failed. */
    public static final int ESRMNT = 69;
    /** Sending failed. */
    public static final int ECOMM = 70;
    /** The protocol was broken. */
    public static final int EPROTO = 71;
    /** Several hops were tried. */
    public static final int EMULTIHOP = 72;
    /** An error of RFS. */
    public static final int EDOTDOT = 73;
    /** A bad message. */
    public static final int EBADMSG = 74;
    /** A number does not fit; records were dropped. */
    public static final int EOVERFLOW = 75;
    /** The name is not unique on the network. */
    public static final int ENOTUNIQ = 76;
    /** The descriptor is in a bad state. */
    public static final int EBADFD = 77;
    /** The remote address has changed. */
    public static final int EREMCHG = 78;
    /** A shared library cannot be read. */
    public static final int ELIBACC = 79;
    /** A shared library is damaged. */
    public static final int ELIBBAD = 80;
    /** A section of a program that names libraries is damaged. */
    public static final int ELIBSCN = 81;
    /** Too many shared libraries. */
    public static final int ELIBMAX = 82;
    /** A shared library cannot be run as a program. */
    public static final int ELIBEXEC = 83;
    /** Bytes that are no character. */
    public static final int EILSEQ = 84;
    /** The call is to be made again. */
    public static final int ERESTART = 85;
    /** The pipe of a stream failed (STREAMS). */
    public static final int ESTRPIPE = 86;
    /** Too many users. */
    public static final int EUSERS = 87;
    /** Not a socket. */
    public static final int ENOTSOCK = 88;
    /** The destination is missing. */
    public static final int EDESTADDRREQ = 89;
    /** The message or its buffer has the wrong size. */
    public static final int EMSGSIZE = 90;
    /** The protocol is of another type than the socket. */
    public static final int EPROTOTYPE = 91;
    /** The protocol has no such option. */
    public static final int ENOPROTOOPT = 92;
    /** No such protocol. */
    public static final int EPROTONOSUPPORT = 93;
    /** No such type of sockets. */
    public static final int ESOCKTNOSUPPORT = 94;
    /** The same number as ENOTSUP. */
    public static final int EOPNOTSUPP = 95;
    /** Not supported. */
    public static final int ENOTSUP = 95;
    /** No such family of protocols. */
    public static final int EPFNOSUPPORT = 96;
    /** No such family of addresses. */
    public static final int EAFNOSUPPORT = 97;
    /** The address is in use. */
    public static final int EADDRINUSE = 98;
    /** No such address here. */
    public static final int EADDRNOTAVAIL = 99;
    /** The network is down. */
    public static final int ENETDOWN = 100;
    /** The network cannot be reached. */
    public static final int ENETUNREACH = 101;
    /** The network has dropped the connection. */
    public static final int ENETRESET = 102;
    /** The connection was given up before it was accepted. */
    public static final int ECONNABORTED = 103;
    /** The peer has reset the connection. */
    public static final int ECONNRESET = 104;
    /** No room for buffers. */
    public static final int ENOBUFS = 105;
    /** Connected already. */
    public static final int EISCONN = 106;
    /** Not connected. */
    public static final int ENOTCONN = 107;
    /** The library was ended: see {@link Sigkevent#shutdown}. */
    public static final int ESHUTDOWN = 108;
    /** Too many references. */
    public static final int ETOOMANYREFS = 109;
    /** The time is up. */
    public static final int ETIMEDOUT = 110;
    /** Nobody listens. */
    public static final int ECONNREFUSED = 111;
    /** The host is down. */
    public static final int EHOSTDOWN = 112;
    /** The host cannot be reached. */
    public static final int EHOSTUNREACH = 113;
    /** Under way already. */
    public static final int EALREADY = 114;
    /** The request is not done. */
    public static final int EINPROGRESS = 115;
    /** The file handle is stale. */
    public static final int ESTALE = 116;
    /** The file system has to be repaired. */
    public static final int EUCLEAN = 117;
    /** Not a file of XENIX. */
    public static final int ENOTNAM = 118;
    /** There are no XENIX semaphores. */
    public static final int ENAVAIL = 119;
    /** A file of XENIX. */
    public static final int EISNAM = 120;
    /** Input or output failed elsewhere. */
    public static final int EREMOTEIO = 121;
    /** The quota is used up. */
    public static final int EDQUOT = 122;
    /** There is no medium. */
    public static final int ENOMEDIUM = 123;
    /** A medium of the wrong type. */
    public static final int EMEDIUMTYPE = 124;
    /** The request was cancelled. */
    public static final int ECANCELED = 125;
    /** There is no such key. */
    public static final int ENOKEY = 126;
    /** The key has expired. */
    public static final int EKEYEXPIRED = 127;
    /** The key was revoked. */
    public static final int EKEYREVOKED = 128;
    /** The key was rejected. */
    public static final int EKEYREJECTED = 129;
    /** The owner has died. */
    public static final int EOWNERDEAD = 130;
    /** The state cannot be recovered. */
    public static final int ENOTRECOVERABLE = 131;
    /** A switch has turned the radio off. */
    public static final int ERFKILL = 132;
    /** The page of memory is damaged. */
    public static final int EHWPOISON = 133;

    /**
     * Of each thread, in an int[], its error number; what there is to say of it; and, or null, an argument's name that stands before
     * that, with its value in a long[], so that the words need not be put together. No class of the library's: a thread may outlive it.
     */
    private static final ThreadLocal<@Nullable Object[]> LAST =
            ThreadLocal.withInitial(() -> new @Nullable Object[] {new int[1], null, null, new long[1]});

    /** Behind what was asked, when that was EINTR. */
    static final String ENDED_EARLY =
            ": a handler has returned, or the thread was interrupted, while it waited (EINTR)";

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
     * what can be done. Never null; where there is nothing to add it is the name and description of {@link #errno()}. Functions that
     * answer the error number itself ({@code sigwait}, {@code pthread_sigmask}, {@code clock_nanosleep}, {@code clock_getcpuclockid})
     * have nothing to say here.
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
