package org.sigkevent;

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sigkevent.core.Destination;
import org.sigkevent.core.Queue;
import org.sigkevent.core.Queues;
import org.sigkevent.notify.Notify;
import org.sigkevent.signal.SignalDispositions;
import org.sigkevent.signal.SignalOwners;
import org.sigkevent.signal.Signals;
import org.sigkevent.sys.ErrnoException;
import org.sigkevent.sys.Errnos;

/**
 * {@code struct sigevent} of {@code <signal.h>}: how the end of an asynchronous operation is made known.
 *
 * <p>A new one is {@link Signal#SIGEV_NONE}. A plain struct: it is read during the call that it is given to and can be used
 * again afterwards (that in an {@link Aiocb} too). Not thread-safe.
 *
 * <p>A call that is given one answers -1 with nothing done, and errno: EINVAL (a field, which {@link Errno#message} names), EPERM
 * (sigev_notify_kqueue is the ring of another process, which its owner alone can add to), EAGAIN (the queue has no free slot).
 * For every way but SIGEV_KEVENT the library has a queue of its own, made at the first use: then EMFILE, ENFILE and ENOMEM too.
 */
public final class SigEvent {
    /** One of SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD, SIGEV_KEVENT and SIGEV_THREAD_ID of {@link Signal}. */
    public int sigev_notify = Signal.SIGEV_NONE;

    /** SIGEV_SIGNAL and SIGEV_THREAD_ID: the signal, 1 to 64. */
    public int sigev_signo;

    /** The cookie that comes back. */
    public SigVal sigev_value = new SigVal();

    /** SIGEV_THREAD: what is called, with the value. */
    public @Nullable Consumer<SigVal> sigev_notify_function;

    /** SIGEV_THREAD: null, a {@link ThreadFactory} or an {@link Executor} that runs the function. */
    public @Nullable Object sigev_notify_attributes;

    /** SIGEV_THREAD_ID: the kernel's id of a thread of this process. */
    public int sigev_notify_thread_id;

    /** SIGEV_KEVENT: the descriptor of the queue, from {@link Kevent#kevent_init}. */
    public int sigev_notify_kqueue = -1;

    /** The queue that made this, as long as {@link #sigev_notify_kqueue} is its number; null where a number is all that was given. */
    @Nullable
    Queue queue;

    /** What the fields said last time, as long as they say the same. */
    private @Nullable Destination resolved;

    /** SIGEV_NONE. */
    public SigEvent() {}

    /**
     * SIGEV_KEVENT: a record in the queue {@code kfd} with this cookie.
     *
     * @param kfd the descriptor of a queue of this process
     * @param value the cookie
     * @return a new sigevent
     */
    public static SigEvent kevent(int kfd, SigVal value) {
        SigEvent event = new SigEvent();
        event.sigev_notify = Signal.SIGEV_KEVENT;
        event.sigev_notify_kqueue = kfd;
        event.sigev_value = value;
        return event;
    }

    /**
     * Where completions go.
     *
     * @throws ErrnoException EINVAL with the field that is wrong, or what the making of an internal queue says
     */
    Destination resolve() {
        return resolve(null);
    }

    /** As {@link #resolve()}; {@code found} is a queue that the same call has found under its number already, which is not looked up again. */
    Destination resolve(@Nullable Queue found) {
        SigVal value = SigVal.checked(sigev_value);
        return switch (sigev_notify) {
            case Signal.SIGEV_KEVENT -> records(found, value.bits(), value.object());
            case Signal.SIGEV_NONE -> Notify.none();
            case Signal.SIGEV_THREAD -> callback(value.copy());
            case Signal.SIGEV_SIGNAL -> Notify.signal(checkedSignal(sigev_signo, 0), value.bits(), value.object(), 0);
            case Signal.SIGEV_THREAD_ID -> signal(sigev_notify_thread_id, value.bits(), value.object());
            default ->
                throw ErrnoException.invalid(
                        "sigev_notify " + sigev_notify
                                + " is none of SIGEV_SIGNAL (0), SIGEV_NONE (1), SIGEV_THREAD (2), SIGEV_KEVENT (3), SIGEV_THREAD_ID (4)");
        };
    }

    private Destination records(@Nullable Queue found, long bits, @Nullable Object object) {
        int kfd = sigev_notify_kqueue;
        Queue own = queue != null ? queue : found;
        Queue to = own != null && own.fd() == kfd ? own : Queues.recent(kfd);
        if (to == null || to.dead()) {
            boolean foreign = to == null && Queues.foreign(kfd);
            throw new ErrnoException(
                    foreign ? Errnos.EPERM : Errnos.EINVAL,
                    "sigev_notify_kqueue " + kfd
                            + (foreign
                                    ? " is a queue of another process: only its owner can do that"
                                    : " is not the descriptor of a kevent queue, or the queue was destroyed"));
        }
        Destination last = resolved;
        if (last != null && last.queue == to && last.cookie == bits && last.object == object) {
            return last;
        }
        // an object is not kept here: it is released when nothing can deliver it any more
        Destination target = Destination.records(to, bits, object);
        resolved = object == null ? target : null;
        return target;
    }

    /**
     * As {@link #resolve}; the signal of SIGEV_SIGNAL is caught from now on, if nobody handles it: who asks for an overflow in this way
     * may have no handler yet.
     */
    Destination resolveCaught() {
        if (sigev_notify == Signal.SIGEV_SIGNAL && SigSet.valid(sigev_signo)) {
            Signals.keepUnhandled(sigev_signo);
        }
        return resolve();
    }

    private Destination signal(int thread, long bits, @Nullable Object object) {
        if (!SignalDispositions.isThread(thread)) {
            throw ErrnoException.invalid("sigev_notify_thread_id " + thread + " is not a thread of this process");
        }
        return Notify.signal(checkedSignal(sigev_signo, thread), bits, object, thread);
    }

    private Destination callback(SigVal copy) {
        Consumer<SigVal> function = sigev_notify_function;
        if (function == null) {
            throw ErrnoException.invalid("sigev_notify_function is null, which SIGEV_THREAD calls");
        }
        Object attributes = sigev_notify_attributes;
        if (attributes != null && !(attributes instanceof ThreadFactory) && !(attributes instanceof Executor)) {
            throw ErrnoException.invalid(
                    "sigev_notify_attributes " + attributes + " is neither null nor a ThreadFactory nor an Executor");
        }
        return Notify.thread(() -> function.accept(copy), attributes);
    }

    /** The signal, when it can be sent to the process (or to {@code thread} of it, if that is not 0) without ending the JVM. */
    static int checkedSignal(int signo, int thread) {
        String why = null;
        if (!SigSet.valid(signo)) {
            why = " is not a signal (1 to 64)";
        } else if (SignalOwners.owner(signo) != null) {
            why = " belongs to " + SignalOwners.owner(signo);
        } else if (!Signals.catches(signo) && !SignalDispositions.harmless(signo, thread)) {
            why =
                    " has its default disposition, which would end the JVM: install a handler, ignore it, block it (sigprocmask),"
                            + " wait for it (sigwaitinfo), or take it with KEVENT_SIGNAL";
        }
        if (why != null) {
            throw ErrnoException.invalid("sigev_signo " + signo + why);
        }
        return signo;
    }
}
