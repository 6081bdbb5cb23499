package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.sigkevent.sys.BlockingCall;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/**
 * The library is called for the first time by a thread of an application with a class loader of its own, in a group of its own, with
 * a low priority, an inheritable thread local and blocked signals. Argument: {@code virtual} for a virtual thread.
 */
final class FirstCallerMain {
    static final InheritableThreadLocal<Object> SESSION = new InheritableThreadLocal<>();

    /** The names of the threads that must be there, without their numbers. */
    private static final Set<String> EXPECTED =
            Set.of("driver", "notify", "callback", "signals", "cputime", "kicker", "helper");

    private static volatile Throwable failed;

    private FirstCallerMain() {}

    /** Loads {@link Application} itself: its classes are not the caller's. */
    private static final class ApplicationLoader extends ClassLoader {
        ApplicationLoader() {
            super(FirstCallerMain.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(Application.class.getName())) {
                return super.loadClass(name, resolve);
            }
            Class<?> known = findLoadedClass(name);
            if (known != null) {
                return known;
            }
            try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (java.io.IOException unreadable) {
                throw new ClassNotFoundException(name, unreadable);
            }
        }
    }

    /** On the stack of each first call; in the package, but of another loader, so all is public. */
    public static final class Application implements Runnable {
        public Application() {}

        @Override
        public void run() {
            FirstCallerCalls.call();
        }
    }

    public static void main(String[] arguments) throws Exception {
        boolean virtual = arguments.length > 0 && arguments[0].equals("virtual");
        List<WeakReference<?>> held = new ArrayList<>();
        callAsApplication(virtual, held);
        assertNull(failed);
        threadsAreTheLibrarys();
        Support.until("what the application had is collected", () -> {
            Support.collect();
            return held.stream().allMatch(one -> one.get() == null);
        });
        System.out.println("nothing is inherited");
        System.exit(0);
    }

    private static void callAsApplication(boolean virtual, List<WeakReference<?>> held) throws Exception {
        ClassLoader loader = new ApplicationLoader();
        Runnable application = (Runnable) loader.loadClass(Application.class.getName())
                .getDeclaredConstructor()
                .newInstance();
        assertEquals(loader, application.getClass().getClassLoader());
        Object session = new Object();
        ThreadGroup group = new ThreadGroup("application");
        group.setMaxPriority(2);
        Runnable body = () -> {
            SESSION.set(session);
            Thread.currentThread().setContextClassLoader(loader);
            try {
                application.run();
            } catch (Throwable thrown) {
                failed = thrown;
            }
        };
        held.add(new WeakReference<>(loader));
        held.add(new WeakReference<>(session));
        held.add(new WeakReference<>(application));
        Thread thread;
        if (virtual) {
            thread = (Thread)
                    Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, body);
        } else {
            thread = new Thread(group, body, "first caller");
            thread.setUncaughtExceptionHandler(
                    (who, what) -> failed = new AssertionError("the caller's handler", what));
            thread.start();
        }
        thread.join();
    }

    private static void threadsAreTheLibrarys() {
        Set<String> seen = new TreeSet<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            String name = thread.getName();
            if (!name.startsWith("sigkevent-")) {
                continue;
            }
            seen.add(name.substring(10).replaceAll("-\\d+$", ""));
            assertEquals(Thread.NORM_PRIORITY, thread.getPriority(), name);
            assertEquals(Native.class.getClassLoader(), thread.getContextClassLoader(), name);
            assertTrue(thread.isDaemon(), name);
            assertEquals("system", thread.getThreadGroup().getName(), name);
            assertEquals(thread.getThreadGroup(), thread.getUncaughtExceptionHandler(), name);
        }
        assertTrue(seen.containsAll(EXPECTED), seen::toString);
    }

    /** Blocks or unblocks the signal that gets threads out of calls. */
    static void mask(boolean block) {
        ByteBuffer set = Memory.allocate(128);
        set.putLong(0, 1L << BlockingCall.SIGNAL - 1);
        assertEquals(0, Native.C.pthread_sigmask(block ? 0 : 1, Memory.address(set), 0));
    }

    /** What a callback sees of whoever asked for it. */
    static void callbackInheritsNothing() {
        assertNull(SESSION.get());
        assertFalse(Thread.currentThread().getThreadGroup().getName().equals("application"));
        assertEquals(Linux.class.getClassLoader(), Thread.currentThread().getContextClassLoader());
    }
}
