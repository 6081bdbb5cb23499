package org.sigkevent.sys;

import org.jspecify.annotations.Nullable;

/** An error that the lower floors report with its errno and in words; the faces turn it into theirs. */
public final class ErrnoException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int errno;

    public ErrnoException(int errno, @Nullable String message) {
        super(message);
        this.errno = errno;
    }

    /** EINVAL: an argument is not allowed. */
    public static ErrnoException invalid(@Nullable String message) {
        return new ErrnoException(Errnos.EINVAL, message);
    }

    /** EBADF: the descriptor that an argument of this name has is not open. */
    public static ErrnoException notOpen(String argument, int fd) {
        return new ErrnoException(Errnos.EBADF, argument + " " + fd + " is not an open descriptor");
    }

    public int errno() {
        return errno;
    }

    /** {@code result} when it is not negative, else the exception for the errno {@code -result}. */
    public static int check(int result, String asked) {
        if (result < 0) {
            throw of(-result, asked);
        }
        return result;
    }

    /** What was asked, what the kernel said, and which limit that is where the number alone tells. */
    public static ErrnoException of(int errno, String asked) {
        return new ErrnoException(
                errno, asked + ": " + Errnos.name(errno) + " (" + Errnos.text(errno) + ")" + Limits.remedy(errno));
    }
}
