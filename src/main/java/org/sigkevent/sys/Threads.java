package org.sigkevent.sys;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the library asks about Java threads that JDK 17 has no word for. */
public final class Threads {
    private static final @Nullable MethodHandle IS_VIRTUAL = findIsVirtual();
    private static final @Nullable ThreadGroup ROOT = root();
    private static final int LOOK_MILLIS = 10;
    private static final boolean KEEPS_CALLER = Runtime.version().feature() < 24;

    private static final PerThread<WeakReference<Thread>> CURRENT =
            new PerThread<>(() -> new WeakReference<>(Thread.currentThread()));

    private Threads() {}

    /** The calling thread, for whoever wants to know later whether it has ended and must not hold what it had: the same each time. */
    public static WeakReference<Thread> current() {
        return CURRENT.get();
    }

    /** Whether {@code thread} is a virtual thread (never, before JDK 21). */
    public static boolean isVirtual(Thread thread) {
        if (IS_VIRTUAL == null) {
            return false;
        }
        try {
            return (boolean) IS_VIRTUAL.invokeExact(thread);
        } catch (RuntimeException | Error noMemory) {
            // the first call through the handle makes things
            throw noMemory;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** A thread of this copy of the library: one that another class loader has loaded has threads of another class. */
    private static final class LibraryThread extends Thread {
        LibraryThread(Runnable body, String name) {
            super(ROOT, body, name, 0, false);
        }
    }

    /**
     * Before JDK 24 a thread keeps what the code that made it may do, and with that the class loader of each class on its stack; this
     * keeps the library's alone. A class of its own: later the JDK may not have what it names.
     */
    @SuppressWarnings("removal")
    private static final class WithoutCaller {
        static LibraryThread make(String name, Runnable body) {
            return java.security.AccessController.doPrivileged(
                    (java.security.PrivilegedAction<LibraryThread>) () -> new LibraryThread(body, name));
        }
    }

    /**
     * Starts a daemon thread of the library's own. It inherits nothing from the caller: no inheritable thread locals, no priority,
     * not its group, not its access control context, and its context class loader is the library's. It does have the caller's signal
     * mask, so that a signal which a program blocks in all threads stays blocked.
     *
     * @throws OutOfMemoryError no memory, or the system refuses a thread; nothing has changed then
     */
    public static Thread daemon(String name, Runnable body) {
        Thread made = make(name, body);
        made.start();
        return made;
    }

    /** As {@link #daemon(String, Runnable)}; throws ErrnoException EAGAIN with {@code refusal} when no thread can be had. */
    public static Thread daemon(String name, Runnable body, String refusal) {
        try {
            return daemon(name, body);
        } catch (OutOfMemoryError none) {
            // what the JVM says when pthread_create is refused
            throw new ErrnoException(Errnos.EAGAIN, refusal + ": " + none.getMessage());
        }
    }

    /** A daemon thread as {@link #daemon(String, Runnable)} starts it, for executors that start it themselves. */
    public static Thread make(String name, Runnable body) {
        Thread thread = KEEPS_CALLER ? WithoutCaller.make(name, body) : new LibraryThread(body, name);
        thread.setDaemon(true);
        thread.setContextClassLoader(Threads.class.getClassLoader());
        thread.setPriority(Thread.NORM_PRIORITY);
        return thread;
    }

    /** Sleeps until a time of System.nanoTime: -ETIMEDOUT; or -EINTR, and the interrupt status is cleared. */
    public static int sleep(long deadline) {
        while (true) {
            if (Thread.interrupted()) {
                return -Errnos.EINTR;
            }
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return -Errnos.ETIMEDOUT;
            }
            LockSupport.parkNanos(left);
        }
    }

    /** Whether it is a thread of this copy of the library. */
    public static boolean ofLibrary(Thread thread) {
        return thread instanceof LibraryThread;
    }

    /** Waits until no thread of the library is alive, but the calling one and those that {@code exempt} is true for. */
    public static void awaitEnd(Predicate<Thread> exempt) {
        for (Thread one = another(exempt); one != null; one = another(exempt)) {
            try {
                // another look now and then: it may be exempt by then
                one.join(LOOK_MILLIS);
            } catch (InterruptedException strange) {
                // nobody knows this thread
            }
        }
    }

    private static @Nullable Thread another(Predicate<Thread> exempt) {
        ThreadGroup group = Objects.requireNonNull(ROOT);
        Thread[] all;
        int n;
        do {
            all = new Thread[2 * group.activeCount() + 1];
            n = group.enumerate(all, false);
        } while (n == all.length);
        for (int i = 0; i < n; i++) {
            if (ofLibrary(all[i]) && all[i] != Thread.currentThread() && !exempt.test(all[i])) {
                return all[i];
            }
        }
        return null;
    }

    /**
     * Where it goes what is thrown in a thread that goes on: to the thread's handler of uncaught exceptions, and if that throws
     * itself, to the logger {@code org.sigkevent}. Throws nothing.
     */
    public static void uncaught(Throwable thrown) {
        try {
            Thread me = Thread.currentThread();
            me.getUncaughtExceptionHandler().uncaughtException(me, thrown);
        } catch (Throwable ofTheHandler) {
            try {
                thrown.addSuppressed(ofTheHandler);
                System.getLogger("org.sigkevent")
                        .log(System.Logger.Level.ERROR, "a thread of the library goes on after", thrown);
            } catch (Throwable noMemory) {
                // there is no third place
            }
        }
    }

    /** The group that the JVM's own threads are in: that of the first caller could be one that limits priorities. */
    private static @Nullable ThreadGroup root() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group != null && group.getParent() != null) {
            group = group.getParent();
        }
        return group;
    }

    private static @Nullable MethodHandle findIsVirtual() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (ReflectiveOperationException before21) {
            return null;
        }
    }
}
