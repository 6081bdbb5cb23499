package org.sigkevent;

import java.util.function.Supplier;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;

/**
 * An operation of the object face was refused: the errno, and in words what was asked, what the kernel or the library said
 * and, where there is something, what to do about it.
 *
 * <p>The C face answers -1 and {@link Errno#errno()} instead.
 */
public final class KeventException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What the calling thread's errno says. */
    static KeventException ofErrno() {
        return new KeventException(Errno.errno(), Errno.message());
    }

    /** The answer of a call of the C face, unless that is -1. */
    static int checked(int answer) {
        if (answer < 0) {
            throw ofErrno();
        }
        return answer;
    }

    /** What a lower floor answers; throws its ErrnoException as one of this class. */
    static <T> T of(Supplier<T> call) {
        try {
            return call.get();
        } catch (ErrnoException refused) {
            throw new KeventException(refused);
        }
    }

    /** Refuses what a lower floor refused with an errno negated. */
    static void check(int rc, String asked) {
        if (rc < 0) {
            throw new KeventException(ErrnoException.of(-rc, asked));
        }
    }

    /** The error number. */
    private final int errno;

    KeventException(int errno, String message) {
        super(message);
        this.errno = errno;
    }

    KeventException(ErrnoException refused) {
        super(refused.getMessage(), refused);
        this.errno = refused.errno();
    }

    /**
     * The error number, one of the constants of {@link Errno}.
     *
     * @return the error number
     */
    public int errno() {
        return errno;
    }

    /** The class, the name of the errno unless the message has it, and the message. */
    @Override
    // the name of the errno belongs between the class and the message
    @SuppressWarnings("OverrideThrowableToString")
    public String toString() {
        String name = Errnos.name(errno);
        String message = String.valueOf(getMessage());
        return getClass().getName() + ": " + (message.contains(name) ? "" : name + ": ") + message;
    }
}
