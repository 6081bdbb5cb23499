package org.sigkevent.signal;

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

    private static final int LOOKS = 3;
    private static final int MOST_LOOKS = 1000;

    private SignalDispositions() {}

    /**
     * Whether the arrival of a signal that this library has not caught leaves the JVM running: the thread that it is for takes it with
     * sigtimedwait, it has a handler or is ignored, its default is to be ignored, or every thread blocks it (a launcher may start the
     * JVM so, to take the signal with sigwaitinfo).
     *
     * @param thread the thread that it is for, as the kernel numbers it; 0 for the process
     */
    public static boolean harmless(int signo, int thread) {
        if (SignalOwners.owner(signo) != null) {
            return false;
        }
        return thread != 0 && blockedBy(thread, signo)
                || SignalOwners.in(SignalOwners.IGNORED, signo)
                || !SignalOwners.in(SignalOwners.OF_JVM, signo) && !Linux.defaultDisposition(signo)
                || blockedEverywhere(signo);
    }

    /** Whether the program may send an uncaught signal to itself: as {@link #harmless}, and the JVM ends in order on its own. */
    public static boolean survived(int signo) {
        return SignalOwners.in(SignalOwners.OF_JVM, signo) && !Linux.defaultDisposition(signo) || harmless(signo, 0);
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
     * more than once: between the looks at the one and the other the thread may have come back; and the kernel does not tell what a
     * thread does that is on a processor, as one is that enters sigtimedwait.
     */
    private static boolean blocks(Path thread, int signo) throws IOException {
        int looks = LOOKS;
        for (int look = 0; look < looks; look++) {
            long blocked = blocked(thread);
            String call = call(thread);
            if (SignalOwners.in(blocked | awaited(call), signo)) {
                return true;
            }
            if (call.startsWith("running") && looks < MOST_LOOKS) {
                looks++;
                Thread.yield();
            }
        }
        return false;
    }

    private static String call(Path thread) {
        try {
            return Files.readString(thread.resolve("syscall"));
        } catch (IOException untold) {
            return "";
        }
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
    private static long awaited(String told) {
        try {
            String[] call = told.split(" ", -1);
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
