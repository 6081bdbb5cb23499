package org.sigkevent;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.sigkevent.signal.Disposition;
import org.sigkevent.sys.ErrnoException;

/**
 * {@code struct sigaction} of {@code <signal.h>}: what is done when a signal is delivered.
 *
 * <p>A new one is {@link Signal#SIG_DFL}. A plain struct, read and written during {@link Signal#sigaction} only. Not thread-safe.
 *
 * <p>Handlers run one after the other, lower signals first, on one daemon thread of the library. While one runs, its signal (unless
 * SA_NODEFER is set) and those of {@link #sa_mask} are blocked. With {@link #sa_executor} it runs there, and blocks nothing. What a
 * handler throws goes to the uncaught-exception handler of its thread, and costs nothing but that call.
 */
public final class SigAction {
    private static final int FLAGS = Signal.SA_NOCLDSTOP
            | Signal.SA_NOCLDWAIT
            | Signal.SA_SIGINFO
            | Signal.SA_ONSTACK
            | Signal.SA_RESTART
            | Signal.SA_NODEFER
            | Signal.SA_RESETHAND;

    /**
     * A handler, {@link Signal#SIG_DFL} or {@link Signal#SIG_IGN}; null for none. In C it is in one place with {@link #sa_sigaction}: here the other
     * one counts where the one that {@link Signal#SA_SIGINFO} asks for is null. Both null is SIG_DFL, but EINVAL with SA_SIGINFO.
     */
    public @Nullable SigHandler sa_handler;

    /** A handler that gets a {@link SigInfo}; null for none. */
    public @Nullable SigActionHandler sa_sigaction;

    /** Blocked while the handler runs, beside the signal itself. Null is empty. */
    public @Nullable SigSet sa_mask = new SigSet();

    /**
     * SA_SIGINFO, SA_NODEFER, SA_RESETHAND and SA_RESTART of {@link Signal}. SA_ONSTACK, SA_NOCLDSTOP and SA_NOCLDWAIT change nothing: children are
     * those of the JVM. Others are EINVAL.
     *
     * <p>When the handler has returned, pause, sigsuspend, sleep, nanosleep, clock_nanosleep and a kevent_wait with a mask end, in whatever thread;
     * and calls of the thread that has installed the handler which wait: those of {@link Msg} and {@link Sem}, and unless SA_RESTART is set read
     * and write of {@link Unistd}, waits for a lock ({@link Fcntl}, {@link SysFile}), mq_send and mq_receive ({@link Mqueue}), and aio_suspend and
     * lio_listio ({@link Aio}).
     */
    public int sa_flags;

    /** Runs the handler instead of the library's thread; null for that. Not in POSIX. */
    public @Nullable Executor sa_executor;

    /** SIG_DFL. */
    public SigAction() {}

    /** What it says; throws ErrnoException EINVAL. */
    Disposition disposition() {
        if ((sa_flags & ~FLAGS) != 0) {
            throw ErrnoException.invalid(
                    "sa_flags 0x" + Integer.toHexString(sa_flags) + " has bits that are no SA_ flag");
        }
        SigHandler handler = sa_handler;
        SigActionHandler withInfo = sa_sigaction;
        boolean info = (sa_flags & Signal.SA_SIGINFO) != 0;
        if (info && withInfo == null && handler == null) {
            throw ErrnoException.invalid("sa_sigaction is null, which SA_SIGINFO calls");
        }
        if (withInfo != null && (info || handler == null)) {
            return disposition(one -> withInfo.handle(one.signo, SigInfo.of(one), null));
        }
        if (handler == SpecialHandler.ERROR) {
            throw ErrnoException.invalid("sa_handler is SIG_ERR");
        }
        if (handler == SpecialHandler.IGNORE) {
            return Disposition.IGNORE;
        }
        return handler == null || handler == SpecialHandler.DEFAULT
                ? Disposition.DEFAULT
                : disposition(one -> handler.handle(one.signo));
    }

    private Disposition disposition(Disposition.Handler calls) {
        SigAction told = new SigAction();
        told.copy(this);
        return new Disposition(
                calls,
                sa_mask == null ? 0 : sa_mask.bits,
                (sa_flags & Signal.SA_NODEFER) != 0,
                (sa_flags & Signal.SA_RESETHAND) != 0,
                (sa_flags & Signal.SA_RESTART) != 0,
                sa_executor,
                told);
    }

    /** It says what {@link #disposition} was made of. */
    void fill(Disposition from) {
        copy(from.told instanceof SigAction told ? told : new SigAction());
        if (from == Disposition.IGNORE) {
            sa_handler = SpecialHandler.IGNORE;
        } else if (sa_sigaction == null && sa_handler == null) {
            sa_handler = SpecialHandler.DEFAULT;
        }
    }

    private void copy(SigAction from) {
        SigSet mask = new SigSet();
        mask.bits = from.sa_mask == null ? 0 : from.sa_mask.bits;
        sa_handler = from.sa_handler;
        sa_sigaction = from.sa_sigaction;
        sa_mask = mask;
        sa_flags = from.sa_flags;
        sa_executor = from.sa_executor;
    }
}
