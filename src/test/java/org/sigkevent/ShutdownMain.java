package org.sigkevent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * An application with the library in its own class loader is loaded, uses every part, ends the library and is collected, ten times in
 * one JVM; the thread that called it lives on. What the library depends on is in a loader above it that stays. With the argument
 * {@code own} it is in the application's loader, too: that is not collected then, but no thread of the library's and no descriptor stays.
 */
final class ShutdownMain {
    private static final int ROUNDS = 10;
    private static final int SIGNO = 40;

    private ShutdownMain() {}

    /** What each application runs. */
    public static final class Application implements Runnable {
        public Application() {}

        @Override
        public void run() {
            try {
                EveryPart.useAndCloseFiles(SIGNO);
                Sigkevent.shutdown();
                Sigkevent.shutdown();
                assertEquals(-1, Kevent.kevent_init(1));
                assertEquals(Errno.ESHUTDOWN, Errno.errno());
            } catch (Exception failed) {
                throw new AssertionError(failed);
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        boolean own = arguments[0].equals("own");
        List<URL> library = new ArrayList<>();
        List<URL> dependencies = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(":")) {
            Path path = Path.of(entry);
            boolean ours = Files.isDirectory(path);
            (ours || own ? library : dependencies).add(path.toUri().toURL());
        }
        ClassLoader above = new URLClassLoader(dependencies.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
        Set<String> threads = Set.of();
        long descriptors = 0;
        for (int round = 0; round < ROUNDS; round++) {
            WeakReference<ClassLoader> loader = round(library, above);
            if (!own) {
                Support.until("loader " + round + " is collected", () -> {
                    Support.collect();
                    return loader.get() == null;
                });
            }
            // the first rounds load what stays with the loader above
            if (round <= 1) {
                if (!own) {
                    Support.until("cleaners end", ShutdownMain::cleanersEnded);
                }
                threads = threads();
                descriptors = Support.openDescriptors();
            }
            Set<String> before = threads;
            Support.until("threads " + before, () -> threads().equals(before) || own);
            long most = descriptors;
            Support.until("descriptors " + most, () -> Support.openDescriptors() <= most);
        }
        System.out.println("ten loads leave nothing");
    }

    /** Those of this copy of the library here, which the test uses itself, were never started. */
    private static boolean cleanersEnded() {
        Support.collect();
        return threads().stream().filter(name -> name.startsWith("Cleaner")).count() <= 1;
    }

    private static WeakReference<ClassLoader> round(List<URL> library, ClassLoader above) throws Exception {
        try (URLClassLoader loader = new URLClassLoader(library.toArray(new URL[0]), above)) {
            Runnable application = (Runnable) loader.loadClass(Application.class.getName())
                    .getDeclaredConstructor()
                    .newInstance();
            assertEquals(loader, application.getClass().getClassLoader());
            application.run();
            Set<String> left = threads();
            left.removeIf(name -> !name.startsWith("sigkevent"));
            assertTrue(left.isEmpty(), () -> "threads are alive: " + left);
            return new WeakReference<>(loader);
        }
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(thread -> thread.getName().replaceAll("Cleaner-\\d+", "Cleaner"))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
