package org.sigkevent.engine;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.sigkevent.KeventCapabilities;
import org.sigkevent.sys.Memory;
import org.sigkevent.sys.Native;

/**
 * A JVM whose every thread is refused io_uring by a seccomp filter, as in a container: {@code Refusing errno class...} prints
 * the capabilities and runs the test classes. With the property {@code old} epoll_pwait2 is ENOSYS too, as before Linux 5.11.
 */
public final class Refusing {
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int SECCOMP_SET_MODE_FILTER = 1;
    private static final int SECCOMP_FILTER_FLAG_TSYNC = 1;
    // io_uring_setup, io_uring_enter, io_uring_register
    private static final int FIRST = 425;
    private static final int LAST = 427;

    private static final int EPOLL_PWAIT2 = 441;
    private static final int ENOSYS = 38;

    private Refusing() {}

    public static void main(String[] args) throws ClassNotFoundException {
        int errno = Integer.parseInt(args[0]);
        if (errno != 0) {
            refuse(errno);
        }
        System.out.println(KeventCapabilities.here());
        LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
        for (String name : Arrays.asList(args).subList(1, args.length)) {
            request.selectors(selectClass(Class.forName(name)));
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

    static void refuse(int errno) {
        long[][] program = {
            // load the number of the call
            {0x20, 0, 0, 0},
            // is it that one?
            {0x15, 0, 1, Boolean.getBoolean("old") ? EPOLL_PWAIT2 : -1},
            {0x06, 0, 0, 0x0005_0000 | ENOSYS},
            // below the first: allow
            {0x35, 0, 2, FIRST},
            // above the last: allow
            {0x25, 1, 0, LAST},
            // fail with errno
            {0x06, 0, 0, 0x0005_0000 | errno},
            // allow
            {0x06, 0, 0, 0x7fff_0000},
        };
        ByteBuffer filter = Memory.allocate(8 * program.length);
        for (long[] one : program) {
            filter.putShort((short) one[0])
                    .put((byte) one[1])
                    .put((byte) one[2])
                    .putInt((int) one[3]);
        }
        ByteBuffer header = Memory.allocate(16);
        header.putShort(0, (short) program.length);
        header.putLong(8, Memory.address(filter));
        if (Native.C.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
            throw new IllegalStateException("PR_SET_NO_NEW_PRIVS: errno " + Native.errno());
        }
        int seccomp = Native.X86_64 ? 317 : 277;
        long rc = Native.C.syscall(seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, Memory.address(header));
        if (rc != 0) {
            throw new IllegalStateException("seccomp: " + rc + ", errno " + Native.errno());
        }
    }
}
