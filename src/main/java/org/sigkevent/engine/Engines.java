package org.sigkevent.engine;

import org.jspecify.annotations.Nullable;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;
import org.sigkevent.sys.Settings;

/**
 * Chooses the engine of a new queue: io_uring where the machine allows it, else epoll with helper threads. What the machine
 * refuses for good (a seccomp profile, a setting, a kernel without it) is found out once and remembered with its reason.
 * The system property {@code sigkevent.engine} forces one: {@code io_uring} or {@code epoll}.
 */
public final class Engines {
    private static final int ENTRIES = 256;

    /** Why io_uring does not run here; null while nothing speaks against it. Found out once. */
    private static volatile @Nullable String refusal;

    private Engines() {}

    /**
     * A new engine.
     *
     * @throws ErrnoException EMFILE, ENFILE, ENOMEM; ENOSYS when io_uring was forced and is refused, with the reason; EINVAL when
     *     a property says something else
     */
    public static Engine create() {
        // a mistake in a property is said, and not made up for by the other engine or by a default
        Settings.get();
        UringSetup.avoided();
        String forced = System.getProperty("sigkevent.engine", "");
        return switch (forced) {
            case "" -> refusal == null ? uring(false) : EpollEngine.create();
            case "epoll" -> EpollEngine.create();
            case "io_uring" -> uring(true);
            default ->
                throw new ErrnoException(
                        Errnos.EINVAL,
                        "the system property sigkevent.engine is \"" + forced + "\", neither io_uring nor epoll");
        };
    }

    /** The end of the library, when all engines are closed: the threads end that they share. */
    public static void end() {
        FileHelpers.end();
        BlockingHelpers.end();
    }

    private static Engine uring(boolean forced) {
        try {
            return IoUring.create(ENTRIES);
        } catch (ErrnoException refused) {
            String why = refused.getMessage();
            boolean permanent = permanent(refused.errno());
            if (forced) {
                throw permanent ? new ErrnoException(Errnos.ENOSYS, why) : refused;
            }
            if (permanent) {
                refusal = why;
                System.getLogger("org.sigkevent").log(System.Logger.Level.DEBUG, "epoll engine: {0}", why);
            } else if (refused.errno() == Errnos.ENOMEM) {
                System.getLogger("org.sigkevent")
                        .log(System.Logger.Level.WARNING, "epoll engine for one queue: {0}", why);
            } else {
                throw refused;
            }
            return EpollEngine.create();
        }
    }

    private static boolean permanent(int errno) {
        return errno == Errnos.EPERM || errno == Errnos.EACCES || errno == Errnos.ENOSYS || errno == Errnos.EINVAL;
    }

    /** Why {@code engine} runs and not the other one, in words. */
    public static String why(Engine engine) {
        if (!System.getProperty("sigkevent.engine", "").isEmpty()) {
            return "-Dsigkevent.engine=" + engine.name + " asked for it";
        }
        return engine.asynchronous
                ? "io_uring works here, epoll is not needed"
                : refusal != null ? refusal : "io_uring_setup: ENOMEM";
    }
}
