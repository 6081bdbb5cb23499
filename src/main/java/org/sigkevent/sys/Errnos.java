package org.sigkevent.sys;

import jnr.constants.platform.Errno;

/** The errno values of Linux that the library itself knows, and the names and texts of all, from jnr-constants. */
public final class Errnos {
    public static final int EPERM = 1;
    public static final int EALREADY = 114;
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int EBADF = 9;
    public static final int ECHILD = 10;
    public static final int EAGAIN = 11;
    public static final int EWOULDBLOCK = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EFAULT = 14;
    public static final int EBUSY = 16;
    public static final int EINVAL = 22;
    public static final int ENFILE = 23;
    public static final int EMFILE = 24;
    public static final int ESPIPE = 29;
    public static final int ENAMETOOLONG = 36;
    public static final int EIDRM = 43;
    public static final int ENOSYS = 38;
    public static final int ETIME = 62;
    public static final int EOVERFLOW = 75;
    public static final int EMSGSIZE = 90;
    public static final int ENOTSUP = 95;
    public static final int EADDRINUSE = 98;
    public static final int EOPNOTSUPP = 95;
    public static final int ENOTSOCK = 88;
    public static final int ESHUTDOWN = 108;
    public static final int ETIMEDOUT = 110;
    public static final int EINPROGRESS = 115;
    public static final int ENOMSG = 42;
    public static final int ECANCELED = 125;

    private Errnos() {}

    /** The symbolic name, or {@code errno N} for a number that has none. */
    public static String name(int errno) {
        Errno known = Errno.valueOf(errno);
        return known.name().startsWith("__") ? "errno " + errno : known.name();
    }

    /** The description, in the words of strerror(3). */
    public static String text(int errno) {
        Errno known = Errno.valueOf(errno);
        return errno == 0 ? "Success" : known.name().startsWith("__") ? "Unknown error " + errno : known.description();
    }
}
