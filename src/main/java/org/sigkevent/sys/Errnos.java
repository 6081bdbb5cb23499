package org.sigkevent.sys;

import jnr.constants.platform.Errno;

/** The errno values of this platform that the library itself knows, from jnr-constants, and the names and texts of all. */
public final class Errnos {
    public static final int EPERM = Errno.EPERM.intValue();
    public static final int EALREADY = Errno.EALREADY.intValue();
    public static final int ENOENT = Errno.ENOENT.intValue();
    public static final int ESRCH = Errno.ESRCH.intValue();
    public static final int EINTR = Errno.EINTR.intValue();
    public static final int EIO = Errno.EIO.intValue();
    public static final int EBADF = Errno.EBADF.intValue();
    public static final int ECHILD = Errno.ECHILD.intValue();
    public static final int EAGAIN = Errno.EAGAIN.intValue();
    public static final int EWOULDBLOCK = Errno.EWOULDBLOCK.intValue();
    public static final int ENOMEM = Errno.ENOMEM.intValue();
    public static final int EACCES = Errno.EACCES.intValue();
    public static final int EFAULT = Errno.EFAULT.intValue();
    public static final int EBUSY = Errno.EBUSY.intValue();
    public static final int EINVAL = Errno.EINVAL.intValue();
    public static final int ENFILE = Errno.ENFILE.intValue();
    public static final int EMFILE = Errno.EMFILE.intValue();
    public static final int ESPIPE = Errno.ESPIPE.intValue();
    public static final int ENAMETOOLONG = Errno.ENAMETOOLONG.intValue();
    public static final int EIDRM = Errno.EIDRM.intValue();
    public static final int ENOSYS = Errno.ENOSYS.intValue();
    public static final int ETIME = Errno.ETIME.intValue();
    public static final int EOVERFLOW = Errno.EOVERFLOW.intValue();
    public static final int EMSGSIZE = Errno.EMSGSIZE.intValue();
    public static final int ENOTSUP = Errno.EOPNOTSUPP.intValue();
    public static final int EADDRINUSE = Errno.EADDRINUSE.intValue();
    public static final int EOPNOTSUPP = Errno.EOPNOTSUPP.intValue();
    public static final int ENOTSOCK = Errno.ENOTSOCK.intValue();
    public static final int ESHUTDOWN = Errno.ESHUTDOWN.intValue();
    public static final int ETIMEDOUT = Errno.ETIMEDOUT.intValue();
    public static final int EINPROGRESS = Errno.EINPROGRESS.intValue();
    public static final int ENOMSG = Errno.ENOMSG.intValue();
    public static final int ECANCELED = Errno.ECANCELED.intValue();

    private Errnos() {}

    /** The symbolic name, or {@code errno N} for a number that has none. */
    public static String name(int errno) {
        Errno known = Errno.valueOf(errno);
        return known.name().startsWith("__") ? "errno " + errno : known.name();
    }

    public static String text(int errno) {
        Errno known = Errno.valueOf(errno);
        return known.name().startsWith("__") ? "unknown error " + errno : known.description();
    }
}
