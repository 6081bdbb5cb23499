package org.sigkevent.sys;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The limits of the process and of the machine that the library can meet: what they are now, and what raises them. */
public final class Limits {
    public static final int RLIMIT_FSIZE = 1;
    public static final int RLIMIT_NPROC = 6;
    public static final int RLIMIT_NOFILE = 7;
    public static final int RLIMIT_MEMLOCK = 8;
    public static final int RLIMIT_SIGPENDING = 11;
    public static final int RLIMIT_MSGQUEUE = 12;

    /** What {@link #resource} answers where there is no limit. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    /** Why no thread can be had, and what helps. */
    public static final String NO_THREAD =
            "the system gives no thread (ulimit -u, systemd's LimitNPROC=, or pids.max of the cgroup, which is TasksMax= of systemd"
                    + " and --pids-limit of containers)";

    /** What a request of a file may be refused for, and what helps. */
    public static final String NO_HOLD =
            "nothing is left to hold its file by, on io_uring a place in the ring's table and on epoll a descriptor (RLIMIT_NOFILE:"
                    + " ulimit -n, systemd's LimitNOFILE=)";

    private static final Path QUEUES = Path.of("/proc/sys/fs/mqueue");

    private Limits() {}

    /** The soft limit of a resource, {@link #UNLIMITED} for none; -1 when the kernel does not tell. */
    public static long resource(int resource) {
        Scratch s = Scratch.get();
        // of this process, nothing to set; struct rlimit64: rlim_cur, rlim_max
        if (Native.C.syscall(Syscalls.PRLIMIT64, 0, resource, 0, s.address) < 0) {
            return -1;
        }
        long soft = s.buffer.getLong(0);
        return soft < 0 ? UNLIMITED : soft;
    }

    /** A number of /proc/sys/fs/mqueue: queues_max, msg_max, msgsize_max, msg_default or msgsize_default; -1 when it cannot be read. */
    public static long messageQueues(String name) {
        return number(QUEUES.resolve(name));
    }

    /** The number that a file of the kernel holds; {@link #UNLIMITED} for {@code max}, -1 when it cannot be read. */
    public static long number(Path file) {
        // in one read: /proc/sys gives nothing from a second one on, and Files.readString begins with one byte
        byte[] bytes = new byte[32];
        try (InputStream in = Files.newInputStream(file)) {
            int length = Math.max(0, in.read(bytes));
            String text = new String(bytes, 0, length, StandardCharsets.US_ASCII).trim();
            return text.equals("max") ? UNLIMITED : Long.parseLong(text);
        } catch (IOException | NumberFormatException untold) {
            return -1;
        }
    }

    /** Which limit an errno means by itself and what raises it, to be put behind the words for the errno; "" for others. */
    static String remedy(int errno) {
        if (errno == Errnos.EMFILE) {
            return ": " + noDescriptor();
        }
        return errno == Errnos.ENFILE ? ": the machine's open files are used up (/proc/sys/fs/file-max)" : "";
    }

    public static String noDescriptor() {
        return "no descriptor is free, of " + text(resource(RLIMIT_NOFILE))
                + " that the process may have (RLIMIT_NOFILE: ulimit -n, systemd's LimitNOFILE=)";
    }

    public static String text(long limit) {
        return limit == UNLIMITED ? "unlimited" : limit < 0 ? "unknown" : Long.toString(limit);
    }
}
