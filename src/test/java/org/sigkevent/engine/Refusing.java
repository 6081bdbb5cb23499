package org.sigkevent.engine;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.PrintWriter;
import java.util.Arrays;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.sigkevent.KeventCapabilities;
import org.sigkevent.sys.Native;

/**
 * A JVM whose every thread is refused io_uring by a seccomp filter, as in a container: {@code Refusing errno class...} prints
 * the capabilities and runs the test classes, or {@code class#method}. With the property {@code old} epoll_pwait2 is ENOSYS too, as before
 * Linux 5.11; with {@code compare} kcmp(2) is, and with its value {@code all} F_DUPFD_QUERY of fcntl(2), too. The property {@code only} is the
 * number of the one call of io_uring that is refused.
 */
public final class Refusing {
    // io_uring_setup, io_uring_enter, io_uring_register
    private static final int FIRST = Integer.getInteger("only", 425);
    private static final int LAST = Integer.getInteger("only", 427);

    private static final int EPOLL_PWAIT2 = 441;
    private static final int KCMP = Native.X86_64 ? 312 : 272;
    private static final int FCNTL = Native.X86_64 ? 72 : 25;
    private static final int F_DUPFD_QUERY = 1027;
    private static final int EINVAL = 22;
    private static final int ENOSYS = 38;

    private Refusing() {}

    public static void main(String[] args) throws ClassNotFoundException {
        int errno = Integer.parseInt(args[0]);
        if (errno != 0) {
            refuse(errno);
        }
        String compare = System.getProperty("compare");
        if (compare != null) {
            refuseToCompare(compare.equals("all"));
        }
        System.out.println(KeventCapabilities.here());
        LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
        for (String name : Arrays.asList(args).subList(1, args.length)) {
            request.selectors(name.contains("#") ? selectMethod(name) : selectClass(Class.forName(name)));
        }
        LauncherDiscoveryRequest all = request.build();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(all, listener);
        listener.getSummary().printFailuresTo(new PrintWriter(System.out, true), 30);
        long passed = listener.getSummary().getTestsSucceededCount();
        System.out.println(
                "passed " + passed + " failed " + listener.getSummary().getTotalFailureCount());
        System.exit(listener.getSummary().getTotalFailureCount() == 0 ? 0 : 1);
    }

    private static void refuseToCompare(boolean all) {
        Seccomp.install(
                Seccomp.ALL_THREADS,
                Seccomp.load(),
                Seccomp.is(KCMP, 0, 1),
                Seccomp.fail(ENOSYS),
                Seccomp.is(all ? FCNTL : -1, 0, 3),
                Seccomp.loadArgument(1),
                Seccomp.is(F_DUPFD_QUERY, 0, 1),
                Seccomp.fail(EINVAL),
                Seccomp.allow());
    }

    static void refuse(int errno) {
        Seccomp.install(
                Seccomp.ALL_THREADS,
                Seccomp.load(),
                Seccomp.is(Boolean.getBoolean("old") ? EPOLL_PWAIT2 : -1, 0, 1),
                Seccomp.fail(ENOSYS),
                Seccomp.isAtLeast(FIRST, 0, 2),
                Seccomp.isAtLeast(LAST + 1, 1, 0),
                Seccomp.fail(errno),
                Seccomp.allow());
    }
}
