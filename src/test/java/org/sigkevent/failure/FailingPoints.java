package org.sigkevent.failure;

import com.kenai.jffi.LastError;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the instrumented library calls at each of its points: places where the machine may refuse something. One thread at a
 * time is armed: its n-th point from then on fails, once. Points of other threads, of class initialisers and of this class do not
 * count.
 *
 * <p>{@link FailingPointsAgent} puts the calls into the library's classes; without it nothing here is ever called.
 */
public final class FailingPoints {
    public static final int ALLOCATION = 0;
    public static final int NATIVE_MEMORY = 1;
    public static final int THREAD = 2;
    public static final int ENTRY = 3;
    public static final int SYSTEM_CALL = 4;

    private static final String[] KINDS = {"allocation", "native memory", "thread start", "method entry", "system call"
    };
    private static final int PATH = 5;

    /** The locks that the library has made, in their order; those after the mark are forgotten with the scene that made them. */
    private static final List<Object> LOCKS = new ArrayList<>();

    private static int mark;

    /** The thread whose points count. The fields below belong to it while it is armed. */
    private static volatile Thread armed;

    /** The name of a thread that is armed when it comes. */
    private static volatile String awaited;

    /** Whether the armed thread has all of its stack: no entry of a method fails. */
    private static boolean wholeStack;

    private static long remaining;
    private static int variant;
    private static int initialisers;
    private static boolean busy;

    /** How deep in the stack the method is that has reserved some; 0 when none has. */
    private static long reservedAt;

    /** How many points were passed since {@link #arm}, the failing one included. */
    private static long passed;

    private static Failure fired;

    /** The library can start no thread at all. */
    static volatile boolean noThreads;

    private static volatile boolean wrapped;

    private FailingPoints() {}

    /** A point that failed. */
    static final class Failure {
        final int kind;
        /** What the point is, and where. */
        final String what;
        /** The Error that was thrown; null at a system call. */
        final Throwable thrown;
        /** In how many ways a point of this kind fails here. */
        final int variants;

        Failure(int kind, String what, Throwable thrown, int variants) {
            this.kind = kind;
            this.what = what;
            this.thrown = thrown;
            this.variants = variants;
        }
    }

    /**
     * Lets the n-th point of the calling thread fail, counted from 1, in this one of the ways in which it can; nothing fails when
     * there are not so many. A negative number stands for one of those that there are.
     */
    static void arm(long n, int way) {
        prepare(n, way);
        wholeStack = false;
        armed = Thread.currentThread();
    }

    /** As {@link #arm}, for a thread that is yet to be started: it has all of its stack. */
    static void armThread(String name, long n, int way) {
        prepare(n, way);
        wholeStack = true;
        awaited = name;
    }

    private static void prepare(long n, int way) {
        remaining = n;
        variant = way;
        passed = 0;
        fired = null;
        initialisers = 0;
        busy = false;
        reservedAt = 0;
    }

    /** Ends it: what has failed, or null. */
    static Failure disarm() {
        armed = null;
        awaited = null;
        return fired;
    }

    static long passed() {
        return passed;
    }

    /** Whether the library's system calls come by here. */
    static boolean seesSystemCalls() {
        return wrapped;
    }

    // ---- called by the library

    /** A point of the calling thread. */
    public static void point(int kind) {
        if (kind == THREAD && noThreads) {
            throw new OutOfMemoryError("unable to create native thread: refused by the test");
        }
        if (isArmed()) {
            passing(kind);
        }
    }

    private static boolean isArmed() {
        Thread me = Thread.currentThread();
        if (awaited != null && me.getName().equals(awaited)) {
            awaited = null;
            armed = me;
        }
        return armed == me;
    }

    /** A class initialiser of the library begins. */
    public static void initialising() {
        if (armed == Thread.currentThread()) {
            initialisers++;
        }
    }

    /** And has ended. */
    public static void initialised() {
        if (armed == Thread.currentThread()) {
            initialisers--;
        }
    }

    /** A method has reserved stack: until it returns, no entry of another fails. */
    public static void reserved() {
        if (armed == Thread.currentThread() && reservedAt == 0) {
            reservedAt = depth();
        }
    }

    /** And returns. */
    public static void returning() {
        if (armed == Thread.currentThread() && reservedAt == depth()) {
            reservedAt = 0;
        }
    }

    /** How deep the caller of the calling method is. */
    private static long depth() {
        return StackWalker.getInstance().walk(Stream::count) - 2;
    }

