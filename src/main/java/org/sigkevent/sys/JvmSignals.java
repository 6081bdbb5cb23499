package org.sigkevent.sys;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import jnr.constants.platform.Signal;
import org.jspecify.annotations.Nullable;

/**
 * Catches signals with the JVM's own handler, {@code sun.misc.Signal}, on machines that allow no handler of ours. It tells no
 * more than the number: no value, no sender, and several of one signal that come close together may be one. It takes only
 * signals that have a name, so no real-time ones. Called by reflection, because the class is outside the Java platform.
 */
final class JvmSignals extends SignalCatcher {
    private static final int ROOM = 1 << 16;
    private static final int SIGABRT = 6;

    private final @Nullable String why;
    private final ArrayBlockingQueue<Integer> arrived = new ArrayBlockingQueue<>(ROOM);
    private final AtomicLong unread = new AtomicLong();
    private final Class<?> signalClass;
    private final Method handle;
    private final Object handler;
    private final Object defaultHandler;

    JvmSignals(@Nullable String why) {
        this.why = why;
        try {
            signalClass = Class.forName("sun.misc.Signal");
            Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
            handle = signalClass.getMethod("handle", signalClass, handlerClass);
            defaultHandler = handlerClass.getField("SIG_DFL").get(null);
            MethodHandle caught =
                    MethodHandles.lookup().bind(this, "caught", MethodType.methodType(void.class, int.class));
            MethodHandle number = MethodHandles.publicLookup()
                    .findVirtual(signalClass, "getNumber", MethodType.methodType(int.class));
            handler = MethodHandleProxies.asInterfaceInstance(
                    handlerClass, MethodHandles.filterArguments(caught, 0, number));
        } catch (ReflectiveOperationException missing) {
            throw new ErrnoException(Errnos.ENOSYS, "this JVM has no sun.misc.Signal (module jdk.unsupported): " + why);
        }
    }

    @Override
    public @Nullable String refusal() {
        return why == null ? "" : why;
    }

    /** Called by the handler, through a method handle. */
    void caught(int signo) {
        if (!arrived.offer(signo)) {
            long before;
            do {
                before = unread.get();
            } while (!unread.compareAndSet(before, before | 1L << (signo - 1)));
            // as in SignalPipe: there may be room by now, and nothing that is read otherwise
            look();
        }
    }

    @Override
    public Object catchSignal(int signo) {
        String name = name(signo);
        String reason = "the JVM's signal handling, which is all there is here (" + why + "), knows no signal " + signo;
        if (!name.startsWith("SIG")) {
            throw new ErrnoException(Errnos.EINVAL, reason);
        }
        try {
            return handle.invoke(null, signal(name), handler);
        } catch (ReflectiveOperationException refused) {
            Throwable cause = refused.getCause();
            throw new ErrnoException(Errnos.EINVAL, cause == null ? reason : reason + ": " + cause.getMessage());
        }
    }

    /** With SIG before it; of a signal with two names the one that the JVM knows. */
    private static String name(int signo) {
        return signo == SIGABRT ? "SIGABRT" : Signal.valueOf(signo).name();
    }

    private Object signal(String name) throws ReflectiveOperationException {
        return signalClass.getConstructor(String.class).newInstance(name.substring(3));
    }

    @Override
    public Object catchAgain(int signo, Object former) {
        Object now = catchSignal(signo);
        return now == handler ? former : now;
    }

    @Override
    boolean isDefault(int signo, Object former) {
        return former == defaultHandler;
    }

    @Override
    public void restore(int signo, Object former) {
        try {
            Object signal = signal(name(signo));
            Object mine = handle.invoke(null, signal, former);
            if (mine != handler) {
                // somebody else's
                handle.invoke(null, signal, mine);
            }
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException("the former handler of signal " + signo + " is refused", impossible);
        }
    }

    @Override
    public int read(ByteBuffer into) {
        Memory.clear(into, 0, RECORD);
        try {
            into.putInt(0, arrived.take());
            return RECORD;
        } catch (InterruptedException interrupted) {
            return -Errnos.EINTR;
        }
    }

    @Override
    public void look() {
        arrived.offer(LOOK);
    }

    @Override
    public void end() {
        arrived.clear();
        arrived.add(END);
    }

    @Override
    public void close() {}

    @Override
    public long takeUnread() {
        return unread.getAndSet(0);
    }

    /** None: it catches no real-time signals. */
    @Override
    public long dropped() {
        return 0;
    }

    @Override
    public int room() {
        return ROOM;
    }

    @Override
    public String describe() {
        return "the JVM's signal handler, without value and sender, not for real-time signals (" + why + ")";
    }
}
