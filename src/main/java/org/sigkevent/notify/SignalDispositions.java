package org.sigkevent.notify;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sigkevent.sys.Linux;
import org.sigkevent.sys.Syscalls;

/** Whether a signal can be sent to this process without ending it. */
public final class SignalDispositions {
    private static final String RT_SIGTIMEDWAIT = Integer.toString(Syscalls.RT_SIGTIMEDWAIT);

    private SignalDispositions() {}

    /**
     * Whether the arrival of {@code signo} leaves the JVM running: it has a handler or is ignored, its default is to be
     * ignored, or every thread blocks it (a launcher may start the JVM so, to take the signal with sigwaitinfo).
     */
    public static boolean harmless(int signo) {
        return switch (signo) {
            // SIGKILL, SIGSTOP
            case 9, 19 -> false;
            // SIGCHLD, SIGCONT, SIGURG, SIGWINCH
            case 17, 18, 23, 28 -> true;
            default -> !Linux.defaultDisposition(signo) || blockedEverywhere(signo);
        };
    }

    /** Whether the processor reports a fault with it: the JVM takes one that it did not cause itself for a crash, and ends. */
    public static boolean fault(int signo) {
        // SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV
        return signo == 4 || signo == 5 || signo == 7 || signo == 8 || signo == 11;
    }

    /** Whether {@code tid} is a thread of this process. */
    public static boolean isThread(int tid) {
        return tid > 0 && Files.exists(Path.of("/proc/self/task/" + tid));
    }

    /** Whether the thread blocks {@code signo}, as one does that takes it with sigtimedwait. */
    public static boolean blockedBy(int tid, int signo) {
        try {
            return blocks(Path.of("/proc/self/task/" + tid), signo);
        } catch (IOException gone) {
            return false;
        }
    }

    private static boolean blockedEverywhere(int signo) {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path thread : threads) {
                if (!blocks(thread, signo)) {
                    return false;
                }
            }
            return true;
        } catch (IOException unreadable) {
            return false;
        }
    }

    /**
     * Whether a thread blocks a signal or waits for it in sigtimedwait, during which the kernel shows it as not blocked. Looks
     * more than once: between the looks at the one and the other the thread may have come back.
     */
    private static boolean blocks(Path thread, int signo) throws IOException {
        for (int look = 0; look < 3; look++) {
            if (((blocked(thread) | awaited(thread)) >>> signo - 1 & 1) != 0) {
                return true;
            }
        }
        return false;
    }

    private static long blocked(Path thread) throws IOException {
        for (String line : Files.readAllLines(thread.resolve("status"))) {
            if (line.startsWith("SigBlk:")) {
                return Long.parseUnsignedLong(line.substring(7).trim(), 16);
            }
        }
        return 0;
    }

    /** The signals that a thread waits for now; none where the kernel does not tell what a thread is doing. */
    private static long awaited(Path thread) {
        try {
            String[] call = Files.readString(thread.resolve("syscall")).split(" ", -1);
            if (!call[0].equals(RT_SIGTIMEDWAIT)) {
                return 0;
            }
            try (RandomAccessFile memory = new RandomAccessFile("/proc/self/mem", "r")) {
                // its first argument is the set; both processors are little-endian
                memory.seek(Long.decode(call[1]));
                return Long.reverseBytes(memory.readLong());
            }
        } catch (IOException | NumberFormatException untold) {
            return 0;
        }
    }
}
