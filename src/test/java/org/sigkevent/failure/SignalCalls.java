package org.sigkevent.failure;

import static org.sigkevent.failure.Scene.SIGNO;
import static org.sigkevent.failure.Scene.check;
import static org.sigkevent.failure.Scene.ok;
import static org.sigkevent.failure.Scene.set;
import static org.sigkevent.failure.Scene.takeAny;

import java.util.List;
import org.sigkevent.Errno;
import org.sigkevent.Kevent;
import org.sigkevent.KeventEvent;
import org.sigkevent.KeventRecord;
import org.sigkevent.SigAction;
import org.sigkevent.SigInfo;
import org.sigkevent.SigSet;
import org.sigkevent.SigVal;
import org.sigkevent.Signal;
import org.sigkevent.TimeSpec;
import org.sigkevent.Unistd;

/** Signals: sending, waiting, and requests that take them. */
final class SignalCalls {
    // ignored unless somebody handles it
    private static final int SIGWINCH = 28;

    /** For handlers and the mask. */
    private static final int OTHER = SIGNO + 2;

    private SignalCalls() {}

    static void list(List<PublicCall> all) {
        int pid = (int) ProcessHandle.current().pid();
        all.add(new PublicCall("Signal.sigqueue to nobody", s -> Signal.sigqueue(pid, SIGWINCH, SigVal.of(1))));
        all.add(new PublicCall("Signal.sigqueue to a request", s -> Signal.sigqueue(pid, SIGNO, SigVal.of(s.cookie)))
                .in(s -> Notified.open(s, Signal.SIGEV_SIGNAL))
                .before(s -> {
                    s.next();
                    Notified.prepare(s, Signal.SIGEV_SIGNAL);
                })
                .isInForce(s -> s.catcher.poll(s.into, java.time.Duration.ofMillis(5)))
                .ends(s -> {
                    if (!s.failed) {
                        Notified.came(s, Signal.SIGEV_SIGNAL);
                    } else if (s.into.cookie == 0) {
                        s.caught = null;
                        takeAny(s.catcher);
                    }
                    s.caught = null;
                }));
        all.add(new PublicCall("KeventQueue.submit signal", s -> {
                    s.event = KeventEvent.signal(set(SIGNO), SigVal.of(s.cookie));
                    s.queue.submit(s.event);
                    return 0;
                })
                .before(s -> {
                    Notified.drain();
                    s.next();
                })
                .ends(s -> {
                    ok(Signal.sigqueue(pid, SIGNO, SigVal.of(77)));
                    KeventRecord record = takeAny(s.queue);
                    check(record.cookie == s.cookie, "another record");
                    check(s.failed || record.data0 == 77, "not the signal: " + record);
                }));
        all.add(new PublicCall("KeventQueue.cancel signal", s -> {
                    s.queue.cancel(s.event);
                    return 0;
                })
                .before(s -> {
                    Notified.drain();
                    s.event = KeventEvent.signal(set(SIGNO), s.next());
                    s.queue.submit(s.event);
                })
                .isInForce(s -> s.stats().unread == 1)
                .ends(s -> check(takeAny(s.queue).error == Errno.ECANCELED, "not cancelled"))
                .refused(s -> {
                    s.queue.cancel(s.event);
                    takeAny(s.queue);
                }));
        all.add(new PublicCall("Signal.sigtimedwait until the time is up", s -> {
                    int rc = Signal.sigtimedwait(set(SIGNO), new SigInfo(), TimeSpec.ofNanos(300_000));
                    return rc == -1 && Errno.errno() == Errno.EAGAIN ? 0 : rc;
                })
                .isInForce(s -> false));
        all.add(new PublicCall("Signal.sigtimedwait of nothing", s -> {
                    int rc = Signal.sigtimedwait(set(SIGNO), null, new TimeSpec());
                    return rc == -1 && Errno.errno() == Errno.EAGAIN ? 0 : rc;
                })
                .isInForce(s -> false));
        all.add(pending("Signal.sigwaitinfo", s -> Signal.sigwaitinfo(set(SIGNO), new SigInfo()) == SIGNO ? 0 : -1));
        all.add(pending("Signal.sigwait", s -> {
            int error = Signal.sigwait(set(SIGNO), new int[1]);
            return error == 0 ? 0 : Caller.SAYS_WHY - error;
        }));
        all.add(new PublicCall("KeventQueue.submit signals", s -> {
                    s.event = KeventEvent.signals(set(SIGNO), false, SigVal.of(s.cookie));
                    s.queue.submit(s.event);
                    return 0;
                })
                .before(s -> {
                    Notified.drain();
                    s.event = null;
                    s.next();
                })
                .ends(s -> {
                    ok(Signal.sigqueue(pid, SIGNO, SigVal.of(77)));
                    KeventRecord record = takeAny(s.queue);
                    check(record.cookie == s.cookie, "another record");
                    check(s.failed || record.data0 == 77, "not the signal: " + record);
                    if (record.error == 0) {
                        s.queue.cancel(s.event);
                        takeAny(s.queue);
                    }
                }));
        dispositions(all);
        all.add(new PublicCall("Signal.sigfillset", s -> Signal.sigfillset(new SigSet())));
        all.add(new PublicCall("Signal.sigaddset", s -> Signal.sigaddset(new SigSet(), SIGNO)));
    }