    /** Whether a method that is being entered has its stack from one below it in the stack. */
    private static boolean hasStack() {
        // one that has left by a throw did not say that it returns
        if (reservedAt != 0 && depth() - 1 <= reservedAt) {
            reservedAt = 0;
        }
        return reservedAt != 0;
    }

    /** A lock that is being stored into a field. */
    public static Object lock(Object lock) {
        if (lock != null) {
            synchronized (LOCKS) {
                LOCKS.add(lock);
            }
        }
        return lock;
    }

    /** The bound C library, with every call of it made a point. */
    public static Object systemCalls(Object bound) {
        wrapped = true;
        return Proxy.newProxyInstance(
                bound.getClass().getClassLoader(), bound.getClass().getInterfaces(), handler(bound));
    }

    private static InvocationHandler handler(Object bound) {
        return (proxy, method, arguments) -> {
            if (isArmed() && !busy && initialisers == 0) {
                int errno = systemCall(method.getName(), arguments);
                if (errno != 0) {
                    LastError.getInstance().set(errno);
                    return method.getReturnType() == int.class ? (Object) (-1) : (Object) (-1L);
                }
            }
            try {
                return method.invoke(bound, arguments);
            } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
            }
        };
    }

    private static void passing(int kind) {
        if (busy || initialisers > 0 || kind == ENTRY && (wholeStack || hasStack())) {
            return;
        }
        passed++;
        if (--remaining != 0) {
            return;
        }
        if (way(1) < 0) {
            fired = new Failure(kind, KINDS[kind], null, 1);
            armed = null;
            return;
        }
        busy = true;
        Error error = kind == ENTRY
                ? new StackOverflowError("injected")
                : new OutOfMemoryError(kind == THREAD ? "unable to create native thread: injected" : "injected");
        fired = new Failure(kind, KINDS[kind] + " at " + path(error), error, 1);
        armed = null;
        throw error;
    }

    /** Which of so many ways is asked for; -1: none, there are not so many. */
    private static int way(int ways) {
        return variant < 0 ? (-1 - variant) % ways : variant < ways ? variant : -1;
    }

    /** The errno with which a system call fails here, or 0. */
    private static int systemCall(String name, Object[] arguments) {
        busy = true;
        int[] ways = SystemCalls.ways(name, arguments);
        Throwable here = ways.length == 0 || remaining > 1 ? null : new Throwable();
        if (here != null && SystemCalls.neverFails(here)) {
            ways = SystemCalls.NONE;
        }
        busy = false;
        if (ways.length == 0) {
            return 0;
        }
        passed++;
        if (--remaining != 0) {
            return 0;
        }
        int way = way(ways.length);
        int errno = way < 0 ? 0 : ways[way];
        String what = SystemCalls.name(name, arguments) + " " + SystemCalls.errnoName(errno);
        fired = new Failure(SYSTEM_CALL, "system call " + what + " at " + path(here), null, ways.length);
        armed = null;
        return errno;
    }

    /** The innermost frames of the library, the innermost first. */
    private static String path(Throwable here) {
        StringBuilder path = new StringBuilder();
        int frames = 0;
        for (StackTraceElement frame : here.getStackTrace()) {
            String name = frame.getClassName();
            boolean librarys = name.startsWith("org.sigkevent.") && !name.startsWith("org.sigkevent.failure.");
            if (librarys && frames++ < PATH) {
                path.append(path.length() == 0 ? "" : " < ")
                        .append(name.substring(name.lastIndexOf('.') + 1))
                        .append('.')
                        .append(frame.getMethodName())
                        .append(frame.getLineNumber() > 0 ? ":" + frame.getLineNumber() : "");
            }
        }
        return path.toString();
    }

    // ---- locks

    /** The locks made so far are the process's. */
    static void markLocks() {
        synchronized (LOCKS) {
            mark = LOCKS.size();
        }
    }

    /** Forgets the locks that were made since the mark. */
    static void forgetLocks() {
        synchronized (LOCKS) {
            LOCKS.subList(mark, LOCKS.size()).clear();
        }
    }

    /** The locks that are held: those of java.util.concurrent by the calling thread, the spin locks by any. */
    static List<Object> heldLocks() {
        List<Object> held = new ArrayList<>();
        synchronized (LOCKS) {
            for (Object lock : LOCKS) {
                if (LockStates.held(lock)) {
                    held.add(lock);
                }
            }
        }
        return held;
    }
}
