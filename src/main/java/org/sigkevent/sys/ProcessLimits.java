package org.sigkevent.sys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What is left of the limits on threads and descriptors. */
public final class ProcessLimits {
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    private static final Path SELF = Path.of("/proc/self");
    private static final Pattern ALL_USERS = Pattern.compile("\\s*0\\s+0\\s+4294967295\\s*");
    private static final long CAP_SYS_ADMIN = 1L << 21;
    private static final long CAP_SYS_RESOURCE = 1L << 24;

    private ProcessLimits() {}

    /** The descriptors that this process has open; -1 when it cannot look. */
    public static long openDescriptors() {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            // one of them is that of the folder
            return all.count() - 1;
        } catch (IOException unreadable) {
            return -1;
        }
    }

    /** The signals that are queued to processes of this user; -1 when the kernel does not tell. */
    public static long queuedSignals() {
        return status(SELF, "SigQ:", 10);
    }

    /** The threads of all processes whose real user is this process's; -1 when they cannot be counted. */
    public static long threadsOfUser() {
        long own = status(SELF, "Uid:", 10);
        long threads = 0;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
            for (Path process : all) {
                if (status(process, "Uid:", 10) == own) {
                    // 0 for one that has ended meanwhile
                    threads += Math.max(0, status(process, "Threads:", 10));
                }
            }
        } catch (IOException | DirectoryIteratorException unreadable) {
            return -1;
        }
        return threads;
    }

    /**
     * Whether RLIMIT_NPROC binds this process: not root, nor one with CAP_SYS_RESOURCE or CAP_SYS_ADMIN, of the initial user namespace
     * (getrlimit(2)); in others these count for nothing.
     */
    public static boolean threadLimitBinds() {
        return !initialUserNamespace()
                || status(SELF, "Uid:", 10) != 0
                        && (status(SELF, "CapEff:", 16) & (CAP_SYS_RESOURCE | CAP_SYS_ADMIN)) == 0;
    }

    /** Which has all users as they are; taken for that where the kernel has none or does not tell. */
    private static boolean initialUserNamespace() {
        try {
            String map = Files.readString(SELF.resolve("uid_map"), StandardCharsets.US_ASCII);
            return ALL_USERS.matcher(map).matches();
        } catch (IOException untold) {
            return true;
        }
    }

    /** The first number of a line of a process's status, the real user of Uid: for one; -1 when there is none. */
    private static long status(Path process, String key, int radix) {
        try {
            for (String line : Files.readAllLines(process.resolve("status"), StandardCharsets.ISO_8859_1)) {
                if (line.startsWith(key)) {
                    return Long.parseUnsignedLong(
                            line.substring(key.length()).trim().split("[^0-9a-f]", 2)[0], radix);
                }
            }
        } catch (IOException | NumberFormatException untold) {
            // as if there were no such line
        }
        return -1;
    }

    /** How many more tasks the cgroup of this process and those above it allow; {@link Limits#UNLIMITED} when none limits them. */
    public static long tasksLeft() {
        long left = Limits.UNLIMITED;
        for (Path group = group(); group != null && group.startsWith(CGROUPS); group = group.getParent()) {
            long most = Limits.number(group.resolve("pids.max"));
            long now = Limits.number(group.resolve("pids.current"));
            if (most >= 0 && most < Limits.UNLIMITED && now >= 0) {
                left = Math.min(left, Math.max(0, most - now));
            }
        }
        return left;
    }

    /** The folder of this process's cgroup, of version 2 or of the pids controller of version 1; where it is not mounted, the top. */
    private static Path group() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
                String[] parts = line.split(":", 3);
                boolean second = parts.length == 3 && parts[1].isEmpty();
                if (second || parts.length == 3 && parts[1].equals("pids")) {
                    Path top = second ? CGROUPS : CGROUPS.resolve("pids");
                    Path group = top.resolve(parts[2].substring(1)).normalize();
                    return Files.exists(group.resolve("pids.max")) ? group : top;
                }
            }
        } catch (IOException unreadable) {
            // as if there were none
        }
        return CGROUPS;
    }
}