    /** Handlers and the mask, with a signal of their own. */
    private static void dispositions(List<PublicCall> all) {
        SigSet other = set(OTHER);
        int pid = (int) ProcessHandle.current().pid();
        all.add(new PublicCall("Signal.sigaction", s -> {
                    SigAction act = new SigAction();
                    act.sa_handler = signo -> s.callbacks.incrementAndGet();
                    return Signal.sigaction(OTHER, act, new SigAction());
                })
                .isInForce(s -> handled())
                .ends(s -> {
                    s.callbacks.set(0);
                    ok(Signal.raise(OTHER));
                    check(s.callbacks.get() == 1, "not called: " + s.callbacks);
                    Signal.signal(OTHER, Signal.SIG_DFL);
                }));
        all.add(new PublicCall("Signal.signal", s -> Signal.signal(OTHER, Signal.SIG_IGN) == Signal.SIG_ERR ? -1 : 0)
                .isInForce(s -> handled())
                .ends(s -> Signal.signal(OTHER, Signal.SIG_DFL)));
        all.add(new PublicCall("Signal.raise to a handler", s -> Signal.raise(OTHER))
                .before(s -> {
                    s.callbacks.set(0);
                    Signal.signal(OTHER, signo -> s.callbacks.incrementAndGet());
                })
                .isInForce(s -> s.callbacks.get() > 0)
                .ends(s -> Signal.signal(OTHER, Signal.SIG_DFL))
                .refused(s -> Signal.signal(OTHER, Signal.SIG_DFL)));
        all.add(new PublicCall("Signal.sigprocmask", s -> Signal.sigprocmask(Signal.SIG_BLOCK, other, new SigSet()))
                .isInForce(s -> blocked())
                .ends(s -> {
                    ok(Signal.kill(pid, OTHER));
                    check(Signal.sigtimedwait(other, null, new TimeSpec()) == OTHER, "not pending");
                    ok(Signal.sigprocmask(Signal.SIG_UNBLOCK, other, null));
                    Signal.signal(OTHER, Signal.SIG_DFL);
                }));
        all.add(new PublicCall("Signal.sigprocmask that delivers", s -> {
                    s.callbacks.set(0);
                    return Signal.sigprocmask(Signal.SIG_UNBLOCK, other, null);
                })
                .before(s -> {
                    Signal.signal(OTHER, signo -> s.callbacks.incrementAndGet());
                    ok(Signal.sigprocmask(Signal.SIG_BLOCK, other, null));
                    ok(Signal.raise(OTHER));
                })
                .isInForce(s -> !blocked())
                .ends(s -> {
                    Scene.until("it was called", () -> s.callbacks.get() == 1);
                    Signal.signal(OTHER, Signal.SIG_DFL);
                })
                .refused(s -> {
                    ok(Signal.sigprocmask(Signal.SIG_UNBLOCK, other, null));
                    Signal.signal(OTHER, Signal.SIG_DFL);
                }));
        all.add(new PublicCall("Signal.sigpending", s -> Signal.sigpending(new SigSet())).isInForce(s -> false));
        all.add(new PublicCall("Unistd.sleep", s -> Unistd.sleep(0)).isInForce(s -> false));
    }

    private static boolean handled() {
        SigAction now = new SigAction();
        ok(Signal.sigaction(OTHER, null, now));
        return now.sa_handler != Signal.SIG_DFL;
    }

    private static boolean blocked() {
        SigSet now = new SigSet();
        ok(Signal.sigprocmask(Signal.SIG_BLOCK, null, now));
        return Signal.sigismember(now, OTHER) == 1;
    }

    /** A call that takes a signal which is pending; one that fails leaves it pending. */
    private static PublicCall pending(String name, PublicCall.Body body) {
        return new PublicCall(name, body)
                .before(SignalCalls::leavePending)
                .isInForce(s -> false)
                .refused(s -> check(
                        Signal.sigtimedwait(set(SIGNO), new SigInfo(), new TimeSpec()) == SIGNO, "the signal is lost"));
    }

    /** A signal whose record nobody takes stays pending. */
    private static void leavePending(Scene s) {
        Notified.drain();
        int kfd = (int) ok(Kevent.kevent_init(1));
        ok(Kevent.kevent_submit(kfd, KeventEvent.signal(set(SIGNO), SigVal.of(1)), Kevent.KEVENT_NOWAIT, null));
        ok(Signal.sigqueue((int) ProcessHandle.current().pid(), SIGNO, SigVal.of(77)));
        Scene.until("the signal", () -> Kevent.kevent_map_ringbuf(kfd, 1).unread() == 1);
        ok(Kevent.kevent_destroy(kfd, null, 0));
    }
}
